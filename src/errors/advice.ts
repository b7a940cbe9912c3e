import { nothingSent, revokesAll } from './catalogue.ts';

// Advice beside the catalogue's, all of it for what is loaded on demand.

/** Whether to run the job again, where requests may have been processed and no input says that the app rotates. */
export const rerunUncertain =
  'Rerunning is safe unless the app rotates refresh tokens, which no input says: then replace the credential first.';

export const statusLater = 'Look at https://status.salesforce.com and run the job again later.';

/** Where Dependabot, and where pull requests from forks get no rights. */
export const skipDependabot =
  "Skip this job for Dependabot (`if: github.actor != 'dependabot[bot]'`), or";
export const skipForks =
  'skip this job for forks (`if: github.event.pull_request.head.repo.full_name == github.repository`)';

/** For a `token-branch` that is not the name of a branch for tokens. */
export const notForTokens = {
  fix: `Set \`token-branch\` to a name of its own, such as \`salesforce-tokens\`. ${nothingSent}`,
  why: 'The branch is for refresh tokens alone: it is made on first use, without history, and never merged.',
};

/** What to do instead where a token branch keeps the refresh token. */
export const onTokenBranch = {
  answer_lost:
    'Run the job again: it waits until this run’s hold on the credential is over, then sends the token that is on the branch. Only if Salesforce refuses that one, having processed this request after all, sign in again: the message of that run has the command.',
  save_failed: `Do not rerun yet. Following steps with \`if: always()\` can save the output \`refresh-token\`; the post step at the end of the job retries for up to a minute (check its log). If it succeeds, run the job again. If not, and no step saved the output, sign in again first: a spent token, sent again, revokes ${revokesAll}.`,
};
