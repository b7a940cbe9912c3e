import { createHash } from 'node:crypto';
import { administrativeRules, admit } from './admission.ts';
import { type Answer, bodyText, errorAnswer, Refusal } from './answers.ts';
import { getRoot } from './cli.ts';
import { ENDPOINTS, type Endpoint } from './endpoints.ts';
import type { Repository } from './repository.ts';
import type { Addresses, Scene } from './scene.ts';
import type { Token } from './tokens.ts';
import type { World } from './world.ts';

/** What is looked at in a request. */
export interface Incoming {
  readonly method: string;
  /** Path and query as sent, below the base address. */
  readonly url: string;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

const DOCS = 'https://docs.github.com/rest';

/**
 * Answers a request as GitHub would, and changes the world as GitHub would. `pass` is awaited
 * between reading a branch and moving it; what it throws is thrown.
 */
export async function answerRequest(
  incoming: Incoming,
  world: World,
  addresses: Addresses,
  pass: () => Promise<void>,
): Promise<Answer> {
  if ((incoming.headers['user-agent'] ?? '') === '') return administrativeRules();
  let endpoint: Endpoint | undefined;
  try {
    const token = admit(incoming.headers, world.tokens);
    if (incoming.method === 'GET' && incoming.url === '/rate_limit') return rateLimit(world, token);
    if (incoming.method === 'GET' && incoming.url === '/') return getRoot(token, addresses);
    const route = findRoute(incoming, world);
    endpoint = route.endpoint;
    world.tokens.use(token);
    if (incoming.method !== 'GET') world.tokens.useWrite();
    const answer = await run(route, token, incoming, world, addresses, pass);
    return withEtag(answer, incoming, token, world);
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    const own = endpoint === undefined ? DOCS : `${DOCS}/${endpoint.documentation}`;
    const answer = errorAnswer(error.status, error.message, error.documentation ?? own);
    return { ...answer, headers: { ...acceptedPermissions(endpoint), ...error.headers } };
  }
}

interface Route {
  readonly endpoint: Endpoint;
  readonly repository: Repository | undefined;
  readonly parameter: string;
  readonly environment: string;
  /** Under what the request asks for it, if that isn't its name any more. */
  readonly formerName: boolean;
}

function findRoute({ method, url }: Incoming, world: World): Route {
  const [path = ''] = url.split('?', 1);
  const [, root = '', first = '', second = '', ...rest] = path.split('/').map(decodeSegment);
  // GitHub knows every repository by number too, and redirects renamed ones there.
  const byNumber = root === 'repositories';
  if (!byNumber && root !== 'repos') throw new Refusal(404, 'Not Found');
  const below = byNumber ? [second, ...rest] : rest;
  const name = `${first}/${second}`;
  const repository = byNumber ? world.findById(first) : world.find(name);
  const formerName =
    !byNumber &&
    repository !== undefined &&
    repository.fullName.toLowerCase() !== name.toLowerCase();
  for (const endpoint of ENDPOINTS) {
    const match = endpoint.method === method ? matchPath(endpoint.path, below) : undefined;
    if (match !== undefined) return { endpoint, repository, formerName, ...match };
  }
  throw new Refusal(404, 'Not Found');
}

/** What stands for `:environment` and the `*` at the pattern's end; empty where it has none. */
function matchPath(
  pattern: string,
  segments: readonly string[],
): Pick<Route, 'parameter' | 'environment'> | undefined {
  const expected = pattern.split('/').filter((segment) => segment !== '*');
  const given = segments.at(-1) === '' ? segments.slice(0, -1) : segments;
  const parameter = given.slice(expected.length).join('/');
  if (pattern === '' ? given.length > 0 : pattern.endsWith('*') !== (parameter !== '')) {
    return undefined;
  }
  let environment = '';
  for (const [index, segment] of pattern === '' ? [] : expected.entries()) {
    const own = given[index];
    if (own === undefined || (segment !== ':environment' && segment !== own)) return undefined;
    if (segment === ':environment') environment = own;
  }
  return { parameter, environment };
}

async function run(
  { endpoint, repository, parameter, environment, formerName }: Route,
  token: Token | undefined,
  incoming: Incoming,
  world: World,
  addresses: Addresses,
  pass: () => Promise<void>,
): Promise<Answer> {
  const [, query = ''] = incoming.url.split('?', 2);
  const member = repository !== undefined && isMember(token, repository);
  // Whoever may not know of a repository is told that it isn't there.
  if (repository === undefined || (repository.private && !member)) {
    throw new Refusal(404, 'Not Found');
  }
  if (formerName) return redirect(incoming, repository, addresses);
  checkPermission(endpoint, repository, member ? token : undefined, token);
  if (repository.archived && endpoint.access === 'write') {
    throw new Refusal(403, 'Repository was archived so is read-only.');
  }
  const { headers, body, url } = incoming;
  const { conduct } = world;
  const scene: Scene = {
    ...{ repository, token, headers, body, url, parameter, environment },
    ...{ conduct, addresses, pass },
    query: new URLSearchParams(query),
    age: conduct.age(),
  };
  const answer = await endpoint.run(scene);
  return { ...answer, headers: { ...acceptedPermissions(endpoint), ...answer.headers } };
}

function redirect({ method, url }: Incoming, { id }: Repository, { api }: Addresses): Answer {
  const location = api + url.replace(/^\/repos\/[^/]+\/[^/?]+/, `/repositories/${id}`);
  const documentation_url = `${DOCS}/guides/best-practices-for-using-the-rest-api#follow-redirects`;
  return {
    status: method === 'GET' ? 301 : 307,
    headers: { location },
    body: { message: 'Moved Permanently', url: location, documentation_url },
  };
}

function isMember(token: Token | undefined, repository: Repository): boolean {
  if (token === undefined) return false;
  const name = repository.fullName.toLowerCase();
  return token.repositories?.some((one) => one.toLowerCase() === name) ?? true;
}

function checkPermission(
  endpoint: Endpoint,
  repository: Repository,
  member: Token | undefined,
  sender: Token | undefined,
): void {
  if (endpoint.access === 'metadata') return;
  const open = ['contents', 'actions'].includes(endpoint.permission);
  if (endpoint.access === 'read' && open && !repository.private) return;
  if (sender === undefined) throw new Refusal(401, 'Requires authentication');
  const access = member?.[endpoint.permission === 'contents' ? 'contents' : 'settings'] ?? 'none';
  if (access === 'write' || access === endpoint.access) return;
  const kind = sender.kind === 'fine-grained' ? 'personal access token' : 'integration';
  throw new Refusal(403, `Resource not accessible by ${kind}`);
}

function acceptedPermissions(endpoint: Endpoint | undefined): Record<string, string> {
  if (endpoint === undefined) return {};
  const { access, permission } = endpoint;
  const text = access === 'metadata' ? 'metadata=read' : `${permission}=${access}`;
  return { 'x-accepted-github-permissions': text };
}

/** Gives the answer its ETag, or says that the client has it already, which costs no request. */
function withEtag(
  answer: Answer,
  { method, headers }: Incoming,
  token: Token | undefined,
  { tokens }: World,
): Answer {
  if (method !== 'GET' || answer.status !== 200) return answer;
  const text = (token?.text ?? '') + bodyText(answer);
  const etag = `W/"${createHash('sha256').update(text).digest('hex')}"`;
  const kept = { ...answer.headers, etag, 'cache-control': 'private, max-age=60, s-maxage=60' };
  const known = (headers['if-none-match'] ?? '').split(',').map((tag) => tag.trim());
  const strong = (tag: string) => tag.replace(/^W\//, '');
  if (!known.some((tag) => strong(tag) === strong(etag))) return { ...answer, headers: kept };
  if (token !== undefined) tokens.quota(token).remaining += 1;
  return { status: 304, headers: kept };
}

function rateLimit({ tokens }: World, token: Token | undefined): Answer {
  const { limit, remaining, resetAt } = tokens.quota(token);
  const used = limit - remaining;
  const core = { limit, used, remaining, reset: Math.ceil(resetAt / 1000), resource: 'core' };
  const search = { ...core, limit: 30, used: 0, remaining: 30, resource: 'search' };
  return { status: 200, body: { resources: { core, search }, rate: core } };
}

function decodeSegment(segment: string): string {
  try {
    return decodeURIComponent(segment);
  } catch {
    throw new Refusal(400, 'Bad Request');
  }
}
