import { type Answer, json, oauthError, page } from './answers.ts';
import type { OrgRequest } from './requests.ts';

/** Something that goes wrong with one exchange; `fault` makes them. */
export type Fault =
  | { readonly kind: 'reset' | 'close' | 'silence' | 'truncate' }
  | { readonly kind: 'break'; readonly chunked: boolean }
  | { readonly kind: 'drip'; readonly part: 'body' | 'head'; readonly everyMs: number }
  | { readonly kind: 'in-two'; readonly rest: () => Promise<unknown> }
  | { readonly kind: 'endless'; readonly everyMs: number }
  | { readonly kind: 'huge-head'; readonly bytes: number }
  | { readonly kind: 'raw'; readonly text: string }
  | { readonly kind: 'answer'; readonly answer: Answer }
  | { readonly kind: 'patch'; readonly fields: Readonly<Record<string, unknown>> };

/** The faults. */
export const fault = {
  /** The connection is reset (RST), without a byte of an answer. */
  reset: (): Fault => ({ kind: 'reset' }),

  /** The connection is closed in good order (FIN), without a byte of an answer. */
  close: (): Fault => ({ kind: 'close' }),

  /** Nothing is ever answered, and the connection stays open. */
  silence: (): Fault => ({ kind: 'silence' }),

  /** The connection ends in mid-body, short of the length announced, or between two chunks. */
  breakOff: (options: { readonly chunked?: boolean } = {}): Fault => ({
    kind: 'break',
    chunked: options.chunked ?? false,
  }),

  /** The answer is complete for HTTP, but only half of its text. */
  truncate: (): Fault => ({ kind: 'truncate' }),

  /** The head comes at once, the body one byte every so many milliseconds. */
  dripBody: (everyMs: number): Fault => ({ kind: 'drip', part: 'body', everyMs }),

  /** The whole answer, its head first, comes one byte every so many milliseconds. */
  dripHead: (everyMs: number): Fault => ({ kind: 'drip', part: 'head', everyMs }),

  /** The head and half of the body come at once, the other half when what happens then is over. */
  inTwo: (rest: () => Promise<unknown>): Fault => ({ kind: 'in-two', rest }),

  /** A body without end: 64 KiB at a time as fast as it is taken, or with that pause in between. */
  endless: (everyMs = 0): Fault => ({ kind: 'endless', everyMs }),

  /** The answer with headers of so many bytes more. */
  hugeHead: (bytes = 128 * 1024): Fault => ({ kind: 'huge-head', bytes }),

  /** These bytes instead of HTTP; then the connection is closed. */
  raw: (text: string): Fault => ({ kind: 'raw', text }),

  /** This answer instead; text is sent as it is, anything else as JSON. */
  answer: (status: number, body: unknown = '', headers: Answer['headers'] = {}): Fault =>
    instead(typeof body === 'string' ? { status, headers, body } : json(status, body, headers)),

  /** The org's own JSON answer with these fields over it; `undefined` takes one out. */
  patch: (fields: Readonly<Record<string, unknown>>): Fault => ({ kind: 'patch', fields }),

  /** A refusal by the token endpoint. */
  oauthError: (error: string, description: string, status = 400): Fault =>
    instead(oauthError(error, description, status)),

  /** A web page; on 503 Salesforce's for maintenance, on 420 and 406 the one of an edge not ready. */
  page: (status: number, headers: Answer['headers'] = {}): Fault => {
    const answer =
      status === 420 || status === 406
        ? page(status, 'We are setting things up', 'Your org is getting ready. Please wait.')
        : page(status, 'We are down for maintenance', 'Sorry for the inconvenience.');
    return instead({ ...answer, headers: { ...answer.headers, ...headers } });
  },

  /** 429; when to come again in seconds or as a date, or not told. */
  tooMany: (retryAfter?: number | Date): Fault =>
    fault.answer(
      429,
      'Too many requests',
      retryAfter === undefined
        ? {}
        : {
            'retry-after':
              typeof retryAfter === 'number' ? String(retryAfter) : retryAfter.toUTCString(),
          },
    ),

  redirect: (location: string, status: 301 | 302 | 303 | 307 | 308 = 302): Fault =>
    fault.answer(status, '', { location }),
};

function instead(answer: Answer): Fault {
  return { kind: 'answer', answer };
}

/** A fault that waits for its requests. */
export interface FaultPlan {
  /** What happens; nothing but the delay if left out. */
  readonly does?: Fault;
  /** Milliseconds to wait first. */
  readonly delayMs?: number;
  /**
   * `before`: the org never sees the request. `after`: it has done its part (the token is rotated),
   * and only its answer is spoiled. Default: `before`.
   */
  readonly when?: 'before' | 'after';
  /** Default: any. */
  readonly method?: string;
  /** The end of the path, or a pattern for the whole of it. Default: any. */
  readonly path?: string | RegExp;
  /** For how many matching requests. Default: 1. */
  readonly count?: number;
  /** How many matching requests go by untouched first. Default: 0. */
  readonly skip?: number;
}

/** The faults to come; each request takes the first that matches, if any. */
export class FaultQueue {
  #plans: { readonly plan: FaultPlan; skip: number; left: number }[] = [];

  push(...plans: readonly FaultPlan[]): void {
    for (const plan of plans) {
      this.#plans.push({ plan, skip: plan.skip ?? 0, left: plan.count ?? 1 });
    }
  }

  /** How many more requests the queue is good for: 0 when everything that was planned happened. */
  get pending(): number {
    return this.#plans.reduce((sum, { left }) => sum + left, 0);
  }

  clear(): void {
    this.#plans = [];
  }

  /** The request's fault at this moment; used up by that. */
  take(request: OrgRequest, when: 'before' | 'after'): FaultPlan | undefined {
    for (const entry of this.#plans) {
      if ((entry.plan.when ?? 'before') !== when || !matches(entry.plan, request)) {
        continue;
      }
      if (entry.skip > 0) {
        entry.skip -= 1;
        continue;
      }
      entry.left -= 1;
      this.#plans = this.#plans.filter(({ left }) => left > 0);
      return entry.plan;
    }
    return undefined;
  }
}

function matches({ method, path }: FaultPlan, request: OrgRequest): boolean {
  if (method !== undefined && method.toUpperCase() !== request.method) {
    return false;
  }
  if (path === undefined) {
    return true;
  }
  return typeof path === 'string' ? request.path.endsWith(path) : request.path.search(path) >= 0;
}
