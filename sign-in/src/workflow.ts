/** What the user pastes after the sign-in. */
import { resolve } from 'node:path';
import { cliClientId } from '../../src/credential/checks.ts';
import type { Options } from './options.ts';
import type { Store } from './store.ts';

/** What was found out; the login URL is where to refresh. */
export type Found = Readonly<Record<'orgId' | 'loginUrl' | 'clientSecret', string | undefined>>;

/** The job with the step in it, `expected-org-id` filled in. */
export function workflowText(
  { to, asAuthUrl, secretName, clientId, allowedHosts, environment }: Options,
  { orgId, loginUrl = '', clientSecret }: Found,
): string {
  const expression = (name: string) => `\${{ ${name} }}`;
  const inFile = to.startsWith('file:');
  const app = clientId === cliClientId ? clientId : expression('secrets.SF_CLIENT_ID');
  const inputs = {
    'token-file': inFile && JSON.stringify(resolve(to.slice('file:'.length))),
    'refresh-token': !inFile && !asAuthUrl && expression(`secrets.${secretName}`),
    'sfdx-auth-url': asAuthUrl && expression(`secrets.${secretName}`),
    'client-id': !asAuthUrl && app,
    'client-secret': !asAuthUrl && clientSecret && expression('secrets.SF_CLIENT_SECRET'),
    // An auth URL has its host in it, and no scheme.
    'login-url': asAuthUrl ? /^http:/.test(loginUrl) && loginUrl : expression('vars.SF_LOGIN_URL'),
    'allowed-hosts': allowedHosts.size > 0 && JSON.stringify([...allowedHosts].join(' ')),
    'token-branch': !inFile && 'salesforce-tokens',
    'github-token': !inFile && expression('github.token'),
    'expected-org-id': orgId,
  };
  return `jobs:
  deploy:
    runs-on: ${inFile ? 'self-hosted' : 'ubuntu-latest'}${environment && `\n    environment: ${JSON.stringify(environment)}`}
    permissions:
      contents: ${inFile ? 'read # to check out' : 'write # to check out, and to keep a refresh token that rotates'}
    steps:
      - id: salesforce
        uses: OWNER/refresh-salesforce-token@v1
        with:
${Object.entries(inputs)
  .flatMap(([name, value]) => (value ? [`          ${name}: ${value}`] : []))
  .join('\n')}`;
}

/** The commands for what the step reads and is not there yet. */
export async function missingCommands(
  { to, asAuthUrl, secretName, clientId }: Options,
  { loginUrl = '', clientSecret }: Found,
  { has, options }: Store,
): Promise<string[]> {
  // As POSIX shells and PowerShell both take it; a ' in it, which GitHub lets names have, as POSIX shells do.
  const quoted = (word: string) =>
    /^[\w./:=-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`;
  const needed = [
    ['secret', secretName, to === 'stdout'],
    ['secret', 'SF_CLIENT_ID', !asAuthUrl && clientId !== cliClientId, '--body', clientId],
    ['secret', 'SF_CLIENT_SECRET', !asAuthUrl && clientSecret !== undefined],
    ['variable', 'SF_LOGIN_URL', !asAuthUrl, '--body', loginUrl],
  ] as const;
  const commands = needed.map(async ([kind, name, needs, ...body]) => {
    const command = ['gh', kind, 'set', name, ...options, ...body].map(quoted).join(' ');
    return needs && !(await has(`${kind}s`, name)) ? [command] : [];
  });
  return (await Promise.all(commands)).flat();
}
