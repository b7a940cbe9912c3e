import { rmSync, statSync } from 'node:fs';
import { ActionError, describe } from '../errors/action-error.ts';
import { signInErrors } from '../errors/sign-in.ts';
import type { JsonObject } from '../http/json.ts';
import { fieldsToKeep } from './answer-fields.ts';
import { makeTokenFile, openTokenFile } from './token-file.ts';

/**
 * A token file, new (for its owner alone) or updated in place, with an answer that is to come.
 * @returns writes the answer, or throws ActionError `token_file_invalid`
 * @throws ActionError `token_file_invalid` where it is clear already that it cannot be written
 */
export function seedFile(path: string): (answer: JsonObject) => void {
  const isNew = statSync(path, { throwIfNoEntry: false }) === undefined;
  const file = isNew ? undefined : openTokenFile(path);
  if (isNew) {
    makeTokenFile(path);
    rmSync(path);
  }
  return (answer) => {
    try {
      (file ?? makeTokenFile(path)).update(fieldsToKeep(answer));
    } catch (error) {
      const what = `“${path}” could not be written: ${describe(error)}.`;
      throw new ActionError('token_file_invalid', what, signInErrors.file_not_written);
    }
  };
}
