import { type Answer, json, oauthError, plain } from './answers.ts';
import { bearerToken, type OrgRequest, readForm } from './requests.ts';
import { type OrgState, scopesOf } from './state.ts';

/** Where the user of an access token is described: what the identity service of Salesforce answers to. */
export function identityUrl(org: OrgState, user: { readonly id: string }): string {
  return `https://${org.loginHost}/id/${org.id}/${user.id}`;
}

/** Answers `/services/oauth2/userinfo` and the identity URL: who the bearer of the token is. */
export function answerUserInfo(org: OrgState, request: OrgRequest): Answer {
  const value = bearerToken(request);
  if (value === undefined) {
    return plain(403, 'Missing_OAuth_Token');
  }
  const token = org.accessToken(value);
  if (token === undefined && /^00D/.test(value) && value.slice(0, 15) !== org.id.slice(0, 15)) {
    return plain(403, 'Wrong_Org');
  }
  const scopes = token === undefined ? [] : scopesOf(token.family);
  const mayAsk = scopes.some((scope) => ['id', 'openid', 'full'].includes(scope));
  if (token === undefined || !org.isAlive(token) || !mayAsk) {
    return plain(403, 'Bad_OAuth_Token');
  }
  const { user } = token.family;
  const rest = `${org.instanceUrl}/services/data/v{version}/`;
  return json(200, {
    sub: identityUrl(org, user),
    user_id: user.id,
    organization_id: org.id,
    preferred_username: user.username,
    nickname: user.username.split('@')[0],
    name: 'CI User',
    email: user.username,
    email_verified: true,
    zoneinfo: 'Europe/Berlin',
    user_type: 'STANDARD',
    language: 'en_US',
    locale: 'en_US',
    active: user.active,
    urls: { rest, query: `${rest}query/`, profile: `${org.instanceUrl}/${user.id}` },
    updated_at: '2026-01-05T08:00:00Z',
    is_app_installed: true,
  });
}

/** Answers `/services/oauth2/revoke`; an access token dies alone, a refresh token with its family. */
export function answerRevocation(org: OrgState, request: OrgRequest): Answer {
  const value = request.method === 'POST' ? readForm(request)?.['token'] : undefined;
  if (!value) {
    return oauthError('invalid_request', 'missing required parameter: token');
  }
  const token = org.accessToken(value);
  if (token !== undefined && org.isAlive(token)) {
    token.revoked = true;
    return { status: 200, headers: {}, body: '' };
  }
  if (org.refreshTokenState(value) === 'current') {
    org.revokeRefreshToken(value);
    return { status: 200, headers: {}, body: '' };
  }
  // Salesforce says the token again: a message that must not be printed as it is.
  return oauthError('invalid_token', `invalid token: ${value}`);
}

/** Why an API does not serve the bearer of an access token; `undefined` where it does. */
export function refuseSession(
  org: OrgState,
  value: string | undefined,
): { status: number; errorCode: string; message: string } | undefined {
  const refuse = (status: number, errorCode: string, message: string) => ({
    status,
    errorCode,
    message,
  });
  const token = value === undefined ? undefined : org.accessToken(value);
  if (token === undefined || !org.isAlive(token)) {
    return refuse(401, 'INVALID_SESSION_ID', 'Session expired or invalid');
  }
  const { app, user } = token.family;
  if (!scopesOf(token.family).some((scope) => scope === 'api' || scope === 'full')) {
    return refuse(401, 'INVALID_SESSION_ID', 'This session is not valid for use with the REST API');
  }
  if (org.apiAccessControl && !app.preAuthorized && !user.anyApiClient) {
    return refuse(401, 'INVALID_SESSION_ID', 'This session is not valid for use with the API');
  }
  if (!org.restEnabled) {
    return refuse(403, 'API_CURRENTLY_DISABLED', 'API is disabled for this User');
  }
  if (!user.apiEnabled) {
    return refuse(
      403,
      'API_DISABLED_FOR_ORG',
      'The REST API is not enabled for this Organization.',
    );
  }
  return undefined;
}
