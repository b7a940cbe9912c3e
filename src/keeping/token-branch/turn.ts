import { randomUUID } from 'node:crypto';
import type { ActionError } from '../../errors/action-error.ts';
import type { GitHubAnswer } from '../../github/api.ts';
import { type BranchFile, blobSha, newBranchMs, readLagMs } from '../../github/branch-file.ts';
import type { Written } from '../../github/written.ts';
import { cancelledSaveMs, type Deadline, startDeadline } from '../../http/deadline.ts';
import { RequestFailure } from '../../http/failure.ts';
import { nextPauseMs } from '../../http/pauses.ts';
import { gitHubFailed, notWritable, tooFewLeft, writing } from './failures.ts';
import { standInLine } from './line.ts';
import { lookAt, type Seen } from './look.ts';
import { aboutOf, readmeName, readmeOf } from './readme.ts';
import { formatRecord, type Holder, leaseSeconds } from './record.ts';
import { survey } from './survey.ts';
import { seenText } from './trace.ts';
import type { BranchWorld } from './world.ts';

/** The credential is ours: what we saw, and what we put in its place. */
export interface Turn {
  /** The version that we replaced. */
  readonly seen: Seen;
  readonly holder: Holder;
  /** The version that is ours, and its text. */
  readonly sha: string;
  readonly text: string;
  /** Whoever held it before, and ended without letting go. */
  readonly dead: Holder | undefined;
}

/** How long a write under way may go on once the run was cancelled. */
const graceMs = 4_000;
/** With fewer requests left in the hour, a new token might not be saved. */
const fewestLeft = 10;
/** Who waits leaves more to the one who is waited for, and has still to save: the hour's requests are shared. */
const fewestLeftInLine = 100;
/** The pause before another look, where the branch is not there (yet). */
const absentPauseMs = 1_000;
/** How often a look is repeated that has to tell what became of a write, whatever `retries` says. */
const findingOut = 10;

/**
 * Waits until nobody else refreshes the credential, and takes it: a compare-and-swap on the version that
 * was looked at, so that of all who saw the same one only one goes on.
 *
 * @param waitMs how long to wait for others, at most; does not count in `deadline`
 * @param reuse looks at each version first: what is found there makes a turn unnecessary
 * @throws ActionError `credential_in_flight`, `token_branch_not_writable`, `input_invalid`, and as {@link lookAt}
 */
export async function takeTurn<T>(
  file: BranchFile,
  deadline: Deadline,
  waitMs: number,
  world: BranchWorld,
  reuse: (seen: Seen) => T | undefined,
): Promise<Turn | T> {
  const id = randomUUID();
  const line = standInLine(file.place, deadline, waitMs, world);
  const replaced = new Map<string, number>();
  let branchKnown = false;
  /** What we wrote without being told that it is there. */
  const unsure: Turn[] = [];
  let unclear: ActionError | undefined;
  let missingSince: number | undefined;
  let last: Seen | undefined;
  let limits = 0;
  let giveUpConnection = () => {};
  try {
    for (;;) {
      const retries = unsure.length > 0 ? Math.max(world.retries, findingOut) : world.retries;
      const look = await line.within((own) => lookAt(file, own, { ...world, retries }));
      // Deleted in front of our eyes, it is no first use: what it kept goes on from what we saw.
      const seen =
        look.sha === undefined && last ? { ...look, record: last.record, kept: last.kept } : look;
      last = seen;
      world.debug(() => seenText(seen, world.clean));
      world.cancel.throwIfAborted();
      const { holder } = seen.record;
      // Not by the holder's id alone: an earlier write of ours may have replaced another token. Of two
      // that are the same, time runs from the look before the first one.
      const arrived = unsure.find(({ sha }) => sha === seen.sha);
      if (arrived !== undefined) {
        return arrived;
      }
      const found = unsure.length === 0 ? reuse(seen) : undefined;
      if (found !== undefined) {
        return found;
      }
      const stale = isStale(seen, replaced, world);
      if (stale || (holder !== undefined && line.isHeld(holder, seen))) {
        failIfFewLeft(seen.left, fewestLeftInLine);
        await line.wait(stale ? undefined : holder);
        continue;
      }
      if (await line.spreadOut()) {
        continue;
      }
      line.step();
      if (unclear !== undefined && unsure.length > world.retries) {
        throw unclear;
      }
      failIfFewLeft(seen.left);
      branchKnown ||= seen.sha !== undefined || (await survey(file, deadline, world));
      const turn = turnOf(id, seen, world);
      unsure.push(turn);
      if (branchKnown) {
        // So that it costs no time of its own. To make the branch takes several requests: too long.
        giveUpConnection = world.connect();
      }
      const doing = writing(branchKnown);
      const written = await put(file, turn, branchKnown, deadline, world);
      world.debug(() => `Take: ${written.kind}`);
      if (written.kind === 'done') {
        failIfFewLeft(written.answer.left);
        return turn;
      }
      giveUpConnection();
      if (written.kind === 'unclear') {
        unclear = gitHubFailed(doing, written.outcome, world.clean);
        const pauseMs = nextPauseMs(unsure.length - 1, 0, world.random());
        await pauseOrFail(Math.max(pauseMs, waitAskedBy(written.outcome)), deadline, unclear);
        continue;
      }
      unsure.pop();
      const { answer } = written;
      const forGood = notWritable(answer, file.place, world.run, 'write to');
      switch (written.kind) {
        case 'beaten':
          if (written.stale) {
            replaced.set(seen.sha ?? absent, world.clock().monotonic);
          }
          await line.beaten();
          break;
        case 'limited': {
          // GitHub does not always say how long: whoever goes on asking is kept out for longer.
          const pauseMs = Math.max(nextPauseMs(limits++, 0, world.random()), answer.waitMs);
          const limited = gitHubFailed(doing, answer, world.clean);
          await pauseOrFail(world.retries === 0 ? never : pauseMs, deadline, limited);
          break;
        }
        case 'missing':
          // A new branch is not visible to every request at once; or somebody deleted it.
          missingSince ??= world.clock().monotonic;
          if (!branchKnown || world.clock().monotonic - missingSince > newBranchMs) {
            throw forGood;
          }
          branchKnown = false;
          await pauseOrFail(absentPauseMs, deadline, forGood);
          break;
        case 'refused':
          throw forGood;
      }
    }
  } catch (error) {
    giveUpConnection();
    for (const turn of unsure) {
      await abandon(file, turn, world);
    }
    throw error;
  } finally {
    line.step();
  }
}

