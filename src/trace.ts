import type { Send } from './http/send.ts';
import { traced } from './http/trace.ts';
import { type Environment, readContext } from './runner/context.ts';
import type { InputName, RawInputs } from './runner/inputs.ts';
import type { Workflow } from './runner/outputs.ts';
import type { AllowedHosts } from './salesforce/allowed-hosts.ts';
import { ruleFor } from './salesforce/hosts.ts';
import type { TokenResponse } from './salesforce/token-response.ts';
import type { Settings } from './settings.ts';

/** For the end of the job: whoever needs one of these gets all of them, as one file. */
export { traced };

// What debug logging tells, where it is on: nothing secret.

/** Inputs whose values are shown once they were checked. Of the others the name says enough. */
const shown: readonly InputName[] = [
  'allowed-hosts',
  'rotates',
  'token-branch',
  'token-repository',
  'wait-seconds',
  'reuse-minutes',
  'expected-org-id',
  'expected-username',
  'expected-org-type',
  'verify',
  'export-env',
  'mask-instance-url',
  'revoke-on-completion',
  'job-summary',
  'timeout-seconds',
  'retries',
];

/** What runs where, and which inputs arrived: before they were checked, any value may be a secret. */
export function startText(raw: RawInputs, env: Environment): string {
  const { eventName, repository, runnerEnvironment } = readContext(env);
  const names = Object.keys(raw).join(', ') || 'none';
  return `Node ${process.version} on ${process.platform}, runner ${runnerEnvironment}, event ${eventName} of ${repository}. Inputs that arrived: ${names}`;
}

/**
 * Tells what the inputs were taken for.
 * @returns what sends, and tells of each request: see {@link traced}
 */
export function tracedStep(
  raw: RawInputs,
  settings: Settings,
  send: Send,
  workflow: Workflow,
): Send {
  for (const text of [settingsText(raw), loginText(settings), keeperText(settings)]) {
    workflow.debug(() => text);
  }
  return traced(send, workflow);
}

/** What the inputs were taken for. */
function settingsText(raw: RawInputs): string {
  const values = shown.flatMap((name) => (raw[name] === undefined ? [] : `${name}=${raw[name]}`));
  return `The inputs are good: ${values.join(', ')}`;
}

/** Where the refresh token goes, and why it may. */
function loginText({ login, loginFrom, allowedHosts }: Settings): string {
  const { host, hostname, pathname } = login.url;
  const from = loginFrom === undefined ? 'the default' : `from \`${loginFrom}\``;
  return `The token endpoint is ${host}${pathname}: ${from}; ${ruleFor(hostname, allowedHosts)}`;
}

/** Where the refresh token comes from, and where a new one would go. */
function keeperText({ tokenBranch, tokenFile, rotates }: Settings): string {
  const rotation = rotates
    ? 'the app rotates: what may have been processed is never sent again'
    : '';
  if (tokenBranch !== undefined) {
    const { repository, branch } = tokenBranch;
    return `The refresh token is kept on the branch “${branch}” of ${repository}; ${rotation}`;
  }
  const place =
    tokenFile === undefined ? 'nowhere: a new one goes to the outputs' : 'in `token-file`';
  return [`The refresh token is kept ${place}`, rotation].filter((part) => part !== '').join('; ');
}

/** Where the token may go, and what the clocks say. */
export function judgedText(
  { instanceUrl, issuedAt }: TokenResponse,
  allowed: AllowedHosts,
): string {
  const { host, hostname } = new URL(instanceUrl);
  const issued = issuedAt?.toISOString() ?? 'a time that it does not tell';
  return `The answer is good. The instance is ${host}: ${ruleFor(hostname, allowed)}. Issued at ${issued} by Salesforce's clock, ${new Date().toISOString()} by this machine's`;
}
