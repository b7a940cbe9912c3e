import { accessSync, constants } from 'node:fs';
import { ActionError } from '../errors/action-error.ts';
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
      fix: 'Check the disk and the rights of the runner, then run the job again. Nothing was sent.',
    });
  }
  if (missing !== undefined) {
    throw ActionError.own('input_missing', `${missing} is not set.`, {
      why: 'The runner names a file for what a step hands out there; this does not seem to be a step of a GitHub Actions job.',
      fix: `Run it as a step (\`uses:\`), or set ${missing} to an existing, private file. Nothing was sent.`,
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
