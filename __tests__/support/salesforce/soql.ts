import { type Answer, json, restError } from './answers.ts';
import { sameId } from './ids.ts';
import type { OrgKind } from './model.ts';
import type { OrgState } from './state.ts';
import { packageVersionRow } from './tooling.ts';

type Row = Readonly<Record<string, string | boolean | null>>;

/** Answers a query: `SELECT … FROM … [WHERE … = '…'] [LIMIT …]`, over the tables that the org has. */
export function answerQuery(org: OrgState, version: string, soql: string): Answer {
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
      attributes: attributes(version, table.name, row),
      ...Object.fromEntries(selected.map((field) => [field, row[field]])),
    })),
  });
}

/** Answers `sobjects/<type>/<id>`: one record with all its fields. */
export function answerRecord(
  org: OrgState,
  version: string,
  sobject: string,
  id: string,
): Answer | undefined {
  const table = tables(org).get(sobject.toLowerCase());
  const row = table?.rows.find((candidate) => fits(candidate, 'Id', id));
  return table === undefined || row === undefined
    ? undefined
    : json(200, { attributes: attributes(version, table.name, row), ...row });
}

/** Answers `sobjects`: the tables, with no more of each than clients need. */
export function listTables(org: OrgState): Answer {
  const sobjects = [...tables(org).values()].map(({ name }) => ({ name, ...tableTraits }));
  return json(200, { encoding: 'UTF-8', maxBatchSize: 200, sobjects });
}

/** Answers `sobjects/<type>/describe`: the table and its fields, as far as clients ask. */
export function answerDescription(org: OrgState, sobject: string): Answer | undefined {
  const table = tables(org).get(sobject.toLowerCase());
  return (
    table &&
    json(200, {
      name: table.name,
      ...tableTraits,
      fields: Object.entries(table.rows[0] ?? {}).map(([name, value]) => ({
        name,
        label: name,
        type: name === 'Id' ? 'id' : typeof value === 'boolean' ? 'boolean' : 'string',
        length: name === 'Id' ? 18 : 80,
        nameField: name === 'Name',
        referenceTo: [],
        ...fieldTraits,
      })),
      childRelationships: [],
      recordTypeInfos: [],
    })
  );
}

const tableTraits = {
  custom: false,
  createable: false,
  updateable: false,
  deletable: false,
  queryable: true,
};
const fieldTraits = {
  custom: false,
  createable: false,
  updateable: false,
  unique: false,
  autoNumber: false,
  calculated: false,
  cascadeDelete: false,
};

function attributes(version: string, type: string, row: Row) {
  return { type, url: `/services/data/v${version}/sobjects/${type}/${String(row['Id'])}` };
}

function fits(row: Row, field: string | undefined, value: string): boolean {
  const stored = String(row[field ?? ''] ?? '');
  return field === 'Id' ? sameId(stored, value) : stored.toLowerCase() === value.toLowerCase();
}

function tables(
  org: OrgState,
): Map<string, { readonly name: string; readonly rows: readonly Row[] }> {
  const organization: Row = {
    Id: org.id,
    Name: 'Acme',
    InstanceName: 'LAB1',
    NamespacePrefix: null,
    ...organizationTraits[org.kind],
    ...org.organization,
  };
  const users = org.users.map(
    (user): Row => ({ Id: user.id, Username: user.username, IsActive: user.active }),
  );
  return new Map([
    ['organization', { name: 'Organization', rows: [organization] }],
    ['user', { name: 'User', rows: users }],
    [
      'subscriberpackageversion',
      { name: 'SubscriberPackageVersion', rows: org.packageVersions.map(packageVersionRow) },
    ],
    ['packageinstallrequest', { name: 'PackageInstallRequest', rows: org.installRequests }],
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
