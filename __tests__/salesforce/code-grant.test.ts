import assert from 'node:assert/strict';
import { describe, it, type TestContext } from 'node:test';
import { cleanRemoteText } from '../../src/errors/text.ts';
import { startDeadline } from '../../src/http/deadline.ts';
import { createSend, type Send } from '../../src/http/send.ts';
import { parseAllowedHosts } from '../../src/salesforce/allowed-hosts.ts';
import { introduce } from '../../src/salesforce/checks.ts';
import {
  authorizeUrl,
  type CodeAnswer,
  type CodeRequest,
  newSecretText,
  readCodeAnswer,
  redeem,
} from '../../src/salesforce/code-grant.ts';
import { Browser } from '../support/browser.ts';
import {
  fault,
  type OrgOptions,
  type SalesforceOrg,
  startOrg,
  tokenPath,
} from '../support/salesforce-org.ts';

// From the address that the user signs in at, to what the org says of itself.

const redirectUri = 'http://localhost:1717/OauthRedirect';
const request: CodeRequest = {
  login: new URL('https://acme.my.salesforce.com/services/oauth2/token'),
  clientId: 'PlatformCLI',
  clientSecret: undefined,
  scope: 'api refresh_token',
  redirectUri,
  state: 'st&te',
  // RFC 7636, appendix B.
  verifier: 'dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk',
};
const clean = (text: unknown) => cleanRemoteText(text, []);
const allowed = parseAllowedHosts('127.0.0.1');

describe('the address to sign in at', () => {
  it('is the authorize page of the host, with the challenge of RFC 7636', () => {
    const url = authorizeUrl(request);
    assert.equal(
      url.origin + url.pathname,
      'https://acme.my.salesforce.com/services/oauth2/authorize',
    );
    assert.deepEqual(Object.fromEntries(url.searchParams), {
      response_type: 'code',
      client_id: 'PlatformCLI',
      redirect_uri: redirectUri,
      scope: 'api refresh_token',
      state: 'st&te',
      code_challenge: 'E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM',
      code_challenge_method: 'S256',
    });
  });

  it('keeps the path of a site', () => {
    const login = new URL('https://acme.my.site.com/partners/services/oauth2/token');
    assert.equal(
      authorizeUrl({ ...request, login }).pathname,
      '/partners/services/oauth2/authorize',
    );
  });

  it('has secrets that nobody guesses', () => {
    assert.match(newSecretText(), /^[\w-]{43}$/);
    assert.notEqual(newSecretText(), newSecretText());
  });
});

describe('what the browser brings back', () => {
  for (const [address, answer] of [
    [`${redirectUri}?code=aPrx%3D%3D&state=st%26te`, { kind: 'code', code: 'aPrx==' }],
    [
      `${redirectUri}?error=access_denied&error_description=no&state=st%26te`,
      { kind: 'refused', said: { error: 'access_denied', error_description: 'no' } },
    ],
    [
      `${redirectUri}?code=x&error=server_error&state=st%26te`,
      { kind: 'refused', said: { error: 'server_error', error_description: undefined } },
    ],
    [`${redirectUri}?code=x&state=other`, undefined],
    [`${redirectUri}?code=x`, undefined],
    [`${redirectUri}?error=access_denied`, undefined],
    [`${redirectUri}?state=st%26te`, undefined],
    [`${redirectUri}?code=&state=st%26te`, undefined],
    [`${redirectUri}/x?code=x&state=st%26te`, undefined],
    [`http://localhost:1718/OauthRedirect?code=x&state=st%26te`, undefined],
    [`http://evil.example:1717/OauthRedirect?code=x&state=st%26te`, undefined],
  ] as const) {
    it(`is ${answer?.kind ?? 'no answer'}: ${address.slice(redirectUri.length)}`, () => {
      assert.deepEqual(readCodeAnswer(new URL(address), request), answer);
    });
  }
});

