import { describe } from '../errors/action-error.ts';
import { type Repetition, sendRepeatedly } from '../http/repeat.ts';
import type { Clean } from './attempt.ts';

/**
 * Revokes an access token at its instance (RFC 7009). Only ever give it an access token: revoking a
 * refresh token ends every access token that was made with it.
 *
 * @param instanceUrl `https://host`, checked
 * @returns what went wrong, in words; undefined where the token is revoked
 */
export async function revoke(
  instanceUrl: string,
  accessToken: string,
  repetition: Repetition,
  clean: Clean,
): Promise<string | undefined> {
  const url = new URL(`${instanceUrl}/services/oauth2/revoke`);
  try {
    const { status } = await sendRepeatedly(
      {
        method: 'POST',
        url,
        headers: { 'content-type': 'application/x-www-form-urlencoded' },
        body: new URLSearchParams({ token: accessToken }).toString(),
      },
      repetition,
    );
    return status === 200 ? undefined : `${url.host} answered with HTTP ${status}`;
  } catch (error) {
    return clean(describe(error));
  }
}
