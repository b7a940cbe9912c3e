import { type Answer, errorAnswer, Refusal } from './answers.ts';
import { isoSeconds } from './clock.ts';
import type { Entry, Shelf } from './shelf.ts';
import type { Access, Environment, Permissions, Repository, State, Token } from './state.ts';

/** What an endpoint looks at in a request. */
export interface Incoming {
  readonly method: string;
  /** Path and query as sent, below the base address. */
  readonly url: string;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** How the whole server behaves, settable while it runs. */
export interface Conduct {
  /** How many milliseconds behind the writes the reads are. GitHub's lag by seconds at times. */
  readonly readLag: number;
}

const LIMIT_BYTES = 48 * 1024;
const API_VERSIONS = ['2022-11-28', '2026-03-10'];
const DOCS = 'https://docs.github.com/rest';
// The pattern that GitHub's API description gives for `encrypted_value`: standard base64 with
// padding. The URL-safe variant, libsodium's own default, doesn't fit it.
const BASE64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=|[A-Za-z0-9+/]{4})$/;

/** Answers a request as GitHub would, and changes the state as GitHub would. */
export function answerRequest(incoming: Incoming, state: State, conduct: Conduct): Answer {
  if ((incoming.headers['user-agent'] ?? '') === '') return administrativeRules();
  let endpoint: Endpoint | undefined;
  let answer: Answer;
  try {
    checkApiVersion(incoming.headers['x-github-api-version']);
    checkAccept(incoming.headers['accept']);
    const token = authenticate(incoming.headers['authorization'], state);
    // Split before decoding: the slash of an environment's name is sent as %2F.
    const [path = '', query = ''] = incoming.url.split('?', 2);
    const segments = path.split('/').slice(1).map(decodeSegment);
    const found = route(incoming.method, segments, state);
    endpoint = found.endpoint;
    const context = { incoming, query: new URLSearchParams(query), state, conduct };
    answer = runEndpoint(found, token, context);
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    const documentation = endpoint === undefined ? DOCS : `${DOCS}/${endpoint.documentation}`;
    answer = errorAnswer(error.status, error.message, documentation);
  }
  if (endpoint === undefined) return answer;
  return { ...answer, headers: { ...acceptedPermissions(endpoint), ...answer.headers } };
}

/** GitHub turns away whoever sends no User-Agent, in text, before it looks at anything else. */
function administrativeRules(): Answer {
  return {
    status: 403,
    headers: { 'content-type': 'text/html; charset=utf-8' },
    body: `Request forbidden by administrative rules. Please make sure your request has a User-Agent header (${DOCS}/overview/resources-in-the-rest-api#user-agent-required). Check https://developer.github.com for other possible causes.\r\n`,
  };
}

function checkApiVersion(version: string | undefined): void {
  if (version === undefined || API_VERSIONS.includes(version)) return;
  throw new Refusal(400, `"${version}" is not a supported version of the REST API.`);
}

function checkAccept(accept: string | undefined): void {
  const accepted = /\*\/\*|application\/(\*|json|vnd\.github)/i;
  if (accept === undefined || accepted.test(accept)) return;
  throw new Refusal(
    415,
    `Unsupported 'Accept' header: '${accept}'. Must accept 'application/json'.`,
  );
}

/** The token of the request; `undefined` where it brings none. */
function authenticate(authorization: string | undefined, state: State): Token | undefined {
  if (authorization === undefined) return undefined;
  const [, text = ''] = /^(?:bearer|token) +(\S+)$/i.exec(authorization) ?? [];
  const token = state.findToken(text);
  if (token === undefined) throw new Refusal(401, 'Bad credentials');
  return token;
}

function decodeSegment(segment: string): string {
  try {
    return decodeURIComponent(segment);
  } catch {
    throw new Refusal(400, 'Bad Request');
  }
}

interface Context {
  readonly incoming: Incoming;
  readonly query: URLSearchParams;
  readonly state: State;
  readonly conduct: Conduct;
}

interface Scene extends Context {
  readonly repository: Repository;
  /** The `:parameters` of the path, without `environment`. */
  readonly name: string;
}

interface EnvironmentScene extends Scene {
  readonly environment: Environment;
}

interface EndpointBase {
  readonly method: string;
  /** Below the repository; `:environment` and `:name` stand for one segment each. */
  readonly path: string;
  readonly permission: readonly [name: keyof Permissions, access: Exclude<Access, 'none'>];
  /** Below `https://docs.github.com/rest/`. */
  readonly documentation: string;
  /** In a public repository it answers everybody. */
  readonly open?: boolean;
}

type Endpoint =
  | (EndpointBase & { readonly inEnvironment: (scene: EnvironmentScene) => Answer })
  | (EndpointBase & { readonly inRepository: (scene: Scene) => Answer });

