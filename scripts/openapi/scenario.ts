import { ENDPOINTS } from '../../__tests__/support/github/endpoints.ts';
import {
  blobSha,
  type Exchange,
  fault,
  type GitHub,
  startGitHub,
} from '../../__tests__/support/github/server.ts';

const TOKEN = 'ghs_scenario';
const REPOSITORY = '/repos/acme/deploy';

/** Asks the look-alike everything that it can be asked, with what is refused too, and gives the record. */
export async function runScenario(): Promise<readonly Exchange[]> {
  await using github = await startGitHub({
    repositories: {
      'acme/deploy': {
        branches: { main: { 'src/a.txt': 'a' }, tokens: { 'x.json': '{}' }, 'a/b': {} },
      },
      'acme/empty': {},
      'acme/secrets': { environments: ['eu/live'] },
    },
    tokens: { [TOKEN]: { contents: 'write', settings: 'write' } },
  });
  const client = new Client(github);
  await read(client);
  await write(client, github);
  await makeBranch(client);
  await keepSecrets(client);
  await beRefused(client, github);
  const asked = new Set(github.requests.map(({ method, path }) => `${method} ${below(path)}`));
  for (const { method, path } of ENDPOINTS) {
    const text = path.replace('*', '.+').replace(':environment', '[^/]+');
    const pattern = new RegExp(`^${method} ${text}$`);
    if (![...asked].some((line) => pattern.test(line))) {
      throw new Error(`The scenario has to ask for ${method} ${path}`);
    }
  }
  return github.exchanges();
}

class Client {
  readonly #github: GitHub;

  constructor(github: GitHub) {
    this.#github = github;
  }

