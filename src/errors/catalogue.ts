/**
 * Everything that can go wrong, as data: the messages and docs/troubleshooting.md are made from it.
 * A new error of ours goes into `ownErrors`, a new answer of Salesforce's into `refusals`.
 */

/** How to go on with a new credential where a token branch keeps the old one; the same in every document. */
export const startOver =
  'sign in again and store the new credential in the same secret. The next run then makes a file of its own, and the old one can be deleted.';

/** Ends what to do wherever it is certain. */
export const nothingSent = 'Nothing was sent to Salesforce.';

/** Whether to run the job again, where requests may have been processed and no input says that the app rotates. */
export const rerunUncertain =
  'Rerunning is safe unless the app rotates refresh tokens, which no input says: then replace the credential first.';

const itsMyDomain = 'the My Domain host of the org (Setup → My Domain)';
const myDomain = `Set \`login-url\` to ${itsMyDomain}`;
const statusLater = 'Look at https://status.salesforce.com and run the job again later.';
const otherOrg =
  'The credential is for a different org from the one that the workflow expects: the wrong secret or environment';
/** What a token that was spent and sent again does. */
const revokesAll = 'every token that came from that sign-in';

/** Where Dependabot, and where pull requests from forks get no rights. */
export const skipDependabot =
  "Skip this job for Dependabot (`if: github.actor != 'dependabot[bot]'`), or";
export const skipForks =
  'skip this job for forks (`if: github.event.pull_request.head.repo.full_name == github.repository`)';

/** For a `token-branch` that is not the name of a branch for tokens. */
export const notForTokens = {
  fix: `Set \`token-branch\` to a name of its own, such as \`salesforce-tokens\`. ${nothingSent}`,
  why: 'The branch is for refresh tokens alone: it is made on first use, without history, and never merged.',
};

/** What answered is no token endpoint. */
export const checkHost =
  'Check `login-url` (Setup → My Domain names the host) and the proxy of the runner.';

/** What to do about something, and why it happens. Whole sentences. */
export interface Explanation {
  /**
   * What to do. Its lines are sentences, but for cases, which start with `- `, and commands to copy,
   * which are indented by two spaces.
   */
  readonly fix: string;
  /** Why it happens: only where that says more than what happened and what to do. */
  readonly why?: string | undefined;
}

/** Our own error codes. Salesforce's own `error` values and `http_<status>` stand beside them. */
export type OwnCode =
  | 'input_missing'
  | 'input_invalid'
  | 'input_conflict'
  | 'token_file_invalid'
  | 'host_not_allowed'
  | 'insecure_tls'
  | 'network_error'
  | 'tls_error'
  | 'timeout'
  | 'redirect_refused'
  | 'response_invalid'
  | 'answer_lost'
  | 'token_type_unsupported'
  | 'instance_url_refused'
  | 'token_branch_not_writable'
  | 'token_branch_invalid'
  | 'credential_in_flight'
  | 'save_failed'
  | 'org_mismatch'
  | 'user_mismatch'
  | 'org_type_mismatch'
  | 'verification_failed'
  | 'cancelled'
  | 'internal_error';

/** An explanation, and whether the command that signs in again belongs to it. */
export interface Advice extends Explanation {
  /** What to do includes signing in again: the step adds the command for it. */
  readonly signIn?: boolean;
}

/** A certificate that nobody vouches for, without what was sent by then. */
export const untrusted = {
  fix: "Set NODE_EXTRA_CA_CERTS, in `env:` of the job or on the runner, to your company's CA certificate: a PEM file on the runner.",
  why: "Usually a company proxy intercepts TLS and presents its own certificate; less often the host name or the runner's clock is wrong. Rerunning will not help.",
};

