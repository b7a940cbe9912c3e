import assert from 'node:assert/strict';
import { getEventListeners } from 'node:events';
import { createServer as createHttpServer, type RequestListener } from 'node:http';
import { connect, type Socket } from 'node:net';
import { describe, it, type TestContext } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { Cancelled, startDeadline } from '../../src/http/deadline.ts';
import { RequestFailure, Withheld } from '../../src/http/failure.ts';
import {
  createSend,
  type HttpAnswer,
  type HttpLimits,
  type HttpRequest,
  type Send,
} from '../../src/http/send.ts';
import { nobody } from '../support/nobody.ts';
import { listen, pour, tcpServer } from '../support/tcp-server.ts';
import { until } from '../support/until.ts';

// One request: what it sends, and what it says for certain where no complete answer comes.

/** Far more than anything here takes, and more than a test may take that has to end at once. */
const patience = 120_000;
const atOnce = { concurrency: true, timeout: patience / 2 };

function request(url: string, more: Partial<HttpRequest> = {}): HttpRequest {
  return { method: 'POST', url: new URL(url), headers: {}, body: 'a=b', ...more };
}

function limits(more: Partial<HttpLimits> = {}): HttpLimits {
  const { signal } = new AbortController();
  return { connectMs: patience, answerMs: patience, signal, ...more };
}

/** The failure that the promise ends with. */
async function failureOf(answer: Promise<HttpAnswer>): Promise<RequestFailure> {
  const outcome = await answer.catch((error: unknown) => error);
  assert.ok(outcome instanceof RequestFailure, `no failure: ${JSON.stringify(outcome)}`);
  return outcome;
}

/** Sends a request, and expects this failure. */
async function assertFailure(
  answer: Promise<HttpAnswer>,
  kind: RequestFailure['kind'],
  sent: boolean,
  message: RegExp,
): Promise<void> {
  const failure = await failureOf(answer);
  assert.deepEqual([failure.kind, failure.sent], [kind, sent], failure.message);
  assert.match(failure.message, message);
}

/** A TCP server; `onData` runs when the first bytes of a connection are there. */
async function raw(t: TestContext, onData: (socket: Socket) => unknown) {
  const server = await tcpServer(t, onData);
  return { ...server, url: `http://127.0.0.1:${server.port}/` };
}

/** An HTTP server; counts its connections. */
async function web(t: TestContext, listener: RequestListener) {
  const server = createHttpServer({ keepAliveTimeout: 0 }, listener);
  let connections = 0;
  server.on('connection', () => {
    connections += 1;
  });
  const port = await listen(t, server);
  t.after(() => server.closeAllConnections());
  return { url: `http://127.0.0.1:${port}/`, connections: () => connections };
}

describe('a request', { concurrency: true }, () => {
  it('is sent as it is, with its length and our name', async (t) => {
    const server = await raw(t, (socket) => socket.end('HTTP/1.1 204 No Content\r\n\r\n'));
    const send = createSend();
    const url = `${server.url}path?query=1`;
    await send(request(url, { headers: { 'x-one': '1' }, body: 'käse=1' }), limits());
    const [head = '', body] = server.received().split('\r\n\r\n');
    assert.match(head, /^POST \/path\?query=1 HTTP\/1\.1\r\n/);
    assert.match(head, /^x-one: 1\r?$/im);
    assert.match(head, /^content-length: 7\r?$/im);
    assert.match(head, /^user-agent: refresh-salesforce-token\r?$/im);
    assert.equal(Buffer.from(body ?? '', 'latin1').toString('utf8'), 'käse=1');
  });

  it('has no body and no length where none was given', async (t) => {
    const server = await raw(t, (socket) => socket.end('HTTP/1.1 204 No Content\r\n\r\n'));
    const url = new URL(server.url);
    await createSend()({ method: 'GET', url, headers: {} }, limits());
    assert.match(server.received(), /^GET \/ HTTP\/1\.1\r\n/);
    assert.doesNotMatch(server.received(), /content-length|transfer-encoding/i);
  });

  it('gets the answer decoded, without a byte-order mark, however it was cut', async (t) => {
    const bytes = Buffer.from('\uFEFF{"a":"ä€😀"}');
    const { url } = await web(t, async (_request, response) => {
      response.writeHead(200, { 'x-answer': 'yes' });
      for (const byte of bytes) {
        response.write(Uint8Array.of(byte));
        await sleep(1);
      }
      response.end();
    });
    const { status, headers, body } = await createSend()(request(url), limits());
    assert.deepEqual([status, headers['x-answer'], body], [200, 'yes', '{"a":"ä€😀"}']);
  });

  for (const status of [204, 302, 307, 400, 401, 429, 500, 503]) {
    it(`gets ${status} as an answer, and follows nothing`, async (t) => {
      const server = await web(t, (_request, response) => {
        response.writeHead(status, { location: '/elsewhere' }).end();
      });
      const answer = await createSend()(request(server.url), limits());
      assert.equal(answer.status, status);
      assert.equal(server.connections(), 1);
    });
  }

  it('leaves nothing on the signal behind, whatever becomes of it', async (t) => {
    const { signal } = new AbortController();
    const good = await web(t, (_request, response) => response.end('x'));
    const bad = await raw(t, (socket) => socket.destroy());
    const send = createSend();
    await send(request(good.url), limits({ signal }));
    await failureOf(send(request(bad.url), limits({ signal })));
    assert.equal(getEventListeners(signal, 'abort').length, 0);
  });
});

