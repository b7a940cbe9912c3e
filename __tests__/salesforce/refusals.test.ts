import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { assertNothingHandedOut, explanation, problem } from '../support/org-step.ts';
import { assertFailed, refreshScene } from '../support/refresh-scene.ts';
import { type App, fault, type SalesforceOrg, type User } from '../support/salesforce-org.ts';

// What Salesforce, or whoever answers in its place, says instead of a token: its code, what it means,
// and what to do.

const concurrency = 6;
const statusPage = /https:\/\/status\.salesforce\.com/;

/** How it comes to the answer: by the state of the org, or because the answer is replaced. */
type Provoke = (org: SalesforceOrg) => unknown;

const app =
  (change: Partial<App>): Provoke =>
  (org) =>
    Object.assign(org.app, change);
const user =
  (change: Partial<User>): Provoke =>
  (org) =>
    Object.assign(org.user, change);
const org =
  (change: Partial<SalesforceOrg>): Provoke =>
  (its) =>
    Object.assign(its, change);
const says =
  (error: string, description = ''): Provoke =>
  ({ faults }) =>
    faults.push({ does: fault.oauthError(error, description) });

/** Answers that mean the same, and whether Login History has them: what it is, what to do, and how each comes about, with its code. */
interface Meaning {
  readonly why: RegExp;
  readonly fix: RegExp;
  /** Login History shows more. */
  readonly inHistory?: true;
  readonly by: readonly (readonly [what: string, code: string, Provoke])[];
}

