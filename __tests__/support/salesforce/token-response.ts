import { type Answer, json } from './answers.ts';
import { sign } from './ids.ts';
import type { AccessToken, Family } from './model.ts';
import { identityUrl } from './session.ts';
import { type OrgState, scopesOf } from './state.ts';

/** A login that went well: an access token, and the refresh token where the client gets one. */
export function answerWithToken(org: OrgState, family: Family, withRefreshToken: boolean): Answer {
  org.loginsLeft -= 1;
  org.history.push({ at: Date.now(), username: family.user.username, status: 'success' });
  const fields = tokenResponse(org, org.issueAccessToken(family), withRefreshToken);
  return json(200, fields, { 'cache-control': 'no-cache, no-store', pragma: 'no-cache' });
}

function tokenResponse(
  org: OrgState,
  { value, family, issuedAt }: AccessToken,
  withRefreshToken: boolean,
): Record<string, unknown> {
  const { shape } = org;
  const id = identityUrl(org, family.user);
  return {
    access_token: value,
    ...(withRefreshToken && { refresh_token: family.current }),
    signature: sign(family.app.clientSecret, id, String(issuedAt)),
    ...(shape.old !== true && { scope: scopesOf(family).join(' ') }),
    ...(shape.community && {
      sfdc_community_url: shape.community.url,
      sfdc_community_id: shape.community.id,
    }),
    instance_url: `${org.instanceUrl}${shape.trailingSlash === true ? '/' : ''}`,
    ...(shape.jwt === true && {
      token_format: 'jwt',
      api_instance_url: 'https://api.salesforce.com',
    }),
    id,
    ...(shape.old !== true && { token_type: shape.tokenType ?? 'Bearer' }),
    issued_at: String(issuedAt),
    ...shape.fields,
  };
}
