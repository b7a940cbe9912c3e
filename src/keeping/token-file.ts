import { type Credential, whyRefusedNextTime } from '../credential/from-inputs.ts';
import type { TokenFile } from '../credential/token-file.ts';
import { ActionError, describe } from '../errors/action-error.ts';
import { cancelledSaveMs, startDeadline } from '../http/deadline.ts';
import type { Keeper, KeeperTools } from './keeper.ts';
import { keepNewToken } from './rotation.ts';

/**
 * The refresh token of a file; a new one is written there.
 * @param outlivesTheJob whether the file is still there in the next run
 */
export function keptInFile(
  credential: Pick<Credential, 'refreshToken' | 'clientId'>,
  file: TokenFile,
  outlivesTheJob: boolean,
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
              workflow.warning(
                'Salesforce rotated the refresh token. The new one is in `token-file`, but the disk of this runner dies with the job, and what the file was made from is dead now: ' +
                  'save the output `refresh-token` in a following step (`if: always()`).',
              );
            }
            return { name: 'in `token-file`', safe: outlivesTheJob };
          },
        ),
      letGo: async () => {},
      stays: async () => ({ phrase: 'not rotated' }),
    }),
  };
}

/** How long saving may take: a file that another process holds open is waited for. */
const saveMs = 30_000;

function savingMs(cancel: AbortSignal): number {
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
      `Salesforce rotated the refresh token, and the new one could not be written to \`token-file\`: ${describe(error)}.`,
      { cause: error },
    );
  }
}