const meanings: readonly Meaning[] = [
  {
    why: /one answer no matter why the token is dead/,
    fix: /\n- It worked exactly once.*`token-branch`.*\n- It never worked: `login-url` or `client-id`.*\n- It was unused .*30 days.*\n- Otherwise .* by a sixth sign-in .* Salesforce/s,
    inHistory: true,
    by: [
      ['a revoked token', 'invalid_grant', (its) => its.families.map((f) => its.revokeFamily(f))],
      ['a rotated-out token', 'invalid_grant', (its) => its.families.map((f) => its.rotate(f))],
      ['an expired one', 'invalid_grant', app({ tokenPolicy: 'immediately-expire' })],
      ['the wrong login host', 'invalid_grant', org({ acceptsLoopback: false })],
      ['other capitals', 'invalid_grant', says('invalid_grant', 'Expired Access/Refresh Token.')],
      ['the same as a code', 'invalid_token', says('invalid_token')],
    ],
  },
  {
    why: /limit on logins.*not dead/,
    fix: /Wait/,
    inHistory: true,
    by: [['a limit', 'invalid_grant', says('invalid_grant', 'maximum logins exceeded')]],
  },
  {
    why: /one request per token at a time/,
    fix: /`concurrency` group/,
    by: [
      [
        'a token in flight',
        'invalid_grant',
        says('invalid_grant', 'token request is already being processed'),
      ],
      ['the same, once', 'invalid_grant', says('invalid_grant', 'expired authorization code')],
    ],
  },
  {
    why: /validity period .* is over/,
    fix: /Sign in again.*last longer/,
    by: [['its validity is over', 'invalid_grant', app({ tokenPolicy: 'validity-expired' })]],
  },
  {
    why: /deactivated or frozen.*Salesforce itself.*anonymizing VPNs/,
    fix: /unfreeze the user.*fixed address/,
    inHistory: true,
    by: [
      ['a deactivated user', 'invalid_grant', user({ active: false })],
      ['a frozen user', 'invalid_grant', user({ frozen: true })],
      ['the same as a code', 'inactive_user', says('inactive_user', 'user is inactive')],
    ],
  },
  {
    why: /expired, locked or deleted/,
    fix: /still exists/,
    by: [
      ['a dead org', 'invalid_grant', org({ active: false })],
      ['the same as a code', 'inactive_org', says('inactive_org')],
    ],
  },
  {
    why: /address is not in the ranges.*log in at this hour/,
    fix: /fixed, allowed address.*relax IP restrictions for refresh tokens/,
    inHistory: true,
    by: [
      ['an address out of range', 'invalid_grant', app({ ipRestricted: true })],
      ['login hours', 'invalid_grant', user({ inLoginHours: false })],
    ],
  },
  {
    why: /does not tell the client the reason/,
    fix: /true cause/,
    inHistory: true,
    by: [['a general refusal', 'invalid_grant', says('invalid_grant', 'authentication failure')]],
  },
  {
    why: /has not approved the app/,
    fix: /pre-authorize/,
    by: [['no approval by the user', 'invalid_grant', app({ approvalMissing: 'user' })]],
  },
  {
    why: /does not accept this refresh token/,
    fix: /sign in again/,
    inHistory: true,
    by: [['something new', 'invalid_grant', says('invalid_grant', 'moon in wrong phase')]],
  },
  {
    why: /the key or the login host is wrong.*deleted.*10 minutes/,
    fix: /Compare `client-id` .* `login-url`/,
    by: [['an unknown app', 'invalid_client_id', app({ known: false })]],
  },
  {
    why: /demands its secret.*no app with this consumer key/,
    fix: /Set `client-secret`.*compare `client-id`/,
    by: [['a missing secret', 'invalid_client', app({ secretRequired: true })]],
  },
  {
    why: /orgs keep out apps that are not/,
    fix: /Install the app in the org/,
    by: [['an app that is not installed', 'invalid_client', app({ installed: false })]],
  },
  {
    why: /does not find the External Client App/,
    fix: /\n- `login-url` is login.*My Domain.*\n- The app is not in this org.*distribution state.*\n- The sandbox was refreshed/s,
    by: [
      ['the same as a code', 'app_not_found', says('app_not_found')],
      ['its like', 'installation_error', says('installation_error')],
      [
        'an external client app that is not installed',
        'invalid_client',
        says('invalid_client', 'External client app is not installed in this org'),
      ],
    ],
  },
  {
    why: /users that an admin approved/,
    fix: /profile or permission set/,
    by: [['no approval by an admin', 'invalid_app_access', app({ approvalMissing: 'admin' })]],
  },
  {
    why: /flow is not enabled/,
    fix: /refresh_token, offline_access/,
    by: [['a flow that is off', 'unauthorized_client', app({ refreshFlow: false })]],
  },
  {
    why: /proxy or a redirect/,
    fix: /My Domain/,
    by: [
      [
        'a form that was lost',
        'unsupported_grant_type',
        says('unsupported_grant_type', 'grant type not supported'),
      ],
    ],
  },
  {
    why: /on this host.*not dead/,
    fix: /Setup → My Domain/,
    by: [
      [
        'the wrong domain, as a refused grant',
        'invalid_grant',
        says('invalid_grant', 'request not supported on this domain'),
      ],
      [
        'the wrong domain',
        'invalid_request',
        org({ acceptsLoopback: false, wrongHost: 'unsupported' }),
      ],
    ],
  },
  {
    why: /no OAuth scopes/,
    fix: /“api” and “refresh_token”/,
    by: [['no scopes', 'invalid_scope', app({ scopes: [] })]],
  },
  {
    why: /An admin blocked the app/,
    fix: /Unblock/,
    by: [
      ['a blocked app', 'OAUTH_APP_BLOCKED', app({ blocked: true })],
      ['its like', 'OAUTH_APPROVAL_ERROR_GENERIC', says('OAUTH_APPROVAL_ERROR_GENERIC', 'no')],
      ['the same in short', 'app_blocked', says('app_blocked')],
    ],
  },
  {
    why: /turned off in this org/,
    fix: /Enable the app/,
    by: [
      [
        'a plugin that is off',
        'oauth_flow_disabled',
        says('oauth_flow_disabled', 'The external client app or the OAuth plugin is disabled.'),
      ],
    ],
  },
  {
    why: /no OAuth policy in this org/,
    fix: /Policies/,
    by: [['no policy', 'oauth_policy_not_found', says('oauth_policy_not_found')]],
  },
  {
    why: /DPoP/,
    fix: /Turn off DPoP/,
    by: [['a demand of proof', 'use_dpop_nonce', says('use_dpop_nonce')]],
  },
  {
    why: /attestation that only genuine mobile apps/,
    fix: /another app/,
    by: [['a demand of attestation', 'app_attest_failed', says('app_attest_failed')]],
  },
  {
    why: /session of a higher level/,
    fix: /session policies/,
    inHistory: true,
    by: [['a session policy', 'invalid_session_level', says('invalid_session_level')]],
  },
  {
    why: /3,600 logins per user and hour/,
    fix: /Wait up to an hour/,
    inHistory: true,
    by: [
      ['too many logins', 'rate_limit_exceeded', org({ loginsLeft: 0 })],
      ['the same in capitals', 'LOGIN_RATE_EXCEEDED', says('LOGIN_RATE_EXCEEDED')],
      ['the same in words', 'login rate exceeded', says('login rate exceeded')],
    ],
  },
  {
    why: /Salesforce failed on its side/,
    fix: statusPage,
    by: [
      ['a fault that passes', 'unknown_error', says('unknown_error', 'retry your request')],
      ['the same without words', 'unknown_error', says('unknown_error')],
      ['a fault', 'server_error', says('server_error', 'oops')],
    ],
  },
  {
    why: /overloaded or down/,
    fix: statusPage,
    by: [
      ['a pause', 'temporarily_unavailable', says('temporarily_unavailable')],
      ['the same in other words', 'service_unavailable', says('service_unavailable')],
    ],
  },
  {
    why: /does not know this error/,
    fix: /Search the Salesforce documentation/,
    inHistory: true,
    by: [['an unknown error', 'quota_of_quirks', says('quota_of_quirks', 'None are left')]],
  },
];

