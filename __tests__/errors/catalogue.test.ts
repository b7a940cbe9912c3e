import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { ActionError } from '../../src/errors/action-error.ts';
import { ownErrors } from '../../src/errors/catalogue.ts';
import { explainStatus } from '../../src/errors/http-status.ts';
import { refusals } from '../../src/errors/refusals.ts';
import { cleanRemoteText } from '../../src/errors/text.ts';
import { parseAllowedHosts } from '../../src/salesforce/allowed-hosts.ts';
import { judgeAnswer, type RetryClass } from '../../src/salesforce/attempt.ts';
import { parseLoginUrl } from '../../src/salesforce/hosts.ts';

const clean = (remote: unknown) => cleanRemoteText(remote, []);

/** How the action takes an answer of the token endpoint. */
function judge(status: number, body: string): { error: ActionError; retry: RetryClass } {
  const attempt = judgeAnswer({ status, headers: {}, body }, 'login.salesforce.com', clean);
  assert.ok(attempt.kind === 'failed', 'the answer is no failure');
  return attempt;
}

function refusal(error: string, description?: string, status = 400) {
  return judge(status, JSON.stringify({ error, error_description: description }));
}

// What Salesforce answers, whether it may be sent again, and words of what the user must read.
const table: readonly (readonly [
  error: string,
  description: string | undefined,
  RetryClass,
  RegExp,
])[] = [
  [
    'invalid_grant',
    'expired access/refresh token',
    'never',
    /`login-url` or `client-id`[\s\S]*30 days[\s\S]*sixth sign-in/,
  ],
  ['invalid_grant', 'token request is already being processed', 'in_flight', /`concurrency` group/],
  ['invalid_grant', 'expired authorization code', 'in_flight', /`concurrency` group/],
  ['invalid_grant', 'token validity expired', 'never', /refresh token policy/],
  [
    'invalid_token',
    undefined,
    'never',
    /`login-url` or `client-id`[\s\S]*30 days[\s\S]*sixth sign-in/,
  ],
  [
    'invalid_token',
    'token expired',
    'never',
    /by Salesforce, which since April 2026 freezes users/,
  ],
  ['invalid_grant', 'maximum logins exceeded', 'never', /not dead[\s\S]*Wait/],
  ['invalid_grant', 'request not supported on this domain', 'never', /not dead[\s\S]*My Domain/],
  [
    'invalid_grant',
    'token request not supported on this domain',
    'never',
    /not dead[\s\S]*My Domain/,
  ],
  ['invalid_grant', 'inactive user', 'never', /frozen.*Salesforce itself.*April 2026.*VPNs/],
  ['invalid_grant', 'inactive organization', 'never', /expired, locked or deleted/],
  ['invalid_grant', 'ip restricted', 'never', /fixed, allowed address[\s\S]*relax IP/],
  ['invalid_grant', 'ip restricted or invalid login hours', 'never', /at this hour[\s\S]*relax IP/],
  ['invalid_grant', 'authentication failure', 'never', /does not tell the client/],
  ['invalid_grant', "user hasn't approved this consumer", 'never', /pre-authorize/],
  ['invalid_grant', 'user hasn’t approved this consumer', 'never', /pre-authorize/],
  ['invalid_grant', 'something new', 'never', /does not accept this refresh token/],
  [
    'invalid_client_id',
    'client identifier invalid',
    'never',
    /login host is wrong[\s\S]*deleted[\s\S]*10 minutes/,
  ],
  ['invalid_client', 'invalid client credentials', 'never', /Set `client-secret`/],
  ['invalid_client', 'client does not exist', 'never', /no app[\s\S]*compare `client-id`/],
  ['app_not_found', undefined, 'never', /does not find[\s\S]*My Domain[\s\S]*install/],
  [
    'app_not_found',
    'External client app is not installed in this org',
    'never',
    /`login-url` is login\.salesforce\.com[\s\S]*sandbox/,
  ],
  ['installation_error', 'x', 'never', /not in this org/],
  ['invalid_distribution_state', 'x', 'never', /not in this org/],
  [
    'oauth_flow_disabled',
    'The external client app or the OAuth plugin is disabled.',
    'never',
    /turned off[\s\S]*Enable the app, its OAuth plugin and its flow/,
  ],
  ['oauth_policy_not_found', undefined, 'never', /no OAuth policy[\s\S]*Policies, and save/],
  ['ecapp_policy_not_found', 'x', 'never', /no OAuth policy[\s\S]*Policies, and save/],
  ['app_blocked', undefined, 'never', /admin blocked/],
  ['fail_close_app_blocked', undefined, 'never', /admin blocked/],
  ['invalid_dpop_proof', 'x', 'never', /DPoP[\s\S]*Turn off DPoP/],
  ['use_dpop_nonce', undefined, 'never', /DPoP[\s\S]*Turn off DPoP/],
  ['app_attest_failed', undefined, 'never', /attestation[\s\S]*another app/],
  ['app_attest_failed_retry', undefined, 'never', /attestation[\s\S]*another app/],
  ['client_blocked', undefined, 'never', /attestation[\s\S]*another app/],
  ['client_blocked_retry', undefined, 'never', /attestation[\s\S]*another app/],
  ['login_error', undefined, 'never', /policy[\s\S]*session policies/],
  ['invalid_session_level', undefined, 'never', /higher level[\s\S]*session policies/],
  ['invalid_client', 'app must be installed into org', 'never', /Install the app in the org/],
  [
    'invalid_app_access',
    'user is not admin approved to access this app',
    'never',
    /profile or permission set/,
  ],
  ['inactive_user', 'user is inactive', 'never', /deactivated or frozen/],
  ['inactive_org', undefined, 'never', /expired, locked or deleted/],
  ['unauthorized_client', undefined, 'never', /flow is not enabled/],
  ['unsupported_grant_type', 'grant type not supported', 'never', /redirect/],
  ['invalid_request', 'request not supported on this domain', 'never', /My Domain/],
  ['invalid_request', 'scope parameter not supported', 'never', /damaged[\s\S]*My Domain/],
  ['invalid_scope', undefined, 'never', /no OAuth scopes/],
  [
    'invalid_client',
    'External client app is not installed in this org',
    'never',
    /distribution state/,
  ],
  [
    'invalid_grant',
    'External client app is not installed in this org',
    'never',
    /distribution state/,
  ],
  ['OAUTH_APP_BLOCKED', 'this app is blocked by admin', 'never', /admin blocked/],
  ['OAUTH_APP_ACCESS_DENIED', undefined, 'never', /admin blocked/],
  ['rate_limit_exceeded', undefined, 'never', /3,600[\s\S]*an hour/],
  ['LOGIN_RATE_EXCEEDED', undefined, 'never', /3,600[\s\S]*an hour/],
  ['login rate exceeded', undefined, 'never', /3,600[\s\S]*an hour/],
  ['invalid_grant', 'login rate exceeded', 'never', /3,600[\s\S]*an hour/],
  ['unknown_error', 'retry your request', 'unknown_fate', /failed on its side/],
  ['invalid_grant', 'retry your request', 'unknown_fate', /failed on its side/],
  ['unknown_error', undefined, 'unknown_fate', /failed on its side/],
  ['unknown_error', 'anything', 'unknown_fate', /failed on its side/],
  ['service_unavailable', undefined, 'unknown_fate', /status\.salesforce\.com/],
  ['system_down', undefined, 'unknown_fate', /status\.salesforce\.com/],
  ['slow_down', undefined, 'unknown_fate', /status\.salesforce\.com/],
  ['server_error', undefined, 'unknown_fate', /status\.salesforce\.com/],
  ['temporarily_unavailable', undefined, 'unknown_fate', /status\.salesforce\.com/],
];

