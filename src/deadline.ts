/** The one limit for everything that is sent, retries and pauses included. */
export interface Deadline {
  readonly totalMs: number;
  /** Aborts when the time is up. */
  readonly signal: AbortSignal;
  /** Milliseconds that are left; never negative. */
  remainingMs(): number;
  /** Resolves after `ms` milliseconds, or when the time is up. */
  pause(ms: number): Promise<void>;
  /** Lets the process end before the time is up. */
  release(): void;
}

/** Starts the clock (a monotonic one: the wall clock may be set while we wait). */
export function startDeadline(totalMs: number): Deadline {
  const start = performance.now();
  const controller = new AbortController();
  const timer = setTimeout(() => controller.abort(new Error('the time is up')), totalMs);
  const { signal } = controller;
  return {
    totalMs,
    signal,
    remainingMs: () => (signal.aborted ? 0 : Math.max(0, totalMs - (performance.now() - start))),
    pause: (ms) =>
      new Promise((resolve) => {
        const done = () => {
          clearTimeout(pauseTimer);
          signal.removeEventListener('abort', done);
          resolve();
        };
        const pauseTimer = setTimeout(done, ms);
        signal.addEventListener('abort', done);
      }),
    release: () => clearTimeout(timer),
  };
}
