import { ActionError } from '../errors/action-error.ts';
import { rerunUncertain } from '../errors/advice.ts';
import { nothingSent, ownErrors } from '../errors/catalogue.ts';
import { ownRetry } from '../errors/refusals.ts';
import type { Deadline } from '../http/deadline.ts';
import { RequestFailure } from '../http/failure.ts';
import { longestPauseMs, nextPauseMs } from '../http/pauses.ts';
import type { HttpAnswer } from '../http/send.ts';
import type { Debug } from '../http/trace.ts';
import type { AllowedHosts } from './allowed-hosts.ts';
import {
  type Clean,
  type FailedAttempt,
  judgeFailure,
  judgeRefusal,
  type RetryClass,
} from './attempt.ts';
import { ruleFor } from './hosts.ts';
import { followRedirect } from './redirect.ts';
import { decideRetry, type RetryPolicy } from './retry.ts';

/**
 * What becomes of a refresh after an attempt that brought no token: waits, where it may be sent again.
 * @param endpoint where it was sent
 * @returns where to send it now
 * @throws ActionError with the last failure; with `mayBeSpent` where the app rotates and the request may
 *   have been processed
 */
export type GoOn = (outcome: HttpAnswer | RequestFailure, endpoint: URL) => Promise<URL>;

/** Collaborators of {@link afterFailures}. */
export interface FailureTools {
  readonly deadline: Deadline;
  readonly clean: Clean;
  readonly debug: Debug;
  /** Tells the user about a redirect: one line. */
  readonly announce: (line: string) => void;
  /** Tells the user about a retry: one line. */
  readonly retrying: (line: string) => void;
  /** From 0 to 1, for the jitter of pauses. */
  readonly random: () => number;
}

/**
 * Remembers every attempt at one refresh, from the first that failed.
 * @param first the token endpoint that the user named
 */
export function afterFailures(
  first: URL,
  policy: RetryPolicy,
  allowed: AllowedHosts,
  tools: FailureTools,
): GoOn {
  const { deadline, clean } = tools;
  const failures: Partial<Record<RetryClass, number>> = {};
  let redirected = false;
  let retries = 0;
  let pauseMs = 0;
  let uncertain: Uncertain | undefined;
  return async (outcome, endpoint) => {
    const attempt =
      outcome instanceof RequestFailure
        ? judgeFailure(outcome, endpoint.host, deadline.totalMs, clean)
        : judgeRefusal(outcome, endpoint.host, clean);
    if (attempt.kind === 'redirect') {
      const target = followRedirect(attempt.location, endpoint, redirected, allowed, clean);
      const { host, hostname } = target;
      tools.debug(() => `The redirect to ${host} is followed: ${ruleFor(hostname, allowed)}`);
      redirected = true;
      tools.announce(
        `${first.host} redirects to ${host}: following. Set \`login-url\` to that host to save the way.`,
      );
      return target;
    }
    failures[attempt.retry] = (failures[attempt.retry] ?? 0) + 1;
    const decision = decideRetry(attempt.retry, policy, { retries, failures });
    tools.debug(
      () =>
        `A failure of the class ${attempt.retry}, retry ${retries} of ${policy.retries}, the app ${policy.rotates ? 'rotates' : 'does not rotate'}: ${decision}`,
    );
    if (decision !== 'again') {
      const last = withRerun(withOwnRetry(attempt, uncertain), policy, uncertain);
      throw lastError(last, decision === 'answer_lost', retries);
    }
    if (mayBeProcessed.has(attempt.retry)) {
      uncertain ??= { number: retries + 1, error: attempt.error };
    }
    const ownMs = nextPauseMs(retries, pauseMs, tools.random());
    const waitMs = Math.max(ownMs, attempt.retryAfterMs ?? 0);
    // A long `Retry-After` must not hold up all that follows.
    pauseMs = Math.min(longestPauseMs, waitMs);
    if (waitMs >= deadline.remainingMs()) {
      throw outOfTime(withRerun(attempt, policy, uncertain), waitMs, deadline, retries);
    }
    retries += 1;
    const limit = attempt.retry === 'in_flight' ? '' : ` of ${policy.retries}`;
    tools.retrying(
      `Retry ${retries}${limit} in ${(waitMs / 1000).toFixed(1)} s, because: ${attempt.error.message}`,
    );
    await deadline.pause(waitMs);
    return endpoint;
  };
}

/** The first attempt that Salesforce may have processed without a usable answer. */
interface Uncertain {
  readonly number: number;
  readonly error: ActionError;
}

const mayBeProcessed: ReadonlySet<RetryClass> = new Set(['unknown_fate', 'setting_up', 'lost']);

/** Where the token may be dead because this step itself sent it again, that is what to say. */
function withOwnRetry(attempt: FailedAttempt, uncertain: Uncertain | undefined): FailedAttempt {
  const { error } = attempt;
  return uncertain === undefined || !error.unexplained
    ? attempt
    : {
        ...attempt,
        error: error.with({
          what: `${error.message} Before that, the answer to attempt ${uncertain.number} was lost: ${uncertain.error.message}`,
          unexplained: false,
          ...ownRetry,
        }),
      };
}

/** Says whether the job may be run again, where that was the advice and it is known. */
function withRerun(
  attempt: FailedAttempt,
  { rotates }: RetryPolicy,
  uncertain: Uncertain | undefined,
): FailedAttempt {
  const { error, retry } = attempt;
  const sure = retry === 'unsent' && uncertain === undefined;
  const unsure = retry !== 'never' && (mayBeProcessed.has(retry) || uncertain !== undefined);
  const more = sure ? nothingSent : unsure && !rotates ? rerunUncertain : '';
  const fix = error.fix.includes(more) ? error.fix : `${error.fix} ${more}`;
  return { ...attempt, error: error.with({ fix }) };
}

/** The failure to end with: as it was, or `answer_lost` around it. */
function lastError(attempt: FailedAttempt, answerLost: boolean, retries: number): ActionError {
  const { error } = attempt;
  const tries = retries === 0 ? '' : ` That was attempt ${retries + 1}, the last.`;
  if (!answerLost) {
    return error.with({ what: error.message + tries });
  }
  return ActionError.own(
    'answer_lost',
    `The answer to the refresh was lost at ${new Date().toISOString()}: ${error.message.replace(/^The /, 'the ')}${tries}`,
    {
      cause: error,
      mayBeSpent: true,
      // What stays so however often the job runs: a wrong host, a proxy.
      ...(attempt.retry === 'unreadable' && {
        fix: `${ownErrors().answer_lost.fix} If the same happens again: ${error.fix}`,
      }),
    },
  );
}

function outOfTime(
  attempt: FailedAttempt,
  waitMs: number,
  deadline: Deadline,
  retries: number,
): ActionError {
  const { error } = attempt;
  const limit = `\`timeout-seconds\` (${deadline.totalMs / 1000})`;
  const after = retries === 0 ? '' : ` after attempt ${retries + 1}`;
  const what = error.message.replace(/\.$/, '');
  const leaving = what.includes(limit) ? 'no time was left' : `${limit} left no time`;
  const asked =
    attempt.retryAfterMs === waitMs
      ? `. It asks to wait ${Math.ceil(waitMs / 1000)} s before the next attempt, longer than ${limit} leaves${after}`
      : `; ${leaving} for another attempt${after}`;
  return error.with({ what: `${what}${asked}.` });
}
