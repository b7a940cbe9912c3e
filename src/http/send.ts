import type { IncomingHttpHeaders, IncomingMessage } from 'node:http';
import { describe } from '../errors/action-error.ts';
import { Cancelled } from './deadline.ts';
import type { Ending } from './ending.ts';
import { brokenOff, closedEarly, RequestFailure, seconds, Withheld } from './failure.ts';
import { isTlsError, plainMessage } from './node-errors.ts';
import { type Opening, open, wayTo } from './opening.ts';
import type { Way } from './way.ts';

/** One request. Nothing in it is ever logged. */
export interface HttpRequest {
  readonly method: 'GET' | 'POST' | 'PUT' | 'DELETE';
  readonly url: URL;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string;
  /** Opens a connection of its own: one that was idle may break at the worst moment. */
  readonly fresh?: boolean;
  /** A connection that was opened ahead for it, if it is still good. */
  readonly opened?: (url: URL) => Promise<Opening | undefined>;
  /** No other request to that host follows: the connection ends with the answer (RFC 9112, 9.6). */
  readonly last?: boolean;
  /** Asked as the last thing before it goes out, once the connection stands; false: nothing is sent. */
  readonly mayLeave?: () => boolean;
}

/** A complete answer, redirects and error statuses included. */
export interface HttpAnswer {
  readonly status: number;
  readonly headers: Readonly<IncomingHttpHeaders>;
  /** Decoded as UTF-8, without a byte-order mark. */
  readonly body: string;
}

/** How long a request may take, all in milliseconds, and what ends it early. */
export interface HttpLimits {
  /** Until the connection stands: name look-up, proxy and TLS handshake included. */
  readonly connectMs: number;
  /** From then until the last byte of the answer. */
  readonly answerMs: number;
  /** Ends the request at once, wherever it is. */
  readonly signal: Ending;
  /** How long a request that was sent already may go on after it was cancelled; default: not at all. */
  readonly graceMs?: number;
}

/**
 * Sends a request; resolves with every complete answer, rejects with {@link RequestFailure}, with
 * {@link Withheld} where the request says so, or with an ActionError `network_error` where nothing can be
 * sent before a setting of the machine is mended.
 */
export type Send = (request: HttpRequest, limits: HttpLimits) => Promise<HttpAnswer>;

/** Far more than any answer that means something here; an endless one may not fill the memory. */
const maxBodyBytes = 1024 * 1024;

/**
 * Makes a {@link Send} that keeps one connection per host open for the requests that follow (through a proxy,
 * each gets its own). It sends each request as it is: no redirects followed, no retries, nothing logged, and
 * only to servers whose certificates are good (NODE_EXTRA_CA_CERTS adds authorities).
 *
 * Not by the toolkit's client, which can't tell a request that was never sent from one whose answer was lost.
 */
export function createSend(): Send {
  const ways = new Map<string, Way>();
  return async (request, limits) => {
    const { method, url, fresh, last = false } = request;
    const known = fresh ? undefined : ways.get(url.origin);
    const opening =
      (await request.opened?.(url)) ?? open(url, method, known ?? (await wayTo(url, !last)));
    ways.set(url.origin, opening.way);
    return await sendThrough(opening, request, limits);
  };
}

function sendThrough(
  opening: Opening,
  request: HttpRequest,
  limits: HttpLimits,
): Promise<HttpAnswer> {
  return new Promise<HttpAnswer>((resolve, reject) => {
    const { outgoing } = opening;
    outgoing.setHeader('user-agent', 'refresh-salesforce-token');
    for (const [name, value] of Object.entries(request.headers)) {
      outgoing.setHeader(name, value);
    }
    if (request.body !== undefined) {
      outgoing.setHeader('content-length', Buffer.byteLength(request.body));
    }
    let sent = false;
    let timer = setTimeout(
      () => fail('timeout', `no connection within ${seconds(limits.connectMs)}`),
      limits.connectMs,
    );
    const onAbort = () => {
      const { reason } = limits.signal;
      const grace = sent && reason instanceof Cancelled ? (limits.graceMs ?? 0) : 0;
      if (grace > 0) {
        clearTimeout(timer);
        timer = setTimeout(() => failUnlessAnswered('ended', describe(reason), reason), grace);
      } else {
        failUnlessAnswered('ended', describe(reason), reason);
      }
    };
    let settled = false;
    const settle = () => {
      settled = true;
      clearTimeout(timer);
      limits.signal.removeEventListener('abort', onAbort);
    };
    const fail = (kind: RequestFailure['kind'], message: string, cause?: unknown) => {
      settle();
      outgoing.destroy();
      const { host } = request.url;
      const limitMs = sent ? limits.answerMs : limits.connectMs;
      const { proxy } = opening.way;
      reject(new RequestFailure(kind, sent, message, cause, { host, limitMs, proxy }));
    };
    // After the process stood still (a machine that slept), timers run before the answer is read that
    // came meanwhile: it gets its turn first.
    const failUnlessAnswered = (...failure: Parameters<typeof fail>) => {
      if (sent) {
        setImmediate(() => settled || fail(...failure));
      } else {
        fail(...failure);
      }
    };
    const connected = () => {
      if (request.mayLeave?.() === false) {
        settle();
        outgoing.destroy();
        reject(new Withheld());
        return;
      }
      sent = true;
      outgoing.end(request.body);
      clearTimeout(timer);
      timer = setTimeout(
        () =>
          failUnlessAnswered('timeout', `no complete answer within ${seconds(limits.answerMs)}`),
        limits.answerMs,
      );
    };

    // Stays on after the request is over: a late error without a listener would end the process.
    outgoing.on('error', (error) => {
      fail(!sent && isTlsError(error) ? 'tls' : 'network', plainMessage(error), error);
    });
    let answered = false;
    // After 101 Switching Protocols Node closes the connection, with neither an answer nor an error.
    outgoing.on('close', () => {
      if (!answered) {
        fail('network', closedEarly);
      }
    });
    outgoing.on('response', (incoming) => {
      answered = true;
      readBody(incoming).then(
        (body) => {
          settle();
          resolve({ status: incoming.statusCode ?? 0, headers: incoming.headers, body });
        },
        (error: unknown) => {
          if (error instanceof RequestFailure) {
            fail(error.kind, error.message);
          } else {
            fail('network', brokenOff, error);
          }
        },
      );
    });
    if (limits.signal.aborted) {
      onAbort();
      return;
    }
    limits.signal.addEventListener('abort', onAbort);
    opening.whenItStands(connected);
  });
}

/** Not by `for await`: what a stream needs for that takes Node longer to make than the answer to come. */
function readBody(incoming: IncomingMessage): Promise<string> {
  return new Promise<string>((resolve, reject) => {
    const chunks: Buffer[] = [];
    let size = 0;
    incoming.on('data', (chunk: Buffer) => {
      size += chunk.length;
      chunks.push(chunk);
      if (size > maxBodyBytes) {
        reject(new RequestFailure('oversized', true, 'the answer is longer than 1 MiB'));
      }
    });
    // Not by TextDecoder, which Node makes when it is first asked for.
    incoming.on('end', () => resolve(textOf(chunks)));
    incoming.on('error', reject);
    // Without an error before it where the connection is destroyed from this side.
    incoming.on('close', () => reject(new Error('aborted')));
  });
}

function textOf(chunks: readonly Buffer[]): string {
  return Buffer.concat(chunks)
    .toString()
    .replace(/^\uFEFF/, '');
}
