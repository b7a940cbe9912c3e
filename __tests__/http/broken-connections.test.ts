// Not for coverage: send has unit tests.

import assert from 'node:assert/strict';
import { describe, it, type TestContext } from 'node:test';
import { nobody } from '../support/nobody.ts';
import {
  assertFailed,
  assertRefreshed,
  refreshScene,
  retriesIn,
} from '../support/refresh-scene.ts';
import { type Fault, fault } from '../support/salesforce-org.ts';
import { pour, tcpServer } from '../support/tcp-server.ts';

// That a connection may break in any way, and the step still ends in time, red, and with the reason.

const always = Number.POSITIVE_INFINITY;

/** Ways to lose an answer after the org did its part; what the step calls it where it may try again. */
const losses: Readonly<
  Record<string, { does: Fault; code: 'network_error' | 'timeout'; says: RegExp }>
> = {
  'a reset': { does: fault.reset(), code: 'network_error', says: /ECONNRESET/ },
  'a connection closed without an answer': {
    does: fault.close(),
    code: 'network_error',
    says: /closed the connection without an answer/,
  },
  'a body short of its announced length': {
    does: fault.breakOff(),
    code: 'network_error',
    says: /The answer of .* broke off in the middle/,
  },
  'a body that ends between two chunks': {
    does: fault.breakOff({ chunked: true }),
    code: 'network_error',
    says: /The answer of .* broke off in the middle/,
  },
  'something that is not HTTP': {
    does: fault.raw('SSH-2.0-OpenSSH_9.6\r\n'),
    code: 'network_error',
    says: /HPE_INVALID/,
  },
  'half of a head': {
    does: fault.raw('HTTP/1.1 200 OK\r\ncontent-type: appl'),
    code: 'network_error',
    says: /closed the connection without an answer/,
  },
  'headers beyond measure': {
    does: fault.hugeHead(),
    code: 'network_error',
    says: /HPE_HEADER_OVERFLOW/,
  },
  'a promise of an answer that does not come': {
    does: fault.raw('HTTP/1.1 100 Continue\r\n\r\n'.repeat(3)),
    code: 'network_error',
    says: /closed the connection without an answer/,
  },
  'a switch to another protocol': {
    does: fault.raw(
      'HTTP/1.1 101 Switching Protocols\r\nupgrade: x\r\nconnection: upgrade\r\n\r\n',
    ),
    code: 'network_error',
    says: /without an answer/,
  },
  'no answer at all': {
    does: fault.silence(),
    code: 'timeout',
    says: /when `timeout-seconds` \(\d+\) was over/,
  },
  'a body that drips': {
    does: fault.dripBody(200),
    code: 'timeout',
    says: /when `timeout-seconds` \(\d+\) was over/,
  },
  'a head that drips': {
    does: fault.dripHead(200),
    code: 'timeout',
    says: /when `timeout-seconds` \(\d+\) was over/,
  },
  'a body that drips without end': {
    does: fault.endless(200),
    code: 'timeout',
    says: /when `timeout-seconds` \(\d+\) was over/,
  },
};

/** Complete or endless: sending again would not help, and an answer was there. */
const unreadable: Readonly<Record<string, Fault>> = {
  'half of an answer that is complete for HTTP': fault.truncate(),
  'a body without end': fault.endless(),
};

/** Only the step's own limit ends a `timeout`: no shorter than a busy machine needs for two attempts. */
const limit = (code: string) => ({ 'timeout-seconds': code === 'timeout' ? 12 : 60 });

