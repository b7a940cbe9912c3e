import { once } from 'node:events';
import { createServer, type Socket } from 'node:net';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { pathToFileURL } from 'node:url';
import { strippedTypes } from './stripped.ts';

/** The clocks of one step, which a test can turn on. */
export interface TurnedClock {
  /** What the step's environment needs for it. */
  readonly env: Readonly<Record<string, string>>;
  /** Lets both clocks of the step jump ahead; resolves when they did. */
  turn(ms: number): Promise<void>;
}

/**
 * Makes the clocks of one step ones that can be turned: the bundle stays as it is, and what it asks for
 * the time is what is changed.
 */
export async function turnedClock(t: Pick<TestContext, 'after'>): Promise<TurnedClock> {
  const connected = Promise.withResolvers<Socket>();
  const server = createServer((socket) => {
    socket.on('error', () => {});
    connected.resolve(socket);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.after(async () => {
    server.close();
    const socket = await Promise.race([connected.promise, undefined]);
    socket?.destroy();
  });
  const address = server.address();
  const port = typeof address === 'object' ? address?.port : undefined;
  const preload = pathToFileURL(join(import.meta.dirname, 'turned-clock-preload.ts'));
  return {
    env: {
      NODE_OPTIONS: [...strippedTypes, '--import', preload.href].join(' '),
      TURNED_CLOCK_PORT: String(port),
    },
    turn: async (ms) => {
      const socket = await connected.promise;
      const answered = once(socket, 'data');
      socket.write(String(ms));
      await answered;
    },
  };
}
