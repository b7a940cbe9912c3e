/**
 * What can go wrong, as data: the messages and docs/troubleshooting.md are made from it. A new error of ours
 * goes into `ownErrors`; what Salesforce answers stands in refusals.ts, which is loaded when it does.
 */

/** How to go on with a new credential where a token branch keeps the old one; the same in every document. */
export const startOver =
  'sign in again and store the new credential in the same secret. The next run then makes a file of its own, and the old one can be deleted.';

/** Ends what to do wherever it is certain. */
export const nothingSent = 'Nothing was sent to Salesforce.';

export const itsMyDomain = 'the My Domain host of the org (Setup → My Domain)';
export const myDomain = `Set \`login-url\` to ${itsMyDomain}`;
const otherOrg =
  'The credential is for a different org from the one that the workflow expects: the wrong secret or environment';
/** What a token that was spent and sent again does. */
export const revokesAll = 'every token that came from that sign-in';

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

/** What to do about each of our own errors, and why it happens. Made when it is asked for: most runs have none. */
export function ownErrors(): Readonly<Record<OwnCode, Advice>> {
  return {
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
}

/** Help articles 005318944 and 005319571. Whether hosted runners count as such is not documented. */
export const containment =
  'since April 2026 freezes users whose traffic comes from anonymizing VPNs or proxies, or suddenly from another network or place';
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
