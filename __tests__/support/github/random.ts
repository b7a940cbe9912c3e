/** A sequence of numbers from 0 up to 1 that a seed decides: the same seed, the same sequence. */
export type Random = () => number;

/** Mulberry32 (public domain): good enough for choosing latencies, and short. */
export function seededRandom(seed: number): Random {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** One number, or any between two. */
export type Range = number | readonly [least: number, most: number];

/** A number out of the range. */
export function pick(range: Range, random: Random): number {
  if (typeof range === 'number') return range;
  const [least, most] = range;
  return least + (most - least) * random();
}
