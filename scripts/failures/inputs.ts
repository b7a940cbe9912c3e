import { writeFileSync } from 'node:fs';
import type { RunOptions } from '../../__tests__/support/runner.ts';
import { setTheScene as tokenFileScene } from '../../__tests__/support/token-file.ts';
import { atOrg, type Group, onBranch, type Scenario, type Step } from './scenario.ts';

const noSecrets = { 'refresh-token': '', 'client-id': '' };
const withInputs = (
  what: string,
  inputs: NonNullable<Step['inputs']>,
  env: NonNullable<Step['env']> = {},
): Scenario => atOrg(what, () => ({ inputs, env }));

const nothingGiven: Group = {
  title: 'No credential arrived',
  scenarios: [
    withInputs('The secrets are empty', noSecrets),
    withInputs('The secret behind `sfdx-auth-url` is empty', { ...noSecrets, 'sfdx-auth-url': '' }),
    withInputs('The secrets are empty in a pull request', noSecrets, {
      GITHUB_EVENT_NAME: 'pull_request',
    }),
    withInputs("The secrets are empty in Dependabot's run", noSecrets, {
      GITHUB_ACTOR: 'dependabot[bot]',
      GITHUB_EVENT_NAME: 'pull_request',
    }),
    atOrg('`refresh_token`, with an underscore', ({ token }) => ({
      inputs: { 'refresh-token': undefined, refresh_token: token },
    })),
    withInputs('`sfdx-url`, an input of another action', {
      ...noSecrets,
      'sfdx-url': 'force://PlatformCLI::5Aep861x@login.salesforce.com',
    }),
    withInputs('`client-id` is missing', { 'client-id': '' }),
    onBranch('`token-branch` without `github-token`', () => ({ inputs: { 'github-token': '' } })),
  ],
};

const authUrl = 'force://PlatformCLI::5Aep861abcdefghijklmnop@login.salesforce.com';
const pasted: readonly (readonly [what: string, value: string])[] = [
  ['An SFDX auth URL', authUrl],
  ['An access token', '00D5e0000000001!AQEAQH0dMHEXAMPLEEXAMPLE'],
  ["The CLI's placeholder", '[REDACTED] Use "sf org auth show-access-token" to view'],
  ['Asterisks from a log', '********'],
  ['A token that was wrapped', '5Aep861abcdef ghijklmnop'],
  ['A token twice', '5Aep861abcdefghijklmnop5Aep861abcdefghijklmnop'],
  ['An expression in quotation marks', '$' + '{{ secrets.SF_REFRESH_TOKEN }}'],
];

const unlikely: Group = {
  title: 'An input cannot be right',
  scenarios: [
    ...pasted.map(([what, value]) =>
      withInputs(`${what} as \`refresh-token\``, { 'refresh-token': value }),
    ),
    atOrg('A consumer key and a refresh token, swapped', ({ org, token }) => ({
      inputs: { 'refresh-token': org.app.clientId, 'client-id': token },
    })),
    withInputs('An auth URL without its token', {
      ...noSecrets,
      'sfdx-auth-url': 'force://PlatformCLI::@login.salesforce.com',
    }),
    withInputs('Text that is no auth URL', { ...noSecrets, 'sfdx-auth-url': 'acme-production' }),
    withInputs('`expected-org-id: acme-prod`', { 'expected-org-id': 'acme-prod' }),
    withInputs('`expected-username: deploy`', { 'expected-username': 'deploy' }),
    withInputs('`expected-org-type: prod`', { 'expected-org-type': 'prod' }),
    withInputs('`timeout-seconds: 2m`', { 'timeout-seconds': '2m' }),
    withInputs('`verify: yes`', { verify: 'yes' }),
    withInputs('A host that is not one of Salesforce', { 'login-url': 'https://acme.example' }),
    withInputs('Plain http', { 'login-url': 'http://acme.my.salesforce.com' }),
    withInputs('A login URL with a path', {
      'login-url': 'https://acme.my.salesforce.com/lightning',
    }),
    withInputs('A wildcard in `allowed-hosts`', { 'allowed-hosts': '*.acme.example' }),
    withInputs('Certificate checks are off', {}, { NODE_TLS_REJECT_UNAUTHORIZED: '0' }),
    withInputs(
      'A proxy variable without a scheme',
      { 'login-url': '' },
      {
        https_proxy: 'proxy.acme.example:3128',
      },
    ),
    withInputs('Started outside of a job', {}, { GITHUB_OUTPUT: undefined }),
    onBranch('`token-branch: main`', () => ({ inputs: { 'token-branch': 'main' } })),
    onBranch("A branch of the repository's own", ({ repository }) => {
      repository.commit('develop', { 'README.md': '# Ours\n' });
      return { inputs: { 'token-branch': 'develop' } };
    }),
    onBranch('`token-repository` without its owner', () => ({
      inputs: { 'token-repository': 'demo' },
    })),
    onBranch('A refresh token too short to be a key', () => ({
      inputs: { 'refresh-token': '5Aep861abcdefghijklmnop' },
    })),
  ],
};

const together: Group = {
  title: 'Inputs that do not go together',
  scenarios: [
    withInputs('A refresh token and an auth URL', { 'sfdx-auth-url': authUrl }),
    withInputs('An auth URL and a client id', { 'refresh-token': '', 'sfdx-auth-url': authUrl }),
    withInputs(
      '`rotates`, in a step without an `id:`',
      { rotates: true },
      {
        GITHUB_ACTION: '__OWNER_refresh-salesforce-token',
      },
    ),
    withInputs('`reuse-minutes` without `token-branch`', { 'reuse-minutes': 5 }),
    withInputs('`token-repository` without `token-branch`', { 'token-repository': 'octo/tokens' }),
    onBranch('`reuse-minutes` and `revoke-on-completion`', () => ({
      inputs: { 'reuse-minutes': 5, 'revoke-on-completion': true },
    })),
    onBranch('`token-file` and `token-branch`', () => ({
      inputs: { 'refresh-token': '', 'token-file': 'token.json' },
    })),
  ],
};

/** A step with a token file. */
function withFile(what: string, text: string | undefined, more: RunOptions = {}): Scenario {
  return {
    what,
    provoke: async (after) => {
      const { file, start } = await tokenFileScene(after);
      if (text !== undefined) {
        writeFileSync(file, text);
      }
      return await start(more).result;
    },
  };
}

const tokenFiles: Group = {
  title: 'A token file cannot be used',
  scenarios: [
    withFile('The token file is not there', undefined, {
      inputs: { 'token-file': 'nowhere/token.json' },
    }),
    withFile('The token file holds no JSON', 'refresh_token=5Aep861'),
    withFile('The token file holds no refresh token', '{"access_token": "00D5e0000000001!AQ"}'),
  ],
};

export const inputGroups: readonly Group[] = [nothingGiven, unlikely, together, tokenFiles];