describe('a request that failed', { concurrency: true }, () => {
  it('was not sent where nobody listens', async () => {
    const answer = createSend()(request(nobody), limits());
    await assertFailure(answer, 'network', false, /ECONNREFUSED/);
  });

  it('was not sent where it came too late to leave, once the connection stood', async (t) => {
    let asked = 0;
    const { url, received } = await raw(t, () => {});
    const mayLeave = () => {
      asked += 1;
      return false;
    };
    await assert.rejects(createSend()(request(url, { mayLeave }), limits()), Withheld);
    assert.deepEqual([asked, received()], [1, '']);
  });

  it('was not sent where a TLS handshake has no end', async (t) => {
    const server = await raw(t, () => {});
    const answer = createSend()(
      request(`https://127.0.0.1:${server.port}/`),
      limits({ connectMs: 300 }),
    );
    await assertFailure(answer, 'timeout', false, /^no connection within 0\.3 s$/);
    assert.doesNotMatch(server.received(), /POST|a=b/);
  });

  it('was not sent where the handshake ends in something else', async (t) => {
    const server = await raw(t, (socket) => socket.end('HTTP/1.1 400 Bad Request\r\n\r\n'));
    const answer = createSend()(request(`https://127.0.0.1:${server.port}/`), limits());
    await assertFailure(answer, 'tls', false, /EPROTO|ERR_SSL/);
  });

  it('was not sent where the connection breaks in the handshake', async (t) => {
    const server = await raw(t, (socket) => socket.destroy());
    const answer = createSend()(request(`https://127.0.0.1:${server.port}/`), limits());
    await assertFailure(answer, 'network', false, /ECONNRESET/);
  });

  for (const [name, end] of Object.entries({
    'a reset': (socket: Socket) => socket.resetAndDestroy(),
    'an end': (socket: Socket) => socket.end(),
    'half of a head': (socket: Socket) => socket.end('HTTP/1.1 200 OK\r\nx-o'),
    'half of a body': (socket: Socket) =>
      socket.end('HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\nhalf'),
    'a chunk that breaks off': (socket: Socket) =>
      socket.end('HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n9\r\nhalf'),
    'chunks without the last': (socket: Socket) =>
      socket.end('HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n4\r\nhalf\r\n'),
    'a length that is none': (socket: Socket) =>
      socket.end('HTTP/1.1 200 OK\r\ncontent-length: long\r\n\r\n'),
    'two lengths': (socket: Socket) =>
      socket.end('HTTP/1.1 200 OK\r\ncontent-length: 1\r\ncontent-length: 2\r\n\r\nab'),
    'another protocol': (socket: Socket) => socket.end('220 mail.example ESMTP\r\n'),
    'a switch of protocols': (socket: Socket) =>
      socket.write('HTTP/1.1 101 Switching\r\nupgrade: x\r\nconnection: upgrade\r\n\r\n'),
    'too much of a head': (socket: Socket) =>
      socket.end(`HTTP/1.1 200 OK\r\nx: ${'x'.repeat(100_000)}\r\n\r\n`),
  })) {
    it(`may have been processed: ${name} came for an answer`, async (t) => {
      const server = await raw(t, end);
      await assertFailure(createSend()(request(server.url), limits()), 'network', true, /./);
      assert.match(server.received(), /a=b$/);
    });
  }

  it('keeps the cause', async (t) => {
    const server = await raw(t, (socket) => socket.resetAndDestroy());
    const { cause } = await failureOf(createSend()(request(server.url), limits()));
    assert.ok(cause instanceof Error && 'code' in cause && cause.code === 'ECONNRESET');
  });

  for (const [name, answer] of Object.entries({
    'no answer': '',
    'a head without a body': 'HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\nhalf',
    'promises only': 'HTTP/1.1 100 Continue\r\n\r\n',
  })) {
    it(`has its time, and then the connection is closed: ${name}`, async (t) => {
      const closed = Promise.withResolvers<void>();
      const server = await raw(t, (socket) => {
        socket.write(answer);
        socket.once('close', () => closed.resolve());
      });
      const waiting = createSend()(request(server.url), limits({ answerMs: 300 }));
      await assertFailure(waiting, 'timeout', true, /^no complete answer within 0\.3 s$/);
      await closed.promise;
    });
  }

  it('counts the time of the answer as a whole, not between two bytes', async (t) => {
    const server = await raw(t, async (socket) => {
      socket.write('HTTP/1.1 200 OK\r\ncontent-length: 1000\r\n\r\n');
      while (!socket.destroyed) {
        socket.write('x');
        await sleep(50);
      }
    });
    const answer = createSend()(request(server.url), limits({ answerMs: 400 }));
    await assertFailure(answer, 'timeout', true, /^no complete answer within 0\.4 s$/);
  });

  it('takes a body of 1 MiB, and not a byte more', async (t) => {
    const size = 1024 * 1024;
    const { url } = await web(t, (incoming, response) => {
      response.end('x'.repeat(Number(incoming.url?.slice(1))));
    });
    const send = createSend();
    assert.equal((await send(request(`${url}${size}`), limits())).body.length, size);
    const answer = send(request(`${url}${size + 1}`), limits());
    await assertFailure(answer, 'oversized', true, /longer than 1 MiB/);
  });

  it('closes the connection of a body without end', async (t) => {
    const closed = Promise.withResolvers<void>();
    const server = await raw(t, (socket) => {
      socket.once('close', () => closed.resolve());
      pour(socket, 'HTTP/1.1 200 OK\r\n\r\n', 'x'.repeat(64 * 1024));
    });
    await assertFailure(createSend()(request(server.url), limits()), 'oversized', true, /1 MiB/);
    await closed.promise;
  });
});

