import type { JsonObject } from '../../http/json.ts';
import type { Seen } from './look.ts';

/** Servers' clocks differ, and GitHub's `Date` has whole seconds: so far ahead still counts as new. */
const aheadMs = 60_000;

/**
 * The token response that another job sealed, where it is young enough to be used again: by GitHub's
 * clock against Salesforce's `issued_at`, a string of milliseconds.
 *
 * @param maxAgeMs 0: never
 */
export function reusableAnswer({ kept, now }: Seen, maxAgeMs: number): JsonObject | undefined {
  if (maxAgeMs === 0 || kept === undefined || now === undefined) {
    return undefined;
  }
  const { access_token: accessToken, issued_at: issuedAt }: JsonObject = kept;
  if (typeof accessToken !== 'string' || typeof issuedAt !== 'string' || !/^\d+$/.test(issuedAt)) {
    return undefined;
  }
  const ageMs = now.getTime() - Number(issuedAt);
  return ageMs >= -aheadMs && ageMs <= maxAgeMs ? kept : undefined;
}