/** Where Login History has more to say than the answer: a refusal of a known user without its cause. */
const inHistory =
  /expired access|^invalid_token|something new|inactive user|ip restricted|authentication failure|^(inactive_user|login_error|invalid_session_level)|(login rate|logins) exceeded|^(rate_limit|login_rate)_exceeded/i;

describe('An error of the token endpoint', () => {
  for (const [error, description, retry, words] of table) {
    it(`${error}${description === undefined ? '' : ` / ${description}`}: ${retry}, explained`, () => {
      const judged = refusal(error, description);
      assert.equal(judged.error.code, error);
      assert.equal(judged.retry, retry);
      assert.match(`${judged.error.why}\n${judged.error.fix}`, words);
      assert.equal(
        /Setup → Login History/.test(judged.error.fix),
        inHistory.test(`${error}: ${description}`),
        judged.error.fix,
      );
      assert.ok(judged.error.message.includes(description?.replace(/\.$/, '') ?? error));
    });
  }

  it('is recognised in any capitals, and with a period at its end', () => {
    const plain = refusal('invalid_grant', 'expired access/refresh token').error;
    for (const description of [
      'Expired Access/Refresh Token',
      'expired access/refresh token.',
      ' expired access/refresh token ',
    ]) {
      const { error } = refusal('invalid_grant', description);
      assert.equal(error.why, plain.why);
      assert.ok(error.signIn && error.unexplained);
    }
    assert.equal(refusal('INVALID_GRANT', 'expired access/refresh token').error.why, plain.why);
  });

  it('does not tell what ended the token in three cases, and asks for a new sign-in in more', () => {
    const told = (what: 'signIn' | 'unexplained') => [
      ...new Set(
        table.filter(([error, text]) => refusal(error, text).error[what]).map(([error]) => error),
      ),
    ];
    assert.deepEqual(told('unexplained'), ['invalid_grant', 'invalid_token']);
    const unexplained = table.filter(([error, text]) => refusal(error, text).error.unexplained);
    assert.deepEqual(
      unexplained.map(([, text]) => text),
      ['expired access/refresh token', undefined, 'token expired', 'something new'],
    );
    // Wherever the command for it is added, the advice speaks of it; and the other way round.
    for (const [error, text] of table) {
      const { fix, signIn } = refusal(error, text).error;
      assert.equal(/sign in again/i.test(fix), signIn, fix);
    }
    for (const { fix, signIn = false } of Object.values(ownErrors())) {
      assert.equal(/sign in again/i.test(fix), signIn, fix);
    }
  });

  it('that nobody knows passes through with its own code', () => {
    const { error, retry } = refusal('brand_new_error', 'whatever it means');
    assert.equal(error.code, 'brand_new_error');
    assert.equal(retry, 'never');
    assert.match(error.message, /brand_new_error: whatever it means/);
    assert.match(error.fix, /Setup → Login History/);
  });

  it('is none that its description quotes: another explanation, and sent again, would be wrong', () => {
    // These two say the same wherever they stand.
    const anywhere = /retry your request|login rate exceeded/i;
    for (const [error, description = ''] of table) {
      if (anywhere.test(`${error} ${description}`)) {
        continue;
      }
      const quoting = refusal('brand_new_error', `${error}: ${description}`);
      const bare = refusal('brand_new_error', description);
      assert.equal(quoting.retry, bare.retry, error);
      assert.equal(quoting.error.why, bare.error.why, error);
    }
  });

  it('is found by exactly the rows that the table names: none is out of reach', () => {
    const reached = new Set(
      table.map(([error, text]) =>
        refusals.find(({ why }) => why === refusal(error, text).error.why),
      ),
    );
    assert.deepEqual(
      [...refusals].filter((row) => !reached.has(row)),
      [],
    );
  });
});

