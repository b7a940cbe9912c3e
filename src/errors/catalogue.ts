/**
 * Everything that can go wrong, as data: the messages and docs/troubleshooting.md are made from it.
 * A new error of ours goes into `ownErrors`, a new answer of Salesforce's into `refusals`.
 */

/** Why something usually happens, and what to do about it. Whole sentences. */
export interface Explanation {
  readonly why: string;
  readonly fix: string;
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

export const ownErrors: Readonly<Record<OwnCode, Explanation>> = {
  input_missing: {
    why: 'An input that the step needs is empty.',
    fix: 'Set it under `with:` of this step. Nothing was sent.',
  },
  input_invalid: {
    why: 'An input has a value that cannot be right.',
    fix: 'Correct it under `with:` of this step, or in the secret that it comes from. Nothing was sent.',
  },
  input_conflict: {
    why: 'Two inputs say different things about the same matter, or one that the other needs is missing.',
    fix: 'Give exactly one of `refresh-token`, `sfdx-auth-url` and `token-file`, and with `token-branch` also `github-token`. Nothing was sent.',
  },
  token_file_invalid: {
    why: 'The file has to be a JSON token response of Salesforce with a `refresh_token`, and this step has to be able to write and to replace it; on Windows, a program that has it open can stand in the way.',
    fix: 'Check the path (relative to the workspace), the content, and the rights of the file and of its folder. Nothing was sent.',
  },
  host_not_allowed: {
    why: 'A refresh token is worth a password, so it only goes to hosts that Salesforce itself serves: login.salesforce.com, test.salesforce.com and My Domain hosts (*.my.salesforce.com, *.my-salesforce.com, *.my.salesforce.mil), in China login.sfcrmproducts.cn, test.sfcrmproducts.cn and *.my.sfcrmproducts.cn, and instance hosts (na139.salesforce.com) as long as there are any.',
    fix: 'Use the My Domain host of the org (Setup → My Domain). If you trust this host with the refresh token, name it in `allowed-hosts`. Nothing was sent.',
  },
  insecure_tls: {
    why: 'NODE_TLS_REJECT_UNAUTHORIZED=0 turns off every certificate check, so anybody on the way could read the refresh token.',
    fix: 'Remove it from the environment. To trust a company certificate, set NODE_EXTRA_CA_CERTS to its PEM file instead. Nothing was sent.',
  },
  network_error: {
    why: 'The host name does not resolve, nothing listens there, a proxy or a firewall stands in the way, the variable that should name the proxy names none, or the connection broke.',
    fix: 'Check `login-url`, the proxy variables (https_proxy, no_proxy) and the network of the runner, then run the job again.',
  },
  tls_error: {
    why: "The server's certificate is not trusted by this runner. It is usually a company proxy that opens TLS, sometimes a wrong host or a wrong clock; it does not heal by itself.",
    fix: 'Set NODE_EXTRA_CA_CERTS to the PEM file of the certificate authority, in `env:` of the job or on the runner. Nothing was sent.',
  },
  timeout: {
    why: 'The network, a proxy or Salesforce did not answer in the time that `timeout-seconds` allows.',
    fix: 'Check https://status.salesforce.com and the proxy, then run the job again, or raise `timeout-seconds`.',
  },
  redirect_refused: {
    why: 'A redirect decides where the refresh token goes next, so only one is followed, over https, to an allowed host and its token endpoint.',
    fix: 'Set `login-url` to the My Domain host of the org (Setup → My Domain).',
  },
  response_invalid: {
    why: 'Something that is not the token endpoint answered: a proxy, a login page, a wrong host.',
    fix: 'Check `login-url` (Setup → My Domain names the host) and the proxy of the runner.',
  },
  answer_lost: {
    why: 'The request may have been processed, but its answer did not arrive, or something else came in its place. With an app that rotates, the old refresh token is then spent and the new one is gone; sending the old one again would revoke every token of the family, so it was not sent again.',
    fix: 'Look at Setup → Login History: where it shows a successful refresh at this time, sign in again and store the new credential; otherwise run the job again.',
  },
  token_type_unsupported: {
    why: 'The app issues tokens that only their holder can use (DPoP: RFC 9449); a Bearer client cannot use them.',
    fix: "Turn off DPoP (sender-constrained tokens) in the app's OAuth settings.",
  },
  instance_url_refused: {
    why: 'Later steps send the access token to the instance URL, so it has to be a host that Salesforce itself serves the API on.',
    fix: 'If you trust this host with the access token, name it in `allowed-hosts`; otherwise check `login-url` (Setup → My Domain) and look at Setup → Login History.',
  },
  token_branch_not_writable: {
    why: 'The job does not have `permissions: contents: write`, or branch protection or a ruleset covers the branch.',
    fix: 'Give the job `permissions: contents: write` and give `github-token` its `github.token`, and leave the branch out of protection rules. Nothing was sent to Salesforce.',
  },
  token_branch_invalid: {
    why: 'Somebody changed the file, or it was damaged; only this action writes it.',
    fix: 'Put its last good version back (the history of the branch has it), or sign in again, store the new credential in the secret, and delete the file. Nothing was sent to Salesforce.',
  },
  credential_in_flight: {
    why: 'Only one job at a time may refresh a credential that rotates; the others wait for their turn, for as long as `wait-seconds` says. The hold of a job that died ends by itself, after three minutes.',
    fix: 'Run the job again, or raise `wait-seconds`; with many jobs at once, set `reuse-minutes`. Nothing was sent to Salesforce.',
  },
  save_failed: {
    why: 'The new refresh token exists only in the outputs of this step now; the stored one is dead.',
    fix: 'Save the output `refresh-token` in a step with `if: always()`, or sign in again and store the new credential.',
  },
  org_mismatch: {
    why: 'The credential belongs to another org than the workflow expects: a wrong secret, a wrong environment, or a sandbox that was refreshed and so got a new id.',
    fix: 'Correct the secret, the `environment:` of the job, or `expected-org-id` (Setup → Company Information). No access token was handed out.',
  },
  user_mismatch: {
    why: 'Somebody signed in as another user when the credential was made.',
    fix: 'Sign in as the expected user and store the new credential, or correct `expected-username`. No access token was handed out.',
  },
  org_type_mismatch: {
    why: 'The credential belongs to an org of another kind than the workflow expects: a wrong secret, or a wrong environment.',
    fix: 'Correct the secret, the `environment:` of the job, or `expected-org-type`. No access token was handed out.',
  },
  verification_failed: {
    why: 'The new access token could not be proved to work.',
    fix: 'See Setup → Login History. No access token was handed out.',
  },
  cancelled: {
    why: 'Somebody, or a newer run in the same concurrency group, cancelled this one.',
    fix: 'Start the job again.',
  },
  internal_error: {
    why: 'This is not an error that the action knows; it is probably a bug in it.',
    fix: 'Please report it, with the log of this step, in the issues of the repository that the action comes from. Secrets are masked in the log, but read it before you post it.',
  },
};

/**
 * Whether sending the same request again can help, and is safe:
 * - `never`: a definite answer.
 * - `in_flight`: another request with the same token is being processed.
 * - `unknown_fate`: failed, perhaps after it was processed; passes.
 */
export type RefusalRetry = 'never' | 'in_flight' | 'unknown_fate';

/** An answer `{"error", "error_description"}` of the token endpoint, and what it means. */
export interface Refusal extends Explanation {
  /** On `error: error_description`, both lower-cased and trimmed. */
  readonly matches: RegExp;
  /** What Salesforce answers, `error: error_description` or `error` alone; each `error` is a section of the document. */
  readonly answers: readonly string[];
  readonly retry: RefusalRetry;
  /** Only signing in again helps. */
  readonly deadCredential?: true;
  /** A refresh token that was rotated out and sent again gets this answer too. */
  readonly maybeReused?: true;
}

/** Only where it shows something: refusals of a known user. Not for a wrong host, an unknown app, an outage. */
const askAdmin = 'See Setup → Login History for the true cause.';
/** Help articles 005318944 and 005319571. Whether hosted runners count as such is not documented. */
const containment =
  'since April 2026 it freezes users whose traffic comes from anonymizing VPNs, proxies and other high-risk addresses, or suddenly from another network or place';
const fixedEgress =
  'Refresh from a fixed address, as a user of its own, to stay clear of what Salesforce takes for an attack.';

/** Salesforce's answers, the special before the general: the first that matches counts. */
export const refusals: readonly Refusal[] = [
  {
    matches: /retry your request|^unknown_error:/,
    answers: ['unknown_error: retry your request', 'unknown_error'],
    retry: 'unknown_fate',
    why: 'Salesforce failed on its side, and asks to send the request again or says nothing more.',
    fix: 'Run the job again; if it stays, look at https://status.salesforce.com.',
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
    why: 'The External Client App is not in this org, or its distribution state keeps it from being used there. Refreshing at login.salesforce.com instead of My Domain, or a sandbox that was refreshed since, ends in this too.',
    fix: 'Set `login-url` to the My Domain host of the org (Setup → My Domain), and install the app in that org, or check its distribution state (local or packaged). After the refresh of a sandbox, install the app there again and sign in again.',
  },
  {
    matches: /: (token )?request not supported on this domain/,
    answers: [
      'invalid_grant: request not supported on this domain',
      'invalid_request: token request not supported on this domain',
    ],
    retry: 'never',
    why: 'Salesforce does not take this request on this host. The refresh token itself is not dead.',
    fix: 'Set `login-url` to the My Domain host of the org (Setup → My Domain).',
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
    fix: `Wait up to an hour, then refresh less often: once per workflow, not once per job. ${askAdmin}`,
  },
  {
    matches: /: maximum logins exceeded/,
    answers: ['invalid_grant: maximum logins exceeded'],
    retry: 'never',
    why: 'A limit on logins is reached for the time being. The refresh token itself is not dead.',
    fix: `Wait, then run the job again, and refresh less often. ${askAdmin}`,
  },
  {
    matches:
      /^invalid_grant: (token request is already being processed|expired authorization code)/,
    answers: [
      'invalid_grant: token request is already being processed',
      'invalid_grant: expired authorization code',
    ],
    retry: 'in_flight',
    why: 'Another job is refreshing the same refresh token at this moment; Salesforce processes one request per token at a time.',
    fix: `Set \`token-branch\` (jobs then take turns by themselves), put the jobs that share the credential into one \`concurrency\` group, or give them credentials of their own. ${askAdmin}`,
  },
  {
    matches: /^(invalid_grant: expired access\/refresh token|invalid_token:)/,
    answers: ['invalid_grant: expired access/refresh token', 'invalid_token'],
    retry: 'never',
    deadCredential: true,
    maybeReused: true,
    why: `The refresh token is dead for this app on this host: revoked, expired, idle for too long, replaced by rotation, pushed out by a sixth approval of the same user and app, ended by the app's policy “immediately expire”, revoked by Salesforce itself (${containment}, and revokes all refresh tokens of the user), or it belongs to another login host or another client id.`,
    fix: `Check that \`login-url\` and \`client-id\` are those that the token was made with, and whether the app rotates refresh tokens (then a stored copy works only once). ${askAdmin} If the token is dead, sign in again. ${fixedEgress}`,
  },
  {
    matches: /^invalid_grant: token validity expired/,
    answers: ['invalid_grant: token validity expired'],
    retry: 'never',
    deadCredential: true,
    why: "The app's refresh token policy ended the token: its validity period is over.",
    fix: `Sign in again; a longer period can be set in the app's OAuth policies. ${askAdmin}`,
  },
  {
    matches: /^(inactive_user:|invalid_grant: inactive user)/,
    answers: ['inactive_user: user is inactive', 'invalid_grant: inactive user'],
    retry: 'never',
    why: `The user that the token belongs to is deactivated or frozen: by an admin, or by Salesforce itself (${containment}).`,
    fix: `Activate or unfreeze the user (Setup → Users), or sign in as another user. ${askAdmin} ${fixedEgress}`,
  },
  {
    matches: /^(inactive_org:|invalid_grant: inactive organization)/,
    answers: ['inactive_org: organization is inactive', 'invalid_grant: inactive organization'],
    retry: 'never',
    why: 'The org is expired, locked or deleted.',
    fix: 'Check whether the org still exists; a deleted sandbox or an expired scratch org needs a new org and a new sign-in.',
  },
  {
    matches: /^invalid_grant: ip restricted/,
    answers: ['invalid_grant: ip restricted or invalid login hours'],
    retry: 'never',
    why: "The runner's address is outside the ranges that the app, the profile or the org allows, or it is outside the user's login hours.",
    fix: `Relax IP restrictions for refresh tokens in the app's policies, or use a runner with a fixed address that is allowed (hosted runners change theirs). ${askAdmin}`,
  },
  {
    matches: /^invalid_grant: authentication failure/,
    answers: ['invalid_grant: authentication failure'],
    retry: 'never',
    why: 'Salesforce refused without giving the reason to the client.',
    fix: 'Setup → Login History shows the true cause for this user.',
  },
  {
    matches: /^(login_error|invalid_session_level):/,
    answers: ['login_error', 'invalid_session_level'],
    retry: 'never',
    why: 'The login was refused: by a policy of the user or the org, or because the app demands a session of a higher level than a refresh gives.',
    fix: `Check the session policies of the app (“High assurance session required”) and of the profile. ${askAdmin}`,
  },
  {
    matches: /^invalid_grant: user hasn.?t approved this consumer/,
    answers: ["invalid_grant: user hasn't approved this consumer"],
    retry: 'never',
    deadCredential: true,
    why: 'The user has not approved the app, or the approval was withdrawn.',
    fix: `Approve the app by signing in again, or pre-authorise it by profile or permission set. ${askAdmin}`,
  },
  {
    matches: /^invalid_grant:/,
    answers: ['invalid_grant: anything else'],
    retry: 'never',
    deadCredential: true,
    maybeReused: true,
    why: 'Salesforce does not accept this refresh token.',
    fix: `${askAdmin} If the token is dead, sign in again.`,
  },
  {
    matches: /^invalid_client_id:/,
    answers: ['invalid_client_id: client identifier invalid'],
    retry: 'never',
    why: 'No app with this consumer key is known on this host: a wrong `client-id`, a deleted app, an app that is only minutes old (it takes about 10), or the wrong login host.',
    fix: 'Compare `client-id` with the consumer key of the app, and `login-url` with the org that has it.',
  },
  {
    matches: /^invalid_client: app must be installed/,
    answers: ['invalid_client: app must be installed into org'],
    retry: 'never',
    why: 'The app is not installed in the org, and the org restricts apps that are not (since September 2025).',
    fix: `Install the app in the org (Setup → Connected Apps OAuth Usage → Install), or let the user have “Approve Uninstalled Connected Apps”. ${askAdmin}`,
  },
  {
    matches: /^invalid_client:/,
    answers: ['invalid_client: invalid client credentials'],
    retry: 'never',
    why: 'The app demands its secret for the refresh flow and got none, or got a wrong one; or no app with this consumer key exists on this host.',
    fix: `Set \`client-secret\` to the consumer secret, or turn off “Require Secret for Refresh Token Flow” in the app; compare \`client-id\` with its consumer key, and \`login-url\` with the org that has it. ${askAdmin}`,
  },
  {
    matches: /^invalid_app_access:/,
    answers: ['invalid_app_access: user is not admin approved to access this app'],
    retry: 'never',
    why: 'The app lets in only users that an admin approved, and this user is not among them.',
    fix: `Assign the app to the user by profile or permission set. ${askAdmin}`,
  },
  {
    matches: /^unauthorized_client:/,
    answers: ['unauthorized_client: this client may not use the refresh flow'],
    retry: 'never',
    why: 'The refresh token flow is not enabled for this app.',
    fix: `Give the app the scope “Perform requests at any time (refresh_token, offline_access)”. ${askAdmin}`,
  },
  {
    matches: /^unsupported_grant_type:/,
    answers: ['unsupported_grant_type: grant type not supported'],
    retry: 'never',
    why: 'The form did not reach Salesforce as it was sent: something on the way, such as a proxy or a redirect, dropped or changed it.',
    fix: 'Set `login-url` to the My Domain host (Setup → My Domain) and check the proxy of the runner.',
  },
  {
    matches: /^invalid_request:/,
    answers: ['invalid_request: anything else'],
    retry: 'never',
    why: 'Salesforce does not take the form on this host: something on the way damaged it, or it has to go to the My Domain host.',
    fix: 'Set `login-url` to the My Domain host of the org (Setup → My Domain) and check the proxy of the runner.',
  },
  {
    matches: /^invalid_scope:/,
    answers: ['invalid_scope: no valid scopes defined'],
    retry: 'never',
    why: 'The app has no OAuth scopes.',
    fix: `Give the app the scopes “api” and “refresh_token”. ${askAdmin}`,
  },
  {
    matches: /^oauth_flow_disabled:/,
    answers: ['oauth_flow_disabled: The external client app or the OAuth plugin is disabled.'],
    retry: 'never',
    why: 'The External Client App, its OAuth plugin, or its refresh token flow is turned off in this org.',
    fix: `Enable the app, its OAuth plugin and its flow (Setup → External Client App Manager). ${askAdmin}`,
  },
  {
    matches: /^(oauth|ecapp)_policy_not_found:/,
    answers: ['oauth_policy_not_found', 'ecapp_policy_not_found'],
    retry: 'never',
    why: 'The app has no OAuth policy in this org.',
    fix: `Open the app in Setup → External Client App Manager → Policies, and save its policies once. ${askAdmin}`,
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
    fix: `Unblock the app (Setup → Connected Apps OAuth Usage, or External Client App Manager). ${askAdmin}`,
  },
  {
    matches: /^(invalid_dpop_proof|use_dpop_nonce):/,
    answers: ['invalid_dpop_proof', 'use_dpop_nonce'],
    retry: 'never',
    why: 'The app binds its tokens to a key that only their holder has (DPoP: RFC 9449), and demands a proof of it; a Bearer client has none.',
    fix: `${ownErrors.token_type_unsupported.fix} Then sign in again. ${askAdmin}`,
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
    why: 'The app demands that its client attests to be genuine, which only mobile apps can.',
    fix: `Use another app for the workflow, one without attestation, and sign in with that. ${askAdmin}`,
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
    why: 'Salesforce cannot take the request now.',
    fix: 'Look at https://status.salesforce.com and run the job again later.',
  },
  {
    matches: /^server_error:/,
    answers: ['server_error: the server failed'],
    retry: 'unknown_fate',
    why: 'Salesforce failed on its side.',
    fix: 'Look at https://status.salesforce.com and run the job again later.',
  },
];

/** What to add to a refusal that is `maybeReused`, where the app may rotate. */
export const reuse = {
  why: 'Where the app rotates, each refresh token works once, and using one again revokes every token of its family: another run, or another copy of the credential, may have used this one.',
  /** Where this very step sent the token a second time. */
  ownRetry: {
    why: 'Salesforce may have processed the request whose answer was lost. Where the app rotates, that spent the refresh token, and sending it again revoked every token of its family.',
    fix: 'If the app rotates, set `rotates: true`: then what Salesforce may have processed is never sent again.',
  },
};

/** For an `error` value that no row of {@link refusals} knows. */
export const unknownRefusal: Explanation = {
  why: 'Salesforce refused the request with an error that this action does not know.',
  fix: `Search the Salesforce documentation for the error. ${askAdmin}`,
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
        why: 'GitHub limits how often its API may be asked: 1,000 requests an hour for the token of a workflow in one repository, 80 writes a minute.',
        fix: 'Run the job again after the limit is reset; with many jobs, set `reuse-minutes`, so that they share a token.',
      }
    : {
        why: "GitHub's API failed, or a proxy before it: it is neither Salesforce nor the credential.",
        fix: 'Look at https://www.githubstatus.com and run the job again.',
      };
}

/** For an answer that is neither a token nor an error of OAuth's: by its HTTP status. */
export function explainStatus(status: number): Explanation {
  if (status === 429) {
    return {
      why: 'Salesforce, or a proxy before it, limits how often it may be asked.',
      fix: 'Run the job again later, and refresh less often.',
    };
  }
  if (status === 420 || status === 406) {
    return {
      why: '“We are setting things up”: the host is not ready yet. Deleted and expired scratch orgs answer so too, for good.',
      fix: 'Check that the org still exists, then run the job again.',
    };
  }
  if (status >= 500) {
    return {
      why: 'Salesforce, or a proxy before it, failed: maintenance or an outage.',
      fix: 'Look at https://status.salesforce.com and run the job again later.',
    };
  }
  return {
    why: 'What answered is not a token endpoint: the host is wrong, the org is gone, or a proxy stands in the way.',
    fix: 'Check `login-url` (Setup → My Domain names the host) and the proxy of the runner.',
  };
}
