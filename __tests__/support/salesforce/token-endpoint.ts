import { isAtHome, tokenPath } from './addresses.ts';
import type { Answer } from './answers.ts';
import { exchangeCode } from './code-grant.ts';
import type { App, Family } from './model.ts';
import {
  checkClient,
  checkFields,
  checkLogin,
  invalidGrant,
  type Refusal,
  refuse,
} from './refusals.ts';
import { type OrgRequest, readForm } from './requests.ts';
import type { OrgState } from './state.ts';
import { answerWithToken } from './token-response.ts';

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
    return refuse(org, usernameOf(org, token), invalidGrant(org.inFlightDescription));
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
  const refuseToken = (refusal: Refusal) => refuse(org, usernameOf(org, token), refusal);
  if (!isAtHome(org, request, tokenPath)) {
    return org.wrongHost === 'redirect' ? homeward(org) : refuseToken(stray[org.wrongHost]);
  }
  const form = (request.method === 'POST' ? readForm(request) : undefined) ?? {};
  const app = org.apps.find(({ clientId, known }) => known && clientId === form['client_id']);
  if (request.query.size > 0) {
    const description = 'query string parameters not supported';
    return refuseToken({ error: 'invalid_request', description });
  }
  switch (form['grant_type']) {
    case 'refresh_token':
      return refresh(org, form, app);
    case 'authorization_code':
      return exchangeCode(org, form, app);
    default: {
      const description = 'grant type not supported';
      return refuseToken({ error: 'unsupported_grant_type', description });
    }
  }
}

function refresh(
  org: OrgState,
  form: Readonly<Record<string, string>>,
  app: App | undefined,
): Answer {
  const token = form['refresh_token'] ?? '';
  const family = org.familyOf(token);
  const refusal =
    checkForm(form) ??
    checkClient(app, form['client_secret'], app?.secretRequired === true) ??
    checkFamily(org, app, family, token);
  if (refusal !== undefined || family === undefined) {
    return refuse(org, family?.user.username, refusal ?? expired('no such token'));
  }
  const rotates = family.app.rotation !== 'none';
  if (rotates && token === family.current) {
    org.rotate(family);
  }
  return answerWithToken(org, family, rotates);
}

function homeward(org: OrgState): Answer {
  const location = `https://${org.myDomain}${tokenPath}`;
  return { status: 307, headers: { location }, body: '' };
}

function checkForm(form: Readonly<Record<string, string>>): Refusal | undefined {
  return form['scope'] === undefined
    ? checkFields(form, ['refresh_token', 'client_id'])
    : { error: 'invalid_request', description: 'scope parameter not supported' };
}

function checkFamily(
  org: OrgState,
  app: App | undefined,
  family: Family | undefined,
  token: string,
): Refusal | undefined {
  if (family === undefined || family.app !== app) {
    return expired(family === undefined ? 'no such token' : 'another client id');
  }
  return checkToken(org, family, token) ?? checkUse(org, family);
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

function checkUse(org: OrgState, { app, user }: Family): Refusal | undefined {
  const refusal = checkLogin(org, app, user);
  if (refusal === undefined && app.approvalMissing === 'user') {
    return invalidGrant("user hasn't approved this consumer");
  }
  return refusal === undefined && !app.refreshFlow
    ? { error: 'unauthorized_client', description: 'this client may not use the refresh flow' }
    : refusal;
}

function usernameOf(org: OrgState, token: string): string | undefined {
  return org.familyOf(token)?.user.username;
}

function expired(cause: string): Refusal {
  return invalidGrant('expired access/refresh token', cause);
}

const stray: Readonly<Record<'expired' | 'unsupported', Refusal>> = {
  expired: expired('wrong login host'),
  unsupported: {
    error: 'invalid_request',
    description: 'request not supported on this domain',
  },
};
