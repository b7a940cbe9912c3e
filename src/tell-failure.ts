import { ActionError } from './errors/action-error.ts';
import { sectionOf } from './errors/refusals.ts';
import type { Ending } from './http/ending.ts';
import { type Given, signInAgain } from './keeping/advice.ts';
import { type Environment, readContext } from './runner/context.ts';
import type { RawInputs } from './runner/inputs.ts';
import type { StepTools } from './step-tools.ts';

/** Says that and why the step failed: in the log, as `error-code`, and in the summary. */
export async function tellFailure(
  thrown: ActionError,
  raw: RawInputs,
  { workflow, cancel, env }: Pick<StepTools, 'workflow' | 'cancel' | 'env'>,
): Promise<void> {
  const error = asCancelled(thrown, cancel);
  const more = `${readContext(env).documents}/troubleshooting.md#${sectionOf(error.code)}`;
  workflow.fail(error, more);
  if (raw['job-summary']?.toLowerCase() === 'true') {
    const { failureSummary } = await import('./summary.ts');
    workflow.summarize(failureSummary(error, more));
  }
}

/** The same failure; where the cure is to sign in again, with the command for that. */
export function withSignIn(error: ActionError, given: Given, env: Environment): ActionError {
  return error.signIn
    ? error.with({ fix: `${error.fix}\n${signInAgain(given, readContext(env))}` })
    : error;
}

/** A cancelled run ends as such, unless that would hide that the credential may be lost. */
function asCancelled(error: ActionError, cancel: Ending): ActionError {
  if (!cancel.aborted || error.mayBeSpent || error.code === 'save_failed') {
    return error;
  }
  return ActionError.own('cancelled', 'The run was cancelled before the token was handed out.', {
    cause: error,
  });
}
