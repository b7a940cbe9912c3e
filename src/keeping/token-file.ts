import { type Credential, whyRefusedNextTime } from '../credential/from-inputs.ts';
import type { TokenFile } from '../credential/token-file.ts';
import { ActionError, describe } from '../errors/action-error.ts';
import { deadToken } from '../errors/catalogue.ts';
import { cancelledSaveMs, startDeadline } from '../http/deadline.ts';
import type { Ending } from '../http/ending.ts';
import type { Keeper, KeeperTools } from './keeper.ts';
import { keepNewToken, warnNotKept } from './rotation.ts';

/**
 * The refresh token of a file; a new one is written there.
 * @param outlivesTheJob whether the file is still there in the next run
 * @param more where the documents say more on rotation
 */
export function keptInFile(
  credential: Pick<Credential, 'refreshToken' | 'clientId'>,
  file: TokenFile,
  outlivesTheJob: boolean,
  more: string,
  { workflow, cancel }: Pick<KeeperTools, 'workflow' | 'cancel'>,
): Keeper {
  const { refreshToken } = credential;
  const given = { ...credential, tokenFile: file };
  return {
    take: async () => ({
      kind: 'taken',
      refreshToken,
      keep: (newToken) =>
        keepNewToken(
          newToken,
          undefined,
          workflow,
          whyRefusedNextTime(newToken, given),
          async () => {
            saveFile(newToken, file, savingMs(cancel));
            if (!outlivesTheJob) {
              warnNotKept(
                workflow,
                'Salesforce rotated the refresh token. The new one is in `token-file`, but the disk of this runner is gone when the job ends, and what the file was made from is dead now.',
                'Set `token-branch` instead of `token-file`, and sign in again; or save the output `refresh-token` in a following step with `if: always()`.',
                more,
              );
            }
            return { name: 'in `token-file`', safe: outlivesTheJob };
          },
        ),
      letGo: async () => {},
      stays: async () => ({ phrase: 'not rotated' }),
      ifDead: ifDead(outlivesTheJob),
    }),
  };
}

function ifDead(outlivesTheJob: boolean): string {
  return [
    deadToken.intro,
    outlivesTheJob
      ? '- It worked before: another copy of the token was used since, and it works only once. Let nothing but this file have it.'
      : '- It worked exactly once: the app rotates refresh tokens, and the file with the new one was gone with the runner of that job. Set `token-branch` instead of `token-file` before you sign in.',
    deadToken.neverWorked,
    deadToken.idle,
    deadToken.revoked,
  ].join('\n');
}

/** How long saving may take: a file that another process holds open is waited for. */
const saveMs = 30_000;

function savingMs(cancel: Ending): number {
  const deadline = startDeadline(saveMs, cancel, cancelledSaveMs);
  deadline.release();
  return deadline.remainingMs();
}

function saveFile(newToken: string, file: TokenFile, forMs: number): void {
  try {
    file.update({ refresh_token: newToken }, forMs);
  } catch (error) {
    throw ActionError.own(
      'save_failed',
      `Salesforce rotated the refresh token, but the new one could not be written to \`token-file\`: ${describe(error)}.`,
      { cause: error },
    );
  }
}
