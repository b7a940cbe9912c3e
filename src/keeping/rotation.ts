import { ActionError, asActionError, describe } from '../errors/action-error.ts';
import type { Deadline } from '../http/deadline.ts';
import type { RunContext } from '../runner/context.ts';
import type { Workflow } from '../runner/outputs.ts';
import type { Inputs } from '../settings.ts';
import { type SaveRecipe, saveStep } from './advice.ts';
import type { RotationGuard } from './rotation-guard.ts';

/**
 * Keeps a new refresh token: hands it out first, then saves it where the inputs say, then takes the
 * outputs back. Whatever ends the process in between, a following `if: always()` step sees the token
 * until it is safe.
 *
 * @param deadline for writing the secret
 * @returns what became of it, as a phrase
 * @throws ActionError `save_failed`; the outputs stay then
 */
export async function keepNewToken(
  newToken: string,
  inputs: Inputs,
  context: RunContext,
  guard: RotationGuard | undefined,
  workflow: Workflow,
  deadline: () => Deadline,
): Promise<string> {
  const newAuthUrl = inputs.authUrl?.plainWith(newToken);
  const stored = inputs.authUrl?.storedWith(newToken) ?? newToken;
  // Of JSON over several lines, each line would be masked: what is secret in it is masked already.
  [newToken, newAuthUrl ?? '', /\n/.test(stored) ? '' : stored].forEach(workflow.mask);
  let unsaid: unknown;
  try {
    workflow.setOutputs({
      'refresh-token': newToken,
      'sfdx-auth-url': newAuthUrl,
      rotated: 'true',
    });
  } catch (error) {
    // A full disk must not keep the token from where it can be saved.
    unsaid = error;
  }
  const place = await save(stored, newToken, inputs, context, guard, workflow, deadline);
  if (unsaid !== undefined) {
    throw notHandedOut(unsaid, place ?? (inputs.tokenFile && '`token-file`'));
  }
  if (place === undefined) {
    return 'rotated, handed out as the output `refresh-token`';
  }
  workflow.setOutputs({ 'refresh-token': '', 'sfdx-auth-url': newAuthUrl && '' });
  return `rotated, saved in ${place}`;
}

/** @returns where the token is safe, so that the outputs are not needed any more */
async function save(
  stored: string,
  newToken: string,
  inputs: Inputs,
  context: RunContext,
  guard: RotationGuard | undefined,
  workflow: Workflow,
  startDeadline: () => Deadline,
): Promise<string | undefined> {
  const { writeBack } = inputs;
  if (guard !== undefined && writeBack !== undefined) {
    const output = inputs.authUrl === undefined ? 'refresh-token' : 'sfdx-auth-url';
    const recipe: SaveRecipe = { stepId: context.stepId, output, ...writeBack };
    await saveSecret(stored, recipe, guard, startDeadline());
    return `the secret ${writeBack.secretName} of the environment ${writeBack.environmentName}`;
  }
  if (inputs.tokenFile !== undefined) {
    saveFile(newToken, inputs);
    if (context.runnerEnvironment === 'self-hosted') {
      return '`token-file`';
    }
    workflow.warning(
      'Salesforce rotated the refresh token. The new one is in `token-file`, but the disk of this runner dies with the job, and what the file was made from is dead now: ' +
        'save the output `refresh-token` in a following step (`if: always()`).',
    );
    return undefined;
  }
  if (!inputs.rotates) {
    workflow.warning(
      'Salesforce rotated the refresh token: the stored secret is dead now, and the next run will fail. ' +
        'The new one is in the output `refresh-token`: save it in a following step (`if: always()`) and set `rotates: true`.',
    );
  }
  return undefined;
}

function notHandedOut(cause: unknown, place: string | undefined): ActionError {
  return ActionError.own(
    'save_failed',
    `Salesforce rotated the refresh token, and outputs can not be written: ${describe(cause)}.`,
    {
      cause,
      why: 'The disk of the runner is full, or the file that GITHUB_OUTPUT names is gone.',
      fix:
        place === undefined
          ? 'The new token is lost: make room on the runner, sign in again and store the new credential.'
          : `The new token is saved in ${place}: make room on the runner, then start the job again.`,
    },
  );
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
  } finally {
    deadline.release();
  }
}

function saveFile(newToken: string, { tokenFile }: Inputs): void {
  try {
    tokenFile?.update({ refresh_token: newToken });
  } catch (error) {
    throw ActionError.own(
      'save_failed',
      `Salesforce rotated the refresh token, and the new one could not be written to \`token-file\`: ${describe(error)}.`,
      { cause: error },
    );
  }
}
