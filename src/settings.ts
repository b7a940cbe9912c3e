import { accessSync, constants } from 'node:fs';
import { secretsInAuthUrl } from './credential/auth-url.ts';
import {
  type Credential,
  checkCombination,
  credentialInputs,
  loginInput,
  type WriteBack,
  writeBackInputs,
} from './credential/from-inputs.ts';
import type { TokenFile } from './credential/token-file.ts';
import { ActionError } from './errors/action-error.ts';
import type { Environment } from './runner/context.ts';
import { booleanInput, hostInput, numberInput, parsedInput } from './runner/inputs.ts';
import {
  type Expectations,
  orgTypes,
  parseOrgId,
  parseOrgType,
  parseUsername,
} from './salesforce/expectations.ts';
import { type AllowedHosts, type CheckedUrl, parseAllowedHosts } from './salesforce/hosts.ts';

/** Every input that `action.yml` declares. */
export const inputNames = [
  'refresh-token',
  'client-id',
  'client-secret',
  'sfdx-auth-url',
  'token-file',
  'login-url',
  'allowed-hosts',
  'rotates',
  'secret-name',
  'secret-environment',
  'github-token',
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
] as const;
export type InputName = (typeof inputNames)[number];

/** The inputs as they were given, trimmed; an empty value is no value. */
export type RawInputs = Readonly<Partial<Record<InputName, string>>>;

/** The inputs, validated: everything that the step works with. */
export interface Inputs extends Credential {
  readonly writeBack?: WriteBack;
  /** The token endpoint. */
  readonly login: CheckedUrl;
  readonly allowedHosts: AllowedHosts;
  readonly rotates: boolean;
  readonly expected: Expectations;
  readonly exportEnv: boolean;
  readonly maskInstanceUrl: boolean;
  readonly revokeOnCompletion: boolean;
  readonly jobSummary: boolean;
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

/** The secrets among the inputs. `PlatformCLI`, the CLI's own client id, is public. */
export function secretInputs(raw: RawInputs): string[] {
  const clientId = raw['client-id'];
  return [
    raw['refresh-token'],
    clientId === 'PlatformCLI' ? undefined : clientId,
    raw['client-secret'],
    raw['github-token'],
    ...secretsInAuthUrl(raw['sfdx-auth-url'] ?? ''),
  ].filter((value) => value !== undefined);
}

/**
 * Checks everything that can be checked before anything is sent.
 *
 * @param openTokenFile reads `token-file`, and masks what is secret in it
 * @throws ActionError `input_missing`, `input_invalid`, `input_conflict`, `token_file_invalid`,
 *   `host_not_allowed`, `insecure_tls`, `secret_not_writable`
 */
export function validateInputs(
  raw: RawInputs,
  env: Environment,
  openTokenFile: (path: string) => TokenFile,
): Inputs {
  if (env['NODE_TLS_REJECT_UNAUTHORIZED'] === '0') {
    throw ActionError.own('insecure_tls', 'NODE_TLS_REJECT_UNAUTHORIZED=0 is set for this step.');
  }
  checkCombination(raw, env);
  const writeBack = writeBackInputs(raw, env);
  const plain = {
    rotates: booleanInput(raw, 'rotates', false) || writeBack !== undefined,
    expected: expectations(raw),
    exportEnv: booleanInput(raw, 'export-env', false),
    maskInstanceUrl: booleanInput(raw, 'mask-instance-url', true),
    revokeOnCompletion: booleanInput(raw, 'revoke-on-completion', false),
    jobSummary: booleanInput(raw, 'job-summary', false),
    timeoutMs: numberInput(raw, 'timeout-seconds', 60, 1, 600) * 1000,
    retries: numberInput(raw, 'retries', 3, 0, 10),
  };
  checkRunner(env, {
    GITHUB_OUTPUT: true,
    GITHUB_ENV: plain.exportEnv,
    GITHUB_STATE: plain.revokeOnCompletion,
    GITHUB_STEP_SUMMARY: plain.jobSummary,
  });
  const allowedHosts = hostInput('allowed-hosts', () =>
    parseAllowedHosts(raw['allowed-hosts'] ?? ''),
  );
  const credential = credentialInputs(raw, env, openTokenFile);
  return {
    ...plain,
    ...credential,
    ...(writeBack && { writeBack }),
    login: loginInput(raw, credential, allowedHosts),
    allowedHosts,
  };
}

/** What the workflow expects of the org and the user, as far as the inputs say. */
function expectations(raw: RawInputs): Expectations {
  const orgId = parsedInput(
    raw,
    'expected-org-id',
    parseOrgId,
    'an org id of 15 characters, or of 18 with the right check characters; Setup → Company Information shows it',
  );
  const username = parsedInput(
    raw,
    'expected-username',
    parseUsername,
    'a Salesforce username, which has the form of a mail address',
  );
  const orgType = parsedInput(
    raw,
    'expected-org-type',
    parseOrgType,
    `one of ${orgTypes.join(', ')}`,
  );
  return {
    verify: booleanInput(raw, 'verify', false),
    ...(orgId !== undefined && { orgId }),
    ...(username !== undefined && { username }),
    ...(orgType !== undefined && { orgType }),
  };
}

/** Without the runner's files, what is handed out would have nowhere to go, or would go to the log. */
function checkRunner(env: Environment, needed: Readonly<Record<string, boolean>>): void {
  const names = Object.keys(needed).filter((name) => needed[name]);
  const missing = names.find((name) => !env[name]);
  const unwritable = names.find((name) => !isWritable(env[name] ?? ''));
  if (missing === undefined && unwritable !== undefined) {
    throw ActionError.own(
      'input_missing',
      `The file that ${unwritable} names can not be written.`,
      {
        why: 'The runner makes it for what a step hands out; something removed it, or its rights are wrong.',
        fix: 'Check the disk and the rights of the runner, then run the job again. Nothing was sent.',
      },
    );
  }
  if (missing !== undefined) {
    throw ActionError.own('input_missing', `${missing} is not set.`, {
      why: 'The runner names a file for what a step hands out there; this does not seem to be a step of a GitHub Actions job.',
      fix: `Run it as a step (\`uses:\`), or set ${missing} to an existing, private file. Nothing was sent.`,
    });
  }
}

function isWritable(file: string): boolean {
  try {
    accessSync(file, constants.W_OK);
    return true;
  } catch {
    return false;
  }
}
