import * as http from 'node:http';
import * as https from 'node:https';
import { TLSSocket } from 'node:tls';
import { HttpClient } from '@actions/http-client';
import { describe, errorCode } from '../errors/action-error.ts';
import { Cancelled } from './deadline.ts';
import { checkProxyVariable } from './proxy-variable.ts';

/** One request. Nothing in it is ever logged. */
export interface HttpRequest {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  readonly url: URL;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string;
  /** Opens a connection of its own: one that was idle may break at the worst moment. */
  readonly fresh?: boolean;
}

/** A complete answer, redirects and error statuses included. */
export interface HttpAnswer {
  readonly status: number;
  readonly headers: Readonly<http.IncomingHttpHeaders>;
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
  readonly signal: AbortSignal;
  /** How long a request that was sent already may go on after it was cancelled; default: not at all. */
  readonly graceMs?: number;
}

/**
 * Why there is no complete answer.
 *
 * `sent` decides whether a request may be repeated: false means that not a byte of it left this
 * machine, for certain; true, that the peer may have read and processed it.
 */
export class RequestFailure extends Error {
  readonly kind: 'network' | 'tls' | 'timeout' | 'oversized' | 'ended';
  readonly sent: boolean;

  constructor(kind: RequestFailure['kind'], sent: boolean, message: string, cause?: unknown) {
    super(message, { cause });
    this.name = 'RequestFailure';
    this.kind = kind;
    this.sent = sent;
  }
}

/**
 * Sends a request; resolves with every complete answer, rejects with {@link RequestFailure}, or with an
 * ActionError `network_error` where nothing can be sent before a setting of the machine is mended.
 */
export type Send = (request: HttpRequest, limits: HttpLimits) => Promise<HttpAnswer>;

/** Far more than any answer that means something here; an endless one may not fill the memory. */
const maxBodyBytes = 1024 * 1024;

/**
 * Makes a {@link Send} that keeps one connection per host open for the requests that follow (through
 * a proxy, each request gets a tunnel of its own). It sends each request as it is: no redirects
 * followed, no retries, nothing logged, and only to servers whose certificates are good, whatever the
 * environment says (NODE_EXTRA_CA_CERTS adds authorities; NODE_TLS_REJECT_UNAUTHORIZED has no effect).
 *
 * `@actions/http-client` is used for what it does well, the agent that knows the proxy variables.
 * The request itself goes through Node's own client, because the library's can not tell a request
 * that was never sent from one whose answer was lost, hangs where the connection breaks in
 * mid-body, and sends bodies along with redirects.
 */
export function createSend(): Send {
  // One client per origin: the library gives its first agent to http and https alike.
  const clients = new Map<string, HttpClient>();
  return (request, limits) => {
    const { origin, href } = request.url;
    const known = request.fresh ? undefined : clients.get(origin);
    const client = known ?? new HttpClient(undefined, [], { keepAlive: true });
    clients.set(origin, client);
    try {
      checkProxyVariable(request.url);
    } catch (error) {
      return Promise.reject(error);
    }
    const agent = client.getAgent(href);
    insistOnCertificates(agent);
    return sendThrough(agent, request, limits);
  };
}

/**
 * The environment must not decide whom a token goes to: a later step can set it, and the end of the job
 * would take it over. `tunnel` takes the options of its agent for the server, and `proxyOptions` for a
 * proxy over TLS; neither takes those of the request.
 */
function insistOnCertificates(agent: http.Agent): void {
  for (const name of ['options', 'proxyOptions']) {
    const options: unknown = Reflect.get(agent, name);
    if (typeof options === 'object' && options !== null) {
      Object.assign(options, { rejectUnauthorized: true });
    }
  }
}

const sendThrough = (agent: http.Agent, request: HttpRequest, limits: HttpLimits) =>
  new Promise<HttpAnswer>((resolve, reject) => {
    const { request: open } = request.url.protocol === 'https:' ? https : http;
    const outgoing = open(request.url, {
      method: request.method,
      agent,
      headers: {
        'user-agent': 'refresh-salesforce-token',
        ...request.headers,
        ...(request.body !== undefined && {
          'content-length': String(Buffer.byteLength(request.body)),
        }),
      },
    });
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
        timer = setTimeout(() => fail('ended', describe(reason), reason), grace);
      } else {
        fail('ended', describe(reason), reason);
      }
    };
    const settle = () => {
      clearTimeout(timer);
      limits.signal.removeEventListener('abort', onAbort);
    };
    const fail = (kind: RequestFailure['kind'], message: string, cause?: unknown) => {
      settle();
      outgoing.destroy();
      reject(new RequestFailure(kind, sent, message, cause));
    };
    const connected = () => {
      sent = true;
      clearTimeout(timer);
      timer = setTimeout(
        () => fail('timeout', `no complete answer within ${seconds(limits.answerMs)}`),
        limits.answerMs,
      );
    };

    // Stays on after the request is over: a late error without a listener would end the process.
    outgoing.on('error', (error) => {
      fail(!sent && isTlsError(error) ? 'tls' : 'network', plainMessage(error), error);
    });
    outgoing.on('socket', (socket) => {
      if (outgoing.reusedSocket) {
        connected();
      } else {
        socket.once(socket instanceof TLSSocket ? 'secureConnect' : 'connect', connected);
      }
    });
    let answered = false;
    // After 101 Switching Protocols Node closes the connection, with neither an answer nor an error.
    outgoing.on('close', () => {
      if (!answered) {
        fail('network', 'the connection closed without an answer');
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
            fail('network', 'the connection broke in the middle of the answer', error);
          }
        },
      );
    });
    if (limits.signal.aborted) {
      onAbort();
      return;
    }
    limits.signal.addEventListener('abort', onAbort);
    outgoing.end(request.body);
  });

async function readBody(incoming: http.IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of incoming) {
    if (!Buffer.isBuffer(chunk)) {
      throw new TypeError('a stream of bytes gave something else');
    }
    size += chunk.length;
    if (size > maxBodyBytes) {
      throw new RequestFailure('oversized', true, 'the answer is longer than 1 MiB');
    }
    chunks.push(chunk);
  }
  return new TextDecoder().decode(Buffer.concat(chunks));
}

/** Certificate refusals carry OpenSSL's verify codes, handshake failures `EPROTO` or `ERR_SSL_…`. */
function isTlsError(error: Error): boolean {
  return /^(ERR_TLS_|ERR_SSL_|EPROTO|CERT_|CRL_|ERROR_IN_|UNABLE_TO_|DEPTH_ZERO_|SELF_SIGNED_|HOSTNAME_MISMATCH|INVALID_(CA|PURPOSE)|PATH_LENGTH_)/.test(
    errorCode(error) ?? '',
  );
}

/** Node's message; the tunnel to a proxy calls all its failures `ECONNRESET`, which misleads. */
function plainMessage(error: Error): string {
  const viaProxy = /^tunneling socket could not be established, (?:statusCode|cause)=(.*)$/s.exec(
    error.message,
  );
  return viaProxy ? `the proxy gave no connection: ${viaProxy[1]}` : describe(error);
}

function seconds(ms: number): string {
  return `${Math.round(ms / 100) / 10} s`;
}
