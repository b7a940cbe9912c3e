import { statusLater } from './advice.ts';
import { checkHost, type Explanation } from './catalogue.ts';

/** For an answer of GitHub's that is not what was asked for, and not the fault of the token: by its HTTP status. */
export function explainGitHubStatus(status: number): Explanation {
  return status === 429
    ? {
        fix: 'Run the job again after the limit is reset; with many jobs, set `reuse-minutes`, so that they share a token.',
        why: 'GitHub limits how often its API may be asked: 1,000 requests an hour for the token of a workflow in one repository, 80 writes a minute.',
      }
    : {
        fix: 'Look at https://www.githubstatus.com, then run the job again.',
        why: "GitHub's API, or a proxy before it, failed: neither Salesforce nor the credential did.",
      };
}

/** For an answer that is neither a token nor an error of OAuth's: by its HTTP status. */
export function explainStatus(status: number): Explanation {
  if (status === 429) {
    return {
      fix: 'Run the job again later, and refresh less often.',
      why: 'Salesforce, or a proxy before it, limits how often it may be asked.',
    };
  }
  if (status === 420 || status === 406) {
    return {
      fix: 'Check that the org still exists, then run the job again.',
      why: '“We are setting things up”: the host is not ready yet. Deleted and expired scratch orgs answer like this for good.',
    };
  }
  if (status >= 500) {
    return {
      fix: statusLater,
      why: 'Salesforce, or a proxy before it, failed: maintenance or an outage.',
    };
  }
  return {
    fix: checkHost,
    why: 'What answered is not a token endpoint: the host is wrong, the org is gone, or a proxy answered in its place.',
  };
}
