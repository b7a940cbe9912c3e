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
                  'The new one is in the output `refresh-token`: save it in a following step (`if: always()`) and set `rotates: true`.',
              );
            }
            return undefined;
          },
        ),
      letGo: async () => {},
    }),
  };
}
