import type { GitHubAnswer } from '../../github/api.ts';
import {
  type BranchFile,
  blobSha,
  type Look,
  newBranchMs,
  readLagMs,
} from '../../github/branch-file.ts';
import type { Written } from '../../github/written.ts';
import type { Deadline } from '../../http/deadline.ts';
import { RequestFailure } from '../../http/failure.ts';
import { nextPauseMs } from '../../http/pauses.ts';
import type { Debug } from '../../http/trace.ts';
import type { Clock } from './clock.ts';
import { readmeName } from './readme.ts';

/** A version of the file that replaces the one that we took: the only one who may do that is the holder. */
export interface Replacement {
  /** The file's whole new text. */
  readonly text: string;
  /** The version that it replaces: our own take. */
  readonly replaces: string;
  /** The commit's message; of a save, it names the holder. */
  readonly message: string;
  /** Nothing has to be kept: it is done as well where our take is not there any more. */
  readonly lettingGo?: boolean;
  /** How often a write that failed is sent again, at most; default: for as long as there is time. */
  readonly retries?: number;
  /** The uuid of the holder. */
  readonly holder: string;
  /** The README.md, should the branch have to be made anew. */
  readonly readme: string;
}

/** Where a replacement was seen to have arrived. */
export interface Replaced {
  readonly commitUrl: string | undefined;
}

/** How replacing goes on. */
export interface ReplaceTools {
  /** Ends the attempts. */
  readonly deadline: Deadline;
  readonly clock: Clock;
  /** From 0 to 1. */
  readonly random: () => number;
  /** Tells the user about a retry: one line. */
  readonly info: (line: string) => void;
  readonly debug: Debug;
  readonly clean: (remote: unknown) => string;
}

/** How a commit's message says that the holder saved. */
export function savedMessage(refreshes: number, holder: string, run: string): string {
  return `Save refresh ${refreshes}: ${run} (${holder}) [skip ci]`;
}

function saysSaved(message: string, holder: string): boolean {
  return message.startsWith('Save refresh ') && message.includes(`(${holder})`);
}

/**
 * Replaces our own take, again and again until that is certain, or the time is up. Other versions that a look
 * shows are old as long as our lease runs: nobody else may have replaced our take.
 *
 * @param leaseRuns whether nobody else may have taken the credential meanwhile
 * @returns undefined where it was not done: the time is up, or somebody else's version is there
 */
export async function replaceOwn(
  file: BranchFile,
  replacement: Replacement,
  leaseRuns: () => boolean,
  tools: ReplaceTools,
): Promise<Replaced | undefined> {
  const { deadline, clock, random, info, debug, clean } = tools;
  const isOver = (since: number | undefined, ms: number) =>
    since !== undefined && clock().monotonic - since > ms;
  let pauseMs = 0;
  let failures = 0;
  let absentSince: number | undefined;
  let lostSince: number | undefined;
  for (let retry = 0; deadline.remainingMs() > 0; retry++) {
    const written = await file.write(
      replacement.text,
      replacement.replaces,
      replacement.message,
      deadline,
    );
    debug(() => `${replacement.lettingGo ? 'Letting go' : 'Save'}: ${written.kind}`);
    if (written.kind === 'done') {
      return { commitUrl: written.commitUrl };
    }
    if (replacement.lettingGo && written.kind === 'beaten' && written.stale) {
      return { commitUrl: undefined };
    }
    // That somebody else's commit was faster is no failure.
    failures += written.kind === 'beaten' ? 0 : 1;
    if (failures > (replacement.retries ?? failures)) {
      return undefined;
    }
    const found = await standing(file, replacement, leaseRuns, tools);
    debug(() => `What a look says about it: ${found}`);
    const now = clock().monotonic;
    absentSince = found === 'absent' ? (absentSince ?? now) : undefined;
    lostSince = found === 'lost' ? (lostSince ?? now) : undefined;
    if (found === 'done') {
      return { commitUrl: undefined };
    }
    // A look may show an old version; that the write itself was refused makes it certain.
    if (written.kind === 'beaten' && written.stale && isOver(lostSince, readLagMs)) {
      return undefined;
    }
    if (isOver(absentSince, newBranchMs)) {
      const made = await makeAnew(file, replacement, deadline);
      if (made !== undefined) {
        return made;
      }
    }
    const ownMs = nextPauseMs(retry, pauseMs, random());
    const asked = 'answer' in written && written.answer.limited ? written.answer.waitMs : 0;
    const waitMs = Math.max(ownMs, asked);
    pauseMs = ownMs;
    info(
      `Writing to the token branch again in ${(waitMs / 1000).toFixed(1)} s: ${clean(why(written))}`,
    );
    await deadline.pause(waitMs);
  }
  return undefined;
}

/** What a look tells of a write that was not confirmed. */
async function standing(
  file: BranchFile,
  { text, replaces, holder }: Replacement,
  leaseRuns: () => boolean,
  { deadline }: ReplaceTools,
): Promise<'done' | 'again' | 'absent' | 'lost'> {
  const look = await orUndefined(file.look(deadline, 0));
  if (look?.kind === 'absent') {
    return 'absent';
  }
  if (look?.kind !== 'file' || look.sha === replaces) {
    return 'again';
  }
  if (look.sha === blobSha(text)) {
    return 'done';
  }
  const messages = (await orUndefined(file.history(deadline, 0))) ?? [];
  if (messages.some((message) => saysSaved(message, holder))) {
    return 'done';
  }
  return leaseRuns() ? 'again' : 'lost';
}

/** Where the file or the whole branch is gone, with nobody's version to respect. */
async function makeAnew(
  file: BranchFile,
  { text, message, readme }: Replacement,
  deadline: Deadline,
): Promise<Replaced | undefined> {
  const around = await orUndefined(file.surroundings(deadline, 0));
  if (around === undefined || !('branchExists' in around)) {
    return undefined;
  }
  const files = { [readmeName]: readme, [file.place.file]: text };
  const made = around.branchExists
    ? await file.write(text, undefined, message, deadline)
    : await file.makeBranch(files, message, deadline, 0);
  return made.kind === 'done' ? { commitUrl: made.commitUrl } : undefined;
}

async function orUndefined<T extends Look | GitHubAnswer | object>(
  work: Promise<T>,
): Promise<T | undefined> {
  try {
    return await work;
  } catch (error) {
    if (error instanceof RequestFailure) {
      return undefined;
    }
    throw error;
  }
}

function why(written: Written): string {
  const outcome =
    written.kind === 'unclear'
      ? written.outcome
      : written.kind === 'done'
        ? undefined
        : written.answer;
  if (outcome instanceof RequestFailure) {
    return outcome.message;
  }
  return outcome === undefined ? '' : `HTTP ${outcome.status} ${outcome.message}`;
}
