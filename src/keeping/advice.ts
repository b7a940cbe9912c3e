import type { Credential } from '../credential/from-inputs.ts';

/** What has to be known to replace a dead credential. */
export interface SignIn {
  /** Where to sign in: scheme and host. */
  readonly loginUrl: string;
  /** Made with the CLI's own app; another app has to be named, by the consumer key that is masked here. */
  readonly platformCli: boolean;
  /** `owner/name`, or empty. */
  readonly repository: string;
  readonly secretName: string;
  /** The secret holds an auth URL, not a refresh token. */
  readonly asAuthUrl: boolean;
}

/** What the step was given that says what a new credential has to be. */
export type Given = Pick<Credential, 'clientId' | 'authUrl'>;

/** {@link signInCommands} for the credential that this step was given. */
export function signInAgain(
  loginUrl: URL,
  { clientId, authUrl }: Given,
  repository: string,
): string {
  return signInCommands({
    loginUrl: loginUrl.origin,
    platformCli: clientId === 'PlatformCLI',
    repository,
    secretName: authUrl ? 'SF_AUTH_URL' : 'SF_REFRESH_TOKEN',
    asAuthUrl: authUrl !== undefined,
  });
}

/** Commands that one can copy: sign in again with the Salesforce CLI, and store the new credential. */
export function signInCommands(about: SignIn): string {
  const app = about.platformCli ? '' : ' --client-id CONSUMER_KEY';
  const repository = about.repository === '' ? '' : ` --repo ${about.repository}`;
  const filter = about.asAuthUrl
    ? '.result.sfdxAuthUrl'
    : `'.result.sfdxAuthUrl | split(":")[3] | split("@")[0]'`;
  return [
    'Sign in again on your own machine, and store the new credential (put the name of your secret, and `--env NAME` where it lives in an environment):',
    `  sf org login web --alias ci --instance-url ${about.loginUrl}${app}`,
    `  sf org auth show-sfdx-auth-url --target-org ci --json | jq -r ${filter} \\`,
    `    | gh secret set ${about.secretName}${repository}`,
    // The CLI would refresh, and rotate, the same token later; this only makes it forget.
    '  sf org logout --target-org ci --no-prompt',
  ].join('\n');
}
