import { type Answer, json, oauthError } from './answers.ts';
import { sign } from './ids.ts';
import type { AccessToken, App, Family } from './model.ts';
import { type OrgRequest, readForm } from './requests.ts';
import { identityUrl } from './session.ts';
import type { OrgState } from './state.ts';

export const tokenPath = '/services/oauth2/token';

/** Why a refresh is refused: what goes to the client, and what only Login History says. */
interface Refusal {
  readonly error: string;
  readonly description: string;
  readonly cause?: string;
}

/**
 * Answers a request to the token endpoint. `work` is awaited while the refresh token is in flight:
 * any other refresh with it is refused meanwhile.
 */
export async function answerTokenRequest(
  org: OrgState,
  inFlight: Set<string>,
  request: OrgRequest,
  work: () => Promise<void>,
): Promise<Answer> {
  const token = readForm(request)?.['refresh_token'] ?? '';
  if (token !== '' && inFlight.has(token)) {
    return refuse(org, token, invalidGrant(org.inFlightDescription));
  }
  inFlight.add(token);
  try {
    await work();
    return decide(org, request, token);
  } finally {
    inFlight.delete(token);
  }
}

function decide(org: OrgState, request: OrgRequest, token: string): Answer {
  if (!isAtHome(org, request)) {
    return strayAnswer(org, token);
  }
  const form = request.method === 'POST' ? readForm(request) : undefined;
  const app = org.apps.find(({ clientId, known }) => known && clientId === form?.['client_id']);
  const refusal = checkForm(request, form) ?? checkClient(app, form);
  if (refusal !== undefined || app === undefined) {
    return refuse(org, token, refusal ?? { error: 'unknown_error', description: 'no app' });
  }
  const family = org.familyOf(token);
  if (family === undefined || family.app !== app) {
    const cause = family === undefined ? 'no such token' : 'another client id';
    return refuse(org, token, expired(cause));
  }
  const dead = checkToken(org, family, token) ?? checkLogin(org, family);
  return dead === undefined ? accept(org, family, token) : refuse(org, token, dead);
}

/** Whether the request came by a host, and a path, that the org has its token endpoint at. */
function isAtHome(org: OrgState, { host, path }: OrgRequest): boolean {
  const loopback = ['127.0.0.1', '[::1]', 'localhost'].includes(host);
  if (path === org.sitePath + tokenPath && org.sitePath !== '') {
    return host.endsWith('.my.site.com') || (loopback && org.acceptsLoopback);
  }
  return host === org.loginHost || host === org.myDomain || (loopback && org.acceptsLoopback);
}

function strayAnswer(org: OrgState, token: string): Answer {
  switch (org.wrongHost) {
    case 'expired':
      return refuse(org, token, expired('wrong login host'));
    case 'unsupported': {
      const description = 'request not supported on this domain';
      return refuse(org, token, { error: 'invalid_request', description });
    }
    case 'redirect':
      return {
        status: 307,
        headers: { location: `https://${org.myDomain}${tokenPath}` },
        body: '',
      };
  }
}

function checkForm(
  request: OrgRequest,
  form: Readonly<Record<string, string>> | undefined,
): Refusal | undefined {
  if (request.query.size > 0) {
    return { error: 'invalid_request', description: 'query string parameters not supported' };
  }
  if (form?.['grant_type'] !== 'refresh_token') {
    return { error: 'unsupported_grant_type', description: 'grant type not supported' };
  }
  if (form['scope'] !== undefined) {
    return { error: 'invalid_request', description: 'scope parameter not supported' };
  }
  for (const name of ['refresh_token', 'client_id']) {
    if (!form[name]) {
      return { error: 'invalid_request', description: `missing required parameter: ${name}` };
    }
  }
  return undefined;
}

