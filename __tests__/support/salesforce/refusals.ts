import { type Answer, oauthError } from './answers.ts';
import type { App, User } from './model.ts';
import type { OrgState } from './state.ts';

/** Why something is refused: what goes to the client, and what only Login History says. */
export interface Refusal {
  readonly error: string;
  readonly description: string;
  readonly cause?: string;
}

/** The answer of the token endpoint, and its line in Login History. */
export function refuse(org: OrgState, username: string | undefined, refusal: Refusal): Answer {
  const { error, description, cause } = refusal;
  org.history.push({ at: Date.now(), username, status: cause ?? description });
  return oauthError(error, description);
}

export function invalidGrant(description: string, cause?: string): Refusal {
  return { error: 'invalid_grant', description, ...(cause !== undefined && { cause }) };
}

/** Whether the form has these fields, and none of them empty. */
export function checkFields(
  form: Readonly<Record<string, string>>,
  names: readonly string[],
): Refusal | undefined {
  const missing = names.find((name) => !form[name]);
  return missing === undefined
    ? undefined
    : { error: 'invalid_request', description: `missing required parameter: ${missing}` };
}

/** Whether the app is there, and the client knows its secret where that is demanded. */
export function checkClient(
  app: App | undefined,
  secret: string | undefined,
  demanded: boolean,
): Refusal | undefined {
  if (app === undefined) {
    return { error: 'invalid_client_id', description: 'client identifier invalid' };
  }
  // An empty secret is a wrong one, even where none is needed.
  if (secret === undefined ? demanded : secret !== app.clientSecret) {
    return { error: 'invalid_client', description: 'invalid client credentials' };
  }
  return undefined;
}

/** Whether the user may use the app now, by a refresh token or a code. */
export function checkLogin(org: OrgState, app: App, user: User): Refusal | undefined {
  const checks: [refused: boolean, refusal: Refusal][] = [
    [!org.active, invalidGrant('inactive organization')],
    [!user.active || user.frozen, invalidGrant('inactive user')],
    [app.blocked, appBlocked],
    [!app.installed, notInstalled(app)],
    [app.approvalMissing === 'admin', { error: 'invalid_app_access', description: notApproved }],
    [app.scopes.length === 0, { error: 'invalid_scope', description: 'no valid scopes defined' }],
    [app.ipRestricted, invalidGrant('ip restricted')],
    [!user.inLoginHours, invalidGrant('ip restricted or invalid login hours')],
    [org.loginsLeft <= 0, { error: 'rate_limit_exceeded', description: 'login rate exceeded' }],
  ];
  return checks.find(([refused]) => refused)?.[1];
}

export const appBlocked: Refusal = {
  error: 'OAUTH_APP_BLOCKED',
  description: 'this app is blocked by admin',
};

export const notApproved = 'user is not admin approved to access this app';

function notInstalled(app: App): Refusal {
  return {
    error: 'invalid_client',
    description:
      app.kind === 'external'
        ? 'External client app is not installed in this org'
        : 'app must be installed into org',
  };
}
