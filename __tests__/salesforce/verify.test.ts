import assert from 'node:assert/strict';
import { describe, it, type TestContext } from 'node:test';
import { nobody } from '../support/nobody.ts';
import {
  asked,
  assertNothingHandedOut,
  hereOn,
  orgFor,
  problem,
  runOn,
} from '../support/org-step.ts';
import { fault, type OrgOptions, type SalesforceOrg } from '../support/salesforce-org.ts';
import { testCertificates } from '../support/tls.ts';

// That the token works; and where it does not, why, and what cures it.

const concurrency = 8;
const verify = { verify: true };
const orgType = { 'expected-org-type': 'production' };

function orgWith(t: TestContext, scopes: string, options: OrgOptions = {}): Promise<SalesforceOrg> {
  return orgFor(t, { ...options, app: { scopes: scopes.split(' '), ...options.app } });
}

type Inputs = Parameters<typeof runOn>[1];

/** The step fails with that code and hands out nothing; gives what it says. */
async function failsWith(
  code: string,
  org: SalesforceOrg,
  inputs: Inputs,
  on: typeof hereOn = hereOn,
): Promise<string> {
  const result = await on(org, inputs);
  assert.equal(result.outputs['error-code'], code, result.log);
  assert.equal(result.code, 1);
  assert.equal(result.annotations.length, 1, result.log);
  assertNothingHandedOut(result);
  return problem(result);
}

async function passes(
  org: SalesforceOrg,
  inputs: Inputs,
  on: typeof hereOn = hereOn,
): Promise<void> {
  const result = await on(org, inputs);
  assert.equal(result.conclusion, 'success', result.log);
  assert.equal(result.outputs['username'], inputs === verify ? org.user.username : undefined);
}

/** Access tokens die as soon as they are issued. */
function killTokens(org: SalesforceOrg): void {
  org.onRequest(() => {
    for (const token of org.families.flatMap(({ accessTokens }) => accessTokens)) {
      token.revoked = true;
    }
  });
}

describe('verify', { concurrency }, () => {
  it('gives the user, by userinfo or by REST', async (t) => {
    for (const scopes of ['id', 'openid', 'full', 'api', 'refresh_token web api']) {
      await passes(await orgWith(t, scopes), verify, runOn);
    }
  });

  it('gives the newest API version where REST was asked', async (t) => {
    const org = await orgWith(t, 'api');
    org.apiVersions = ['99.0', '100.0', '8.0', '66.0'];
    const result = await hereOn(org, verify);
    assert.equal(result.outputs['api-version'], '100.0', result.log);
    org.app.scopes = ['id'];
    assert.equal((await hereOn(org, verify)).outputs['api-version'], undefined);
  });

  it('tries both where Salesforce does not say the scopes', async (t) => {
    const org = await orgWith(t, 'api', { shape: { old: true } });
    await passes(org, verify);
    assert.deepEqual(asked(org), ['POST token', 'GET userinfo', 'GET data', 'GET query']);
  });

  it('asks about the user of the token, and no other', async (t) => {
    const org = await orgWith(t, 'api');
    org.users.unshift({ ...org.user, id: '0055e000000ZZZZAAA', username: 'zoe@acme.example' });
    const refreshToken = org.newRefreshToken({ username: org.user.username });
    const result = await hereOn(org, { ...verify, 'refresh-token': refreshToken });
    assert.equal(result.outputs['username'], org.user.username, result.log);
  });
});

