import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { type ClientRequest, request as httpRequest, type IncomingMessage } from 'node:http';
import { request as httpsRequest } from 'node:https';
import { text as textOf } from 'node:stream/consumers';
import { describe, it, type TestContext } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import {
  type Environment,
  fault,
  type GitHubApi,
  type GitHubOptions,
  seal,
  startGitHub,
} from './github-api.ts';

// These tests prove the look-alike that other tests stand on: that it says what GitHub's REST API
// says, and that every fault really happens to the client.

const SECRET = '/secrets/SF_REFRESH_TOKEN';

interface World {
  readonly api: GitHubApi;
  readonly environment: Environment;
  /** Sends one request below the environment, or below the API for a path that names its repository. */
  send(method: string, path: string, options?: SendOptions): Promise<Reply>;
  /** Seals and puts a secret, as the action does. */
  put(name: string, value: string | Uint8Array): Promise<Reply>;
}

interface SendOptions {
  /** Left out: a token that may write environments. `null`: no token at all. */
  readonly token?: string | null;
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
  readonly signal?: AbortSignal;
}

interface Reply {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  readonly json: unknown;
}

async function world(t: TestContext, options: GitHubOptions = {}): Promise<World> {
  const api = await startGitHub(options);
  t.after(() => api.close());
  const environment = api.environment('octo/demo', 'salesforce');
  const writer = api.token({ environments: 'write', repositories: ['octo/demo'] });
  const send: World['send'] = async (
    method,
    path,
    { token = writer, body, headers, signal } = {},
  ) => {
    const below = /^\/repos(itories)?\//.test(path) ? path : `${environment.path}${path}`;
    const response = await fetch(`${api.url}${below}`, {
      method,
      redirect: 'manual',
      headers: { ...(token === null ? {} : { authorization: `Bearer ${token}` }), ...headers },
      ...(body === undefined
        ? {}
        : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
      ...(signal === undefined ? {} : { signal }),
    });
    const text = await response.text();
    return { status: response.status, headers: response.headers, text, json: tryJson(text) };
  };
  const put: World['put'] = async (name, value) => {
    const { key_id, key } = keyOf((await send('GET', '/secrets/public-key')).json);
    const body = { encrypted_value: seal(value, { key_id, key }), key_id };
    return send('PUT', `/secrets/${name}`, { body });
  };
  return { api, environment, send, put };
}

function tryJson(text: string): unknown {
  return text === '' || text.startsWith('<') ? undefined : JSON.parse(text);
}

function keyOf(json: unknown): { key_id: string; key: string } {
  const key_id = member(json, 'key_id');
  const key = member(json, 'key');
  assert.ok(typeof key_id === 'string' && typeof key === 'string');
  return { key_id, key };
}

function member(value: unknown, name: string): unknown {
  return isObject(value) ? value[name] : undefined;
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null;
}

/** The code of what made a request fail. */
async function failureOf(attempt: Promise<unknown>): Promise<string> {
  try {
    await attempt;
  } catch (error) {
    // fetch hides the reason behind its own error.
    return String(member(member(error, 'cause') ?? error, 'code'));
  }
  throw new Error('It did not fail');
}

/** The response to a request made without fetch. */
async function responseTo(request: ClientRequest): Promise<IncomingMessage> {
  request.end();
  return new Promise((resolve, reject) => request.on('response', resolve).on('error', reject));
}

describe('environment secrets', () => {
  it('a missing one is 404 in the shape of all errors', async (t) => {
    const { send } = await world(t);
    const reply = await send('GET', SECRET);
    assert.equal(reply.status, 404);
    assert.deepEqual(reply.json, {
      message: 'Not Found',
      documentation_url: 'https://docs.github.com/rest/actions/secrets#get-an-environment-secret',
      status: '404',
    });
    assert.equal(reply.headers.get('content-type'), 'application/json; charset=utf-8');
    assert.equal(reply.headers.get('x-accepted-github-permissions'), 'environments=read');
  });

  it('are created with 201 and {}, updated with 204 and nothing, deleted with 204', async (t) => {
    const { environment, send, put } = await world(t);
    const created = await put('SF_REFRESH_TOKEN', 'first');
    assert.deepEqual([created.status, created.text], [201, '{}']);
    assert.equal(environment.secret('SF_REFRESH_TOKEN'), 'first');
    const updated = await put('SF_REFRESH_TOKEN', 'second');
    assert.deepEqual([updated.status, updated.text], [204, '']);
    assert.equal(environment.secret('SF_REFRESH_TOKEN'), 'second');
    assert.deepEqual(environment.secretHistory('SF_REFRESH_TOKEN'), ['first', 'second']);
    assert.equal((await send('DELETE', SECRET)).status, 204);
    assert.equal((await send('DELETE', SECRET)).status, 404);
    assert.deepEqual(environment.secretNames, []);
  });

  it('are described without their value, with creation and update in whole seconds', async (t) => {
    const { api, send, put } = await world(t);
    api.clock.set(new Date('2026-03-01T10:00:00.400Z'));
    await put('SF_REFRESH_TOKEN', 'first');
    api.clock.advance(90_000);
    await put('SF_REFRESH_TOKEN', 'second');
    const described = await send('GET', SECRET);
    assert.equal(described.status, 200);
    assert.deepEqual(described.json, {
      name: 'SF_REFRESH_TOKEN',
      created_at: '2026-03-01T10:00:00Z',
      updated_at: '2026-03-01T10:01:30Z',
    });
  });

  it('keep every byte, and are stored under the upper-case name', async (t) => {
    const { environment, send, put } = await world(t);
    const bytes = Uint8Array.from({ length: 256 }, (_, index) => index);
    assert.equal((await put('sf_bytes', bytes)).status, 201);
    assert.deepEqual(environment.secretNames, ['SF_BYTES']);
    assert.deepEqual(new Uint8Array(environment.secretBytes('Sf_Bytes') ?? []), bytes);
    assert.equal(member((await send('GET', '/secrets/sf_Bytes')).json, 'name'), 'SF_BYTES');
    await put('TEXT', 'force://PlatformCLI::5Aep…ü\n@x.my.salesforce.com');
    assert.equal(environment.secret('TEXT'), 'force://PlatformCLI::5Aep…ü\n@x.my.salesforce.com');
  });

  it('that are badly encrypted are 422 and change nothing', async (t) => {
    const { api, environment, send } = await world(t);
    environment.setSecret('SF_REFRESH_TOKEN', 'kept');
    const { key_id, key } = environment.publicKey;
    const other = api.environment('octo/demo', 'other').publicKey;
    const good = seal('new', { key_id, key });
    const badBox = Buffer.from(good, 'base64');
    badBox.writeUInt8(badBox.readUInt8(50) ^ 1, 50);
    const urlSafe = seal('?'.repeat(400), { key_id, key })
      .replaceAll('+', '-')
      .replaceAll('/', '_');
    const bodies: [what: string, body: unknown, message: RegExp][] = [
      ['in the clear', { encrypted_value: btoa('new token!'), key_id }, /improperly encrypted/],
      ['for another key', { encrypted_value: seal('new', other), key_id }, /improperly encrypted/],
      ['another key id', { encrypted_value: good, key_id: other.key_id }, /improperly encrypted/],
      ['a flipped bit', { encrypted_value: badBox.toString('base64'), key_id }, /improperly encry/],
      ['URL-safe base64', { encrypted_value: urlSafe, key_id }, /does not match \/\^\(/],
      ['no padding', { encrypted_value: 'YQ', key_id }, /does not match/],
      ['no key id', { encrypted_value: good }, /"key_id" wasn't supplied/],
      ['no members', {}, /"encrypted_value", "key_id" weren't supplied/],
      [
        'a number',
        { encrypted_value: good, key_id: 1 },
        /For 'properties\/key_id', 1 is not a string/,
      ],
    ];
    for (const [what, body, message] of bodies) {
      const reply = await send('PUT', SECRET, { body });
      assert.equal(reply.status, 422, what);
      assert.match(String(member(reply.json, 'message')), message, what);
      assert.equal(member(reply.json, 'status'), '422');
    }
    assert.equal((await send('PUT', SECRET, { body: '{' })).status, 400);
    assert.equal((await send('PUT', SECRET, { body: '[]' })).status, 400);
    assert.equal(environment.secret('SF_REFRESH_TOKEN'), 'kept');
  });

  it('every environment has its own key, and a key that rotates meanwhile is 422', async (t) => {
    const { api, environment, send, put } = await world(t);
    assert.notDeepEqual(environment.publicKey, api.environment('octo/demo', 'b').publicKey);
    const { key } = keyOf((await send('GET', '/secrets/public-key')).json);
    assert.equal(Buffer.from(key, 'base64').length, 32);
    api.intercept(
      'GET /secrets/public-key',
      () => {
        environment.rotateKey();
      },
      { when: 'after' },
    );
    assert.equal((await put('SF_REFRESH_TOKEN', 'x')).status, 422);
    assert.equal((await put('SF_REFRESH_TOKEN', 'x')).status, 201);
  });
});

describe('environment variables', () => {
  it('are created once, then 409, updated in place, deleted', async (t) => {
    const { api, environment, send } = await world(t);
    api.clock.set(new Date('2026-03-01T10:00:00Z'));
    const body = { name: 'sf_state', value: '{"spent":[]}' };
    const created = await send('POST', '/variables', { body });
    assert.deepEqual([created.status, created.text], [201, '{}']);
    const again = await send('POST', '/variables', { body: { ...body, name: 'SF_STATE' } });
    assert.equal(again.status, 409);
    assert.equal(member(again.json, 'message'), 'Already exists - Variable already exists');
    api.clock.advance(60_000);
    const patched = await send('PATCH', '/variables/SF_STATE', {
      body: { name: 'SF_STATE', value: 'new' },
    });
    assert.deepEqual([patched.status, patched.text], [204, '']);
    assert.deepEqual((await send('GET', '/variables/sf_state')).json, {
      name: 'SF_STATE',
      value: 'new',
      // An update keeps `created_at`: whoever measures an age by it must know.
      created_at: '2026-03-01T10:00:00Z',
      updated_at: '2026-03-01T10:01:00Z',
    });
    assert.deepEqual(environment.variableHistory('SF_STATE'), ['{"spent":[]}', 'new']);
    assert.equal((await send('DELETE', '/variables/SF_STATE')).status, 204);
    for (const method of ['GET', 'DELETE']) {
      assert.equal((await send(method, '/variables/SF_STATE')).status, 404);
    }
    assert.equal(
      (await send('PATCH', '/variables/SF_STATE', { body: { value: 'x' } })).status,
      404,
    );
    assert.deepEqual(environment.variableNames, []);
  });

  it('of many that create one at the same time, one does', async (t) => {
    const { environment, send } = await world(t);
    const replies = await Promise.all(
      Array.from({ length: 20 }, (_, index) =>
        send('POST', '/variables', { body: { name: 'LOCK', value: String(index) } }),
      ),
    );
    const winners = replies.flatMap((reply, index) =>
      reply.status === 201 ? [String(index)] : [],
    );
    assert.equal(winners.length, 1);
    assert.equal(replies.filter((reply) => reply.status === 409).length, 19);
    assert.equal(environment.variable('LOCK'), winners[0]);
  });

  it('can be renamed, but not onto another', async (t) => {
    const { environment, send } = await world(t);
    environment.setVariable('A', '1', { createdAt: new Date('2025-01-01T00:00:00Z') });
    environment.setVariable('B', '2');
    assert.equal((await send('PATCH', '/variables/A', { body: { name: 'B' } })).status, 409);
    assert.equal((await send('PATCH', '/variables/A', { body: { name: 'c' } })).status, 204);
    assert.deepEqual(environment.variableNames, ['B', 'C']);
    const renamed = (await send('GET', '/variables/C')).json;
    assert.equal(member(renamed, 'created_at'), '2025-01-01T00:00:00Z');
  });

  it('are refused with bad names and bad bodies', async (t) => {
    const { environment, send, put } = await world(t);
    for (const name of ['GITHUB_TOKEN', 'github_x', '1ST', 'WITH-DASH', 'WITH SPACE', 'É', '']) {
      const reply = await send('POST', '/variables', { body: { name, value: 'x' } });
      assert.equal(reply.status, 422, name);
      if (name !== '') assert.equal((await put(encodeURIComponent(name), 'x')).status, 422, name);
    }
    assert.equal((await send('POST', '/variables', { body: { name: 'A' } })).status, 422);
    assert.equal((await send('POST', '/variables', { body: { name: 'A', value: 1 } })).status, 422);
    assert.deepEqual([environment.variableNames, environment.secretNames], [[], []]);
  });

  it('and secrets hold 48 KB and not a byte more', async (t) => {
    const { send, put } = await world(t);
    const full = 'ü'.repeat(24 * 1024);
    assert.equal(
      (await send('POST', '/variables', { body: { name: 'A', value: full } })).status,
      201,
    );
    const more = { name: 'B', value: `${full}x` };
    assert.equal((await send('POST', '/variables', { body: more })).status, 422);
    assert.equal(
      (await send('PATCH', '/variables/A', { body: { value: `${full}x` } })).status,
      422,
    );
    assert.equal((await put('A', full)).status, 201);
    assert.equal((await put('A', `${full}x`)).status, 422);
  });
});

describe('reads that lag behind', () => {
  it('show the state of a moment ago, while writes meet the newest', async (t) => {
    const { api, environment, send, put } = await world(t);
    environment.setVariable('STATE', 'old');
    api.readLag = 5_000;
    assert.equal(
      (await send('POST', '/variables', { body: { name: 'LOCK', value: '1' } })).status,
      201,
    );
    assert.equal((await send('GET', '/variables/LOCK')).status, 404);
    assert.equal(
      (await send('POST', '/variables', { body: { name: 'LOCK', value: '2' } })).status,
      409,
    );
    await send('PATCH', '/variables/STATE', { body: { value: 'new' } });
    assert.equal(member((await send('GET', '/variables/STATE')).json, 'value'), 'old');
    assert.equal(environment.variable('STATE'), 'new');
    await put('SF_REFRESH_TOKEN', 'x');
    assert.equal((await send('GET', SECRET)).status, 404);
    api.clock.advance(6_000);
    assert.equal(member((await send('GET', '/variables/STATE')).json, 'value'), 'new');
    assert.equal((await send('GET', '/variables/LOCK')).status, 200);
    await send('DELETE', '/variables/LOCK');
    assert.equal((await send('GET', '/variables/LOCK')).status, 200);
    api.clock.advance(6_000);
    assert.equal((await send('GET', '/variables/LOCK')).status, 404);
  });
});

describe('tokens', () => {
  it('unknown, revoked and expired ones are 401 Bad credentials', async (t) => {
    const { api, send } = await world(t);
    const revoked = api.token({ environments: 'write' });
    api.revoke(revoked);
    const expiring = api.token({
      environments: 'write',
      expiresAt: new Date(api.clock.now() + 3_600_000),
    });
    assert.equal((await send('GET', SECRET, { token: expiring })).status, 404);
    api.clock.advance(3_600_000);
    for (const token of ['ghs_unknown', revoked, expiring]) {
      const reply = await send('GET', SECRET, { token });
      assert.equal(reply.status, 401);
      assert.deepEqual(reply.json, {
        message: 'Bad credentials',
        documentation_url: 'https://docs.github.com/rest',
        status: '401',
      });
    }
  });

  it('are taken as Bearer and as token, and in no other form', async (t) => {
    const { api, send } = await world(t);
    const text = api.token({ environments: 'read' });
    const authorize = async (authorization: string) =>
      (await send('GET', '/secrets/public-key', { token: null, headers: { authorization } }))
        .status;
    assert.equal(await authorize(`bearer ${text}`), 200);
    assert.equal(await authorize(`token ${text}`), 200);
    assert.equal(await authorize(text), 401);
    assert.equal(await authorize(`Basic ${btoa(`x:${text}`)}`), 401);
  });

  it('need the permission for environments: reads to read, writes to write', async (t) => {
    const { api, environment, send } = await world(t);
    environment.setSecret('SF_REFRESH_TOKEN', 'x');
    environment.setVariable('A', 'x');
    const key = environment.publicKey;
    const requests: [method: string, path: string, body?: unknown][] = [
      ['GET', SECRET],
      ['GET', '/secrets/public-key'],
      ['GET', '/variables/A'],
      ['PUT', SECRET, { encrypted_value: seal('y', key), key_id: key.key_id }],
      ['POST', '/variables', { name: 'B', value: 'x' }],
      ['PATCH', '/variables/A', { value: 'y' }],
      ['DELETE', '/variables/A'],
      ['DELETE', SECRET],
    ];
    const reader = api.token({ environments: 'read' });
    const others = api.token({ secrets: 'write', variables: 'write', actions: 'write' });
    for (const [method, path, body] of requests) {
      const what = `${method} ${path}`;
      const refused = await send(method, path, { token: others, body });
      assert.equal(refused.status, 403, what);
      assert.equal(member(refused.json, 'message'), 'Resource not accessible by integration');
      const read = await send(method, path, { token: reader, body });
      assert.equal(read.status, method === 'GET' ? 200 : 403, what);
      assert.ok((await send(method, path, { body })).status < 300, what);
    }
  });

  it('are told by their kind why they may not', async (t) => {
    const { api, send } = await world(t);
    const message = async (token: string) => {
      const reply = await send('GET', SECRET, { token });
      assert.equal(reply.status, 403);
      return member(reply.json, 'message');
    };
    assert.equal(await message(api.token()), 'Resource not accessible by integration');
    assert.equal(
      await message(api.token({ kind: 'fine-grained' })),
      'Resource not accessible by personal access token',
    );
    const workflow = api.token({ kind: 'GITHUB_TOKEN', actions: 'write', secrets: 'write' });
    assert.equal(await message(workflow), 'Resource not accessible by integration');
    assert.throws(() => api.token({ kind: 'GITHUB_TOKEN', environments: 'write' }));
    assert.match(api.token(), /^ghs_\w{36}$/);
    assert.match(api.token({ kind: 'fine-grained' }), /^github_pat_\w{82}$/);
  });

  it('do not see private repositories that they were not made for', async (t) => {
    const { api, send } = await world(t);
    const foreign = api.token({ environments: 'write', repositories: ['octo/else'] });
    assert.equal((await send('GET', '/secrets/public-key', { token: foreign })).status, 404);
    assert.equal((await send('GET', '/secrets/public-key', { token: null })).status, 404);
    api.repository('octo/demo').private = false;
    assert.equal((await send('GET', '/secrets/public-key', { token: foreign })).status, 403);
    assert.equal((await send('GET', '/secrets/public-key', { token: null })).status, 401);
    assert.equal((await send('GET', '/secrets/public-key')).status, 200);
  });
});

describe('addresses', () => {
  it('take environments with spaces, slashes, percent signs and other scripts, encoded', async (t) => {
    const { api, send } = await world(t);
    for (const name of ['prod eu', 'prod/eu', '100% Größe', 'prod+eu?#', '本番']) {
      const environment = api.environment('octo/demo', name);
      environment.setVariable('A', name);
      const encoded = `/repos/octo/demo/environments/${encodeURIComponent(name)}/variables/A`;
      assert.equal(member((await send('GET', encoded)).json, 'value'), name);
    }
    const unencoded = '/repos/octo/demo/environments/prod/eu/variables/A';
    assert.equal((await send('GET', unencoded)).status, 404);
    const twice = '/repos/octo/demo/environments/prod%252Feu/variables/A';
    assert.equal((await send('GET', twice)).status, 404);
    assert.equal((await send('GET', '/repos/octo/demo/environments/%zz/variables/A')).status, 400);
  });

  it('ignore the case of owner, repository and environment', async (t) => {
    const { environment, send } = await world(t);
    environment.setVariable('A', 'x');
    const path = '/repos/OCTO/Demo/environments/SalesForce/variables/a';
    assert.equal((await send('GET', path)).status, 200);
  });

  it('are 404 for repositories, environments and endpoints that are not there', async (t) => {
    const { api, send } = await world(t);
    const body = { name: 'A', value: 'x' };
    const missing = '/repos/octo/demo/environments/missing/variables';
    assert.equal((await send('POST', missing, { body })).status, 404);
    assert.equal((await send('GET', '/repos/octo/missing/environments/x/variables/A')).status, 404);
    assert.equal((await send('PUT', '/variables/A', { body })).status, 404);
    api.repository('octo/demo').deleteEnvironment('salesforce');
    assert.equal((await send('GET', '/secrets/public-key')).status, 404);
  });

  it('know a repository by its number too', async (t) => {
    const { api, send } = await world(t);
    const { id } = api.repository('octo/demo');
    const path = `/repositories/${id}/environments/salesforce/secrets/public-key`;
    assert.equal((await send('GET', path)).status, 200);
  });

  it('have a base path where an Enterprise Server has one', async (t) => {
    const { api, environment, send } = await world(t, { basePath: '/api/v3' });
    assert.match(api.url, /^http:\/\/127\.0\.0\.1:\d+\/api\/v3$/);
    assert.equal((await send('GET', '/secrets/public-key')).status, 200);
    assert.equal(api.requests[0]?.path, `${environment.path}/secrets/public-key`);
    const outside = await fetch(new URL(environment.path, api.url), {
      headers: { authorization: `Bearer ${api.token({ actions: 'read' })}` },
    });
    assert.equal(outside.status, 404);
  });
});

describe('the environment itself', () => {
  it('needs the permission for actions, and none in a public repository', async (t) => {
    const { api, send } = await world(t);
    assert.equal((await send('GET', '')).status, 403);
    const described = await send('GET', '', { token: api.token({ actions: 'read' }) });
    assert.equal(described.status, 200);
    assert.equal(member(described.json, 'name'), 'salesforce');
    api.repository('octo/demo').private = false;
    assert.equal((await send('GET', '', { token: null })).status, 200);
  });
});

describe('repository and organisation level', () => {
  it('are read at their own endpoints with their own permissions', async (t) => {
    const { api, send } = await world(t);
    api.repository('octo/demo').setSecret('SF_REFRESH_TOKEN', 'x');
    api.repository('octo/demo').setVariable('LEVEL', 'repository');
    const token = api.token({ secrets: 'read', variables: 'read' });
    const get = (path: string) => send('GET', `/repos/octo/demo/actions/${path}`, { token });
    assert.equal(member((await get('secrets/sf_refresh_token')).json, 'name'), 'SF_REFRESH_TOKEN');
    assert.equal(member((await get('variables/LEVEL')).json, 'value'), 'repository');
    assert.equal((await get('secrets/OTHER')).status, 404);
    assert.equal((await send('GET', SECRET)).status, 404);
    assert.equal((await send('GET', '/repos/octo/demo/actions/secrets/X')).status, 403);
  });

  it('list what an organisation shares, page by page', async (t) => {
    const { api, send } = await world(t);
    for (const name of ['C', 'A', 'B']) api.organization('octo').setSecret(name, 'x');
    api.organization('octo').setVariable('LEVEL', 'organisation');
    const token = api.token({ secrets: 'read', variables: 'read' });
    const get = (path: string) => send('GET', `/repos/octo/demo/actions/${path}`, { token });
    const first = await get('organization-secrets?per_page=2');
    assert.equal(member(first.json, 'total_count'), 3);
    assert.match(first.headers.get('link') ?? '', /<http:[^>]*per_page=2&page=2>; rel="next"/);
    const second = await get('organization-secrets?per_page=2&page=2');
    assert.equal(second.headers.get('link'), null);
    assert.match(second.text, /"total_count":3,"secrets":\[\{"name":"C","created_at":/);
    assert.match((await get('organization-variables')).text, /"name":"LEVEL","value":"organis/);
  });
});

describe('the protocol', () => {
  it('turns away whoever sends no User-Agent', async (t) => {
    const { api, environment } = await world(t);
    const response = await responseTo(httpRequest(`${api.url}${environment.path}`));
    assert.equal(response.statusCode, 403);
    assert.match(await textOf(response), /^Request forbidden by administrative rules\./);
  });

  it('takes the versions and media types that there are', async (t) => {
    const { send } = await world(t);
    const status = async (headers: Record<string, string>) =>
      (await send('GET', '/secrets/public-key', { headers })).status;
    assert.equal(await status({ 'x-github-api-version': '2022-11-28' }), 200);
    assert.equal(await status({ 'x-github-api-version': '2022-11-29' }), 400);
    assert.equal(await status({ accept: 'application/vnd.github+json' }), 200);
    assert.equal(await status({ accept: 'text/html' }), 415);
  });

  it('says the time by its own clock in every answer', async (t) => {
    const { api, send } = await world(t);
    api.clock.set(new Date('2031-05-06T07:08:09.900Z'));
    assert.equal((await send('GET', SECRET)).headers.get('date'), 'Tue, 06 May 2031 07:08:09 GMT');
    api.inject(SECRET, fault.unavailable());
    assert.match((await send('GET', SECRET)).headers.get('date') ?? '', /^Tue, 06 May 2031/);
    api.clock.reset();
    const date = Date.parse((await send('GET', SECRET)).headers.get('date') ?? '');
    assert.ok(Math.abs(date - Date.now()) < 5_000);
  });
});

describe('faults', () => {
  const post = { body: { name: 'LOCK', value: '1' } };

  it('before: the server has done nothing; after: it has, and the answer is lost', async (t) => {
    const { api, environment, send } = await world(t);
    for (const lost of [fault.reset(), fault.close()]) {
      const code = lost.kind === 'reset' ? 'ECONNRESET' : 'UND_ERR_SOCKET';
      api.inject('POST /variables', lost);
      assert.equal(await failureOf(send('POST', '/variables', post)), code);
      assert.equal(environment.variable('LOCK'), undefined);
      api.inject('POST /variables', lost, { when: 'after' });
      assert.equal(await failureOf(send('POST', '/variables', post)), code);
      assert.equal(environment.variable('LOCK'), '1');
      assert.equal((await send('POST', '/variables', post)).status, 409);
      environment.deleteVariable('LOCK');
    }
    assert.deepEqual(api.trace(), [
      'POST variables - reset',
      'POST variables 201 reset',
      'POST variables 409',
      'POST variables - closed',
      'POST variables 201 closed',
      'POST variables 409',
    ]);
  });

  it('break an answer off in its body, or in its head where it has none', async (t) => {
    const { api, environment, send } = await world(t);
    environment.setVariable('A', 'x'.repeat(1000));
    api.inject('GET /variables/A', fault.breakOff(), { when: 'after' });
    const response = await fetch(`${api.url}${environment.path}/variables/A`, {
      headers: { authorization: `Bearer ${api.token({ environments: 'read' })}` },
    });
    assert.equal(response.status, 200);
    assert.equal(await failureOf(response.text()), 'UND_ERR_SOCKET');
    assert.ok((api.requests[0]?.bytesSent ?? 0) > 500);
    api.inject('DELETE', fault.breakOff(), { when: 'after' });
    assert.match(await failureOf(send('DELETE', '/variables/A')), /^(HPE|UND_ERR)_/);
    assert.deepEqual(environment.variableNames, []);
    api.inject('GET', fault.breakOff());
    assert.equal(await failureOf(send('GET', '/variables/A')), 'UND_ERR_SOCKET');
  });

  it('never answer', async (t) => {
    const { api, environment, send } = await world(t);
    api.inject('POST', fault.silence(), { when: 'after' });
    const attempt = send('POST', '/variables', { ...post, signal: AbortSignal.timeout(200) });
    await assert.rejects(attempt, { name: 'TimeoutError' });
    assert.equal(environment.variable('LOCK'), '1');
    assert.deepEqual(api.trace(), ['POST variables 201 pending']);
  });

  it('never end the body, at the pace of the client', async (t) => {
    const { api, environment } = await world(t);
    api.inject('GET', fault.endless());
    const response = await fetch(`${api.url}${environment.path}`);
    let read = 0;
    for await (const chunk of response.body ?? []) {
      read += chunk.length;
      if (read > 5_000_000) break;
    }
    assert.ok(read > 5_000_000);
    while (api.requests[0]?.delivery !== 'gone') await sleep(5);
    assert.ok(api.requests[0].bytesSent >= read);
    assert.ok(api.requests[0].bytesSent < 100_000_000);
  });

  it('drip and delay', async (t) => {
    const { api, send } = await world(t);
    api.inject('GET', fault.drip(2), { when: 'after' });
    const started = performance.now();
    const reply = await send('GET', '/secrets/public-key');
    assert.equal(keyOf(reply.json).key.length, 44);
    assert.ok(performance.now() - started > reply.text.length);
    api.inject('GET', fault.delay(100));
    const again = performance.now();
    assert.equal((await send('GET', '/secrets/public-key')).status, 200);
    assert.ok(performance.now() - again > 95);
  });

  it('answer something else, before or after', async (t) => {
    const { api, environment, send } = await world(t);
    api.inject('POST', fault.unavailable(502), { when: 'after' });
    const reply = await send('POST', '/variables', post);
    assert.equal(reply.status, 502);
    assert.match(reply.text, /^<!DOCTYPE html>/);
    assert.equal(environment.variable('LOCK'), '1');
    api.inject('GET', fault.answer(200, '<not json>', { 'content-type': 'text/plain' }));
    const odd = await send('GET', SECRET);
    assert.deepEqual([odd.status, odd.text], [200, '<not json>']);
    assert.equal(odd.headers.get('content-type'), 'text/plain');
    api.inject('GET', fault.answer(301, { message: 'Moved' }, { location: 'https://x.invalid/' }));
    assert.equal((await send('GET', SECRET)).headers.get('location'), 'https://x.invalid/');
    assert.deepEqual(api.trace(), [
      'POST variables 201 as 502',
      'GET secrets/SF_REFRESH_TOKEN - as 200',
      'GET secrets/SF_REFRESH_TOKEN - as 301',
    ]);
  });

  it('limit the rate in both ways', async (t) => {
    const { api, send } = await world(t);
    api.inject('GET', fault.secondaryRateLimit(429, 2));
    const secondary = await send('GET', SECRET);
    assert.equal(secondary.status, 429);
    assert.equal(secondary.headers.get('retry-after'), '2');
    assert.match(secondary.text, /exceeded a secondary rate limit/);
    api.inject('GET', fault.secondaryRateLimit());
    const silent = await send('GET', SECRET);
    assert.deepEqual([silent.status, silent.headers.get('retry-after')], [403, null]);
    api.inject('GET', fault.primaryRateLimit(new Date('2031-01-01T00:00:00Z')));
    const primary = await send('GET', SECRET);
    assert.equal(primary.status, 403);
    assert.equal(primary.headers.get('x-ratelimit-remaining'), '0');
    assert.equal(primary.headers.get('x-ratelimit-reset'), '1924992000');
  });

  it('happen to the requests that are meant, as often as is said', async (t) => {
    const { api, send } = await world(t);
    const injected = api.inject('get /secrets/*', fault.answer(500), { skip: 1, times: 2 });
    const statuses: number[] = [];
    for (let index = 0; index < 5; index += 1) {
      statuses.push((await send('GET', '/secrets/public-key')).status);
      assert.equal((await send('GET', '/variables/X')).status, 404);
    }
    assert.deepEqual(statuses, [200, 500, 500, 200, 200]);
    assert.equal(injected.hits, 2);
    const removed = api.inject('*', fault.answer(500), { times: Number.POSITIVE_INFINITY });
    assert.equal((await send('GET', '/variables/X')).status, 500);
    removed.remove();
    assert.equal((await send('GET', '/variables/X')).status, 404);
    api.inject(/^GET .*\/variables\/[XY]$/g, fault.answer(501), { times: 2 });
    assert.equal((await send('GET', '/variables/X')).status, 501);
    assert.equal((await send('GET', '/variables/Y')).status, 501);
    api.inject((request) => request.json !== undefined, fault.answer(502));
    assert.equal((await send('GET', '/variables/X')).status, 404);
    assert.equal((await send('POST', '/variables', post)).status, 502);
    assert.throws(() => api.inject('variables', fault.reset()), /names no requests/);
  });
});

describe('hooks', () => {
  it('hold a request until the test lets it go, or lets it fail', async (t) => {
    const { api, environment, send } = await world(t);
    const hold = api.hold('POST /variables');
    const first = send('POST', '/variables', { body: { name: 'LOCK', value: 'first' } });
    const held = await hold.reached;
    assert.deepEqual(held.json, { name: 'LOCK', value: 'first' });
    // Meanwhile others are served: that is how a race is lost on purpose.
    const second = await send('POST', '/variables', { body: { name: 'LOCK', value: 'second' } });
    assert.equal(second.status, 201);
    hold.release();
    assert.equal((await first).status, 409);
    assert.equal(environment.variable('LOCK'), 'second');
    const doomed = api.hold('DELETE', { when: 'after' });
    const deletion = send('DELETE', '/variables/LOCK');
    await doomed.reached;
    assert.equal(environment.variable('LOCK'), undefined);
    doomed.release(fault.reset());
    assert.equal(await failureOf(deletion), 'ECONNRESET');
  });

  it('let a test kill the client at that very point', async (t) => {
    const { api, environment } = await world(t);
    const token = api.token({ environments: 'write' });
    const code = `await fetch(${JSON.stringify(`${api.url}${environment.path}/variables`)}, {
      method: 'POST',
      headers: { authorization: 'Bearer ${token}' },
      body: JSON.stringify({ name: 'LOCK', value: 'x' }),
    })`;
    const client = spawn(process.execPath, ['--input-type=module', '-e', code]);
    const exited = once(client, 'exit');
    api.intercept(
      'POST',
      async () => {
        client.kill('SIGKILL');
        await exited;
      },
      { when: 'after' },
    );
    assert.deepEqual(await exited, [null, 'SIGKILL']);
    while (api.requests[0]?.delivery === 'pending') await sleep(5);
    // Whether the answer still went into the dead connection is for the kernel to say.
    assert.match(api.trace().join(), /^POST variables 201( gone)?$/);
    assert.equal(environment.variable('LOCK'), 'x');
  });

  it('see every request, and what they throw comes out at the end', async () => {
    const api = await startGitHub();
    const seen: string[] = [];
    api.onRequest((request) => {
      seen.push(request.path);
      assert.notEqual(request.path, '/bad');
    });
    assert.equal((await fetch(`${api.url}/good`)).status, 404);
    assert.equal((await fetch(`${api.url}/bad`)).status, 500);
    assert.deepEqual(seen, ['/good', '/bad']);
    await assert.rejects(api.close(), { code: 'ERR_ASSERTION' });
    await api.close();
  });
});

describe('records', () => {
  it('keep what was sent and what became of it', async (t) => {
    const { api, environment, send } = await world(t);
    api.clock.set(new Date('2026-03-01T10:00:00Z'));
    await send('PATCH', '/variables/A?x=1', {
      body: { value: 'ü' },
      headers: { 'X-Custom': 'yes' },
    });
    const [request] = api.requestsTo('PATCH');
    assert.ok(request);
    assert.equal(request.number, 1);
    assert.equal(request.url, `${environment.path}/variables/A?x=1`);
    assert.equal(request.path, `${environment.path}/variables/A`);
    assert.equal(request.headers['x-custom'], 'yes');
    assert.equal(request.body, '{"value":"ü"}');
    assert.deepEqual(request.json, { value: 'ü' });
    assert.ok(request.receivedAt - Date.parse('2026-03-01T10:00:00Z') < 5_000);
    assert.deepEqual([request.processed?.status, request.status], [404, 404]);
    assert.equal(request.delivery, 'answered');
    assert.deepEqual(api.requestsTo('GET'), []);
  });
});

describe('the life of the server', () => {
  it('ends with everything that hangs on it', async () => {
    const api = await startGitHub();
    api.inject('/silent', fault.silence());
    const hold = api.hold('/held');
    api.inject('/late', fault.delay(600_000));
    const attempts = ['silent', 'held', 'late'].map((path) => fetch(`${api.url}/${path}`));
    const settled = Promise.allSettled(attempts);
    await hold.reached;
    while (api.requests.length < 3) await sleep(5);
    await api.close();
    for (const { status } of await settled) assert.equal(status, 'rejected');
    await api.close();
    await assert.rejects(fetch(api.url));
  });

  it('can be left to `await using`', async () => {
    let url = '';
    {
      await using api = await startGitHub();
      url = api.url;
      assert.equal((await fetch(url)).status, 404);
    }
    await assert.rejects(fetch(url));
  });

  it('speaks https with a certificate that clients can be told to trust', async (t) => {
    const { api, environment } = await world(t, { tls: true });
    const headers = {
      'user-agent': 'test',
      authorization: `Bearer ${api.token({ environments: 'read' })}`,
    };
    const address = `${api.url}${environment.path}/secrets/public-key`;
    const get = async (ca: string | undefined): Promise<number | undefined> => {
      const options = { headers, ...(ca === undefined ? {} : { ca }) };
      const response = await responseTo(httpsRequest(address, options));
      response.resume();
      return response.statusCode;
    };
    assert.match(api.url, /^https:/);
    assert.equal(await get(api.certificate), 200);
    assert.match(await failureOf(get(undefined)), /SELF_SIGNED|UNABLE_TO_VERIFY/);
    api.inject('GET', fault.reset());
    assert.equal(await failureOf(get(api.certificate)), 'ECONNRESET');
    assert.deepEqual(api.trace().slice(-1), ['GET secrets/public-key - reset']);
  });
});
