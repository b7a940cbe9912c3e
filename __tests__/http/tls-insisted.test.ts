// Not for coverage: send has unit tests.

import assert from 'node:assert/strict';
import { connect, createServer, type Socket } from 'node:net';
import { describe, it } from 'node:test';
import { createServer as createTlsServer } from 'node:tls';
import { startProxy } from '../support/proxy.ts';
import { assertFailed, refreshScene } from '../support/refresh-scene.ts';
import { type ActionResult, runAction } from '../support/runner.ts';
import { startOrg } from '../support/salesforce-org.ts';
import { listen } from '../support/tcp-server.ts';
import { testCertificates } from '../support/tls.ts';

// Certificates are checked at the end of the job as well, whatever a later step put into the environment.

const token = '00D5e0000000001!AQEAQtoken';
const unchecked = { NODE_TLS_REJECT_UNAUTHORIZED: '0' };

function endOfJob(instanceUrl: string, env: Record<string, string>): Promise<ActionResult> {
  const state = { 'access-token': token, 'instance-url': instanceUrl };
  return runAction({ stage: 'post', state, env });
}

function assertNotRevoked(result: ActionResult, why: RegExp): void {
  assert.equal(result.code, 0);
  assert.match(result.log, /Warning: The access token could not be revoked/);
  assert.match(result.log, why);
}

describe('NODE_TLS_REJECT_UNAUTHORIZED=0 at the end of the job', { concurrency: 6 }, () => {
  for (const name of ['untrusted', 'expired', 'wrongName'] as const) {
    it(`sends the token to no server that is ${name}`, async (t) => {
      const certificates = await testCertificates();
      const org = await startOrg({ tls: certificates[name] });
      t.after(() => org.close());
      const env = { ...unchecked, NODE_EXTRA_CA_CERTS: certificates.caFile };
      const result = await endOfJob(`https://127.0.0.1:${org.port}`, env);
      assertNotRevoked(result, /self-signed|unable to verify|expired|does not match/);
      assert.equal(org.requests.length, 0);
      assert.ok(org.connections > 0);
    });

    it(`sends the token through a proxy to no server that is ${name}`, async (t) => {
      const certificates = await testCertificates();
      const org = await startOrg({ tls: certificates[name] });
      t.after(() => org.close());
      const proxy = await startProxy({ targets: { 'acme.my.salesforce.com': org.port } });
      t.after(() => proxy.close());
      const env = {
        ...unchecked,
        NODE_EXTRA_CA_CERTS: certificates.caFile,
        https_proxy: proxy.url,
      };
      const result = await endOfJob('https://acme.my.salesforce.com', env);
      assertNotRevoked(result, /self-signed|unable to verify|expired|does not match/);
      assert.equal(org.requests.length, 0);
      assert.ok(proxy.requests.length > 0);
      assert.ok(!proxy.overheard.includes(token));
    });
  }

  it('shows its credentials to no proxy that is not trusted', async (t) => {
    const { untrusted } = await testCertificates();
    let text = '';
    const front = createTlsServer(untrusted, (client) => {
      client.on('data', (chunk) => {
        text += chunk.toString('latin1');
      });
    });
    let connections = 0;
    front.on('connection', () => {
      connections += 1;
    });
    front.on('tlsClientError', () => {});
    const port = await listen(t, front);
    const env = { ...unchecked, https_proxy: `https://user:hush@127.0.0.1:${port}` };
    assertNotRevoked(
      await endOfJob('https://acme.my.salesforce.com', env),
      /no connection through the proxy: (?!.*use-system-ca).*self-signed/,
    );
    assert.ok(connections > 0);
    assert.equal(text, '');
  });

  it('leaves the authorities in NODE_EXTRA_CA_CERTS trusted', async (t) => {
    const { caFile, key, cert } = await testCertificates();
    const { org, run } = await refreshScene(t, { tls: { key, cert } });
    const trust = { NODE_EXTRA_CA_CERTS: caFile };
    const main = await run({ 'revoke-on-completion': true }, trust);
    const access = main.outputs['access-token'] ?? '';
    assert.ok(org.accessTokenAlive(access), main.log);
    const post = await runAction({
      stage: 'post',
      state: main.state,
      env: { ...unchecked, ...trust },
    });
    assert.match(post.log, /Revoked the access token\./);
    assert.ok(!org.accessTokenAlive(access));
  });
});

describe('a TLS error after the request was sent', () => {
  it('is an answer that is lost, and no certificate that is not trusted', async (t) => {
    const { caFile, key, cert } = await testCertificates();
    const {
      org,
      token: sent,
      run,
    } = await refreshScene(t, {
      tls: { key, cert },
      rotation: 'strict',
    });
    const hold = org.hold(undefined, 'after');
    const clients: Socket[] = [];
    const relay = createServer((client) => {
      clients.push(client);
      const server = connect(org.port, '127.0.0.1');
      for (const socket of [client, server]) {
        socket.on('error', () => {});
      }
      client.pipe(server);
      server.pipe(client);
      client.once('close', () => server.destroy());
    });
    const port = await listen(t, relay);
    hold.reached.then(() => clients.at(-1)?.write('garbage between two records'));
    const result = await run(
      { 'login-url': `https://127.0.0.1:${port}`, rotates: true },
      { NODE_EXTRA_CA_CERTS: caFile },
    );
    assertFailed(result, 'answer_lost');
    assert.match(result.log, /gave no complete answer: .*(EPROTO|ERR_SSL)/);
    assert.equal(clients.length, 1);
    assert.equal(org.refreshTokenState(sent), 'spent');
  });
});
