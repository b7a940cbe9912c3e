/** What can go wrong with signing in, as data; beside the catalogue, so that the action does not carry it. */
import type { ActionError } from './action-error.ts';
import type { Explanation } from './catalogue.ts';
import { type Refusal, refusals } from './refusals.ts';

/** Nothing that is stored is touched by a sign-in that fails. */
const again = 'Sign in again.';

/**
 * Salesforce's answers to a sign-in, the special before the general: what its authorize page sends back
 * through the browser (RFC 6749, 4.1.2.1), what the exchange of the code gets, and what both have in common
 * with the refresh.
 */
export const signInRefusals: readonly Refusal[] = [
  {
    matches: /^access_denied:/,
    answers: ['access_denied: end-user denied authorization'],
    retry: 'never',
    why: 'Somebody pressed “Deny” on the page that asks whether the app may have access.',
    fix: 'Sign in again and press “Allow”; if it was not you, look who is at the browser.',
  },
  {
    matches: /^invalid_grant: (invalid|expired) authorization code/,
    answers: [
      'invalid_grant: invalid authorization code',
      'invalid_grant: expired authorization code',
    ],
    retry: 'never',
    why: 'The code that the browser brought was used before, or is older than 15 minutes.',
    fix: again,
  },
  {
    matches: /^invalid_grant: invalid code verifier/,
    answers: ['invalid_grant: invalid code verifier'],
    retry: 'never',
    why: 'The code that the browser brought belongs to another sign-in than this one (PKCE, RFC 7636).',
    fix: `${again} If an address was pasted, it has to be the one that this sign-in ended at.`,
  },
  {
    matches: /^redirect_uri_mismatch:|: redirect_uri /,
    answers: ['redirect_uri_mismatch: redirect_uri must match configuration'],
    retry: 'never',
    why: 'The app has another callback URL than this sign-in: they are compared to the letter.',
    fix: 'Give the app the callback URL http://localhost:1717/OauthRedirect (with the port of --port), and wait ten minutes.',
  },
  {
    matches: /^invalid_scope:/,
    answers: ['invalid_scope: the requested scope is not allowed'],
    retry: 'never',
    why: 'The app lacks a scope that was asked for.',
    fix: 'Give the app each of them, or ask for those that it has (--scope).',
  },
  {
    matches: /^(unauthorized_client|unsupported_response_type):/,
    answers: ['unauthorized_client', 'unsupported_response_type: response type not supported'],
    retry: 'never',
    why: 'The authorization code flow is not enabled for this app.',
    fix: 'Enable “Authorization Code and Credentials Flow” (External Client App) or OAuth settings (connected app) in the app.',
  },
  {
    matches: /^invalid_client:(?! (external client app|app must))/,
    answers: ['invalid_client: invalid client credentials'],
    retry: 'never',
    why: 'The app demands its secret for the web server flow and got none, or got a wrong one.',
    fix: 'Set SF_CLIENT_SECRET to the consumer secret, or turn off “Require secret for Web Server Flow” in the app.',
  },
  {
    matches: /^oauth_app_access_denied:/,
    answers: ['OAUTH_APP_ACCESS_DENIED: user is not admin approved to access this app'],
    retry: 'never',
    why: 'The app lets in only users that an admin approved, and this user is not among them.',
    fix: 'Assign the app to the user by profile or permission set, then sign in again.',
  },
  // Not what only a refresh token can have.
  ...refusals.filter(({ unexplained, retry }) => !unexplained && retry !== 'in_flight'),
  {
    matches: /^invalid_grant:/,
    answers: ['invalid_grant: anything else'],
    retry: 'never',
    why: 'Salesforce does not accept the code that the browser brought.',
    fix: 'Look at Setup → Login History of the user, which has the true cause, and sign in again.',
  },
];

/** Scopes as Setup calls them. */
const scopeLabels: Readonly<Record<string, string>> = {
  api: 'Manage user data via APIs (api)',
  id: 'Access the identity URL service (id)',
  refresh_token: 'Perform requests at any time (refresh_token, offline_access)',
  offline_access: 'Perform requests at any time (refresh_token, offline_access)',
};

/**
 * What to do about `invalid_scope`: Salesforce does not say which one the app lacks.
 * @param scope what was asked for, with spaces in between
 */
export function scopesToGive(scope: string): string {
  const asked = scope.split(/ +/);
  const labels = new Set(asked.map((name) => `“${scopeLabels[name] ?? name}”`));
  return `Asked for were: ${asked.join(', ')}. The app must have each of them: Setup → the app → OAuth scopes, ${[...labels].join(', ')}. Add what is missing and wait ten minutes, or ask for less (--scope).`;
}

