import { type ChildProcess, spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, extname, join, resolve } from 'node:path';
import { Readable } from 'node:stream';
import { environment, resolveInputs, unexpectedInputs } from './runner/environment.ts';
import { parseKeyValueFile } from './runner/files.ts';
import { type Annotation, RunnerLog } from './runner/log.ts';

export type { Annotation } from './runner/log.ts';

const root = join(import.meta.dirname, '..', '..');

/** A step that uses the action. Everything is optional. */
export interface RunOptions {
  /** What stands under `with:`. `undefined` is the same as left out: the default holds. */
  readonly inputs?: Readonly<Record<string, string | number | boolean | undefined>>;
  /** Added to the environment; `undefined` takes a variable out of it. */
  readonly env?: Readonly<Record<string, string | undefined>>;
  /** What the main stage saved (`result.state`): the post stage gets it as `STATE_…`. */
  readonly state?: Readonly<Record<string, string>>;
  /** Debug logging, as `RUNNER_DEBUG=1` has it. */
  readonly debug?: boolean;
  /** Values that the runner masks from the start, as it does with the workflow's secrets. */
  readonly secrets?: readonly string[];
  /** Working directory; stays as it is. Default: a new one, which is deleted afterwards. */
  readonly workspace?: string;
  /** Script of the main stage. Default: what `ACTION_ENTRY` names, else `dist/index.js`. */
  readonly entry?: string;
  /** The Node that starts it. Default: the one that runs the tests. */
  readonly node?: string;
  /** Which stage to start; `post` stands beside the main stage's script. Default: `main`. */
  readonly stage?: 'main' | 'post';
  /** Milliseconds until the process is killed as hung. Default: 60,000. */
  readonly watchdogMs?: number;
  /** Gets every line of the log as it comes. */
  readonly onLine?: (line: string) => void;
  /** Has the process tell which signals have reached it: `StartedAction.signal` needs that. */
  readonly tellsSignals?: boolean;
}

/** What became of the step. */
export interface ActionResult {
  /** Exit code; `null` when a signal ended the process. */
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  /** Whether the watchdog had to kill it. */
  readonly hung: boolean;
  /** What the runner makes of it: green or red. */
  readonly conclusion: 'success' | 'failure';
  /** From start to end, milliseconds. */
  readonly ms: number;
  /** As printed, nothing masked or interpreted. */
  readonly stdout: string;
  readonly stderr: string;
  /** What people see: both streams, commands carried out, secrets masked. */
  readonly log: string;
  /** The last value of every output. */
  readonly outputs: Readonly<Record<string, string>>;
  /** The output file as it is. */
  readonly outputsRaw: string;
  /** Variables exported to later steps. */
  readonly env: Readonly<Record<string, string>>;
  readonly state: Readonly<Record<string, string>>;
  /** Folders put in front of PATH. */
  readonly path: readonly string[];
  /** The job summary (Markdown), as written. */
  readonly summary: string;
  /** The values that the action asked to mask, in order. */
  readonly masks: readonly string[];
  readonly annotations: readonly Annotation[];
  /** Whether an output can leave the job: the runner drops a value with a masked text in it. */
  leavesJob(output: string): boolean;
}

/** A step under way. */
export interface StartedAction {
  readonly process: ChildProcess;
  /** Settles when the process is over; never rejects but for a process that can't be started. */
  readonly result: Promise<ActionResult>;
  /** The outputs written so far. */
  outputs(): Record<string, string>;
  /**
   * Sends a signal; resolves when its listeners in the process have run, or the process is over.
   * What a test lets go after that comes after the signal, however busy the machine is.
   */
  signal(name: NodeJS.Signals): Promise<void>;
  /** Cancels as the runner does: SIGINT, SIGTERM 7.5 s later, SIGKILL 2.5 s after that. */
  cancel(): void;
}

/** Runs the action as the GitHub runner does, to its end. */
export async function runAction(options: RunOptions = {}): Promise<ActionResult> {
  return await startAction(options).result;
}

