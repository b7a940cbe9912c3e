import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { createServer as createSecureServer } from 'node:https';
import type { Socket } from 'node:net';
import { createCertificate } from './certificate.ts';

export type Handler = (message: IncomingMessage, response: ServerResponse) => void;

/** The listening server: its address, its connections, and its end. */
export class Listener {
  /** How many connections were opened to it so far. */
  connections = 0;
  readonly #sockets = new Map<number, Socket>();
  #close: (() => Promise<void>) | undefined;

  /** Listens on a free port of 127.0.0.1; gives scheme, host and port, and the certificate. */
  async listen(handler: Handler, tls: boolean): Promise<{ origin: string; cert?: string }> {
    const identity = tls ? await createCertificate() : undefined;
    const server =
      identity === undefined ? createServer(handler) : createSecureServer(identity, handler);
    // An idle connection that the server closes just as a client uses it would be a fault that no
    // test has asked for.
    server.keepAliveTimeout = 0;
    server.on('connection', (socket: Socket) => this.#admit(socket));
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject);
      server.listen(0, '127.0.0.1', 511, resolve);
    });
    const address = server.address();
    if (address === null || typeof address === 'string') throw new Error('No port to listen on');
    this.#close = async () => {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      for (const socket of this.#sockets.values()) socket.destroy();
      await closed;
    };
    const origin = `${tls ? 'https' : 'http'}://127.0.0.1:${address.port}`;
    return identity === undefined ? { origin } : { origin, cert: identity.cert };
  }

  /** Ends every connection and stops listening. */
  async close(): Promise<void> {
    const close = this.#close;
    this.#close = undefined;
    await close?.();
  }

  /** The TCP connection of a request. With TLS it isn't the request's own socket, but has its port. */
  socketOf(request: IncomingMessage): Socket | undefined {
    return this.#sockets.get(request.socket.remotePort ?? 0);
  }

  #admit(socket: Socket): void {
    const port = socket.remotePort;
    if (port === undefined) return;
    this.connections += 1;
    this.#sockets.set(port, socket);
    socket.on('error', () => {});
    socket.once('close', () => this.#sockets.delete(port));
  }
}
