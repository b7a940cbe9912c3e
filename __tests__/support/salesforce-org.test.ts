// Not for coverage: it is about the tests' own look-alikes.

import assert from 'node:assert/strict';
import { describe, it, type TestContext } from 'node:test';
import { longId, type OrgOptions, type SalesforceOrg, startOrg } from './salesforce-org.ts';

// These tests prove the look-alike that other tests stand on: that it says what Salesforce says.

interface Reply {
  readonly status: number;
  /** The JSON of the body, or its text. */
  readonly body: unknown;
}

async function start(t: TestContext, options: OrgOptions = {}): Promise<SalesforceOrg> {
  const org = await startOrg(options);
  t.after(() => org.close());
  return org;
}

async function reply(response: Response): Promise<Reply> {
  const text = await response.text();
  const isJson = response.headers.get('content-type')?.startsWith('application/json') === true;
  return { status: response.status, body: isJson ? JSON.parse(text) : text };
}

/** A refresh, with fields added, or taken out by `undefined`. */
async function refresh(
  org: SalesforceOrg,
  token: string,
  changes: Readonly<Record<string, string | undefined>> = {},
  path = '/services/oauth2/token',
): Promise<Reply> {
  const form = new URLSearchParams();
  const fields = {
    grant_type: 'refresh_token',
    refresh_token: token,
    client_id: org.app.clientId,
    ...changes,
  };
  for (const [name, value] of Object.entries(fields)) {
    if (value !== undefined) {
      form.set(name, value);
    }
  }
  return reply(await fetch(org.url + path, { method: 'POST', body: form }));
}

async function get(org: SalesforceOrg, path: string, token?: string): Promise<Reply> {
  const headers: Record<string, string> =
    token === undefined ? {} : { authorization: `Bearer ${token}` };
  return reply(await fetch(org.url + path, { headers }));
}

async function revoke(org: SalesforceOrg, token: string): Promise<Reply> {
  const body = new URLSearchParams({ token });
  return reply(await fetch(`${org.url}/services/oauth2/revoke`, { method: 'POST', body }));
}

/** A text field of a JSON body. */
function field({ body }: Reply, name: string): string {
  assert.ok(typeof body === 'object' && body !== null);
  const value: unknown = Object.entries(body).find(([key]) => key === name)?.[1];
  assert.ok(typeof value === 'string', `${name} is no text in ${JSON.stringify(body)}`);
  return value;
}

function refusal(error: string, error_description: string): Reply {
  return { status: 400, body: { error, error_description } };
}
const expired = refusal('invalid_grant', 'expired access/refresh token');

async function accessToken(org: SalesforceOrg, refreshToken = org.newRefreshToken()) {
  return field(await refresh(org, refreshToken), 'access_token');
}

