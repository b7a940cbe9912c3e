// Not for coverage: it is about the tests' own look-alikes.

import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { request as httpRequest } from 'node:http';
import { request as httpsRequest } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Duplex } from 'node:stream';
import { describe, it, type TestContext } from 'node:test';
import { connect as tlsConnect } from 'node:tls';
import { type ProxyOptions, startProxy, type TestProxy } from './proxy.ts';
import { runAction } from './runner.ts';
import { fault, startOrg } from './salesforce-org.ts';
import { testCertificates } from './tls.ts';
import { until } from './until.ts';

// That real names reach what tests put behind them, and nothing else.

/** An action made of these statements. */
async function script(t: TestContext, code: string): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'action-'));
  t.after(() => rm(folder, { recursive: true }));
  const file = join(folder, 'action.mjs');
  await writeFile(file, code);
  return file;
}

describe('proxy and certificates', () => {
  async function start(t: TestContext, options: ProxyOptions = {}): Promise<TestProxy> {
    const proxy = await startProxy(options);
    t.after(() => proxy.close());
    return proxy;
  }

  /** The status of a CONNECT, or the code of its error. */
  async function connect(
    proxy: TestProxy,
    path: string,
    auth?: string,
    signal = AbortSignal.timeout(20_000),
  ) {
    const headers: Record<string, string> =
      auth === undefined ? {} : { 'proxy-authorization': `Basic ${btoa(auth)}` };
    const options = { method: 'CONNECT', path, agent: false, headers, signal };
    const outgoing = httpRequest(new URL(proxy.url).origin, options);
    const answer = Promise.withResolvers<number | string | undefined>();
    outgoing.on('connect', ({ statusCode }, socket) => {
      socket.destroy();
      answer.resolve(statusCode);
    });
    outgoing.on('error', (error) => answer.resolve(codeOf(error)));
    outgoing.end();
    return await answer.promise;
  }

  function tunnel(proxy: TestProxy, path: string): Promise<Duplex> {
    return new Promise((resolve, reject) => {
      const outgoing = httpRequest(proxy.url, { method: 'CONNECT', path, agent: false });
      outgoing.on('connect', (_response, socket) => resolve(socket));
      outgoing.on('error', reject);
      outgoing.end();
    });
  }

  function codeOf(error: Error): string {
    return 'code' in error ? String(error.code) : error.name;
  }

  it('leads real names to the org, over TLS that only the CA file vouches for', async (t) => {
    const certificates = await testCertificates();
    const { caFile } = certificates;
    const entry = await script(
      t,
      `import https from 'node:https';
       import http from 'node:http';
       const proxy = new URL(process.env.https_proxy);
       http.request({ port: proxy.port, host: proxy.hostname, method: 'CONNECT',
         path: 'login.salesforce.com:443' }).on('connect', (_, socket) => {
         https.get('https://login.salesforce.com/services/data', { socket, agent: false }, (r) => {
           console.log('status ' + r.statusCode); r.resume();
         }).on('error', (e) => console.log('error ' + e.code));
       }).end();`,
    );
    const identities = [
      [certificates, 'status 404'],
      [certificates.untrusted, 'error DEPTH_ZERO_SELF_SIGNED_CERT'],
      [certificates.expired, 'error CERT_HAS_EXPIRED'],
      [certificates.wrongName, 'error ERR_TLS_CERT_ALTNAME_INVALID'],
    ] as const;
    for (const [tls, expected] of identities) {
      const org = await startOrg({ tls });
      t.after(() => org.close());
      const proxy = await start(t, { targets: { 'login.salesforce.com': org.port } });
      const env = { https_proxy: proxy.url, NODE_EXTRA_CA_CERTS: caFile };
      assert.equal((await runAction({ entry, env })).log, `${expected}\n`);
      assert.deepEqual(
        proxy.requests.map(({ target, status }) => [target, status]),
        [['login.salesforce.com:443', 200]],
      );
      assert.equal(org.connections, 1);
    }
  });

  it('connects nowhere else', async (t) => {
    const proxy = await start(t, { targets: { 'here:444': 9 } });
    assert.equal(await connect(proxy, 'example.com:443'), 502);
    assert.equal(await connect(proxy, 'here:443'), 502);
    assert.equal(await connect(proxy, 'here:444'), 502);
    const status = Promise.withResolvers<number | undefined>();
    const plain = httpRequest(proxy.url, { path: 'http://example.com/', agent: false });
    plain.on('response', (response) => status.resolve(response.resume().statusCode)).end();
    assert.equal(await status.promise, 502);
  });

  it('demands credentials', async (t) => {
    const org = await startOrg();
    t.after(() => org.close());
    const auth = { username: 'me', password: 'p@ss' };
    const proxy = await start(t, { auth, targets: { x: org.port } });
    assert.match(proxy.url, /^http:\/\/me:p%40ss@127\.0\.0\.1:\d+$/);
    assert.equal(await connect(proxy, 'x:443'), 407);
    assert.equal(await connect(proxy, 'x:443', 'me:wrong'), 407);
    assert.equal(await connect(proxy, 'x:443', 'me:p@ss'), 200);
  });

  it('misbehaves', async (t) => {
    const org = await startOrg();
    t.after(() => org.close());
    const proxy = await start(t, { targets: { x: org.port }, mode: { refuse: 403 } });
    assert.equal(await connect(proxy, 'x:443'), 403);
    const silent = await start(t, { targets: { x: org.port }, mode: 'silent' });
    const patience = new AbortController();
    const unanswered = connect(silent, 'x:443', undefined, patience.signal);
    await until(() => silent.requests.length > 0);
    patience.abort();
    assert.equal(await unanswered, 'ABORT_ERR');
    assert.equal(silent.requests[0]?.status, undefined);
    proxy.mode = 'hang-up';
    assert.equal(await connect(proxy, 'x:443'), 'ECONNRESET');
    const released = Promise.withResolvers<void>();
    const late = await start(t, { targets: { x: org.port }, mode: { until: released.promise } });
    const answer = connect(late, 'x:443');
    await until(() => late.requests.length > 0);
    assert.equal(late.requests[0]?.status, undefined);
    released.resolve();
    assert.equal(await answer, 200);
  });

  it('dies in the middle', async (t) => {
    const { ca, ...tls } = await testCertificates();
    const org = await startOrg({ tls });
    t.after(() => org.close());
    const proxy = await start(t, { targets: { localhost: org.port } });
    const get = async () => {
      const socket = await tunnel(proxy, 'localhost:443');
      const outcome = Promise.withResolvers<string>();
      const request = httpsRequest('https://localhost/services/data', {
        createConnection: () => tlsConnect({ socket, servername: 'localhost', ca }),
      });
      request.on('error', (error) => outcome.resolve(codeOf(error)));
      request.on('response', (response) => {
        response.on('error', (error) => outcome.resolve(codeOf(error)));
        response.on('end', () => outcome.resolve('complete')).resume();
      });
      request.end();
      return await outcome.promise;
    };
    assert.equal(await get(), 'complete');
    for (const dieAfterBytes of [0, 200]) {
      proxy.mode = { dieAfterBytes };
      assert.equal(await get(), 'ECONNRESET');
    }
    proxy.mode = 'normal';
    org.faults.push({ does: fault.reset() });
    assert.equal(await get(), 'ECONNRESET');
  });
});
