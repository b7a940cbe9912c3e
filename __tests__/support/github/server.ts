import type { IncomingMessage } from 'node:http';
import { Clock } from './clock.ts';
import { Conduct, GITHUB_LATENCY, type Lag, type Latency } from './conduct.ts';
import {
  describe,
  type Exchange,
  type LoggedRequest,
  logRequest,
  readBody,
  toExchange,
} from './exchange.ts';
import type { Fault, Hook, Interception, InterceptOptions } from './faults.ts';
import { type Hold, Interceptions } from './interceptions.ts';
import { Listener } from './listener.ts';
import { seededRandom } from './random.ts';
import type { Repository, RepositoryOptions } from './repository.ts';
import { type ApiRequest, type Match, toPredicate } from './requests.ts';
import { serve } from './serve.ts';
import { type Quota, type TokenOptions, Tokens } from './tokens.ts';
import { Wire } from './wire.ts';
import { World } from './world.ts';

export type { Answer } from './answers.ts';
export type { Clock } from './clock.ts';
export { GITHUB_LATENCY, type Lag, type Latency } from './conduct.ts';
export type { Exchange } from './exchange.ts';
export { type Fault, fault, type Hook, type Interception, type Moment } from './faults.ts';
export type { Commit } from './git.ts';
export type { Hold } from './interceptions.ts';
export { blobSha, type Files, type Repository, type RepositoryOptions } from './repository.ts';
export type { ApiRequest, Delivery, Match } from './requests.ts';
export type { Protection, Rule, Ruleset } from './rules.ts';
export type { Quota, TokenOptions } from './tokens.ts';

export interface GitHubOptions {
  /** By `owner/name`. */
  readonly repositories?: Readonly<Record<string, RepositoryOptions>>;
  /** By their texts. */
  readonly tokens?: Readonly<Record<string, TokenOptions>>;
  /** Decides what is random: latencies and lags. Default: 1. */
  readonly seed?: number;
  /** What the API's paths start with; GitHub Enterprise Server has `/api/v3`. Default: nothing. */
  readonly basePath?: string;
  /** Serve https, with a certificate made for the purpose (see `certificate`). Default: http. */
  readonly tls?: boolean;
  /** What addresses of pages begin with. Default: `https://github.com`. */
  readonly web?: string;
}

/**
 * A server on loopback that behaves as GitHub's REST API does for files on branches: the contents
 * API and as much of the git data API as goes with it. It knows nothing until a test tells it.
 */
export async function startGitHub(options: GitHubOptions = {}): Promise<GitHub> {
  const github = new GitHub(options);
  await github.listen();
  return github;
}

/** The running server; made by `startGitHub`. */
export class GitHub {
  /** The server's time, in every `Date` header, every commit and every lag. */
  readonly clock = new Clock();
  /** Everything that arrived, in the order of arrival. Tokens included: never print it. */
  readonly requests: readonly ApiRequest[];
  readonly #requests: LoggedRequest[] = [];
  readonly #tokens = new Tokens(this.clock);
  readonly #conduct: Conduct;
  readonly #world: World;
  readonly #options: GitHubOptions;
  readonly #listener = new Listener();
  readonly #stop = new AbortController();
  readonly #interceptions = new Interceptions(this.#stop.signal);
  #url = '';
  #certificate: string | undefined;

  constructor(options: GitHubOptions) {
    this.#options = options;
    this.requests = this.#requests;
    this.#conduct = new Conduct(seededRandom(options.seed ?? 1));
    this.#world = new World(this.clock, this.#tokens, this.#conduct);
    for (const [name, made] of Object.entries(options.repositories ?? {})) {
      this.#world.repository(name, made);
    }
    for (const [text, made] of Object.entries(options.tokens ?? {})) this.#tokens.add(made, text);
  }

  /** What `GITHUB_API_URL` is to be: `http://127.0.0.1:<port>`, and the base path. */
  get url(): string {
    return this.#url;
  }

  /** The certificate to trust (PEM, for `NODE_EXTRA_CA_CERTS`); `undefined` without TLS. */
  get certificate(): string | undefined {
    return this.#certificate;
  }

  /** How many connections were opened to it so far. */
  get connections(): number {
    return this.#listener.connections;
  }

  // ------------------------------------------------------------------------------ the world

  /** The repository `owner/name`; made on first use, and then private and empty unless told otherwise. */
  repository(fullName: string, options?: RepositoryOptions): Repository {
    return this.#world.repository(fullName, options);
  }