describe('verify tells apart', { concurrency }, () => {
  it('a dead token', async (t) => {
    for (const scopes of ['id', 'api', 'api id']) {
      const org = await orgWith(t, scopes);
      killTokens(org);
      const said = await failsWith('verification_failed', org, verify, runOn);
      assert.match(said, /^The org refuses the new access token/);
      assert.match(said, /What to do: See Setup → Login History/);
    }
  });

  it('a dead token of an org that does not say scopes', async (t) => {
    const org = await orgWith(t, 'api id', { shape: { old: true } });
    killTokens(org);
    assert.match(
      await failsWith('verification_failed', org, verify),
      /^The org refuses the new access token \(HTTP 401, INVALID_SESSION_ID: Session expired/,
    );
  });

  it('a missing scope, before it asks anything', async (t) => {
    const org = await orgWith(t, 'refresh_token web');
    const said = await failsWith('verification_failed', org, verify);
    assert.match(said, /scopes \(refresh_token web\) do not allow to ask who its user is/);
    assert.deepEqual(asked(org), ['POST token']);
    org.app.scopes.push('id');
    await passes(org, verify);
  });

  it('a user who may not use the API', async (t) => {
    const org = await orgWith(t, 'api id', { user: { apiEnabled: false } });
    const said = await failsWith('verification_failed', org, orgType);
    assert.match(said, /may not use the API \(API_DISABLED_FOR_ORG: .*“API Enabled”/s);
    org.user.apiEnabled = true;
    await passes(org, orgType);
    org.restEnabled = false;
    assert.match(
      await failsWith('verification_failed', org, orgType),
      /may not use the API \(API_CURRENTLY_DISABLED/,
    );
  });

  it('an org whose API access control keeps the app out, from a dead token', async (t) => {
    const org = await orgWith(t, 'api id');
    org.apiAccessControl = true;
    const said = await failsWith('verification_failed', org, orgType);
    assert.match(said, /^The token is alive, .*“Use Any API Client”/s);
    assert.deepEqual(asked(org), ['POST token', 'GET data', 'GET query', 'GET userinfo']);
    org.user.anyApiClient = true;
    await passes(org, orgType);
    org.user.anyApiClient = false;
    org.app.preAuthorized = true;
    await passes(org, orgType);
  });

  it('an instance that serves another org', async (t) => {
    for (const scopes of ['id', 'api']) {
      const [org, other] = [await orgWith(t, scopes), await orgFor(t)];
      org.instanceUrl = other.url;
      const said = await failsWith('org_mismatch', org, verify);
      assert.match(said, /^The instance serves another org .*sign in again/s);
    }
  });

  it('an org that cannot be reached', async (t) => {
    const org = await orgWith(t, 'id');
    org.instanceUrl = nobody;
    const said = await failsWith('network_error', org, { ...verify, retries: 0 });
    assert.match(
      said,
      /could not be checked\. 127\.0\.0\.1:\d+ refused .*ECONNREFUSED.*status\.sales/s,
    );
  });

  it('an org whose certificate is not trusted', async (t) => {
    const { untrusted } = await testCertificates();
    const [org, instance] = [await orgWith(t, 'id'), await orgFor(t, { tls: untrusted })];
    org.instanceUrl = instance.url;
    const said = await failsWith('tls_error', org, verify, runOn);
    assert.match(said, /NODE_EXTRA_CA_CERTS/);
    assert.deepEqual([instance.connections, asked(instance)], [1, []]);
  });

  it('records that the user may not see', async (t) => {
    const org = await orgWith(t, 'api');
    org.faults.push({
      path: 'query',
      does: fault.answer(400, [{ errorCode: 'INVALID_TYPE', message: "'User' is not supported" }]),
    });
    assert.match(
      await failsWith('verification_failed', org, verify),
      /refused the query \(HTTP 400, INVALID_TYPE: 'User' is not supported\)/,
    );
    org.shape.fields = { id: `https://login.salesforce.com/id/${org.id}/0055e0000000001AAA` };
    assert.match(await failsWith('verification_failed', org, verify), /no usable answer for the/);
  });

  it('a token without an identity', async (t) => {
    const org = await orgWith(t, 'api', { shape: { fields: { id: undefined } } });
    const said = await failsWith('verification_failed', org, verify);
    assert.match(said, /does not say which user/);
    assert.deepEqual(asked(org), ['POST token']);
  });
});

describe('the requests of the checks', { concurrency }, () => {
  const steps: [path: string, scopes: string, inputs: Inputs][] = [
    ['userinfo', 'id', verify],
    ['/services/data', 'api', verify],
    ['query', 'api', orgType],
  ];

  it('never carry the token along with a redirect', async (t) => {
    const elsewhere = await orgFor(t);
    for (const [path, scopes, inputs] of steps) {
      for (const status of [301, 302, 303, 307, 308] as const) {
        const org = await orgWith(t, scopes);
        org.faults.push({ path, does: fault.redirect(elsewhere.url, status), count: 9 });
        const said = await failsWith('redirect_refused', org, inputs);
        assert.match(said, /an access token never follows a redirect/);
      }
    }
    assert.deepEqual([elsewhere.connections, asked(elsewhere)], [0, []]);
  });

  it('go to no host that is not allowed', async (t) => {
    const [org, elsewhere] = [await orgWith(t, 'id'), await orgFor(t)];
    org.instanceUrl = `http://localhost:${elsewhere.port}`;
    await failsWith('instance_url_refused', org, verify);
    assert.equal(elsewhere.connections, 0);
  });

  it('are sent again where that can help', async (t) => {
    const org = await orgWith(t, 'id');
    for (const does of [fault.page(503), fault.reset(), fault.breakOff(), fault.tooMany(1)]) {
      org.faults.push({ path: 'userinfo', does });
      const result = await hereOn(org, verify);
      assert.equal(result.conclusion, 'success', result.log);
      assert.match(result.log, /^Retry 1 of 3 in \d\.\d s, because 127\.0\.0\.1:\d+ gave: /m);
      assert.match(result.log, /^3 requests, 1 retry, /m);
    }
  });

  it('are sent again as often as `retries` says', async (t) => {
    const org = await orgWith(t, 'id');
    for (const retries of [0, 1]) {
      const before = org.requests.length;
      org.faults.push({ path: 'userinfo', does: fault.page(503), count: 1 + retries });
      const said = await failsWith('verification_failed', org, { ...verify, retries });
      assert.match(said, /no usable answer for userinfo \(HTTP 503\)/);
      assert.equal(org.requests.length - before, 2 + retries);
    }
  });

  it('are not sent again where it cannot help', async (t) => {
    const org = await orgWith(t, 'id');
    const answers = [
      fault.page(404),
      fault.truncate(),
      fault.patch({ preferred_username: 7 }),
      fault.patch({ organization_id: undefined }),
      fault.patch({ preferred_username: 'a@b\n::error::x' }),
      fault.answer(200, '<html>Sign in</html>'),
      fault.answer(200, []),
    ];
    for (const does of answers) {
      org.faults.push({ path: 'userinfo', does });
      const said = await failsWith('verification_failed', org, verify);
      assert.match(said, /no usable answer for userinfo/);
    }
    assert.equal(asked(org).length, 2 * answers.length);
  });

  it('believe no list of versions, and no record, of a strange form', async (t) => {
    const org = await orgWith(t, 'api');
    const answers: [path: string, body: unknown][] = [
      ...[[], [{ version: '66' }, 7, null], {}, '<html>', [{ version: '66.0/../..' }]].map(
        (body): [string, unknown] => ['/services/data', body],
      ),
      ...[{ records: [] }, { records: {} }, { records: [null] }, [], 'x'].map(
        (body): [string, unknown] => ['query', body],
      ),
      ...[7, 'a\nb'].map((Username): [string, unknown] => ['query', { records: [{ Username }] }]),
    ];
    for (const [path, body] of answers) {
      org.faults.push({ path, does: fault.answer(200, body) });
      await failsWith('verification_failed', org, verify);
      assert.equal(org.faults.pending, 0);
    }
  });

  it('end with the step’s time', async (t) => {
    const slow = [fault.silence(), fault.dripBody(200), fault.dripHead(200)];
    await Promise.all(
      slow.map(async (does) => {
        const org = await orgWith(t, 'id');
        org.faults.push({ path: 'userinfo', does, count: 9 });
        const said = await failsWith('timeout', org, { ...verify, 'timeout-seconds': 9 });
        assert.match(
          said,
          /^The new access token could not be checked\. 127\.0\.0\.1:\d+ .*no complete answer (within 4\.5 s, half of|when) `timeout-seconds` \(9\)/,
        );
      }),
    );
  });

  it('do not wait for a time that the step has not', async (t) => {
    const org = await orgWith(t, 'id');
    org.faults.push({ path: 'userinfo', does: fault.tooMany(3600) });
    await failsWith('verification_failed', org, verify);
    assert.deepEqual(asked(org), ['POST token', 'GET userinfo']);
  });

  it('read an answer without end up to 1 MiB', async (t) => {
    const org = await orgWith(t, 'id');
    org.faults.push({ path: 'userinfo', does: fault.endless() });
    const said = await failsWith('response_invalid', org, verify);
    assert.match(said, /longer than 1 MiB/);
    assert.deepEqual(asked(org), ['POST token', 'GET userinfo']);
  });

  it('print no token and run no command, whatever the org says', async (t) => {
    const org = await orgWith(t, 'api id');
    const tokens: string[] = [];
    org.onRequest(({ path, headers }) => {
      if (!path.endsWith('query')) {
        return undefined;
      }
      const token = headers['authorization']?.replace('Bearer ', '') ?? '';
      tokens.push(token);
      const message = `\n::error::${token}##[error]${encodeURIComponent(token)}${'x'.repeat(5000)}`;
      return fault.answer(400, [{ errorCode: `\n::warning::${token}`, message }]);
    });
    const result = await runOn(org, orgType);
    assert.equal(result.annotations.length, 1, result.log);
    const [token = 'none'] = tokens;
    const printed = result.stdout.replace(/^::add-mask::.*$/gm, '');
    assert.ok(tokens.length === 1 && !printed.includes(token), printed);
    assert.ok(!printed.includes(encodeURIComponent(token)));
    assert.ok(problem(result).length < 1500);
  });
});
