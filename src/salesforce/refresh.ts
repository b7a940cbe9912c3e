import { ActionError } from '../errors/action-error.ts';
import { nothingSent, ownErrors, ownRetry, rerunUncertain } from '../errors/catalogue.ts';
import type { Deadline } from '../http/deadline.ts';
import { RequestFailure } from '../http/failure.ts';
import type { JsonObject } from '../http/json.ts';
import { longestPauseMs, nextPauseMs } from '../http/pauses.ts';
import type { HttpRequest, Send } from '../http/send.ts';
import type { Debug } from '../http/trace.ts';
import type { AllowedHosts } from './allowed-hosts.ts';
import {
  type Attempt,
  type Clean,
  type FailedAttempt,
  judgeAnswer,
  judgeFailure,
  type RetryClass,
} from './attempt.ts';
import { ruleFor } from './hosts.ts';
import { followRedirect } from './redirect.ts';
import { decideRetry, type RetryPolicy } from './retry.ts';

/** What is sent: the credential, and where it goes. */
export interface RefreshRequest {
  /** The token endpoint; its host was checked. */
  readonly endpoint: URL;
  readonly refreshToken: string;
  readonly clientId: string;
  readonly clientSecret?: string;
  /** How long to wait for the answer, in milliseconds, once the run was cancelled. */
  readonly graceMs: number;
  /** Whether it may still be sent: asked as the last thing before it goes out. */
  readonly mayLeave?: () => boolean;
}

/** Collaborators of {@link refresh}. */
export interface RefreshTools {
  readonly send: Send;
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

/** Others wait while an answer is awaited that nobody may ask for twice, in milliseconds. */
const longestAnswerMs = 90_000;

/**
 * The refresh (RFC 6749, section 6): one POST, repeated only where that is safe, redirected at most
 * once, all under one deadline.
 *
 * @returns the body of the token response, not judged yet
 * @throws Withheld where `mayLeave` said no: nothing was sent, or all of it turned away
 * @throws ActionError with the last failure; with `mayBeSpent` where the app rotates and the
 *   request may have been processed
 */
export async function refresh(
  request: RefreshRequest,
  policy: RetryPolicy,
  allowed: AllowedHosts,
  tools: RefreshTools,
): Promise<JsonObject> {
  const failures: Partial<Record<RetryClass, number>> = {};
  let endpoint = request.endpoint;
  let redirected = false;
  let retries = 0;
  let pauseMs = 0;
  let uncertain: Uncertain | undefined;
  for (;;) {
    const attempt = await attemptRefresh({ ...request, endpoint }, policy, tools);
    if (attempt.kind === 'token') {
      return attempt.body;
    }
    if (attempt.kind === 'redirect') {
      endpoint = followRedirect(attempt.location, endpoint, redirected, allowed, tools.clean);
      const { host, hostname } = endpoint;
      tools.debug(() => `The redirect to ${host} is followed: ${ruleFor(hostname, allowed)}`);
      redirected = true;
      tools.announce(
        `${request.endpoint.host} redirects to ${endpoint.host}: following. Set \`login-url\` to that host to save the way.`,
      );
      continue;
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
    if (waitMs >= tools.deadline.remainingMs()) {
      throw outOfTime(withRerun(attempt, policy, uncertain), waitMs, tools.deadline, retries);
    }
    retries += 1;
    const limit = attempt.retry === 'in_flight' ? '' : ` of ${policy.retries}`;
    tools.retrying(
      `Retry ${retries}${limit} in ${(waitMs / 1000).toFixed(1)} s, because: ${attempt.error.message}`,
    );
    await tools.deadline.pause(waitMs);
  }
}

async function attemptRefresh(
  request: RefreshRequest,
  policy: RetryPolicy,
  { send, deadline, clean }: RefreshTools,
): Promise<Attempt> {
  const host = request.endpoint.host;
  try {
    const answer = await send(tokenRequest(request), {
      connectMs: Math.min(10_000, deadline.totalMs / 3),
      // A silent server gets a second chance in the same deadline, where a second sending is safe.
      answerMs: policy.rotates
        ? Math.min(longestAnswerMs, deadline.totalMs)
        : policy.retries === 0
          ? deadline.totalMs
          : deadline.totalMs / 2,
      signal: deadline.signal,
      graceMs: request.graceMs,
    });
    return judgeAnswer(answer, host, clean);
  } catch (error) {
    if (error instanceof RequestFailure) {
      return judgeFailure(error, host, deadline.totalMs, clean);
    }
    throw error;
  }
}

/** The form of RFC 6749, section 6. No `scope`: Salesforce refuses it. No empty `client_secret` either. */
function tokenRequest(request: RefreshRequest): HttpRequest {
  return {
    method: 'POST',
    url: request.endpoint,
    fresh: true,
    ...(request.mayLeave && { mayLeave: request.mayLeave }),
    headers: {
      accept: 'application/json',
      'content-type': 'application/x-www-form-urlencoded',
    },
    body: new URLSearchParams({
      grant_type: 'refresh_token',
      refresh_token: request.refreshToken,
      client_id: request.clientId,
      ...(request.clientSecret !== undefined && { client_secret: request.clientSecret }),
    }).toString(),
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
        fix: `${ownErrors.answer_lost.fix} If the same happens again: ${error.fix}`,
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
