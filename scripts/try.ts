/**
 * Runs a workflow of yours twice with the same secret, with act as the runner, on look-alikes of Salesforce
 * and GitHub: the refresh token rotates, and a spent one that is sent again revokes all.
 * Usage: npm run try -- workflow.yml
 *
 * The workflow has the secrets SF_REFRESH_TOKEN and SF_CLIENT_ID, the variables SF_LOGIN_URL and SF_ORG_ID,
 * and `github.token`. Steps with the action need `allowed-hosts: 127.0.0.1`.
 */
import { existsSync, readFileSync } from 'node:fs';
import { repository, runWorkflow } from '../__tests__/support/act.ts';
import { startGitHub } from '../__tests__/support/github/server.ts';
import { startOrg } from '../__tests__/support/salesforce-org.ts';
import { actProgram, fail } from './tools.ts';

const [file, ...rest] = process.argv.slice(2);
if (file === undefined || !existsSync(file) || rest.length > 0) {
  fail(
    'Usage: npm run try -- workflow.yml\nThe workflow is a file, named from the folder of this project.',
  );
}
if (process.platform === 'win32') {
  fail('This needs Linux or macOS (or WSL): act runs the steps of a workflow in bash.');
}
const workflow = readFileSync(file, 'utf8');
process.env['ACT'] = actProgram();
const scopes = ['refresh_token', 'api', 'id'];
await using org = await startOrg({ rotation: 'strict', app: { scopes } });
await using gitHub = await startGitHub({
  repositories: { [repository]: { branches: { main: { 'README.md': '# Deployments\n' } } } },
});
const options = {
  apiUrl: gitHub.url,
  secrets: {
    SF_REFRESH_TOKEN: org.newRefreshToken(),
    SF_CLIENT_ID: org.app.clientId,
    GITHUB_TOKEN: gitHub.token({ contents: 'write', repositories: [repository] }),
  },
  vars: { SF_LOGIN_URL: org.url, SF_ORG_ID: org.id },
};
for (const run of ['first', 'second']) {
  const before = org.tokenRequests.length;
  await using cleanUp = new AsyncDisposableStack();
  const after = (work: () => void) => cleanUp.defer(work);
  const { succeeded, log } = await runWorkflow({ after }, workflow, options);
  console.log(log);
  const refreshes = org.tokenRequests.length - before;
  console.log(`The ${run} run is ${succeeded ? 'green' : 'red'}; refreshes: ${refreshes}.\n`);
  if (!succeeded) {
    process.exitCode = 1;
    break;
  }
}
