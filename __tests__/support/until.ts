import { setTimeout as sleep } from 'node:timers/promises';

/** Resolves when the condition holds: for what happens without an event that could be waited for. */
export async function until(condition: () => boolean): Promise<void> {
  while (!condition()) {
    // A condition that never holds is not to keep the process: it ends, and the test fails.
    await sleep(5, undefined, { ref: false });
  }
}
