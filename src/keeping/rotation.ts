import type { GivenAuthUrl } from '../credential/auth-url.ts';
import { ActionError, describe } from '../errors/action-error.ts';
import type { Workflow } from '../runner/outputs.ts';
import type { Kept } from './keeper.ts';

/** Where a new refresh token was saved. */
export interface Place {
  /** `the branch …`, with what it is there. */
  readonly name: string;
  /** The page that shows it. */
  readonly url?: string;
  /** The next run finds it there: the outputs are not needed any more. */
  readonly safe: boolean;
}

/**
 * Keeps a new refresh token: hands it out first, then saves it where its keeper does, then takes the
 * outputs back. Until it is safe, a following `if: always()` step sees the token, whatever ends the process.
 *
 * @param authUrl the auth URL that the old token was given in, where it was
 * @param refused why the next run would refuse the new token: then the outputs stay, and a warning says so
 * @throws ActionError `save_failed`; the outputs stay then
 */
export async function keepNewToken(
  newToken: string,
  authUrl: GivenAuthUrl | undefined,
  workflow: Pick<Workflow, 'mask' | 'setOutputs' | 'warning'>,
  refused: string | undefined,
  save: () => Promise<Place | undefined>,
): Promise<Kept> {
  const newAuthUrl = authUrl?.withToken(newToken);
  [newToken, newAuthUrl ?? ''].forEach(workflow.mask);
  let unsaid: unknown;
  try {
    workflow.setOutputs({
      'refresh-token': newToken,
      'sfdx-auth-url': newAuthUrl,
      rotated: 'true',
    });
  } catch (error) {
    // A full disk must not keep the token from where it can be saved.
    unsaid = error;
  }
  if (refused !== undefined) {
    workflow.warning(refusedNextTime(refused, authUrl));
  }
  const place = await save();
  if (unsaid !== undefined) {
    throw notHandedOut(unsaid, place?.name);
  }
  if (!place?.safe) {
    const output = newAuthUrl === undefined ? '`refresh-token`' : '`sfdx-auth-url`';
    return place === undefined
      ? { phrase: `rotated, handed out as the output ${output}` }
      : { phrase: `rotated, only the output ${output} outlives the job`, kept: false };
  }
  if (refused !== undefined) {
    // Where it is kept, the next run can't take it from.
    return {
      phrase: `rotated, kept ${place.name}, and handed out as the output \`refresh-token\``,
      kept: false,
    };
  }
  workflow.setOutputs({ 'refresh-token': '', 'sfdx-auth-url': newAuthUrl && '' });
  const { name, url } = place;
  return { phrase: `rotated, kept ${name}`, ...(url !== undefined && { url }) };
}

/** Warns that the new token is kept nowhere that the next run finds it. */
export function warnNotKept(
  workflow: Pick<Workflow, 'warning'>,
  what: string,
  fix: string,
  more: string,
): void {
  workflow.warning(
    [what, `What to do: ${fix}`, `More: ${more}`].join('\n'),
    'Salesforce refresh token: not kept',
  );
}

function refusedNextTime(why: string, authUrl: GivenAuthUrl | undefined): string {
  const cure =
    authUrl === undefined
      ? 'Please report this, without the token, in the issues of the repository that the action comes from'
      : 'Store it for the inputs `refresh-token` and `client-id` instead of `sfdx-auth-url`';
  return `Salesforce rotated the refresh token, and the next run would refuse the new one. ${why} ${cure}. The new token is in the output \`refresh-token\`.`;
}

function notHandedOut(cause: unknown, place: string | undefined): ActionError {
  return ActionError.own(
    'save_failed',
    `Salesforce rotated the refresh token, but outputs cannot be written: ${describe(cause)}.`,
    {
      cause,
      fix:
        place === undefined
          ? 'The new token is lost: make room on the runner, and sign in again.'
          : `The new token is kept ${place}: make room on the runner, then run the job again.`,
      why: 'The disk of the runner is full, or the file that GITHUB_OUTPUT names is gone.',
      signIn: place === undefined,
    },
  );
}
