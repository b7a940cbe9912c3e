import { asActionError } from './errors/action-error.ts';
import { startDeadline } from './http/deadline.ts';
import type { Send } from './http/send.ts';
import type { Environment } from './runner/context.ts';
import type { StateName, Workflow } from './runner/outputs.ts';
import { revoke } from './salesforce/revoke.ts';

/** Collaborators of the end of the job. */
export interface PostTools {
  readonly env: Environment;
  readonly workflow: Workflow;
  readonly send: Send;
  /** From 0 to 1. */
  readonly random: () => number;
}

const revokeMs = 15_000;

/** What the main stage kept, where it asked for the end of the job to do something. */
export function readState(env: Environment, name: StateName): string {
  return env[`STATE_${name}`] ?? '';
}

/**
 * The end of the job: revokes the access token, where the step asked for that. It never fails: a
 * green job must not turn red over a token that expires by itself.
 */
export async function runPostStep(tools: PostTools): Promise<void> {
  const { env, workflow } = tools;
  const accessToken = readState(env, 'access-token');
  const instanceUrl = readState(env, 'instance-url');
  if (accessToken === '' || instanceUrl === '') {
    return;
  }
  workflow.mask(accessToken);
  try {
    await revokeToken(instanceUrl, accessToken, tools);
  } catch (error) {
    warn(asActionError(error).message, workflow);
  }
}

/** Revokes an access token and says so; a failure is a warning. */
export async function revokeToken(
  instanceUrl: string,
  accessToken: string,
  { workflow, send, random }: Omit<PostTools, 'env'>,
): Promise<void> {
  const deadline = startDeadline(revokeMs);
  try {
    const repetition = {
      send,
      deadline,
      retries: 2,
      answerMs: revokeMs,
      random,
      retrying: workflow.info,
    };
    const problem = await revoke(instanceUrl, accessToken, repetition, workflow.clean);
    if (problem === undefined) {
      workflow.info('Revoked the access token.');
    } else {
      warn(problem, workflow);
    }
  } finally {
    deadline.release();
  }
}

function warn(problem: string, workflow: Workflow): void {
  workflow.warning(
    `The access token could not be revoked: ${problem}. It ends by itself with the session timeout of the org.`,
  );
}
