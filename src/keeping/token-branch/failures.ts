import { ActionError } from '../../errors/action-error.ts';
import { notForTokens, skipDependabot, skipForks } from '../../errors/advice.ts';
import { type Explanation, nothingSent, ownErrors } from '../../errors/catalogue.ts';
import { explainGitHubStatus } from '../../errors/http-status.ts';
import { quoted } from '../../errors/text.ts';
import type { GitHubAnswer } from '../../github/api.ts';
import type { Place } from '../../github/branch-file.ts';
import { RequestFailure } from '../../http/failure.ts';
import { explainNoAnswer, failureCodes } from '../../http/no-answer.ts';
import { type Holder, leaseEnd } from './record.ts';
import type { RunOfBranch } from './world.ts';

const permission =
  'The permission is missing: give the job `permissions: contents: write`. In a called workflow, the calling job needs it too.';

/** `the branch “salesforce-tokens” of acme/deploy`. */
export function nameOf({ branch, repository }: Place): string {
  return `the branch “${branch}” of ${repository}`;
}

/**
 * GitHub refused to let the branch be read or written.
 * @param doing what was tried: `read`, `write`
 */
export function notWritable(
  answer: GitHubAnswer,
  place: Place,
  run: RunOfBranch,
  doing: string,
): ActionError {
  const said = answer.message === '' ? '' : `: “${answer.message}”`;
  return ActionError.own(
    'token_branch_not_writable',
    `GitHub does not let this step ${doing} ${nameOf(place)} (HTTP ${answer.status}${said}).`,
    causeOf(answer, place, run),
  );
}

function causeOf(
  { status, message }: GitHubAnswer,
  { branch, repository }: Place,
  { actor, eventName }: RunOfBranch,
): Explanation {
  if (status === 401) {
    return {
      why: '`github-token` is expired, revoked or not a token at all. Tokens of a GitHub App live for one hour.',
      fix: `Pass \`github-token: \${{ github.token }}\`, or make the App's token in this job, shortly before this step. ${nothingSent}`,
    };
  }
  if (/git repository is empty/i.test(message)) {
    return {
      why: `${repository} has no commit yet, and GitHub makes no branches in an empty repository.`,
      fix: `Push a first commit (a README will do), then run the job again. ${nothingSent}`,
    };
  }
  if (status >= 300 && status < 400) {
    return {
      why: `${repository} was renamed or moved, and this step does not follow redirects with a token.`,
      fix: `Set \`token-repository\` to the name that the repository has now. ${nothingSent}`,
    };
  }
  if (/archived/i.test(message)) {
    return {
      why: `${repository} is archived, so nobody can write to it.`,
      fix: `Name another repository in \`token-repository\`, or unarchive this one. ${nothingSent}`,
    };
  }
  if (/rule violations|repository rule|ruleset/i.test(message)) {
    return {
      why: 'A ruleset of the repository or the organisation covers the branch.',
      fix: `Take “${branch}” out of the ruleset (Settings → Rules → Rulesets → Target branches), or name a branch that none covers. ${nothingSent}`,
    };
  }
  if (/protected branch|through a pull request|required status|status check/i.test(message)) {
    return {
      why: 'Branch protection covers the branch, and this step has to commit to it directly.',
      fix: `Take “${branch}” out of the protection rule (Settings → Branches), or name a branch that none covers. ${nothingSent}`,
    };
  }
  if (/reference update failed/i.test(message)) {
    return {
      why: 'Branch protection covers that name, or there is a branch whose name is the beginning of this one (git takes no `a/b` beside an `a`).',
      fix: `Take “${branch}” out of the protection rule (Settings → Branches), or give \`token-branch\` another name. ${nothingSent}`,
    };
  }
  // A token that may only read is refused with 403: it sees the repository.
  if (status !== 404 && actor === 'dependabot[bot]') {
    return {
      why: 'Dependabot started this run, and its `GITHUB_TOKEN` is read-only by default.',
      fix: `${skipDependabot}, if you trust the updates that run in it, give it \`permissions: contents: write\`. ${nothingSent}`,
    };
  }
  if (status !== 404 && eventName === 'pull_request') {
    return {
      fix: [
        'One of two things:',
        `- The pull request comes from a fork, whose token is read-only: ${skipForks}.`,
        `- ${permission}`,
        nothingSent,
      ].join('\n'),
    };
  }
  return {
    why:
      status === 404
        ? `There is no repository ${repository} that \`github-token\` can see, or the token may not write its contents.`
        : 'The job does not have `permissions: contents: write`, or `github-token` was not made for this repository.',
    fix: [
      'One of two things:',
      `- ${permission}`,
      '- The branch is in another repository (`token-repository`): pass the token of a GitHub App that is installed there with “Contents: write”.',
      nothingSent,
    ].join('\n'),
  };
}

