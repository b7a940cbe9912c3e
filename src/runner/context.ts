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
  /** `https://github.com`, or a GitHub Enterprise Server. */
  readonly serverUrl: string;
  /** The page of this run. */
  readonly runUrl: string;
  /** Whether an expression can name this step's outputs. */
  readonly outputsCanBeRead: boolean;
  /** Whether this step is part of a composite action. */
  readonly isWithinComposite: boolean;
  /** Where this version of the action has its documents: a folder's address, without a slash. */
  readonly documents: string;
  /** The package of the command that signs in, of this version where it is a release, else the latest. */
  readonly signInTarball: string;
}

/** Reads what the runner says about the run. */
export function readContext(env: Environment): RunContext {
  const repository = env['GITHUB_REPOSITORY'] ?? '';
  const serverUrl = env['GITHUB_SERVER_URL'] ?? 'https://github.com';
  const step = env['GITHUB_ACTION'] ?? '';
  const run = `${serverUrl}/${repository}/actions/runs/${env['GITHUB_RUN_ID'] ?? '0'}`;
  return {
    repository,
    refs: [env['GITHUB_REF_NAME'], env['GITHUB_HEAD_REF']].filter((name) => name !== undefined),
    eventName: env['GITHUB_EVENT_NAME'] ?? '',
    actor: env['GITHUB_ACTOR'] ?? '',
    workspace: env['GITHUB_WORKSPACE'] ?? '.',
    runnerEnvironment: env['RUNNER_ENVIRONMENT'] ?? '',
    apiUrl: env['GITHUB_API_URL'] ?? 'https://api.github.com',
    serverUrl,
    runUrl: `${run}/attempts/${env['GITHUB_RUN_ATTEMPT'] ?? '1'}`,
    // Most runs need neither.
    get documents() {
      const { action, ref } = actionOf(env);
      return `https://github.com/${action}/blob/${ref}/docs`;
    },
    get signInTarball() {
      const { action, ref } = actionOf(env);
      return signInTarball(action, ref);
    },
    // A step without an id is named `__owner_action`; no expression can name that. Within a composite
    // action the name is that of the action's own step (actions/runner, CompositeActionHandler.cs), and
    // says nothing about this one.
    outputsCanBeRead: !step.startsWith('__') || Boolean(env['GITHUB_ACTION_PATH']),
    isWithinComposite: Boolean(env['GITHUB_ACTION_PATH']),
  };
}

/** The action's repository and the ref that the workflow uses, as the runner names them; `uses: ./` names none. */
function actionOf(env: Environment): { readonly action: string; readonly ref: string } {
  const { GITHUB_ACTION_REPOSITORY: action = '', GITHUB_ACTION_REF: ref = '' } = env;
  return /^[\w.-]+\/[\w.-]+$/.test(action) && /^[\w./-]+$/.test(ref)
    ? { action, ref }
    : { action: 'OWNER/refresh-salesforce-token', ref: 'v1' };
}

function signInTarball(action: string, ref: string): string {
  const release = /^v\d+\.\d+\.\d+$/.test(ref) ? `download/${ref}` : 'latest/download';
  return `https://github.com/${action}/releases/${release}/sign-in.tgz`;
}