describe('a refusal by Salesforce is explained:', { concurrency }, () => {
  for (const { why, fix, inHistory, by } of meanings) {
    for (const [what, code, provoke] of by) {
      it(`${what}: ${code}`, async (t) => {
        const { org, here } = await refreshScene(t);
        provoke(org);
        const result = await here({ retries: 0 });
        assertFailed(result, code);
        assertNothingHandedOut(result);
        assert.equal(org.requests.length, 1);
        const said = explanation(result);
        assert.match(said.what, /^Salesforce refused the refresh \(HTTP 400\): “.*”\.$/);
        assert.ok(said.what.includes(`“${code}`), said.what);
        assert.match(said.why, why);
        assert.match(said.fix, fix);
        assert.equal(/Setup → Login History/.test(said.fix), inHistory === true);
        const titles = result.annotations.map(({ title }) => title);
        assert.deepEqual(titles, [`Salesforce token refresh failed: ${code}`]);
      });
    }
  }

  it('an error without a description, or the other way round', async (t) => {
    const { org, run } = await refreshScene(t);
    org.faults.push({ does: fault.answer(400, { error: 'invalid_scope' }) });
    const first = await run();
    assertFailed(first, 'invalid_scope');
    assert.match(explanation(first).what, /“invalid_scope”/);
    org.faults.push({ does: fault.answer(403, { error_description: 'go away' }) });
    const second = await run();
    assertFailed(second, 'http_403');
    assert.match(explanation(second).what, /\(HTTP 403\): “go away”/);
  });

  it('an error in an answer that says 200', async (t) => {
    const { org, run } = await refreshScene(t);
    org.faults.push({ does: fault.oauthError('invalid_grant', 'inactive user', 200) });
    const result = await run();
    assertFailed(result, 'invalid_grant');
    assertNothingHandedOut(result);
  });
});