describe('broken connections', { concurrency: 12 }, () => {
  for (const [name, { does, code, says }] of Object.entries(losses)) {
    it(`${name}: sent once more where the app does not rotate`, async (t) => {
      const { org, run } = await refreshScene(t);
      org.faults.push({ when: 'after', does, count: always });
      const result = await run({ ...limit(code), retries: 5 });
      assertFailed(result, code);
      assert.match(result.log, says);
      assert.equal(org.tokenRequests.length, 2);
      assert.equal(retriesIn(result).length, 1);
    });

    it(`${name}: never sent again where the app rotates`, async (t) => {
      const { org, token, run } = await refreshScene(t, { rotation: 'strict' });
      org.faults.push({ when: 'after', does, count: always });
      const result = await run({ ...limit(code), rotates: true });
      assertFailed(result, 'answer_lost');
      assert.equal(org.tokenRequests.length, 1);
      assert.equal(org.refreshTokenState(token), 'spent');
      assert.deepEqual(retriesIn(result), []);
    });
  }

  for (const [name, does] of Object.entries(unreadable)) {
    for (const rotates of [false, true]) {
      it(`${name}: never sent again (rotates: ${rotates})`, async (t) => {
        const { org, run } = await refreshScene(t, { rotation: rotates ? 'strict' : 'none' });
        org.faults.push({ when: 'after', does, count: always });
        const result = await run({ rotates });
        assertFailed(result, rotates ? 'answer_lost' : 'response_invalid');
        assert.equal(org.tokenRequests.length, 1);
        assert.deepEqual(retriesIn(result), []);
      });
    }
  }

  it('gets the token in the second attempt, where the first answer was lost', async (t) => {
    const { org, run } = await refreshScene(t);
    org.faults.push({ when: 'after', does: fault.breakOff() });
    const result = await run();
    assertRefreshed(result, org);
    assert.equal(org.tokenRequests.length, 2);
  });

  it('takes no more of an endless body than a small multiple of its limit', async (t) => {
    const poured = await endless(t, 'HTTP/1.1 200 OK\r\n\r\n', ' '.repeat(64 * 1024));
    const { run } = await refreshScene(t);
    assertFailed(await run({ 'login-url': poured.url }), 'response_invalid');
    // What the kernel buffers between the two is in it too.
    assert.ok(poured.taken() < 32 * 1024 * 1024, `${poured.taken()} bytes`);
  });

  it('takes no more of a head without end than a small multiple of its limit', async (t) => {
    const poured = await endless(
      t,
      'HTTP/1.1 200 OK\r\n',
      `x-more: ${'x'.repeat(1000)}\r\n`.repeat(64),
    );
    const { run } = await refreshScene(t);
    const result = await run({ 'login-url': poured.url, rotates: true });
    assertFailed(result, 'answer_lost');
    assert.ok(poured.taken() < 32 * 1024 * 1024, `${poured.taken()} bytes`);
  });

  for (const rotates of [false, true]) {
    it(`nobody listens: tried again (rotates: ${rotates})`, async (t) => {
      const { run } = await refreshScene(t);
      const result = await run({ 'login-url': nobody, rotates, retries: 1 });
      assertFailed(result, 'network_error');
      assert.match(result.log, /ECONNREFUSED/);
      assert.equal(retriesIn(result).length, 1);
    });

    it(`the name does not resolve: tried again (rotates: ${rotates})`, async (t) => {
      const { run } = await refreshScene(t);
      const name = 'salesforce.invalid';
      const result = await run(
        { 'login-url': `https://${name}`, 'allowed-hosts': name, rotates, retries: 1 },
        { https_proxy: undefined },
      );
      assertFailed(result, 'network_error');
      assert.match(
        result.log,
        /salesforce\.invalid(: the name does not resolve| could not be looked up)/,
      );
      assert.equal(retriesIn(result).length, 1);
    });
  }
});

/** A server that answers each connection with a beginning, and then more without end. */
async function endless(t: TestContext, beginning: string, more: string) {
  const { port, sockets } = await tcpServer(t, (socket) => pour(socket, beginning, more));
  return {
    url: `http://127.0.0.1:${port}`,
    /** The bytes that went to the kernel, and from there in the end to the client. */
    taken: () =>
      sockets.reduce((sum, socket) => sum + socket.bytesWritten - socket.writableLength, 0),
  };
}
