import { randomUUID } from 'node:crypto';
import { cleanRemoteText, secretForms } from '../../src/errors/text.ts';
import {
  type AskGitHub,
  type GitHubAnswer,
  type GitHubRequest,
  gitHubClient,
} from '../../src/github/api.ts';
import { type BranchFile, branchFile } from '../../src/github/branch-file.ts';
import { type Deadline, startDeadline } from '../../src/http/deadline.ts';
import { memberOf, parseJson } from '../../src/http/json.ts';
import { createSend } from '../../src/http/send.ts';

/** What is asked, and with what. */
export interface GitHubAccess {
  /** `owner/name` of a repository that nothing depends on. */
  readonly repository: string;
  readonly token: string;
  readonly apiUrl: string;
}

/** An answer to a request that the action never sends: to set up rules, and to clean up. */
export interface PlainAnswer {
  readonly status: number;
  readonly body: unknown;
  /** The status and GitHub's words, cleaned. */
  readonly said: string;
}

/** Longest time for everything that one experiment sends, milliseconds. */
const experimentMs = 60_000;

/** The repository under test: what the action sends is sent by the action's own code. */
export class RepositoryUnderTest {
  readonly access: GitHubAccess;
  /** Every branch that is made here begins so. */
  readonly prefix = `conformance-${randomUUID().slice(0, 8)}`;
  readonly #send = createSend();
  readonly #stop: AbortSignal;
  readonly #undo: { readonly what: string; readonly path: string }[] = [];

  /** @param stop ends what is under way when it aborts; cleaning up goes on */
  constructor(access: GitHubAccess, stop: AbortSignal) {
    this.access = access;
    this.#stop = stop;
  }

  /** A branch of this run, to be deleted at the end; it is not made by this. */
  branch(name: string): string {
    const branch = `${this.prefix}-${name}`;
    this.#undo.push({ what: `the branch ${branch}`, path: `/git/refs/heads/${branch}` });
    return branch;
  }

  /** A file on a branch, as the action sees it. It remembers what it saw: each call makes one that doesn't. */
  file(branch: string, file = `${this.prefix}.json`, token = this.access.token): BranchFile {
    return branchFile({ repository: this.access.repository, branch, file }, this.client(token));
  }

  client(token = this.access.token): AskGitHub {
    return gitHubClient({
      ...this.access,
      token,
      send: this.#send,
      clean: (text) => this.clean(text),
      retrying: () => {},
      debug: () => {},
      random: Math.random,
    });
  }

  /** One request below the repository, by the action's client, never sent again. */
  async ask(path: string, more: Partial<GitHubRequest> = {}): Promise<GitHubAnswer> {
    const whole = `/repos/${this.access.repository}${path}`;
    return await this.under((deadline) =>
      this.client()({ method: 'GET', path: whole, ...more }, deadline, 0),
    );
  }

  /** Does something with a time limit of its own. */
  async under<T>(work: (deadline: Deadline) => Promise<T>): Promise<T> {
    const deadline = startDeadline(experimentMs, this.#stop);
    try {
      return await work(deadline);
    } finally {
      deadline.release();
    }
  }

  /**
   * Sets something up that takes more rights than the action has.
   * @param undo what to delete afterwards, of the answer; the newest goes first
   */
  async setUp(
    method: 'POST' | 'PUT',
    path: string,
    body: object,
    what: string,
    undo: (body: unknown) => string,
  ): Promise<PlainAnswer> {
    const answer = await this.#plain(method, path, body);
    if (answer.status < 300) {
      this.#undo.push({ what, path: undo(answer.body) });
    }
    return answer;
  }

  /** Deletes all that was made. @returns what is still there */
  async cleanUp(): Promise<string[]> {
    const left: string[] = [];
    for (const { what, path } of this.#undo.splice(0).reverse()) {
      const gone = await this.#delete(path);
      if (gone !== undefined) {
        left.push(`${what} (${gone})`);
      }
    }
    return left;
  }

  /** Text from outside, fit to be printed in a table. */
  clean(text: unknown): string {
    return cleanRemoteText(text, secretForms([this.access.token])).replaceAll('|', '\\|');
  }

  /** @returns why it is not gone; undefined where it is */
  async #delete(path: string): Promise<string | undefined> {
    let said = '';
    for (let attempt = 0; attempt < 3; attempt++) {
      try {
        const answer = await this.#plain('DELETE', path);
        // A ref that was never made is "Reference does not exist", with 422.
        if (answer.status < 300 || answer.status === 404 || answer.status === 422) {
          return undefined;
        }
        said = answer.said;
      } catch (error) {
        said = this.clean(error instanceof Error ? error.message : error);
      }
    }
    return said;
  }

  async #plain(
    method: 'DELETE' | 'POST' | 'PUT',
    path: string,
    body?: object,
  ): Promise<PlainAnswer> {
    const { apiUrl, repository, token } = this.access;
    const url = new URL(`${apiUrl.replace(/\/+$/, '')}/repos/${repository}${path}`);
    const headers = {
      accept: 'application/vnd.github+json',
      authorization: `Bearer ${token}`,
      'x-github-api-version': '2022-11-28',
      ...(body && { 'content-type': 'application/json' }),
    };
    const answer = await this.#send(
      { method, url, headers, ...(body && { body: JSON.stringify(body) }) },
      { connectMs: 20_000, answerMs: 20_000, signal: AbortSignal.timeout(experimentMs) },
    );
    const parsed = parseJson(answer.body);
    const message = memberOf(parsed, 'message');
    const words = typeof message === 'string' ? `: ${this.clean(message)}` : '';
    return { status: answer.status, body: parsed, said: `HTTP ${answer.status}${words}` };
  }
}
