import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { cleanRemoteText, safeLine, secretForms } from '../../src/errors/text.ts';
import type { createSend } from '../../src/http/send.ts';
import type { runStep } from '../../src/refresh-step.ts';
import { failureText, type Workflow } from '../../src/runner/outputs.ts';
import { nobody } from './nobody.ts';
import { environment, resolveInputs } from './runner/environment.ts';
import { RunnerLog } from './runner/log.ts';
import type { ActionResult, RunOptions } from './runner.ts';

// The step without a process of its own, in a tenth of the time: for one more row of a table whose first
// rows a process has shown to work. The step is the shipped one, the network is real; only the runner's
// side is spoken to directly, instead of by commands and files.

const root = join(import.meta.dirname, '..', '..');
const actionYml = await readFile(join(root, 'action.yml'), 'utf8');

/** What {@link runAction} would start. */
async function shipped(): Promise<{
  runStep: typeof runStep;
  createSend: typeof createSend;
}> {
  if (process.env['ACTION_ENTRY'] === undefined) {
    return await import(pathToFileURL(join(root, 'dist/index.js')).href);
  }
  const [entry, http] = await Promise.all([
    import('../../src/refresh-step.ts'),
    import('../../src/http/send.ts'),
  ]);
  return {
    runStep: entry.runStep,
    createSend: http.createSend,
  };
}

const action = await shipped();

/** As the environment of the step's own process has it: nothing but loopback is in reach. */
function keepToLoopback(): void {
  for (const name of ['http_proxy', 'HTTP_PROXY', 'HTTPS_PROXY', 'no_proxy', 'NO_PROXY']) {
    delete process.env[name];
  }
  process.env['https_proxy'] = nobody;
}

const home = mkdtempSync(join(tmpdir(), 'step-here-'));
process.on('exit', () => rmSync(home, { recursive: true, force: true }));
// The step looks whether the runner's files are there.
const files = Object.fromEntries(
  ['GITHUB_OUTPUT', 'GITHUB_ENV', 'GITHUB_STATE', 'GITHUB_STEP_SUMMARY'].map((name) => {
    const file = join(home, name);
    writeFileSync(file, '');
    return [name, file];
  }),
);

/** A step that uses the action. */
export interface HereOptions extends Pick<RunOptions, 'inputs' | 'env'> {
  /** What the runner does in another way than it should. */
  readonly workflow?: Partial<Workflow>;
}

/** Runs the main stage in this process, with what a process of its own would be given. */
export async function stepHere({
  inputs = {},
  env = {},
  workflow = {},
}: HereOptions): Promise<ActionResult> {
  // Not when this file is read: benchmarks read it too, and start npm.
  keepToLoopback();
  const { values } = resolveInputs(actionYml, inputs);
  const runner = runnerHere();
  const started = performance.now();
  const handedOut = await action.runStep({
    env: environment(values, {}, { GITHUB_WORKSPACE: home, ...files, ...env }),
    workflow: { ...runner.workflow, ...workflow },
    send: action.createSend(),
    cancel: new AbortController().signal,
    random: Math.random,
  });
  return runner.result(handedOut, performance.now() - started);
}

/** A workflow that nothing is lost of; what it prints goes to the log as the runner makes it. */
function runnerHere() {
  const log = new RunnerLog(false);
  const lines: string[] = [];
  const [outputs, env, state] = [new Map<string, string>(), new Map(), new Map()];
  let summary = '';
  let forms: string[] = [];
  const print = (line: string) => {
    lines.push(`${line}\n`);
    log.take(line);
  };
  const safe = (text: string) =>
    text
      .split('\n')
      .map((line) => safeLine(line, forms))
      .join('\n');
  const command = (name: string, text: string) =>
    print(
      `::${name}::${text.replaceAll('%', '%25').replaceAll('\r', '%0D').replaceAll('\n', '%0A')}`,
    );
  const workflow: Workflow = {
    mask: (secret) => {
      forms = secretForms(secret.length < 4 ? [] : [secret], forms);
      if (secret.length >= 6) {
        command('add-mask', secret);
      }
    },
    clean: (remote) => cleanRemoteText(remote, forms),
    setOutputs: (changes) => {
      for (const [name, value] of Object.entries(changes)) {
        if (value !== undefined) {
          outputs.set(name, value);
        }
      }
    },
    exportVariables: (variables) => {
      for (const [name, value] of Object.entries(variables)) {
        env.set(name, value);
      }
    },
    saveState: (values) => {
      for (const [name, value] of Object.entries(values)) {
        state.set(name, value);
      }
    },
    summarize: (markdown) => {
      summary += `${safe(markdown)}\n`;
    },
    info: (line) => print(safeLine(line, forms)),
    debugging: false,
    debug: () => {},
    notice: (text) => command('notice', safe(text)),
    warning: (text, title) =>
      command(
        title === undefined ? 'warning' : `warning title=${title.replace(':', '%3A')}`,
        safe(text),
      ),
    fail: (error, more) => {
      const title = `Salesforce token refresh failed%3A ${error.code}`;
      command(`error title=${title}`, safe(failureText(error, more)));
      outputs.set('error-code', error.code);
    },
  };
  const result = (handedOut: boolean, ms: number): ActionResult => ({
    ...{ code: handedOut ? 0 : 1, signal: null, hung: false, ms, stderr: '', path: [] },
    conclusion: handedOut && !log.failed ? 'success' : 'failure',
    stdout: lines.join(''),
    log: log.text,
    outputs: Object.fromEntries(outputs),
    outputsRaw: '',
    env: Object.fromEntries(env),
    state: Object.fromEntries(state),
    summary,
    masks: log.masks,
    annotations: log.annotations,
    leavesJob: (output) => !log.masker.hides(outputs.get(output) ?? ''),
  });
  return { workflow, result };
}
