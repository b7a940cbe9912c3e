import { asTable } from './experiments.ts';
import { type GitHubAccess, RepositoryUnderTest } from './github-client.ts';
import { exploreGitHub } from './github-experiments.ts';

/**
 * What to ask, and with what, from the environment: GH_TOKEN or GITHUB_TOKEN, and GITHUB_API_URL.
 * @returns why it can't be asked, where it can't
 */
export function gitHubAccess(
  repository: string,
  env: Readonly<Record<string, string | undefined>>,
): GitHubAccess | string {
  const token = (env['GH_TOKEN'] || env['GITHUB_TOKEN'] || '').trim();
  if (!/^[\w.-]+\/[\w.-]+$/.test(repository)) {
    return '--github takes `owner/name`: a repository that nothing depends on, with a first commit.';
  }
  if (!/^[\w.-]+$/.test(token)) {
    return 'GH_TOKEN (or GITHUB_TOKEN) must be set, in one line: a token with “Contents: write” for that repository.';
  }
  const apiUrl = env['GITHUB_API_URL'] || 'https://api.github.com';
  if (!URL.canParse(apiUrl)) {
    return 'GITHUB_API_URL is no address.';
  }
  return { repository, token, apiUrl };
}

/** What {@link conformanceOfGitHub} is going to do, for whoever has to agree. */
export function gitHubPlan({ repository, apiUrl }: GitHubAccess): string {
  return `This asks ${new URL(apiUrl).host} some sixty things about ${repository}:
- it makes branches there whose names begin with “conformance-”, writes to them, and deletes them;
- where the token may (“Administration: write”), it protects two of them, and takes that back.
No other branch is touched.
`;
}

/**
 * Asks, prints the table, and cleans up, also after a failure or Ctrl-C.
 * @returns the exit code
 */
export async function conformanceOfGitHub(access: GitHubAccess): Promise<number> {
  const stop = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.on(signal, () => stop.abort(new Error(`ended by ${signal}`)));
  }
  const github = new RepositoryUnderTest(access, stop.signal);
  let code = 0;
  try {
    const progress = (line: string) => console.log(`… ${line}`);
    const findings = await exploreGitHub(github, stop.signal, progress);
    console.log(`\n${asTable(findings, 'This repository')}\n`);
  } catch (error) {
    console.error(github.clean(error instanceof Error ? error.message : error));
    code = 1;
  }
  const left = await github.cleanUp();
  if (left.length === 0) {
    console.log('Everything that was made is deleted.');
    return code;
  }
  console.error(`Delete by hand: ${left.join(', ')}.`);
  return 1;
}
