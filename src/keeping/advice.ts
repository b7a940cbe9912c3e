import { cliClientId } from '../credential/checks.ts';
import type { TokenFile } from '../credential/token-file.ts';
import type { RunContext } from '../runner/context.ts';
import { siteOf } from '../salesforce/hosts.ts';

/** What has to be known to replace a credential. */
export interface SignIn {
  /** The command's package: an address that npx takes. */
  readonly tarball: string;
  /** Where to sign in: scheme, host, and the path of an Experience Cloud site. */
  readonly loginUrl: string;
  /** The host, where `allowed-hosts` has to name it for the command too. */
  readonly allowedHost?: string | undefined;
  /** Made with the CLI's own app, which needs no name; another app's consumer key is masked here. */
  readonly platformCli: boolean;
  /** Where the credential is stored: a file, or the secret of a repository. */
  readonly store:
    | { readonly file: string }
    | {
        /** `owner/name`, on another server than github.com with its host before it; or empty. */
        readonly repository: string;
        /** The secret holds an auth URL, not a refresh token. */
        readonly asAuthUrl: boolean;
      };
}

/** What the step was given that says what a new credential has to be. */
export interface Given {
  readonly login: { readonly url: URL };
  readonly allowedHosts: ReadonlySet<string>;
  readonly clientId: string;
  readonly authUrl?: unknown;
  readonly tokenFile?: TokenFile;
}

/** {@link signInCommand} for the credential that this step was given. */
export function signInAgain(
  { login: { url }, allowedHosts, clientId, authUrl, tokenFile }: Given,
  { signInTarball: tarball, repository, serverUrl }: RunContext,
): string {
  const server = serverUrl.replace(/^https?:\/\//, '');
  const host = server === 'github.com' || repository === '' ? '' : `${server}/`;
  return signInCommand({
    tarball,
    loginUrl: siteOf(url),
    allowedHost: allowedHosts.has(url.hostname) ? url.hostname : undefined,
    platformCli: clientId === cliClientId,
    store:
      tokenFile === undefined
        ? { repository: host + repository, asAuthUrl: authUrl !== undefined }
        : { file: tokenFile.given },
  });
}

/** How to sign in again: sentences, and the command to copy, on one line so that every shell takes it. */
export function signInCommand({
  tarball,
  loginUrl,
  allowedHost,
  platformCli,
  store,
}: SignIn): string {
  const options = [
    `--login-url ${loginUrl}`,
    ...(allowedHost === undefined ? [] : [`--allowed-hosts ${allowedHost}`]),
    ...(platformCli ? [] : ['--client-id CONSUMER_KEY']),
    ...('file' in store
      ? [`--to ${inShell(`file:${store.file}`)}`]
      : [
          `--secret ${store.asAuthUrl ? 'SF_AUTH_URL --as auth-url' : 'SF_REFRESH_TOKEN'}`,
          ...(store.repository === '' ? [] : [`--repo ${store.repository}`]),
        ]),
  ];
  const isFile = 'file' in store;
  const where = isFile
    ? 'To sign in again, run this where the file is, with Node 20.19 or newer (`--no-browser` prints the address to open elsewhere).'
    : 'To sign in again, run this on your own machine, with Node 20.19 or newer.';
  const toPutIn = [
    ...(platformCli ? [] : ["CONSUMER_KEY with the app's consumer key (`client-id`)"]),
    ...(isFile
      ? []
      : [`${store.asAuthUrl ? 'SF_AUTH_URL' : 'SF_REFRESH_TOKEN'} with the name of your secret`]),
  ].join(' and ');
  const environment = isFile ? '' : ', and add `--env NAME` if the secret lives in an environment';
  return [
    where,
    ...(toPutIn === '' ? [] : [`Replace ${toPutIn}${environment}.`]),
    'Salesforce keeps five sign-ins per user and app; a sixth revokes the oldest.',
  ]
    .join(' ')
    .concat(`\n  npx ${tarball} ${options.join(' ')}`);
}

/** As an argument for any shell; in quotation marks only where that is needed. */
function inShell(text: string): string {
  return /^[\w./:\\~@+=,-]+$/.test(text) ? text : `"${text.replaceAll('"', '')}"`;
}
