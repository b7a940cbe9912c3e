import { ActionError } from '../errors/action-error.ts';
import { hasUnprintable } from '../errors/text.ts';
import { RequestFailure } from '../http/failure.ts';
import { isJsonObject, type JsonObject, parseJsonObject } from '../http/json.ts';
import { explainNoAnswer, failureCodes } from '../http/no-answer.ts';
import { type Repetition, sendRepeatedly } from '../http/repeat.ts';
import type { HttpAnswer } from '../http/send.ts';
import type { Clean } from './attempt.ts';

/** What to do where the user may not see a record that a check needs. */
export const seeSetup =
  'Give the user the permission “View Setup and Configuration”, or leave out the check.';

/** An org that can be asked with an access token. A bearer token never follows a redirect. */
export interface Org {
  /** The address, `https://host`. */
  readonly instanceUrl: string;
  readonly accessToken: string;
  /** Space-separated, where Salesforce said so. */
  readonly scope: string | undefined;
  readonly repetition: Repetition;
  readonly clean: Clean;
}

/** What userinfo says about the token's user. */
export interface UserInfo {
  readonly orgId: string;
  readonly username: string;
}

/** Whether the scopes let the token ask userinfo, as far as they are known. */
export function mayAskUserInfo(org: Org): boolean {
  return hasScope(org, 'openid', 'id', 'full');
}

/** Whether the scopes let the token use the REST API, as far as they are known. */
export function mayAskRest(org: Org): boolean {
  return hasScope(org, 'api', 'full');
}

function hasScope({ scope }: Org, ...wanted: readonly string[]): boolean {
  return scope === undefined || scope.split(' ').some((one) => wanted.includes(one));
}

/**
 * Asks who the token's user is, by OpenID Connect. Needs `openid`, `id` or `full`.
 * @returns undefined where Salesforce refuses the token: it is dead, or it lacks the scope
 */
export async function userInfo(org: Org): Promise<UserInfo | undefined> {
  const answer = await ask(org, '/services/oauth2/userinfo');
  if (answer.status === 403 || answer.status === 401) {
    if (/Wrong_Org/.test(answer.body)) {
      throw ActionError.own(
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
  const body = parseJsonObject(answer.body);
  const orgId = body?.['organization_id'];
  const username = body?.['preferred_username'];
  if (answer.status !== 200 || !isPlainText(orgId) || !isPlainText(username)) {
    throw unexpected(org, answer, 'userinfo');
  }
  return { orgId, username };
}

/** The newest version of the REST API, `66.0`. Needs no permission. */
export async function newestVersion(org: Org): Promise<string> {
  const answer = await ask(org, '/services/data');
  const list: unknown = answer.status === 200 ? parseList(answer.body) : undefined;
  const versions = (Array.isArray(list) ? list : [])
    .map((entry: unknown) => (isJsonObject(entry) ? entry['version'] : undefined))
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
export async function queryRecord(org: Org, version: string, soql: string): Promise<JsonObject> {
  const path = `/services/data/v${version}/query?q=${encodeURIComponent(soql)}`;
  const answer = await ask(org, path);
  if (answer.status === 200) {
    const records = parseJsonObject(answer.body)?.['records'];
    const record: unknown = Array.isArray(records) ? records[0] : undefined;
    if (isJsonObject(record)) {
      return record;
    }
  }
  throw await queryRefused(org, answer);
}

async function queryRefused(org: Org, answer: HttpAnswer): Promise<ActionError> {
  const list: unknown = parseList(answer.body);
  const first: unknown = Array.isArray(list) ? list[0] : undefined;
  const code = isJsonObject(first) ? org.clean(first['errorCode']) : '';
  const said = isJsonObject(first) ? `${code}: ${org.clean(first['message'])}` : '';
  if (/^API_(DISABLED_FOR_ORG|CURRENTLY_DISABLED)$/.test(code)) {
    return failed(`The user may not use the API (${said}).`, {
      why: 'The user lacks the permission “API Enabled”, or the edition of the org has no API.',
      fix: 'Give the user “API Enabled” by profile or permission set. See Setup → Login History.',
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
      fix: 'Pre-authorise the app for the user, or give the user “Use Any API Client” (Setup → API Access Control).',
    });
  }
  return failed(
    `The org refuses the new access token (HTTP ${answer.status}, ${said}).`,
    deadToken,
  );
}

/** For a token that Salesforce issued a moment ago and does not take. */
export const deadToken = {
  why: 'The token was revoked in the meantime, the org ends sessions at once (IP ranges, login hours, session policies), or its API Access Control keeps the app out.',
  fix: 'See Setup → Login History and Setup → Session Settings; check that no other job revokes tokens of this user.',
};

/** A check that could not be made, or that found the token not to work. */
export function failed(what: string, details: { why: string; fix: string }): ActionError {
  return ActionError.own('verification_failed', what, details);
}

async function ask(org: Org, path: string): Promise<HttpAnswer> {
  const url = new URL(org.instanceUrl + path);
  const headers = { accept: 'application/json', authorization: `Bearer ${org.accessToken}` };
  try {
    const answer = await sendRepeatedly({ method: 'GET', url, headers }, org.repetition);
    if (answer.status >= 300 && answer.status < 400) {
      throw ActionError.own(
        'redirect_refused',
        `${url.host} redirects the check of the token; an access token never follows a redirect.`,
        {
          why: 'A redirect would decide who gets the token. The org has another address by now, or something else answers in its place.',
          fix: 'Check `login-url` (Setup → My Domain); the org may just be moving: run the job again.',
        },
      );
    }
    return answer;
  } catch (error) {
    if (!(error instanceof RequestFailure)) {
      throw error;
    }
    const { what, fix } = explainNoAnswer(error, {
      service: 'org',
      totalMs: org.repetition.deadline.totalMs,
      clean: org.clean,
    });
    throw ActionError.own(
      failureCodes[error.kind],
      `The new access token could not be checked. ${what}`,
      {
        cause: error,
        fix,
        why: 'The refresh itself worked: only the instance of the org does not answer this runner.',
      },
    );
  }
}

function unexpected(org: Org, answer: HttpAnswer, what: string): ActionError {
  const { host } = new URL(org.instanceUrl);
  return failed(`${host} gave no usable answer for ${what} (HTTP ${answer.status}).`, {
    why: 'The instance is in maintenance, or something else answers in its place.',
    fix: 'Look at https://status.salesforce.com, then run the job again.',
  });
}

function parseList(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function isPlainText(value: unknown): value is string {
  return typeof value === 'string' && value !== '' && value.length <= 200 && !hasUnprintable(value);
}
