import { now } from '../../http/now.ts';

/**
 * A moment by two clocks, in milliseconds: the monotonic one stands still while a machine sleeps, the
 * wall clock may be set.
 */
export interface Moment {
  readonly monotonic: number;
  readonly wall: number;
}

/** Reads both clocks. */
export type Clock = () => Moment;

export const clockOfThisMachine: Clock = () => ({
  monotonic: now(),
  wall: Date.now(),
});

/** How long ago a moment is at the least favourable reading, in milliseconds. */
export function elapsedMs(since: Moment, now: Moment): number {
  return Math.max(now.monotonic - since.monotonic, now.wall - since.wall);
}
