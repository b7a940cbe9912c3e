import { type Environment, readContext } from './runner/context.ts';
import type { InputName, RawInputs } from './runner/inputs.ts';
import { ruleFor } from './salesforce/hosts.ts';
import type { Settings } from './settings.ts';

// What debug logging tells of the inputs: nothing secret.

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

/** What the inputs were taken for. */
export function settingsText(raw: RawInputs): string {
  const values = shown.flatMap((name) => (raw[name] === undefined ? [] : `${name}=${raw[name]}`));
  return `The inputs are good: ${values.join(', ')}`;
}

/** Where the refresh token goes, and why it may. */
export function loginText({ login, loginFrom, allowedHosts }: Settings): string {
  const { host, hostname, pathname } = login.url;
  const from = loginFrom === undefined ? 'the default' : `from \`${loginFrom}\``;
  return `The token endpoint is ${host}${pathname}: ${from}; ${ruleFor(hostname, allowedHosts)}`;
}

/** Where the refresh token comes from, and where a new one would go. */
export function keeperText({ tokenBranch, tokenFile, rotates }: Settings): string {
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
