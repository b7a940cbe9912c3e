/** What the payload of the event says that started the run. */
import { readFileSync } from 'node:fs';
import { memberOf, parseJsonObject } from '../http/json.ts';
import type { Environment } from './context.ts';

/**
 * The default branch of the workflow's repository, by the payload of the event.
 * @returns undefined where the payload does not name it
 */
export function defaultBranchOf(env: Environment): string | undefined {
  const name = memberOf(memberOf(eventOf(env), 'repository'), 'default_branch');
  return typeof name === 'string' ? name : undefined;
}

/**
 * Whether this is the pull request of a fork, which gets no secrets, by the payload of the event.
 * @returns undefined where the payload does not tell
 */
export function isFromFork(env: Environment): boolean | undefined {
  // `pull_request_target` runs with the secrets of the base.
  if (!/^pull_request(_review(_comment)?)?$/.test(env['GITHUB_EVENT_NAME'] ?? '')) {
    return false;
  }
  const head = memberOf(memberOf(eventOf(env), 'pull_request'), 'head');
  const name = memberOf(memberOf(head, 'repo'), 'full_name');
  return typeof name === 'string' ? name !== env['GITHUB_REPOSITORY'] : undefined;
}

/** The payload of the event (GITHUB_EVENT_PATH); undefined where it cannot be read. */
function eventOf(env: Environment): unknown {
  try {
    return parseJsonObject(readFileSync(env['GITHUB_EVENT_PATH'] ?? '', 'utf8'));
  } catch {
    return undefined;
  }
}
