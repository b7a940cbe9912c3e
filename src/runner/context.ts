import { readFileSync } from 'node:fs';
import { memberOf, parseJsonObject } from '../http/json.ts';

/** The environment of the process, as Node has it. */
export type Environment = Readonly<Record<string, string | undefined>>;

/** What the runner says about the run; never secret. */
export interface RunContext {
  /** `owner/name`, or empty. */
  readonly repository: string;
  /** The names of the branches or tags that this run is about. */
  readonly refs: readonly string[];
  readonly eventName: string;
  readonly actor: string;
  /** The folder that the workflow works in. */
  readonly workspace: string;
  /** `github-hosted` or `self-hosted`. */
  readonly runnerEnvironment: string;
  readonly apiUrl: string;
  /** The page of this run. */
  readonly runUrl: string;
  /** Whether an expression can name this step's outputs. */
  readonly outputsCanBeRead: boolean;
  /** Where this version of the action has its documents: a folder's address, without a slash. */
  readonly documents: string;
}

/** Reads what the runner says about the run. */
export function readContext(env: Environment): RunContext {
  const repository = env['GITHUB_REPOSITORY'] ?? '';
  const server = env['GITHUB_SERVER_URL'] ?? 'https://github.com';
  const step = env['GITHUB_ACTION'] ?? '';
  const run = `${server}/${repository}/actions/runs/${env['GITHUB_RUN_ID'] ?? '0'}`;
  return {
    repository,
    refs: [env['GITHUB_REF_NAME'], env['GITHUB_HEAD_REF']].filter((name) => name !== undefined),
    eventName: env['GITHUB_EVENT_NAME'] ?? '',
    actor: env['GITHUB_ACTOR'] ?? '',
    workspace: env['GITHUB_WORKSPACE'] ?? '.',
    runnerEnvironment: env['RUNNER_ENVIRONMENT'] ?? '',
    apiUrl: env['GITHUB_API_URL'] ?? 'https://api.github.com',
    runUrl: `${run}/attempts/${env['GITHUB_RUN_ATTEMPT'] ?? '1'}`,
    documents: `https://github.com/${action(env)}/docs`,
    // A step without an id is named `__owner_action`; no expression can name that. Within a composite
    // action the name is that of the action's own step (actions/runner, CompositeActionHandler.cs), and
    // says nothing about this one.
    outputsCanBeRead: !step.startsWith('__') || Boolean(env['GITHUB_ACTION_PATH']),
  };
}

/**
 * The default branch of the workflow's repository, by the payload of the event (GITHUB_EVENT_PATH).
 * @returns undefined where the payload does not name it
 */
export function defaultBranchOf(env: Environment): string | undefined {
  try {
    const event = parseJsonObject(readFileSync(env['GITHUB_EVENT_PATH'] ?? '', 'utf8'));
    const name = memberOf(memberOf(event, 'repository'), 'default_branch');
    return typeof name === 'string' ? name : undefined;
  } catch {
    return undefined;
  }
}

/** `owner/name/blob/ref` of this action, as the workflow names it; `uses: ./` names none. */
function action(env: Environment): string {
  const { GITHUB_ACTION_REPOSITORY: repository = '', GITHUB_ACTION_REF: ref = '' } = env;
  return /^[\w.-]+\/[\w.-]+$/.test(repository) && /^[\w./-]+$/.test(ref)
    ? `${repository}/blob/${ref}`
    : 'OWNER/refresh-salesforce-token/blob/v1';
}
