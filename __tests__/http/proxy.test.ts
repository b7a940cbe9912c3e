import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { inspect } from 'node:util';
import { ActionError } from '../../src/errors/action-error.ts';
import { proxyFor } from '../../src/http/proxy.ts';
import { proxiedScene } from '../support/proxied-scene.ts';
import {
  assertFailed,
  assertRefreshed,
  refreshScene,
  retriesIn,
} from '../support/refresh-scene.ts';
import { runAction } from '../support/runner.ts';

// A proxy variable that cannot be used: said by name before anything is sent, and never gone around.

const hush = 'hush-hush';
const unusable = {
  'a raw % in the password': `http://user:${hush}%@127.0.0.1:3128`,
  'the same without a scheme': `user:${hush}%@127.0.0.1:3128`,
  'a port that is none': `http://user:${hush}@127.0.0.1:99999`,
  'no host': `http://user:${hush}@`,
  'a broken address': `http://user:${hush}@[`,
  'a host name and a port alone, which read as a scheme': `proxy.example.com:3128#${hush}`,
  'another kind of proxy': `socks5://user:${hush}@127.0.0.1:1080`,
  'two of them': `http://user:${hush}@a.example:1 http://b.example:2`,
  'what is no URL at all': `no url :: ${hush}`,
} as const;

describe('a proxy variable that cannot be used', { concurrency: 6 }, () => {
  for (const [what, value] of Object.entries(unusable)) {
    it(`is named, and its value is not: ${what}`, () => {
      const { https_proxy: before } = process.env;
      process.env['https_proxy'] = value;
      try {
        assert.throws(
          () => proxyFor(new URL('https://acme.example')),
          (error) => {
            assert.ok(error instanceof ActionError);
            assert.equal(error.code, 'network_error');
            assert.equal(error.message, 'The variable https_proxy does not name a proxy.');
            assert.match(error.fix, /percent-encoded|`%25`/);
            assert.ok(!inspect(error, { depth: 9 }).includes(hush));
            return true;
          },
        );
      } finally {
        process.env['https_proxy'] = before;
      }
    });
  }

  for (const [what, value] of Object.entries(unusable).slice(0, 2)) {
    it(`ends the step before anything is sent: ${what}`, async (t) => {
      // Without the proxy, this host would be asked of the name server.
      const { org, proxy, run } = await proxiedScene(t);
      const result = await run({ rotates: true }, { https_proxy: value });
      assertFailed(result, 'network_error');
      assert.match(result.log, /^Error: The variable https_proxy does not name a proxy\.$/m);
      assert.match(result.log, /percent-encoded/);
      assert.ok(!result.stdout.includes(hush), result.stdout);
      // Not tried again: it would not heal, nor be an answer that was lost.
      assert.deepEqual(retriesIn(result), []);
      assert.doesNotMatch(result.log, /does not resolve|could not be (looked up|reached)/);
      assert.deepEqual([proxy.requests.length, org.connections], [0, 0]);
    });
  }

  it('is named in the case that it is set in', async (t) => {
    const { run } = await proxiedScene(t);
    const env = { https_proxy: undefined, HTTPS_PROXY: unusable['a port that is none'] };
    const result = await run({}, env);
    assertFailed(result, 'network_error');
    assert.match(result.log, /The variable HTTPS_PROXY does not/);
    const both = await run({}, { ...env, https_proxy: unusable['no host'] });
    assert.match(both.log, /The variable https_proxy does not/);
  });

  it('does not matter where no proxy is needed', async (t) => {
    const { org, run } = await refreshScene(t);
    const value = unusable['a raw % in the password'];
    assertRefreshed(await run({}, { https_proxy: value, http_proxy: value }), org);
    const host = 'salesforce.invalid';
    const inputs = { 'login-url': `https://${host}`, 'allowed-hosts': host, retries: 0 };
    const around = await run(inputs, { https_proxy: value, no_proxy: '.invalid' });
    assertFailed(around, 'network_error');
    assert.match(around.log, /does not resolve|could not be looked up/);
    // It is the variable for http, and this request is none.
    const other = await run(inputs, { http_proxy: value });
    assert.match(
      other.log,
      /Could not connect to the proxy .*: connect ECONNREFUSED 127\.0\.0\.1:9/,
    );
  });

  it('is a warning at the end of the job', async () => {
    const state = {
      'access-token': '00D5e0000000001!AQEAQtoken',
      'instance-url': 'https://acme.my.salesforce.com',
    };
    const env = { https_proxy: unusable['a port that is none'] };
    const { code, annotations } = await runAction({ stage: 'post', state, env });
    assert.equal(code, 0);
    assert.deepEqual(
      annotations.map(({ level, message }) => [level, message]),
      [
        [
          'warning',
          'The access token could not be revoked: The variable https_proxy does not name a proxy. It ends by itself with the session timeout of the org.',
        ],
      ],
    );
  });
});