interface Found {
  readonly endpoint: Endpoint;
  readonly repository: Repository | undefined;
  readonly parameters: ReadonlyMap<string, string>;
}

function route(method: string, segments: readonly string[], state: State): Found {
  const [root, first = '', second = ''] = segments;
  // GitHub knows every repository by number too, and redirects renamed ones there.
  const byNumber = root === 'repositories';
  if (!byNumber && root !== 'repos') throw new Refusal(404, 'Not Found');
  const repository = byNumber
    ? state.findRepositoryById(first)
    : state.findRepository(`${first}/${second}`);
  const rest = segments.slice(byNumber ? 2 : 3);
  for (const endpoint of ENDPOINTS) {
    const parameters = endpoint.method === method ? matchPath(endpoint.path, rest) : undefined;
    if (parameters !== undefined) return { endpoint, repository, parameters };
  }
  throw new Refusal(404, 'Not Found');
}

function matchPath(
  pattern: string,
  segments: readonly string[],
): ReadonlyMap<string, string> | undefined {
  const expected = pattern.split('/');
  if (expected.length !== segments.length) return undefined;
  const parameters = new Map<string, string>();
  for (const [index, part] of expected.entries()) {
    const segment = segments[index] ?? '';
    if (segment === '') return undefined;
    if (part.startsWith(':')) parameters.set(part.slice(1), segment);
    else if (part !== segment) return undefined;
  }
  return parameters;
}

function runEndpoint(
  { endpoint, repository, parameters }: Found,
  token: Token | undefined,
  context: Context,
): Answer {
  const member = repository !== undefined && isMember(token, repository);
  // Whoever may not know of a repository is told that it isn't there.
  if (repository === undefined || (repository.private && !member)) {
    throw new Refusal(404, 'Not Found');
  }
  if (!(endpoint.open === true && !repository.private)) {
    checkPermission(endpoint, member ? token : undefined, token);
  }
  const scene = { ...context, repository, name: parameters.get('name') ?? '' };
  if ('inRepository' in endpoint) return endpoint.inRepository(scene);
  const environment = repository.findEnvironment(parameters.get('environment') ?? '');
  if (environment === undefined) throw new Refusal(404, 'Not Found');
  return endpoint.inEnvironment({ ...scene, environment });
}

function isMember(token: Token | undefined, repository: Repository): boolean {
  if (token === undefined) return false;
  return token.repositories?.has(repository.fullName.toLowerCase()) ?? true;
}

function checkPermission(
  endpoint: Endpoint,
  member: Token | undefined,
  sender: Token | undefined,
): void {
  if (sender === undefined) throw new Refusal(401, 'Requires authentication');
  const [name, needed] = endpoint.permission;
  const access = member?.permissions[name] ?? 'none';
  if (access === 'write' || access === needed) return;
  const kind = sender.kind === 'fine-grained' ? 'personal access token' : 'integration';
  throw new Refusal(403, `Resource not accessible by ${kind}`);
}

function acceptedPermissions(endpoint: Endpoint): Record<string, string> {
  const [name, access] = endpoint.permission;
  return {
    'x-accepted-github-permissions': `${name === 'variables' ? 'actions_variables' : name}=${access}`,
  };
}

// ---------------------------------------------------------------------------- the endpoints