/** Starts the action as the GitHub runner does. */
export function startAction(options: RunOptions = {}): StartedAction {
  const home = mkdtempSync(join(tmpdir(), 'runner-'));
  const files = createFiles(home);
  const workspace = options.workspace ?? join(home, 'work');
  const runnerTemp = join(home, '_temp');
  mkdirSync(workspace, { recursive: true });
  mkdirSync(runnerTemp);
  const inputs = resolveInputs(readIfThere(join(root, 'action.yml')), options.inputs ?? {});
  const env = environment(inputs.values, options.state ?? {}, {
    GITHUB_WORKSPACE: workspace,
    RUNNER_TEMP: runnerTemp,
    GITHUB_OUTPUT: files.output,
    GITHUB_ENV: files.env,
    GITHUB_STATE: files.state,
    GITHUB_STEP_SUMMARY: files.summary,
    GITHUB_PATH: files.path,
    ...(options.debug === true && { RUNNER_DEBUG: '1' }),
    ...options.env,
  });
  const log = new RunnerLog(env['RUNNER_DEBUG'] === '1', options.onLine);
  for (const secret of options.secrets ?? []) {
    log.masker.add(secret);
  }
  if (inputs.unexpected.length > 0) {
    log.annotate('warning', unexpectedInputs(inputs));
  }

  const entry = entryOf(options);
  const started = performance.now();
  const tells = options.tellsSignals === true;
  const preload = tells ? ['--import', tellSignals] : [];
  const child = spawn(options.node ?? process.execPath, [...preload, entry], {
    cwd: workspace,
    env,
    stdio: ['ignore', 'pipe', 'pipe', tells ? 'pipe' : 'ignore'],
  });
  const outputs = () => ({ ...Object.fromEntries(log.outputs), ...pairsOf(files.output) });
  const result = finish(child, log, options.watchdogMs ?? 60_000).then((end) => {
    const ms = performance.now() - started;
    const stored = collect(files, log);
    return {
      ...end,
      ...stored,
      ms,
      conclusion: end.code === 0 && !log.failed ? ('success' as const) : ('failure' as const),
      log: log.text,
      masks: log.masks,
      annotations: log.annotations,
      leavesJob: (output: string) => {
        const value = stored.outputs[output];
        return value !== undefined && !log.masker.hides(value);
      },
    };
  });
  const cleaned = result.finally(() => rmSync(home, { recursive: true, force: true }));
  return {
    process: child,
    result: cleaned,
    outputs,
    signal: (name) => sendSignal(child, name),
    cancel: () => cancel(child),
  };
}

function entryOf({ entry, stage }: RunOptions): string {
  const main = resolve(root, entry ?? process.env['ACTION_ENTRY'] ?? 'dist/index.js');
  return stage === 'post' ? join(dirname(main), `post${extname(main)}`) : main;
}

interface Files {
  readonly output: string;
  readonly env: string;
  readonly state: string;
  readonly summary: string;
  readonly path: string;
}

function createFiles(home: string): Files {
  const folder = join(home, '_runner_file_commands');
  mkdirSync(folder);
  const create = (name: string) => {
    const file = join(folder, name);
    writeFileSync(file, '', { mode: 0o600 });
    return file;
  };
  return {
    output: create('set_output'),
    env: create('set_env'),
    state: create('save_state'),
    summary: create('step_summary'),
    path: create('add_path'),
  };
}

async function finish(child: ChildProcess, log: RunnerLog, watchdogMs: number) {
  const ended = Promise.withResolvers<Pick<ActionResult, 'code' | 'signal'>>();
  let hung = false;
  const watchdog = setTimeout(() => {
    hung = true;
    child.kill('SIGKILL');
  }, watchdogMs);
  child.once('error', ended.reject);
  child.once('close', (code, signal) => ended.resolve({ code, signal }));
  const stdout = readLines(child.stdout, log);
  const stderr = readLines(child.stderr, log);
  try {
    const { code, signal } = await ended.promise;
    if (signal !== null) {
      dropCoverage(child.pid);
    }
    return { code, signal, hung, stdout: stdout.end(), stderr: stderr.end() };
  } finally {
    clearTimeout(watchdog);
  }
}

