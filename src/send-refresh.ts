import { type ActionError, asActionError } from './errors/action-error.ts';
import { cancelledAnswerMs, type Deadline } from './http/deadline.ts';
import { Withheld } from './http/failure.ts';
import type { JsonObject } from './http/json.ts';
import type { Taken } from './keeping/keeper.ts';
import { expectsAnything } from './salesforce/expectations.ts';
import { refresh } from './salesforce/refresh.ts';
import type { Settings } from './settings.ts';
import type { CountedTools } from './step-tools.ts';

type Sending = Pick<
  Settings,
  | 'login'
  | 'clientId'
  | 'clientSecret'
  | 'allowedHosts'
  | 'expected'
  | 'rotates'
  | 'retries'
  | 'tokenBranch'
>;

/** @returns the token response; undefined where it came too late to be sent, so that the token is taken anew */
export async function sendRefresh(
  taken: Taken,
  settings: Sending,
  deadline: Deadline,
  { send, random, workflow, retrying }: CountedTools,
): Promise<JsonObject | undefined> {
  const { refreshToken, mayLeave, opened } = taken;
  const { login, clientId, clientSecret, allowedHosts, expected, rotates, retries } = settings;
  const request = {
    endpoint: login.url,
    refreshToken,
    clientId,
    ...(clientSecret !== undefined && { clientSecret }),
    last: !expectsAnything(expected),
    graceMs: cancelledAnswerMs,
    ...(mayLeave && { mayLeave }),
    ...(opened && { opened }),
  };
  const { clean, debug, info: announce } = workflow;
  try {
    if (settings.tokenBranch !== undefined) {
      // Not after the answer: outputs that cannot be written would then cost the new token.
      workflow.setOutputs({ reused: 'false' });
    }
    return await refresh(request, { rotates, retries }, allowedHosts, {
      send,
      deadline,
      clean,
      debug,
      announce,
      retrying,
      random,
    });
  } catch (thrown) {
    if (thrown instanceof Withheld) {
      await taken.letGo();
      workflow.info(
        'This job was held up for too long after it took the credential: taking it anew.',
      );
      return undefined;
    }
    throw await failureOf(asActionError(thrown), taken);
  }
}

/** A refresh that brought no token, by what is known of the one that was sent; that is let go, unless it may be spent. */
async function failureOf(error: ActionError, taken: Taken): Promise<ActionError> {
  if (error.mayBeSpent) {
    // Where the token is kept, the next run finds out by itself: no need to look anything up before.
    return taken.ifUnknown === undefined
      ? error
      : error.with({ fix: taken.ifUnknown, signIn: false });
  }
  await taken.letGo();
  return error.unexplained && taken.ifDead !== undefined
    ? error.with({ fix: taken.ifDead })
    : error;
}
