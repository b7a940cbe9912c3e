import type { IncomingMessage } from 'node:http';
import type { Answer } from './answers.ts';
import type { ApiRequest } from './requests.ts';
import type { Ending } from './wire.ts';

/** The record of a request while its exchange goes on. */
export interface LoggedRequest extends ApiRequest, Ending {
  processed: Answer | undefined;
}

/** A request and its answer as data, for a check against GitHub's description of its API. */
export interface Exchange {
  readonly method: string;
  /** Path and query as sent, below the base address. */
  readonly url: string;
  readonly requestHeaders: Readonly<Record<string, string>>;
  /** The JSON; `undefined` where there was none. */
  readonly requestBody: unknown;
  readonly status: number;
  readonly responseHeaders: Readonly<Record<string, string>>;
  readonly responseBody: unknown;
}

const LARGEST_BODY = 8 * 1024 * 1024;

/** The record of a request that has just arrived. */
export function logRequest(
  message: IncomingMessage,
  body: string,
  basePath: string,
  number: number,
  now: number,
): LoggedRequest {
  const full = message.url ?? '';
  const url = full.startsWith(`${basePath}/`) ? full.slice(basePath.length) : full;
  return {
    number,
    method: message.method ?? '',
    url,
    path: url.split('?', 1)[0] ?? '',
    headers: flatten(message),
    body,
    json: parseJson(body),
    receivedAt: now,
    processed: undefined,
    answer: undefined,
    status: undefined,
    delivery: 'pending',
    bytesSent: 0,
  };
}

/** One line: method, path below the repository, what the server decided, and how it ended if otherwise. */
export function describe({ method, path, processed, status, delivery }: ApiRequest): string {
  const [, below = path] = /^\/repos\/[^/]+\/[^/]+\/(.+)$/.exec(path) ?? [];
  const line = `${method} ${below} ${processed?.status ?? '-'}`;
  if (delivery !== 'answered') return `${line} ${delivery}`;
  return status === processed?.status ? line : `${line} as ${status}`;
}

/** The exchange as data, without its token; `undefined` where no answer was sent in full. */
export function toExchange(request: ApiRequest): Exchange | undefined {
  const { method, url, headers, json, answer, delivery } = request;
  if (answer === undefined || delivery !== 'answered') return undefined;
  const { authorization, ...rest } = headers;
  return {
    method,
    url,
    requestHeaders: authorization === undefined ? rest : { ...rest, authorization: '***' },
    requestBody: json,
    status: answer.status,
    responseHeaders: answer.headers ?? {},
    responseBody: answer.body,
  };
}

/** The body as UTF-8 text; `undefined` for a client that went away, or sends without end. */
export async function readBody(message: IncomingMessage): Promise<string | undefined> {
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
