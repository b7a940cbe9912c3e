// Not for coverage: proxy and send have unit tests.

import assert from 'node:assert/strict';
import { connect } from 'node:net';
import { pipeline } from 'node:stream';
import { describe, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { createServer } from 'node:tls';
import { nobody } from '../support/nobody.ts';
import { proxiedScene } from '../support/proxied-scene.ts';
import type { ProxyMode } from '../support/proxy.ts';
import {
  assertFailed,
  assertRefreshed,
  refreshScene,
  retriesIn,
} from '../support/refresh-scene.ts';
import { startAction } from '../support/runner.ts';
import { fault } from '../support/salesforce-org.ts';
import { listen } from '../support/tcp-server.ts';
import { testCertificates } from '../support/tls.ts';
import { until } from '../support/until.ts';
import { notOnWindows } from '../support/windows.ts';

// Proxies: found where the environment names them, told nothing that is secret, and never the end of time.

const login = 'login.salesforce.com';

describe('which proxy', { concurrency: 6 }, () => {
  it('https_proxy, by CONNECT to the host and port of the login URL', async (t) => {
    const { org, proxy, token, run } = await proxiedScene(t);
    const result = await run();
    assertRefreshed(result, org);
    assert.deepEqual(
      proxy.requests.map(({ method, target }) => [method, target]),
      [['CONNECT', `${login}:443`]],
    );
    assert.equal(org.tokenRequests[0]?.host, login);
    assert.equal(org.tokenRequests[0]?.form['refresh_token'], token);
  });

  it('HTTPS_PROXY where https_proxy is not set', async (t) => {
    const { org, proxy, run } = await proxiedScene(t);
    const upper = { https_proxy: undefined, HTTPS_PROXY: proxy.url };
    assertRefreshed(await run({}, upper), org);
    assertRefreshed(await run({}, { HTTPS_PROXY: nobody }), org);
    assert.equal(proxy.requests.length, 2);
  });

  it('one that is named without a scheme', async (t) => {
    const { org, proxy, run } = await proxiedScene(t);
    assertRefreshed(await run({}, { https_proxy: proxy.url.replace('http://', '') }), org);
  });

  it('one that is spoken to over TLS', async (t) => {
    const { org, proxy, run } = await proxiedScene(t);
    const front = createServer(await testCertificates(), (client) => {
      const upstream = connect(Number(new URL(proxy.url).port), '127.0.0.1');
      // Either side may break off.
      pipeline(client, upstream, client, () => {});
    });
    const port = await listen(t, front);
    assertRefreshed(await run({}, { https_proxy: `https://127.0.0.1:${port}` }), org);
    assert.equal(proxy.requests.length, 1);
  });

  it('not http_proxy, for https', async (t) => {
    const { org, run } = await proxiedScene(t);
    assertRefreshed(await run({}, { http_proxy: nobody, HTTP_PROXY: nobody }), org);
  });

  it('none for loopback, neither http_proxy nor https_proxy', async (t) => {
    const { org, proxy, run } = await proxiedScene(t);
    const inputs = { 'login-url': `https://127.0.0.1:${org.port}`, 'allowed-hosts': '127.0.0.1' };
    assertRefreshed(await run(inputs), org);
    const plain = await refreshScene(t);
    const env = { http_proxy: proxy.url, https_proxy: proxy.url };
    assertRefreshed(await plain.run({}, env), plain.org);
    assert.equal(proxy.requests.length, 0);
  });

  for (const [variable, value] of [
    ['no_proxy', 'salesforce.invalid'],
    ['no_proxy', 'other.example, .invalid'],
    ['NO_PROXY', 'invalid'],
    ['no_proxy', '*'],
  ] as const) {
    it(`none for what ${variable}=${value} names`, async (t) => {
      const { proxy, run } = await proxiedScene(t);
      const host = 'salesforce.invalid';
      const inputs = { 'login-url': `https://${host}`, 'allowed-hosts': host, retries: 0 };
      const result = await run(inputs, { [variable]: value });
      assertFailed(result, 'network_error');
      assert.match(result.log, /does not resolve|could not be looked up/);
      assert.equal(proxy.requests.length, 0);
    });
  }

  it('the proxy for what no_proxy does not name', async (t) => {
    const { org, run } = await proxiedScene(t);
    const env = { no_proxy: 'example.com,salesforce.com.example,127.0.0.0/8' };
    assertRefreshed(await run({}, env), org);
  });
});

describe('what a proxy gets to know', { concurrency: 6 }, () => {
  it('the credentials that are meant for it, decoded, and nobody else does', async (t) => {
    const auth = { username: 'ci user', password: 'p@ss:w%rd/ö' };
    const { org, proxy, run } = await proxiedScene(t, { auth });
    const result = await run();
    assertRefreshed(result, org);
    assert.equal(proxy.requests[0]?.status, 200);
    assert.equal(org.tokenRequests[0]?.headers['proxy-authorization'], undefined);
    assert.ok(!result.stdout.includes(auth.password));
  });

  it('neither a token nor the form, in its own requests or through its tunnel', async (t) => {
    const { org, proxy, token, run } = await proxiedScene(t);
    org.faults.push({ does: fault.page(503) });
    const result = await run({ 'client-secret': org.app.clientSecret });
    assertRefreshed(result, org);
    assert.equal(proxy.requests.length, 2);
    // The handshake names the host: what was overheard is what really went through.
    assert.ok(proxy.overheard.includes(login));
    const known = `${proxy.overheard}${JSON.stringify(proxy.requests)}`;
    for (const secret of [token, org.app.clientSecret, 'refresh_token', org.app.clientId]) {
      assert.ok(!known.includes(secret));
    }
  });

  it('nothing of a login URL that http would show it', async (t) => {
    const { proxy, run } = await proxiedScene(t);
    const env = { http_proxy: proxy.url };
    assertFailed(await run({ 'login-url': `http://${login}` }, env), 'host_not_allowed');
    assert.equal(proxy.requests.length, 0);
  });
});

describe('proxies that fail', { concurrency: 12 }, () => {
  for (const rotates of [false, true]) {
    it(`one that is not there: tried again (rotates: ${rotates})`, async (t) => {
      const { org, run } = await proxiedScene(t);
      const result = await run({ rotates, retries: 1 }, { https_proxy: nobody });
      assertFailed(result, 'network_error');
      assert.match(
        result.log,
        /Could not connect to the proxy 127\.0\.0\.1:\d+: connect ECONNREFUSED/,
      );
      assert.equal(retriesIn(result).length, 1);
      assert.equal(org.connections, 0);
    });

    for (const status of [407, 403, 502]) {
      it(`one that answers ${status}: tried again (rotates: ${rotates})`, async (t) => {
        const { org, proxy, run } = await proxiedScene(t, { mode: { refuse: status } });
        const result = await run({ rotates, retries: 1 });
        assertFailed(result, 'network_error');
        assert.match(
          result.log,
          new RegExp(`The proxy .* refused to connect to .* \\(HTTP ${status}\\)\\.`),
        );
        assert.equal(proxy.requests.length, 2);
        assert.equal(retriesIn(result).length, 1);
        assert.equal(org.connections, 0);
      });
    }

    it(`one that hangs up: tried again (rotates: ${rotates})`, async (t) => {
      const { proxy, run } = await proxiedScene(t, { mode: 'hang-up' });
      const result = await run({ rotates, retries: 1 });
      assertFailed(result, 'network_error');
      assert.match(result.log, /Could not connect to the proxy .*: socket hang up/);
      assert.equal(proxy.requests.length, 2);
    });

    it(`one that cuts the tunnel at once: tried again (rotates: ${rotates})`, async (t) => {
      const { org, proxy, run } = await proxiedScene(t, { mode: { dieAfterBytes: 0 } });
      const result = await run({ rotates, retries: 1 });
      assertFailed(result, 'network_error');
      assert.match(result.log, /The connection to .* was cut before the request was sent/);
      assert.equal(proxy.requests.length, 2);
      assert.equal(org.requests.length, 0);
    });

    it(`one that never answers CONNECT: given up, tried again (rotates: ${rotates})`, async (t) => {
      const { org, proxy, run } = await proxiedScene(t, { mode: 'silent' });
      const result = await run({ rotates, retries: 1, 'timeout-seconds': 12 });
      assertFailed(result, 'timeout');
      assert.match(
        retriesIn(result)[0]?.reason ?? '',
        / accepted no connection within 4 s, a third of `timeout-seconds` \(12\)\./,
      );
      assert.equal(proxy.requests.length, 2);
      assert.equal(org.connections, 0);
    });
  }

  it('one that does not speak the TLS that the variable says', async (t) => {
    const { proxy, run } = await proxiedScene(t);
    const env = { https_proxy: proxy.url.replace('http:', 'https:') };
    const result = await run({ retries: 0 }, env);
    assertFailed(result, 'network_error');
    assert.match(result.log, /Could not connect to the proxy .*: .*EPROTO/);
  });

  it('one that wants credentials and gets wrong ones', async (t) => {
    const auth = { username: 'ci', password: 'right' };
    const { proxy, run } = await proxiedScene(t, { auth });
    const result = await run({ retries: 0 }, { https_proxy: proxy.url.replace('right', 'wr0ng') });
    assertFailed(result, 'network_error');
    assert.match(result.log, /\(HTTP 407\)[\s\S]*wants a user name and a password/);
    assert.ok(!result.stdout.includes('wr0ng'));
  });

  it('one that comes to life between two attempts', async (t) => {
    const { org, proxy, run } = await proxiedScene(t, { mode: 'silent' }, { rotation: 'strict' });
    const onLine = (line: string) => {
      if (line.startsWith('Retry 1')) {
        proxy.mode = 'normal';
      }
    };
    assertRefreshed(await run({ rotates: true, 'timeout-seconds': 15 }, {}, { onLine }), org);
    assert.equal(org.tokenRequests.length, 1);
  });

  it('a slow one: waited for', async (t) => {
    const { org, proxy, run } = await proxiedScene(t, { mode: { until: sleep(1500) } });
    assertRefreshed(await run({ retries: 0 }), org);
    assert.equal(proxy.requests.length, 1);
  });

  it('one too slow: its late tunnel carries no token, and the next attempt is the only one', async (t) => {
    const { org, proxy, run } = await proxiedScene(t, {}, { rotation: 'strict' });
    proxy.mode = { until: until(() => proxy.requests.length === 2) };
    const onLine = (line: string) => {
      if (line.startsWith('Retry 1')) {
        proxy.mode = { until: until(() => proxy.requests[0]?.status !== undefined) };
      }
    };
    // The first tunnel stands while the second one is on its way.
    const result = await run({ rotates: true, 'timeout-seconds': 15 }, {}, { onLine });
    assertRefreshed(result, org);
    assert.deepEqual(
      proxy.requests.map(({ status }) => status),
      [200, 200],
    );
    assert.equal(org.tokenRequests.length, 1);
    assert.equal(org.reuses, 0);
  });

  it('one that drips its answer to CONNECT and the answer behind it', async (t) => {
    const { org, proxy, run } = await proxiedScene(t, { mode: { dripMs: 1000 } });
    const result = await run({ 'timeout-seconds': 9, retries: 1, rotates: true });
    assertFailed(result, 'timeout');
    assert.equal(proxy.requests.length, 2);
    assert.equal(org.requests.length, 0);
  });

  for (const [name, does] of Object.entries({
    'a reset': fault.reset(),
    'a broken body': fault.breakOff(),
    'a dripping body': fault.dripBody(200),
    'a dripping head': fault.dripHead(200),
    silence: fault.silence(),
  })) {
    it(`${name} behind the proxy: the answer is lost, and the process ends`, async (t) => {
      const { org, token, run } = await proxiedScene(t, {}, { rotation: 'strict' });
      org.faults.push({ does, when: 'after', count: Number.POSITIVE_INFINITY });
      assertFailed(await run({ rotates: true, 'timeout-seconds': 9 }), 'answer_lost');
      assert.equal(org.tokenRequests.length, 1);
      assert.equal(org.refreshTokenState(token), 'spent');
    });
  }

  for (const [name, mode] of Object.entries<ProxyMode>({
    'never answers': 'silent',
    'takes its time': { until: new Promise(() => {}) },
  })) {
    it(`a cancelled run does not wait for one that ${name}`, {
      skip: notOnWindows('signals are kills there'),
    }, async (t) => {
      const { org, token, proxy } = await proxiedScene(t, { mode });
      const step = startAction({
        inputs: { 'refresh-token': token, 'client-id': org.app.clientId },
        env: { https_proxy: proxy.url },
        tellsSignals: true,
      });
      await until(() => proxy.requests.length > 0);
      await step.signal('SIGINT');
      const result = await step.result;
      assertFailed(result, 'cancelled');
      assert.equal(result.signal, null);
      assert.equal(org.connections, 0);
    });
  }
});
