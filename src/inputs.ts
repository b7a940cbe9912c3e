import { checkClientId, checkClientSecret, checkRefreshToken } from './credential/checks.ts';
import { ActionError } from './errors.ts';
import {
  type AllowedHosts,
  type CheckedUrl,
  HostRefusal,
  parseAllowedHosts,
  parseLoginUrl,
} from './salesforce/hosts.ts';

/** The environment of the process, as Node has it. */
export type Environment = Readonly<Record<string, string | undefined>>;

/** Every input that `action.yml` declares. */
export const inputNames = [
  'refresh-token',
  'client-id',
  'client-secret',
  'login-url',
  'allowed-hosts',
  'rotates',
  'mask-instance-url',
  'timeout-seconds',
  'retries',
] as const;
export type InputName = (typeof inputNames)[number];

/** The inputs as they were given, trimmed; an empty value is no value. */
export type RawInputs = Readonly<Partial<Record<InputName, string>>>;

/** What the runner says about the run; never secret. */
export interface RunContext {
  /** `owner/name`, or empty. */
  readonly repository: string;
  readonly eventName: string;
  readonly actor: string;
}

/** The inputs, validated: everything that the step works with. */
export interface Inputs {
  readonly refreshToken: string;
  readonly clientId: string;
  readonly clientSecret?: string;
  /** The token endpoint. */
  readonly login: CheckedUrl;
  readonly allowedHosts: AllowedHosts;
  readonly rotates: boolean;
  readonly maskInstanceUrl: boolean;
  readonly timeoutMs: number;
  readonly retries: number;
}

/** Reads the inputs as the runner hands them over: `INPUT_<NAME>`, upper case, dashes stay. */
export function readInputs(env: Environment): RawInputs {
  const raw: Partial<Record<InputName, string>> = {};
  for (const name of inputNames) {
    const value = env[`INPUT_${name.toUpperCase()}`]?.trim();
    if (value !== undefined && value !== '') {
      raw[name] = value;
    }
  }
  return raw;
}

/** Reads what the runner says about the run. */
export function readContext(env: Environment): RunContext {
  return {
    repository: env['GITHUB_REPOSITORY'] ?? '',
    eventName: env['GITHUB_EVENT_NAME'] ?? '',
    actor: env['GITHUB_ACTOR'] ?? '',
  };
}

/** The secrets among the inputs. `PlatformCLI`, the CLI's own client id, is public. */
export function secretInputs(raw: RawInputs): string[] {
  const clientId = raw['client-id'];
  return [
    raw['refresh-token'],
    clientId === 'PlatformCLI' ? undefined : clientId,
    raw['client-secret'],
  ].filter((value) => value !== undefined);
}

/**
 * Checks everything that can be checked before anything is sent.
 * @throws ActionError `input_missing`, `input_invalid`, `host_not_allowed`, `insecure_tls`
 */
export function validateInputs(raw: RawInputs, env: Environment): Inputs {
  if (env['NODE_TLS_REJECT_UNAUTHORIZED'] === '0') {
    throw ActionError.own('insecure_tls', 'NODE_TLS_REJECT_UNAUTHORIZED=0 is set for this step.');
  }
  checkRunner(env);
  const clientSecret = raw['client-secret'];
  const refreshToken = checkRefreshToken(required(raw, 'refresh-token', env));
  const clientId = checkClientId(required(raw, 'client-id', env), refreshToken);
  const allowedHosts = hostInput('allowed-hosts', () =>
    parseAllowedHosts(raw['allowed-hosts'] ?? ''),
  );
  return {
    refreshToken,
    clientId,
    ...(clientSecret !== undefined && { clientSecret: checkClientSecret(clientSecret) }),
    login: hostInput('login-url', () =>
      parseLoginUrl(raw['login-url'] ?? 'https://login.salesforce.com', allowedHosts),
    ),
    allowedHosts,
    rotates: booleanInput(raw, 'rotates', false),
    maskInstanceUrl: booleanInput(raw, 'mask-instance-url', true),
    timeoutMs: numberInput(raw, 'timeout-seconds', 60, 1, 600) * 1000,
    retries: numberInput(raw, 'retries', 3, 0, 10),
  };
}

