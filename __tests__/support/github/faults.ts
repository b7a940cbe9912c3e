import { type Answer, errorAnswer } from './answers.ts';
import { type ApiRequest, type Match, toPredicate } from './requests.ts';

/** Something that goes wrong with one exchange. */
export type Fault =
  | { readonly kind: 'reset' | 'close' | 'break' | 'silence' | 'endless' }
  | { readonly kind: 'drip'; readonly milliseconds: number }
  | { readonly kind: 'delay'; readonly milliseconds: number }
  | { readonly kind: 'answer'; readonly answer: Answer };

/** The faults, each to be used before the server acts on the request, while it does, or after it. */
export const fault = {
  /** The connection is reset (RST): no byte of an answer. */
  reset: (): Fault => ({ kind: 'reset' }),

  /** The connection is closed in good order (FIN): no byte of an answer. */
  close: (): Fault => ({ kind: 'close' }),

  /** The answer breaks off half-way through its body; one without a body, half-way through its head. */
  breakOff: (): Fault => ({ kind: 'break' }),

  /** The connection stays open and nothing is ever answered. */
  silence: (): Fault => ({ kind: 'silence' }),

  /** An answer whose body never ends, as fast as the client takes it. */
  endless: (): Fault => ({ kind: 'endless' }),

  /** The answer's head comes at once, its body one byte every so many milliseconds. */
  drip: (milliseconds: number): Fault => ({ kind: 'drip', milliseconds }),

  /** Nothing happens for so many milliseconds; then everything goes on as usual. */
  delay: (milliseconds: number): Fault => ({ kind: 'delay', milliseconds }),

  /** This answer in place of the real one. Text is sent as it is, anything else as JSON. */
  answer: (status: number, body?: unknown, headers?: Readonly<Record<string, string>>): Fault => ({
    kind: 'answer',
    answer: { status, body, ...(headers === undefined ? {} : { headers }) },
  }),

  /** A redirect, as for a repository that was renamed. */
  redirect: (location: string, status: 301 | 302 | 307 | 308 = 307): Fault => ({
    kind: 'answer',
    answer: {
      status,
      headers: { location },
      body: { message: 'Moved Permanently', url: location, documentation_url: DOCS },
    },
  }),

  /** An error in GitHub's shape. */
  error: (status: number, message: string): Fault => ({
    kind: 'answer',
    answer: errorAnswer(status, message, DOCS),
  }),

  /** Another commit landed on the branch meanwhile: the one at `now` where `expected` was. */
  moved: (now = '1'.repeat(40), expected = '2'.repeat(40)): Fault => ({
    kind: 'answer',
    answer: errorAnswer(409, `is at ${now} but expected ${expected}`, DOCS),
  }),

  /** A body that says it is JSON and breaks off in good order. */
  garbage: (status = 200): Fault => ({
    kind: 'answer',
    answer: { status, body: '{"content": {"sha": "', headers: JSON_TYPE },
  }),

  /** A page of a proxy or a captive portal in place of the answer. */
  page: (status = 200): Fault => ({
    kind: 'answer',
    answer: {
      status,
      headers: { 'content-type': 'text/html; charset=utf-8' },
      body: '<!DOCTYPE html><html><head><title>Sign in</title></head><body></body></html>',
    },
  }),

  /** An answer whose JSON is so many bytes long. */
  huge: (bytes: number, status = 200): Fault => ({
    kind: 'answer',
    answer: { status, headers: JSON_TYPE, body: `{"content":"${'A'.repeat(bytes - 14)}"}` },
  }),

  /** GitHub's page for when it is down or a request took it too long. */
  unavailable: (status: 500 | 502 | 503 | 504 = 502): Fault => ({
    kind: 'answer',
    answer: {
      status,
      headers: { 'content-type': 'text/html; charset=utf-8' },
      body: '<!DOCTYPE html><html><head><title>Unicorn! &middot; GitHub</title></head><body></body></html>',
    },
  }),

  /** Too many requests at a time. GitHub says so with either status, and not always how long to wait. */
  secondaryRateLimit: (status: 403 | 429 = 403, retryAfterSeconds?: number): Fault => ({
    kind: 'answer',
    answer: {
      status,
      headers: retryAfterSeconds === undefined ? {} : { 'retry-after': String(retryAfterSeconds) },
      body: {
        documentation_url: `${RATE_LIMITS}#about-secondary-rate-limits`,
        message:
          'You have exceeded a secondary rate limit. Please wait a few minutes before you try again. If you reach out to GitHub Support for help, please include the request ID.',
        status: String(status),
      },
    },
  }),

  /** The hour's requests are used up until `resetAt`. */
  primaryRateLimit: (resetAt: Date, status: 403 | 429 = 403): Fault => ({
    kind: 'answer',
    answer: {
      status,
      headers: {
        'x-ratelimit-limit': '5000',
        'x-ratelimit-remaining': '0',
        'x-ratelimit-used': '5000',
        'x-ratelimit-reset': String(Math.ceil(resetAt.getTime() / 1000)),
      },
      body: {
        message: 'API rate limit exceeded for installation ID 41600512.',
        documentation_url: `${RATE_LIMITS}#about-primary-rate-limits`,
        status: String(status),
      },
    },
  }),
};

const DOCS = 'https://docs.github.com/rest';
const JSON_TYPE = { 'content-type': 'application/json; charset=utf-8' };
const RATE_LIMITS = 'https://docs.github.com/rest/using-the-rest-api/rate-limits-for-the-rest-api';

/**
 * When something is done to a request: `before` the server acts on it; `during` (where a file is
 * written: file and branch have been compared, the branch hasn't been moved yet); or `after` (it is
 * done, unanswered).
 */
export type Moment = 'before' | 'during' | 'after';

/** Runs while a request waits; a fault that it gives is what happens next. */
export type Hook = (request: ApiRequest) => Fault | undefined | Promise<Fault | undefined>;

export interface InterceptOptions {
  /** Default: `before`. */
  readonly when?: Moment;
  /** For how many matching requests. Default: 1. */
  readonly times?: number;
  /** How many matching requests go by untouched first. Default: 0. */
  readonly skip?: number;
}

/** Something that is done to requests, until its `times` are used up or it is removed. */
export class Interception {
  readonly when: Moment;
  readonly hook: Hook;
  readonly #matches: (request: ApiRequest) => boolean;
  #skip: number;
  #times: number;
  #hits = 0;

  constructor(match: Match, hook: Hook, options: InterceptOptions) {
    this.when = options.when ?? 'before';
    this.hook = hook;
    this.#matches = toPredicate(match);
    this.#skip = options.skip ?? 0;
    this.#times = options.times ?? 1;
  }

  /** How many requests it was done to. */
  get hits(): number {
    return this.#hits;
  }

  /** Ends it. Requests that wait in its hook go on waiting there. */
  remove(): void {
    this.#times = 0;
  }

  /** Whether it is this request's turn; counts. */
  takes(request: ApiRequest): boolean {
    if (this.#times <= 0 || !this.#matches(request)) return false;
    if (this.#skip > 0) {
      this.#skip -= 1;
      return false;
    }
    this.#times -= 1;
    this.#hits += 1;
    return true;
  }
}
