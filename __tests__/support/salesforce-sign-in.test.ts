// Not for coverage: it is about the tests' own look-alikes.

import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { describe, it, type TestContext } from 'node:test';
import { Browser, type Fields, fieldsOf } from './browser.ts';
import { authorizePath, type OrgOptions, type SalesforceOrg, startOrg } from './salesforce-org.ts';

// A sign-in at the look-alike, by hand: what a browser does there, and what the client does after it.

const callback = 'http://localhost:1717/OauthRedirect';
const verifier = 'dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk';
/** That of RFC 7636, appendix B. */
const challenge = 'E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM';

async function start(t: TestContext, options: OrgOptions = {}): Promise<SalesforceOrg> {
  const org = await startOrg(options);
  t.after(() => org.close());
  return org;
}

function wish(org: SalesforceOrg, changes: Fields = {}): string {
  const fields = {
    response_type: 'code',
    client_id: org.app.clientId,
    redirect_uri: callback,
    scope: 'api refresh_token',
    state: 'st&te=1',
    code_challenge: challenge,
    code_challenge_method: 'S256',
    ...changes,
  };
  return `${authorizePath}?${fieldsOf(fields)}`;
}

/** The whole of a sign-in up to the code. */
async function codeFor(org: SalesforceOrg, changes: Fields = {}): Promise<string> {
  const browser = new Browser(org);
  const at = await browser.decide(await browser.signIn(wish(org, changes)), 'allow');
  return at.searchParams.get('code') ?? '';
}

async function post(org: SalesforceOrg, form: Fields): Promise<[number, Record<string, unknown>]> {
  const body = fieldsOf(form);
  const response = await fetch(`${org.url}/services/oauth2/token`, { method: 'POST', body });
  const answer: unknown = await response.json();
  return [response.status, Object.fromEntries(Object.entries(Object(answer)))];
}

function exchange(org: SalesforceOrg, code: string, changes: Fields = {}) {
  return post(org, {
    grant_type: 'authorization_code',
    code,
    client_id: org.app.clientId,
    redirect_uri: callback,
    code_verifier: verifier,
    ...changes,
  });
}

function refresh(org: SalesforceOrg, refresh_token: string) {
  const grant_type = 'refresh_token';
  return post(org, { grant_type, refresh_token, client_id: org.app.clientId });
}

function refusal(error: string, error_description: string) {
  return [400, { error, error_description }];
}

