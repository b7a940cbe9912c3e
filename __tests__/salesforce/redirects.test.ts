import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { assertNothingHandedOut, orgFor, problem } from '../support/org-step.ts';
import { proxiedScene } from '../support/proxied-scene.ts';
import { startProxy } from '../support/proxy.ts';
import { assertFailed, assertRefreshed, refreshScene } from '../support/refresh-scene.ts';
import { fault, tokenPath } from '../support/salesforce-org.ts';
import { tcpServer } from '../support/tcp-server.ts';

// A redirect decides where the refresh token goes next: one is followed, to a host that may have it.

const concurrency = 6;
const statuses = [301, 302, 303, 307, 308] as const;
const myDomain = 'acme.my.salesforce.com';

describe('a redirect to an allowed host', { concurrency }, () => {
  for (const status of statuses) {
    it(`by ${status} is followed as the same POST, and told in the log`, async (t) => {
      const { org, token, run } = await refreshScene(t);
      const front = await orgFor(t);
      front.faults.push({ does: fault.redirect(org.url + tokenPath, status) });
      const result = await run({ 'login-url': front.url, retries: 0, rotates: status === 307 });
      assertRefreshed(result, org);
      const [first, second] = [front.requests[0], org.requests[0]];
      assert.ok(first !== undefined && second !== undefined);
      assert.deepEqual([front.requests.length, org.requests.length], [1, 1]);
      assert.equal(second.method, 'POST');
      assert.equal(second.url, tokenPath);
      assert.equal(second.body, first.body);
      assert.equal(second.form['refresh_token'], token);
      const { host: firstHost, ...sent } = first.headers;
      const { host: secondHost, ...sentAgain } = second.headers;
      assert.deepEqual(sentAgain, sent);
      assert.deepEqual([firstHost, secondHost], [new URL(front.url).host, new URL(org.url).host]);
      const way = `127.0.0.1:${front.port} redirects to 127.0.0.1:${org.port}: following.`;
      assert.ok(result.log.includes(way), result.log);
      assert.deepEqual(result.annotations, []);
    });
  }

  it('may be without a host: the same one', async (t) => {
    const { org, here } = await refreshScene(t);
    org.faults.push({ does: fault.redirect(tokenPath, 307) });
    assertRefreshed(await here(), org);
    assert.equal(org.requests.length, 2);
  });

  it('leads from a login host to My Domain, over TLS', async (t) => {
    const { org, proxy, run } = await proxiedScene(t);
    org.wrongHost = 'redirect';
    proxy.targets.set('test.salesforce.com', org.port).set(myDomain, org.port);
    assertRefreshed(await run({ 'login-url': 'test.salesforce.com' }), org);
    assert.deepEqual(
      org.requests.map(({ host, method, path }) => `${method} ${host}${path}`),
      [`POST test.salesforce.com${tokenPath}`, `POST ${myDomain}${tokenPath}`],
    );
  });

  it('leads to My Domain where it names a Lightning host', async (t) => {
    const { org, proxy, run } = await proxiedScene(t);
    proxy.targets.set(myDomain, org.port);
    org.faults.push({ does: fault.redirect(`https://acme.lightning.force.com${tokenPath}`) });
    assertRefreshed(await run(), org);
    assert.deepEqual(
      proxy.requests.map(({ target }) => target),
      ['login.salesforce.com:443', `${myDomain}:443`],
    );
  });

  it('is no retry, and does not use one up', async (t) => {
    const { org, here } = await refreshScene(t);
    org.faults.push({ does: fault.redirect(tokenPath) }, { does: fault.tooMany(0) });
    const result = await here({ retries: 1 });
    assertRefreshed(result, org);
    assert.match(result.log, /^3 requests, 1 retry, /m);
  });

  it('whose target refuses the token ends with what that says', async (t) => {
    const { org, here } = await refreshScene(t);
    org.user.active = false;
    org.faults.push({ does: fault.redirect(tokenPath) });
    assertFailed(await here(), 'invalid_grant');
    assert.equal(org.requests.length, 2);
  });
});

describe('a second redirect', { concurrency }, () => {
  for (const status of statuses) {
    it(`by ${status} is never followed, not even to an allowed host`, async (t) => {
      const { org, here } = await refreshScene(t);
      const [front, middle] = [await orgFor(t), await orgFor(t)];
      front.faults.push({ does: fault.redirect(middle.url + tokenPath) });
      middle.faults.push({ does: fault.redirect(org.url + tokenPath, status) });
      const result = await here({ 'login-url': front.url });
      assertFailed(result, 'redirect_refused');
      assertNothingHandedOut(result);
      assert.equal(org.connections, 0);
      assert.match(problem(result), /redirects a second time/);
      assert.ok(problem(result).includes(`${org.url}${tokenPath}`), 'names where it led');
    });
  }

  it('to the same address is no endless circle', async (t) => {
    const { org, here } = await refreshScene(t);
    org.faults.push({ does: fault.redirect(tokenPath), count: 50 });
    assertFailed(await here(), 'redirect_refused');
    assert.equal(org.requests.length, 2);
  });

  it('after a retry is still the second', async (t) => {
    const { org, here } = await refreshScene(t);
    const redirect = fault.redirect(tokenPath);
    org.faults.push({ does: redirect }, { does: fault.tooMany(0) }, { does: redirect });
    assertFailed(await here(), 'redirect_refused');
    assert.equal(org.requests.length, 3);
  });
});