/** Without the runner's output file the new token would have nowhere to go, or would go to the log. */
function checkRunner(env: Environment): void {
  if (!env['GITHUB_OUTPUT']) {
    throw ActionError.own('input_missing', 'GITHUB_OUTPUT is not set.', {
      why: 'The runner names the file for outputs there; this does not seem to be a step of a GitHub Actions job.',
      fix: 'Run it as a step (`uses:`), or set GITHUB_OUTPUT to an existing, private file. Nothing was sent.',
    });
  }
}

function required(raw: RawInputs, name: InputName, env: Environment): string {
  const value = raw[name];
  if (value !== undefined) {
    return value;
  }
  const misspelled = name.replaceAll('-', '_');
  if (env[`INPUT_${misspelled.toUpperCase()}`]) {
    throw ActionError.own('input_missing', `The input \`${name}\` is empty.`, {
      why: `There is an input \`${misspelled}\`, with an underscore, which this action does not know.`,
      fix: `Write \`${name}\`, with dashes. Nothing was sent.`,
    });
  }
  throw ActionError.own('input_missing', `The input \`${name}\` is empty.`, missingWhy(env));
}

/** The likely cause of an empty secret. */
function missingWhy(env: Environment): { why: string; fix: string } {
  const { actor, eventName } = readContext(env);
  if (actor === 'dependabot[bot]') {
    return {
      why: 'This run was started by Dependabot, whose runs get no Actions secrets, only those of its own store.',
      fix: "Skip this job for Dependabot (`if: github.actor != 'dependabot[bot]'`), or run it after the merge. Nothing was sent.",
    };
  }
  if (/^pull_request/.test(eventName)) {
    return {
      why: 'Secrets are empty in pull requests from forks. Otherwise the secret does not exist here, has another name, or belongs to an environment that the job does not name.',
      fix: 'Skip this job for forks (`if: github.event.pull_request.head.repo.full_name == github.repository`); otherwise create the secret, or name its `environment:` in the job. Nothing was sent.',
    };
  }
  return {
    why: 'The secret does not exist in this repository, has another name, or belongs to an environment that the job does not name (`environment:`); a called workflow only gets the secrets that its caller passes on.',
    fix: 'Create the secret (Settings → Secrets and variables → Actions), correct its name under `with:`, or name its `environment:` in the job. Nothing was sent.',
  };
}

function booleanInput(raw: RawInputs, name: InputName, fallback: boolean): boolean {
  const value = raw[name];
  if (value === undefined) {
    return fallback;
  }
  // The spellings of YAML 1.2's core schema, as in @actions/core.
  if (!/^(true|True|TRUE|false|False|FALSE)$/.test(value)) {
    throw ActionError.own('input_invalid', `The input \`${name}\` is neither true nor false.`, {
      fix: `Set \`${name}\` to \`true\` or \`false\`, or leave it out (${fallback}). Nothing was sent.`,
    });
  }
  return value.toLowerCase() === 'true';
}

function numberInput(
  raw: RawInputs,
  name: InputName,
  fallback: number,
  least: number,
  most: number,
): number {
  const value = raw[name];
  if (value === undefined) {
    return fallback;
  }
  const number = /^\d{1,9}$/.test(value) ? Number(value) : Number.NaN;
  if (!(number >= least && number <= most)) {
    throw ActionError.own(
      'input_invalid',
      `The input \`${name}\` is not a whole number from ${least} to ${most}.`,
      {
        fix: `Set \`${name}\` to a whole number from ${least} to ${most}, or leave it out (${fallback}). Nothing was sent.`,
      },
    );
  }
  return number;
}

function hostInput<T>(name: InputName, parse: () => T): T {
  try {
    return parse();
  } catch (error) {
    if (!(error instanceof HostRefusal)) {
      throw error;
    }
    const untrusted = error.kind === 'untrusted' && name === 'login-url';
    throw ActionError.own(
      untrusted ? 'host_not_allowed' : 'input_invalid',
      `The input \`${name}\` can not be used: ${error.message}`,
      { cause: error, ...(error.fix !== undefined && { fix: `${error.fix} Nothing was sent.` }) },
    );
  }
}
