import { spawn, spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { text } from 'node:stream/consumers';
import type { TestContext } from 'node:test';
import { nobody } from './nobody.ts';

// What a green run here does not prove, because act is not GitHub's runner:
// - that masked values stay in the job: act lets them out (__tests__/runner/job-boundary.test.ts proves it
//   with the runner look-alike);
// - that base64 and other forms of a secret are masked: act masks values as they are (the look-alike
//   does what the runner's source says);
// - job environments and their secrets, `deployment: false`, concurrency groups, and what `permissions:`
//   make of the job's token: act ignores or refuses them. Only GitHub shows these: unproven here;
// - the shape of annotations and summaries on GitHub's pages: unproven here.

const root = join(import.meta.dirname, '..', '..');

/** The name under which workflows use this action. */
export const actionName = 'OWNER/refresh-salesforce-token';

/** The repository that the workflows run in: another one than the action's. */
export const repository = 'acme/deployments';

export interface WorkflowOptions {
  /** The job to run, with those that it needs. Default: all. */
  readonly job?: string;
  /** The one value of a matrix to run: `os:ubuntu-24.04`. Default: all. */
  readonly matrix?: string;
  /** Files and folders of this project that the repository has as well. */
  readonly files?: readonly string[];
  /** Files that the repository has besides: text by path. */
  readonly contents?: Readonly<Record<string, string>>;
  /** Variables of the runner, over those that every run has. */
  readonly env?: Readonly<Record<string, string>>;
  readonly secrets?: Readonly<Record<string, string>>;
  readonly vars?: Readonly<Record<string, string>>;
  /** `GITHUB_API_URL`; by default an address where nobody answers. */
  readonly apiUrl?: string;
  /** Default: `github-hosted`. */
  readonly runnerEnvironment?: 'github-hosted' | 'self-hosted';
  /** The refs by which the workflow uses this action. Default: `v1`. */
  readonly refs?: readonly string[];
  /** Other actions: `action.yml` by `owner/name@ref`. */
  readonly actions?: Readonly<Record<string, string>>;
  /** Changes what the workflow gets as this action's `action.yml`. */
  readonly actionYml?: (yml: string) => string;
}

export interface WorkflowRun {
  /** Whether every job was green. */
  readonly succeeded: boolean;
  /** Everything that act prints; secrets and masked values are `***` in it. */
  readonly log: string;
  /** The lines that steps printed, and those only. */
  readonly printed: readonly string[];
  /** The annotations of steps, as commands. */
  readonly annotations: readonly string[];
}

/**
 * Runs a workflow to its end with act, in a repository of its own that has nothing of this project
 * in it unless told otherwise: the action comes from `uses:`, and is no more than action.yml and dist/.
 */
export async function runWorkflow(
  t: Pick<TestContext, 'after'>,
  workflow: string,
  options: WorkflowOptions = {},
): Promise<WorkflowRun> {
  const act = process.env['ACT'];
  if (act === undefined) {
    throw new Error('These tests run with act: npm run test:runner');
  }
  const folder = mkdtempSync(join(tmpdir(), 'act-'));
  t.after(() => rmSync(folder, { recursive: true, force: true, maxRetries: 3 }));
  const repositoryFolder = createRepository(folder, workflow, options);
  const child = spawn(act, actArguments(folder, options), {
    cwd: repositoryFolder,
    // Nothing of this machine: no proxy, no token, no settings of act.
    env: { HOME: join(folder, 'home'), PATH: `${dirname(process.execPath)}:/usr/bin:/bin` },
    stdio: ['ignore', 'pipe', 'pipe'],
    timeout: 300_000,
  });
  const ended = new Promise<number | null>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code) => resolve(code));
  });
  const [code, stdout, stderr] = await Promise.all([ended, text(child.stdout), text(child.stderr)]);
  const log = stdout + stderr;
  // It leaves out a job for whose `runs-on` it has no machine, and is content with that.
  if (/unsupported platform/i.test(log)) {
    throw new Error(`act left out a job:\n${log}`);
  }
  const lines = log.split('\n');
  return {
    succeeded: code === 0,
    log,
    printed: matches(lines, /^\[[^\]]*\] {3}\| (.*)$/),
    annotations: matches(lines, /^\[[^\]]*\] .*?(::(?:error|warning|notice)[ :].*)$/),
  };
}

