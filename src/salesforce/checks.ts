import { ActionError, asActionError } from '../errors/action-error.ts';
import { hasUnprintable } from '../errors/text.ts';
import { type Expectations, type OrgType, orgTypeOf, sameUsername } from './expectations.ts';
import { to18Characters } from './ids.ts';
import {
  deadToken,
  failed,
  mayAskRest,
  mayAskUserInfo,
  newestVersion,
  type Org,
  queryRecord,
  seeSetup,
  userInfo,
} from './org.ts';
import type { TokenResponse } from './token-response.ts';

/** What the checks found out, and which of them passed. */
export interface Findings {
  /** 18 characters. */
  readonly orgId?: string;
  readonly username?: string;
  readonly orgType?: OrgType;
  /** The newest version of the REST API, where it was asked: `66.0`. */
  readonly apiVersion?: string;
  /** Names of inputs. */
  readonly passed: readonly string[];
}

/**
 * Checks that the token is for the org and the user that the workflow expects, and that it works;
 * with as few requests as that takes, and none where the identity URL is enough.
 *
 * @throws ActionError `org_mismatch`, `user_mismatch`, `org_type_mismatch`, `verification_failed`, or
 *   what kept the org from answering
 */
export async function checkToken(
  token: TokenResponse,
  expected: Expectations,
  org: Org,
): Promise<Findings> {
  const found: { orgId?: string; username?: string; orgType?: OrgType } = {};
  const foundOrg = (orgId: string) => {
    if (found.orgId !== undefined && found.orgId !== orgId) {
      throw wrongInstance(found.orgId, orgId);
    }
    found.orgId = orgId;
    compareOrg(orgId, expected);
  };
  const orgUnknown = () => expected.orgId !== undefined && found.orgId === undefined;
  let version: Promise<string> | undefined;
  const apiVersion = () => {
    version ??= newestVersion(org);
    return version;
  };
  if (token.identity !== undefined) {
    foundOrg(token.identity.orgId);
  }
  if (expected.verify || expected.username !== undefined || (orgUnknown() && mayAskUserInfo(org))) {
    const user = await whoAmI(token, org, apiVersion);
    if (user.orgId !== undefined) {
      foundOrg(user.orgId);
    }
    found.username = user.username;
    compareUser(user.username, expected, org);
  }
  if (expected.orgType !== undefined || orgUnknown()) {
    const record = await organization(org, apiVersion);
    foundOrg(record.orgId);
    found.orgType = record.type;
    compareType(record.type, expected);
  }
  return {
    ...found,
    ...(version !== undefined && { apiVersion: await version }),
    passed: [
      ...(expected.orgId === undefined ? [] : ['expected-org-id']),
      ...(expected.username === undefined ? [] : ['expected-username']),
      ...(expected.orgType === undefined ? [] : ['expected-org-type']),
      ...(expected.verify ? ['verify'] : []),
    ],
  };
}

/** What an org says of a new token. */
export interface Introduction extends Omit<Findings, 'passed'> {
  /** Why it does not say all, in whole sentences. */
  readonly unknown: readonly string[];
}

/** Who signed in to which org, as far as the scopes let it be told. Never throws. */
export async function introduce(token: TokenResponse, org: Org): Promise<Introduction> {
  let version: Promise<string> | undefined;
  const apiVersion = () => {
    version ??= newestVersion(org);
    return version;
  };
  const [user, record] = await Promise.allSettled([
    whoAmI(token, org, apiVersion),
    organization(org, apiVersion),
  ]);
  const found = user.status === 'fulfilled' ? user.value : undefined;
  const about = record.status === 'fulfilled' ? record.value : undefined;
  const orgId = token.identity?.orgId ?? found?.orgId ?? about?.orgId;
  return {
    ...(orgId !== undefined && { orgId }),
    ...(found && { username: found.username }),
    ...(about && { orgType: about.type }),
    // Once, where one cause is in the way of both.
    unknown: [
      ...new Set(
        [user, record].flatMap((asked) =>
          asked.status === 'rejected' ? [asActionError(asked.reason).message] : [],
        ),
      ),
    ],
  };
}