describe('Salesforce look-alike: signing in', () => {
  it('asks who it is and whether the app may, and sends the browser back with a code', async (t) => {
    const org = await start(t);
    const browser = new Browser(org);
    const consent = await browser.signIn(wish(org));
    const { text } = await browser.go(consent);
    for (const said of ['Acme CI', 'Manage user data via APIs', org.user.username]) {
      assert.ok(text.includes(said), said);
    }
    const at = await browser.decide(consent, 'allow');
    assert.equal(at.origin + at.pathname, callback);
    assert.match(at.search, /^\?code=aPrx[\w.]+%3D%3D&state=st%26te%3D1$/);
    const [status, answer] = await exchange(org, at.searchParams.get('code') ?? '');
    assert.equal(status, 200);
    assert.equal(answer['scope'], 'api refresh_token');
    assert.equal(org.refreshTokenState(String(answer['refresh_token'])), 'current');
    assert.ok(org.accessTokenAlive(String(answer['access_token'])));
    assert.equal(answer['id'], `https://login.salesforce.com/id/${org.id}/${org.user.id}`);
  });

  it('refuses a wrong password, and users who may not sign in', async (t) => {
    const org = await start(t);
    const frozen = org.addUser({ frozen: true });
    const [username, pw] = [org.user.username, org.user.password];
    const browser = new Browser(org);
    const cases = [{ username }, { username, pw: 'x' }, { username: frozen.username, pw }];
    for (const form of cases) {
      const { status, text } = await browser.go('/', { ...form, startURL: wish(org) });
      assert.equal(status, 200);
      assert.match(text, /role="alert">Please check your username and password/);
    }
    assert.equal((await browser.go(wish(org))).location.startsWith('/?ec=302'), true);
    const foreign = await browser.go('/', { username, pw, startURL: '//evil.example/' });
    assert.equal(foreign.location, '/');
  });

  it('asks for a login again with prompt=login only', async (t) => {
    const org = await start(t);
    const browser = new Browser(org);
    await browser.signIn(wish(org));
    assert.match((await browser.go(wish(org))).text, /Allow Access\?/);
    assert.equal((await browser.go(wish(org, { prompt: 'login' }))).status, 302);
    const consent = await browser.signIn(wish(org, { prompt: 'login' }));
    assert.match((await browser.go(consent)).text, /Allow Access\?/);
  });

  it('sends a refusal back, and takes one answer only', async (t) => {
    const org = await start(t);
    const browser = new Browser(org);
    const consent = await browser.signIn(wish(org));
    const at = await browser.decide(consent, 'deny');
    assert.equal(
      at.search,
      '?error=access_denied&error_description=end-user+denied+authorization&state=st%26te%3D1',
    );
    const { text } = await browser.go(consent);
    const ticket = /name="ticket" value="([^"]*)"/.exec(text)?.[1];
    const action = '/setup/secur/RemoteAccessAuthorizationPage.apexp';
    const stranger = await new Browser(org).go(action, { ticket, decision: 'allow' });
    assert.equal(stranger.status, 400);
    assert.equal((await browser.go(action, { ticket, decision: 'allow' })).status, 302);
    assert.equal((await browser.go(action, { ticket, decision: 'allow' })).status, 400);
    assert.equal(org.codes.size, 1);
  });

  it('shows on a page of its own what may not be sent anywhere', async (t) => {
    const org = await start(t);
    const blocked = org.addApp({ blocked: true });
    const unknown = org.addApp({ known: false });
    const cases: [error: string, changes: Fields][] = [
      ['invalid_client_id', { client_id: 'x' }],
      ['invalid_client_id', { client_id: unknown.clientId }],
      ['redirect_uri_mismatch', { redirect_uri: `${callback}/` }],
      ['redirect_uri_mismatch', { redirect_uri: undefined }],
      ['redirect_uri_mismatch', { redirect_uri: 'http://localhost:1718/OauthRedirect' }],
      ['OAUTH_APP_BLOCKED', { client_id: blocked.clientId }],
    ];
    for (const [error, changes] of cases) {
      const { status, location, text } = await new Browser(org).go(wish(org, changes));
      assert.deepEqual([status, location], [400, ''], error);
      assert.ok(text.includes(`<code>error=${error}&amp;`), text);
    }
  });

  it('sends every other mistake back to the app', async (t) => {
    const org = await start(t, { app: { pkceRequired: true } });
    const cases: [error: string, changes: Fields][] = [
      ['unsupported_response_type', { response_type: 'token' }],
      ['invalid_scope', { scope: 'api web' }],
      ['invalid_request', { code_challenge: undefined }],
      ['invalid_request', { code_challenge: 'short' }],
      ['invalid_request', { code_challenge_method: 'plain' }],
      ['invalid_request', { code_challenge_method: undefined }],
    ];
    for (const [error, changes] of cases) {
      const { location } = await new Browser(org).go(wish(org, changes));
      const at = new URL(location);
      assert.equal(at.origin + at.pathname, callback);
      assert.equal(at.searchParams.get('error'), error);
      assert.equal(at.searchParams.get('state'), 'st&te=1');
    }
    org.app.approvalMissing = 'admin';
    const browser = new Browser(org);
    const { location } = await browser.go(await browser.signIn(wish(org)));
    assert.equal(new URL(location).searchParams.get('error'), 'OAUTH_APP_ACCESS_DENIED');
  });

  it('asks nothing where an admin has approved the app already', async (t) => {
    const org = await start(t, { app: { preAuthorized: true } });
    const browser = new Browser(org);
    const { location } = await browser.go(await browser.signIn(wish(org, { state: undefined })));
    assert.match(location, /^http:\/\/localhost:1717\/OauthRedirect\?code=[^&]+$/);
  });
});