describe('a dead token ends in a command to copy', { concurrency }, () => {
  const tarball =
    'https://github.com/OWNER/refresh-salesforce-token/releases/latest/download/sign-in.tgz';
  const sixth = 'Salesforce keeps five sign-ins per user and app; a sixth revokes the oldest.';
  const environment = 'and add `--env NAME` if the secret lives in an environment';
  const with20 = 'To sign in again, run this on your own machine, with Node 20.19 or newer.';
  /** The options that the loopback of these tests needs, and the place of the secret. */
  const options = (login: string, app: string) =>
    `--login-url ${login} --allowed-hosts 127.0.0.1${app} --secret SF_REFRESH_TOKEN --repo octo/demo`;

  it('for the app of the workflow, whose key is masked', async (t) => {
    const { org, run } = await refreshScene(t, { app: { tokenPolicy: 'immediately-expire' } });
    const expected = [
      `${with20} Replace CONSUMER_KEY with the app's consumer key (\`client-id\`) and SF_REFRESH_TOKEN with the name of your secret, ${environment}. ${sixth}`,
      `  npx ${tarball} ${options(org.url, ' --client-id CONSUMER_KEY')}`,
    ].join('\n');
    const result = await run();
    assertFailed(result, 'invalid_grant');
    assert.ok(explanation(result).fix.endsWith(expected), problem(result));
    assert.ok(result.log.includes(`\n${expected}\n`), 'the log has them line by line');
  });

  it('for the app of the CLI, which needs no key', async (t) => {
    const app = { clientId: 'PlatformCLI', tokenPolicy: 'validity-expired' } as const;
    const { org, run } = await refreshScene(t, { app });
    const { fix } = explanation(await run());
    assert.ok(fix.endsWith(`\n  npx ${tarball} ${options(org.url, '')}`), fix);
  });

  it('of the version that the workflow uses, and with the host of another server', async (t) => {
    const { run } = await refreshScene(t, { app: { tokenPolicy: 'validity-expired' } });
    const used = { GITHUB_ACTION_REPOSITORY: 'octo/fork', GITHUB_ACTION_REF: 'v1.2.3' };
    const result = await run({}, { ...used, GITHUB_SERVER_URL: 'https://ghe.example' });
    const { fix } = explanation(result);
    assert.match(
      fix,
      / npx https:\/\/github\.com\/octo\/fork\/releases\/download\/v1\.2\.3\/sign-in\.tgz /,
    );
    assert.match(fix, / --repo ghe\.example\/octo\/demo$/);
  });

  it('but not where signing in again does not help', async (t) => {
    const { org, run } = await refreshScene(t);
    org.app.ipRestricted = true;
    assert.doesNotMatch((await run()).log, /npx /);
  });
});

describe('a page or a status instead of an answer is explained:', { concurrency }, () => {
  const pages: readonly (readonly [status: number, code: string, why: RegExp, fix: RegExp])[] = [
    [200, 'response_invalid', /a login page, or a wrong host/, /Setup → My Domain/],
    [403, 'http_403', /not a token endpoint/, /Setup → My Domain/],
    [404, 'http_404', /not a token endpoint.*the org is gone/, /Setup → My Domain/],
    [406, 'http_406', /“We are setting things up”.*scratch orgs/, /still exists/],
    [420, 'http_420', /“We are setting things up”.*scratch orgs/, /still exists/],
    [500, 'http_500', /maintenance or an outage/, statusPage],
    [502, 'http_502', /maintenance or an outage/, statusPage],
    [503, 'http_503', /maintenance or an outage/, statusPage],
    [504, 'http_504', /maintenance or an outage/, statusPage],
  ];
  for (const [status, code, why, fix] of pages) {
    it(`HTML with ${status}: ${code}`, async (t) => {
      const { org, here } = await refreshScene(t);
      org.faults.push({ does: fault.page(status) });
      const result = await here({ retries: 0 });
      assertFailed(result, code);
      assertNothingHandedOut(result);
      const said = explanation(result);
      assert.match(said.what, /^127\.0\.0\.1:\d+ answered with .*an HTML page instead of a token/);
      assert.match(said.why, why);
      assert.match(said.fix, fix);
      assert.doesNotMatch(said.fix, /Login History/);
      assert.doesNotMatch(result.log, /<h1>|DOCTYPE|Sorry/, 'the page is not repeated');
    });
  }

  it('429: http_429', async (t) => {
    const { org, run } = await refreshScene(t);
    org.faults.push({ does: fault.tooMany() });
    const result = await run({ retries: 0 });
    assertFailed(result, 'http_429');
    assert.match(explanation(result).why, /limits how often/);
    assert.match(explanation(result).fix, /refresh less often/);
  });
});

describe('where to read on', () => {
  it('is the section on the error, in the version that the workflow uses', async (t) => {
    const { org: its, run } = await refreshScene(t);
    its.user.active = false;
    const result = await run(
      { 'job-summary': true },
      { GITHUB_ACTION_REPOSITORY: 'octo/fork', GITHUB_ACTION_REF: 'v1.2.3' },
    );
    const url = `https://github.com/octo/fork/blob/v1.2.3/docs/troubleshooting.md#invalid_grant`;
    assert.match(problem(result), new RegExp(`\\nMore: ${url}$`));
    assert.ok(result.summary.includes(`<a href="${url}">`), result.summary);
  });
});
