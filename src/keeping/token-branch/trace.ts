import type { Seen } from './look.ts';
import { heldUntil } from './record.ts';

/** What a look showed, for debug logging: one line, and nothing secret. */
export function seenText({ sha, record, kept, now, at, left }: Seen, clean: Clean): string {
  const { holder, refreshes } = record;
  return [
    sha === undefined
      ? 'Look: no file'
      : `Look: version ${sha.slice(0, 7)}, refresh ${refreshes}, ${kept ? 'a token' : 'nothing'} sealed in it`,
    holder === undefined
      ? 'free'
      : `held by ${clean(holder.run)} from ${holder.since.toISOString()}, until ${heldUntil(holder).toISOString()} at most`,
    `${now?.toISOString() ?? 'no time'} by GitHub's clock, ${new Date(at.wall).toISOString()} by this machine's`,
    `${left?.requests ?? 'an unknown number of'} requests left in the hour`,
  ].join('; ');
}

/** Cleans remote text for printing. */
type Clean = (remote: unknown) => string;
