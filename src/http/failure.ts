/** What else is known of a request that failed. */
interface About {
  readonly host?: string;
  readonly proxy?: string | undefined;
  readonly limitMs?: number;
}

/** The messages of connections that were closed too early. */
export const closedEarly = 'the connection closed without an answer';
export const brokenOff = 'the connection broke in the middle of the answer';

/**
 * Why there is no complete answer.
 *
 * `sent` decides whether a request may be repeated: false means that not a byte of it left this
 * machine, for certain; true, that the peer may have read and processed it.
 */
export class RequestFailure extends Error {
  readonly kind: 'network' | 'tls' | 'timeout' | 'oversized' | 'ended';
  readonly sent: boolean;
  /** Whom it was for, with the port where it is not the usual one; empty where nobody says. */
  readonly host: string;
  /** Host and port of the proxy between; empty where there is none. */
  readonly proxy: string;
  /** The limit for what it was doing (connecting, or waiting for the answer), in milliseconds. */
  readonly limitMs: number | undefined;

  constructor(
    kind: RequestFailure['kind'],
    sent: boolean,
    message: string,
    cause?: unknown,
    { host = '', proxy = '', limitMs }: About = {},
  ) {
    super(message, { cause });
    this.name = 'RequestFailure';
    this.kind = kind;
    this.sent = sent;
    this.host = host;
    this.proxy = proxy;
    this.limitMs = limitMs;
  }
}

/** The request was not sent, because `mayLeave` said no. */
export class Withheld extends Error {
  constructor() {
    super('the request came too late to be sent');
    this.name = 'Withheld';
  }
}

/** `0.5 s`, from milliseconds. */
export function seconds(ms: number): string {
  return `${Math.round(ms / 100) / 10} s`;
}
