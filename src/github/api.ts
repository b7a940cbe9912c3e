import type { Deadline } from '../http/deadline.ts';
import { RequestFailure } from '../http/failure.ts';
import { memberOf, parseJson } from '../http/json.ts';
import { parseRetryAfter } from '../http/pauses.ts';
import { sendRepeatedly } from '../http/repeat.ts';
import type { HttpAnswer, HttpRequest, Send } from '../http/send.ts';
import type { Debug } from '../http/trace.ts';

/** Collaborators of the client. */
export interface GitHubTools {
  readonly send: Send;
  readonly token: string;
  /** `GITHUB_API_URL`: the runner's own, so trusted as it is; on GitHub Enterprise Server another one. */
  readonly apiUrl: string;
  /** Cleans remote text for printing. */
  readonly clean: (remote: unknown) => string;
  /** Tells the user about a retry: one line. */
  readonly retrying: (line: string) => void;
  readonly debug: Debug;
  /** From 0 to 1. */
  readonly random: () => number;
}

/** One request to GitHub's REST API. */
export interface GitHubRequest {
  readonly method: 'GET' | 'POST' | 'PUT';
  /** Below the API's address, every part of it URL-encoded. */
  readonly path: string;
  readonly body?: Readonly<Record<string, unknown>>;
  /** The entity tag of the answer that is known already; GitHub then says 304 where nothing changed. */
  readonly knownTag?: string;
}

/** An answer, whatever its status. */
export interface GitHubAnswer {
  readonly status: number;
  /** Parsed JSON; undefined where the body is none. */
  readonly body: unknown;
  /** GitHub's words on an error, cleaned for printing; empty where there are none. */
  readonly message: string;
  readonly tag: string | undefined;
  /** GitHub's own clock, whole seconds. */
  readonly date: Date | undefined;
  /** Turned away for asking too often, not for good. */
  readonly limited: boolean;
  /** What GitHub asks to wait, in milliseconds from now. */
  readonly waitMs: number;
  /** How many requests the hour still has, and when it ends. */
  readonly left: { readonly requests: number; readonly reset: Date } | undefined;
}

/**
 * Sends one request under the deadline.
 *
 * @param retries how often it is sent again, at most, where no answer came or one that passes (5xx,
 *   limits); only for requests that may be done twice
 * @throws RequestFailure where there is no answer
 */
export type AskGitHub = (
  request: GitHubRequest,
  deadline: Deadline,
  retries: number,
) => Promise<GitHubAnswer>;

/** Longest wait for one answer, in milliseconds. */
const answerMs = 10_000;

/** A client for GitHub's REST API. */
export function gitHubClient(tools: GitHubTools): AskGitHub {
  const { send, token, apiUrl, clean, retrying, debug, random } = tools;
  return async ({ method, path, body, knownTag }, deadline, retries) => {
    const request: HttpRequest = {
      method,
      url: new URL(apiUrl.replace(/\/+$/, '') + path),
      headers: {
        accept: 'application/vnd.github+json',
        authorization: `Bearer ${token}`,
        'x-github-api-version': '2022-11-28',
        ...(knownTag !== undefined && { 'if-none-match': knownTag }),
        ...(body && { 'content-type': 'application/json' }),
      },
      ...(body && { body: JSON.stringify(body) }),
    };
    const how = { send, deadline, retries, answerMs, random, retrying, debug };
    return readAnswer(await sendRepeatedly(request, how), clean);
  };
}

/** Whether nobody knows if the request was carried out: no answer, or one that a proxy may have given. */
export function isUnclear(outcome: GitHubAnswer | RequestFailure): boolean {
  return outcome instanceof RequestFailure || outcome.status >= 500 || outcome.status === 408;
}

function readAnswer(answer: HttpAnswer, clean: GitHubTools['clean']): GitHubAnswer {
  const { status, headers } = answer;
  const body = parseJson(answer.body);
  const message = wordsOf(body);
  const date = new Date(headers.date ?? '');
  const known = Number.isNaN(date.getTime()) ? undefined : date;
  const left = limitOf(headers['x-ratelimit-remaining'], headers['x-ratelimit-reset']);
  const asked = parseRetryAfter(headers['retry-after'], headers.date);
  const usedUp = left?.requests === 0;
  const untilReset = usedUp ? left.reset.getTime() - (known ?? new Date()).getTime() : 0;
  return {
    status,
    body,
    message: message === '' ? '' : clean(message),
    tag: headers.etag,
    date: known,
    limited:
      status === 429 ||
      (status === 403 && (asked !== undefined || usedUp || /rate limit/i.test(message))),
    waitMs: asked ?? Math.max(0, untilReset),
    left,
  };
}

/** `message`, and what `errors` adds to it: rulesets say there which rule it was. */
function wordsOf(body: unknown): string {
  const errors = memberOf(body, 'errors');
  const more: unknown[] = Array.isArray(errors) ? errors : [];
  return [memberOf(body, 'message'), ...more.map((error) => memberOf(error, 'message') ?? error)]
    .filter((text) => typeof text === 'string')
    .join(' ');
}

function limitOf(remaining: unknown, reset: unknown): GitHubAnswer['left'] {
  // More digits are no time that a Date can hold.
  const count = /^\d{1,10}$/;
  return typeof remaining === 'string' &&
    typeof reset === 'string' &&
    count.test(remaining) &&
    count.test(reset)
    ? { requests: Number(remaining), reset: new Date(Number(reset) * 1000) }
    : undefined;
}
