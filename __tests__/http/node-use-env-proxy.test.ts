// Not for coverage: it is about Node, around what other tests reach.

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { proxiedScene } from '../support/proxied-scene.ts';
import { startProxy } from '../support/proxy.ts';
import { assertFailed, assertRefreshed, refreshScene } from '../support/refresh-scene.ts';
import { tokenBranchScene } from '../support/token-branch-scene.ts';

// With NODE_USE_ENV_PROXY=1, which other actions of a job need behind a proxy, Node uses proxies by itself,
// and by rules of its own: nothing of it comes on top of ours.

const byNode = { NODE_USE_ENV_PROXY: '1' };
const connects = (requests: readonly { method: string; target: string }[]) =>
  requests.map(({ method, target }) => `${method} ${target}`);

describe('with NODE_USE_ENV_PROXY=1', { concurrency: 6 }, () => {
  it('a request goes through the proxy, once', async (t) => {
    const { org, proxy, token, run } = await proxiedScene(t);
    assertRefreshed(await run({}, byNode), org);
    assert.deepEqual(connects(proxy.requests), ['CONNECT login.salesforce.com:443']);
    assert.equal(org.tokenRequests[0]?.form['refresh_token'], token);
  });

  it('the credentials go to the proxy alone', async (t) => {
    const auth = { username: 'ci', password: 'p@ss:word' };
    const { org, proxy, run } = await proxiedScene(t, { auth });
    const result = await run({}, byNode);
    assertRefreshed(result, org);
    assert.deepEqual(connects(proxy.requests), ['CONNECT login.salesforce.com:443']);
    assert.equal(org.tokenRequests[0]?.headers['proxy-authorization'], undefined);
    assert.ok(!result.log.includes(auth.password));
  });

  it('the end of the job goes through the proxy too', async (t) => {
    const { org, proxy, run } = await proxiedScene(t);
    proxy.targets.set('acme.my.salesforce.com', org.port);
    const main = await run({ 'revoke-on-completion': true }, byNode);
    assertRefreshed(main, org);
    const post = await run({}, byNode, { stage: 'post', state: main.state });
    assert.match(post.log, /Revoked the access token\./);
    assert.deepEqual(connects(proxy.requests), [
      'CONNECT login.salesforce.com:443',
      'CONNECT acme.my.salesforce.com:443',
    ]);
  });

  it('no_proxy holds', async (t) => {
    const { proxy, run } = await proxiedScene(t);
    const inputs = {
      'login-url': 'https://salesforce.invalid',
      'allowed-hosts': 'salesforce.invalid',
      retries: 0,
    };
    const result = await run(inputs, { ...byNode, no_proxy: '.invalid' });
    assertFailed(result, 'network_error');
    assert.match(result.log, /does not resolve|could not be looked up/);
    assert.equal(proxy.requests.length, 0);
  });

  it('loopback needs no proxy, over https or http', async (t) => {
    const { org, proxy, run } = await proxiedScene(t);
    const inputs = { 'login-url': `https://127.0.0.1:${org.port}`, 'allowed-hosts': '127.0.0.1' };
    assertRefreshed(await run(inputs, byNode), org);
    const plain = await refreshScene(t);
    const env = { ...byNode, http_proxy: proxy.url, https_proxy: proxy.url };
    assertRefreshed(await plain.run({}, env), plain.org);
    assert.equal(proxy.requests.length, 0);
  });

  it("GitHub's API is asked through the proxy, once for each request", async (t) => {
    const scene = await tokenBranchScene(t);
    const port = Number(new URL(scene.github.url).port);
    const proxy = await startProxy({ targets: { 'github.acme.example:80': port } });
    t.after(() => proxy.close());
    const env = { ...byNode, GITHUB_API_URL: 'http://github.acme.example', http_proxy: proxy.url };
    const { conclusion, log } = await scene.run({ env });
    assert.equal(conclusion, 'success', log);
    assert.ok(proxy.requests.length > 0);
    assert.deepEqual(
      new Set(connects(proxy.requests)),
      new Set(['CONNECT github.acme.example:80']),
    );
  });

  // Node itself ends there, with the value in what it prints: before the action, which would not show it.
  for (const value of ['ftp://127.0.0.1:9', 'proxy.example.com:3128', 'http://127.0.0.1:99999']) {
    it(`nothing is sent past a proxy that Node can't use: ${value}`, async (t) => {
      const { org, run } = await proxiedScene(t);
      const result = await run({}, { ...byNode, https_proxy: value });
      assert.equal(result.conclusion, 'failure');
      assert.equal(result.outputs['access-token'], undefined);
      assert.equal(org.connections, 0);
    });
  }
});