function checkClient(
  app: App | undefined,
  form: Readonly<Record<string, string>> = {},
): Refusal | undefined {
  const secret = form['client_secret'];
  if (app === undefined) {
    return { error: 'invalid_client_id', description: 'client identifier invalid' };
  }
  // An empty secret is a wrong one, even where none is needed.
  if (secret === undefined ? app.secretRequired : secret !== app.clientSecret) {
    return { error: 'invalid_client', description: 'invalid client credentials' };
  }
  return undefined;
}

/** Whether the token may be used; a spent one that may not takes its family with it. */
function checkToken(org: OrgState, family: Family, token: string): Refusal | undefined {
  const spentAt = family.spent.get(token);
  if (spentAt !== undefined) {
    org.reuses += 1;
    const { rotation, graceMs } = family.app;
    if (rotation !== 'lenient' || Date.now() >= spentAt + graceMs) {
      org.revokeFamily(family);
      return expired('a refresh token that was rotated out came again: all tokens revoked');
    }
  }
  if (family.revoked) {
    return expired('revoked');
  }
  if (family.app.tokenPolicy === 'immediately-expire') {
    return expired('policy: immediately expire refresh token');
  }
  return family.app.tokenPolicy === 'validity-expired'
    ? invalidGrant('token validity expired')
    : undefined;
}

function checkLogin(org: OrgState, { app, user }: Family): Refusal | undefined {
  const checks: [refused: boolean, refusal: Refusal][] = [
    [!org.active, invalidGrant('inactive organization')],
    [!user.active || user.frozen, invalidGrant('inactive user')],
    [app.blocked, { error: 'OAUTH_APP_BLOCKED', description: 'this app is blocked by admin' }],
    [!app.installed, notInstalled(app)],
    [app.approvalMissing === 'user', invalidGrant("user hasn't approved this consumer")],
    [
      app.approvalMissing === 'admin',
      {
        error: 'invalid_app_access',
        description: 'user is not admin approved to access this app',
      },
    ],
    [
      !app.refreshFlow,
      { error: 'unauthorized_client', description: 'this client may not use the refresh flow' },
    ],
    [app.scopes.length === 0, { error: 'invalid_scope', description: 'no valid scopes defined' }],
    [app.ipRestricted, invalidGrant('ip restricted')],
    [!user.inLoginHours, invalidGrant('ip restricted or invalid login hours')],
    [org.loginsLeft <= 0, { error: 'rate_limit_exceeded', description: 'login rate exceeded' }],
  ];
  return checks.find(([refused]) => refused)?.[1];
}

function notInstalled(app: App): Refusal {
  return {
    error: 'invalid_client',
    description:
      app.kind === 'external'
        ? 'External client app is not installed in this org'
        : 'app must be installed into org',
  };
}

function accept(org: OrgState, family: Family, token: string): Answer {
  org.loginsLeft -= 1;
  const rotates = family.app.rotation !== 'none';
  if (rotates && token === family.current) {
    org.rotate(family);
  }
  org.history.push({ at: Date.now(), username: family.user.username, status: 'success' });
  const fields = tokenResponse(org, org.issueAccessToken(family), rotates);
  return json(200, fields, { 'cache-control': 'no-cache, no-store', pragma: 'no-cache' });
}

function tokenResponse(
  org: OrgState,
  { value, family, issuedAt }: AccessToken,
  rotated: boolean,
): Record<string, unknown> {
  const { shape } = org;
  const id = identityUrl(org, family.user);
  return {
    access_token: value,
    ...(rotated && { refresh_token: family.current }),
    signature: sign(family.app.clientSecret, id, String(issuedAt)),
    ...(shape.old !== true && { scope: family.app.scopes.join(' ') }),
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

function refuse(org: OrgState, token: string, { error, description, cause }: Refusal): Answer {
  const username = org.familyOf(token)?.user.username;
  org.history.push({ at: Date.now(), username, status: cause ?? description });
  return oauthError(error, description);
}

function invalidGrant(description: string): Refusal {
  return { error: 'invalid_grant', description };
}

function expired(cause: string): Refusal {
  return { error: 'invalid_grant', description: 'expired access/refresh token', cause };
}
