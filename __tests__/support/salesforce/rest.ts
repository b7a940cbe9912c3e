import { type Answer, json, restError } from './answers.ts';
import { sameId } from './ids.ts';
import type { OrgKind } from './model.ts';
import { bearerToken, type OrgRequest } from './requests.ts';
import type { OrgState } from './state.ts';

/** Answers what is below `/services/data`: the versions, and of each `query` and `limits`. */
export function answerRestRequest(org: OrgState, request: OrgRequest): Answer {
  const [, version, resource = ''] =
    /^\/services\/data(?:\/v(\d+\.\d)(?:\/(.*?))?)?\/?$/.exec(request.path) ?? [];
  if (request.method !== 'GET') {
    const message = `HTTP Method '${request.method}' not allowed. Allowed are GET`;
    return restError(405, 'METHOD_NOT_ALLOWED', message);
  }
  if (/^\/services\/data\/?$/.test(request.path)) {
    return json(200, org.apiVersions.map(describeVersion));
  }
  const refusal = checkSession(org, request);
  if (refusal !== undefined) {
    return refusal;
  }
  if (version !== undefined && org.apiVersions.includes(version)) {
    if (resource === 'query') {
      return query(org, version, request.query.get('q') ?? '');
    }
    if (resource === 'limits') {
      return json(200, {
        DailyApiRequests: { Max: 100_000, Remaining: 99_873 },
        DataStorageMB: { Max: 1024, Remaining: 1010 },
      });
    }
    if (resource === '') {
      return json(200, {
        limits: `/services/data/v${version}/limits`,
        query: `/services/data/v${version}/query`,
      });
    }
  }
  return restError(404, 'NOT_FOUND', 'The requested resource does not exist');
}

function checkSession(org: OrgState, request: OrgRequest): Answer | undefined {
  const value = bearerToken(request);
  if (value === undefined) {
    return restError(401, 'INVALID_AUTH_HEADER', 'INVALID_HEADER_TYPE');
  }
  const token = org.accessToken(value);
  if (token === undefined || !org.isAlive(token)) {
    return restError(401, 'INVALID_SESSION_ID', 'Session expired or invalid');
  }
  const { app, user } = token.family;
  if (!app.scopes.some((scope) => scope === 'api' || scope === 'full')) {
    const message = 'This session is not valid for use with the REST API';
    return restError(401, 'INVALID_SESSION_ID', message);
  }
  if (org.apiAccessControl && !app.preAuthorized && !user.anyApiClient) {
    return restError(401, 'INVALID_SESSION_ID', 'This session is not valid for use with the API');
  }
  if (!org.restEnabled) {
    return restError(403, 'API_CURRENTLY_DISABLED', 'API is disabled for this User');
  }
  if (!user.apiEnabled) {
    const message = 'The REST API is not enabled for this Organization.';
    return restError(403, 'API_DISABLED_FOR_ORG', message);
  }
  return undefined;
}

/** Three releases a year: 66.0 is that of spring 2026. */
function describeVersion(version: string) {
  const number = Number.parseInt(version, 10);
  const season = ['Spring', 'Summer', 'Winter'][number % 3] ?? '';
  const year = 25 + Math.floor((number - 62) / 3);
  return { label: `${season} '${year}`, url: `/services/data/v${version}`, version };
}

type Row = Readonly<Record<string, string | boolean | null>>;

function query(org: OrgState, version: string, soql: string): Answer {
  const [, fieldList = '', sobject = '', filterField, filterValue = '', limit] =
    /^\s*SELECT\s+(.+?)\s+FROM\s+(\w+)(?:\s+WHERE\s+(\w+)\s*=\s*'([^']*)')?(?:\s+LIMIT\s+(\d+))?\s*$/is.exec(
      soql,
    ) ?? [];
  if (fieldList === '') {
    return restError(400, 'MALFORMED_QUERY', 'unexpected token: <EOF>');
  }
  const table = tables(org).get(sobject.toLowerCase());
  if (table === undefined) {
    const message = `\nsObject type '${sobject}' is not supported.`;
    return restError(400, 'INVALID_TYPE', message);
  }
  const columns = Object.keys(table.rows[0] ?? {});
  const column = (name: string) =>
    columns.find((known) => known.toLowerCase() === name.toLowerCase());
  const fields = fieldList.split(',').map((field) => field.trim());
  const unknown = [...fields, ...(filterField === undefined ? [] : [filterField])].find(
    (field) => column(field) === undefined,
  );
  if (unknown !== undefined) {
    const message = `\nNo such column '${unknown}' on entity '${table.name}'.`;
    return restError(400, 'INVALID_FIELD', message);
  }
  const selected = fields.map((field) => column(field) ?? field);
  const found = table.rows
    .filter((row) => filterField === undefined || fits(row, column(filterField), filterValue))
    .slice(0, limit === undefined ? undefined : Number(limit));
  return json(200, {
    totalSize: found.length,
    done: true,
    records: found.map((row) => ({
      attributes: {
        type: table.name,
        url: `/services/data/v${version}/sobjects/${table.name}/${String(row['Id'])}`,
      },
      ...Object.fromEntries(selected.map((field) => [field, row[field]])),
    })),
  });
}

function fits(row: Row, field: string | undefined, value: string): boolean {
  const stored = String(row[field ?? ''] ?? '');
  return field === 'Id' ? sameId(stored, value) : stored.toLowerCase() === value.toLowerCase();
}

function tables(org: OrgState): Map<string, { readonly name: string; readonly rows: Row[] }> {
  const organization: Row = {
    Id: org.id,
    Name: 'Acme',
    ...organizationTraits[org.kind],
    ...org.organization,
  };
  const users = org.users.map(
    (user): Row => ({ Id: user.id, Username: user.username, IsActive: user.active }),
  );
  return new Map([
    ['organization', { name: 'Organization', rows: [organization] }],
    ['user', { name: 'User', rows: users }],
  ]);
}

const organizationTraits: Record<OrgKind, Row> = {
  production: {
    IsSandbox: false,
    TrialExpirationDate: null,
    OrganizationType: 'Enterprise Edition',
  },
  sandbox: { IsSandbox: true, TrialExpirationDate: null, OrganizationType: 'Enterprise Edition' },
  scratch: {
    IsSandbox: true,
    TrialExpirationDate: '2026-12-24T09:30:00.000+0000',
    OrganizationType: 'Developer Edition',
  },
  developer: {
    IsSandbox: false,
    TrialExpirationDate: null,
    OrganizationType: 'Developer Edition',
  },
};