export const ownErrors: Readonly<Record<OwnCode, Advice>> = {
  input_missing: {
    fix: `Set it under \`with:\` of this step. ${nothingSent}`,
  },
  input_invalid: {
    fix: `Correct it under \`with:\` of this step, or in the secret that it comes from. ${nothingSent}`,
  },
  input_conflict: {
    fix: `Leave out one of the inputs that the message names, or add the one that it asks for. ${nothingSent}`,
  },
  token_file_invalid: {
    fix: `Check the path (relative to the workspace), the content (a JSON token response with a \`refresh_token\`), and the rights of the file and of its folder; on Windows, close other programs that have it open. ${nothingSent}`,
    why: 'A new refresh token goes back into this file, so the step makes sure beforehand that it can be read, written and replaced.',
  },
  host_not_allowed: {
    fix: `Use ${itsMyDomain}. If you trust this host with the refresh token, name it in \`allowed-hosts\`. ${nothingSent}`,
    why: "A refresh token is worth a password, so it goes only to Salesforce's own hosts: login.salesforce.com, test.salesforce.com and My Domain hosts (*.my.salesforce.com, *.my-salesforce.com, *.my.salesforce.mil), in China login.sfcrmproducts.cn, test.sfcrmproducts.cn and *.my.sfcrmproducts.cn, and instance hosts (na139.salesforce.com).",
  },
  insecure_tls: {
    fix: `Remove it from the environment. To trust a company certificate, set NODE_EXTRA_CA_CERTS to its PEM file instead. ${nothingSent}`,
    why: 'It turns off every certificate check, so anybody between the runner and Salesforce could read the refresh token.',
  },
  network_error: {
    fix: 'Check the network of the runner, then run the job again.',
  },
  tls_error: {
    fix: `${untrusted.fix} ${nothingSent}`,
    why: untrusted.why,
  },
  timeout: {
    fix: 'Run the job again, or raise `timeout-seconds`.',
  },
  redirect_refused: {
    fix: `${myDomain}.`,
    why: 'A redirect decides where the refresh token goes, so the step follows only one, over https, to the token endpoint of an allowed host.',
  },
  response_invalid: {
    fix: checkHost,
    why: 'Something other than the token endpoint answered: a proxy, a login page, or a wrong host.',
  },
  answer_lost: {
    fix: "Look at Setup → Login History of the token's user: it lists every refresh, with its app. If there is one at this time, sign in again; if not, or if the app does not rotate refresh tokens after all, run the job again.",
    why: `Salesforce may have processed the request. If the app rotates refresh tokens, the old one is then spent and the new one is gone; sending the old one again would revoke ${revokesAll}, so the step did not.`,
    signIn: true,
  },
  token_type_unsupported: {
    fix: "Turn off DPoP (sender-constrained tokens) in the app's OAuth settings, then sign in again.",
    signIn: true,
    why: 'The app binds its tokens to a key that only their holder has (DPoP: RFC 9449); nothing else can use them.',
  },
  instance_url_refused: {
    fix: 'If you trust this host with the access token, name it in `allowed-hosts`; otherwise check `login-url` (Setup → My Domain).',
    why: "Later steps send the access token to the instance URL, so it has to be one of Salesforce's own API hosts.",
  },
  token_branch_not_writable: {
    fix: `Give the job \`permissions: contents: write\`, pass \`github-token: \${{ github.token }}\`, and leave the branch out of branch protection and rulesets. A called workflow needs the permission in the calling job too. ${nothingSent}`,
  },
  token_branch_invalid: {
    fix: `Put its last good version back (open the history of the file on GitHub, and commit that text again), or start over: ${startOver} ${nothingSent}`,
    why: 'Only this action writes the file: somebody changed it, or it was damaged.',
    signIn: true,
  },
  credential_in_flight: {
    fix: `Run the job again, or raise \`wait-seconds\` (to 900, say). With many jobs at once, set \`reuse-minutes\` (to 10, say) to share an access token. ${nothingSent}`,
    why: 'Only one job at a time may refresh a credential that rotates. If that job died, its hold expires 180 seconds after it was taken.',
  },
  save_failed: {
    fix: 'Save the output `refresh-token` in a following step with `if: always()`. If no step did, sign in again before the next run.',
    why: 'Salesforce has rotated the refresh token: the stored one is dead, and the new one is only in the outputs of this step.',
    signIn: true,
  },
  org_mismatch: {
    fix: 'Correct the secret, the `environment:` of the job, or `expected-org-id` (Setup → Company Information). No access token was handed out.',
    why: `${otherOrg}, or a sandbox that got a new ID when it was refreshed.`,
  },
  user_mismatch: {
    fix: 'Sign in again as the expected user, or correct `expected-username`. No access token was handed out.',
    why: 'Another user was signed in when the credential was made.',
    signIn: true,
  },
  org_type_mismatch: {
    fix: 'Correct the secret, the `environment:` of the job, or `expected-org-type`. No access token was handed out.',
    why: `${otherOrg}.`,
  },
  verification_failed: {
    fix: 'Check the permissions of the user and the policies of the app. No access token was handed out.',
  },
  cancelled: {
    fix: 'Start the job again.',
    why: 'Somebody cancelled it, or a newer run in the same concurrency group did.',
  },
  internal_error: {
    fix: 'Please report it, with the log of this step, in the issues of the repository that the action comes from. Secrets are masked in the log, but read it before you post it.',
    why: 'The action does not know this error: it is probably a bug in it.',
  },
};

