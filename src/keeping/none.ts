import { type Credential, whyRefusedNextTime } from '../credential/from-inputs.ts';
import { deadToken } from '../errors/catalogue.ts';
import type { RunContext } from '../runner/context.ts';
import type { Workflow } from '../runner/outputs.ts';
import type { Keeper, Kept } from './keeper.ts';
import { keepNewToken, warnNotKept } from './rotation.ts';

type Given = Pick<Credential, 'refreshToken' | 'clientId' | 'authUrl'>;

/**
 * The refresh token that was given, kept nowhere: a new one is handed out, for a step that saves it.
 * @param rotates that there is such a step, so that there is nothing to warn of
 * @param context with the address of the documents
 */
export function keptNowhere(
  credential: Given,
  rotates: boolean,
  context: () => Pick<RunContext, 'documents'>,
  workflow: Workflow,
): Keeper {
  return {
    take: async () => ({
      kind: 'taken',
      refreshToken: credential.refreshToken,
      keep: (newToken) => handOutAlone(newToken, credential, rotates, context, workflow),
      letGo: async () => {},
      stays: async () => ({ phrase: 'not rotated' }),
      ...(rotates && { ifDead: usedElsewhere() }),
    }),
  };
}

async function handOutAlone(
  newToken: string,
  credential: Given,
  rotates: boolean,
  context: () => Pick<RunContext, 'documents'>,
  workflow: Workflow,
): Promise<Kept> {
  const { authUrl } = credential;
  const refused = whyRefusedNextTime(newToken, credential);
  const kept = await keepNewToken(newToken, authUrl, workflow, refused, async () => {
    if (!rotates) {
      const { documents } = context();
      const output = authUrl === undefined ? 'refresh-token' : 'sfdx-auth-url';
      warnNotKept(
        workflow,
        'Salesforce rotated the refresh token, and nothing keeps the new one: the stored secret is dead now, and the next run will fail.',
        `Set \`token-branch\`, then sign in again to replace the secret (${documents}/troubleshooting.md#signing-in-again): the new one keeps working. Or save the output \`${output}\` in a following step with \`if: always()\`, and set \`rotates: true\`: then no token is sent twice.`,
        `${documents}/rotation.md`,
      );
    }
    return undefined;
  });
  return rotates ? kept : { ...kept, kept: false };
}

/** The app rotates, and the workflow keeps the new tokens. */
const usedElsewhere = () =>
  [
    deadToken.intro,
    '- It worked before: it is not the newest one. Either a run did not save its new token, or another copy of the credential was used; with `token-branch`, the action itself keeps the newest.',
    deadToken.neverWorked,
    deadToken.idle,
    deadToken.revoked,
  ].join('\n');
