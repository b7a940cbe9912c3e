import { ActionError, describe } from '../errors/action-error.ts';
import { startDeadline } from '../http/deadline.ts';
import type { Ending } from '../http/ending.ts';
import { type Repetition, sendRepeatedly } from '../http/repeat.ts';
import type { Send } from '../http/send.ts';
import type { Debug } from '../http/trace.ts';
import type { Clean } from './attempt.ts';

/** Collaborators of {@link revokeToken}. */
export interface RevokeTools {
  readonly send: Send;
  /** Aborts when the run is cancelled. */
  readonly cancel: Ending;
  /** What the workflow allows; twice is the most that fits into the time. */
  readonly retries: number;
  /** From 0 to 1. */
  readonly random: () => number;
  readonly clean: Clean;
  readonly info: (line: string) => void;
  readonly debug: Debug;
  readonly warning: (text: string) => void;
}

/** How long revoking may take, beyond all other limits; and what a cancelled step has left at most. */
const revokeMs = 5_000;
const cancelledMs = 7_000;

/** Revokes an access token and says so; a failure is a warning. */
export async function revokeToken(
  instanceUrl: string,
  accessToken: string,
  { send, cancel, retries, random, clean, info, debug, warning }: RevokeTools,
): Promise<void> {
  const deadline = startDeadline(revokeMs, cancel, cancelledMs);
  try {
    const repetition = {
      send,
      deadline,
      retries: Math.min(2, retries),
      answerMs: revokeMs,
      random,
      retrying: info,
      debug,
    };
    const problem = await revoke(instanceUrl, accessToken, repetition, clean);
    if (problem === undefined) {
      info('Revoked the access token.');
    } else {
      warning(notRevoked(problem));
    }
  } finally {
    deadline.release();
  }
}

/** What to say where a token could not be revoked. */
export function notRevoked(problem: string): string {
  return `The access token could not be revoked: ${problem.replace(/\.$/, '')}. It ends by itself with the session timeout of the org.`;
}

/**
 * Revokes an access token at its instance (RFC 7009). Only ever give it an access token: revoking a
 * refresh token ends every access token that was made with it.
 *
 * @param instanceUrl `https://host`, checked
 * @returns what went wrong, in words; undefined where the token is revoked
 */
async function revoke(
  instanceUrl: string,
  accessToken: string,
  repetition: Repetition,
  clean: Clean,
): Promise<string | undefined> {
  const url = new URL(`${instanceUrl}/services/oauth2/revoke`);
  try {
    const { status } = await sendRepeatedly(
      {
        method: 'POST',
        url,
        headers: { 'content-type': 'application/x-www-form-urlencoded' },
        body: new URLSearchParams({ token: accessToken }).toString(),
      },
      repetition,
    );
    return status === 200 ? undefined : `${url.host} answered with HTTP ${status}`;
  } catch (error) {
    return clean(error instanceof ActionError ? error.message : describe(error));
  }
}
