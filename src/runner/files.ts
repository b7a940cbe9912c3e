import { accessSync, closeSync, constants, openSync, writeFileSync } from 'node:fs';
import { ActionError } from '../errors/action-error.ts';
import { nothingSent } from '../errors/catalogue.ts';
import type { Environment } from './context.ts';

/**
 * Without the runner's files, what is handed out would have nowhere to go, or would go to the log.
 * @param needed names of variables that name a file, and whether this step needs it
 * @throws ActionError `input_missing`
 */
export function checkRunnerFiles(
  env: Environment,
  needed: Readonly<Record<string, boolean>>,
): void {
  const names = Object.keys(needed).filter((name) => needed[name]);
  const missing = names.find((name) => !env[name]);
  const unwritable = names.find((name) => !isWritable(env[name] ?? ''));
  if (missing === undefined && unwritable !== undefined) {
    throw ActionError.own('input_missing', `The file that ${unwritable} names cannot be written.`, {
      why: 'The runner makes it for what a step hands out; something removed it, or its rights are wrong.',
      fix: `Check the disk and the rights of the runner, then run the job again. ${nothingSent}`,
    });
  }
  if (missing !== undefined) {
    throw ActionError.own('input_missing', `${missing} is not set.`, {
      why: 'The runner names a file for what a step hands out there; this does not seem to be a step of a GitHub Actions job.',
      fix: `Run it as a step (\`uses:\`), or set ${missing} to an existing, private file. ${nothingSent}`,
    });
  }
}

function isWritable(file: string): boolean {
  try {
    accessSync(file, constants.W_OK);
    return true;
  } catch {
    return false;
  }
}

/**
 * Hands values to the runner, all in one write. Not by the toolkit: it makes its delimiters with
 * `node:crypto`, which takes longer to load than all else that a step does without TLS.
 *
 * @param file the variable that names the file
 * @param values an `undefined` one is left out
 * @throws Error of the file system, also where the file is gone
 */
export function handToRunner(
  file: 'GITHUB_OUTPUT' | 'GITHUB_ENV' | 'GITHUB_STATE',
  values: Readonly<Record<string, string | undefined>>,
): void {
  let text = '';
  for (const [name, value] of Object.entries(values)) {
    text += value === undefined ? '' : entry(name, value);
  }
  const opened = openSync(process.env[file] ?? '', constants.O_WRONLY | constants.O_APPEND);
  try {
    writeFileSync(opened, text);
  } finally {
    closeSync(opened);
  }
}

/** What is in the value can't end it: so nobody has to guess the delimiter, and none has to be random. */
function entry(name: string, value: string): string {
  let end = 'end';
  while (value.includes(end)) {
    end += '_';
  }
  return `${name}<<${end}\n${value}\n${end}\n`;
}
