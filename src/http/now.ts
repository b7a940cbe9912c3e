/**
 * Milliseconds by a clock that nobody can set, from some moment on. Not `performance.now()`: Node loads all
 * that belongs to `performance` first, which takes it longer than most of what a step does.
 */
export function now(): number {
  return Number(process.hrtime.bigint()) / 1e6;
}