/** The user, from userinfo where the scopes allow it, else from the User record. */
async function whoAmI(
  token: TokenResponse,
  org: Org,
  apiVersion: () => Promise<string>,
): Promise<{ username: string; orgId?: string }> {
  if (mayAskUserInfo(org)) {
    const user = await userInfo(org);
    if (user !== undefined) {
      return { username: user.username, orgId: to18Characters(user.orgId) };
    }
    if (org.scope !== undefined) {
      throw failed('The org refuses the new access token (userinfo answers 403).', deadToken);
    }
  }
  if (!mayAskRest(org)) {
    throw failed(
      `The token's scopes (${org.clean(org.scope)}) do not allow to ask who its user is.`,
      {
        why: 'Asking takes the scope `id`, `openid`, `api` or `full`.',
        fix: 'Give the app the scope “Access the identity URL service (id)” or “Manage user data via APIs (api)”, then sign in again.',
      },
    );
  }
  if (token.identity === undefined) {
    throw failed('Salesforce does not say which user the token is for.', {
      why: 'The token response has no identity URL, and the scopes do not allow to ask userinfo.',
      fix: 'Give the app the scope “Access the identity URL service (id)”, then sign in again.',
    });
  }
  const soql = `SELECT Username FROM User WHERE Id = '${token.identity.userId}'`;
  const { Username } = await queryRecord(org, await apiVersion(), soql);
  if (typeof Username !== 'string' || hasUnprintable(Username)) {
    throw failed('The User record has no name that can be used.', deadToken);
  }
  return { username: Username };
}

async function organization(
  org: Org,
  apiVersion: () => Promise<string>,
): Promise<{ orgId: string; type: OrgType }> {
  if (!mayAskRest(org)) {
    throw failed(
      `The token's scopes (${org.clean(org.scope)}) do not allow to ask the org about itself.`,
      {
        why: 'The Organization record is read through the REST API, which takes the scope `api` or `full`.',
        fix: 'Give the app the scope “Manage user data via APIs (api)”, then sign in again; or leave out the check.',
      },
    );
  }
  const record = await queryRecord(
    org,
    await apiVersion(),
    'SELECT Id, IsSandbox, TrialExpirationDate, OrganizationType FROM Organization',
  );
  const { Id, IsSandbox, TrialExpirationDate, OrganizationType } = record;
  if (
    typeof Id !== 'string' ||
    typeof IsSandbox !== 'boolean' ||
    typeof OrganizationType !== 'string'
  ) {
    throw failed('The Organization record lacks the fields that tell what the org is.', {
      why: 'The user may lack the right to see them.',
      fix: seeSetup,
    });
  }
  return {
    orgId: to18Characters(Id),
    type: orgTypeOf({
      isSandbox: IsSandbox,
      expires: typeof TrialExpirationDate === 'string',
      organizationType: OrganizationType,
    }),
  };
}

function compareOrg(orgId: string, expected: Expectations): void {
  if (expected.orgId !== undefined && expected.orgId !== orgId) {
    throw ActionError.own(
      'org_mismatch',
      `The token is for the org ${orgId}, but \`expected-org-id\` is ${expected.orgId}.`,
    );
  }
}

function compareUser(username: string, expected: Expectations, org: Org): void {
  if (expected.username !== undefined && !sameUsername(expected.username, username)) {
    throw ActionError.own(
      'user_mismatch',
      `The token is for the user “${org.clean(username)}”, but \`expected-username\` is “${expected.username}”.`,
    );
  }
}

function compareType(orgType: OrgType, expected: Expectations): void {
  if (expected.orgType !== undefined && expected.orgType !== orgType) {
    throw ActionError.own(
      'org_type_mismatch',
      `The org is of the type ${orgType}, but \`expected-org-type\` is ${expected.orgType}.`,
    );
  }
}

function wrongInstance(named: string, found: string): ActionError {
  return ActionError.own(
    'org_mismatch',
    `Salesforce issued the token for the org ${named}, but the instance that it names serves the org ${found}.`,
  );
}
