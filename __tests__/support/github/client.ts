import assert from 'node:assert/strict';
import type { TestContext } from 'node:test';
import { type GitHub, type GitHubOptions, startGitHub } from './server.ts';

// What the look-alike's own tests share: a small world, and a client that says all that came back.

/** A token that may write contents everywhere. */
export const WRITER = 'ghs_writer';
export const FILE = '/repos/acme/deploy/contents/x.json';
export const GIT = '/repos/acme/deploy/git';

export interface Reply {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  /** A member of the JSON, by names and numbers with dots between. */
  get(path: string): unknown;
}

export interface SendOptions {
  readonly token?: string | null;
  readonly headers?: Readonly<Record<string, string>>;
}

export type Send = (
  method: string,
  path: string,
  body?: unknown,
  options?: SendOptions,
) => Promise<Reply>;

/** Two repositories, and a client that is the writer unless told otherwise. */
export async function world(
  t: TestContext,
  options: GitHubOptions = {},
): Promise<{ readonly github: GitHub; readonly send: Send }> {
  const github = await startGitHub({
    repositories: {
      'acme/deploy': { branches: { main: { 'src/a.txt': 'a' }, tokens: { 'x.json': '{}' } } },
      'acme/empty': {},
    },
    tokens: { [WRITER]: { contents: 'write' } },
    ...options,
  });
  t.after(() => github.close());
  const send: Send = async (method, path, body, { token = WRITER, headers = {} } = {}) => {
    const response = await fetch(github.url + path, {
      method,
      redirect: 'manual',
      headers: {
        'user-agent': 'test',
        ...(token === null ? {} : { authorization: `Bearer ${token}` }),
        ...headers,
      },
      ...(body === undefined
        ? {}
        : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
    });
    const text = await response.text();
    return {
      status: response.status,
      headers: response.headers,
      text,
      get: (member) => lookUp(text, member),
    };
  };
  return { github, send };
}

function lookUp(text: string, member: string): unknown {
  let value: unknown = JSON.parse(text);
  for (const name of member.split('.')) {
    value = Object.entries(Object(value)).find(([key]) => key === name)?.[1];
  }
  return value;
}

/** What a `PUT` of a file sends. */
export function change(content: string, rest: Readonly<Record<string, unknown>> = {}) {
  const encoded = Buffer.from(content).toString('base64');
  return { message: 'Change', content: encoded, branch: 'tokens', ...rest };
}

/** That GitHub answered with an error of this status and text. */
export async function says(
  reply: Promise<Reply>,
  status: number,
  message: string | RegExp,
): Promise<void> {
  const { status: actual, get, text } = await reply;
  assert.equal(actual, status, text);
  const said = String(get('message'));
  if (typeof message === 'string') assert.equal(said, message);
  else assert.match(said, message);
  assert.equal(get('status'), String(status));
}
