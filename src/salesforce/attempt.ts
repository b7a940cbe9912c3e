import { ActionError } from '../errors/action-error.ts';
import { explainStatus } from '../errors/http-status.ts';
import { type Refusal, type RefusalRetry, refusals, unknownRefusal } from '../errors/refusals.ts';
import type { RequestFailure } from '../http/failure.ts';
import { type JsonObject, parseJsonObject } from '../http/json.ts';
import { explainNoAnswer, failureCodes } from '../http/no-answer.ts';
import { parseRetryAfter } from '../http/pauses.ts';
import type { HttpAnswer } from '../http/send.ts';
import { noUsableToken, succeeded, tokensIn } from './token-response.ts';

/**
 * How far a failed request got, which decides whether it may be sent again:
 * - `never`: a definite answer.
 * - `unsent`: not a byte left this machine.
 * - `in_flight`: Salesforce is processing another request with the same token.
 * - `busy`: turned away unprocessed, for sure; passes.
 * - `unknown_fate`: an answer that leaves open whether the request was processed; passes.
 * - `setting_up`: the same, but often for good (deleted scratch orgs).
 * - `unreadable`: a complete answer that says nothing certain: it may have been a token, or something
 *   on the way may have put it in the place of one. Does not pass.
 * - `lost`: no complete answer, and the request may have been processed.
 */
export type RetryClass = RefusalRetry | 'unsent' | 'busy' | 'setting_up' | 'unreadable' | 'lost';

/** A failed attempt: the error to end with if it was the last one. */
export interface FailedAttempt {
  readonly kind: 'failed';
  readonly error: ActionError;
  readonly retry: RetryClass;
  /** What the server asked for with `Retry-After`, in milliseconds from now. */
  readonly retryAfterMs?: number;
}

/** What an answer without a token comes to. */
export type Refused = { readonly kind: 'redirect'; readonly location: string } | FailedAttempt;

/** What one attempt at the token endpoint came to. */
export type Attempt = { readonly kind: 'token'; readonly body: JsonObject } | Refused;

/** Cleans remote text for printing: see `cleanRemoteText`. */
export type Clean = (remote: unknown) => string;

/** What Salesforce was asked for, and what its refusals mean. */
export interface Asked {
  /** For messages: `refused the refresh`. */
  readonly name: string;
  /** The special before the general. */
  readonly refusals: readonly Refusal[];
}

const theRefresh: Asked = { name: 'the refresh', refusals };

const redirects: ReadonlySet<number> = new Set([301, 302, 303, 307, 308]);

/** Judges a complete answer of the token endpoint at `host`. */
export function judgeAnswer(
  answer: HttpAnswer,
  host: string,
  clean: Clean,
  asked = theRefresh,
): Attempt {
  const body = tokensIn(answer);
  return body === undefined ? judgeRefusal(answer, host, clean, asked) : { kind: 'token', body };
}

/** Judges a complete answer of the token endpoint at `host` that holds no usable token. */
export function judgeRefusal(
  answer: HttpAnswer,
  host: string,
  clean: Clean,
  asked = theRefresh,
): Refused {
  const { status } = answer;
  if (redirects.has(status)) {
    return { kind: 'redirect', location: answer.headers.location ?? '' };
  }
  const body = parseJsonObject(answer.body);
  if (isText(body?.['error']) || isText(body?.['error_description'])) {
    return refusal(body ?? {}, answer, asked, clean);
  }
  if (succeeded(status) && body !== undefined) {
    return failed(answer, noUsableToken(body), 'unreadable');
  }
  if (status !== 200) {
    return failed(answer, statusError(answer, host), classOfStatus(answer));
  }
  const error = ActionError.own(
    'response_invalid',
    `${host} answered with ${nature(answer.body)} instead of a token response.`,
  );
  return failed(answer, error, 'unreadable');
}

function isText(value: unknown): value is string {
  return typeof value === 'string' && value.trim() !== '';
}

/**
 * Judges a request that got no complete answer.
 * @param totalMs what the limits were taken from: `timeout-seconds`, in milliseconds
 */
export function judgeFailure(
  failure: RequestFailure,
  host: string,
  totalMs: number | undefined,
  clean: Clean,
): FailedAttempt {
  const { what, ...advice } = explainNoAnswer(failure, { service: 'login', host, totalMs, clean });
  const error = ActionError.own(failureCodes[failure.kind], what, { ...advice, cause: failure });
  const lost = failure.sent ? 'lost' : 'unsent';
  const retry = {
    tls: 'never',
    oversized: 'unreadable',
    ended: lost,
    timeout: lost,
    network: lost,
  } as const;
  return { kind: 'failed', error, retry: retry[failure.kind] };
}

