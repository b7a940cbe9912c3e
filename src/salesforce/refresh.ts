import { RequestFailure } from '../http/failure.ts';
import type { JsonObject } from '../http/json.ts';
import type { HttpAnswer, HttpRequest, Send } from '../http/send.ts';
import type { FailureTools, GoOn } from './after-failures.ts';
import type { AllowedHosts } from './allowed-hosts.ts';
import type { RetryPolicy } from './retry.ts';
import { tokensIn } from './token-response.ts';

/** What is sent: the credential, and where it goes. */
export interface RefreshRequest {
  /** The token endpoint; its host was checked. */
  readonly endpoint: URL;
  readonly refreshToken: string;
  readonly clientId: string;
  readonly clientSecret?: string;
  /** Whether no other request to that host follows a good answer. */
  readonly last: boolean;
  /** How long to wait for the answer, in milliseconds, once the run was cancelled. */
  readonly graceMs: number;
  /** Whether it may still be sent: asked as the last thing before it goes out. */
  readonly mayLeave?: () => boolean;
  /** The connection that was opened for it, if it is still good. */
  readonly opened?: HttpRequest['opened'];
}

/** Collaborators of {@link refresh}. */
export interface RefreshTools extends FailureTools {
  readonly send: Send;
}

/** Others wait while an answer is awaited that nobody may ask for twice, in milliseconds. */
const longestAnswerMs = 90_000;

/**
 * The refresh (RFC 6749, section 6): one POST, repeated only where that is safe, redirected at most
 * once, all under one deadline.
 *
 * @returns the body of the token response, not judged yet
 * @throws Withheld where `mayLeave` said no: nothing was sent, or all of it turned away
 * @throws ActionError with the last failure; `mayBeSpent` where the app rotates and it may have been processed
 */
export async function refresh(
  request: RefreshRequest,
  policy: RetryPolicy,
  allowed: AllowedHosts,
  tools: RefreshTools,
): Promise<JsonObject> {
  let endpoint = request.endpoint;
  let goOn: GoOn | undefined;
  for (;;) {
    const outcome = await attemptRefresh({ ...request, endpoint }, policy, tools);
    const body = outcome instanceof RequestFailure ? undefined : tokensIn(outcome);
    if (body !== undefined) {
      return body;
    }
    if (goOn === undefined) {
      // On demand: most answers are tokens.
      const { afterFailures } = await import('./after-failures.ts');
      goOn = afterFailures(request.endpoint, policy, allowed, tools);
    }
    endpoint = await goOn(outcome, endpoint);
  }
}

async function attemptRefresh(
  request: RefreshRequest,
  policy: RetryPolicy,
  { send, deadline }: RefreshTools,
): Promise<HttpAnswer | RequestFailure> {
  try {
    return await send(tokenRequest(request), {
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
  } catch (error) {
    if (error instanceof RequestFailure) {
      return error;
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
    last: request.last,
    ...(request.mayLeave && { mayLeave: request.mayLeave }),
    ...(request.opened && { opened: request.opened }),
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