/** What to do instead where a token branch keeps the refresh token. */
export const onTokenBranch = {
  answer_lost:
    'Run the job again: it waits until this run’s hold on the credential is over, then sends the token that is on the branch. Only if Salesforce refuses that one, having processed this request after all, sign in again: the message of that run has the command.',
  save_failed: `Do not rerun yet. Following steps with \`if: always()\` can save the output \`refresh-token\`; the post step at the end of the job retries for up to a minute (check its log). If it succeeds, run the job again. If not, and no step saved the output, sign in again first: a spent token, sent again, revokes ${revokesAll}.`,
};

/**
 * Whether sending the same request again can help, and is safe:
 * - `never`: a definite answer.
 * - `in_flight`: another request with the same token is being processed.
 * - `unknown_fate`: failed, perhaps after it was processed; passes.
 */
export type RefusalRetry = 'never' | 'in_flight' | 'unknown_fate';

/** An answer `{"error", "error_description"}` of the token endpoint, and what it means. */
export interface Refusal extends Advice {
  /** On `error: error_description`, both lower-cased and trimmed. */
  readonly matches: RegExp;
  /** What Salesforce answers, `error: error_description` or `error` alone; each `error` is a section of the document. */
  readonly answers: readonly string[];
  readonly retry: RefusalRetry;
  /** Salesforce does not tell what ended the refresh token; one that was rotated out gets this answer too. */
  readonly unexplained?: true;
}

/** Only where it can show something that the answer does not say: refusals of a known user. */
const history = 'Setup → Login History shows the true cause.';
/** Help articles 005318944 and 005319571. Whether hosted runners count as such is not documented. */
const containment =
  'since April 2026 freezes users whose traffic comes from anonymizing VPNs or proxies, or suddenly from another network or place';
const whoLogsIn = 'Setup → Login History shows who logs in so often.';
const fixedEgress = 'A fixed address and a user of its own for the workflow keep clear of that.';

/** What may have ended a refresh token, by what was seen of it before: Salesforce says the same of all of them. */
export const deadToken = {
  intro:
    'Sign in again, unless the token never worked. Pick the case that fits (“the app” is the connected app or External Client App):',
  rotated:
    '- It worked exactly once: the app rotates refresh tokens, so a stored one works only once. Set `token-branch` before you sign in.',
  neverWorked:
    '- It never worked: `login-url` or `client-id` does not match what the token was issued for. Correct that; the token may still be good.',
  idle: '- It was unused for longer than the app allows (often 30 days): it expired. Run the workflow on a schedule.',
  revoked: `- Otherwise it was revoked: by an admin, by a sixth sign-in of the same user with the same app, or by Salesforce, which ${containment}. Setup → Login History shows more. Unfreeze a frozen user first (Setup → Users).`,
};