/** What GitHub was asked to do, and how, for messages. */
export type Doing =
  | 'Reading the file on the branch failed (GET)'
  | 'Looking for the branch failed (GET)'
  | 'Writing the file on the branch failed (PUT)'
  | 'Making the branch failed (POST)';

/** What a write is, to a branch that is there or not yet. */
export function writing(branchKnown: boolean): Doing {
  return branchKnown
    ? 'Writing the file on the branch failed (PUT)'
    : 'Making the branch failed (POST)';
}

/** GitHub answered with an error of its own, or not at all: not the token's fault. */
export function gitHubFailed(
  doing: Doing,
  outcome: GitHubAnswer | RequestFailure,
  clean: (text: unknown) => string,
): ActionError {
  if (outcome instanceof RequestFailure) {
    const { what, fix } = explainNoAnswer(outcome, { service: 'github', clean });
    const status = /githubstatus/.test(fix)
      ? ''
      : ' GitHub shows outages at https://www.githubstatus.com.';
    return ActionError.own(failureCodes[outcome.kind], `${doing}: ${what}`, {
      cause: outcome,
      fix: `${fix}${status} ${nothingSent}`,
      why: undefined,
    });
  }
  const { status, message, limited, left } = outcome;
  const said = message === '' ? '' : `: “${message}”`;
  const reset =
    limited && left?.requests === 0 ? ` The limit is reset at ${left.reset.toISOString()}.` : '';
  const { why, fix } = explainGitHubStatus(limited ? 429 : status);
  return new ActionError(
    `http_${status}`,
    `${doing}: GitHub's API answered with HTTP ${status}${said}.${reset}`,
    { why, fix: `${fix} ${nothingSent}` },
  );
}

/** The step's own time ended while others were faster to take the credential. */
export function outOfTime(totalMs: number): ActionError {
  return ActionError.own(
    'timeout',
    `\`timeout-seconds\` (${totalMs / 1000}) ran out before this job could take the credential: other jobs were faster.`,
    {
      why: "GitHub's API was too slow for so little time.",
      fix: `Run the job again, or raise \`timeout-seconds\`. ${nothingSent}`,
    },
  );
}

/** So few requests are left that the new token might not be saved. */
export function tooFewLeft({ requests, reset }: NonNullable<GitHubAnswer['left']>): ActionError {
  const { why, fix } = explainGitHubStatus(429);
  return new ActionError(
    'http_429',
    `GitHub allows \`github-token\` only ${requests} more requests before ${reset.toISOString()}, too few to be sure of saving a new refresh token.`,
    { why, fix: `${fix} ${nothingSent}` },
  );
}

/** What lies on the branch is nothing that this credential can use. */
export function invalidFile(place: Place, what: string): ActionError {
  return ActionError.own('token_branch_invalid', `${place.file} on ${nameOf(place)} ${what}.`);
}

/** The name given is that of a branch which is not for tokens. */
export function wrongBranch(place: Place, what: string): ActionError {
  return ActionError.own(
    'input_invalid',
    `\`token-branch\` cannot be ${quoted(place.branch)}: ${what}.`,
    notForTokens,
  );
}

/**
 * Another job has the credential, and did not let go in the time that this one may wait.
 * @param holder undefined where others were faster each time, without being seen
 */
export function inFlight(
  holder: Holder | undefined,
  place: Place,
  waitedMs: number,
  clean: (text: unknown) => string,
): ActionError {
  const waited =
    waitedMs === 0 ? '`wait-seconds` is 0' : `this job waited ${Math.round(waitedMs / 1000)} s`;
  if (holder === undefined) {
    return ActionError.own(
      'credential_in_flight',
      `Other jobs took the credential first, again and again (${nameOf(place)}; ${waited}).`,
    );
  }
  const until = leaseEnd(holder).toISOString();
  return ActionError.own(
    'credential_in_flight',
    `Another run is using this credential: ${clean(holder.run)} (since ${holder.since.toISOString()}, until ${until} at the latest; ${nameOf(place)}; ${waited}).`,
    {
      fix: ownErrors().credential_in_flight.fix.replace(
        ',',
        ` when that run is over, or after ${until},`,
      ),
    },
  );
}