  /** Gives a repository another name; requests for the old one are redirected to its number. */
  rename(fullName: string, newName: string): void {
    this.#world.rename(fullName, newName);
  }

  /** From now on there is no such repository. */
  removeRepository(fullName: string): void {
    this.#world.remove(fullName);
  }

  /** Makes a token and gives its text; with a text, changes what that token may do. */
  token(options: TokenOptions = {}, text?: string): string {
    return this.#tokens.add(options, text);
  }

  /** From now on the token is answered with 401. */
  revoke(token: string): void {
    this.#tokens.revoke(token);
  }

  /** The hour's requests of a token, to look at and to change: `github.quota(token).remaining = 3`. */
  quota(token: string): Quota {
    return this.#tokens.quota(this.#tokens.find(token));
  }

  /** Lets so many requests that create content through; GitHub's own figures are 80 and 500. */
  limitWrites(perMinute = 80, perHour = 500): void {
    this.#tokens.writeLimits = { perMinute, perHour };
  }

  /** Lets reads be behind writes from now on; without an argument they are not. */
  lag(lag: Lag = {}): void {
    this.#conduct.lag = lag;
  }

  /** Lets requests take time from now on: by method, or as measured on GitHub; `{}`: none. */
  latency(latency: Latency | 'github'): void {
    this.#conduct.latency = latency === 'github' ? GITHUB_LATENCY : latency;
  }

  /** With which of GitHub's texts a branch that has moved meanwhile is reported. Default: `is at`. */
  conflictText(text: 'is at' | 'expected to be at'): void {
    this.#conduct.conflict = text;
  }

  // ------------------------------------------------------------------------------ the faults

  /** Lets a fault happen to matching requests: by default to the next one, before it is acted on. */
  inject(match: Match, fault: Fault, options: InterceptOptions = {}): Interception {
    return this.intercept(match, () => fault, options);
  }

  /** Runs a hook while a matching request waits: by default for the next one, before it is acted on. */
  intercept(match: Match, hook: Hook, options: InterceptOptions = {}): Interception {
    return this.#interceptions.add(match, hook, options);
  }

  /** Runs a hook for every request before it is acted on. */
  onRequest(hook: Hook): Interception {
    return this.intercept('*', hook, { times: Number.POSITIVE_INFINITY });
  }

  /** Keeps the next matching request waiting until it is released, or the server is closed. */
  hold(match: Match, options: Omit<InterceptOptions, 'times'> = {}): Hold {
    return this.#interceptions.hold(match, options);
  }

  // ----------------------------------------------------------------------------- the records

  /** The requests that match, in the order of arrival. */
  requestsTo(match: Match): ApiRequest[] {
    return this.#requests.filter(toPredicate(match));
  }

  /**
   * One line for each request: the method, the path below the repository, the status that the
   * server decided on (`-`: it never acted on the request), and how it ended if the client wasn't
   * told that: `PUT contents/x.json 200`, `POST git/refs 201 reset`, `GET contents/x.json - as 502`.
   */
  trace(): string[] {
    return this.#requests.map(describe);
  }

  /** What was asked and answered in full, without tokens, as data. */
  exchanges(): Exchange[] {
    return this.#requests.map(toExchange).filter((exchange) => exchange !== undefined);
  }

  // -------------------------------------------------------------------------------- the life

  /** Starts to listen; `startGitHub` does that. */
  async listen(): Promise<void> {
    const { origin, cert } = await this.#listener.listen((message, response) => {
      const wire = new Wire(response, this.#listener.socketOf(message), this.#stop.signal);
      this.#serve(message, wire).catch((error: unknown) => this.#interceptions.report(error));
    }, this.#options.tls === true);
    this.#certificate = cert;
    this.#url = origin + (this.#options.basePath ?? '');
  }

  /**
   * Ends every connection and stops listening. Throws what a hook threw, so that an assertion in a
   * hook can't get lost. May be called more than once.
   */
  async close(): Promise<void> {
    this.#stop.abort();
    await this.#listener.close();
    this.#interceptions.throwErrors();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  async #serve(message: IncomingMessage, wire: Wire): Promise<void> {
    const body = await readBody(message);
    if (body === undefined) return;
    const { basePath = '', web = 'https://github.com' } = this.#options;
    const number = this.#requests.length + 1;
    const request = logRequest(message, body, basePath, number, this.clock.now());
    this.#requests.push(request);
    // Outside of the base path there is no API.
    const inside = message.url?.startsWith(`${basePath}/`) === true;
    const addresses = inside ? { api: this.#url, web } : undefined;
    await serve(request, wire, this.#world, this.#interceptions, addresses);
  }
}
