import { hasUnprintable } from '../errors/text.ts';
import { to18Characters } from './ids.ts';

/** Kinds of orgs that the step can tell apart. */
export const orgTypes = ['production', 'sandbox', 'scratch', 'developer'] as const;
export type OrgType = (typeof orgTypes)[number];

/** What the workflow expects of the org and the user; what is not given is not checked. */
export interface Expectations {
  /** 18 characters. */
  readonly orgId?: string;
  readonly username?: string;
  readonly orgType?: OrgType;
  /** Prove with a request that the token works. */
  readonly verify: boolean;
}

/** Whether anything is expected of a token, so that the org may have to be asked about it. */
export function expectsAnything({ verify, orgId, username, orgType }: Expectations): boolean {
  return verify || orgId !== undefined || username !== undefined || orgType !== undefined;
}

/**
 * An org id of 15 or 18 characters as 18.
 * @returns undefined where it is none, or where its check characters are wrong
 */
export function parseOrgId(text: string): string | undefined {
  if (!/^00D[A-Za-z0-9]{12}([A-Za-z0-9]{3})?$/.test(text)) {
    return undefined;
  }
  const full = to18Characters(text);
  return text.length === 15 || text === full ? full : undefined;
}

/** A username, which always has the form of a mail address; undefined where the text has not. */
export function parseUsername(text: string): string | undefined {
  const good = /^[^\s@]+@[^\s@]+$/.test(text) && text.length <= 80 && !hasUnprintable(text);
  return good ? text : undefined;
}

/** One of {@link orgTypes}; undefined where the text is none. */
export function parseOrgType(text: string): OrgType | undefined {
  return orgTypes.find((type) => type === text);
}

/** Whether two usernames are the same: Salesforce ignores case. */
export function sameUsername(a: string, b: string): boolean {
  return a.toLowerCase() === b.toLowerCase();
}

/**
 * What kind of org a record of `Organization` describes, by the rules of the Salesforce CLI: a sandbox
 * that expires is a scratch org.
 */
export function orgTypeOf(record: {
  readonly isSandbox: boolean;
  readonly expires: boolean;
  readonly organizationType: string;
}): OrgType {
  if (record.isSandbox) {
    return record.expires ? 'scratch' : 'sandbox';
  }
  return record.organizationType.includes('Developer Edition') ? 'developer' : 'production';
}