  async send(
    method: string,
    path: string,
    body?: unknown,
    headers: Readonly<Record<string, string>> = {},
  ): Promise<unknown> {
    const url = this.#github.url + (path.startsWith('/') ? path : `${REPOSITORY}/${path}`);
    const response = await fetch(url, {
      method,
      headers: { 'user-agent': 'scenario', authorization: `Bearer ${TOKEN}`, ...headers },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const text = await response.text();
    return text === '' ? undefined : JSON.parse(text);
  }

  /** Sends a request and gives the `sha` of its answer. */
  async sha(method: string, path: string, body?: unknown): Promise<string> {
    return String(Object(await this.send(method, path, body)).sha);
  }
}

async function read(client: Client): Promise<void> {
  for (const path of [
    ...[
      '/',
      '/rate_limit',
      REPOSITORY,
      'branches',
      'branches?per_page=1&page=2',
      'branches/tokens',
    ],
    ...['branches/a/b', 'branches/gone', 'contents/x.json?ref=tokens', 'contents/x.json?ref=gone'],
    ...[
      'contents/src',
      'contents/src/a.txt',
      'commits',
      'commits?sha=tokens&path=x.json&per_page=1',
    ],
    ...['commits/tokens', 'commits/gone', 'git/ref/heads/tokens', 'git/ref/heads/gone'],
    ...['git/matching-refs/heads/t', 'git/trees/tokens', `git/blobs/${blobSha('{}')}`],
    ...[`git/blobs/${blobSha('gone')}`, '/repos/acme/gone', '/repos/acme/empty/contents/x'],
    ...['/repos/acme/empty/commits', '/repos/acme/empty/git/ref/heads/main'],
  ]) {
    await client.send('GET', path);
  }
  // The description knows this one only with a path, which may be empty for the root.
  await client.send('GET', 'contents/');
}

async function write(client: Client, github: GitHub): Promise<void> {
  const repository = github.repository('acme/deploy');
  const body = (content: string, sha?: string) => ({
    message: 'Change [skip ci]',
    content: Buffer.from(content).toString('base64'),
    branch: 'tokens',
    sha,
  });
  const file = 'contents/x.json';
  await client.send('PUT', file, body('1', blobSha('{}')));
  await client.send('PUT', 'contents/y.json', body('1'));
  await client.send('PUT', file, body('2'));
  await client.send('PUT', file, body('2', blobSha('stale')));
  await client.send('PUT', file, { ...body('2'), branch: 'gone' });
  await client.send('DELETE', 'contents/y.json', { ...body('', blobSha('1')), content: undefined });
  await client.send('DELETE', 'contents/y.json', { ...body('', blobSha('1')), content: undefined });
  const hold = github.hold('PUT', { when: 'during' });
  const loser = client.send('PUT', file, body('3', blobSha('1')));
  await hold.reached;
  repository.commit('tokens', { z: '1' });
  hold.release();
  await loser;
  const first = await client.send('GET', `${file}?ref=tokens`);
  const etag = github.requests.at(-1)?.answer?.headers?.['etag'] ?? '';
  await client.send('GET', `${file}?ref=tokens`, undefined, { 'if-none-match': etag });
  if (first === undefined) throw new Error('A file that was written can be read');
}

async function makeBranch(client: Client): Promise<void> {
  await client.send('POST', 'git/blobs', { content: 'e30=', encoding: 'base64' });
  const entry = { path: 'x.json', mode: '100644', type: 'blob', content: '{}' };
  const tree = await client.sha('POST', 'git/trees', { tree: [entry] });
  const commit = await client.sha('POST', 'git/commits', { message: 'Begin', tree, parents: [] });
  const next = await client.sha('POST', 'git/commits', { message: 'Go', tree, parents: [commit] });
  await client.send('GET', `git/commits/${commit}`);
  await client.send('POST', 'git/refs', { ref: 'refs/heads/new', sha: commit });
  await client.send('POST', 'git/refs', { ref: 'refs/heads/new', sha: commit });
  await client.send('PATCH', 'git/refs/heads/new', { sha: next });
  await client.send('PATCH', 'git/refs/heads/new', { sha: commit });
  await client.send('DELETE', 'git/refs/heads/new');
  await client.send('DELETE', 'git/refs/heads/new');
  await client.send('POST', '/repos/acme/empty/git/trees', { tree: [entry] });
  await client.send('POST', '/repos/acme/empty/git/refs', { ref: 'refs/heads/new', sha: commit });
}

async function keepSecrets(client: Client): Promise<void> {
  const repository = '/repos/acme/secrets';
  await client.send('GET', `${repository}/environments/eu%2Flive`);
  await client.send('GET', `${repository}/environments/gone`);
  for (const root of ['actions', 'environments/eu%2Flive', 'environments/gone']) {
    const send = (method: string, path: string, body?: unknown) =>
      client.send(method, `${repository}/${root}/${path}`, body);
    const { key_id = '1' } = Object(await send('GET', 'secrets/public-key'));
    const secret = { encrypted_value: Buffer.alloc(48).toString('base64'), key_id };
    for (const path of ['secrets/NAME', 'secrets/NAME']) await send('PUT', path, secret);
    for (const path of ['secrets', 'secrets?per_page=100', 'secrets/NAME', 'secrets/GONE']) {
      await send('GET', path);
    }
    await send('POST', 'variables', { name: 'NAME', value: '' });
    await send('PATCH', 'variables/NAME', { name: 'NAME', value: '1' });
    for (const path of ['variables', 'variables/NAME', 'variables/GONE']) await send('GET', path);
  }
}

async function beRefused(client: Client, github: GitHub): Promise<void> {
  const repository = github.repository('acme/deploy');
  const body = { message: 'No', content: 'e30=', branch: 'tokens', sha: blobSha('1') };
  const put = () => client.send('PUT', 'contents/x.json', body);
  repository.protect('tokens', { reviews: 1 });
  await put();
  await client.send('GET', 'branches/tokens');
  repository.protect('tokens', undefined);
  repository.ruleset({ include: ['~ALL'], rules: ['pull_request', 'creation'] });
  await put();
  const sha = repository.head('tokens');
  await client.send('POST', 'git/refs', { ref: 'refs/heads/other', sha });
  repository.rules.clear();
  github.token({ contents: 'read' }, TOKEN);
  await put();
  github.revoke(TOKEN);
  await put();
  github.token({ contents: 'write' }, TOKEN);
  github.inject('PUT', fault.secondaryRateLimit(429, 60));
  await put();
  github.inject('PUT', fault.error(500, 'Server Error'));
  await put();
  github.quota(TOKEN).remaining = 0;
  await client.send('GET', REPOSITORY);
}

function below(path: string): string {
  return path.replace(/^\/repos\/[^/]+\/[^/]+\/?/, '').replace(/\/$/, '');
}
