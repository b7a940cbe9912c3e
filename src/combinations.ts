import { ActionError } from './errors/action-error.ts';
import { branchNameFlaw } from './github/branch-name.ts';
import type { TokenBranch } from './keeping/keeper.ts';
import { defaultBranchOf, type Environment, readContext } from './runner/context.ts';
import {
  booleanInput,
  type InputName,
  numberInput,
  type RawInputs,
  required,
} from './runner/inputs.ts';
import { isTokenText } from './salesforce/token-response.ts';

const credentialSources = ['refresh-token', 'sfdx-auth-url', 'token-file'] as const;

/**
 * Refuses inputs that can't be given together, and a step without any credential.
 * @throws ActionError `input_conflict`, `input_missing`
 */
export function checkCombination(raw: RawInputs, env: Environment): void {
  const given = credentialSources.filter((name) => raw[name] !== undefined);
  if (given.length > 1) {
    throw conflict(given, 'each of them is a credential of its own');
  }
  const parts = (['client-id', 'client-secret'] as const).filter((name) => raw[name] !== undefined);
  if (raw['sfdx-auth-url'] !== undefined && parts.length > 0) {
    throw conflict(['sfdx-auth-url', ...parts], 'the auth URL names the app already');
  }
  if (given.length === 0) {
    required(raw, 'refresh-token', env);
  }
  if (raw['token-file'] !== undefined && raw['token-branch'] !== undefined) {
    throw conflict(['token-file', 'token-branch'], 'a rotated token is kept in one place');
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
    '`rotates` is `true`, and nothing could save the new refresh token: this step has no `id:`.',
    {
      why: `Without an \`id:\`, no other step can read the output \`${output}\`, and the stored token is dead after one refresh.`,
      fix: `Give this step an \`id:\` (\`id: salesforce\`), and save \`steps.salesforce.outputs.${output}\` in a following step with \`if: always()\`. Nothing was sent.`,
    },
  );
}

function conflict(names: readonly InputName[], why: string): ActionError {
  const list = names.map((name) => `\`${name}\``).join(' and ');
  return ActionError.own('input_conflict', `${list} cannot be given together: ${why}.`);
}

/** What to say where `token-branch` has no token to write with: it is no secret that is missing. */
const noGitHubToken = {
  why: '`token-branch` needs a token that may write contents of the repository.',
  fix: `Add \`github-token: \${{ github.token }}\` to this step, and \`permissions: contents: write\` to its job. Nothing was sent.`,
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
        `\`${alone}\` says nothing without \`token-branch\`.`,
        {
          fix: `Name the branch that keeps the refresh token in \`token-branch\`, or leave \`${alone}\` out. Nothing was sent.`,
        },
      );
    }
    return undefined;
  }
  if (reuseMs > 0 && booleanInput(raw, 'revoke-on-completion', false)) {
    throw conflict(
      ['reuse-minutes', 'revoke-on-completion'],
      'other jobs would be using a token that this one revokes',
    );
  }
  const { repository: own } = readContext(env);
  const repository = raw['token-repository'] ?? own;
  if (!/^[\w.-]*[\w-][\w.-]*\/[\w.-]*[\w-][\w.-]*$/.test(repository)) {
    throw raw['token-repository'] === undefined
      ? ActionError.own('input_missing', 'GITHUB_REPOSITORY is not set.')
      : ActionError.own('input_invalid', 'The input `token-repository` is not `owner/name`.');
  }
  const isOwn = repository.toLowerCase() === own.toLowerCase();
  const flaw = branchNameFlaw(branch) ?? (isOwn ? takenBy(branch, env) : undefined);
  if (flaw !== undefined) {
    throw ActionError.own('input_invalid', `The input \`token-branch\` (“${branch}”) ${flaw}.`, {
      why: 'The branch is for refresh tokens alone: it is made on first use, without history, and never merged.',
      fix: 'Give a name that is for refresh tokens alone, such as `salesforce-tokens`: the branch is made on first use. Nothing was sent.',
    });
  }
  if (refreshToken.length < leastTokenLength) {
    throw ActionError.own(
      'input_invalid',
      `The refresh token that was given has fewer than ${leastTokenLength} characters, too few for \`token-branch\`.`,
      {
        why: 'The key that encrypts what is kept on the branch is made from it.',
        fix: 'Check that the whole refresh token is stored. Nothing was sent.',
      },
    );
  }
  const githubToken = required(raw, 'github-token', env, noGitHubToken);
  if (!isTokenText(githubToken)) {
    throw ActionError.own(
      'input_invalid',
      'The input `github-token` holds white space, or characters that are in no token.',
      { fix: 'Give the token alone, as one line. Nothing was sent.' },
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