/** Salesforce's answers, the special before the general: the first that matches counts. */
export const refusals: readonly Refusal[] = [
  {
    matches: /retry your request|^unknown_error:/,
    answers: ['unknown_error: retry your request', 'unknown_error'],
    retry: 'unknown_fate',
    why: 'Salesforce failed on its side, and does not say why.',
    fix: `Run the job again. If it happens again, look at https://status.salesforce.com. ${rerunUncertain}`,
  },
  {
    matches:
      /^(app_not_found|installation_error|invalid_distribution_state):|: external client app is not installed/,
    answers: [
      'app_not_found: External client app is not installed in this org',
      'installation_error',
      'invalid_distribution_state',
      'invalid_client: External client app is not installed in this org',
    ],
    retry: 'never',
    signIn: true,
    fix: [
      'Find out which it is:',
      `- \`login-url\` is login.salesforce.com or test.salesforce.com: set it to ${itsMyDomain}.`,
      '- The app is not in this org: install it, or check its distribution state (local or packaged).',
      '- The sandbox was refreshed: install the app there again, then sign in again.',
    ].join('\n'),
    why: 'Salesforce does not find the External Client App in the org that it looks in.',
  },
  {
    matches: /: (token )?request not supported on this domain/,
    answers: [
      'invalid_grant: request not supported on this domain',
      'invalid_request: token request not supported on this domain',
    ],
    retry: 'never',
    why: 'Salesforce does not refresh tokens on this host. The refresh token itself is not dead.',
    fix: `${myDomain}.`,
  },
  {
    matches:
      /^(rate_limit_exceeded:|login_rate_exceeded:|login rate exceeded:|.*: login rate exceeded)/,
    answers: [
      'rate_limit_exceeded: login rate exceeded',
      'LOGIN_RATE_EXCEEDED',
      'invalid_grant: login rate exceeded',
    ],
    retry: 'never',
    why: 'The user logged in too often: Salesforce allows 3,600 logins per user and hour.',
    fix: `Wait up to an hour, then refresh less often: once per workflow, not once per job. ${whoLogsIn}`,
  },
  {
    matches: /: maximum logins exceeded/,
    answers: ['invalid_grant: maximum logins exceeded'],
    retry: 'never',
    why: 'The user has reached a limit on logins for now. The refresh token itself is not dead.',
    fix: `Wait, then run the job again, and refresh less often. ${whoLogsIn}`,
  },
  {
    matches:
      /^invalid_grant: (token request is already being processed|expired authorization code)/,
    answers: [
      'invalid_grant: token request is already being processed',
      'invalid_grant: expired authorization code',
    ],
    retry: 'in_flight',
    why: 'Another job is using the same refresh token at this moment, and Salesforce takes one request per token at a time.',
    fix: 'Set `token-branch`, with which jobs take turns; or put the jobs that share the credential into one `concurrency` group; or give each its own credential.',
  },
  {
    matches: /^(invalid_grant: expired access\/refresh token|invalid_token:)/,
    answers: ['invalid_grant: expired access/refresh token', 'invalid_token'],
    retry: 'never',
    signIn: true,
    unexplained: true,
    fix: [
      deadToken.intro,
      deadToken.rotated,
      deadToken.neverWorked,
      deadToken.idle,
      deadToken.revoked,
    ].join('\n'),
    why: 'Salesforce gives this one answer no matter why the token is dead.',
  },
  {
    matches: /^invalid_grant: token validity expired/,
    answers: ['invalid_grant: token validity expired'],
    retry: 'never',
    signIn: true,
    why: "The validity period that the app's refresh token policy sets is over.",
    fix: "Sign in again. To make the next token last longer, change the refresh token policy in the app's OAuth policies.",
  },
  {
    matches: /^(inactive_user:|invalid_grant: inactive user)/,
    answers: ['inactive_user: user is inactive', 'invalid_grant: inactive user'],
    retry: 'never',
    fix: `Activate or unfreeze the user (Setup → Users), or sign in again as another user. ${history} ${fixedEgress}`,
    why: `The user of the token was deactivated or frozen: by an admin, or by Salesforce itself, which ${containment}.`,
    signIn: true,
  },
  {
    matches: /^(inactive_org:|invalid_grant: inactive organization)/,
    answers: ['inactive_org: organization is inactive', 'invalid_grant: inactive organization'],
    retry: 'never',
    why: 'The org is expired, locked or deleted.',
    fix: 'Check whether the org still exists. In place of a deleted sandbox or an expired scratch org, make a new one and sign in again there.',
    signIn: true,
  },
  {
    matches: /^invalid_grant: ip restricted/,
    answers: ['invalid_grant: ip restricted or invalid login hours'],
    retry: 'never',
    why: "The runner's address is not in the ranges that the app, the profile or the org allows, or the user may not log in at this hour.",
    fix: "Use a runner with a fixed, allowed address (hosted runners change theirs), or relax IP restrictions for refresh tokens in the app's policies. Setup → Login History shows the address that was refused.",
  },
  {
    matches: /^invalid_grant: authentication failure/,
    answers: ['invalid_grant: authentication failure'],
    retry: 'never',
    why: 'Salesforce does not tell the client the reason.',
    fix: history,
  },
  {
    matches: /^(login_error|invalid_session_level):/,
    answers: ['login_error', 'invalid_session_level'],
    retry: 'never',
    why: 'A policy of the user or the org refuses the login, or the app demands a session of a higher level than a refresh gives.',
    fix: `Check the session policies of the app (“High assurance session required”) and of the profile. ${history}`,
  },
  {
    matches: /^invalid_grant: user hasn.?t approved this consumer/,
    answers: ["invalid_grant: user hasn't approved this consumer"],
    retry: 'never',
    signIn: true,
    why: 'The user has not approved the app, or the approval was withdrawn.',
    fix: 'Sign in again to approve the app, or have an admin pre-authorize it by profile or permission set.',
  },
  {
    matches: /^invalid_grant:/,
    answers: ['invalid_grant: anything else'],
    retry: 'never',
    signIn: true,
    unexplained: true,
    why: 'Salesforce does not accept this refresh token, for a reason that this action does not know.',
    fix: `${history} If the token is dead, sign in again.`,
  },
  {
    matches: /^invalid_client_id:/,
    answers: ['invalid_client_id: client identifier invalid'],
    retry: 'never',
    why: 'This host knows no app with this consumer key: the key or the login host is wrong, or the app was deleted, or made in the last 10 minutes or so.',
    fix: 'Compare `client-id` with the consumer key of the app, and `login-url` with the org that has it.',
  },
  {
    matches: /^invalid_client: app must be installed/,
    answers: ['invalid_client: app must be installed into org'],
    retry: 'never',
    why: 'The app is not installed in the org, and since September 2025 orgs keep out apps that are not.',
    fix: 'Install the app in the org (Setup → Connected Apps OAuth Usage → Install), or give the user “Approve Uninstalled Connected Apps”.',
  },
  {
    matches: /^invalid_client:/,
    answers: ['invalid_client: invalid client credentials'],
    retry: 'never',
    why: 'The app demands its secret for the refresh flow and got none, or a wrong one; or this host has no app with this consumer key.',
    fix: 'Set `client-secret` to the consumer secret, or turn off “Require Secret for Refresh Token Flow” in the app. If that is right already, compare `client-id` with the consumer key, and `login-url` with the org that has the app.',
  },
  {
    matches: /^invalid_app_access:/,
    answers: ['invalid_app_access: user is not admin approved to access this app'],
    retry: 'never',
    why: 'The app lets in only users that an admin approved, and this user is not among them.',
    fix: 'Assign the app to the user by profile or permission set.',
  },
  {
    matches: /^unauthorized_client:/,
    answers: ['unauthorized_client: this client may not use the refresh flow'],
    retry: 'never',
    signIn: true,
    why: 'The refresh token flow is not enabled for this app.',
    fix: 'Give the app the scope “Perform requests at any time (refresh_token, offline_access)”, then sign in again.',
  },
  {
    matches: /^unsupported_grant_type:/,
    answers: ['unsupported_grant_type: grant type not supported'],
    retry: 'never',
    why: 'The request did not reach Salesforce as it was sent: a proxy or a redirect on the way dropped or changed its content.',
    fix: `${myDomain} and check the proxy of the runner.`,
  },
  {
    matches: /^invalid_request:/,
    answers: ['invalid_request: anything else'],
    retry: 'never',
    why: 'Salesforce does not take the request on this host, or a proxy on the way damaged it.',
    fix: `${myDomain} and check the proxy of the runner.`,
  },
  {
    matches: /^invalid_scope:/,
    answers: ['invalid_scope: no valid scopes defined'],
    retry: 'never',
    why: 'The app has no OAuth scopes.',
    fix: 'Give the app the scopes “api” and “refresh_token”, then sign in again.',
    signIn: true,
  },
  {
    matches: /^oauth_flow_disabled:/,
    answers: ['oauth_flow_disabled: The external client app or the OAuth plugin is disabled.'],
    retry: 'never',
    why: 'The External Client App, its OAuth plugin, or its refresh token flow is turned off in this org.',
    fix: 'Enable the app, its OAuth plugin and its flow (Setup → External Client App Manager).',
  },
  {
    matches: /^(oauth|ecapp)_policy_not_found:/,
    answers: ['oauth_policy_not_found', 'ecapp_policy_not_found'],
    retry: 'never',
    why: 'The app has no OAuth policy in this org.',
    fix: 'Open the app in Setup → External Client App Manager → Policies, and save its policies once.',
  },
  {
    matches: /^(oauth_|(fail_close_)?app_blocked:)/,
    answers: [
      'OAUTH_APP_BLOCKED: this app is blocked by admin',
      'app_blocked',
      'fail_close_app_blocked',
    ],
    retry: 'never',
    why: 'An admin blocked the app, or a policy of the org keeps it out.',
    fix: 'Unblock the app (Setup → Connected Apps OAuth Usage, or External Client App Manager).',
  },
  {
    matches: /^(invalid_dpop_proof|use_dpop_nonce):/,
    answers: ['invalid_dpop_proof', 'use_dpop_nonce'],
    retry: 'never',
    why: 'The app binds its tokens to a key that only their holder has (DPoP: RFC 9449), and demands a proof that this action cannot give.',
    fix: ownErrors.token_type_unsupported.fix,
    signIn: true,
  },
  {
    matches: /^(app_attest_failed|client_blocked)(_retry)?:/,
    answers: [
      'app_attest_failed',
      'app_attest_failed_retry',
      'client_blocked',
      'client_blocked_retry',
    ],
    retry: 'never',
    why: 'The app demands an attestation that only genuine mobile apps can give.',
    fix: 'Use another app for the workflow, one without attestation, and sign in again with that.',
    signIn: true,
  },
  {
    matches: /^(temporarily_unavailable|service_unavailable|system_down|slow_down):/,
    answers: [
      'temporarily_unavailable: the server is overloaded',
      'service_unavailable',
      'system_down',
      'slow_down',
    ],
    retry: 'unknown_fate',
    why: 'Salesforce is overloaded or down.',
    fix: `${statusLater} ${rerunUncertain}`,
  },
  {
    matches: /^server_error:/,
    answers: ['server_error: the server failed'],
    retry: 'unknown_fate',
    why: 'Salesforce failed on its side.',
    fix: `${statusLater} ${rerunUncertain}`,
  },
];

