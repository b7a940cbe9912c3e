import { nobody } from '../nobody.ts';
import { readInputDefaults } from './action-yml.ts';

/** The inputs of a step, with the defaults that the runner fills in. */
export interface ResolvedInputs {
  readonly values: ReadonlyMap<string, string>;
  /** The names that `action.yml` declares; empty without one. */
  readonly declared: readonly string[];
  /** Names that it doesn't: handed over all the same, with a warning. */
  readonly unexpected: readonly string[];
}

/** Puts what stands under `with:` over the defaults; `undefined` is the same as left out. */
export function resolveInputs(
  actionYml: string | undefined,
  given: Readonly<Record<string, string | number | boolean | undefined>>,
): ResolvedInputs {
  const declared = actionYml === undefined ? new Map() : readInputDefaults(actionYml);
  const values = new Map<string, string>(declared);
  for (const [name, value] of Object.entries(given)) {
    if (value !== undefined) {
      values.set(name, String(value));
    }
  }
  const unexpected = [...values.keys()].filter((name) => declared.size > 0 && !declared.has(name));
  return { values, declared: [...declared.keys()], unexpected };
}

/** The runner's warning about inputs that the action doesn't declare. */
export function unexpectedInputs({ unexpected, declared }: ResolvedInputs): string {
  return `Unexpected input(s) '${unexpected.join("', '")}', valid inputs are ['${declared.join("', '")}']`;
}

/** The whole environment of the process: of this one, only what no process can do without. */
export function environment(
  inputs: ReadonlyMap<string, string>,
  state: Readonly<Record<string, string>>,
  more: Readonly<Record<string, string | undefined>>,
): Record<string, string> {
  const env: Record<string, string | undefined> = {
    PATH: process.env['PATH'],
    HOME: process.env['HOME'],
    SYSTEMROOT: process.env['SYSTEMROOT'],
    NODE_V8_COVERAGE: process.env['NODE_V8_COVERAGE'],
    ...runnerVariables,
  };
  for (const [name, value] of inputs) {
    env[`INPUT_${name.replaceAll(' ', '_').toUpperCase()}`] = value;
  }
  for (const [name, value] of Object.entries(state)) {
    env[`STATE_${name}`] = value;
  }
  const present: Record<string, string> = {};
  for (const [name, value] of Object.entries({ ...env, ...more })) {
    if (value !== undefined) {
      present[name] = value;
    }
  }
  return present;
}

const runnerVariables = {
  CI: 'true',
  GITHUB_ACTIONS: 'true',
  GITHUB_ACTION: 'salesforce',
  GITHUB_ACTOR: 'octocat',
  GITHUB_API_URL: 'https://api.github.com',
  GITHUB_EVENT_NAME: 'push',
  GITHUB_JOB: 'deploy',
  GITHUB_REF: 'refs/heads/main',
  GITHUB_REPOSITORY: 'octo/demo',
  GITHUB_REPOSITORY_OWNER: 'octo',
  GITHUB_RUN_ATTEMPT: '1',
  GITHUB_RUN_ID: '4815162342',
  GITHUB_RUN_NUMBER: '7',
  GITHUB_SERVER_URL: 'https://github.com',
  GITHUB_WORKFLOW: 'Deploy',
  RUNNER_ENVIRONMENT: 'github-hosted',
  RUNNER_OS: 'Linux',
  // Nothing listens there: what is not on loopback, or behind a test's own proxy, is out of reach.
  https_proxy: nobody,
};
