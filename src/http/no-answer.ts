import { errorCode } from '../errors/action-error.ts';
import type { Explanation, OwnCode } from '../errors/catalogue.ts';
import { type Connection, connectionFailure, type NoAnswer } from '../errors/connection.ts';
import { Cancelled } from './deadline.ts';
import { brokenOff, closedEarly, type RequestFailure, seconds } from './failure.ts';
import { tunnelFailure } from './node-errors.ts';

/** Whom a request was for, for the words about its failure. */
export interface Asked {
  readonly service: Connection['service'];
  /** The host, where the failure does not name it. */
  readonly host?: string;
  /** `timeout-seconds` in milliseconds, where that is what the limits were taken from. */
  readonly totalMs?: number | undefined;
  /** Cleans remote text for printing. */
  readonly clean: (remote: unknown) => string;
}

/** The code of ours for a request that got no answer. */
export const failureCodes = {
  network: 'network_error',
  tls: 'tls_error',
  timeout: 'timeout',
  ended: 'timeout',
  oversized: 'response_invalid',
} as const satisfies Record<RequestFailure['kind'], OwnCode>;

/** What happened, one cause at a time, and what to do about it. */
export function explainNoAnswer(
  failure: RequestFailure,
  { service, host = '', totalMs, clean }: Asked,
): Explanation & { readonly what: string } {
  const { proxy, sent } = failure;
  const name = failure.host || host;
  const cause = causeOf(failure);
  return connectionFailure(cause, {
    host: service === 'github' ? ["GitHub's API", name && `(${name})`].join(' ').trim() : name,
    service,
    sent,
    proxy,
    detail: clean(detailOf(failure, cause)),
    ...limitReached(failure, totalMs),
  });
}

function causeOf({ kind, sent, message, cause }: RequestFailure): NoAnswer {
  switch (kind) {
    case 'oversized':
      return 'too_long';
    case 'ended':
      return cause instanceof Cancelled ? 'cancelled' : 'time_up';
    case 'timeout':
      return sent ? 'not_answered' : 'not_connected';
    case 'tls':
      return /^(EPROTO|ERR_SSL_)/.test(errorCode(cause) ?? '') ? 'no_tls' : 'untrusted';
    case 'network':
      break;
  }
  const tunnel = tunnelFailure(cause);
  if (tunnel !== undefined) {
    return tunnel.status === undefined ? 'proxy_unreachable' : 'proxy_refused';
  }
  if (message === brokenOff) {
    return 'broken_off';
  }
  if (message === closedEarly || (sent && /socket hang up/.test(message))) {
    return 'closed';
  }
  return networkCauses[errorCode(cause) ?? ''] ?? 'other';
}

/** By Node's `code`. */
const networkCauses: Readonly<Record<string, NoAnswer>> = {
  ENOTFOUND: 'name_unknown',
  EAI_AGAIN: 'name_not_looked_up',
  EAI_FAIL: 'name_not_looked_up',
  ECONNREFUSED: 'refused',
  ECONNRESET: 'cut',
  ECONNABORTED: 'cut',
  EPIPE: 'cut',
  EHOSTUNREACH: 'unreachable',
  ENETUNREACH: 'unreachable',
  EHOSTDOWN: 'unreachable',
  ENETDOWN: 'unreachable',
};

function detailOf({ message, cause }: RequestFailure, why: NoAnswer): string {
  const tunnel = tunnelFailure(cause);
  return (
    tunnel?.status ??
    tunnel?.words ??
    (why === 'other' || why === 'untrusted' ? message : (errorCode(cause) ?? message))
  );
}

/** How long was waited, and what set the limit. */
function limitReached(
  { kind, limitMs = 0, sent }: RequestFailure,
  totalMs: number | undefined,
): { readonly within: string; readonly longerHelps: boolean } {
  const total =
    totalMs === undefined ? 'the time for it' : `\`timeout-seconds\` (${totalMs / 1000})`;
  if (kind === 'ended') {
    return { within: total, longerHelps: totalMs !== undefined };
  }
  if (totalMs === undefined && limitMs < usualLimitMs) {
    return { within: `${seconds(limitMs)}, a share of the time that was left`, longerHelps: true };
  }
  const share = shares.find(([part]) => Math.abs(limitMs * part - (totalMs ?? 0)) < 1)?.[1];
  const fixed = sent ? 'the limit for one answer' : 'the limit for connecting';
  return {
    within: `${seconds(limitMs)}, ${share === undefined ? fixed : `${share} of ${total}`}`,
    longerHelps: share !== undefined,
  };
}

/** Of a request that others have limits for, too: less means that there was not much time left. */
const usualLimitMs = 10_000;

/** How the limits of one request are taken from the time for all of them. */
const shares = [
  [1, 'all'],
  [2, 'half'],
  [3, 'a third'],
] as const;
