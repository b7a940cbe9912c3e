import type { GitHubAnswer } from '../../github/api.ts';
import type { BranchFile } from '../../github/branch-file.ts';
import type { Deadline } from '../../http/deadline.ts';
import { RequestFailure } from '../../http/failure.ts';
import type { JsonObject } from '../../http/json.ts';
import { isTokenText, secretsIn } from '../../salesforce/token-response.ts';
import type { Moment } from './clock.ts';
import { gitHubFailed, invalidFile, notWritable } from './failures.ts';
import { type BranchRecord, parseRecord } from './record.ts';
import { unseal } from './seal.ts';
import type { BranchWorld } from './world.ts';

/** What a look at the file showed, and when. */
export interface Seen {
  /** Before the look was sent. */
  readonly at: Moment;
  /** GitHub's clock at the look; undefined where it told none. */
  readonly now: Date | undefined;
  readonly left: GitHubAnswer['left'];
  /** The version; undefined where there is no file. */
  readonly sha: string | undefined;
  readonly record: BranchRecord;
  /** What is sealed in it: the current refresh token, or a whole token response. */
  readonly kept: (JsonObject & { readonly refresh_token: string }) | undefined;
}

/**
 * Looks at the credential's file, and makes sure that it can be used before anything is taken.
 *
 * @throws ActionError `token_branch_invalid`, `token_branch_not_writable`, `network_error`, `timeout`,
 *   `tls_error`, `http_<status>`
 */
export async function lookAt(
  file: BranchFile,
  deadline: Deadline,
  { credential, run, clock, retries, clean, mask }: BranchWorld,
): Promise<Seen> {
  const at = clock();
  const doing = 'Reading the file on the branch failed (GET)';
  const unusable = invalidFile(file.place, 'is not a file, or is larger than 64 KiB');
  const look = await file.look(deadline, retries).catch((error: unknown) => {
    if (error instanceof RequestFailure) {
      throw error.kind === 'oversized' ? unusable : gitHubFailed(doing, error, clean);
    }
    throw error;
  });
  const { answer } = look;
  const seen = { at, now: answer.date, left: answer.left };
  switch (look.kind) {
    case 'absent':
      return { ...seen, sha: undefined, record: { refreshes: 0 }, kept: undefined };
    case 'refused':
      throw answer.limited || answer.status >= 500 || answer.status === 200
        ? gitHubFailed(doing, answer, clean)
        : notWritable(answer, file.place, run, 'read');
    case 'unusable':
      throw unusable;
    case 'file':
      break;
  }
  const record = parseRecord(look.text);
  if (record === undefined) {
    throw invalidFile(file.place, 'is not what this action writes');
  }
  if (record.sealed === undefined) {
    return { ...seen, sha: look.sha, record, kept: undefined };
  }
  const content = await unseal(record.sealed, credential);
  secretsIn(content ?? {}).forEach(mask);
  const { refresh_token: refreshToken } = content ?? {};
  if (content === undefined || !isTokenText(refreshToken)) {
    throw invalidFile(file.place, 'cannot be opened with the refresh token that was given');
  }
  return { ...seen, sha: look.sha, record, kept: { ...content, refresh_token: refreshToken } };
}