describe('connections', { concurrency: true }, () => {
  const get = { method: 'GET' } as const;

  it('are kept for the requests that follow', async (t) => {
    const server = await web(t, (_request, response) => response.end('x'));
    const send = createSend();
    for (let count = 0; count < 3; count++) {
      assert.equal((await send(request(server.url, get), limits())).body, 'x');
      // The connection is free again one turn after the answer.
      await sleep(10);
    }
    assert.equal(server.connections(), 1);
  });

  it('are opened anew where a request wants its own, and kept afterwards', async (t) => {
    const server = await web(t, (_request, response) => response.end('x'));
    const send = createSend();
    for (const fresh of [false, true, false, true]) {
      await send(request(server.url, { fresh }), limits());
      await sleep(10);
    }
    assert.equal(server.connections(), 3);
  });

  it('are not kept after the last request, which says so', async (t) => {
    const said: unknown[] = [];
    const server = await web(t, (incoming, response) => {
      said.push(incoming.headers.connection);
      response.end('x');
    });
    const send = createSend();
    for (const last of [true, false]) {
      assert.equal((await send(request(server.url, { fresh: true, last }), limits())).body, 'x');
    }
    assert.deepEqual(said, ['close', 'keep-alive']);
  });

  it('that were kept and break say that the request may have been processed', async (t) => {
    let count = 0;
    const server = await web(t, (incoming, response) => {
      count += 1;
      if (count === 1) {
        response.end('x');
      } else {
        incoming.socket.destroy();
      }
    });
    const send = createSend();
    await send(request(server.url), limits());
    await sleep(10);
    await assertFailure(send(request(server.url), limits()), 'network', true, /ECONNRESET/);
    assert.equal(server.connections(), 1);
  });

  it('that were kept give up in time too', async (t) => {
    let count = 0;
    const server = await web(t, (_incoming, response) => {
      count += 1;
      if (count === 1) {
        response.end('x');
      }
    });
    const send = createSend();
    await send(request(server.url), limits());
    await sleep(10);
    const answer = send(request(server.url), limits({ connectMs: 200, answerMs: 400 }));
    await assertFailure(answer, 'timeout', true, /^no complete answer within 0\.4 s$/);
    assert.equal(server.connections(), 1);
  });

  it('may break after the answer, and nobody is told', async (t) => {
    const server = await raw(t, (socket) => {
      socket.write('HTTP/1.1 200 OK\r\ncontent-length: 1\r\n\r\nx');
    });
    const send = createSend();
    assert.equal((await send(request(server.url), limits())).body, 'x');
    server.sockets[0]?.resetAndDestroy();
    // The reset is there before this answer is.
    assert.equal((await send(request(server.url, { fresh: true }), limits())).body, 'x');
  });
});

