import { createServer, type IncomingMessage, type RequestListener, type Server } from 'node:http';
import { createServer as createSecureServer } from 'node:https';
import type { Socket } from 'node:net';
import { type Answer, errorAnswer } from './github/answers.ts';
import { Clock } from './github/clock.ts';
import { answerRequest } from './github/endpoints.ts';
import {
  type Fault,
  type Hook,
  Interception,
  type InterceptOptions,
  type Moment,
} from './github/faults.ts';
import { type ApiRequest, type Match, toPredicate } from './github/requests.ts';
import { prepareSealedBoxes } from './github/sealed-box.ts';
import {
  createToken,
  type Environment,
  type Holder,
  type Repository,
  State,
  type TokenOptions,
} from './github/state.ts';
import { type Ending, Wire } from './github/wire.ts';

export type { Answer } from './github/answers.ts';
export type { Clock } from './github/clock.ts';
export {
  type Fault,
  fault,
  type Hook,
  type Interception,
  type InterceptOptions,
  type Moment,
} from './github/faults.ts';
export type { ApiRequest, Delivery, Match } from './github/requests.ts';
export { type PublicKey, seal } from './github/sealed-box.ts';
export type {
  Access,
  Environment,
  Holder,
  Permissions,
  Repository,
  Times,
  TokenOptions,
} from './github/state.ts';

export interface GitHubOptions {
  /** Serve https, with a certificate made for the purpose (see `certificate`). Default: http. */
  readonly tls?: boolean;
  /** What the API's paths start with; GitHub Enterprise Server has `/api/v3`. Default: nothing. */
  readonly basePath?: string;
}

/**
 * A server on loopback that behaves as GitHub's REST API does for the secrets and variables of
 * environments (and lets those of repositories and organisations be read). It knows nothing until a
 * test tells it: repositories, environments, tokens.
 */
export async function startGitHub(options: GitHubOptions = {}): Promise<GitHubApi> {
  await prepareSealedBoxes();
  const api = new GitHubApi(options.basePath ?? '');
  await api.listen(options.tls === true ? await createCertificate() : undefined);
  return api;
}

/** A request that a test keeps waiting. */
export interface Hold {
  /** Resolves when the request is there (at the moment that was asked for). */
  readonly reached: Promise<ApiRequest>;
  /** Lets the request go on; or lets the fault happen to it. */
  release(fault?: Fault): void;
}

/** The running server; made by `startGitHub`. */
export class GitHubApi {
  /** The server's time, in every `Date` header and every `created_at`. */
  readonly clock = new Clock();
  /** Everything that arrived, in the order of arrival. */
  readonly requests: readonly ApiRequest[];
  /**
   * How many milliseconds reads are behind writes; writes always see the newest state. GitHub
   * answers reads from copies that are seconds behind at times. What a test itself puts there is
   * seen at once. Default: 0.
   */
  readLag = 0;
  /** How many connections were opened to it so far. */
  connections = 0;
  readonly #requests: LoggedRequest[] = [];
  readonly #state = new State(this.clock);
  readonly #basePath: string;
  readonly #interceptions: Interception[] = [];
  readonly #sockets = new Map<number, Socket>();
  readonly #stop = new AbortController();
  readonly #hookErrors: unknown[] = [];
  #server: Server | undefined;
  #url = '';
  #certificate: string | undefined;

  constructor(basePath: string) {
    this.#basePath = basePath;
    this.requests = this.#requests;
  }

  /** What `GITHUB_API_URL` is to be: `http://127.0.0.1:<port>`, and the base path. */
  get url(): string {
    return this.#url;
  }

  /** The certificate to trust (PEM, for `NODE_EXTRA_CA_CERTS`); `undefined` without TLS. */
  get certificate(): string | undefined {
    return this.#certificate;
  }

  // ------------------------------------------------------------------------------ the world

  /** The repository `owner/name`, made on first use: private, and empty. */
  repository(fullName: string): Repository {
    return this.#state.repository(fullName);
  }

  /** The environment of a repository; both are made on first use. */
  environment(repository: string, name: string): Environment {
    return this.repository(repository).environment(name);
  }

  /** The secrets and variables that an organisation shares with its repositories. */
  organization(name: string): Holder {
    return this.#state.organization(name);
  }

  /** Makes a token and gives its text. Without options it is good for nothing. */
  token(options: TokenOptions = {}): string {
    const token = createToken(options);
    this.#state.addToken(token);
    return token.text;
  }

