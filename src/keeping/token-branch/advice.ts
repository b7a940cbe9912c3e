import { ActionError } from '../../errors/action-error.ts';
import { onTokenBranch } from '../../errors/advice.ts';
import { deadToken } from '../../errors/catalogue.ts';
import type { Place } from '../../github/branch-file.ts';
import { nameOf } from './failures.ts';
import { type Holder, leaseEnd } from './record.ts';
import type { Turn } from './turn.ts';

/** After a lost answer: what the next run does, and that nothing has to be done before. */
export function ifUnknown(holder: Holder): string {
  return `${onTokenBranch.answer_lost} (The hold ends at ${leaseEnd(holder).toISOString()}.)`;
}

/** What to do about a token that Salesforce calls dead, by what the branch knows of it. */
export function ifDead(
  { dead, seen }: Turn,
  place: Place,
  clean: (remote: unknown) => string,
): string {
  if (dead !== undefined) {
    return `${clean(dead.run)} took the new refresh token with it: it held the credential from ${dead.since.toISOString()} on and ended without saving. Sign in again.`;
  }
  const elsewhere =
    'a step without `token-branch`, or with another branch or `token-repository`, or another tool. Name the same branch wherever the secret is used.';
  if (seen.kept === undefined) {
    const restore = `gh api -X PATCH repos/${place.repository}/git/refs/heads/${place.branch} -f sha=COMMIT -F force=true`;
    return [
      `This was the first use of the stored token on ${nameOf(place)}. ${deadToken.intro}`,
      `- It worked on this branch before: the branch or its file was deleted. Put it back with \`${restore}\` (the log of the last run that worked has the commit), and run the job again; sign in only if it is refused then too.`,
      `- It worked before, but not with this branch. Something else used this single-use token: ${elsewhere}`,
      '- It never worked: the stored token is not whole, or `login-url` or `client-id` does not match what it was issued for. Correct that; the token may still be good.',
      deadToken.idle,
      deadToken.revoked,
    ].join('\n');
  }
  return [
    `Sign in again: the new credential gets a file of its own on ${nameOf(place)}, and nothing has to be deleted. The dead token is the one that refresh no. ${seen.record.refreshes} saved there. Why it died:`,
    `- Something else used this single-use token: ${elsewhere}`,
    deadToken.idle,
    deadToken.revoked,
  ].join('\n');
}

/** The new token is not on the branch, and the time to write it there is over. */
export function notSaved(place: Place, asAuthUrl: boolean): ActionError {
  const output = asAuthUrl ? 'sfdx-auth-url' : 'refresh-token';
  return ActionError.own(
    'save_failed',
    `Salesforce rotated the refresh token, but the new one could not be written to ${nameOf(place)}.`,
    {
      fix: onTokenBranch.save_failed.replace('`refresh-token`', `\`${output}\``),
      why: 'GitHub did not answer, or refused, for as long as this step held the credential.',
    },
  );
}