function failed(answer: HttpAnswer, error: ActionError, retry: RetryClass): FailedAttempt {
  const retryAfterMs = askedToWaitMs(answer);
  return { kind: 'failed', error, retry, ...(retryAfterMs !== undefined && { retryAfterMs }) };
}

function askedToWaitMs({ headers }: HttpAnswer): number | undefined {
  return parseRetryAfter(headers['retry-after'], headers.date);
}

/** An OAuth error answer (RFC 6749, 5.2), explained by the catalogue. */
function refusal(body: JsonObject, answer: HttpAnswer, asked: Asked, clean: Clean): FailedAttempt {
  const { error, known, hasCode } = explainRefusal(body, answer.status, asked, clean);
  return failed(answer, error, classOfRefusal(known?.retry, hasCode, answer));
}

/**
 * An error of OAuth's, `{error, error_description}`, explained by the catalogue.
 * @param status of the answer that it came in; 0 where it came through the browser
 */
export function explainRefusal(
  said: JsonObject,
  status: number,
  asked: Asked,
  clean: Clean,
): { readonly error: ActionError; readonly known: Refusal | undefined; readonly hasCode: boolean } {
  const error = clean(isText(said['error']) ? said['error'] : '');
  const description = clean(said['error_description'] ?? '');
  const text = `${plain(error)}: ${plain(description)}`;
  const known = asked.refusals.find((row) => row.matches.test(text));
  // The code is for `if:` conditions; what is no plain word can't be compared there.
  const code = /^[\w .-]+$/.test(error) ? error : `http_${status}`;
  const words = [error, description].filter((part) => part !== '').join(': ');
  const http = status === 0 ? '' : ` (HTTP ${status})`;
  const what = `Salesforce refused ${asked.name}${http}: “${words}”.`;
  return {
    error: new ActionError(code, what, known ?? unknownRefusal),
    known,
    hasCode: error !== '',
  };
}

function classOfRefusal(
  known: RefusalRetry | undefined,
  hasCode: boolean,
  answer: HttpAnswer,
): RetryClass {
  if (known === 'never' || known === 'in_flight') {
    return known;
  }
  const { status } = answer;
  if (known === 'unknown_fate') {
    // Salesforce gives these with 400 as well.
    const byStatus = classOfStatus(answer);
    return byStatus === 'unreadable' ? known : byStatus;
  }
  // A code that nobody knows is OAuth's where it comes as OAuth's do (RFC 6749, 5.2); with another
  // status it may be from something on the way.
  const isOAuths = hasCode && (succeeded(status) || status === 400 || status === 401);
  return isOAuths ? 'never' : classOfStatus(answer);
}

/** For comparing: capitals vary, and a trailing period comes and goes. */
function plain(text: string): string {
  return text.toLowerCase().trim().replace(/\.$/, '');
}

function statusError(answer: HttpAnswer, host: string): ActionError {
  return new ActionError(
    `http_${answer.status}`,
    `${host} answered with HTTP ${answer.status} and ${nature(answer.body)} instead of a token response.`,
    explainStatus(answer.status),
  );
}

function classOfStatus(answer: HttpAnswer): RetryClass {
  const { status } = answer;
  // An edge answers 503 also when the server behind it died after the request was forwarded; only
  // who says when to come again has turned it away.
  if (status === 429 || (status === 503 && askedToWaitMs(answer) !== undefined)) {
    return 'busy';
  }
  if (status === 420 || status === 406) {
    return 'setting_up';
  }
  // 408 and every 5xx: what answers so may stand behind the server that did the work.
  if (status >= 500 || status === 408) {
    return 'unknown_fate';
  }
  return 'unreadable';
}

function isHtml(body: string): boolean {
  return /^\s*(<!doctype html|<html|<head|<\?xml|<!--)/i.test(body);
}

/** Says what a body is without repeating any of it: it may be a token response with a flaw. */
function nature(body: string): string {
  if (body.trim() === '') {
    return 'an empty body';
  }
  if (isHtml(body)) {
    return 'an HTML page';
  }
  return parseJsonObject(body) === undefined ? 'text that is no JSON object' : 'a JSON object';
}