describe('Salesforce look-alike: the exchange of a code', () => {
  it('takes a code once, and no other', async (t) => {
    const org = await start(t);
    const code = await codeFor(org);
    assert.equal((await exchange(org, code))[0], 200);
    const expired = refusal('invalid_grant', 'expired authorization code');
    assert.deepEqual(await exchange(org, code), expired);
    const invalid = refusal('invalid_grant', 'invalid authorization code');
    assert.deepEqual(await exchange(org, 'aPrx=='), invalid);
    const other = org.addApp();
    const theirs = { client_id: other.clientId };
    assert.deepEqual(await exchange(org, await codeFor(org), theirs), invalid);
  });

  it('takes a code for a quarter of an hour', async (t) => {
    const org = await start(t);
    t.mock.timers.enable({ apis: ['Date'], now: Date.now() });
    const [young, old] = [await codeFor(org), await codeFor(org)];
    t.mock.timers.tick(15 * 60 * 1000 - 1);
    assert.equal((await exchange(org, young))[0], 200);
    t.mock.timers.tick(1);
    const expired = refusal('invalid_grant', 'expired authorization code');
    assert.deepEqual(await exchange(org, old), expired);
  });

  it('wants the proof of whoever asked, at the first try', async (t) => {
    const org = await start(t);
    assert.equal(createHash('sha256').update(verifier).digest('base64url'), challenge);
    const invalid = refusal('invalid_grant', 'invalid code verifier');
    for (const code_verifier of [`${verifier}x`, '', undefined]) {
      const code = await codeFor(org);
      assert.deepEqual(await exchange(org, code, { code_verifier }), invalid);
      assert.equal((await exchange(org, code))[0], 400);
    }
    const without = await codeFor(org, { code_challenge: undefined });
    assert.deepEqual(await exchange(org, without), invalid);
    const again = await codeFor(org, { code_challenge: undefined });
    assert.equal((await exchange(org, again, { code_verifier: undefined }))[0], 200);
  });

  it('wants the same address, the secret where it is demanded, and all fields', async (t) => {
    const org = await start(t);
    const elsewhere = { redirect_uri: 'http://localhost:1717/other' };
    assert.deepEqual(
      await exchange(org, await codeFor(org), elsewhere),
      refusal('redirect_uri_mismatch', 'redirect_uri must match configuration'),
    );
    for (const name of ['code', 'client_id', 'redirect_uri']) {
      assert.deepEqual(
        await exchange(org, 'x', { [name]: undefined }),
        refusal('invalid_request', `missing required parameter: ${name}`),
      );
    }
    org.app.webServerSecretRequired = true;
    const code = await codeFor(org);
    const wrong = refusal('invalid_client', 'invalid client credentials');
    for (const client_secret of ['', 'x', undefined]) {
      assert.deepEqual(await exchange(org, code, { client_secret }), wrong);
    }
    const client_secret = org.app.clientSecret;
    assert.equal((await exchange(org, code, { client_secret }))[0], 200);
  });

  it('gives a refresh token only where a scope asks for it', async (t) => {
    const org = await start(t, { app: { scopes: ['api', 'offline_access', 'id'] } });
    const [, alone] = await exchange(org, await codeFor(org, { scope: 'api' }));
    assert.deepEqual([alone['scope'], alone['refresh_token']], ['api', undefined]);
    for (const scope of ['api offline_access', 'refresh_token', undefined]) {
      const [, answer] = await exchange(org, await codeFor(org, { scope }));
      assert.equal(org.refreshTokenState(String(answer['refresh_token'])), 'current');
      const [, next] = await refresh(org, String(answer['refresh_token']));
      assert.equal(next['scope'], scope ?? 'api offline_access id');
    }
  });

  it('says why the user may not use the app', async (t) => {
    const org = await start(t);
    const code = await codeFor(org);
    org.app.ipRestricted = true;
    assert.deepEqual(await exchange(org, code), refusal('invalid_grant', 'ip restricted'));
    assert.equal(org.history.at(-1)?.username, org.user.username);
  });

  it('ends the oldest of five approvals with the sixth', async (t) => {
    const org = await start(t);
    const tokens: string[] = [];
    for (let count = 0; count < 6; count += 1) {
      // Approvals without a refresh token don't count.
      await exchange(org, await codeFor(org, { scope: 'api' }));
      const [, answer] = await exchange(org, await codeFor(org));
      tokens.push(String(answer['refresh_token']));
    }
    const states = tokens.map((token) => org.refreshTokenState(token));
    assert.deepEqual(states, ['revoked', ...Array<string>(5).fill('current')]);
  });

  it('begins a family of an app that rotates', async (t) => {
    const org = await start(t, { rotation: 'strict' });
    const [, first] = await exchange(org, await codeFor(org));
    const [, second] = await refresh(org, String(first['refresh_token']));
    assert.notEqual(second['refresh_token'], first['refresh_token']);
    assert.equal(org.refreshTokenState(String(first['refresh_token'])), 'spent');
    assert.equal((await refresh(org, String(second['refresh_token'])))[0], 200);
  });
});
