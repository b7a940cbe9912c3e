import { createServer, type IncomingMessage, type RequestListener, type Server } from 'node:http';
import { createServer as createSecureServer } from 'node:https';
import type { Socket } from 'node:net';
import type { TlsIdentity } from '../tls.ts';
import { type Answer, json, plain } from './answers.ts';
import { type Fault, FaultQueue } from './faults.ts';
import { type RecordedRequest, readBody, startRecord } from './record.ts';
import { type OrgRequest, readForm } from './requests.ts';
import { Wire } from './wire.ts';

/**
 * When a hook runs: `before` the org sees the request, `during` its work (the refresh token is in
 * flight), or `after` it has decided and before it answers.
 */
export type Moment = 'before' | 'during' | 'after';

/** Runs while a request waits for it; a fault that it gives happens (not `during`). */
// biome-ignore lint/suspicious/noConfusingVoidType: a hook without a return statement is the usual one
export type Hook = (request: OrgRequest) => Fault | void | Promise<Fault | void>;

/** A request that a test keeps waiting. */
export interface Hold {
  /** Resolves when the request is there. */
  readonly reached: Promise<OrgRequest>;
  /** Lets it go on. */
  release(): void;
}

/** Decides about a request; `work` is to be awaited while it is worked on. */
export type Decide = (request: OrgRequest, work: () => Promise<void>) => Promise<Answer>;

/** The server in front of an org: connections, records, hooks and faults. */
export class OrgServer {
  readonly faults = new FaultQueue();
  /** Everything that arrived, in order. */
  readonly requests: OrgRequest[] = [];
  /** How many TCP connections were opened, failed TLS handshakes among them. */
  connections = 0;
  readonly #decide: Decide;
  readonly #server: Server;
  readonly #scheme: string;
  readonly #hooks = new Set<{ readonly when: Moment; readonly hook: Hook }>();
  readonly #sockets = new Map<number, { readonly socket: Socket; readonly number: number }>();
  readonly #closing = new AbortController();
  readonly #hookErrors: unknown[] = [];

