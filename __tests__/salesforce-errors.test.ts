import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { assertFailed, refreshScene } from './support/refresh-scene.ts';
import { type Fault, fault } from './support/salesforce-org.ts';

// What Salesforce's refusals become: a code, what it means, what to do.

/** Error, description, what the explanation has to name. */
const refusals = [
  ['invalid_grant', 'expired access/refresh token', /replaced by rotation[\s\S]*sign in again/i],
  ['invalid_grant', 'Expired access/refresh token.', /replaced by rotation/],
  ['invalid_grant', 'token request is already being processed', /concurrency/],
  ['invalid_grant', 'expired authorization code', /concurrency/],
  ['invalid_grant', 'token validity expired', /policy/],
  ['invalid_grant', 'inactive user', /deactivated|frozen/],
  ['invalid_grant', 'inactive organization', /expired|locked|deleted/],
  ['invalid_grant', 'ip restricted', /address/],
  ['invalid_grant', 'ip restricted or invalid login hours', /address/],
  ['invalid_grant', 'authentication failure', /Login History/],
  ['invalid_grant', "user hasn't approved this consumer", /approve|authori[sz]e/i],
  ['invalid_client_id', 'client identifier invalid', /consumer key|client-id/],
  ['invalid_client', 'invalid client credentials', /client-secret/],
  ['invalid_client', 'app must be installed into org', /install/i],
  ['invalid_app_access', 'user is not admin approved to access this app', /permission set/],
  ['inactive_user', '', /deactivated|frozen/],
  ['inactive_org', '', /expired|locked|deleted/],
  ['unauthorized_client', '', /flow/],
  ['unsupported_grant_type', 'grant type not supported', /redirect|proxy/],
  ['invalid_request', 'request not supported on this domain', /My Domain/],
  ['invalid_scope', '', /scope/],
  ['invalid_client', 'External client app is not installed in this org', /install/i],
  ['OAUTH_APP_BLOCKED', 'this app is blocked', /admin|block/],
  ['rate_limit_exceeded', 'login rate exceeded', /hour/],
  ['LOGIN_RATE_EXCEEDED', '', /hour/],
  ['unknown_error', 'retry your request', /Salesforce/],
  ['server_error', '', /Salesforce/],
  ['temporarily_unavailable', '', /Salesforce/],
  ['something_new', 'nobody knows it', /something_new/],
] as const;

describe('A refusal by Salesforce', () => {
  for (const [error, description, explanation] of refusals) {
    it(`explains “${error}: ${description}”`, async (t) => {
      const { org, run } = await refreshScene(t);
      org.faults.push({ does: fault.oauthError(error, description) });
      const result = await run({ retries: 0 });
      assertFailed(result, error);
      assert.match(result.log, explanation);
      assert.match(result.log, /Why: .+/);
      assert.match(result.log, /What to do: .+/);
      assert.match(result.log, /Setup → Login History/);
      assert.equal(org.tokenRequests.length, 1);
    });
  }

  it('ends in commands to copy where the token is dead', async (t) => {
    const { org, token, run } = await refreshScene(t);
    org.revokeRefreshToken(token);
    const result = await run();
    assertFailed(result, 'invalid_grant');
    assert.match(result.log, /^ *sf org login web .*--instance-url http:\/\/127/m);
    assert.match(result.log, /gh secret set SF_REFRESH_TOKEN --repo \S+$/m);
  });

  it('can run no workflow command, is bounded, and repeats no secret', async (t) => {
    const { org, token, run } = await refreshScene(t);
    const hostile = `x\r\n::set-output name=a::b\n  ::stop-commands::x ##[error]no \u0007\u001b[31m ${token} ${'y'.repeat(1_000_000)}`;
    org.faults.push({ does: fault.oauthError('invalid_grant', hostile) });
    const result = await run({ retries: 0 });
    assertFailed(result, 'invalid_grant');
    assert.ok(!result.stdout.includes('##['));
    assert.doesNotMatch(result.stdout, /^\s*::(?:set-output|stop-commands)/m);
    // biome-ignore lint/suspicious/noControlCharactersInRegex: that is what must not be there
    assert.doesNotMatch(result.log, /[\u0000-\u0009\u000b-\u001f]/);
    const masked = result.stdout.split('\n').filter((line) => !line.startsWith('::add-mask::'));
    assert.ok(!masked.join('\n').includes(token));
    assert.ok(result.stdout.length < 10_000);
  });
});

const good = {
  access_token: '00D5e00000KRfHX!AQ.abc',
  instance_url: 'https://a.my.salesforce.com',
};

/** What is no token response, however it got here. */
const answers: readonly (readonly [string, Fault, string, RegExp])[] = [
  ['no JSON', fault.answer(200, 'token=1'), 'response_invalid', /JSON/],
  ['nothing', fault.answer(200, ''), 'response_invalid', /empty/],
  ['a JSON list', fault.answer(200, [good]), 'response_invalid', /JSON/],
  ['HTML', fault.page(200), 'response_invalid', /HTML/],
  [
    'no access token',
    fault.answer(200, { ...good, access_token: undefined }),
    'response_invalid',
    /access_token/,
  ],
  [
    'a number as token',
    fault.answer(200, { ...good, access_token: 7 }),
    'response_invalid',
    /access_token/,
  ],
  [
    'a token with a space',
    fault.answer(200, { ...good, access_token: 'a b' }),
    'response_invalid',
    /access_token/,
  ],
  [
    'a token with a line break',
    fault.answer(200, { ...good, access_token: 'a\nb' }),
    'response_invalid',
    /access_token/,
  ],
  [
    'no instance URL',
    fault.answer(200, { ...good, instance_url: undefined }),
    'response_invalid',
    /instance_url/,
  ],
  [
    'a wrong type elsewhere',
    fault.answer(200, { ...good, scope: ['api'] }),
    'response_invalid',
    /scope/,
  ],
  [
    'a DPoP token',
    fault.answer(200, { ...good, token_type: 'DPoP' }),
    'token_type_unsupported',
    /DPoP/,
  ],
  ['a page that is not there', fault.page(404), 'http_404', /login-url|host/],
  ['an outage', fault.page(503), 'http_503', /status\.salesforce\.com/],
  ['an edge that is not ready', fault.page(420), 'http_420', /scratch/],
  ['too many requests', fault.tooMany(), 'http_429', /./],
];

describe('An answer that is no token', () => {
  for (const [name, does, code, explanation] of answers) {
    it(`is told as such: ${name}`, async (t) => {
      const { org, run } = await refreshScene(t);
      org.faults.push({ does });
      const result = await run({ retries: 0 });
      assertFailed(result, code);
      assert.match(result.log, explanation);
      assert.equal(result.outputs['instance-url'], undefined);
      assert.equal(org.tokenRequests.length, 1);
    });
  }
});