describe('the exchange of the code', () => {
  const hidden: string[] = [];

  async function signedIn(t: TestContext, options: OrgOptions = {}) {
    const org = await startOrg(options);
    t.after(() => org.close());
    const login = new URL(org.url + tokenPath);
    const wish = { ...request, login, clientId: org.app.clientId };
    const browser = new Browser(org);
    const { pathname, search } = authorizeUrl(wish);
    const end = await browser.decide(await browser.signIn(pathname + search), 'allow');
    const answer = readCodeAnswer(end, wish);
    assert.ok(answer?.kind === 'code');
    return { org, wish, answer };
  }

  async function exchange(wish: CodeRequest, answer: CodeAnswer, send: Send = createSend()) {
    const deadline = startDeadline(10_000);
    try {
      const hide = (secret: string) => hidden.push(secret);
      return await redeem(answer, wish, allowed, { send, deadline, clean, hide });
    } finally {
      deadline.release();
    }
  }

  async function introduced(org: SalesforceOrg, wish: CodeRequest, answer: CodeAnswer) {
    const { token, body, refreshToken } = await exchange(wish, answer);
    assert.equal(org.refreshTokenState(refreshToken), 'current');
    const secrets = [wish.verifier, answer.kind === 'code' && answer.code, body['access_token']];
    assert.ok([...secrets, refreshToken].every((secret) => hidden.includes(String(secret))));
    const deadline = startDeadline(10_000);
    const { accessToken, instanceUrl, scope } = token;
    const random = Math.random;
    const repetition = { send: createSend(), deadline, retries: 0, answerMs: 5_000, random };
    const asked = { ...repetition, retrying: () => {}, debug: () => {} };
    const said = await introduce(token, {
      ...{ instanceUrl, accessToken, scope, clean },
      repetition: asked,
    });
    deadline.release();
    assert.equal(said.orgId, org.id);
    return said;
  }

  it('gives tokens, and with them the org says who it is', async (t) => {
    const { org, wish, answer } = await signedIn(t, { kind: 'scratch' });
    assert.deepEqual(await introduced(org, wish, answer), {
      orgId: org.id,
      username: org.user.username,
      orgType: 'scratch',
      unknown: [],
    });
    assert.equal(org.tokenRequests.length, 1);
  });

  it('says why the org says nothing', async (t) => {
    const { org, wish, answer } = await signedIn(t);
    org.user.apiEnabled = false;
    const { username, unknown } = await introduced(org, wish, answer);
    assert.equal(username, undefined);
    assert.match(unknown.join(), /may not use the API/);
  });

  it('follows one redirect of the token endpoint', async (t) => {
    const { org, wish, answer } = await signedIn(t);
    org.faults.push({ does: fault.redirect(org.url + tokenPath), path: tokenPath });
    assert.match((await exchange(wish, answer)).refreshToken, /^5Aep/);
    org.faults.push({ does: fault.redirect(org.url + tokenPath), path: tokenPath, count: 2 });
    await assert.rejects(exchange(wish, answer), { code: 'redirect_refused' });
  });

  it('refuses a code that was exchanged, and another verifier', async (t) => {
    const { wish, answer } = await signedIn(t);
    await assert.rejects(exchange({ ...wish, verifier: newSecretText() }, answer), {
      message: /refused the sign-in \(HTTP 400\): “invalid_grant: invalid code verifier”/,
      why: /another sign-in/,
    });
    const second = await signedIn(t);
    await exchange(second.wish, second.answer);
    await assert.rejects(exchange(second.wish, second.answer), { why: /used before/ });
  });

  it('sends the secret of the app where there is one', async (t) => {
    const { org, wish, answer } = await signedIn(t, { app: { webServerSecretRequired: true } });
    await exchange({ ...wish, clientSecret: org.app.clientSecret }, answer);
  });

  it('is worth nothing without a refresh token', async (t) => {
    const { org, wish, answer } = await signedIn(t);
    const does = fault.patch({ refresh_token: undefined });
    org.faults.push({ does, when: 'after', path: tokenPath });
    await assert.rejects(exchange(wish, answer), {
      code: 'no_refresh_token',
      message: /The scopes: api refresh_token\.$/,
    });
  });

  it('is not repeated where its answer is lost', async (t) => {
    const { org, wish, answer } = await signedIn(t);
    org.faults.push({ does: fault.reset(), path: tokenPath });
    await assert.rejects(exchange(wish, answer), { code: 'network_error' });
    assert.equal(org.tokenRequests.length, 1);
  });

  it('is not made after a refusal', async (t) => {
    const { org, wish } = await signedIn(t);
    const said = { error: 'access_denied', error_description: undefined };
    await assert.rejects(exchange(wish, { kind: 'refused', said }), {
      code: 'access_denied',
      message: 'Salesforce refused the sign-in: “access_denied”.',
    });
    assert.equal(org.tokenRequests.length, 0);
  });

  it('says which scopes were asked for where the app lacks one', async () => {
    const said = {
      error: 'invalid_scope',
      error_description: 'the requested scope is not allowed',
    };
    const scope = 'api id refresh_token offline_access  web';
    await assert.rejects(exchange({ ...request, scope }, { kind: 'refused', said }), {
      code: 'invalid_scope',
      fix: 'Asked for were: api, id, refresh_token, offline_access, web. The app must have each of them: Setup → the app → OAuth scopes, “Manage user data via APIs (api)”, “Access the identity URL service (id)”, “Perform requests at any time (refresh_token, offline_access)”, “web”. Add what is missing and wait ten minutes, or ask for less (--scope).',
    });
  });

  it('lets errors of others through', async () => {
    const send = () => Promise.reject(new TypeError('odd'));
    await assert.rejects(exchange(request, { kind: 'code', code: 'x' }, send), TypeError);
  });
});
