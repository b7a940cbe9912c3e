import { closeSync, existsSync, openSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { ActionError, describe } from '../errors/action-error.ts';
import { signInErrors } from '../errors/sign-in.ts';
import type { JsonObject } from '../http/json.ts';
import { fieldsToKeep } from './answer-fields.ts';
import { attempt, openTokenFile, type TokenFile } from './token-file.ts';

/**
 * Writes a new credential, or the answer that it came in.
 * @returns where it is now, in a whole sentence
 * @throws ActionError where it is not there
 */
export type Seed = (answer: JsonObject, credential: string) => string;

/**
 * A token file, new (for its owner alone) or updated in place, with an answer that is to come. What it
 * makes is gone again where nothing could be stored; the mode of a file that was there stays.
 * @throws ActionError `token_file_invalid` where it is clear already that it cannot be written
 */
export function seedFile(path: string, platform = process.platform): Seed {
  // Also where there is no looking into its folder: then making it says why.
  const isNew = !existsSync(path);
  const opened = isNew ? undefined : openTokenFile(path);
  if (isNew) {
    makeTokenFile(path, () => {});
    rmSync(path);
  }
  // Windows has lists of rights instead.
  const mode = opened === undefined || platform === 'win32' ? 0 : statSync(opened.path).mode;
  const warning =
    (mode & 0o044) === 0
      ? ''
      : ` Warning: others can read it, by its mode ${octal(mode)}, which was left as it is.`;
  return (answer) => {
    const fill = (file: TokenFile) => file.update(fieldsToKeep(answer));
    orNotWritten(`“${path}”`, () =>
      opened === undefined ? makeTokenFile(path, fill) : fill(opened),
    );
    return `Stored in ${path}.${warning}`;
  };
}

function octal(mode: number): string {
  return `0${(mode & 0o777).toString(8)}`;
}

/**
 * Makes a token file, which only its owner can read, and fills it.
 * @throws ActionError `token_file_invalid`, also where there is one, or what `fill` throws
 */
function makeTokenFile(path: string, fill: (file: TokenFile) => void): void {
  const made = attempt(path, 'cannot be made', () => openSync(path, 'wx', 0o600));
  try {
    try {
      attempt(path, 'cannot be made', () => writeFileSync(made, '{}\n'));
    } finally {
      closeSync(made);
    }
    fill(openTokenFile(path));
  } catch (error) {
    // The next try would take it for somebody else's.
    rmSync(path, { force: true });
    throw error;
  }
}

/**
 * The credential as a line of an open file. At once, and not by a stream: that would tell of a full disk,
 * or of a pipe whose reader has gone, after the credential was called stored.
 */
export function seedOutput(file: number): Seed {
  return (_answer, credential) => {
    orNotWritten('Standard output', () => writeFileSync(file, `${credential}\n`));
    return 'Written to standard output.';
  };
}

function orNotWritten(name: string, write: () => void): void {
  try {
    write();
  } catch (error) {
    if (error instanceof ActionError) {
      throw error;
    }
    const what = `${name} could not be written: ${describe(error)}.`;
    throw new ActionError('not_written', what, signInErrors.not_written);
  }
}