/** A workflow of `__tests__/act/workflows/`. */
export function readWorkflow(name: string): string {
  return readFileSync(join(root, '__tests__/act/workflows', `${name}.yml`), 'utf8');
}

function createRepository(
  folder: string,
  workflow: string,
  { files = [], contents = {} }: WorkflowOptions,
): string {
  const repositoryFolder = join(folder, 'repository');
  for (const file of files) {
    cpSync(join(root, file), join(repositoryFolder, file), { recursive: true });
  }
  for (const [file, content] of Object.entries(contents)) {
    mkdirSync(dirname(join(repositoryFolder, file)), { recursive: true });
    writeFileSync(join(repositoryFolder, file), content);
  }
  mkdirSync(join(folder, 'home'));
  mkdirSync(join(repositoryFolder, '.github/workflows'), { recursive: true });
  writeFileSync(join(repositoryFolder, workflowFile), workflow);
  const git = (...args: string[]) => {
    const identity = ['-c', 'user.name=Test', '-c', 'user.email=test@acme.example'];
    const { status, stderr, error } = spawnSync('git', [...identity, ...args], {
      cwd: repositoryFolder,
      encoding: 'utf8',
    });
    if (status !== 0) {
      throw new Error(`git ${args[0]}: ${error?.message ?? stderr}`);
    }
  };
  git('init', '--quiet', '--initial-branch=main');
  git('remote', 'add', 'origin', `https://github.com/${repository}.git`);
  git('add', '.');
  git('commit', '--quiet', '--no-gpg-sign', '--message=A workflow');
  return repositoryFolder;
}

const workflowFile = '.github/workflows/test.yml';

function actArguments(folder: string, options: WorkflowOptions): string[] {
  const action = join(folder, 'action');
  const yml = readFileSync(join(root, 'action.yml'), 'utf8');
  cpSync(join(root, 'dist'), join(action, 'dist'), { recursive: true });
  writeFileSync(join(action, 'action.yml'), options.actionYml?.(yml) ?? yml);
  const actions = (options.refs ?? ['v1']).map((ref) => `${actionName}@${ref}=${action}`);
  for (const [index, [name, actionYml]] of Object.entries(options.actions ?? {}).entries()) {
    const place = join(folder, `action-${index}`);
    mkdirSync(place);
    writeFileSync(join(place, 'action.yml'), actionYml);
    actions.push(`${name}=${place}`);
  }
  const pairs = (name: string, values: Readonly<Record<string, string>> = {}) => {
    const file = join(folder, name);
    const lines = Object.entries(values).map(([key, value]) => `${key}=${JSON.stringify(value)}\n`);
    writeFileSync(file, lines.join(''));
    return file;
  };
  const env = {
    // A safety net: what is not on this machine can't be reached.
    https_proxy: nobody,
    no_proxy: '127.0.0.1,localhost',
    GITHUB_API_URL: options.apiUrl ?? nobody,
    RUNNER_ENVIRONMENT: options.runnerEnvironment ?? 'github-hosted',
    ...options.env,
  };
  return [
    '--detect-event',
    ...['--workflows', workflowFile],
    ...['--secret-file', pairs('secrets', options.secrets)],
    ...['--var-file', pairs('vars', options.vars)],
    ...['ubuntu-latest', 'ubuntu-24.04'].flatMap((name) => ['--platform', `${name}=-self-hosted`]),
    ...Object.entries(env).flatMap(([name, value]) => ['--env', `${name}=${value}`]),
    ...actions.flatMap((mapping) => ['--local-repository', mapping]),
    ...(options.job === undefined ? [] : ['--job', options.job]),
    ...(options.matrix === undefined ? [] : ['--matrix', options.matrix]),
    '--no-cache-server',
    '--rm',
  ];
}

function matches(lines: readonly string[], pattern: RegExp): string[] {
  return lines.flatMap((line) => pattern.exec(line)?.[1] ?? []);
}