const install =
  'Install it from https://cli.github.com, so that `gh --version` runs, then `gh auth login`. Or store the result elsewhere: --to file:PATH, --to stdout.';

/** What goes wrong on the user's own machine. */
export const signInErrors = {
  port_in_use: {
    why: 'Another program has the port, perhaps another sign-in (this one or that of the Salesforce CLI) that still waits for its browser.',
    fix: 'End that program and try again. Or take --no-browser, and paste the address that the browser ends at; or an app of your own with another callback (--client-id, --port).',
  },
  nobody_came: {
    why: 'The page was not answered, or the browser ended at an address that cannot be reached from where it runs.',
    fix: 'Sign in again. Where the browser runs on another machine: with --no-browser, and paste the address that it ends at.',
  },
  no_refresh_token: {
    why: 'The app lacks the scope for it, or its policy is “Immediately expire refresh token”.',
    fix: 'Give the app the scope “Perform requests at any time (refresh_token, offline_access)”, wait ten minutes, and sign in again.',
  },
  cancelled_storing: {
    why: 'Whether the new credential is stored is not known; what was there before may be replaced.',
    fix: 'Sign in again.',
  },
  lost: {
    why: 'The refresh token that was made is stored nowhere, and is gone with this process. It counts as one of the five sign-ins that Salesforce keeps.',
    fix: 'Then sign in again.',
  },
  not_written: {
    fix: 'Check where it goes: the path, the rights, the disk, the program that reads it.',
  },
  gh_missing: { why: 'The secret is stored by gh, the client of GitHub.', fix: install },
  gh_login: {
    why: 'gh has no login, or one that is not good any more.',
    fix: 'Log in: `gh auth login` (with `--hostname HOST` for GitHub Enterprise).',
  },
  no_repository: { fix: 'Name the repository: --repo [host/]owner/name.' },
  repository_unreadable: {
    why: 'There is none of that name, or the login of gh may not see it.',
    fix: 'Check --repo ([host/]owner/name), and who is logged in: `gh auth status`.',
  },
  environment_unreadable: {
    why: 'Secrets can only go to an environment that exists.',
    fix: 'Check --env. An admin makes environments in Settings → Environments of the repository.',
  },
  secret_not_writable: {
    why: 'It takes the right to write to the repository, and a login of gh with the scope `repo`, or a fine-grained token with Secrets and Environments, write.',
    fix: 'See who is logged in: `gh auth status`.',
  },
} satisfies Readonly<Record<string, Explanation>>;

/** What the catalogue says to the authors of workflows, and what that is on a terminal. */
const words: readonly (readonly [inWorkflow: RegExp, here: string])[] = [
  [/(The input )?`client-secret`/g, 'SF_CLIENT_SECRET'],
  [/The input `sfdx-auth-url`/g, 'The auth URL'],
  [/The input `refresh-token`/g, 'The refresh token that came'],
  [/`token-file`/g, 'The file'],
  [/ \(relative to the workspace\)/g, ''],
  [/\b([Tt]his) action\b/g, '$1 command'],
  [/(The input )?`(?:--)?(login-url|client-id|allowed-hosts)`/g, '--$2'],
  [/, or raise `timeout-seconds`/g, ''],
  [/in the time that `timeout-seconds` allows/g, 'in time'],
  [/,? (in|under) `(env|with):` of (the job|this step)( or on the runner)?/g, ''],
  [/(^|[.;] )Run the job again/g, '$1Sign in again'],
  [/\brun the job again\b/g, 'sign in again'],
  [/Rerunning/g, 'Trying again'],
  [/\brunner\b/g, 'machine'],
  [/ Nothing was sent to Salesforce\./g, ''],
  [
    /so the step makes sure beforehand that it can be read, written and replaced/g,
    'so it has to be possible to read, write and replace it',
  ],
  [/\bthe step (follows|did)\b/g, 'this command $1'],
  [/(a place that|decides where|trust it with) the refresh token\b/g, '$1 the code'],
];

/** A text of the catalogue, in the words of the command that signs in. */
export function onTerminal(text: string): string {
  return words.reduce((sofar, [inWorkflow, here]) => sofar.replace(inWorkflow, here), text);
}

/** What happened, what to do about it, and why: a line each, and more where it takes more. */
export function paragraphs({ message, fix, why }: ActionError): string[] {
  const because = why === undefined ? [] : [`Why: ${why}`];
  return [message, ...fix.split('\n'), ...because].map(onTerminal);
}