  /** From now on the token is answered with 401. */
  revoke(token: string): void {
    this.#state.removeToken(token);
  }

  // ------------------------------------------------------------------------------ the faults

  /** Lets a fault happen to matching requests: by default to the next one, before it is acted on. */
  inject(match: Match, fault: Fault, options: InterceptOptions = {}): Interception {
    return this.intercept(match, () => fault, options);
  }

  /** Runs a hook while a matching request waits: by default for the next one, before it is acted on. */
  intercept(match: Match, hook: Hook, options: InterceptOptions = {}): Interception {
    const interception = new Interception(match, hook, options);
    this.#interceptions.push(interception);
    return interception;
  }

  /** Runs a hook for every request before it is acted on. */
  onRequest(hook: Hook): Interception {
    return this.intercept('*', hook, { times: Number.POSITIVE_INFINITY });
  }

  /** Keeps the next matching request waiting until it is released, or the server is closed. */
  hold(match: Match, options: Omit<InterceptOptions, 'times'> = {}): Hold {
    const reached = Promise.withResolvers<ApiRequest>();
    const released = Promise.withResolvers<Fault | undefined>();
    this.#stop.signal.addEventListener('abort', () => released.resolve({ kind: 'silence' }));
    this.intercept(
      match,
      (request) => {
        reached.resolve(request);
        return released.promise;
      },
      options,
    );
    return { reached: reached.promise, release: (fault) => released.resolve(fault) };
  }

  // ----------------------------------------------------------------------------- the records

  /** The requests that match, in the order of arrival. */
  requestsTo(match: Match): ApiRequest[] {
    return this.#requests.filter(toPredicate(match));
  }

  /**
   * One line for each request, for comparing a whole course of events: the method, the path below
   * the environment (or the whole one), the status that the server decided on (`-`: it never acted
   * on the request), and how it ended if the client wasn't told that: `PUT secrets/X 204`,
   * `POST variables 201 reset`, `POST variables 201 as 502`, `GET secrets/X - reset`.
   */
  trace(): string[] {
    return this.#requests.map(describe);
  }

  // -------------------------------------------------------------------------------- the life

