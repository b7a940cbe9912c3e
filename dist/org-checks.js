'use strict';

var index = require('./index.js');
var failures = require('./failures.js');

/** What to do where the user may not see a record that a check needs. */
const seeSetup =
  'Give the user the permission \u201cView Setup and Configuration\u201d, or leave out the check.';
/** Whether the scopes let the token ask userinfo, as far as they are known. */
function mayAskUserInfo(org) {
  return hasScope(org, 'openid', 'id', 'full');
}
/** Whether the scopes let the token use the REST API, as far as they are known. */
function mayAskRest(org) {
  return hasScope(org, 'api', 'full');
}
function hasScope({ scope }, ...wanted) {
  return scope === undefined || scope.split(' ').some((one) => wanted.includes(one));
}
/**
 * Asks who the token's user is, by OpenID Connect. Needs `openid`, `id` or `full`.
 * @returns undefined where Salesforce refuses the token: it is dead, or it lacks the scope
 */
async function userInfo(org) {
  const answer = await ask(org, '/services/oauth2/userinfo');
  if (answer.status === 403 || answer.status === 401) {
    if (/Wrong_Org/.test(answer.body)) {
      throw index.ActionError.own(
        'org_mismatch',
        'The instance serves another org than the token was issued for (Wrong_Org).',
        {
          why: 'The org was moved or refreshed, or the instance URL is not its own.',
          fix: 'Check `login-url`; after a sandbox refresh, sign in again and store the new credential.',
        },
      );
    }
    return undefined;
  }
  const body = index.parseJsonObject(answer.body);
  const orgId = body?.['organization_id'];
  const username = body?.['preferred_username'];
  if (answer.status !== 200 || !isPlainText(orgId) || !isPlainText(username)) {
    throw unexpected(org, answer, 'userinfo');
  }
  return { orgId, username };
}
/** The newest version of the REST API, `66.0`. Needs no permission. */
async function newestVersion(org) {
  const answer = await ask(org, '/services/data');
  const list = answer.status === 200 ? parseList(answer.body) : undefined;
  const versions = (Array.isArray(list) ? list : [])
    .map((entry) => (index.isJsonObject(entry) ? entry['version'] : undefined))
    .filter((version) => typeof version === 'string' && /^\d{2,3}\.\d$/.test(version))
    .sort((a, b) => Number(b) - Number(a));
  const [newest] = versions;
  if (typeof newest !== 'string') {
    throw unexpected(org, answer, 'the list of API versions');
  }
  return newest;
}
/**
 * The one record that a query finds. Needs the scope `api` or `full`, and the permission API Enabled.
 * @throws ActionError `verification_failed`, telling the causes apart as far as the answer does
 */