const page = '<!DOCTYPE html><html><body>We are setting things up</body></html>';
const statuses: readonly (readonly [status: number, RetryClass, RegExp])[] = [
  [500, 'unknown_fate', /outage/],
  [502, 'unknown_fate', /outage/],
  [503, 'unknown_fate', /outage/],
  [504, 'unknown_fate', /outage/],
  [408, 'unknown_fate', /not a token endpoint/],
  [420, 'setting_up', /Deleted and expired scratch orgs/],
  [406, 'setting_up', /Deleted and expired scratch orgs/],
  [429, 'busy', /how often/],
  [404, 'unreadable', /org is gone/],
  [401, 'unreadable', /not a token endpoint/],
  [403, 'unreadable', /not a token endpoint/],
];

describe('An answer that is no error of OAuth’s', () => {
  for (const [status, retry, words] of statuses) {
    it(`HTTP ${status}: http_${status}, ${retry}, explained`, () => {
      const judged = judge(status, page);
      assert.equal(judged.error.code, `http_${status}`);
      assert.equal(judged.retry, retry);
      assert.match(judged.error.why ?? '', words);
      assert.doesNotMatch(judged.error.fix, /Login History/);
      assert.deepEqual(explainStatus(status), { why: judged.error.why, fix: judged.error.fix });
    });
  }

  it('HTTP 200 with a page says nothing certain: it may stand in the place of a token', () => {
    const { error, retry } = judge(200, page);
    assert.equal(error.code, 'response_invalid');
    assert.equal(retry, 'unreadable');
    assert.match(error.fix, /Setup → My Domain/);
  });
});