const ENDPOINTS: readonly Endpoint[] = [
  {
    method: 'GET',
    path: 'environments/:environment',
    permission: ['actions', 'read'],
    documentation: 'deployments/environments#get-an-environment',
    open: true,
    inEnvironment: ({ environment }) => ({ status: 200, body: describeEnvironment(environment) }),
  },
  {
    method: 'GET',
    path: 'environments/:environment/secrets/public-key',
    permission: ['environments', 'read'],
    documentation: 'actions/secrets#get-an-environment-public-key',
    inEnvironment: ({ environment }) => ({ status: 200, body: environment.publicKey }),
  },
  {
    method: 'GET',
    path: 'environments/:environment/secrets/:name',
    permission: ['environments', 'read'],
    documentation: 'actions/secrets#get-an-environment-secret',
    inEnvironment: (scene) => getEntry(scene, scene.environment.secrets, describeSecret),
  },
  {
    method: 'PUT',
    path: 'environments/:environment/secrets/:name',
    permission: ['environments', 'write'],
    documentation: 'actions/secrets#create-or-update-an-environment-secret',
    inEnvironment: putSecret,
  },
  {
    method: 'DELETE',
    path: 'environments/:environment/secrets/:name',
    permission: ['environments', 'write'],
    documentation: 'actions/secrets#delete-an-environment-secret',
    inEnvironment: (scene) => deleteEntry(scene, scene.environment.secrets),
  },
  {
    method: 'POST',
    path: 'environments/:environment/variables',
    permission: ['environments', 'write'],
    documentation: 'actions/variables#create-an-environment-variable',
    inEnvironment: postVariable,
  },
  {
    method: 'GET',
    path: 'environments/:environment/variables/:name',
    permission: ['environments', 'read'],
    documentation: 'actions/variables#get-an-environment-variable',
    inEnvironment: (scene) => getEntry(scene, scene.environment.variables, describeVariable),
  },
  {
    method: 'PATCH',
    path: 'environments/:environment/variables/:name',
    permission: ['environments', 'write'],
    documentation: 'actions/variables#update-an-environment-variable',
    inEnvironment: patchVariable,
  },
  {
    method: 'DELETE',
    path: 'environments/:environment/variables/:name',
    permission: ['environments', 'write'],
    documentation: 'actions/variables#delete-an-environment-variable',
    inEnvironment: (scene) => deleteEntry(scene, scene.environment.variables),
  },
  {
    method: 'GET',
    path: 'actions/secrets/:name',
    permission: ['secrets', 'read'],
    documentation: 'actions/secrets#get-a-repository-secret',
    inRepository: (scene) => getEntry(scene, scene.repository.secrets, describeSecret),
  },
  {
    method: 'GET',
    path: 'actions/variables/:name',
    permission: ['variables', 'read'],
    documentation: 'actions/variables#get-a-repository-variable',
    inRepository: (scene) => getEntry(scene, scene.repository.variables, describeVariable),
  },
  {
    method: 'GET',
    path: 'actions/organization-secrets',
    permission: ['secrets', 'read'],
    documentation: 'actions/secrets#list-repository-organization-secrets',
    inRepository: (scene) =>
      listEntries(scene, 'secrets', organizationOf(scene).secrets, describeSecret),
  },
  {
    method: 'GET',
    path: 'actions/organization-variables',
    permission: ['variables', 'read'],
    documentation: 'actions/variables#list-repository-organization-variables',
    inRepository: (scene) =>
      listEntries(scene, 'variables', organizationOf(scene).variables, describeVariable),
  },
];

function putSecret({ environment, name, incoming }: EnvironmentScene): Answer {
  const { encrypted_value: encrypted = '', key_id: keyId = '' } = readFields(incoming, {
    required: ['encrypted_value', 'key_id'],
  });
  checkName('Secret', name);
  if (!BASE64.test(encrypted)) {
    throw new Refusal(422, `Invalid request.\n\n${encrypted} does not match ${BASE64}.`);
  }
  const plaintext = environment.open(keyId, Buffer.from(encrypted, 'base64'));
  if (plaintext === undefined) {
    throw new Refusal(422, 'Bad request - validation failed due to an improperly encrypted secret');
  }
  checkSize('Secret', plaintext.byteLength);
  return environment.secrets.write(name, plaintext) === 'created'
    ? { status: 201, body: {} }
    : { status: 204 };
}

function postVariable({ environment, incoming }: EnvironmentScene): Answer {
  const { name = '', value = '' } = readFields(incoming, { required: ['name', 'value'] });
  checkName('Variable', name);
  checkSize('Variable', Buffer.byteLength(value));
  if (environment.variables.read(name) !== undefined) {
    throw new Refusal(409, 'Already exists - Variable already exists');
  }
  environment.variables.write(name, value);
  return { status: 201, body: {} };
}

function patchVariable({ environment, name, incoming }: EnvironmentScene): Answer {
  const fields = readFields(incoming, { optional: ['name', 'value'] });
  const entry = environment.variables.read(name);
  if (entry === undefined) throw new Refusal(404, 'Not Found');
  const value = fields['value'] ?? entry.value;
  checkSize('Variable', Buffer.byteLength(value));
  const newName = fields['name']?.toUpperCase() ?? entry.name;
  if (newName === entry.name) {
    environment.variables.write(name, value);
    return { status: 204 };
  }
  checkName('Variable', newName);
  if (environment.variables.read(newName) !== undefined) {
    throw new Refusal(409, 'Already exists - Variable already exists');
  }
  environment.variables.rename(entry, newName, value);
  return { status: 204 };
}

function getEntry<Value>(
  { name, conduct }: Scene,
  shelf: Shelf<Value>,
  describe: (entry: Entry<Value>) => unknown,
): Answer {
  const entry = shelf.read(name, conduct.readLag);
  if (entry === undefined) throw new Refusal(404, 'Not Found');
  return { status: 200, body: describe(entry) };
}

