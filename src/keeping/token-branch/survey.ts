import type { BranchFile } from '../../github/branch-file.ts';
import type { Deadline } from '../../http/deadline.ts';
import { RequestFailure } from '../../http/failure.ts';
import { gitHubFailed, notWritable, wrongBranch } from './failures.ts';
import { isOurReadme } from './readme.ts';
import type { BranchWorld } from './world.ts';

/**
 * Before the first write to a branch: whether it is there, and one of ours.
 * @throws ActionError `input_invalid` where it is another branch, `token_branch_not_writable`, …
 * @returns whether the branch is there
 */
export async function survey(
  file: BranchFile,
  deadline: Deadline,
  world: BranchWorld,
): Promise<boolean> {
  const { place } = file;
  const doing = 'Looking for the branch failed (GET)';
  const around = await file.surroundings(deadline, world.retries).catch((error: unknown) => {
    throw error instanceof RequestFailure ? gitHubFailed(doing, error, world.clean) : error;
  });
  if ('status' in around) {
    throw around.limited || around.status >= 500
      ? gitHubFailed(doing, around, world.clean)
      : notWritable(around, place, world.run, 'read');
  }
  if (around.defaultBranch === place.branch) {
    throw wrongBranch(place, `it is the default branch of ${place.repository}`);
  }
  if (around.branchExists && !isOurReadme(around.readme)) {
    throw wrongBranch(
      place,
      `there is such a branch in ${place.repository}, and this action did not make it`,
    );
  }
  return around.branchExists;
}
