import { asActionError } from './errors/action-error.ts';
import type { Ending } from './http/ending.ts';
import type { Send } from './http/send.ts';
import { type Environment, readContext } from './runner/context.ts';
import { readInputs, retriesInput } from './runner/inputs.ts';
import type { StateName, Workflow } from './runner/outputs.ts';
import { notRevoked, revokeToken } from './salesforce/revoke.ts';

/** Collaborators of the end of the job. */
export interface PostTools {
  readonly env: Environment;
  readonly workflow: Workflow;
  readonly send: Send;
  /** Aborts when the run is cancelled. */
  readonly cancel: Ending;
  /** From 0 to 1. */
  readonly random: () => number;
}

/** What the main stage kept, where it asked for the end of the job to do something. */
function readState(env: Environment, name: StateName): string {
  return env[`STATE_${name}`] ?? '';
}

/**
 * The end of the job: saves a new refresh token that the step did not come to save, and revokes the
 * access token where the step asked for that. It never fails: a green job must not turn red.
 */
export async function runPostStep(given: PostTools): Promise<void> {
  const { env, workflow } = given;
  const send = workflow.debugging
    ? (await import('./trace.ts')).traced(given.send, workflow)
    : given.send;
  const tools = { ...given, send };
  workflow.debug(() => {
    const [unsaved, alive] = [readState(env, 'token-branch'), readState(env, 'access-token')];
    return `The end of the job: ${unsaved ? 'a' : 'no'} new refresh token to save, ${alive ? 'an' : 'no'} access token to revoke`;
  });
  await saveRefreshToken(tools);
  await revokeAccessToken(tools);
}

async function saveRefreshToken({ env, workflow, send, random }: PostTools): Promise<void> {
  const state = readState(env, 'token-branch');
  if (state === '') {
    return;
  }
  const { 'github-token': token = '' } = readInputs(env);
  workflow.mask(token);
  try {
    const { saveUnsaved } = await import('./keeping/token-branch/unsaved.ts');
    await saveUnsaved(state, token, readContext(env), { ...workflow, send, random });
  } catch (error) {
    workflow.warning(`The new refresh token could not be saved: ${asActionError(error).message}`);
  }
}

async function revokeAccessToken(tools: PostTools): Promise<void> {
  const { env, workflow, send, cancel, random } = tools;
  const accessToken = readState(env, 'access-token');
  const instanceUrl = readState(env, 'instance-url');
  if (accessToken === '' || instanceUrl === '') {
    return;
  }
  workflow.mask(accessToken);
  try {
    const retries = retriesInput(readInputs(env));
    await revokeToken(instanceUrl, accessToken, { ...workflow, send, cancel, retries, random });
  } catch (error) {
    workflow.warning(notRevoked(asActionError(error).message));
  }
}
