import { type Credential, whyRefusedNextTime } from '../credential/from-inputs.ts';
import type { Workflow } from '../runner/outputs.ts';
import type { Keeper } from './keeper.ts';
import { keepNewToken } from './rotation.ts';

/**
 * The refresh token that was given, kept nowhere: a new one is handed out, for a step that saves it.
 * @param rotates that there is such a step: so nothing is to be warned of
 */
export function keptNowhere(
  credential: Pick<Credential, 'refreshToken' | 'clientId' | 'authUrl'>,
  rotates: boolean,
  workflow: Workflow,
): Keeper {
  const { refreshToken, authUrl } = credential;
  return {
    take: async () => ({
      kind: 'taken',
      refreshToken,
      keep: (newToken) =>
        keepNewToken(
          newToken,
          authUrl,
          workflow,
          whyRefusedNextTime(newToken, credential),
          async () => {
            if (!rotates) {
              workflow.warning(
                'Salesforce rotated the refresh token: the stored secret is dead now, and the next run will fail. ' +
                  'Set `token-branch`, and the stored secret keeps working; this time, save the output `refresh-token` in a following step (`if: always()`), or sign in again. Whoever keeps it elsewhere sets `rotates: true`.',
              );
            }
            return undefined;
          },
        ),
      letGo: async () => {},
      stays: async () => ({ phrase: 'not rotated' }),
    }),
  };
}
