import { createServer, type IncomingMessage } from 'node:http';
import { type AddressInfo, connect, Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';

/** How the proxy behaves. */
export type ProxyMode =
  | 'normal'
  /** Takes the connection and never answers CONNECT. */
  | 'silent'
  /** Closes the connection instead of answering CONNECT. */
  | 'hang-up'
  /** Answers every CONNECT with this status (407, 403, 502, …). */
  | { readonly refuse: number }
  /** Answers CONNECT only when the promise is kept. */
  | { readonly until: Promise<unknown> }
  /** Passes on what it answers, and what the server does, one byte every so many milliseconds. */
  | { readonly dripMs: number }
  /** Cuts a tunnel after so many bytes from the server to the client; 0: once it stands. */
  | { readonly dieAfterBytes: number };

/** A CONNECT, or another request, as it arrived. */
export interface ProxyRequest {
  readonly method: string;
  /** `host:port` for a CONNECT. */
  readonly target: string;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  /** Milliseconds since 1970. */
  readonly at: number;
  /** The status it was answered with; `undefined` as long as there is none. */
  readonly status: number | undefined;
}

export interface ProxyOptions {
  /** Where the names lead: `host` (which means port 443) or `host:port` → port on 127.0.0.1. */
  readonly targets?: Readonly<Record<string, number>>;
  readonly mode?: ProxyMode;
  /** Answers 407 to whoever doesn't send these. */
  readonly auth?: { readonly username: string; readonly password: string };
}

/** A running proxy; made by `startProxy`. */
export interface TestProxy {
  /** For `https_proxy`; with the credentials in it where `auth` demands them. */
  readonly url: string;
  /** May be changed while it runs. */
  mode: ProxyMode;
  readonly targets: Map<string, number>;
  /** Everything that arrived, in order. */
  readonly requests: readonly ProxyRequest[];
  /** What clients sent through its tunnels, byte for byte (latin1). */
  readonly overheard: string;
  /** Ends every connection. */
  close(): Promise<void>;
  [Symbol.asyncDispose](): Promise<void>;
}

/**
 * An HTTP proxy on loopback that only knows CONNECT, and only to the ports of this machine that
 * `targets` names: whatever else is asked for gets 502, and nothing leaves the machine.
 */
export async function startProxy(options: ProxyOptions = {}): Promise<TestProxy> {
  const requests: (ProxyRequest & { status: number | undefined })[] = [];
  const sockets = new Set<Duplex>();
  const overheard: Buffer[] = [];
  const closing = new AbortController();
  const keep = (socket: Duplex) => {
    sockets.add(socket);
    socket.on('error', () => {}).once('close', () => sockets.delete(socket));
  };
  const record = ({ method = '', url = '', headers }: IncomingMessage) => {
    const entry = { method, target: url, headers, at: Date.now(), status: undefined };
    requests.push(entry);
    return requests.at(-1) ?? entry;
  };
  const server = createServer((request, response) => {
    record(request).status = 502;
    response.writeHead(502).end('This proxy only knows CONNECT.');
  });
  server.on('connection', keep);
  server.on('connect', (request: IncomingMessage, client: Duplex) => {
    const entry = record(request);
    const answer = (status: number, headers = '') => {
      entry.status = status;
      return `HTTP/1.1 ${status} ${status === 200 ? 'OK' : 'Refused'}\r\n${headers}\r\n`;
    };
    client.on('data', (chunk: Buffer) => overheard.push(chunk));
    tunnel(proxy, request, client, answer, options.auth, closing.signal, keep);
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(0, '127.0.0.1', resolve);
  });

  const credentials =
    options.auth === undefined
      ? ''
      : `${encodeURIComponent(options.auth.username)}:${encodeURIComponent(options.auth.password)}@`;
  const close = async () => {
    closing.abort();
    const closed = new Promise<void>((resolve) => server.close(() => resolve()));
    for (const socket of sockets) {
      socket.destroy();
    }
    await closed;
  };
  const proxy: TestProxy = {
    url: `http://${credentials}127.0.0.1:${portOf(server.address())}`,
    mode: options.mode ?? 'normal',
    targets: new Map(Object.entries(options.targets ?? {})),
    requests,
    get overheard() {
      return Buffer.concat(overheard).toString('latin1');
    },
    close,
    [Symbol.asyncDispose]: close,
  };
  return proxy;
}

async function tunnel(
  proxy: TestProxy,
  request: IncomingMessage,
  client: Duplex,
  answer: (status: number, headers?: string) => string,
  auth: ProxyOptions['auth'],
  closing: AbortSignal,
  keep: (socket: Duplex) => void,
): Promise<void> {
  const { mode } = proxy;
  if (mode === 'silent') {
    return;
  }
  if (mode === 'hang-up') {
    client.end();
    return;
  }
  const refuse = (status: number) => {
    const demand = status === 407 ? 'Proxy-Authenticate: Basic realm="test"\r\n' : '';
    client.end(answer(status, `${demand}Content-Length: 0\r\nConnection: close\r\n`));
  };
  if (typeof mode === 'object' && 'refuse' in mode) {
    refuse(mode.refuse);
    return;
  }
  if (auth !== undefined && request.headers['proxy-authorization'] !== basic(auth)) {
    refuse(407);
    return;
  }
  if (typeof mode === 'object' && 'until' in mode) {
    await mode.until;
  }
  const port = portFor(proxy.targets, request.url ?? '');
  const upstream = port === undefined ? undefined : await dial(port);
  if (upstream === undefined || client.destroyed) {
    upstream?.destroy();
    refuse(502);
    return;
  }
  keep(upstream);
  client.once('close', () => upstream.destroy());
  if (typeof mode === 'object' && 'dripMs' in mode) {
    client.pipe(upstream);
    await drip(client, answer(200), upstream, mode.dripMs, closing);
    return;
  }
  client.write(answer(200));
  upstream.once('error', () => passReset(client));
  // An end is not to overtake the bytes before it, as destroying the socket would.
  upstream.once('close', () => client.end());
  if (typeof mode === 'object' && 'dieAfterBytes' in mode) {
    cut(client, upstream, mode.dieAfterBytes);
  } else {
    upstream.pipe(client);
  }
  client.pipe(upstream);
}

/** Node can't reset a socket that it is closing already: it would stay open, and keep the process. */
function passReset(client: Duplex): void {
  if (client instanceof Socket && !client.writableEnded) {
    client.resetAndDestroy();
  } else {
    client.destroy();
  }
}

function cut(client: Duplex, upstream: Socket, bytes: number): void {
  let left = bytes;
  const pass = (chunk: Buffer) => {
    client.write(chunk.subarray(0, left));
    left -= chunk.length;
    if (left <= 0) {
      client.end();
      upstream.destroy();
    }
  };
  upstream.on('data', pass);
  if (bytes === 0) {
    pass(Buffer.alloc(0));
  }
}

async function drip(
  client: Duplex,
  head: string,
  upstream: Socket,
  everyMs: number,
  closing: AbortSignal,
): Promise<void> {
  const pass = async (bytes: Buffer) => {
    for (const byte of bytes) {
      await sleep(everyMs, undefined, { signal: closing });
      client.write(Uint8Array.of(byte));
    }
  };
  try {
    await pass(Buffer.from(head));
    for await (const chunk of upstream) {
      await pass(Buffer.from(chunk));
    }
    client.end();
  } catch {
    client.destroy();
  }
}

function dial(port: number): Promise<Socket | undefined> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    socket.once('connect', () => resolve(socket));
    socket.once('error', () => resolve(undefined));
  });
}

function portFor(targets: ReadonlyMap<string, number>, target: string): number | undefined {
  return (
    targets.get(target.toLowerCase()) ?? targets.get(target.toLowerCase().replace(/:443$/, ''))
  );
}

function basic({ username, password }: NonNullable<ProxyOptions['auth']>): string {
  return `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`;
}

function portOf(address: AddressInfo | string | null): number {
  if (address === null || typeof address === 'string') {
    throw new Error('No port to listen on');
  }
  return address.port;
}
