/** The command line → one validated value. Pure. */
import { parseArgs } from 'node:util';
import { checkClientId, cliClientId } from '../../src/credential/checks.ts';
import { describe } from '../../src/errors/action-error.ts';
import { onTerminal } from '../../src/errors/sign-in.ts';
import { type AllowedHosts, parseAllowedHosts } from '../../src/salesforce/allowed-hosts.ts';
import { parseLoginUrl } from '../../src/salesforce/hosts.ts';

/** Fits a terminal of 80 by 24, and names every option. */
export const help = `Signs in to Salesforce in the browser, and stores the refresh token where the
action takes it from. Usage: npx …/sign-in.tgz [options]

  --login-url URL       the org's My Domain: https://acme.my.salesforce.com
  --client-id KEY       consumer key of the app (default: PlatformCLI)
  --to WHERE            gh (a secret of a repository, stored by gh; default),
                        file:PATH (a token file) or stdout
  --as FORM             refresh-token (default) or auth-url
  --secret NAME         of the secret (default: SF_REFRESH_TOKEN or SF_AUTH_URL)
  --repo owner/name     or host/owner/name; default: that of the current folder
  --env NAME            an environment of the repository
  --scope "SCOPES"      default: "api refresh_token"
  --port NUMBER         of the callback http://localhost:1717/OauthRedirect
  --no-browser          open none; the address that yours ends at can be pasted
  --allowed-hosts LIST  further hosts that may get the credential

Where the app demands its secret: SF_CLIENT_SECRET, or the prompt.
Exit codes: 0 stored, 1 failed, 2 wrong usage.
`;

/** What was given cannot be right; nothing was done. Exit code 2. */
export class UsageError extends Error {}

export type Options = NonNullable<ReturnType<typeof parseOptions>>;

export const repoForm = /^([\w.-]+(:\d+)?\/)?[\w.-]+\/[\w.-]+$/;

/**
 * @returns undefined where the help is asked for
 * @throws UsageError that repeats no value that could be a secret
 */
export function parseOptions(argv: readonly string[], clientSecret: string | undefined) {
  const given = parseWords(argv);
  if (given['help'] === true) {
    return undefined;
  }
  const value = (name: string, fallback = '') => String(given[name] ?? '').trim() || fallback;
  const [as, to, port] = [value('as', 'refresh-token'), value('to', 'gh'), value('port', '1717')];
  const [repo, environment, loginUrl] = [value('repo'), value('env'), value('login-url')];
  const scope = value('scope', 'api refresh_token');
  const clientId = orUsage(() => checkClientId(value('client-id', cliClientId), '', '--client-id'));
  const secretName = value('secret', as === 'auth-url' ? 'SF_AUTH_URL' : 'SF_REFRESH_TOKEN');
  const rules = {
    '--as is refresh-token or auth-url.': /^(refresh-token|auth-url)$/.test(as),
    '--to is gh, stdout or file:PATH.': /^(gh|stdout|file:.+)$/.test(to),
    'A file holds no auth URL: no --as there.': !to.startsWith('file:') || as !== 'auth-url',
    '--repo and --env go with --to gh.': to === 'gh' || repo + environment === '',
    '--repo has the form [host/]owner/name.': repo === '' || repoForm.test(repo),
    '--env holds a control character.': !/\p{C}/u.test(environment),
    '--secret is no name that GitHub takes.': /^(?!GITHUB_)[A-Z_]\w*$/i.test(secretName),
    '--scope is a list of scopes with spaces in between.': /^[a-z][\w ]*$/i.test(scope),
    '--scope has to have refresh_token in it: else Salesforce issues no refresh token.':
      /\b(refresh_token|offline_access)\b/.test(scope),
    '--port is a number, 1024 to 65535.':
      /^\d{4,5}$/.test(port) && Number(port) >= 1024 && Number(port) < 65_536,
    'PlatformCLI knows the port 1717 alone. Another --port takes an app of your own (--client-id) that has it in its callback.':
      port === '1717' || clientId !== cliClientId,
  };
  const broken = Object.entries(rules).find(([, holds]) => !holds);
  if (broken !== undefined) {
    throw new UsageError(broken[0]);
  }
  const allowedHosts = orUsage(() => parseAllowedHosts(value('allowed-hosts')));
  return {
    /** The token endpoint; undefined where it has to be asked for. */
    login: loginUrl === '' ? undefined : parseLogin(loginUrl, allowedHosts),
    allowedHosts,
    clientId,
    clientSecret: clientId === cliClientId ? undefined : clientSecret,
    /** `gh`, `stdout`, or `file:` and a path. */
    to,
    asAuthUrl: as === 'auth-url',
    secretName,
    repo,
    /** Empty where it is the repository's own secret. */
    environment,
    scope,
    redirectUri: `http://localhost:${port}/OauthRedirect`,
    browser: given['no-browser'] !== true,
  };
}

/** Where to sign in, as a token endpoint. @throws UsageError */
export function parseLogin(loginUrl: string, allowed: AllowedHosts): URL {
  return orUsage(() => parseLoginUrl(loginUrl, allowed).url, '--login-url cannot be used: ');
}

function parseWords(argv: readonly string[]): Readonly<Record<string, unknown>> {
  if (argv.some((word) => /^--client-secret(=|$)/.test(word))) {
    throw new UsageError(
      'There is no --client-secret: a command line stays in the history of the shell, and every user of the machine can read it. Set SF_CLIENT_SECRET, or wait for the prompt.',
    );
  }
  const names = [...help.matchAll(/^ {2}--([a-z-]+)/gm)].map(([, name = '']) => name);
  const options = {
    ...Object.fromEntries(names.map((name) => [name, { type: 'string' as const }])),
    'no-browser': { type: 'boolean' },
    help: { type: 'boolean', short: 'h' },
  } as const;
  try {
    return parseArgs({ args: [...argv], options }).values;
  } catch (error) {
    // Not what is no option: it may be a secret.
    const said = describe(error).replace(/\. To specify .*| \(ERR_\w+\)|(?<=argument) '.*'/gs, '');
    throw new UsageError(said);
  }
}

/** Of a refusal that says what to do about it. */
function orUsage<T>(parse: () => T, before = ''): T {
  try {
    return parse();
  } catch (error) {
    const { message, kind, fix = '' } = Object(error);
    const trust = kind === 'untrusted' ? 'One you trust can be named in --allowed-hosts.' : fix;
    throw new UsageError(onTerminal(`${before}${message} ${trust}`).trim());
  }
}
