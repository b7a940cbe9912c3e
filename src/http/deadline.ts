import { Ender, type Ending } from './ending.ts';
import { now } from './now.ts';

/** Why a {@link Deadline} ended early: the run was cancelled. */
export class Cancelled extends Error {
  /** When, by {@link now}. */
  readonly at: number;

  constructor(at = now()) {
    super('the run was cancelled');
    this.name = 'Cancelled';
    this.at = at;
  }
}

/**
 * What a cancelled step has left: the runner kills it 10 s after its first signal, on Windows 7.5 s
 * (actions/runner, ProcessInvoker). Saving has until then, and an answer has to come before.
 */
export const cancelledSaveMs = process.platform === 'win32' ? 7_000 : 9_000;
export const cancelledAnswerMs = cancelledSaveMs - 500;

/** What is longer fires at once (Node's documentation of setTimeout): a `Retry-After` may be. */
const longestTimerMs = 2 ** 31 - 1;

/** One limit for all that is sent under it, retries and pauses included. */
export interface Deadline {
  readonly totalMs: number;
  /** Aborts when the time is up, or with {@link Cancelled} when the run is cancelled. */
  readonly signal: Ending;
  /** Milliseconds that are left; never negative, 0 once it ended. */
  remainingMs(): number;
  /** Resolves after `ms` milliseconds, or when the deadline ends. */
  pause(ms: number): Promise<void>;
  /**
   * Stops the clock, as long as it is somebody else who is waited for.
   * @param since when that began, by {@link now}; default: now
   * @returns starts it again
   */
  suspend(since?: number): () => void;
  /** Lets the process end before the time is up. */
  release(): void;
}

/**
 * Starts the clock (a monotonic one: the wall clock may be set while we wait).
 *
 * @param cancel ends the deadline when it aborts, best with {@link Cancelled}
 * @param graceMs how long the deadline goes on after it was cancelled, at most
 */
export function startDeadline(totalMs: number, cancel?: Ending, graceMs = 0): Deadline {
  const start = now();
  let end = start + totalMs;
  const ender = new Ender();
  const timeUp = () => ender.abort(new Error('the time is up'));
  let timer = setTimeout(timeUp, totalMs);
  let suspendedAt: number | undefined;
  const onCancel = () => {
    // A deadline that starts later has what is left: the runner counts from its signal.
    const reason: unknown = cancel?.reason;
    const cancelledAt = reason instanceof Cancelled ? reason.at : now();
    end = Math.min(end, cancelledAt + graceMs);
    clearTimeout(timer);
    if (graceMs === 0) {
      ender.abort(new Cancelled());
    } else {
      const leftMs = Math.max(0, end - now());
      timer = setTimeout(() => ender.abort(new Cancelled()), leftMs);
    }
  };
  if (cancel?.aborted) {
    onCancel();
  } else {
    cancel?.addEventListener('abort', onCancel);
  }
  return {
    totalMs,
    signal: ender,
    remainingMs() {
      return ender.aborted ? 0 : Math.max(0, end - (suspendedAt ?? now()));
    },
    pause(ms) {
      return new Promise((resolve) => {
        const done = () => {
          clearTimeout(pauseTimer);
          ender.removeEventListener('abort', done);
          resolve();
        };
        const pauseTimer = setTimeout(done, ender.aborted ? 0 : Math.min(ms, longestTimerMs));
        ender.addEventListener('abort', done);
      });
    },
    suspend(since = now()) {
      suspendedAt = since;
      clearTimeout(timer);
      return () => {
        if (suspendedAt !== undefined && !cancel?.aborted) {
          end += now() - suspendedAt;
          timer = setTimeout(timeUp, end - now());
        }
        suspendedAt = undefined;
      };
    },
    release() {
      clearTimeout(timer);
      cancel?.removeEventListener('abort', onCancel);
    },
  };
}
