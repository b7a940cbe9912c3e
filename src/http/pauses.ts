/** No pause of our own is longer, in milliseconds. */
export const longestPauseMs = 8_000;

/**
 * The pause before the next attempt: about 1, 2, 4, 8, 8, … seconds, with up to a fifth of jitter so
 * that matrix jobs don't march in step, and never shorter than the one before.
 *
 * @param retries how often the request was sent again already
 * @param previousMs the one before, as far as it was no longer than ours may be; 0 where there was none
 * @param random from 0 to 1
 * @returns milliseconds
 */
export function nextPauseMs(retries: number, previousMs: number, random: number): number {
  const base = Math.min(8, 2 ** retries) * 1000;
  return Math.max(previousMs, Math.min(longestPauseMs, Math.round(base * (0.8 + 0.4 * random))));
}

/** Reads `Retry-After` (RFC 9110, 10.2.3: seconds or a date) as milliseconds from the answer's own `Date`. */
export function parseRetryAfter(
  value: string | undefined,
  date: string | undefined,
): number | undefined {
  if (value === undefined) {
    return undefined;
  }
  if (/^\d{1,9}$/.test(value.trim())) {
    return Number(value) * 1000;
  }
  const now = Date.parse(date ?? '');
  const wait = Date.parse(value) - (Number.isNaN(now) ? Date.now() : now);
  return Number.isNaN(wait) ? undefined : Math.max(0, wait);
}
