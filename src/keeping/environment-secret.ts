import { type Credential, whyRefusedNextTime } from '../credential/from-inputs.ts';
import { asActionError } from '../errors/action-error.ts';
import { type GitHubTools, gitHubClient } from '../github/api.ts';
import { gitHubEnvironment } from '../github/environment.ts';
import { sealedBox } from '../github/sealed-box.ts';
import type { Deadline } from '../http/deadline.ts';
import type { RunContext } from '../runner/context.ts';
import type { Workflow } from '../runner/outputs.ts';
import type { Keeper } from './keeper.ts';
import { keepNewToken } from './rotation.ts';
import { holdGuard, type RotationGuard } from './rotation-guard.ts';
import { type SaveRecipe, saveStep } from './save-step.ts';

/** Where a rotating credential is written back to. */
export interface WriteBack {
  readonly secretName: string;
  readonly environmentName: string;
  readonly githubToken: string;
}

/**
 * The refresh token of an environment secret, which is written back; the guard makes sure that nobody
 * else spends this copy. The one door to everything that this needs (GitHub's API, the guard, the
 * cryptography).
 */
export function keptInSecret(
  credential: Pick<Credential, 'refreshToken' | 'clientId' | 'authUrl'>,
  { secretName, environmentName, githubToken: token }: WriteBack,
  { repository, apiUrl, runUrl, stepId }: RunContext,
  tools: Pick<GitHubTools, 'send' | 'random' | 'retrying'>,
  workflow: Workflow,
): Keeper {
  const { refreshToken, authUrl } = credential;
  const call = gitHubClient({ ...tools, token, apiUrl, clean: workflow.clean });
  const output = authUrl === undefined ? 'refresh-token' : 'sfdx-auth-url';
  const recipe: SaveRecipe = { stepId, output, secretName, environmentName };
  return {
    take: async (deadline) => {
      const guard = await holdGuard(
        { secretName, environmentName, repository, refreshToken, runUrl },
        gitHubEnvironment(repository, environmentName, call, sealedBox),
        deadline,
        workflow.info,
        workflow.warning,
      );
      return {
        refreshToken,
        keep: (newToken, limit) =>
          keepNewToken(
            newToken,
            authUrl,
            workflow,
            whyRefusedNextTime(newToken, credential),
            async (stored) => {
              await saveSecret(stored, recipe, guard, limit);
              const name = `the secret ${secretName} of the environment ${environmentName}`;
              return { name, safe: true };
            },
          ),
        letGo: guard.release,
        ifItStays: guard.ifItStays,
      };
    },
  };
}

async function saveSecret(
  stored: string,
  recipe: SaveRecipe,
  guard: RotationGuard,
  deadline: Deadline,
): Promise<void> {
  try {
    await guard.save(stored, deadline);
  } catch (error) {
    throw asActionError(error).with({
      fix: `The new token is in the output \`${recipe.output}\` of this step. Save it with this step, right below it, or sign in again:\n${saveStep(recipe)}`,
    });
  }
}
