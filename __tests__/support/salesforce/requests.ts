import type { Answer } from './answers.ts';

/** How an exchange ended for the client. `pending`: it hasn't, or will never be answered. */
export type Delivery = 'pending' | 'answered' | 'spoiled' | 'gone';

/** A request as it arrived, and what became of it; grows while the exchange goes on. */
export interface OrgRequest {
  /** 1 for the first request. */
  readonly number: number;
  /** The number of the TCP connection that it came by; 1 for the first. */
  readonly connection: number;
  readonly method: string;
  /** Path and query, as sent. */
  readonly url: string;
  readonly path: string;
  readonly query: URLSearchParams;
  /** The `Host` header without a port, in lower case. */
  readonly host: string;
  /** Names in lower case; several of a name are joined by commas. */
  readonly headers: Readonly<Record<string, string>>;
  /** Milliseconds since 1970. */
  readonly at: number;
  /** Empty until it was read. */
  readonly body: string;
  /** The fields of a form-encoded body; `{}` for any other. */
  readonly form: Readonly<Record<string, string>>;
  /** What the org decided; `undefined` as long as it hasn't, or when it never saw the request. */
  readonly decided: Answer | undefined;
  /** The status that was sent; `undefined` for none. */
  readonly status: number | undefined;
  readonly delivery: Delivery;
}

/** The bearer token of a request, or `undefined`. */
export function bearerToken(request: OrgRequest): string | undefined {
  return /^(?:Bearer|OAuth) +(\S+)$/i.exec(request.headers['authorization'] ?? '')?.[1];
}

/** The fields of a form-encoded body; `undefined` for another type or a field that comes twice. */
export function readForm(request: OrgRequest): Record<string, string> | undefined {
  const [type = ''] = (request.headers['content-type'] ?? '').split(';');
  const fields = [...new URLSearchParams(request.body)];
  const form = Object.fromEntries(fields);
  const once = Object.keys(form).length === fields.length;
  return type.trim().toLowerCase() === 'application/x-www-form-urlencoded' && once
    ? form
    : undefined;
}
