import { ActionError, asActionError } from '../errors/action-error.ts';
import type { Environment } from '../runner/context.ts';
import type { RawInputs } from '../runner/inputs.ts';
import type { GivenAuthUrl } from './auth-url.ts';
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

/**
 * The credential that the inputs give, in whichever form.
 * @throws ActionError `input_missing`, `input_invalid`, `token_file_invalid`
 */
export async function credentialInputs(
  raw: RawInputs,
  env: Environment,
  openTokenFile: ((path: string) => TokenFile) | undefined,
): Promise<Credential> {
  const url = raw['sfdx-auth-url'];
  if (url !== undefined) {
    const { parseAuthUrl } = await import('./auth-url.ts');
    const authUrl = parseAuthUrl(url);
    return { ...authUrl, authUrl };
  }
  const path = raw['token-file'];
  const tokenFile = path === undefined ? undefined : openTokenFile?.(path);
  // One of the three was given: `combinations.ts` sees to that.
  const refreshToken =
    tokenFile === undefined
      ? checkRefreshToken(raw['refresh-token'] ?? '')
      : checkFileToken(tokenFile);
  const clientId = raw['client-id'];
  if (clientId === undefined) {
    const { missingInput } = await import('../runner/missing-input.ts');
    throw missingInput(
      '`client-id` is empty. It takes the consumer key of the app that issued the refresh token, or `PlatformCLI` if the Salesforce CLI did.',
      ['client-id'],
      env,
    );
  }
  const clientSecret = raw['client-secret'];
  return {
    refreshToken,
    clientId: checkClientId(clientId, refreshToken),
    ...(clientSecret !== undefined && { clientSecret: checkClientSecret(clientSecret) }),
    ...(tokenFile && { tokenFile }),
  };
}

/**
 * Why the next run would refuse a new refresh token, in the form that it is stored in.
 * @returns undefined where it would take it
 */
export function whyRefusedNextTime(
  newToken: string,
  { authUrl, tokenFile, clientId }: Pick<Credential, 'authUrl' | 'tokenFile' | 'clientId'>,
): string | undefined {
  try {
    if (authUrl !== undefined) {
      authUrl.checkToken(newToken);
    } else {
      checkRefreshToken(newToken, tokenFile === undefined ? 'refresh-token' : 'token-file');
      checkClientId(clientId, newToken);
    }
    return undefined;
  } catch (error) {
    return asActionError(error).message;
  }
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
