import { ActionError, asActionError } from '../errors/action-error.ts';
import { type Environment, readContext } from '../runner/context.ts';
import { hostInput, required } from '../runner/inputs.ts';
import { type AllowedHosts, type CheckedUrl, parseLoginUrl } from '../salesforce/hosts.ts';
import type { InputName, RawInputs } from '../settings.ts';
import { type GivenAuthUrl, parseAuthUrl } from './auth-url.ts';
import { checkClientId, checkClientSecret, checkRefreshToken } from './checks.ts';
import type { TokenFile } from './token-file.ts';

/** The credential, wherever it comes from. */
export interface Credential {
  readonly refreshToken: string;
  readonly clientId: string;
  readonly clientSecret?: string;
  /** The auth URL that the three above come from, where it was given. */
  readonly authUrl?: GivenAuthUrl;
  /** The file that the refresh token comes from, where it was given. */
  readonly tokenFile?: TokenFile;
}

/** Where a rotating credential is written back to. */
export interface WriteBack {
  readonly secretName: string;
  readonly environmentName: string;
  readonly githubToken: string;
}

const credentialSources = ['refresh-token', 'sfdx-auth-url', 'token-file'] as const;

export function checkCombination(raw: RawInputs, env: Environment): void {
  const given = credentialSources.filter((name) => raw[name] !== undefined);
  if (given.length > 1) {
    throw conflict(given, 'each of them is a credential of its own');
  }
  const parts = (['client-id', 'client-secret'] as const).filter((name) => raw[name] !== undefined);
  if (raw['sfdx-auth-url'] !== undefined && parts.length > 0) {
    throw conflict(['sfdx-auth-url', ...parts], 'the auth URL names the app already');
  }
  if (given.length === 0) {
    required(raw, 'refresh-token', env);
  }
  if (raw['token-file'] !== undefined && raw['secret-name'] !== undefined) {
    throw conflict(['token-file', 'secret-name'], 'a rotated token is kept in one place');
  }
}

function conflict(names: readonly InputName[], why: string): ActionError {
  const list = names.map((name) => `\`${name}\``).join(' and ');
  return ActionError.own('input_conflict', `${list} can not be given together: ${why}.`);
}

export function credentialInputs(
  raw: RawInputs,
  env: Environment,
  openTokenFile: (path: string) => TokenFile,
): Credential {
  const url = raw['sfdx-auth-url'];
  if (url !== undefined) {
    const authUrl = parseAuthUrl(url);
    return { ...authUrl, authUrl };
  }
  const path = raw['token-file'];
  const tokenFile = path === undefined ? undefined : openTokenFile(path);
  const refreshToken =
    tokenFile === undefined
      ? checkRefreshToken(required(raw, 'refresh-token', env))
      : checkFileToken(tokenFile);
  const clientSecret = raw['client-secret'];
  return {
    refreshToken,
    clientId: checkClientId(required(raw, 'client-id', env), refreshToken),
    ...(clientSecret !== undefined && { clientSecret: checkClientSecret(clientSecret) }),
    ...(tokenFile && { tokenFile }),
  };
}

function checkFileToken({ content }: TokenFile): string {
  const token = content['refresh_token'];
  const instance = content['instance_url'];
  if (typeof token !== 'string' || token.trim() === '') {
    throw ActionError.own('token_file_invalid', 'The `token-file` holds no `refresh_token`.');
  }
  if (instance !== undefined && typeof instance !== 'string') {
    throw ActionError.own('token_file_invalid', 'The `instance_url` in `token-file` is no text.');
  }
  try {
    return checkRefreshToken(token.trim(), 'token-file');
  } catch (error) {
    const { message, fix } = asActionError(error);
    throw ActionError.own('token_file_invalid', message, { fix, cause: error });
  }
}

/** `login-url`, else the host that the credential itself names, else the login host of production. */
export function loginInput(
  raw: RawInputs,
  credential: Credential,
  allowed: AllowedHosts,
): CheckedUrl {
  const given = raw['login-url'];
  if (given !== undefined) {
    return hostInput('login-url', () => parseLoginUrl(given, allowed));
  }
  const { authUrl, tokenFile } = credential;
  if (authUrl !== undefined) {
    return hostInput('sfdx-auth-url', () => parseLoginUrl(`https://${authUrl.host}`, allowed));
  }
  const instance = tokenFile?.content['instance_url'];
  return typeof instance === 'string'
    ? hostInput('token-file', () => parseLoginUrl(instance, allowed))
    : parseLoginUrl('https://login.salesforce.com', allowed);
}

/** The three inputs of writing back go together; a forgotten one would lose the rotated token. */
export function writeBackInputs(raw: RawInputs, env: Environment): WriteBack | undefined {
  const names = ['secret-name', 'secret-environment', 'github-token'] as const;
  const [secretName, environmentName, githubToken] = names.map((name) => raw[name]);
  if (names.every((name) => raw[name] === undefined)) {
    return undefined;
  }
  if (secretName === undefined || environmentName === undefined || githubToken === undefined) {
    const missing = names.filter((name) => raw[name] === undefined);
    throw ActionError.own('input_missing', `The input \`${missing.join('` and `')}\` is empty.`, {
      why: `Writing a rotated token back takes ${names.map((name) => `\`${name}\``).join(', ')} together.`,
      fix: 'Give all three, or none of them. Nothing was sent.',
    });
  }
  if (!/^(?!GITHUB_)[A-Za-z_]\w*$/i.test(secretName)) {
    throw ActionError.own('input_invalid', 'The input `secret-name` is not the name of a secret.', {
      fix: 'Give the name alone, such as `SF_REFRESH_TOKEN`: letters, digits and `_`, no digit first, not `GITHUB_…`. Nothing was sent.',
    });
  }
  if (/[\s\p{C}]/u.test(githubToken)) {
    throw ActionError.own('input_invalid', 'The input `github-token` holds white space.', {
      fix: 'Give the token alone, as one line. Nothing was sent.',
    });
  }
  const { actor, repository } = readContext(env);
  if (actor === 'dependabot[bot]') {
    throw ActionError.own('secret_not_writable', 'This run was started by Dependabot.', {
      why: 'Runs of Dependabot read their secrets from a store of their own, so what is written to the environment never reaches them.',
      fix: "Skip this job for Dependabot: `if: github.actor != 'dependabot[bot]'`. Nothing was sent.",
    });
  }
  if (!/^[^/\s]+\/[^/\s]+$/.test(repository)) {
    throw ActionError.own('input_missing', 'GITHUB_REPOSITORY is not set.');
  }
  return { secretName, environmentName, githubToken };
}