/** A process killed on its way out leaves half a file of coverage, and no report can be made then. */
function dropCoverage(pid: number | undefined): void {
  const folder = process.env['NODE_V8_COVERAGE'];
  if (folder === undefined || pid === undefined) {
    return;
  }
  for (const file of readdirSync(folder)) {
    if (file.startsWith(`coverage-${pid}-`)) {
      rmSync(join(folder, file), { force: true });
    }
  }
}

/** Hands the lines of a stream to the log as they come; `end` gives the whole text. */
function readLines(stream: Readable | null, log: RunnerLog): { end(): string } {
  let text = '';
  let rest = '';
  stream?.setEncoding('utf8').on('data', (chunk: string) => {
    text += chunk;
    // A carriage return at the end may be half of a line break. U+2028 is none for the runner.
    const lines = (rest + chunk).split(/\r\n|\n|\r(?!$)/);
    rest = lines.pop() ?? '';
    for (const line of lines) {
      log.take(line);
    }
  });
  return {
    end: () => {
      if (rest !== '') {
        log.take(rest.replace(/\r$/, ''));
      }
      return text;
    },
  };
}

/** Reads the files once the process is over: the runner does so too when it failed. */
function collect(files: Files, log: RunnerLog) {
  const outputsRaw = readIfThere(files.output) ?? '';
  const pairs = (kind: keyof typeof debugLines, text: string, store: Map<string, string>) => {
    const { pairs: entries, problem } = parseKeyValueFile(text);
    for (const [name, value] of entries) {
      store.set(name, value);
      log.debug(debugLines[kind](name, value));
    }
    if (problem !== undefined) {
      log.fail(`Unable to process file command '${kind}' successfully.`, problem);
    }
    return Object.fromEntries(store);
  };
  const env = pairs('env', readIfThere(files.env) ?? '', new Map());
  if (Object.hasOwn(env, 'NODE_OPTIONS')) {
    log.annotate('error', "Can't store NODE_OPTIONS output parameter using '$GITHUB_ENV' command.");
    delete env['NODE_OPTIONS'];
  }
  return {
    outputs: pairs('output', outputsRaw, log.outputs),
    outputsRaw,
    env,
    state: pairs('state', readIfThere(files.state) ?? '', log.state),
    path: (readIfThere(files.path) ?? '').split(/\r?\n/).filter((line) => line !== ''),
    summary: readIfThere(files.summary) ?? '',
  };
}

/** What debug logging prints of every entry: in full, so that only a mask hides a secret in it. */
const debugLines = {
  env: (name: string, value: string) => `${name}='${value}'`,
  output: (name: string, value: string) => `Set output ${name} = ${value}`,
  state: (name: string, value: string) => `Save intra-action state ${name} = ${value}`,
};

/** Writes the name of each signal to the fourth stream, once all listeners of the signal have run. */
const tellSignals = `data:text/javascript,${encodeURIComponent(`
  import { writeSync } from 'node:fs';
  for (const name of ['SIGINT', 'SIGTERM']) {
    process.on(name, () => queueMicrotask(() => writeSync(3, name)));
  }
`)}`;

async function sendSignal(child: ChildProcess, name: NodeJS.Signals): Promise<void> {
  const told = child.stdio[3];
  if (!(told instanceof Readable)) {
    throw new Error('This process was started without `tellsSignals`');
  }
  const arrived = new Promise<void>((resolve) => {
    const read = (chunk: Buffer) => {
      if (chunk.toString().includes(name)) {
        told.off('data', read);
        resolve();
      }
    };
    told.on('data', read);
    child.once('close', () => resolve());
  });
  child.kill(name);
  await arrived;
}

function cancel(child: ChildProcess): void {
  child.kill('SIGINT');
  const term = setTimeout(() => child.kill('SIGTERM'), 7500);
  const kill = setTimeout(() => child.kill('SIGKILL'), 10_000);
  child.once('exit', () => {
    clearTimeout(term);
    clearTimeout(kill);
  });
}

function pairsOf(file: string): Record<string, string> {
  return Object.fromEntries(parseKeyValueFile(readIfThere(file) ?? '').pairs);
}

function readIfThere(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return undefined;
  }
}
