/** What the token endpoint refuses, and what that means: data, as the catalogue. Loaded when a refresh fails. */

import { rerunUncertain, statusLater } from './advice.ts';
import {
  type Advice,
  containment,
  deadToken,
  itsMyDomain,
  myDomain,
  ownErrors,
  revokesAll,
} from './catalogue.ts';

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
const whoLogsIn = 'Setup → Login History shows who logs in so often.';
const fixedEgress = 'A fixed address and a user of its own for the workflow keep clear of that.';

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
    fix: ownErrors().token_type_unsupported.fix,
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
  if (
    Object.hasOwn(ownErrors(), anchor) ||
    refusals.some(({ answers }) => answers.some((answer) => codeOf(answer) === anchor))
  ) {
    return anchor;
  }
  // `OAUTH_…` and the like: a code without a section of its own, under one that explains it.
  const known = refusals.find(({ matches }) => matches.test(`${anchor}: `));
  return known === undefined ? 'another-error-of-salesforce' : codeOf(known.answers[0]);
}
