import { checkCombination, checkTokenCanBeSaved, tokenBranchTimes } from './combinations.ts';
import { cliClientId } from './credential/checks.ts';
import { type Credential, credentialInputs } from './credential/from-inputs.ts';
import type { TokenFile } from './credential/token-file.ts';
import { ActionError } from './errors/action-error.ts';
import { nothingSent } from './errors/catalogue.ts';
import type { TokenBranch } from './keeping/keeper.ts';
import type { Environment } from './runner/context.ts';
import { checkRunnerFiles } from './runner/files.ts';
import {
  booleanInput,
  type InputName,
  numberInput,
  parsedInput,
  type RawInputs,
  retriesInput,
} from './runner/inputs.ts';
import { type AllowedHosts, parseAllowedHosts } from './salesforce/allowed-hosts.ts';
import {
  type Expectations,
  parseOrgId,
  parseOrgType,
  parseUsername,
} from './salesforce/expectations.ts';
import { orRefuse } from './salesforce/host-refusal.ts';
import { type CheckedUrl, parseLoginUrl } from './salesforce/hosts.ts';

/** The inputs, validated: everything that the step works with. */
export interface Settings extends Credential {
  readonly tokenBranch?: TokenBranch;
  /** The token endpoint. */
  readonly login: CheckedUrl;
  /** The input that names its host; undefined where none does. */
  readonly loginFrom: InputName | undefined;
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

/** The secrets among the inputs. `PlatformCLI`, the CLI's own client id, is public. */
export async function secretInputs(raw: RawInputs): Promise<string[]> {
  const { 'client-id': clientId, 'sfdx-auth-url': authUrl } = raw;
  return [
    raw['refresh-token'],
    clientId === cliClientId ? undefined : clientId,
    raw['client-secret'],
    raw['github-token'],
    ...(authUrl === undefined
      ? []
      : (await import('./credential/auth-url.ts')).secretsInAuthUrl(authUrl)),
  ].filter((value) => value !== undefined);
}

/**
 * Checks everything that can be checked before anything is sent.
 *
 * @param openTokenFile reads `token-file`, and masks what is secret in it; only needed where that is given
 * @throws ActionError `input_missing`, `input_invalid`, `input_conflict`, `token_file_invalid`,
 *   `host_not_allowed`, `insecure_tls`
 */
export async function validateInputs(
  raw: RawInputs,
  env: Environment,
  openTokenFile: ((path: string) => TokenFile) | undefined,
): Promise<Settings> {
  if (env['NODE_TLS_REJECT_UNAUTHORIZED'] === '0') {
    throw ActionError.own('insecure_tls', 'NODE_TLS_REJECT_UNAUTHORIZED=0 is set for this step.');
  }
  await checkCombination(raw, env);
  const plain = {
    rotates: booleanInput(raw, 'rotates', false) || raw['token-branch'] !== undefined,
    expected: expectations(raw),
    exportEnv: booleanInput(raw, 'export-env', false),
    maskInstanceUrl: booleanInput(raw, 'mask-instance-url', true),
    revokeOnCompletion: booleanInput(raw, 'revoke-on-completion', false),
    jobSummary: booleanInput(raw, 'job-summary', false),
    timeoutMs: numberInput(raw, 'timeout-seconds', 60, 1, 600) * 1000,
    retries: retriesInput(raw),
  };
  const kept = raw['token-file'] !== undefined || raw['token-branch'] !== undefined;
  if (plain.rotates && !kept) {
    checkTokenCanBeSaved(raw, env);
  }
  checkRunnerFiles(env, {
    GITHUB_OUTPUT: true,
    GITHUB_ENV: plain.exportEnv,
    GITHUB_STATE: plain.revokeOnCompletion || raw['token-branch'] !== undefined,
    GITHUB_STEP_SUMMARY: plain.jobSummary,
  });
  const allowedHosts = hostInput('allowed-hosts', () =>
    parseAllowedHosts(raw['allowed-hosts'] ?? ''),
  );
  const credential = await credentialInputs(raw, env, openTokenFile);
  const tokenBranch = await tokenBranchOf(raw, env, credential);
  return {
    ...plain,
    ...credential,
    ...(tokenBranch && { tokenBranch }),
    ...loginInput(raw, credential, allowedHosts),
    allowedHosts,
  };
}

/** The branch that keeps the refresh token; undefined where none is named. */
async function tokenBranchOf(
  raw: RawInputs,
  env: Environment,
  { refreshToken }: Credential,
): Promise<TokenBranch | undefined> {
  const times = tokenBranchTimes(raw);
  const { 'token-branch': branch } = raw;
  if (branch === undefined) {
    return undefined;
  }
  const { tokenBranchInputs } = await import('./token-branch-inputs.ts');
  return tokenBranchInputs(branch, raw, env, refreshToken, times);
}

/** `login-url`, else the host that the credential itself names, else the login host of production. */
function loginInput(
  raw: RawInputs,
  { authUrl, tokenFile }: Credential,
  allowed: AllowedHosts,
): Pick<Settings, 'login' | 'loginFrom'> {
  const instance = tokenFile?.content['instance_url'];
  const named: Readonly<Partial<Record<InputName, unknown>>> = {
    'login-url': raw['login-url'],
    'sfdx-auth-url': authUrl && `https://${authUrl.host}`,
    'token-file': instance,
  };
  for (const name of ['login-url', 'sfdx-auth-url', 'token-file'] as const) {
    const text = named[name];
    if (typeof text === 'string') {
      return { login: hostInput(name, () => parseLoginUrl(text, allowed)), loginFrom: name };
    }
  }
  const login = parseLoginUrl('https://login.salesforce.com', allowed);
  return { login, loginFrom: undefined };
}

/** What the workflow expects of the org and the user, as far as the inputs say. */
function expectations(raw: RawInputs): Expectations {
  const orgId = parsedInput(
    raw,
    'expected-org-id',
    parseOrgId,
    'an org ID',
    'the 15- or 18-character ID that Setup → Company Information shows (it starts with 00D). Copy it: upper and lower case count',
  );
  const username = parsedInput(
    raw,
    'expected-username',
    parseUsername,
    'a Salesforce username',
    'a Salesforce username, which has the form of a mail address',
  );
  const orgType = parsedInput(
    raw,
    'expected-org-type',
    parseOrgType,
    'a type of org',
    '`production`, `sandbox`, `scratch` or `developer`',
  );
  return {
    verify: booleanInput(raw, 'verify', false),
    ...(orgId !== undefined && { orgId }),
    ...(username !== undefined && { username }),
    ...(orgType !== undefined && { orgType }),
  };
}

/** Applies a rule about hosts to an input. */
export function hostInput<T>(name: InputName, parse: () => T): T {
  return orRefuse(parse, (refusal) => {
    const { kind, message, fix } = refusal;
    return ActionError.own(
      kind === 'untrusted' ? 'host_not_allowed' : 'input_invalid',
      `The input \`${name}\` cannot be used: ${message}`,
      {
        cause: refusal,
        ...(fix !== undefined && { fix: `${fix} ${nothingSent}` }),
      },
    );
  });
}
