import { startOver } from '../../errors/catalogue.ts';

export const readmeName = 'README.md';

/** By this line the action knows a branch that it made. */
const mark = '<!-- refresh-salesforce-token: this branch keeps refresh tokens -->';

/** Whether a README.md is one that {@link readmeOf} wrote, by this version or another. */
export function isOurReadme(text: string | undefined): boolean {
  return text?.includes(mark) === true;
}

/**
 * What a passer-by finds on the branch.
 * @param documents where the documents are: a folder's address, without a slash
 */
export function readmeOf(documents: string): string {
  const about = aboutOf(documents);
  return `${mark}

# Salesforce refresh tokens, encrypted

Workflows of this repository, or of others that may write here, sign in to Salesforce with refresh tokens that
change with every use. The action [Refresh Salesforce Access Token](${about}) keeps the current ones on this
branch: one file for each credential, encrypted with a key that only the stored secret gives.

- **Do not delete this branch.** The next run would send a token that is used up, and Salesforce would
  then revoke the current one: somebody would have to sign in again.
- **Do not merge it, and do not protect it.** It has no history in common with any other branch, and the
  action commits to it directly.
- **To start over**: ${startOver}

[How it works, what it costs, and what to do when something is wrong](${about})
`;
}

/** The text of `about` in the files. */
export function aboutOf(documents: string): string {
  return `${documents}/rotation.md`;
}
