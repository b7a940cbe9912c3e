import { gitHubClient } from '../../github/api.ts';
import { branchFile, type Place } from '../../github/branch-file.ts';
import { startDeadline } from '../../http/deadline.ts';
import { parseJsonObject } from '../../http/json.ts';
import type { Send } from '../../http/send.ts';
import type { Debug } from '../../http/trace.ts';
import type { RunContext } from '../../runner/context.ts';
import { clockOfThisMachine } from './clock.ts';
import { nameOf } from './failures.ts';
import { readmeOf } from './readme.ts';
import { heldUntil } from './record.ts';
import { replaceOwn } from './replace.ts';
import type { Turn } from './turn.ts';

/** How long the end of the job tries to save what the step could not. */
const saveMs = 60_000;

/**
 * What the end of the job has to know to save a new token, where the step does not come to it. The
 * token is in it encrypted.
 */
export function unsavedState(
  place: Place,
  { sha, holder }: Turn,
  text: string,
  message: string,
): string {
  const until = heldUntil(holder).toISOString();
  return JSON.stringify({ ...place, text, message, replaces: sha, holder: holder.id, until });
}

/** Collaborators of {@link saveUnsaved}. */
export interface SavingTools {
  readonly send: Send;
  /** From 0 to 1. */
  readonly random: () => number;
  readonly info: (line: string) => void;
  readonly debug: Debug;
  readonly warning: (text: string, title?: string) => void;
  readonly clean: (remote: unknown) => string;
}

/**
 * Saves what the step left unsaved: the version that it replaces makes a late save safe.
 * @param state what {@link unsavedState} gave
 */
export async function saveUnsaved(
  state: string,
  githubToken: string,
  { apiUrl, documents }: RunContext,
  { send, random, info, debug, warning, clean }: SavingTools,
): Promise<void> {
  const texts = Object.entries(parseJsonObject(state) ?? {});
  const text = (name: string) => {
    const value = texts.find(([key]) => key === name)?.[1];
    return typeof value === 'string' ? value : '';
  };
  const place = { repository: text('repository'), branch: text('branch'), file: text('file') };
  if ([...Object.values(place), text('text'), text('replaces')].includes('')) {
    warning('The new refresh token could not be saved: what the step noted for it cannot be read.');
    return;
  }
  const client = { send, random, token: githubToken, apiUrl, clean, debug, retrying: info };
  const file = branchFile(place, gitHubClient(client));
  const deadline = startDeadline(saveMs);
  try {
    const saved = await replaceOwn(
      file,
      {
        text: text('text'),
        replaces: text('replaces'),
        message: text('message'),
        holder: text('holder'),
        readme: readmeOf(documents),
      },
      () => Date.now() < Date.parse(text('until')),
      { deadline, clock: clockOfThisMachine, random, info, debug, clean },
    );
    if (saved === undefined) {
      warning(
        `The new refresh token could not be saved on ${nameOf(place)} at the end of the job either, as far as GitHub told.\nWhat to do: Unless a step saved the output of the refresh, sign in again before the next run (${documents}/troubleshooting.md#signing-in-again).\nMore: ${documents}/rotation.md#save_failed`,
        'Salesforce refresh token: not kept',
      );
    } else {
      info(`Saved the new refresh token that the step could not save, on ${nameOf(place)}.`);
    }
  } finally {
    deadline.release();
  }
}