/** For a refusal that is `unexplained`, where this very step sent the token a second time. */
export const ownRetry = {
  fix: 'If the app rotates refresh tokens, set `rotates: true`, or better `token-branch`: then nothing that Salesforce may have processed is sent again. Sign in again.',
  why: `Salesforce may have processed the request whose answer was lost. If the app rotates refresh tokens, that spent this one, and sending it again revoked ${revokesAll}.`,
};

/** For an `error` value that no row of {@link refusals} knows. */
export const unknownRefusal: Advice = {
  fix: `Search the Salesforce documentation for the error. ${history}`,
  why: 'This action does not know this error of Salesforce.',
};

const sections = new Set([
  ...Object.keys(ownErrors),
  ...refusals.flatMap(({ answers }) => answers.map(codeOf)),
]);

/** The `error` in an entry of {@link Refusal.answers}, as an anchor has it. */
function codeOf(answer = ''): string {
  return answer.replace(/:.*$/, '').toLowerCase();
}

/** The anchor of the section on an error code in docs/troubleshooting.md. */
export function sectionOf(code: string): string {
  if (/^http_\d+$/.test(code)) {
    return 'http_status';
  }
  const anchor = codeOf(code);
  if (sections.has(anchor)) {
    return anchor;
  }
  // `OAUTH_…` and the like: a code without a section of its own, under one that explains it.
  const known = refusals.find(({ matches }) => matches.test(`${anchor}: `));
  return known === undefined ? 'another-error-of-salesforce' : codeOf(known.answers[0]);
}

