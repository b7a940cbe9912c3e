import { type GitHubTools, gitHubClient } from '../github/api.ts';
import { gitHubEnvironment } from '../github/environment.ts';
import { sealedBox } from '../github/sealed-box.ts';
import type { Deadline } from '../http/deadline.ts';
import type { RunContext } from '../runner/context.ts';
import type { Workflow } from '../runner/outputs.ts';
import type { Inputs } from '../settings.ts';
import { holdGuard, type RotationGuard } from './rotation-guard.ts';

/**
 * For a credential that is written back: makes sure that nobody else spends this copy.
 *
 * The one door to everything that write-back needs (GitHub's API, the guard, the cryptography): loaded
 * on demand, because most runs never need it.
 *
 * @throws ActionError as {@link holdGuard} does
 */
export async function guardSecret(
  writeBack: NonNullable<Inputs['writeBack']>,
  refreshToken: string,
  { repository, apiUrl, runUrl }: RunContext,
  tools: Pick<GitHubTools, 'send' | 'random' | 'retrying'>,
  deadline: Deadline,
  workflow: Workflow,
): Promise<RotationGuard> {
  const { secretName, environmentName, githubToken: token } = writeBack;
  const call = gitHubClient({ ...tools, token, apiUrl, clean: workflow.clean });
  return await holdGuard(
    { secretName, environmentName, repository, refreshToken, runUrl },
    gitHubEnvironment(repository, environmentName, call, sealedBox),
    deadline,
    workflow.info,
    workflow.warning,
  );
}