  /** Starts to listen; `startGitHub` does that. */
  async listen(tls: { readonly key: string; readonly cert: string } | undefined): Promise<void> {
    const listener: RequestListener = (request, response) => {
      const wire = new Wire(response, this.#socketOf(request), this.#stop.signal);
      this.#serve(request, wire).catch((error: unknown) => this.#hookErrors.push(error));
    };
    const server = tls === undefined ? createServer(listener) : createSecureServer(tls, listener);
    server.on('connection', (socket: Socket) => this.#admit(socket));
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject);
      server.listen(0, '127.0.0.1', resolve);
    });
    const address = server.address();
    if (address === null || typeof address === 'string') throw new Error('No port to listen on');
    this.#server = server;
    this.#certificate = tls?.cert;
    const scheme = tls === undefined ? 'http' : 'https';
    this.#url = `${scheme}://127.0.0.1:${address.port}${this.#basePath}`;
  }

  /**
   * Ends every connection and stops listening. Throws what a hook threw, so that an assertion in a
   * hook can't get lost. May be called more than once.
   */
  async close(): Promise<void> {
    const server = this.#server;
    this.#server = undefined;
    this.#stop.abort();
    if (server !== undefined) {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      for (const socket of this.#sockets.values()) socket.destroy();
      await closed;
    }
    const [error, ...more] = this.#hookErrors.splice(0);
    if (more.length > 0) throw new AggregateError([error, ...more], 'Several hooks failed');
    if (error !== undefined) throw error;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  // ---------------------------------------------------------------------------- one exchange

  async #serve(message: IncomingMessage, wire: Wire): Promise<void> {
    const body = await readBody(message);
    if (body === undefined) return;
    const request = this.#log(message, body);
    if (await this.#interfere('before', request, wire, { status: 200, body: PLACEHOLDER })) return;
    request.processed = this.#process(request, message.url ?? '');
    if (await this.#interfere('after', request, wire, request.processed)) return;
    Object.assign(request, wire.send(request.processed, this.clock.now()));
  }

  #process(request: ApiRequest, fullUrl: string): Answer {
    if (!fullUrl.startsWith(`${this.#basePath}/`)) return errorAnswer(404, 'Not Found');
    return answerRequest(request, this.#state, { readLag: this.readLag });
  }

  /** Lets hooks and faults have their way; `true` when the exchange is over with that. */
  async #interfere(
    when: Moment,
    request: LoggedRequest,
    wire: Wire,
    answer: Answer,
  ): Promise<boolean> {
    for (const interception of [...this.#interceptions]) {
      if (interception.when !== when || !interception.takes(request)) continue;
      const fault = await this.#ask(interception, request);
      if (fault === undefined) continue;
      if (fault.kind === 'delay') {
        await wire.pause(fault.milliseconds);
        if (this.#stop.signal.aborted) return true;
        continue;
      }
      Object.assign(request, await wire.fail(fault, answer, this.clock.now()));
      return true;
    }
    return false;
  }

  async #ask(interception: Interception, request: ApiRequest): Promise<Fault | undefined> {
    try {
      return (await interception.hook(request)) ?? undefined;
    } catch (error) {
      this.#hookErrors.push(error);
      return { kind: 'answer', answer: errorAnswer(500, 'A hook of the test failed') };
    }
  }

  #log(message: IncomingMessage, body: string): LoggedRequest {
    const fullUrl = message.url ?? '';
    const url = fullUrl.startsWith(this.#basePath) ? fullUrl.slice(this.#basePath.length) : fullUrl;
    const request: LoggedRequest = {
      number: this.#requests.length + 1,
      method: message.method ?? '',
      url,
      path: url.split('?', 1)[0] ?? '',
      headers: flatten(message),
      body,
      json: parseJson(body),
      receivedAt: this.clock.now(),
      processed: undefined,
      status: undefined,
      delivery: 'pending',
      bytesSent: 0,
    };
    this.#requests.push(request);
    return request;
  }

  #admit(socket: Socket): void {
    const port = socket.remotePort;
    if (port === undefined) return;
    this.connections += 1;
    this.#sockets.set(port, socket);
    socket.on('error', () => {});
    socket.once('close', () => this.#sockets.delete(port));
  }

  /** The TCP connection of a request. With TLS it isn't the request's own socket, but has its port. */
  #socketOf(request: IncomingMessage): Socket | undefined {
    return this.#sockets.get(request.socket.remotePort ?? 0);
  }
}

/** The record while the exchange goes on. */
interface LoggedRequest extends ApiRequest, Ending {
  processed: Answer | undefined;
}

// Stands in for the answer of a request that the server never acted on, where a fault needs one.
const PLACEHOLDER = { name: 'SOMETHING', created_at: '2026-01-01T00:00:00Z' };
const LARGEST_BODY = 1024 * 1024;

function describe({ method, path, processed, status, delivery }: ApiRequest): string {
  const [, below = path] = /\/environments\/[^/]+\/(.+)$/.exec(path) ?? [];
  const line = `${method} ${below} ${processed?.status ?? '-'}`;
  if (delivery !== 'answered') return `${line} ${delivery}`;
  return status === processed?.status ? line : `${line} as ${status}`;
}

/** The body as UTF-8 text; `undefined` for a client that went away, or sends without end. */
async function readBody(message: IncomingMessage): Promise<string | undefined> {
  const chunks: Buffer[] = [];
  let length = 0;
  try {
    for await (const chunk of message) {
      if (!Buffer.isBuffer(chunk)) continue;
      chunks.push(chunk);
      length += chunk.length;
      if (length > LARGEST_BODY) return undefined;
    }
  } catch {
    return undefined;
  }
  return Buffer.concat(chunks).toString('utf8');
}

function parseJson(text: string): unknown {
  try {
    const parsed: unknown = JSON.parse(text);
    return parsed;
  } catch {
    return undefined;
  }
}

function flatten(message: IncomingMessage): Record<string, string> {
  return Object.fromEntries(
    Object.entries(message.headersDistinct).map(([name, values = []]) => [name, values.join(', ')]),
  );
}

async function createCertificate(): Promise<{ key: string; cert: string }> {
  // Loaded on demand: it takes longer than the whole rest of a start.
  const { generate } = await import('selfsigned');
  const { private: key, cert } = await generate([{ name: 'commonName', value: '127.0.0.1' }], {
    algorithm: 'sha256',
    keyType: 'ec',
    extensions: [
      { name: 'basicConstraints', cA: true },
      {
        name: 'subjectAltName',
        altNames: [
          { type: 2, value: 'localhost' },
          { type: 7, ip: '127.0.0.1' },
        ],
      },
    ],
  });
  return { key, cert };
}
