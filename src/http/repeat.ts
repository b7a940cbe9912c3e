import { describe } from '../errors/action-error.ts';
import type { Deadline } from './deadline.ts';
import { RequestFailure } from './failure.ts';
import { longestPauseMs, nextPauseMs, parseRetryAfter } from './pauses.ts';
import type { HttpAnswer, HttpRequest, Send } from './send.ts';
import type { Debug } from './trace.ts';

/** How a request that may be repeated without harm is repeated. */
export interface Repetition {
  readonly send: Send;
  readonly deadline: Deadline;
  /** How often it is sent again, at most. */
  readonly retries: number;
  /** Longest wait for one answer, in milliseconds. */
  readonly answerMs: number;
  /** From 0 to 1. */
  readonly random: () => number;
  /** Tells the user about a retry: one line. */
  readonly retrying: (line: string) => void;
  readonly debug: Debug;
}

/**
 * Sends a request that may be repeated without harm (it reads, or writes the same again), until an answer
 * comes that stays. For the refresh see `salesforce/refresh.ts`.
 *
 * @returns the last answer, whatever its status
 * @throws RequestFailure where the last attempt got no answer
 */
export async function sendRepeatedly(
  request: HttpRequest,
  { send, deadline, retries, answerMs, random, retrying, debug }: Repetition,
): Promise<HttpAnswer> {
  let pauseMs = 0;
  for (let retry = 0; ; retry++) {
    const outcome = await send(request, {
      connectMs: Math.min(10_000, deadline.totalMs / 3),
      answerMs: Math.min(answerMs, deadline.totalMs / 2),
      signal: deadline.signal,
    }).catch(asFailure);
    const ownMs = nextPauseMs(retry, pauseMs, random());
    const asked = outcome instanceof RequestFailure ? 0 : retryAfterMs(outcome);
    const waitMs = Math.max(ownMs, asked);
    // A long `Retry-After` must not hold up all that follows.
    pauseMs = Math.min(longestPauseMs, waitMs);
    const mayPass = passes(outcome);
    if (!mayPass || retry >= retries || waitMs >= deadline.remainingMs()) {
      if (mayPass) {
        debug(
          () =>
            `Not sent again: retry ${retry} of ${retries}, the next one in ${waitMs} ms, ${Math.round(deadline.remainingMs())} ms left`,
        );
      }
      if (outcome instanceof RequestFailure) {
        throw outcome;
      }
      return outcome;
    }
    const why = outcome instanceof RequestFailure ? describe(outcome) : `HTTP ${outcome.status}`;
    retrying(
      `Retry ${retry + 1} of ${retries} in ${(waitMs / 1000).toFixed(1)} s, because ${request.url.host} gave: ${why}`,
    );
    await deadline.pause(waitMs);
  }
}

function asFailure(error: unknown): RequestFailure {
  if (error instanceof RequestFailure) {
    return error;
  }
  throw error;
}

function retryAfterMs({ headers }: HttpAnswer): number {
  return parseRetryAfter(headers['retry-after'], headers.date) ?? 0;
}

/** What may be different the next time. GitHub's limits come as 403, and do not always say how long to wait. */
function passes(outcome: HttpAnswer | RequestFailure): boolean {
  if (outcome instanceof RequestFailure) {
    return outcome.kind === 'network' || outcome.kind === 'timeout';
  }
  const { status, headers, body } = outcome;
  const limited =
    headers['retry-after'] !== undefined ||
    headers['x-ratelimit-remaining'] === '0' ||
    /rate limit/i.test(body);
  return [408, 420, 429].includes(status) || status >= 500 || (status === 403 && limited);
}