describe('Salesforce look-alike: token responses', () => {
  it('looks like a real one', async (t) => {
    const org = await start(t);
    const token = org.newRefreshToken();
    assert.match(token, /^5Aep861[A-Za-z0-9._]{80}$/);
    const answer = await refresh(org, token);
    assert.equal(answer.status, 200);
    assert.deepEqual(Object.keys(answer.body ?? {}).sort(), [
      'access_token',
      'id',
      'instance_url',
      'issued_at',
      'scope',
      'signature',
      'token_type',
    ]);
    assert.match(field(answer, 'access_token'), /^00D[A-Za-z0-9]{12}![A-Za-z0-9._]+$/);
    assert.equal(field(answer, 'id'), `https://login.salesforce.com/id/${org.id}/${org.user.id}`);
    assert.equal(field(answer, 'instance_url'), org.url);
    assert.match(field(answer, 'signature'), /^[A-Za-z0-9+/]{43}=$/);
    const issuedAt = Number(field(answer, 'issued_at'));
    assert.ok(issuedAt >= (org.tokenRequests[0]?.at ?? 0) && issuedAt <= Date.now());
    assert.equal(field(answer, 'token_type'), 'Bearer');
    assert.equal(field(answer, 'scope'), 'refresh_token api');
    assert.equal(org.tokenRequests[0]?.form['refresh_token'], token);
    assert.deepEqual(
      org.history.map(({ status }) => status),
      ['success'],
    );
  });

  it('knows the check characters of ids', () => {
    assert.equal(longId('00Dx0000000BV7z'), '00Dx0000000BV7zEAG');
    assert.equal(longId('005x00000012Q9P'), '005x00000012Q9PAAU');
  });

  it('has the other shapes', async (t) => {
    const org = await start(t, { kind: 'sandbox', instanceUrl: 'https://a.my.salesforce.com' });
    const token = org.newRefreshToken();
    org.shape.old = true;
    org.shape.trailingSlash = true;
    const old = await refresh(org, token);
    assert.ok(!('token_type' in Object(old.body)) && !('scope' in Object(old.body)));
    assert.equal(field(old, 'instance_url'), 'https://a.my.salesforce.com/');
    assert.match(field(old, 'id'), /^https:\/\/test\.salesforce\.com\/id\//);
    org.shape.old = false;
    org.shape.jwt = true;
    org.shape.tokenType = 'DPoP';
    org.shape.community = { url: 'https://a.my.site.com/x', id: '0DB000000000001AAA' };
    org.shape.fields = { issued_at: 7, id: undefined };
    const odd = await refresh(org, token);
    assert.match(field(odd, 'access_token'), /^eyJ[\w-]+\.eyJ[\w-]+\.[\w-]+$/);
    assert.equal(field(odd, 'token_format'), 'jwt');
    assert.equal(field(odd, 'api_instance_url'), 'https://api.salesforce.com');
    assert.equal(field(odd, 'token_type'), 'DPoP');
    assert.equal(field(odd, 'sfdc_community_url'), 'https://a.my.site.com/x');
    assert.ok(JSON.stringify(odd.body).includes('"issued_at":7'));
    assert.ok(!('id' in Object(odd.body)));
  });

  it('gives the same access token again where the org does so', async (t) => {
    const org = await start(t);
    const token = org.newRefreshToken();
    org.repeatsAccessToken = true;
    const first = await accessToken(org, token);
    assert.equal(await accessToken(org, token), first);
    org.sessionMs = 0;
    assert.notEqual(await accessToken(org, token), first);
  });
});

describe('Salesforce look-alike: refusals', () => {
  it('refuses what is wrong with the request', async (t) => {
    const org = await start(t);
    const token = org.newRefreshToken();
    const grantType = refusal('unsupported_grant_type', 'grant type not supported');
    const url = `${org.url}/services/oauth2/token`;
    assert.deepEqual(await reply(await fetch(url)), grantType);
    assert.deepEqual(await reply(await fetch(url, { method: 'POST', body: '{}' })), grantType);
    assert.deepEqual(await refresh(org, token, { grant_type: 'password' }), grantType);
    assert.deepEqual(
      await refresh(org, token, { scope: 'api' }),
      refusal('invalid_request', 'scope parameter not supported'),
    );
    const inQuery = await refresh(org, token, {}, '/services/oauth2/token?client_id=x');
    assert.equal(field(inQuery, 'error'), 'invalid_request');
    assert.equal(field(await refresh(org, token, { client_id: '' }), 'error'), 'invalid_request');
    assert.equal((await refresh(org, token, {}, '/services/oauth2/tokens')).status, 404);
    assert.equal(org.refreshTokenState(token), 'current');
  });

  it('checks the client', async (t) => {
    const org = await start(t);
    const other = org.addApp();
    const token = org.newRefreshToken();
    const badClient = refusal('invalid_client', 'invalid client credentials');
    const badId = refusal('invalid_client_id', 'client identifier invalid');
    assert.deepEqual(await refresh(org, token, { client_id: 'nobody' }), badId);
    assert.deepEqual(await refresh(org, token, { client_id: other.clientId }), expired);
    assert.deepEqual(await refresh(org, token, { client_secret: '' }), badClient);
    org.app.secretRequired = true;
    assert.deepEqual(await refresh(org, token), badClient);
    const right = await refresh(org, token, { client_secret: org.app.clientSecret });
    assert.equal(right.status, 200);
    org.app.known = false;
    assert.deepEqual(await refresh(org, token), badId);
  });

  it('refuses for the state of the org, the user and the app', async (t) => {
    const org = await start(t);
    const token = org.newRefreshToken();
    const { app, user } = org;
    const states: [change: () => unknown, back: () => unknown, expected: string][] = [
      [() => (org.active = false), () => (org.active = true), 'inactive organization'],
      [() => (user.active = false), () => (user.active = true), 'inactive user'],
      [() => (user.frozen = true), () => (user.frozen = false), 'inactive user'],
      [() => (app.blocked = true), () => (app.blocked = false), 'this app is blocked by admin'],
      [
        () => (app.installed = false),
        () => (app.installed = true),
        'app must be installed into org',
      ],
      [() => (app.ipRestricted = true), () => (app.ipRestricted = false), 'ip restricted'],
      [
        () => (user.inLoginHours = false),
        () => (user.inLoginHours = true),
        'ip restricted or invalid login hours',
      ],
      [
        () => (app.approvalMissing = 'user'),
        () => (app.approvalMissing = 'nobody'),
        "user hasn't approved this consumer",
      ],
      [
        () => (app.approvalMissing = 'admin'),
        () => (app.approvalMissing = 'nobody'),
        'user is not admin approved to access this app',
      ],
      [
        () => (app.tokenPolicy = 'validity-expired'),
        () => (app.tokenPolicy = 'until-revoked'),
        'token validity expired',
      ],
      [
        () => (app.tokenPolicy = 'immediately-expire'),
        () => (app.tokenPolicy = 'until-revoked'),
        'expired access/refresh token',
      ],
      [() => (org.loginsLeft = 0), () => (org.loginsLeft = 9), 'login rate exceeded'],
    ];
    for (const [change, back, expected] of states) {
      change();
      const answer = await refresh(org, token);
      assert.equal(answer.status, 400);
      assert.equal(field(answer, 'error_description'), expected);
      back();
    }
    assert.equal((await refresh(org, token)).status, 200);
  });

  it('knows its hosts', async (t) => {
    const org = await start(t, { sitePath: '/customers' });
    const token = org.newRefreshToken();
    const site = '/customers/services/oauth2/token';
    assert.equal((await refresh(org, token, {}, site)).status, 200);
    org.acceptsLoopback = false;
    assert.deepEqual(await refresh(org, token), expired);
    org.wrongHost = 'unsupported';
    assert.deepEqual(
      await refresh(org, token),
      refusal('invalid_request', 'request not supported on this domain'),
    );
    assert.deepEqual(
      org.history.map(({ status }) => status),
      ['success', 'wrong login host', 'request not supported on this domain'],
    );
    org.wrongHost = 'redirect';
    const { status, headers } = await fetch(`${org.url}/services/oauth2/token`, {
      method: 'POST',
      redirect: 'manual',
    });
    assert.equal(status, 307);
    assert.equal(headers.get('location'), 'https://acme.my.salesforce.com/services/oauth2/token');
  });
});

describe('Salesforce look-alike: families of tokens', () => {
  it('strict rotation: a spent token kills the new one and every access token', async (t) => {
    const org = await start(t, { rotation: 'strict' });
    const first = org.newRefreshToken();
    const answer = await refresh(org, first);
    const second = field(answer, 'refresh_token');
    assert.deepEqual(
      [first, second].map((token) => org.refreshTokenState(token)),
      ['spent', 'current'],
    );
    assert.ok(org.accessTokenAlive(field(answer, 'access_token')));
    assert.deepEqual(await refresh(org, first), expired);
    assert.equal(org.reuses, 1);
    assert.equal(org.refreshTokenState(second), 'revoked');
    assert.ok(!org.accessTokenAlive(field(answer, 'access_token')));
    assert.deepEqual(await refresh(org, second), expired);
  });

  it('lenient rotation: a spent token is answered with the current one, for a while', async (t) => {
    const org = await start(t, { rotation: 'lenient' });
    const first = org.newRefreshToken();
    const second = field(await refresh(org, first), 'refresh_token');
    const again = await refresh(org, first);
    assert.equal(field(again, 'refresh_token'), second);
    assert.ok(org.accessTokenAlive(field(again, 'access_token')));
    org.app.graceMs = 0;
    assert.deepEqual(await refresh(org, first), expired);
    assert.equal(org.refreshTokenState(second), 'revoked');
    assert.equal(org.reuses, 2);
  });

  it('processes one refresh per token at a time', async (t) => {
    const org = await start(t);
    const token = org.newRefreshToken();
    const hold = org.hold();
    const first = refresh(org, token);
    assert.equal((await hold.reached).form['refresh_token'], token);
    const processing = 'token request is already being processed';
    assert.deepEqual(await refresh(org, token), refusal('invalid_grant', processing));
    assert.equal((await refresh(org, org.newRefreshToken())).status, 200);
    hold.release();
    assert.equal((await first).status, 200);
    assert.equal((await refresh(org, token)).status, 200);
  });

  it('revokes an access token alone, a refresh token with all', async (t) => {
    const org = await start(t);
    const token = org.newRefreshToken();
    const [one, two] = [await accessToken(org, token), await accessToken(org, token)];
    assert.deepEqual(await revoke(org, one), { status: 200, body: '' });
    assert.deepEqual(
      [one, two].map((value) => org.accessTokenAlive(value)),
      [false, true],
    );
    assert.deepEqual(await revoke(org, one), refusal('invalid_token', `invalid token: ${one}`));
    assert.deepEqual(await revoke(org, token), { status: 200, body: '' });
    assert.ok(!org.accessTokenAlive(two));
    assert.deepEqual(await refresh(org, token), expired);
  });

  it('ends the first of six approvals', async (t) => {
    const org = await start(t);
    const tokens = Array.from({ length: 6 }, () => org.newRefreshToken());
    assert.deepEqual(
      tokens.map((token) => org.refreshTokenState(token)),
      ['revoked', ...Array(5).fill('current')],
    );
  });
});

describe('Salesforce look-alike: the org behind the token', () => {
  const data = '/services/data/v66.0';
  const soql = (text: string) => `${data}/query?q=${encodeURIComponent(text)}`;

  it('tells who the user is to who may ask', async (t) => {
    const org = await start(t);
    const userInfo = '/services/oauth2/userinfo';
    const token = await accessToken(org);
    const forbidden = (body: string): Reply => ({ status: 403, body });
    assert.deepEqual(await get(org, userInfo), forbidden('Missing_OAuth_Token'));
    assert.deepEqual(await get(org, userInfo, token), forbidden('Bad_OAuth_Token'));
    assert.deepEqual(await get(org, userInfo, '00D000000000001!A'), forbidden('Wrong_Org'));
    org.app.scopes.push('openid');
    const answer = await get(org, userInfo, token);
    assert.equal(field(answer, 'preferred_username'), org.user.username);
    assert.equal(field(answer, 'organization_id'), org.id);
    await revoke(org, token);
    assert.deepEqual(await get(org, userInfo, token), forbidden('Bad_OAuth_Token'));
  });

  it('lists its versions to everybody, the rest to sessions that may use the API', async (t) => {
    const org = await start(t);
    const versions = await get(org, '/services/data');
    assert.ok(Array.isArray(versions.body));
    assert.deepEqual(versions.body.at(-1), {
      label: "Spring '26",
      url: '/services/data/v66.0',
      version: '66.0',
    });
    const token = await accessToken(org);
    const code = async (status: number, errorCode: string, path = `${data}/limits`) => {
      const answer = await get(org, path, token);
      assert.equal(answer.status, status);
      assert.ok(JSON.stringify(answer.body).includes(`"errorCode":"${errorCode}"`));
    };
    assert.equal((await get(org, `${data}/limits`, token)).status, 200);
    org.apiAccessControl = true;
    await code(401, 'INVALID_SESSION_ID');
    org.user.anyApiClient = true;
    assert.equal((await get(org, `${data}/limits`, token)).status, 200);
    org.user.anyApiClient = false;
    org.app.preAuthorized = true;
    await code(404, 'NOT_FOUND', '/services/data/v99.0/limits');
    org.user.apiEnabled = false;
    await code(403, 'API_DISABLED_FOR_ORG');
    org.restEnabled = false;
    await code(403, 'API_CURRENTLY_DISABLED');
    org.app.scopes = ['refresh_token'];
    await code(401, 'INVALID_SESSION_ID');
    org.sessionMs = 0;
    await code(401, 'INVALID_SESSION_ID');
  });

  it('answers SOQL about the organization and its users', async (t) => {
    const org = await start(t, { kind: 'scratch' });
    const token = await accessToken(org);
    org.addUser({ username: 'Someone@acme.example' });
    const organization = await get(
      org,
      soql('SELECT Id, IsSandbox, TrialExpirationDate, OrganizationType FROM Organization'),
      token,
    );
    assert.deepEqual(organization.body, {
      totalSize: 1,
      done: true,
      records: [
        {
          attributes: { type: 'Organization', url: `${data}/sobjects/Organization/${org.id}` },
          Id: org.id,
          IsSandbox: true,
          TrialExpirationDate: '2026-12-24T09:30:00.000+0000',
          OrganizationType: 'Developer Edition',
        },
      ],
    });
    const id15 = org.user.id.slice(0, 15);
    const user = await get(
      org,
      soql(`\n select  username\nfrom User where Id='${id15}' limit 1 `),
      token,
    );
    assert.ok(JSON.stringify(user.body).includes(`"Username":"${org.user.username}"`));
    assert.ok(JSON.stringify(user.body).includes('"totalSize":1'));
    for (const [text, errorCode] of [
      ['SELECT', 'MALFORMED_QUERY'],
      ['SELECT Id FROM Nothing', 'INVALID_TYPE'],
      ['SELECT Nothing FROM User', 'INVALID_FIELD'],
    ] as const) {
      const answer = await get(org, soql(text), token);
      assert.equal(answer.status, 400);
      assert.ok(JSON.stringify(answer.body).includes(`"errorCode":"${errorCode}"`));
    }
  });
});
