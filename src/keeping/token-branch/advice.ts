import { ActionError } from '../../errors/action-error.ts';
import type { Place } from '../../github/branch-file.ts';
import { nameOf } from './failures.ts';
import { type Holder, heldUntil } from './record.ts';
import type { Turn } from './turn.ts';

/** After a lost answer: what the next run does, and that nothing has to be done before. */
export function ifUnknown(holder: Holder): string {
  return `Run the job again; with \`token-branch\` nothing has to be mended before. It waits until ${heldUntil(holder).toISOString()}, when there is nothing to lose any more, and then sends the token that is kept. Only if Salesforce refuses that, because it had processed this request after all, somebody has to sign in again.`;
}

/** What the branch knows about a token that Salesforce calls dead. */
export function ifDead(
  { dead, seen }: Turn,
  place: Place,
  clean: (remote: unknown) => string,
): string {
  if (dead !== undefined) {
    return `${clean(dead.run)} held the credential from ${dead.since.toISOString()} on and ended without saving: it took the new refresh token with it.`;
  }
  if (seen.kept === undefined) {
    return (
      `This was the first use of the stored token on ${nameOf(place)}. Check that the whole token is stored. If it worked before, it was used elsewhere: in a step without \`token-branch\`, or with another one or another \`token-repository\`, by another tool, or on this branch before the branch or its file was deleted. ` +
      `What was deleted comes back with \`gh api -X PATCH repos/${place.repository}/git/refs/heads/${place.branch} -f sha=COMMIT -F force=true\` (the log of the last run that worked has the commit); if the next run is refused all the same, Salesforce has revoked that token too.`
    );
  }
  return `The token that was sent is refresh ${seen.record.refreshes}, kept on ${nameOf(place)}. If nobody revoked it, a step without \`token-branch\`, or another copy of the credential, used it up: every workflow that uses the secret has to name the same branch.`;
}

/** The new token is not on the branch, and the time to write it there is over. */
export function notSaved(place: Place, asAuthUrl: boolean): ActionError {
  const output = asAuthUrl ? 'sfdx-auth-url' : 'refresh-token';
  return ActionError.own(
    'save_failed',
    `Salesforce rotated the refresh token, and the new one could not be written to ${nameOf(place)}.`,
    {
      why: 'GitHub did not answer, or refused, for as long as this step held the credential.',
      fix: `The end of the job tries once more, for a minute. If it says that it failed too, the new token is only in the output \`${output}\` of this step: store it in the secret in a step with \`if: always()\`, or sign in again.`,
    },
  );
}
