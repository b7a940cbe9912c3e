import type { Answer } from './answers.ts';

/** How the exchange ended for the client. `pending`: it hasn't yet, or the server never answers. */
export type Delivery = 'pending' | 'answered' | 'reset' | 'closed' | 'broken' | 'gone';

/** A request as it arrived, and what became of it. Grows while the exchange goes on. */
export interface ApiRequest {
  /** 1 for the first request that this server got. */
  readonly number: number;
  readonly method: string;
  /** Path and query as sent, below the base address. */
  readonly url: string;
  /** The path as sent, still encoded, below the base address. */
  readonly path: string;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  /** The body's JSON, or `undefined` where it is none. */
  readonly json: unknown;
  /** By the server's clock, milliseconds since 1970. */
  readonly receivedAt: number;
  /** What the server decided; `undefined` as long as it hasn't processed the request, or never did. */
  readonly processed: Answer | undefined;
  /** What the client was sent, with all headers, which may differ from what the server decided. */
  readonly answer: Answer | undefined;
  /** The status of `answer`. */
  readonly status: number | undefined;
  readonly delivery: Delivery;
  /** Bytes of body that were written to the client. */
  readonly bytesSent: number;
}

/**
 * Which requests are meant: a method, a path's end, or both with a space between (`PUT`,
 * `/git/refs`, `PUT /contents/*`); `*` stands for anything but a slash, and case is ignored. Or a
 * regular expression over `METHOD /path`. Or a function.
 */
export type Match = string | RegExp | ((request: ApiRequest) => boolean);

/** The question of a `Match` as a function. */
export function toPredicate(match: Match): (request: ApiRequest) => boolean {
  if (typeof match === 'function') return match;
  const pattern = typeof match === 'string' ? compile(match) : match;
  // `search` and not `test`: a pattern with the g flag would remember where it was.
  return (request) => `${request.method} ${request.path}`.search(pattern) !== -1;
}

const PATTERN = /^(GET|HEAD|POST|PUT|PATCH|DELETE|\*)? ?(\/.*)?$/i;

function compile(text: string): RegExp {
  const [, method = '*', path = ''] = PATTERN.exec(text) ?? [];
  if (text !== '*' && method === '*' && path === '') {
    throw new Error(`'${text}' names no requests; write METHOD, /path or METHOD /path`);
  }
  const escaped = path
    .split('*')
    .map((part) => part.replace(/[^\w/-]/g, '\\$&'))
    .join('[^/]*');
  return new RegExp(`^${method === '*' ? '\\S+' : method} \\S*${escaped}$`, 'i');
}
