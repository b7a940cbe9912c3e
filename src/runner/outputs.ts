import { appendFileSync } from 'node:fs';
import { type ActionError, describe } from '../errors/action-error.ts';
import { cleanRemoteText, safeLine, secretForms } from '../errors/text.ts';
import type { Debug } from '../http/trace.ts';
import { type CommandName, commandLine } from './commands.ts';
import { handToRunner } from './files.ts';

/** Every output that `action.yml` declares. */
export const outputNames = [
  'access-token',
  'instance-url',
  'token-type',
  'scope',
  'issued-at',
  'identity-url',
  'org-id',
  'user-id',
  'api-instance-url',
  'username',
  'org-type',
  'api-version',
  'rotated',
  'reused',
  'refresh-token',
  'sfdx-auth-url',
  'error-code',
] as const;
export type OutputName = (typeof outputNames)[number];

/** What the post stage has to know; it reads it back as `STATE_<name>`. */
export type StateName = 'access-token' | 'instance-url' | 'token-branch';

/** The workflow as the step sees it: the only way to say or hand over anything. */
export interface Workflow {
  /** Hides a value from now on, in the runner's log and in every text of ours. */
  mask(secret: string): void;
  /** Cleans text from outside for printing: see {@link cleanRemoteText}. */
  clean(remote: unknown): string;
  /** An `undefined` value leaves the output unset; an empty one takes it back. */
  setOutputs(outputs: Readonly<Partial<Record<OutputName, string | undefined>>>): void;
  /** Sets variables for the steps that follow. */
  exportVariables(variables: Readonly<Record<'SF_ACCESS_TOKEN' | 'SF_INSTANCE_URL', string>>): void;
  /** Keeps values for the post stage. */
  saveState(values: Readonly<Partial<Record<StateName, string>>>): void;
  /** Appends to the summary of the run: Markdown. */
  summarize(markdown: string): void;
  info(line: string): void;
  /** Whether debug logging is on (`RUNNER_DEBUG`). */
  readonly debugging: boolean;
  /** Tells what was decided and why, where {@link debugging}. */
  readonly debug: Debug;
  notice(text: string): void;
  /** @param title stands above the text, in the annotation */
  warning(text: string, title?: string): void;
  /** Says that and why the step failed, and where to read on: an annotation, and `error-code`. */
  fail(error: ActionError, more: string): void;
}

/** Masking `a` or `1` would wreck the log, and hide nothing: no secret is that short. */
const shortestMask = 6;
/** In our own text even those are blanked: a server that echoes one must not have it printed. */
const shortestBlanked = 4;

function print(line: string): void {
  process.stdout.write(`${line}\n`);
}

function issue(...command: readonly [name: CommandName, text: string, title?: string]): void {
  print(commandLine(...command));
}

/** The workflow of the runner that started this process. */
export function runnerWorkflow(): Workflow {
  const secrets = new Set<string>();
  let forms: readonly string[] = [];
  /** Our own text is trusted, but may carry pieces from outside: a second net under `clean`. */
  const safe = (text: string) =>
    text
      .split('\n')
      .map((line) => safeLine(line, forms))
      .join('\n');
  // What the runner sets where debug logging is on.
  const debugging = process.env['RUNNER_DEBUG'] === '1';
  const debug: Debug = (line) => {
    if (debugging) {
      // Seconds since the process was started.
      issue('debug', safeLine(`${(performance.now() / 1000).toFixed(3)} s: ${line()}`, forms));
    }
  };
  return {
    mask(secret) {
      // The runner masks each line of a value as well; short ones (`{`) would wreck the log.
      const fresh = new Set(secret.includes('\n') ? [secret, ...secret.split(/\r?\n/)] : [secret]);
      for (const value of fresh) {
        const { length } = value.trim();
        if (length < (value === secret ? shortestBlanked : shortestMask) || secrets.has(value)) {
          fresh.delete(value);
          continue;
        }
        secrets.add(value);
        if (length >= shortestMask) {
          issue('add-mask', value);
        }
      }
      forms = secretForms(fresh, forms);
    },
    clean: (remote) => cleanRemoteText(remote, forms),
    setOutputs(outputs) {
      debug(() => `Outputs: ${changesText(outputs)}`);
      handToRunner('GITHUB_OUTPUT', outputs);
    },
    exportVariables: (variables) => handToRunner('GITHUB_ENV', variables),
    saveState: (values) => handToRunner('GITHUB_STATE', values),
    summarize(markdown) {
      const file = process.env['GITHUB_STEP_SUMMARY'];
      if (!file) {
        return;
      }
      try {
        appendFileSync(file, `${safe(markdown)}\n`);
      } catch (error) {
        issue('warning', safe(`The summary could not be written: ${describe(error)}.`));
      }
    },
    info: (line) => print(safeLine(line, forms)),
    debugging,
    debug,
    notice: (text) => issue('notice', safe(text)),
    warning: (text, title) => issue('warning', safe(text), title),
    fail(error, more) {
      const { code } = error;
      const title = `Salesforce token refresh failed: ${code}`;
      issue('error', safe(failureText(error, more)), title);
      if (process.env['GITHUB_OUTPUT']) {
        try {
          handToRunner('GITHUB_OUTPUT', { 'error-code': code });
        } catch (problem) {
          issue('error', safe(`The output \`error-code\` cannot be written: ${describe(problem)}`));
        }
      }
    },
  };
}

/** A failure as the log and its annotation tell it: what happened, what to do, why, and where to read on. */
export function failureText({ message, fix, why }: ActionError, more: string): string {
  const because = why === undefined ? [] : [`Why: ${why}`];
  return [message, `What to do: ${fix}`, ...because, `More: ${more}`].join('\n');
}

/** Which outputs are set and which taken back, by their names. */
function changesText(outputs: Readonly<Partial<Record<OutputName, string | undefined>>>): string {
  return Object.entries(outputs)
    .filter(([, value]) => value !== undefined)
    .map(([name, value]) => (value === '' ? `${name} taken back` : name))
    .join(', ');
}
