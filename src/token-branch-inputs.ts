import { conflict, type TokenBranchTimes } from './combinations.ts';
import { ActionError } from './errors/action-error.ts';
import { notForTokens } from './errors/advice.ts';
import { nothingSent } from './errors/catalogue.ts';
import { quoted } from './errors/text.ts';
import { branchNameFlaw } from './github/branch-name.ts';
import type { TokenBranch } from './keeping/keeper.ts';
import { type Environment, readContext } from './runner/context.ts';
import { defaultBranchOf } from './runner/event.ts';
import { booleanInput, notTaken, type RawInputs } from './runner/inputs.ts';
import { missingInput } from './runner/missing-input.ts';
import { isTokenText } from './salesforce/token-response.ts';

/** What to say where `token-branch` has no token to write with: it is no secret that is missing. */
const noGitHubToken = {
  fix: `Add \`github-token: \${{ github.token }}\` to this step, and \`permissions: contents: write\` to its job (in a called workflow, to the calling job too). ${nothingSent}`,
};

/** A shorter refresh token is no key for what is kept on the branch. */
const leastTokenLength = 40;

/**
 * The branch that keeps the refresh token. Loaded where one is named.
 * @throws ActionError `input_invalid`, `input_missing`, `input_conflict`
 */
export function tokenBranchInputs(
  branch: string,
  raw: RawInputs,
  env: Environment,
  refreshToken: string,
  { waitMs, reuseMs }: TokenBranchTimes,
): TokenBranch {
  if (reuseMs > 0 && booleanInput(raw, 'revoke-on-completion', false)) {
    throw conflict(
      ['reuse-minutes', 'revoke-on-completion'],
      'this job would revoke a token that other jobs are using',
      'Leave one of the two out.',
    );
  }
  const { repository: own } = readContext(env);
  const repository = raw['token-repository'] ?? own;
  if (!/^[\w.-]*[\w-][\w.-]*\/[\w.-]*[\w-][\w.-]*$/.test(repository)) {
    throw raw['token-repository'] === undefined
      ? ActionError.own('input_missing', 'GITHUB_REPOSITORY is not set.', {
          fix: `Run this as a step of a GitHub Actions job, or name the repository of the branch in \`token-repository\`. ${nothingSent}`,
        })
      : notTaken('token-repository', repository, 'not a repository', {
          fix: `Write it as \`owner/name\`, without \`https://github.com/\`. ${nothingSent}`,
        });
  }
  const isOwn = repository.toLowerCase() === own.toLowerCase();
  const flaw = branchNameFlaw(branch) ?? (isOwn ? takenBy(branch, env) : undefined);
  if (flaw !== undefined) {
    throw ActionError.own(
      'input_invalid',
      `\`token-branch\` is ${quoted(branch)}, which ${flaw}.`,
      notForTokens,
    );
  }
  if (refreshToken.length < leastTokenLength) {
    throw ActionError.own(
      'input_invalid',
      `The refresh token has only ${refreshToken.length} characters, and \`token-branch\` takes ${leastTokenLength} or more.`,
      {
        fix: `Check that the whole refresh token is stored: real ones are longer. ${nothingSent}`,
        why: 'The key that encrypts the file on the branch is derived from it.',
      },
    );
  }
  const githubToken = raw['github-token'];
  if (githubToken === undefined) {
    throw missingInput(
      '`token-branch` is set, and `github-token`, which it needs, is empty.',
      ['github-token'],
      env,
      noGitHubToken,
    );
  }
  if (!isTokenText(githubToken)) {
    throw ActionError.own(
      'input_invalid',
      'The input `github-token` holds white space or another character that no token has.',
      {
        fix: `Give \`\${{ github.token }}\`, or the token of a GitHub App as it is, on one line. ${nothingSent}`,
      },
    );
  }
  return { repository, branch, githubToken, waitMs, reuseMs };
}

/** What a branch of the workflow's own repository is there for already. */
function takenBy(branch: string, env: Environment): string | undefined {
  if (readContext(env).refs.includes(branch)) {
    return 'is the branch or tag that this run is about';
  }
  // Asked of GitHub as well, but only before the first write: here it costs no request.
  return branch === defaultBranchOf(env) ? 'is the default branch of the repository' : undefined;
}