/** A pause that no deadline leaves room for. */
const never = Number.POSITIVE_INFINITY;

/** Stands for the `sha` of a file that is not there. */
const absent = '';

/** Whether a look shows a version that GitHub itself called replaced a moment ago. */
function isStale(
  { sha }: Seen,
  replaced: ReadonlyMap<string, number>,
  { clock }: BranchWorld,
): boolean {
  const since = replaced.get(sha ?? absent);
  return since !== undefined && clock().monotonic - since < readLagMs;
}

function failIfFewLeft(left: Seen['left'], fewest = fewestLeft): void {
  if (left !== undefined && left.requests < fewest) {
    throw tooFewLeft(left);
  }
}

function turnOf(id: string, seen: Seen, { run, clock, info, clean }: BranchWorld): Turn {
  const { holder: dead, ...record } = seen.record;
  if (dead !== undefined) {
    info(
      `${clean(dead.run)} took the credential at ${dead.since.toISOString()} and never let go: taking its place.`,
    );
  }
  const since = seen.now ?? new Date(clock().wall);
  const holder = { id, run: run.url, since, seconds: leaseSeconds };
  const text = formatRecord({ ...record, holder }, aboutOf(run.documents));
  return { seen, holder, sha: blobSha(text), text, dead };
}

async function put(
  file: BranchFile,
  { text, seen }: Turn,
  branchKnown: boolean,
  deadline: Deadline,
  { run, cancel, retries }: BranchWorld,
): Promise<Written> {
  const message = `Take the credential: ${run.url} [skip ci]`;
  // A write that was begun is finished: what it did is to be known, and undone.
  const own = startDeadline(Math.max(1_000, deadline.remainingMs()), cancel, graceMs);
  try {
    if (branchKnown) {
      return await file.write(text, seen.sha, message, own);
    }
    const files = { [readmeName]: readmeOf(run.documents), [file.place.file]: text };
    return await file.makeBranch(files, message, own, retries);
  } finally {
    own.release();
  }
}

/** Undoes a write of which nobody knows whether it was done; where it was not, this is refused. */
async function abandon(
  file: BranchFile,
  { seen, sha }: Turn,
  { run, cancel }: BranchWorld,
): Promise<void> {
  const { holder: _, ...record } = seen.record;
  const text = formatRecord(record, aboutOf(run.documents));
  const own = startDeadline(graceMs, cancel, cancelledSaveMs);
  try {
    await file.write(text, sha, letGoMessage(run.url), own);
  } finally {
    own.release();
  }
}

/** The message of the commit that gives the credential back as it was. */
export function letGoMessage(run: string): string {
  return `Let go, nothing was rotated: ${run} [skip ci]`;
}

function waitAskedBy(outcome: GitHubAnswer | RequestFailure): number {
  return outcome instanceof RequestFailure ? 0 : outcome.waitMs;
}

async function pauseOrFail(ms: number, deadline: Deadline, error: Error): Promise<void> {
  if (ms >= deadline.remainingMs()) {
    throw error;
  }
  await deadline.pause(ms);
}
