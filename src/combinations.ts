import { ActionError } from './errors/action-error.ts';
import { notForTokens, nothingSent } from './errors/catalogue.ts';
import { quoted } from './errors/text.ts';
import { branchNameFlaw } from './github/branch-name.ts';
import type { TokenBranch } from './keeping/keeper.ts';
import { defaultBranchOf, type Environment, readContext } from './runner/context.ts';
import {
  booleanInput,
  type InputName,
  notTaken,
  numberInput,
  type RawInputs,
} from './runner/inputs.ts';
import { missingInput } from './runner/missing-input.ts';
import { isTokenText } from './salesforce/token-response.ts';

const credentialSources = ['refresh-token', 'sfdx-auth-url', 'token-file'] as const;

/**
 * Refuses inputs that can't be given together, and a step without any credential.
 * @throws ActionError `input_conflict`, `input_missing`
 */
export function checkCombination(raw: RawInputs, env: Environment): void {
  const given = credentialSources.filter((name) => raw[name] !== undefined);
  if (given.length > 1) {
    throw conflict(
      given,
      'each of them is a credential of its own',
      'Give exactly one of `refresh-token`, `sfdx-auth-url` and `token-file`.',
    );
  }
  const parts = (['client-id', 'client-secret'] as const).filter((name) => raw[name] !== undefined);
  if (raw['sfdx-auth-url'] !== undefined && parts.length > 0) {
    throw conflict(
      ['sfdx-auth-url', ...parts],
      'the auth URL names the app already',
      `Leave out ${parts.map((name) => `\`${name}\``).join(' and ')}.`,
    );
  }
  if (given.length === 0) {
    throw missingInput(
      'No credential arrived: `sfdx-auth-url`, `refresh-token` and `token-file` are all empty.',
      [...credentialSources, 'client-id'],
      env,
    );
  }
  if (raw['token-file'] !== undefined && raw['token-branch'] !== undefined) {
    throw conflict(
      ['token-file', 'token-branch'],
      'a rotated token is kept in one place',
      'Keep `token-branch`, and give the refresh token itself as `refresh-token`; on a self-hosted runner whose disk stays, `token-file` alone will do.',
    );
  }
}

/** Where nothing keeps a rotated token but the workflow, the workflow has to be able to read it. */
export function checkTokenCanBeSaved(raw: RawInputs, rotates: boolean, env: Environment): void {
  const kept = raw['token-file'] !== undefined || raw['token-branch'] !== undefined;
  if (!rotates || kept || readContext(env).outputsCanBeRead) {
    return;
  }
  const output = raw['sfdx-auth-url'] === undefined ? 'refresh-token' : 'sfdx-auth-url';
  throw ActionError.own(
    'input_conflict',
    '`rotates` is `true`, but this step has no `id:`, so no other step can save the new refresh token.',
    {
      fix: `Set \`token-branch\`, which keeps it for you; or give this step \`id: salesforce\`, and save \`steps.salesforce.outputs.${output}\` in a following step with \`if: always()\`. ${nothingSent}`,
      why: 'If the app rotates refresh tokens, the stored one is dead after this refresh: a new one that nobody saves is lost.',
    },
  );
}

function conflict(names: readonly InputName[], because: string, fix: string): ActionError {
  const list = names
    .map((name) => `\`${name}\``)
    .join(', ')
    .replace(/, (?=[^,]*$)/, ' and ');
  return ActionError.own('input_conflict', `${list} cannot be given together: ${because}.`, {
    fix: `${fix} ${nothingSent}`,
  });
}

/** What to say where `token-branch` has no token to write with: it is no secret that is missing. */
const noGitHubToken = {
  fix: `Add \`github-token: \${{ github.token }}\` to this step, and \`permissions: contents: write\` to its job (in a called workflow, to the calling job too). ${nothingSent}`,
};

/** A shorter refresh token is no key for what is kept on the branch. */
const leastTokenLength = 40;

/**
 * The branch that keeps the refresh token, where one is named.
 * @throws ActionError `input_invalid`, `input_missing`, `input_conflict`
 */
export function tokenBranchInputs(
  raw: RawInputs,
  env: Environment,
  refreshToken: string,
): TokenBranch | undefined {
  const waitMs = numberInput(raw, 'wait-seconds', 300, 0, 1800) * 1000;
  const reuseMs = numberInput(raw, 'reuse-minutes', 0, 0, 60) * 60_000;
  const branch = raw['token-branch'];
  if (branch === undefined) {
    const alone = (['token-repository', 'reuse-minutes'] as const).find(
      (name) => raw[name] !== undefined && (name !== 'reuse-minutes' || reuseMs > 0),
    );
    if (alone !== undefined) {
      throw ActionError.own(
        'input_conflict',
        `\`${alone}\` has no effect without \`token-branch\`, which is empty.`,
        {
          fix: `Name the branch that keeps the refresh token in \`token-branch\`, or leave \`${alone}\` out. ${nothingSent}`,
        },
      );
    }
    return undefined;
  }
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