describe('a redirect to another host', { concurrency }, () => {
  for (const status of statuses) {
    it(`by ${status}: not a byte goes there, and the host to configure is named`, async (t) => {
      const { org, here } = await refreshScene(t);
      const thief = await tcpServer(t, () => {});
      const location = `http://localhost:${thief.port}${tokenPath}`;
      org.faults.push({ does: fault.redirect(location, status) });
      const result = await here({ rotates: status === 308 });
      assertFailed(result, 'redirect_refused');
      assertNothingHandedOut(result);
      assert.equal('rotated' in result.outputs, false);
      assert.equal(org.requests.length, 1);
      assert.deepEqual([thief.sockets.length, thief.received()], [0, '']);
      const said = problem(result);
      assert.ok(said.startsWith(`127.0.0.1:${org.port} redirects to a place`), said);
      assert.match(said, /“localhost”/);
      assert.match(said, /Set `login-url` to the My Domain host.*“localhost”.*`allowed-hosts`/);
    });
  }

  it('is followed once that host is allowed', async (t) => {
    const { org, here } = await refreshScene(t);
    const front = await orgFor(t);
    front.faults.push({ does: fault.redirect(`http://localhost:${org.port}${tokenPath}`) });
    const allowed = { 'allowed-hosts': '127.0.0.1 localhost' };
    assertRefreshed(await here({ 'login-url': front.url, ...allowed }), org);
    assert.equal(org.requests[0]?.host, 'localhost');
  });

  it('over http is not followed, to whatever host, and no proxy hears of it', async (t) => {
    const { org, proxy, run } = await proxiedScene(t);
    const httpProxy = await startProxy();
    t.after(() => httpProxy.close());
    for (const host of ['login.salesforce.com', myDomain, 'acme.example']) {
      org.faults.push({ does: fault.redirect(`http://${host}${tokenPath}`) });
      const result = await run({ 'allowed-hosts': 'acme.example' }, { http_proxy: httpProxy.url });
      assertFailed(result, 'redirect_refused');
      assert.match(problem(result), /is not https/);
    }
    assert.equal(proxy.requests.length, 3);
    assert.deepEqual(httpProxy.requests, []);
  });
});

describe('a redirect that leads to no token endpoint', { concurrency }, () => {
  const locations: readonly (readonly [location: string, word: RegExp])[] = [
    [`/services/apexrest${tokenPath}`, /does not lead to a token endpoint/],
    [`/site${tokenPath}`, /does not lead to a token endpoint/],
    [`${tokenPath}/`, /does not lead to a token endpoint/],
    [`${tokenPath}/x`, /does not lead to a token endpoint/],
    [`${tokenPath}?x=y`, /does not lead to a token endpoint/],
    [`${tokenPath}#x`, /does not lead to a token endpoint/],
    [tokenPath.toUpperCase(), /does not lead to a token endpoint/],
    ['/', /does not lead to a token endpoint/],
    ['/login?startURL=/services/oauth2/token', /does not lead to a token endpoint/],
    [`//evil.example${tokenPath}`, /“evil\.example”/],
    [`https:\\\\evil.example${tokenPath}`, /its address is no URL/],
    [`https://127.0.0.1@evil.example${tokenPath}`, /“evil\.example”/],
    ['javascript:alert(1)', /is not https/],
    ['https://', /its address is no URL/],
    ['', /its address is no URL/],
  ];
  for (const [location, words] of locations) {
    it(`“${location}” is not followed`, async (t) => {
      const { org, here } = await refreshScene(t);
      org.faults.push({ does: fault.redirect(location, 307) });
      const result = await here();
      assertFailed(result, 'redirect_refused');
      assert.equal(org.requests.length, 1);
      assert.match(problem(result), words);
      assert.match(problem(result), /What to do: Set `login-url` to the My Domain host/);
    });
  }

  it('is not followed without a `Location` either', async (t) => {
    const { org, here } = await refreshScene(t);
    org.faults.push({ does: fault.answer(302) });
    assertFailed(await here(), 'redirect_refused');
    assert.equal(org.requests.length, 1);
  });

  it('cannot print a secret, or run a command, by its address', async (t) => {
    const { org, token, run } = await refreshScene(t);
    const hostile = `https://evil.example/?t=${token}&x=::add-mask::e##[set-output name=a]b${'x'.repeat(8000)}`;
    org.faults.push({ does: fault.redirect(tokenPath) }, { does: fault.redirect(hostile) });
    const result = await run();
    assertFailed(result, 'redirect_refused');
    assert.match(problem(result), /“https:\/\/evil\.example\/\?t=\*\*\*&x=/);
    assert.equal(result.stdout.split(token).length, 2, 'only its mask prints the token');
    assert.ok(result.stdout.length < 4000, 'cut to what is worth reading');
    assert.deepEqual(Object.keys(result.outputs), ['error-code']);
    assert.equal(result.masks.includes('e'), false);
  });
});