describe('a cancelled request', atOnce, () => {
  const silent = () => {};

  /** Sends a request, and comes back when it has arrived; `respond` lets the server answer it. */
  async function underWay(t: TestContext, send: Send, more: Partial<HttpLimits>) {
    const reached = Promise.withResolvers<Socket>();
    const server = await raw(t, reached.resolve);
    const answer = send(request(server.url), limits(more));
    answer.catch(() => {});
    const socket = await reached.promise;
    const respond = () => socket.end('HTTP/1.1 200 OK\r\ncontent-length: 1\r\n\r\nx');
    return { answer, respond };
  }

  it('is not even begun where the time is up already', async (t) => {
    const server = await raw(t, silent);
    const signal = AbortSignal.abort(new Error('the time is up'));
    const answer = createSend()(request(server.url), limits({ signal }));
    await assertFailure(answer, 'ended', false, /^the time is up$/);
    // What is sent after it arrives after it.
    const other = connect(server.port, '127.0.0.1', () => other.write('another client'));
    await until(() => server.received() !== '');
    other.destroy();
    assert.equal(server.received(), 'another client');
  });

  it('ends at once before it is sent, grace or not', async (t) => {
    const controller = new AbortController();
    const { signal } = controller;
    const server = await raw(t, () => controller.abort(new Cancelled()));
    const answer = createSend()(
      request(`https://127.0.0.1:${server.port}/`),
      limits({ signal, graceMs: patience }),
    );
    await assertFailure(answer, 'ended', false, /^the run was cancelled$/);
  });

  it('ends at once when the time is up, grace or not', async (t) => {
    const controller = new AbortController();
    const { signal } = controller;
    const { answer } = await underWay(t, createSend(), { signal, graceMs: patience });
    controller.abort(new Error('the time is up'));
    await assertFailure(answer, 'ended', true, /^the time is up$/);
  });

  it('ends at once after it was sent where it has no grace', async (t) => {
    const controller = new AbortController();
    const { signal } = controller;
    const { answer } = await underWay(t, createSend(), { signal });
    controller.abort(new Cancelled());
    await assertFailure(answer, 'ended', true, /^the run was cancelled$/);
  });

  it('still gets the answer that comes within its grace', async (t) => {
    const controller = new AbortController();
    const { signal } = controller;
    const more = { signal, graceMs: patience };
    const { answer, respond } = await underWay(t, createSend(), more);
    controller.abort(new Cancelled());
    respond();
    assert.equal((await answer).body, 'x');
  });

  it('ends when its grace is over', async (t) => {
    const controller = new AbortController();
    const { signal } = controller;
    const { answer } = await underWay(t, createSend(), { signal, graceMs: 200 });
    controller.abort(new Cancelled());
    await assertFailure(answer, 'ended', true, /^the run was cancelled$/);
  });

  it('has its grace instead of the time that was left for the answer', async (t) => {
    const controller = new AbortController();
    const { signal } = controller;
    const more = { signal, graceMs: patience, answerMs: 2_000 };
    const { answer, respond } = await underWay(t, createSend(), more);
    controller.abort(new Cancelled());
    await sleep(more.answerMs + 100);
    respond();
    assert.equal((await answer).body, 'x');
  });

  it('keeps the reason as its cause', async () => {
    const reason = new Cancelled();
    const signal = AbortSignal.abort(reason);
    const { cause } = await failureOf(createSend()(request(nobody), limits({ signal })));
    assert.equal(cause, reason);
  });
});

describe('a request under a deadline', atOnce, () => {
  it('ends with it', async (t) => {
    const server = await raw(t, () => {});
    const { signal } = startDeadline(2_000);
    const answer = createSend()(request(server.url), limits({ signal, graceMs: patience }));
    await assertFailure(answer, 'ended', true, /^the time is up$/);
  });

  it('has its grace when the run is cancelled', async (t) => {
    const cancel = new AbortController();
    const server = await raw(t, (socket) => {
      cancel.abort();
      socket.end('HTTP/1.1 200 OK\r\ncontent-length: 1\r\n\r\nx');
    });
    const deadline = startDeadline(patience, cancel.signal);
    const { signal } = deadline;
    const answer = await createSend()(request(server.url), limits({ signal, graceMs: patience }));
    assert.equal(answer.body, 'x');
    assert.equal(deadline.remainingMs(), 0);
    deadline.release();
  });
});
