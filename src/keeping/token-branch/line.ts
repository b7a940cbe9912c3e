import type { Place } from '../../github/branch-file.ts';
import { type Deadline, startDeadline } from '../../http/deadline.ts';
import { inFlight, outOfTime } from './failures.ts';
import type { Seen } from './look.ts';
import { type Holder, holdingMs, isAlive, leaseEnd } from './record.ts';
import type { BranchWorld } from './world.ts';

/** The line of jobs that want the same credential, as one of them sees it. */
export interface Line {
  /** Whether a holder may still be at work. */
  isHeld(holder: Holder, seen: Seen): boolean;
  /**
   * Waits a little for the holder, or for GitHub to show what it did already (undefined).
   * @throws ActionError `credential_in_flight` when the time to wait is up
   */
  wait(holder: Holder | undefined): Promise<void>;
  /**
   * After a wait, everybody comes at once: a pause by chance, then one more look.
   * @returns whether to look once more
   */
  spreadOut(): Promise<boolean>;
  /** It is our turn: the step's own time runs again. */
  step(): void;
  /**
   * It was not, somebody was faster: that took none of the step's own time. Pauses by chance, so that
   * those who were too slow together do not come together again.
   * @throws ActionError `credential_in_flight` when that happened for as long as one may wait
   */
  beaten(): Promise<void>;
  /** Does something that waits for an answer, in the step's own time or, in line, in that of the line. */
  within<T>(work: (deadline: Deadline) => Promise<T>): Promise<T>;
}

/** The first pause between two looks, in milliseconds, how it grows, and how far. */
const firstPauseMs = 2_000;
const pauseGrowth = 1.3;
const longestPauseMs = 8_000;
const longestSpreadMs = 1_500;
/** Each look in line has so long at least. */
const leastLookMs = 10_000;

/**
 * @param deadline the step's own time: it does not run in line
 * @param waitMs how long to stand in line, at most
 */
export function standInLine(
  place: Place,
  deadline: Deadline,
  waitMs: number,
  { clock, random, cancel, info, debug, clean }: BranchWorld,
): Line {
  const now = () => clock().monotonic;
  let joinedAt: number | undefined;
  let turnAt = now();
  let resume: (() => void) | undefined;
  let looks = 0;
  let spread = true;
  let watched: { readonly id: string; readonly at: number } | undefined;
  let named: string | undefined;

  const join = (since: number) => {
    cancel.throwIfAborted();
    if (deadline.signal.aborted) {
      throw outOfTime(deadline.totalMs);
    }
    joinedAt ??= since;
    resume ??= deadline.suspend(since);
  };
  const waitedMs = () => now() - (joinedAt ?? now());
  const leftMs = () => waitMs - waitedMs();

  return {
    isHeld: (holder, seen) => {
      if (seen.now !== undefined) {
        return isAlive(holder, seen.now);
      }
      // Without GitHub's clock, ours: for as long as it may hold, it has to stand there unchanged.
      watched = watched?.id === holder.id ? watched : { id: holder.id, at: now() };
      return now() - watched.at <= holdingMs(holder);
    },
    wait: async (holder) => {
      join(now());
      spread = false;
      if (leftMs() <= 0) {
        throw inFlight(holder, place, waitMs, clean);
      }
      if (holder !== undefined && holder.id !== named) {
        named = holder.id;
        info(
          `Waiting for ${clean(holder.run)}, which has been refreshing the same credential since ${holder.since.toISOString()}, until ${leaseEnd(holder).toISOString()} at most.`,
        );
      }
      const pauseMs = Math.min(longestPauseMs, firstPauseMs * pauseGrowth ** looks);
      looks += 1;
      const ms = Math.min(leftMs(), pauseMs * (0.5 + random()));
      debug(
        () =>
          `Waiting ${Math.round(ms)} ms for ${holder ? 'the holder' : 'GitHub to show the newest version'}; ${Math.round(waitedMs())} of ${waitMs} ms are over`,
      );
      await deadline.pause(ms);
      cancel.throwIfAborted();
    },
    spreadOut: async () => {
      if (spread) {
        return false;
      }
      spread = true;
      await deadline.pause(random() * longestSpreadMs);
      cancel.throwIfAborted();
      return true;
    },
    step: () => {
      turnAt = now();
      resume?.();
      resume = undefined;
    },
    beaten: async () => {
      join(turnAt);
      looks = 0;
      // Also where nobody is to be waited for: it may have been the commit of another credential.
      if (waitedMs() > Math.max(waitMs, leastLookMs)) {
        throw inFlight(undefined, place, waitedMs(), clean);
      }
      await deadline.pause(random() * longestSpreadMs);
      cancel.throwIfAborted();
    },
    within: async (work) => {
      if (resume === undefined) {
        return await work(deadline);
      }
      const own = startDeadline(Math.max(leftMs(), leastLookMs), cancel);
      try {
        return await work(own);
      } finally {
        own.release();
      }
    },
  };
}
