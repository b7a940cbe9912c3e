import { hkdfSync } from 'node:crypto';
import { memberOf, parseJsonObject } from '../../http/json.ts';

/** Who is refreshing the credential. */
export interface Holder {
  /** A uuid: one for each time that the credential was taken. */
  readonly id: string;
  /** The page of the run's attempt. */
  readonly run: string;
  /** GitHub's clock when the holder looked, just before it took the credential. */
  readonly since: Date;
  /** How long it may hold. */
  readonly seconds: number;
}

/** The file of one credential. */
export interface BranchRecord {
  /** How many new refresh tokens were saved. */
  readonly refreshes: number;
  /** Only while a refresh is under way. */
  readonly holder?: Holder;
  /** The refresh token (RFC 7516, compact); absent until the first rotation. */
  readonly sealed?: string;
}

/** How long every holder may hold, in seconds. */
export const leaseSeconds = 180;
/** No holder is believed to hold for longer, whatever its file says. */
const longestLeaseSeconds = 600;
/** GitHub's `Date` has whole seconds, and each server a clock of its own. */
const leaseMarginMs = 2_000;
/** A holder whose start lies further ahead was made up. */
const longestAheadMs = 60_000;

/** What the stored refresh token is good for when it is dead as a token: it names and locks the file. */
export interface CredentialKey {
  /** 16 bytes, in hex: the name of the file. */
  readonly id: string;
  /** 32 bytes, for A256GCM. */
  readonly key: Uint8Array;
}

/**
 * HKDF-SHA-256 (RFC 5869) over the refresh token as it was given, with an empty salt. For ever the same:
 * another label would make every file on every branch unreadable.
 */
export function credentialKey(refreshToken: string): CredentialKey {
  const derive = (purpose: string, bytes: number) =>
    new Uint8Array(
      hkdfSync(
        'sha256',
        Buffer.from(refreshToken),
        '',
        `refresh-salesforce-token/1/${purpose}`,
        bytes,
      ),
    );
  return { id: Buffer.from(derive('id', 16)).toString('hex'), key: derive('key', 32) };
}

/** Reads the file; undefined where it is none of ours. A malformed holder is a dead one: it is left out. */
export function parseRecord(text: string): BranchRecord | undefined {
  const json = parseJsonObject(text);
  if (json === undefined) {
    return undefined;
  }
  const { refreshes, sealed } = json;
  if (sealed !== undefined && typeof sealed !== 'string') {
    return undefined;
  }
  const holder = parseHolder(json['holder']);
  const count = isCount(refreshes) ? refreshes : 0;
  if (count > 0 && sealed === undefined) {
    // Somebody took it out: to go on with the stored token would kill the current one.
    return undefined;
  }
  return {
    refreshes: count,
    ...(holder && { holder }),
    ...(sealed !== undefined && { sealed }),
  };
}

function parseHolder(value: unknown): Holder | undefined {
  const [id, run, start, seconds] = ['id', 'run', 'since', 'seconds'].map((name) =>
    memberOf(value, name),
  );
  // Only as it is written: other texts are read by the clock of this machine, or as years too far away.
  const written = typeof start === 'string' && /^\d{4}-\d\d-\d\dT[\d:.]+Z$/.test(start);
  const since = new Date(written ? start : '');
  return typeof id === 'string' &&
    typeof run === 'string' &&
    isCount(seconds) &&
    !Number.isNaN(since.getTime())
    ? { id, run, since, seconds }
    : undefined;
}

function isCount(value: unknown): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0;
}

/** The file as it is written. */
export function formatRecord({ refreshes, holder, sealed }: BranchRecord, about: string): string {
  return `${JSON.stringify({ about, refreshes, holder, sealed }, undefined, 2)}\n`;
}

/** When a holder's time is up, as it counts itself. */
export function leaseEnd({ since, seconds }: Holder): Date {
  return new Date(since.getTime() + Math.min(seconds, longestLeaseSeconds) * 1000);
}

/** When a holder's time is up, for certain, by GitHub's clock. */
export function heldUntil({ since, seconds }: Holder): Date {
  return new Date(since.getTime() + holdingMs({ seconds }));
}

/** How long a holder may be alive, the margin included, in milliseconds. */
export function holdingMs({ seconds }: Pick<Holder, 'seconds'>): number {
  return Math.min(seconds, longestLeaseSeconds) * 1000 + leaseMarginMs;
}

/** Whether a holder may still be at work, by GitHub's clock. */
export function isAlive(holder: Holder, now: Date): boolean {
  return holder.since.getTime() <= now.getTime() + longestAheadMs && now <= heldUntil(holder);
}
