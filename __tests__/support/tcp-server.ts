import { once } from 'node:events';
import { createServer, type Server, type Socket } from 'node:net';
import type { TestContext } from 'node:test';

/** A server on loopback that speaks no protocol of its own. */
export interface TcpServer {
  readonly port: number;
  /** Every connection so far. */
  readonly sockets: readonly Socket[];
  /** What came in by all of them (latin1). */
  received(): string;
}

/** Starts one that goes with the test; `onData` runs when the first bytes of a connection are there. */
export async function tcpServer(
  t: TestContext,
  onData: (socket: Socket) => unknown,
): Promise<TcpServer> {
  const sockets: Socket[] = [];
  let text = '';
  const server = createServer((socket) => {
    sockets.push(socket);
    socket.on('error', () => {});
    socket.on('data', (chunk) => {
      text += chunk.toString('latin1');
    });
    socket.once('data', () => onData(socket));
  });
  const port = await listen(t, server);
  t.after(() => {
    for (const socket of sockets) {
      socket.destroy();
    }
  });
  return { port, sockets, received: () => text };
}

/** Lets a server listen on a free port of loopback, which it gives; ends that with the test. */
export async function listen(t: TestContext, server: Server): Promise<number> {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.after(() => {
    server.close();
  });
  const address = server.address();
  if (address === null || typeof address === 'string') {
    throw new Error('No port to listen on');
  }
  return address.port;
}

/** Sends without end, as fast as the client takes it. */
export function pour(socket: Socket, beginning: string, more: string): void {
  const push = () => {
    while (!socket.destroyed && socket.write(more)) {}
  };
  socket.on('drain', push);
  socket.write(beginning);
  push();
}
