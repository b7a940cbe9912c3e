// Not for coverage: http has unit tests.

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { startProxy } from '../support/proxy.ts';
import {
  assertFailed,
  assertRefreshed,
  refreshScene,
  retriesIn,
} from '../support/refresh-scene.ts';
import { tcpServer } from '../support/tcp-server.ts';
import { testCertificates } from '../support/tls.ts';

// A certificate that is not to be trusted stops the step before the refresh token is out.

const flaws = {
  untrusted: /self-signed certificate|unable to verify/i,
  expired: /certificate has expired/,
  wrongName: /Hostname\/IP does not match certificate's altnames/,
} as const;
const names = ['untrusted', 'expired', 'wrongName'] as const;

describe('certificates', { concurrency: 6 }, () => {
  for (const name of names) {
    for (const rotates of [false, true]) {
      it(`${name}: fails at once, with nothing sent (rotates: ${rotates})`, async (t) => {
        const certificates = await testCertificates();
        const { org, run } = await refreshScene(t, { tls: certificates[name] });
        const result = await run({ rotates }, { NODE_EXTRA_CA_CERTS: certificates.caFile });
        assertFailed(result, 'tls_error');
        assert.match(result.log, flaws[name]);
        assert.match(result.log, /What to do: Set NODE_EXTRA_CA_CERTS/);
        assert.deepEqual(retriesIn(result), []);
        assert.equal(org.connections, 1);
        assert.equal(org.requests.length, 0);
      });
    }

    it(`${name}: fails at once behind a proxy too`, async (t) => {
      const certificates = await testCertificates();
      const { org, token, run } = await refreshScene(t, { tls: certificates[name] });
      const proxy = await startProxy({ targets: { 'login.salesforce.com': org.port } });
      t.after(() => proxy.close());
      const result = await run(
        { 'login-url': undefined },
        { NODE_EXTRA_CA_CERTS: certificates.caFile, https_proxy: proxy.url },
      );
      assertFailed(result, 'tls_error');
      assert.match(result.log, flaws[name]);
      assert.equal(proxy.requests.length, 1);
      assert.equal(org.requests.length, 0);
      assert.ok(!proxy.overheard.includes(token));
    });
  }

  it('a certificate of an authority in NODE_EXTRA_CA_CERTS is trusted, and only with it', async (t) => {
    const { caFile, ...tls } = await testCertificates();
    const { org, run } = await refreshScene(t, { tls });
    const refused = await run();
    assertFailed(refused, 'tls_error');
    assert.match(refused.log, /UNABLE_TO_VERIFY_LEAF_SIGNATURE/);
    assertRefreshed(await run({}, { NODE_EXTRA_CA_CERTS: caFile }), org);
  });

  it('a server without TLS is no server for https', async (t) => {
    const { org, run } = await refreshScene(t);
    const result = await run({ 'login-url': `https://127.0.0.1:${org.port}` });
    assertFailed(result, 'tls_error');
    assert.equal(org.requests.length, 0);
  });

  it('a handshake that is never answered is given up and tried again', async (t) => {
    const server = await tcpServer(t, () => {});
    const { run } = await refreshScene(t);
    const result = await run({
      'login-url': `https://127.0.0.1:${server.port}`,
      'timeout-seconds': 12,
      retries: 1,
      rotates: true,
    });
    assertFailed(result, 'timeout');
    assert.match(retriesIn(result)[0]?.reason ?? '', /no connection within 4 s, a third of/);
    assert.equal(server.sockets.length, 2);
  });

  it('a handshake that breaks is tried again, whether the app rotates or not', async (t) => {
    const server = await tcpServer(t, (socket) => socket.destroy());
    const { run } = await refreshScene(t);
    const result = await run({
      'login-url': `https://127.0.0.1:${server.port}`,
      retries: 1,
      rotates: true,
    });
    assertFailed(result, 'network_error');
    assert.match(result.log, /was cut before the request was sent/);
    assert.equal(server.sockets.length, 2);
  });
});
