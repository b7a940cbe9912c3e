import { asActionError } from './errors/action-error.ts';
import type { Send } from './http/send.ts';
import type { Environment } from './runner/context.ts';
import type { StateName, Workflow } from './runner/outputs.ts';
import { notRevoked, revokeToken } from './salesforce/revoke.ts';

/** Collaborators of the end of the job. */
export interface PostTools {
  readonly env: Environment;
  readonly workflow: Workflow;
  readonly send: Send;
  /** Aborts when the run is cancelled. */
  readonly cancel: AbortSignal;
  /** From 0 to 1. */
  readonly random: () => number;
}

/** What the main stage kept, where it asked for the end of the job to do something. */
function readState(env: Environment, name: StateName): string {
  return env[`STATE_${name}`] ?? '';
}

/**
 * The end of the job: revokes the access token, where the step asked for that. It never fails: a
 * green job must not turn red over a token that expires by itself.
 */
export async function runPostStep(tools: PostTools): Promise<void> {
  const { env, workflow, send, cancel, random } = tools;
  const accessToken = readState(env, 'access-token');
  const instanceUrl = readState(env, 'instance-url');
  if (accessToken === '' || instanceUrl === '') {
    return;
  }
  workflow.mask(accessToken);
  try {
    await revokeToken(instanceUrl, accessToken, { ...workflow, send, cancel, random });
  } catch (error) {
    workflow.warning(notRevoked(asActionError(error).message));
  }
}
