import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { resolveInputs } from '../../__tests__/support/runner/environment.ts';
import { quietCli } from '../../__tests__/support/salesforce-cli.ts';
import type { Command } from './measurer.ts';
import type { BenchOrg } from './org.ts';

const here = import.meta.dirname;
const root = join(here, '..', '..');
const actionYml = readFileSync(join(root, 'action.yml'), 'utf8');

/** Who is measured, and the command that does the job once. */
export interface Contestant {
  readonly name: string;
  /** @param output the file for the outputs of the step */
  readonly command: (output: string) => Command;
}

/** The name of the one that the ratios are against: the fastest way in which Node does the job. */
export const baseline = 'by hand: `https.request`, by `require`';
/** The name of the action's step. */
export const step = '**this action**';

/** The contestants for an org, in the order of the table. */
export function contestants(org: BenchOrg, home: string): Contestant[] {
  const [refreshToken = ''] = org.refreshTokens;
  const base = { PATH: '/usr/bin:/bin', HOME: home, NODE_EXTRA_CA_CERTS: org.caFile };
  return [
    {
      name: 'empty node',
      command: () => ({ argv: [process.execPath, '-e', ''], env: base, cwd: home }),
    },
    { name: baseline, command: (output) => byHand(org, output, home) },
    { name: step, command: (output) => stepCommand(org, refreshToken, output, home) },
    {
      name: 'by hand: `fetch`',
      command: (output) => byHand(org, output, home, { script: 'by-fetch.mjs' }),
    },
    {
      name: 'curl',
      command: () => ({
        argv: [
          ...['/usr/bin/curl', '--silent', '--fail', '--cacert', org.caFile],
          ...['--data-urlencode', 'grant_type=refresh_token'],
          ...['--data-urlencode', `refresh_token=${refreshToken}`],
          ...['--data-urlencode', `client_id=${org.clientId}`],
          `${org.url}/services/oauth2/token`,
        ],
        env: base,
        cwd: home,
      }),
    },
  ];
}

/** A script that does the job without the action. */
export function byHand(
  org: BenchOrg,
  output: string,
  home: string,
  { script = 'by-require.cjs', refreshToken = org.refreshTokens[0] ?? '', env = {} } = {},
): Command {
  return {
    argv: [process.execPath, join(here, script)],
    env: {
      PATH: '/usr/bin:/bin',
      HOME: home,
      NODE_EXTRA_CA_CERTS: org.caFile,
      GITHUB_OUTPUT: output,
      REFRESH_TOKEN: refreshToken,
      CLIENT_ID: org.clientId,
      LOGIN_URL: org.url,
      ...env,
    },
    cwd: home,
  };
}

/** The action's step, as the runner starts it: with every default of action.yml. */
export function stepCommand(
  org: BenchOrg,
  refreshToken: string,
  output: string,
  home: string,
  {
    inputs = {},
    env = {},
  }: {
    readonly inputs?: Readonly<Record<string, string>>;
    readonly env?: Readonly<Record<string, string>>;
  } = {},
): Command {
  const { values } = resolveInputs(actionYml, {
    'refresh-token': refreshToken,
    'client-id': org.clientId,
    'login-url': org.url,
    'allowed-hosts': '127.0.0.1',
    ...inputs,
  });
  return {
    argv: [process.execPath, join(root, 'dist', 'index.js')],
    env: {
      PATH: '/usr/bin:/bin',
      HOME: home,
      NODE_EXTRA_CA_CERTS: org.caFile,
      GITHUB_OUTPUT: output,
      ...Object.fromEntries(
        [...values].map(([name, value]) => [`INPUT_${name.toUpperCase()}`, value]),
      ),
      ...env,
    },
    cwd: home,
  };
}

/** Others that do the same job: jsforce, and the Salesforce CLI, which has to be logged in first. */
export function peers(
  org: BenchOrg,
  home: string,
  places: { readonly jsforce: string; readonly cli: string },
): Contestant[] {
  const [refreshToken = ''] = org.refreshTokens;
  const authUrl = `force://${org.clientId}::${refreshToken}@${org.url.replace(/^https?:\/\//, '')}`;
  // Not by stdin, of which the CLI reads nothing once in eighty times.
  const authUrlFile = join(home, 'auth-url.txt');
  writeFileSync(authUrlFile, authUrl);
  const env = {
    PATH: '/usr/bin:/bin',
    HOME: home,
    NODE_EXTRA_CA_CERTS: org.caFile,
    ...quietCli,
  };
  const cli = (args: readonly string[]): Command => ({
    argv: [process.execPath, join(places.cli, '@salesforce/cli/bin/run.js'), ...args],
    env,
    cwd: home,
  });
  return [
    {
      name: 'jsforce',
      command: (output) =>
        byHand(org, output, home, {
          script: 'by-jsforce.mjs',
          env: { ...quietCli, JSFORCE: places.jsforce },
        }),
    },
    {
      name: 'Salesforce CLI: `sf org login sfdx-url`',
      command: () =>
        cli(['org', 'login', 'sfdx-url', '--sfdx-url-file', authUrlFile, '--alias', 'ci']),
    },
    {
      name: 'Salesforce CLI: `sf org auth show-access-token`, after that',
      command: () => cli(['org', 'auth', 'show-access-token', '--target-org', 'ci', '--json']),
    },
  ];
}
