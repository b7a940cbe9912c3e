import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, type Socket } from 'node:net';
import { describe, it, mock, type TestContext } from 'node:test';
import { connectAhead } from '../../src/http/ahead.ts';
import { RequestFailure } from '../../src/http/failure.ts';
import { createSend, type HttpRequest } from '../../src/http/send.ts';
import { listen, type TcpServer, tcpServer } from '../support/tcp-server.ts';
import { until } from '../support/until.ts';

// A connection that is opened before the request: it is used once and only while it is surely good.

const patience = 60_000;
// It stands still, so that no connection grows old because the machine is busy.
let clock = process.hrtime.bigint();
mock.method(process.hrtime, 'bigint', () => clock);
const answer = 'HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok';

/** What opens ahead, what sends, and a server that answers everything. */
async function scene(t: TestContext) {
  const server = await tcpServer(t, (socket) => socket.write(answer));
  const ahead = connectAhead();
  const send = createSend();
  const url = new URL(`http://127.0.0.1:${server.port}/token`);
  const post = async (more: Partial<HttpRequest> = {}) => {
    const { signal } = new AbortController();
    const request = { method: 'POST', url, headers: { 'x-one': '1' }, body: 'a=b' } as const;
    const limits = { connectMs: patience, answerMs: patience, signal };
    return (await send({ ...request, fresh: true, opened: ahead.take, ...more }, limits)).body;
  };
  return { ahead, server, url, post };
}

/** The connection that was opened first, once it stands. */
async function first({ sockets }: TcpServer): Promise<Socket> {
  await until(() => sockets.length > 0);
  return sockets[0] ?? assert.fail();
}

/** Resolves when the connection is over on the server's side. */
async function over(socket: Socket): Promise<void> {
  socket.resume();
  if (!socket.closed) {
    await once(socket, 'close');
  }
}

describe('a connection opened ahead', { concurrency: true, timeout: patience }, () => {
  it('carries the next fresh request, whole, and only that one', async (t) => {
    const { ahead, server, url, post } = await scene(t);
    ahead.open(url);
    await first(server);
    assert.equal(server.received(), '');
    assert.equal(await post(), 'ok');
    assert.equal(server.sockets.length, 1);
    assert.match(
      server.received(),
      /^POST \/token HTTP\/1\.1\r\n(?=.*^user-agent: refresh-salesforce-token\r$)(?=.*^x-one: 1\r$)(?=.*^content-length: 3\r$).*\r\n\r\na=b$/ms,
    );
    await post();
    assert.equal(server.sockets.length, 2);
  });

  it('ends with its answer where no other request follows', async (t) => {
    const { ahead, server, url, post } = await scene(t);
    ahead.open(url, true);
    await first(server);
    assert.equal(await post(), 'ok');
    assert.match(server.received(), /^connection: close\r$/im);
  });

  it('may still be on its way when the request comes', async (t) => {
    const { ahead, server, url, post } = await scene(t);
    ahead.open(url);
    await new Promise((resolve) => setImmediate(resolve));
    assert.equal(await post(), 'ok');
    assert.equal(server.sockets.length, 1);
  });

  it('serves the requests after that one, as every connection does', async (t) => {
    const { ahead, server, url, post } = await scene(t);
    ahead.open(url);
    const socket = await first(server);
    await post();
    socket.on('data', () => socket.write(answer));
    assert.equal(await post({ fresh: false }), 'ok');
    assert.equal(server.sockets.length, 1);
  });

  for (const [what, spoil] of [
    ['closed', (socket: Socket) => socket.end()],
    ['reset', (socket: Socket) => socket.resetAndDestroy()],
    [
      'answered on before anything was asked',
      (socket: Socket) =>
        void socket.write('HTTP/1.1 408 Request Timeout\r\ncontent-length: 0\r\n\r\n'),
    ],
  ] as const) {
    it(`is not used once the server has ${what}`, async (t) => {
      const { ahead, server, url, post } = await scene(t);
      ahead.open(url);
      const socket = await first(server);
      spoil(socket);
      await over(socket);
      assert.equal(await post(), 'ok');
      assert.equal(server.sockets.length, 2);
    });
  }

  it('is closed when it is given up', async (t) => {
    const { ahead, server, url, post } = await scene(t);
    const giveUp = ahead.open(url);
    const socket = await first(server);
    giveUp();
    await over(socket);
    assert.equal(await post(), 'ok');
    assert.equal(server.sockets.length, 2);
  });

  it('is not opened at all when it is given up at once', async (t) => {
    const { ahead, server, url, post } = await scene(t);
    ahead.open(url)();
    await post();
    assert.equal(server.sockets.length, 1);
  });

  it('makes place for the next one, which an old one can not give up', async (t) => {
    const { ahead, server, url, post } = await scene(t);
    const giveUpFirst = ahead.open(url);
    const socket = await first(server);
    ahead.open(url);
    await over(socket);
    giveUpFirst();
    await until(() => server.sockets.length === 2);
    await post();
    assert.equal(server.sockets.length, 2);
  });

  it('is for its own host: a request to another one closes it', async (t) => {
    const { ahead, server, url } = await scene(t);
    const other = await scene(t);
    ahead.open(other.url);
    const socket = await first(other.server);
    const { signal } = new AbortController();
    const limits = { connectMs: patience, answerMs: patience, signal };
    const request = { method: 'POST', url, headers: {}, fresh: true, opened: ahead.take } as const;
    await createSend()(request, limits);
    await over(socket);
    assert.equal(server.sockets.length, 1);
  });

  it('that can not be opened is not told of: the request says so itself', async (t) => {
    const { ahead, post } = await scene(t);
    const gone = createServer();
    const port = await listen(t, gone);
    gone.close();
    await once(gone, 'close');
    const url = new URL(`http://127.0.0.1:${port}/`);
    ahead.open(url);
    await new Promise((resolve) => setTimeout(resolve, 100));
    const failure = await post({ url }).catch((error: unknown) => error);
    assert.ok(failure instanceof RequestFailure);
    assert.deepEqual([failure.kind, failure.sent], ['network', false]);
  });
});

// On its own: the clock is everybody's.
describe('a connection opened ahead, and left', { timeout: patience }, () => {
  it('is not used after having been idle for longer than GitHub needs', async (t) => {
    const { ahead, server, url, post } = await scene(t);
    ahead.open(url);
    const socket = await first(server);
    // So that its own end has seen it, too.
    await new Promise((resolve) => setTimeout(resolve, 100));
    clock += 3_100_000_000n;
    assert.equal(await post(), 'ok');
    await over(socket);
    assert.equal(server.sockets.length, 2);
  });
});
