/**
 * Finds out what Salesforce's documentation leaves open, on an org of yours, and prints it as a table.
 *
 * Usage: npm run conformance [-- --yes]
 *   SF_REFRESH_TOKEN, SF_CLIENT_ID   a credential of a throw-away org (a free Developer org)
 *   SF_CLIENT_SECRET                 where the app asks for it
 *   SF_LOGIN_URL                     default: https://login.salesforce.com
 *   SF_ALLOWED_HOSTS                 as the action's input `allowed-hosts`
 *   SF_WRONG_LOGIN_URL               a login host that the credential does not belong to; default:
 *                                    https://test.salesforce.com, or login. where that is the right one
 *   SF_GRACE_SECONDS                 how long a spent token is tried again at most; default: 60
 *
 * And the same for GitHub and what the token branch needs of it, in a repository of yours:
 *
 * Usage: npm run conformance -- --github owner/throwaway [--yes]
 *   GH_TOKEN or GITHUB_TOKEN         a token that may write contents there; with “Administration: write” it also
 *                                    finds out about branch protection and rulesets
 *   GITHUB_API_URL                   default: https://api.github.com
 */
import { existsSync, mkdtempSync, rmdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline/promises';
import { asActionError } from '../src/errors/action-error.ts';
import { parseAllowedHosts } from '../src/salesforce/allowed-hosts.ts';
import { parseLoginUrl } from '../src/salesforce/hosts.ts';
import { isTokenText } from '../src/salesforce/token-response.ts';
import { hostInput } from '../src/settings.ts';
import { type Credential, OrgUnderTest } from './conformance/client.ts';
import { asTable, explore, type Plan } from './conformance/experiments.ts';
import { conformanceOfGitHub, gitHubAccess, gitHubPlan } from './conformance/github.ts';

const { env } = process;

/** Says why nothing was sent, and ends. */
function refuse(text: string): never {
  console.error(`${text}\nNothing was sent.`);
  process.exit(2);
}

function readEnvironment(): { credential: Credential; plan: Plan } {
  const refreshToken = env['SF_REFRESH_TOKEN']?.trim() ?? '';
  const clientId = env['SF_CLIENT_ID']?.trim() ?? '';
  const clientSecret = env['SF_CLIENT_SECRET']?.trim();
  for (const [name, value] of Object.entries({
    SF_REFRESH_TOKEN: refreshToken,
    SF_CLIENT_ID: clientId,
  })) {
    if (!isTokenText(value)) {
      refuse(`${name} must be set, in one line: the credential of an org that may be destroyed.`);
    }
  }
  const graceSeconds = Number(env['SF_GRACE_SECONDS'] ?? 60);
  if (!(graceSeconds >= 0 && graceSeconds <= 3600)) {
    refuse('SF_GRACE_SECONDS must be a number from 0 to 3600.');
  }
  const allowedHosts = hostInput('allowed-hosts', () =>
    parseAllowedHosts(env['SF_ALLOWED_HOSTS'] ?? ''),
  );
  const endpoint = (url: string) =>
    hostInput('login-url', () => parseLoginUrl(url, allowedHosts).url);
  const right = endpoint(env['SF_LOGIN_URL'] || 'https://login.salesforce.com');
  const other = right.hostname === 'test.salesforce.com' ? 'login' : 'test';
  return {
    credential: {
      refreshToken,
      clientId,
      endpoint: right,
      allowedHosts,
      ...(clientSecret && { clientSecret }),
    },
    plan: {
      wrongEndpoint: endpoint(env['SF_WRONG_LOGIN_URL'] || `https://${other}.salesforce.com`),
      graceMs: graceSeconds * 1000,
    },
  };
}

async function agreed(): Promise<boolean> {
  if (process.argv.includes('--yes')) {
    return true;
  }
  if (!process.stdin.isTTY) {
    return false;
  }
  const terminal = createInterface({ input: process.stdin, output: process.stdout });
  const answer = await terminal.question('Go on? (y/N) ');
  terminal.close();
  return /^y(es)?$/i.test(answer.trim());
}

function settings(): { credential: Credential; plan: Plan } {
  try {
    return readEnvironment();
  } catch (error) {
    const { message, fix } = asActionError(error);
    refuse(`${message}\n${fix}`);
  }
}

const notWithoutYes = 'Not without a yes: answer y, or give --yes where nobody can be asked.';

const github = process.argv.indexOf('--github');
if (github > 0) {
  const access = gitHubAccess(process.argv[github + 1] ?? '', env);
  if (typeof access === 'string') {
    refuse(access);
  }
  console.log(gitHubPlan(access));
  if (!(await agreed())) {
    refuse(notWithoutYes);
  }
  process.exit(await conformanceOfGitHub(access));
}

const { credential, plan } = settings();
const folder = mkdtempSync(join(tmpdir(), 'conformance-'));
const file = join(folder, 'refresh-token');
process.once('exit', () => existsSync(file) || rmdirSync(folder));
console.log(`This asks ${credential.endpoint.host} some fifteen things, and destroys what it asks with:
- the refresh token in SF_REFRESH_TOKEN is spent, where the app rotates;
- a spent one is sent again: every token of this sign-in may be revoked by that;
- an access token is revoked;
- ${plan.wrongEndpoint.host} gets to see the refresh token, once.
Use an org that nothing depends on. A new refresh token is written to
    ${file}
`);
if (!(await agreed())) {
  refuse(notWithoutYes);
}
const org = new OrgUnderTest(credential, file);
const findings = await explore(org, plan, (line) => console.log(`… ${line}`));
console.log(`\n${asTable(findings)}\n`);
const end = await org.refresh();
console.log(
  end.ok
    ? `The credential is alive. ${existsSync(file) ? `Its refresh token is in ${file}.` : 'Its refresh token is the one that you gave.'}`
    : `The credential is dead (${end.said}): sign in again.`,
);