/** For an answer of GitHub's that is not what was asked for, and not the fault of the token: by its HTTP status. */
export function explainGitHubStatus(status: number): Explanation {
  return status === 429
    ? {
        fix: 'Run the job again after the limit is reset; with many jobs, set `reuse-minutes`, so that they share a token.',
        why: 'GitHub limits how often its API may be asked: 1,000 requests an hour for the token of a workflow in one repository, 80 writes a minute.',
      }
    : {
        fix: 'Look at https://www.githubstatus.com, then run the job again.',
        why: "GitHub's API, or a proxy before it, failed: neither Salesforce nor the credential did.",
      };
}

/** For an answer that is neither a token nor an error of OAuth's: by its HTTP status. */
export function explainStatus(status: number): Explanation {
  if (status === 429) {
    return {
      fix: 'Run the job again later, and refresh less often.',
      why: 'Salesforce, or a proxy before it, limits how often it may be asked.',
    };
  }
  if (status === 420 || status === 406) {
    return {
      fix: 'Check that the org still exists, then run the job again.',
      why: '“We are setting things up”: the host is not ready yet. Deleted and expired scratch orgs answer like this for good.',
    };
  }
  if (status >= 500) {
    return {
      fix: statusLater,
      why: 'Salesforce, or a proxy before it, failed: maintenance or an outage.',
    };
  }
  return {
    fix: checkHost,
    why: 'What answered is not a token endpoint: the host is wrong, the org is gone, or a proxy answered in its place.',
  };
}