async function queryRecord(org, version, soql) {
  const path = `/services/data/v${version}/query?q=${encodeURIComponent(soql)}`;
  const answer = await ask(org, path);
  if (answer.status === 200) {
    const records = index.parseJsonObject(answer.body)?.['records'];
    const record = Array.isArray(records) ? records[0] : undefined;
    if (index.isJsonObject(record)) {
      return record;
    }
  }
  throw await queryRefused(org, answer);
}
async function queryRefused(org, answer) {
  const list = parseList(answer.body);
  const first = Array.isArray(list) ? list[0] : undefined;
  const code = index.isJsonObject(first) ? org.clean(first['errorCode']) : '';
  const said = index.isJsonObject(first) ? `${code}: ${org.clean(first['message'])}` : '';
  if (/^API_(DISABLED_FOR_ORG|CURRENTLY_DISABLED)$/.test(code)) {
    return failed(`The user may not use the API (${said}).`, {
      why: 'The user lacks the permission \u201cAPI Enabled\u201d, or the edition of the org has no API.',
      fix: 'Give the user \u201cAPI Enabled\u201d by profile or permission set. See Setup \u2192 Login History.',
    });
  }
  if (code !== 'INVALID_SESSION_ID' && answer.status !== 401) {
    return said === ''
      ? unexpected(org, answer, 'the REST API')
      : failed(`The org refused the query (HTTP ${answer.status}, ${said}).`, {
          why: 'The user may lack the right to see this record.',
          fix: seeSetup,
        });
  }
  // Userinfo does not go through the API's access control, and it knows tokens of other orgs: what it
  // answers tells why the token is not taken, unless the scopes keep it from answering.
  if ((await userInfo(org)) !== undefined) {
    return failed('The token is alive, but the org does not let it use the REST API.', {
      why: 'API Access Control of the org lets in only apps that were approved for the user.',
      fix: 'Pre-authorise the app for the user, or give the user \u201cUse Any API Client\u201d (Setup \u2192 API Access Control).',
    });
  }
  return failed(
    `The org refuses the new access token (HTTP ${answer.status}, ${said}).`,
    deadToken,
  );
}
/** For a token that Salesforce issued a moment ago and does not take. */
const deadToken = {
  why: 'The token was revoked in the meantime, the org ends sessions at once (IP ranges, login hours, session policies), or its API Access Control keeps the app out.',
  fix: 'See Setup \u2192 Login History and Setup \u2192 Session Settings; check that no other job revokes tokens of this user.',
};
/** A check that could not be made, or that found the token not to work. */
function failed(what, details) {
  return index.ActionError.own('verification_failed', what, details);
}
async function ask(org, path) {
  const url = new URL(org.instanceUrl + path);
  const headers = { accept: 'application/json', authorization: `Bearer ${org.accessToken}` };
  try {
    const answer = await failures.sendRepeatedly({ method: 'GET', url, headers }, org.repetition);
    if (answer.status >= 300 && answer.status < 400) {
      throw index.ActionError.own(
        'redirect_refused',
        `${url.host} redirects the check of the token; an access token never follows a redirect.`,
        {
          why: 'A redirect would decide who gets the token. The org has another address by now, or something else answers in its place.',
          fix: 'Check `login-url` (Setup \u2192 My Domain); the org may just be moving: run the job again.',
        },
      );
    }
    return answer;
  } catch (error) {
    if (!(error instanceof index.RequestFailure)) {
      throw error;
    }
    const { what, fix } = failures.explainNoAnswer(error, {
      service: 'org',
      totalMs: org.repetition.deadline.totalMs,
      clean: org.clean,
    });
    throw index.ActionError.own(
      failures.failureCodes[error.kind],
      `The new access token could not be checked. ${what}`,
      {
        cause: error,
        fix,
        why: 'The refresh itself worked: only the instance of the org does not answer this runner.',
      },
    );
  }
}
function unexpected(org, answer, what) {
  const { host } = new URL(org.instanceUrl);
  return failed(`${host} gave no usable answer for ${what} (HTTP ${answer.status}).`, {
    why: 'The instance is in maintenance, or something else answers in its place.',
    fix: 'Look at https://status.salesforce.com, then run the job again.',
  });
}
function parseList(text) {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
function isPlainText(value) {
  return typeof value === 'string' && value !== '' && value.length <= 200 && !index.hasUnprintable(value);
}

/**
 * Checks that the token is for the org and the user that the workflow expects, and that it works;
 * with as few requests as that takes, and none where the identity URL is enough.
 *
 * @throws ActionError `org_mismatch`, `user_mismatch`, `org_type_mismatch`, `verification_failed`, or
 *   what kept the org from answering
 */
async function checkToken(token, expected, org) {
  const found = {};
  const foundOrg = (orgId) => {
    if (found.orgId !== undefined && found.orgId !== orgId) {
      throw wrongInstance(found.orgId, orgId);
    }
    found.orgId = orgId;
    compareOrg(orgId, expected);
  };
  const orgUnknown = () => expected.orgId !== undefined && found.orgId === undefined;
  let version;
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
/** The user, from userinfo where the scopes allow it, else from the User record. */
async function whoAmI(token, org, apiVersion) {
  if (mayAskUserInfo(org)) {
    const user = await userInfo(org);
    if (user !== undefined) {
      return { username: user.username, orgId: index.to18Characters(user.orgId) };
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
        fix: 'Give the app the scope \u201cAccess the identity URL service (id)\u201d or \u201cManage user data via APIs (api)\u201d, then sign in again.',
      },
    );
  }
  if (token.identity === undefined) {
    throw failed('Salesforce does not say which user the token is for.', {
      why: 'The token response has no identity URL, and the scopes do not allow to ask userinfo.',
      fix: 'Give the app the scope \u201cAccess the identity URL service (id)\u201d, then sign in again.',
    });
  }
  const soql = `SELECT Username FROM User WHERE Id = '${token.identity.userId}'`;
  const { Username } = await queryRecord(org, await apiVersion(), soql);
  if (typeof Username !== 'string' || index.hasUnprintable(Username)) {
    throw failed('The User record has no name that can be used.', deadToken);
  }
  return { username: Username };
}
async function organization(org, apiVersion) {
  if (!mayAskRest(org)) {
    throw failed(
      `The token's scopes (${org.clean(org.scope)}) do not allow to ask the org about itself.`,
      {
        why: 'The Organization record is read through the REST API, which takes the scope `api` or `full`.',
        fix: 'Give the app the scope \u201cManage user data via APIs (api)\u201d, then sign in again; or leave out the check.',
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
    orgId: index.to18Characters(Id),
    type: index.orgTypeOf({
      isSandbox: IsSandbox,
      expires: typeof TrialExpirationDate === 'string',
      organizationType: OrganizationType,
    }),
  };
}
function compareOrg(orgId, expected) {
  if (expected.orgId !== undefined && expected.orgId !== orgId) {
    throw index.ActionError.own(
      'org_mismatch',
      `The token is for the org ${orgId}, but \`expected-org-id\` is ${expected.orgId}.`,
    );
  }
}
function compareUser(username, expected, org) {
  if (expected.username !== undefined && !index.sameUsername(expected.username, username)) {
    throw index.ActionError.own(
      'user_mismatch',
      `The token is for the user \u201c${org.clean(username)}\u201d, but \`expected-username\` is \u201c${expected.username}\u201d.`,
    );
  }
}
function compareType(orgType, expected) {
  if (expected.orgType !== undefined && expected.orgType !== orgType) {
    throw index.ActionError.own(
      'org_type_mismatch',
      `The org is of the type ${orgType}, but \`expected-org-type\` is ${expected.orgType}.`,
    );
  }
}
function wrongInstance(named, found) {
  return index.ActionError.own(
    'org_mismatch',
    `Salesforce issued the token for the org ${named}, but the instance that it names serves the org ${found}.`,
  );
}

exports.checkToken = checkToken;
