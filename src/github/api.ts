import type { Deadline } from '../http/deadline.ts';
import { isJsonObject, type JsonObject, parseJsonObject } from '../http/json.ts';
import { sendRepeatedly } from '../http/repeat.ts';
import { type HttpAnswer, type HttpRequest, RequestFailure, type Send } from '../http/send.ts';

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
  /** From 0 to 1, for the jitter of pauses. */
  readonly random: () => number;
}

/** An answer of the REST API that its caller knows how to read. */
export interface GitHubAnswer {
  readonly status: number;
  /** An empty object where the body is none. */
  readonly body: JsonObject;
  /** GitHub's own clock, from the `Date` header. */
  readonly date: Date | undefined;
}

/** The API refused, or could not be reached. `status` is 0 where there was no answer. */
export class GitHubError extends Error {
  readonly status: number;

  constructor(status: number, message: string, cause?: unknown) {
    super(message, { cause });
    this.name = 'GitHubError';
    this.status = status;
  }
}

/**
 * Sends one request, again where that can help, under the deadline: what was done by one whose
 * answer was lost has to show when it is repeated.
 *
 * @param path below the API's address, with every part URL-encoded
 * @param expected the statuses that its caller knows how to read
 * @param retries how often it is sent again, at most; default: 5
 * @throws GitHubError for every other status, and where there is no answer
 */
export type CallGitHub = (
  method: HttpRequest['method'],
  path: string,
  expected: readonly number[],
  deadline: Deadline,
  body?: JsonObject,
  retries?: number,
) => Promise<GitHubAnswer>;

const answerMs = 10_000;

/** A client for GitHub's REST API. */
export function gitHubClient(tools: GitHubTools): CallGitHub {
  const { send, token, apiUrl, clean, retrying, random } = tools;
  return async (method, path, expected, deadline, body, retries = 5) => {
    const request: HttpRequest = {
      method,
      url: new URL(apiUrl.replace(/\/+$/, '') + path),
      headers: {
        accept: 'application/vnd.github+json',
        authorization: `Bearer ${token}`,
        'x-github-api-version': '2022-11-28',
        ...(body && { 'content-type': 'application/json' }),
      },
      ...(body && { body: JSON.stringify(body) }),
    };
    try {
      const how = { send, deadline, retries, answerMs, random, retrying };
      const answer = await sendRepeatedly(request, how);
      if (expected.includes(answer.status)) {
        return read(answer);
      }
      const message = clean(parseJsonObject(answer.body)?.['message'] ?? 'no message');
      throw new GitHubError(
        answer.status,
        `GitHub answered ${method} with HTTP ${answer.status}: “${message}”.`,
      );
    } catch (error) {
      if (error instanceof RequestFailure) {
        throw new GitHubError(0, `GitHub's API gave no answer: ${clean(error.message)}.`, error);
      }
      throw error;
    }
  };
}

function read(answer: HttpAnswer): GitHubAnswer {
  const body: unknown = parseJsonObject(answer.body);
  const date = new Date(answer.headers.date ?? '');
  return {
    status: answer.status,
    body: isJsonObject(body) ? body : {},
    date: Number.isNaN(date.getTime()) ? undefined : date,
  };
}