function deleteEntry<Value>({ name }: Scene, shelf: Shelf<Value>): Answer {
  if (!shelf.remove(name)) throw new Refusal(404, 'Not Found');
  return { status: 204 };
}

function listEntries<Value>(
  { query, conduct, incoming }: Scene,
  member: 'secrets' | 'variables',
  shelf: Shelf<Value>,
  describe: (entry: Entry<Value>) => unknown,
): Answer {
  const entries = shelf.list(conduct.readLag);
  // Lists of variables come in smaller pages than lists of secrets.
  const [usual, most] = member === 'variables' ? [10, 30] : [30, 100];
  const size = Math.min(positive(query.get('per_page')) ?? usual, most);
  const page = positive(query.get('page')) ?? 1;
  const shown = entries.slice((page - 1) * size, page * size);
  const body = { total_count: entries.length, [member]: shown.map(describe) };
  if (page * size >= entries.length) return { status: 200, body };
  const next = new URL(incoming.url, `http://${incoming.headers['host'] ?? 'localhost'}`);
  next.searchParams.set('page', String(page + 1));
  return { status: 200, body, headers: { link: `<${next.href}>; rel="next"` } };
}

function organizationOf({ repository, state }: Scene) {
  return state.organization(repository.owner);
}

// --------------------------------------------------------------------------------- the checks

/**
 * The text members of a JSON body. Refuses a body that isn't an object (400), members that are
 * missing and members that aren't text (422).
 */
function readFields(
  incoming: Incoming,
  names: { readonly required?: readonly string[]; readonly optional?: readonly string[] },
): Partial<Record<string, string>> {
  const { required = [], optional = [] } = names;
  const parsed = parseObject(incoming.body);
  const missing = required.filter((name) => parsed[name] === undefined);
  if (missing.length > 0) {
    const list = missing.map((name) => `"${name}"`).join(', ');
    const verb = missing.length === 1 ? "wasn't" : "weren't";
    throw new Refusal(422, `Invalid request.\n\n${list} ${verb} supplied.`);
  }
  const fields: Partial<Record<string, string>> = {};
  for (const name of [...required, ...optional]) {
    const value = parsed[name];
    if (value === undefined) continue;
    if (typeof value !== 'string') {
      const shown = JSON.stringify(value);
      throw new Refusal(
        422,
        `Invalid request.\n\nFor 'properties/${name}', ${shown} is not a string.`,
      );
    }
    fields[name] = value;
  }
  return fields;
}

function parseObject(body: string): Readonly<Record<string, unknown>> {
  let parsed: unknown;
  try {
    parsed = JSON.parse(body);
  } catch {
    throw new Refusal(400, 'Problems parsing JSON');
  }
  if (!isObject(parsed)) throw new Refusal(400, 'Body should be a JSON object');
  return parsed;
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function checkName(kind: 'Secret' | 'Variable', name: string): void {
  if (!/^[A-Za-z_][A-Za-z0-9_]*$/.test(name)) {
    throw new Refusal(
      422,
      `${kind} names can only contain alphanumeric characters ([a-z], [A-Z], [0-9]) or underscores (_). Spaces are not allowed. Must start with a letter ([a-z], [A-Z]) or underscores (_).`,
    );
  }
  if (/^GITHUB_/i.test(name)) {
    throw new Refusal(422, `${kind} names must not start with GITHUB_.`);
  }
}

function checkSize(kind: 'Secret' | 'Variable', bytes: number): void {
  if (bytes > LIMIT_BYTES) throw new Refusal(422, `${kind} values are limited to 48 KB.`);
}

function positive(text: string | null): number | undefined {
  return text !== null && /^[1-9]\d*$/.test(text) ? Number(text) : undefined;
}

// --------------------------------------------------------------------------------- the bodies

function describeSecret(entry: Entry<Uint8Array>) {
  return {
    name: entry.name,
    created_at: isoSeconds(entry.createdAt),
    updated_at: isoSeconds(entry.updatedAt),
  };
}

function describeVariable(entry: Entry<string>) {
  return {
    name: entry.name,
    value: entry.value,
    created_at: isoSeconds(entry.createdAt),
    updated_at: isoSeconds(entry.updatedAt),
  };
}

function describeEnvironment(environment: Environment) {
  const page = `https://github.com/${environment.repository.fullName}/deployments/activity_log`;
  const madeAt = isoSeconds(environment.madeAt);
  return {
    id: environment.id,
    node_id: Buffer.from(`Environment${environment.id}`).toString('base64'),
    name: environment.name,
    url: `https://api.github.com${environment.path}`,
    html_url: `${page}?environments_filter=${encodeURIComponent(environment.name)}`,
    created_at: madeAt,
    updated_at: madeAt,
    protection_rules: [],
    deployment_branch_policy: null,
  };
}