describe('Our own errors', () => {
  it('are exactly those that workflows may compare with', () => {
    const codes =
      'input_missing input_invalid input_conflict token_file_invalid host_not_allowed insecure_tls network_error ' +
      'tls_error timeout redirect_refused response_invalid answer_lost token_type_unsupported ' +
      'instance_url_refused token_branch_not_writable token_branch_invalid credential_in_flight ' +
      'save_failed org_mismatch user_mismatch org_type_mismatch verification_failed cancelled internal_error';
    assert.deepEqual(Object.keys(ownErrors()).sort(), codes.split(' ').sort());
  });

  it('say why and what to do, in whole sentences that differ from each other', () => {
    const rows = [...Object.values(ownErrors()), ...refusals];
    for (const { why, fix } of rows) {
      for (const text of [why, ...fix.split('\n')]) {
        assert.match(text ?? 'None.', /^(- )?[A-Z“`][^\n]*[.:]$/);
      }
    }
    const causes = rows.map(({ why }) => why).filter((why) => why !== undefined);
    assert.equal(new Set(causes).size, causes.length);
  });

  it('name every host that Salesforce serves OAuth on, where another one is refused', () => {
    const { why = '' } = ownErrors().host_not_allowed;
    const names = why.match(/[\w*-]+(\.[\w*-]+)+/g) ?? [];
    assert.deepEqual(names.sort(), [
      '*.my-salesforce.com',
      '*.my.salesforce.com',
      '*.my.salesforce.mil',
      '*.my.sfcrmproducts.cn',
      'login.salesforce.com',
      'login.sfcrmproducts.cn',
      'na139.salesforce.com',
      'test.salesforce.com',
      'test.sfcrmproducts.cn',
    ]);
    for (const name of names) {
      assert.ok(parseLoginUrl(name.replace('*', 'acme'), parseAllowedHosts('')), name);
    }
  });

  it('say that nothing was sent wherever that is certain', () => {
    const before = [
      'input_missing',
      'input_invalid',
      'input_conflict',
      'token_file_invalid',
      'host_not_allowed',
      'insecure_tls',
      'tls_error',
    ] as const;
    for (const code of before) {
      assert.match(ActionError.own(code, 'x').fix, /Nothing was sent to Salesforce\.$/, code);
    }
    // Looking at the branch sends something: to GitHub.
    for (const code of [
      'token_branch_not_writable',
      'token_branch_invalid',
      'credential_in_flight',
    ] as const) {
      assert.match(ActionError.own(code, 'x').fix, /Nothing was sent to Salesforce\.$/, code);
    }
  });
});
