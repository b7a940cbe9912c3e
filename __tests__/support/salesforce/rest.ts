import { type Answer, json, restError } from './answers.ts';
import { bearerToken, type OrgRequest } from './requests.ts';
import { identityUrl, refuseSession } from './session.ts';
import { answerDescription, answerQuery, answerRecord, listTables } from './soql.ts';
import type { OrgState } from './state.ts';
import { installPackage, runApexTests } from './tooling.ts';

/** What an org answers below `/services/data/v…/`: method, resource, and the answer, if there is one. */
const resources: readonly (readonly [
  method: string,
  resource: RegExp,
  answer: (
    org: OrgState,
    version: string,
    request: OrgRequest,
    parts: readonly string[],
  ) => Answer | undefined,
])[] = [
  [
    'GET',
    /^$/,
    (org, version, request) =>
      json(200, {
        identity: identityUrl(org, userOf(org, request)),
        limits: `/services/data/v${version}/limits`,
        query: `/services/data/v${version}/query`,
        sobjects: `/services/data/v${version}/sobjects`,
      }),
  ],
  ['GET', /^(?:tooling\/)?query$/, (org, version, request) => query(org, version, request)],
  [
    'GET',
    /^limits$/,
    () =>
      json(200, {
        DailyApiRequests: { Max: 100_000, Remaining: 99_873 },
        DataStorageMB: { Max: 1024, Remaining: 1010 },
      }),
  ],
  ['GET', /^sobjects$/, (org) => listTables(org)],
  [
    'GET',
    /^sobjects\/(\w+)\/describe$/,
    (org, _, __, [sobject = '']) => answerDescription(org, sobject),
  ],
  [
    'GET',
    /^(?:tooling\/)?sobjects\/(\w+)\/(\w+)$/,
    (org, version, _, [sobject = '', id = '']) => answerRecord(org, version, sobject, id),
  ],
  ['POST', /^tooling\/runTestsSynchronous$/, (org, _, request) => runApexTests(org, request)],
  [
    'POST',
    /^tooling\/sobjects\/PackageInstallRequest$/,
    (org, _, request) => installPackage(org, request),
  ],
];

/** Answers what is below `/services/data`: the versions, and what each of them has. */
export function answerRestRequest(org: OrgState, request: OrgRequest): Answer {
  // A client that joins an instance URL and a path with a slash each gets what it wants.
  const path = request.path.replaceAll(/\/{2,}/g, '/');
  const [, version = '', resource = ''] =
    /^\/services\/data(?:\/v(\d+\.\d)(?:\/(.*?))?)?\/?$/.exec(path) ?? [];
  const matching = resources.filter(([, pattern]) => pattern.test(resource));
  if (matching.length > 0 && !matching.some(([method]) => method === request.method)) {
    const message = `HTTP Method '${request.method}' not allowed. Allowed are ${matching.map(([method]) => method).join()}`;
    return restError(405, 'METHOD_NOT_ALLOWED', message);
  }
  if (/^\/services\/data\/?$/.test(path)) {
    return json(200, org.apiVersions.map(describeVersion));
  }
  const refusal = checkSession(org, request);
  if (refusal !== undefined) {
    return refusal;
  }
  for (const [method, pattern, answer] of org.apiVersions.includes(version) ? matching : []) {
    const found =
      method === request.method && answer(org, version, request, partsOf(pattern, resource));
    if (found) {
      return found;
    }
  }
  return restError(404, 'NOT_FOUND', 'The requested resource does not exist');
}

function partsOf(pattern: RegExp, resource: string): readonly string[] {
  return pattern.exec(resource)?.slice(1) ?? [];
}

function query(org: OrgState, version: string, { query: parameters }: OrgRequest): Answer {
  // The CLI asks a second time, for the names and types of the columns alone.
  return parameters.get('columns') === 'true'
    ? json(200, { columnMetadata: [], entityName: 'Organization', groupBy: false })
    : answerQuery(org, version, parameters.get('q') ?? '');
}

function userOf(org: OrgState, request: OrgRequest) {
  return org.accessToken(bearerToken(request) ?? '')?.family.user ?? { id: '' };
}

function checkSession(org: OrgState, request: OrgRequest): Answer | undefined {
  const value = bearerToken(request);
  if (value === undefined) {
    return restError(401, 'INVALID_AUTH_HEADER', 'INVALID_HEADER_TYPE');
  }
  const refusal = refuseSession(org, value);
  return refusal && restError(refusal.status, refusal.errorCode, refusal.message);
}

/** Three releases a year: 66.0 is that of spring 2026. */
function describeVersion(version: string) {
  const number = Number.parseInt(version, 10);
  const season = ['Spring', 'Summer', 'Winter'][number % 3] ?? '';
  const year = 25 + Math.floor((number - 62) / 3);
  return { label: `${season} '${year}`, url: `/services/data/v${version}`, version };
}