  constructor(decide: Decide, tls: TlsIdentity | undefined) {
    this.#decide = decide;
    this.#scheme = tls === undefined ? 'http' : 'https';
    const listener: RequestListener = (message, response) => {
      const socket = this.#sockets.get(message.socket.remotePort ?? 0)?.socket;
      const wire = new Wire(response, socket, this.#closing.signal);
      this.#serve(message, wire).catch((error: unknown) => this.#hookErrors.push(error));
    };
    this.#server =
      tls === undefined
        ? createServer(listener)
        : createSecureServer({ key: tls.key, cert: tls.cert }, listener);
    this.#server.on('connection', (socket: Socket) => this.#admit(socket));
  }

  /** Starts to listen on a free port of 127.0.0.1. */
  async listen(): Promise<void> {
    await new Promise<void>((resolve, reject) => {
      this.#server.once('error', reject);
      this.#server.listen(0, '127.0.0.1', resolve);
    });
  }

  get port(): number {
    const address = this.#server.address();
    if (address === null || typeof address === 'string') {
      throw new Error('The server does not listen');
    }
    return address.port;
  }

  /** `http://127.0.0.1:<port>`, or with https. */
  get url(): string {
    return `${this.#scheme}://127.0.0.1:${this.port}`;
  }

  /** Runs a hook for every request, until the function that it gives is called. */
  onRequest(hook: Hook, when: Moment = 'before'): () => void {
    const entry = { when, hook };
    this.#hooks.add(entry);
    return () => this.#hooks.delete(entry);
  }

  /** Keeps the next request whose path ends so waiting until it is released, or the server closed. */
  hold(path: string, when: Moment): Hold {
    const reached = Promise.withResolvers<OrgRequest>();
    const released = Promise.withResolvers<void>();
    this.#closing.signal.addEventListener('abort', () => released.resolve());
    const remove = this.onRequest(async (request) => {
      if (request.path.endsWith(path)) {
        remove();
        reached.resolve(request);
        await released.promise;
      }
    }, when);
    return { reached: reached.promise, release: released.resolve };
  }

  /** Ends every connection. Throws what a hook threw, so that no assertion in one gets lost. */
  async close(): Promise<void> {
    this.#closing.abort();
    if (this.#server.listening) {
      const closed = new Promise<void>((resolve) => this.#server.close(() => resolve()));
      for (const { socket } of this.#sockets.values()) {
        socket.destroy();
      }
      await closed;
    }
    const errors = this.#hookErrors.splice(0);
    if (errors.length > 0) {
      throw errors.length === 1 ? errors[0] : new AggregateError(errors, 'Several hooks failed');
    }
  }

  async #serve(message: IncomingMessage, wire: Wire): Promise<void> {
    const request = this.#record(message);
    const body = await readBody(message);
    if (body === undefined) {
      request.delivery = 'gone';
      return;
    }
    request.body = body;
    request.form = readForm(request) ?? {};
    if (await this.#interfere(request, wire, 'before', placeholder)) {
      return;
    }
    const answer = await this.#decide(request, async () => {
      await this.#runHooks(request, 'during');
    });
    request.decided = answer;
    if (await this.#interfere(request, wire, 'after', answer)) {
      return;
    }
    request.status = answer.status;
    request.delivery = wire.send(answer);
  }

  /** Lets hooks and faults have their way; `true` when the exchange is over with that. */
  async #interfere(
    request: RecordedRequest,
    wire: Wire,
    when: 'before' | 'after',
    answer: Answer,
  ): Promise<boolean> {
    const wanted = await this.#runHooks(request, when);
    const plan = wanted === undefined ? this.faults.take(request, when) : undefined;
    if (plan?.delayMs !== undefined) {
      await wire.pause(plan.delayMs);
    }
    const fault = wanted ?? plan?.does;
    if (fault === undefined) {
      return false;
    }
    if (!['reset', 'close', 'silence', 'raw'].includes(fault.kind)) {
      request.status = fault.kind === 'answer' ? fault.answer.status : answer.status;
    }
    request.delivery = await wire.fail(fault, answer);
    return true;
  }

  async #runHooks(request: OrgRequest, when: Moment): Promise<Fault | undefined> {
    for (const entry of [...this.#hooks].filter((hook) => hook.when === when)) {
      try {
        const fault = await entry.hook(request);
        if (fault !== undefined) {
          return fault;
        }
      } catch (error) {
        this.#hookErrors.push(error);
        return { kind: 'answer', answer: plain(500, 'A hook of the test failed') };
      }
    }
    return undefined;
  }

  #record(message: IncomingMessage): RecordedRequest {
    const connection = this.#sockets.get(message.socket.remotePort ?? 0)?.number ?? 0;
    const request = startRecord(message, this.requests.length + 1, connection);
    this.requests.push(request);
    return request;
  }

  /** How many connections are open now. */
  get openConnections(): number {
    return this.#sockets.size;
  }

  /** Closes every connection, as a server does with those that were idle for too long. */
  breakConnections(): void {
    for (const { socket } of this.#sockets.values()) {
      socket.end();
    }
  }

  #admit(socket: Socket): void {
    const port = socket.remotePort;
    this.connections += 1;
    socket.on('error', () => {});
    if (port === undefined) {
      return;
    }
    // By port, since a request over TLS only knows the socket above this one.
    this.#sockets.set(port, { socket, number: this.connections });
    socket.once('close', () => {
      if (this.#sockets.get(port)?.socket === socket) {
        this.#sockets.delete(port);
      }
    });
  }
}

// What a fault spoils when the org never saw the request: looks like an answer, and has no token.
const placeholder = json(200, { id: 'https://login.salesforce.com/id/00D/005', issued_at: '0' });
