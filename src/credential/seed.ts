import { existsSync, rmSync, writeFileSync } from 'node:fs';
import { ActionError, describe } from '../errors/action-error.ts';
import { signInErrors } from '../errors/sign-in.ts';
import type { JsonObject } from '../http/json.ts';
import { fieldsToKeep } from './answer-fields.ts';
import { makeTokenFile, openTokenFile } from './token-file.ts';

/**
 * Writes a new credential, or the answer that it came in.
 * @returns where it is now, in a whole sentence
 * @throws ActionError where it is not there
 */
export type Seed = (answer: JsonObject, credential: string) => string;

/**
 * A token file, new (for its owner alone) or updated in place, with an answer that is to come.
 * @throws ActionError `token_file_invalid` where it is clear already that it cannot be written
 */
export function seedFile(path: string): Seed {
  // Also where there is no looking into its folder: then making it says why.
  const isNew = !existsSync(path);
  let file = isNew ? undefined : openTokenFile(path);
  if (isNew) {
    makeTokenFile(path);
    rmSync(path);
  }
  return (answer) => {
    orNotWritten(`“${path}”`, () => {
      // Kept, where it could be made but not filled: the next try is not to take it for somebody else's.
      file ??= makeTokenFile(path);
      file.update(fieldsToKeep(answer));
    });
    return `Stored in ${path}.`;
  };
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
