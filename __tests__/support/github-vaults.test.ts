// Not for coverage: it is about a look-alike.

import assert from 'node:assert/strict';
import { describe, it, type TestContext } from 'node:test';
import { says, WRITER, world } from './github/client.ts';

// These tests prove the look-alike: secrets, variables and environments, as the GitHub CLI stores them.

const ADMIN = 'github_pat_admin';
const REPOSITORY = '/repos/acme/deploy';
/** An empty value, sealed: nothing but a key and an authenticator. */
const sealed = Buffer.alloc(48, 7).toString('base64');

async function vaults(t: TestContext, made: { readonly private?: boolean } = {}) {
  const tokens = { [ADMIN]: { settings: 'write', kind: 'fine-grained' } } as const;
  const repositories = { 'acme/deploy': { environments: ['Production', 'eu/live'], ...made } };
  const { github, send } = await world(t, { repositories, tokens });
  const ask = (method: string, path: string, body?: unknown, token: string | null = ADMIN) =>
    send(method, `${REPOSITORY}/${path}`, body, { token });
  return { github, ask, repository: github.repository('acme/deploy') };
}

describe('secrets', () => {
  for (const [root, name] of [
    ['actions', undefined],
    ['environments/production', 'Production'],
    ['environments/eu%2Flive', 'eu/live'],
  ] as const) {
    it(`below ${root} are stored sealed, and never given back`, async (t) => {
      const { ask, repository } = await vaults(t);
      const vault = name === undefined ? repository.vault : repository.environment(name);
      assert.ok(vault !== undefined);
      const key = await ask('GET', `${root}/secrets/public-key`);
      assert.equal(key.get('key'), vault.keys.public.toString('base64'));
      assert.equal(vault.keys.public.length + vault.keys.private.length, 64);
      const body = { encrypted_value: sealed, key_id: key.get('key_id') };
      assert.equal((await ask('PUT', `${root}/secrets/sf_token`, body)).status, 201);
      assert.equal((await ask('PUT', `${root}/secrets/SF_TOKEN`, body)).status, 204);
      assert.deepEqual([...vault.secrets.keys()], ['SF_TOKEN']);
      assert.equal(vault.secrets.get('SF_TOKEN')?.sealed, sealed);
      const list = await ask('GET', `${root}/secrets?per_page=100`);
      assert.deepEqual(
        [list.get('total_count'), list.get('secrets.0.name'), list.text.includes(sealed)],
        [1, 'SF_TOKEN', false],
      );
      assert.equal((await ask('GET', `${root}/secrets/sf_token`)).get('name'), 'SF_TOKEN');
      await says(ask('GET', `${root}/secrets/GONE`), 404, 'Not Found');
    });
  }

  it('are refused without a box, for another key, and under names that none can have', async (t) => {
    const { ask, repository } = await vaults(t);
    const body = { encrypted_value: sealed, key_id: repository.vault.keyId };
    const put = (changes: object, name = 'NAME') =>
      ask('PUT', `actions/secrets/${name}`, { ...body, ...changes });
    await says(put({ encrypted_value: 'c2hvcnQ=' }), 422, /decrypt/);
    await says(put({ encrypted_value: undefined }), 422, /"encrypted_value" wasn't supplied/);
    await says(put({ key_id: '1' }), 422, /key_id/);
    for (const name of ['GITHUB_X', '1X', 'A-B']) await says(put({}, name), 422, /Secret names/);
    assert.equal(repository.vault.secrets.size, 0);
  });
});

describe('variables', () => {
  it('are made once and then changed', async (t) => {
    const { ask, repository } = await vaults(t);
    const [value, changed] = ['https://acme.my.salesforce.com', 'x'];
    const variables = 'actions/variables';
    assert.equal((await ask('POST', variables, { name: 'sf_url', value })).status, 201);
    await says(ask('POST', variables, { name: 'SF_URL', value }), 409, /already exists/);
    assert.equal((await ask('GET', `${variables}/SF_URL`)).get('value'), value);
    assert.equal((await ask('PATCH', `${variables}/SF_URL`, { value: changed })).status, 204);
    assert.equal((await ask('GET', variables)).get('variables.0.value'), changed);
    assert.equal(repository.vault.variables.get('SF_URL')?.value, changed);
    await says(ask('PATCH', `${variables}/GONE`, { value }), 404, 'Not Found');
    await says(ask('POST', variables, { name: 'A B', value }), 422, /Variable names/);
  });
});

describe('who may', () => {
  it('needs a permission of its own, also for a public repository', async (t) => {
    const { github, ask } = await vaults(t, { private: false });
    assert.equal((await ask('GET', 'environments/production', undefined, null)).status, 200);
    await says(ask('GET', 'actions/secrets', undefined, null), 401, 'Requires authentication');
    const other = github.token({ contents: 'write' });
    const by = 'Resource not accessible by integration';
    await says(ask('GET', 'actions/secrets', undefined, other), 403, by);
    const reader = github.token({ settings: 'read' });
    assert.equal((await ask('GET', 'actions/variables', undefined, reader)).status, 200);
    const body = { name: 'X', value: '1' };
    await says(ask('POST', 'actions/variables', body, reader), 403, by);
    const answer = await ask('GET', 'environments/production/secrets');
    assert.equal(answer.headers.get('x-accepted-github-permissions'), 'environments=read');
  });

  it('finds no environment that is not there', async (t) => {
    const { ask } = await vaults(t);
    assert.equal((await ask('GET', 'environments/production')).get('name'), 'Production');
    for (const path of ['', '/secrets', '/secrets/public-key', '/variables', '/variables/X']) {
      await says(ask('GET', `environments/gone${path}`), 404, 'Not Found');
    }
    await says(ask('GET', 'environments'), 404, 'Not Found');
  });
});

describe('what the GitHub CLI asks besides', () => {
  it('is whether the token is good, who has it, and what a repository is called', async (t) => {
    const { github, send } = await world(t, { basePath: '/api/v3' });
    const root = await send('GET', '/', undefined, { headers: { accept: '' } });
    assert.equal(root.get('user_url'), `${github.url}/user`);
    await says(send('GET', '/', undefined, { token: null }), 401, 'Requires authentication');
    const ask = async (json: object, token = WRITER) => {
      const response = await fetch(new URL('/api/graphql', github.url), {
        method: 'POST',
        headers: { authorization: `token ${token}` },
        body: JSON.stringify(json),
      });
      const answer: unknown = await response.json();
      return answer;
    };
    const viewer = { data: { viewer: { login: 'octocat' } } };
    assert.deepEqual(await ask({ query: 'query UserCurrent{viewer{login}}' }), viewer);
    const query = 'query RepositoryInfo($owner: String!) { repository(owner: $owner) {name} }';
    const [found, gone] = await Promise.all(
      ['deploy', 'gone'].map((name) => ask({ query, variables: { owner: 'acme', name } })),
    );
    const { id } = github.repository('acme/deploy');
    const repository = { id: `R_${id}`, name: 'deploy' };
    assert.deepEqual(found, { data: { repository } });
    assert.match(JSON.stringify(gone), /NOT_FOUND.*'acme\/gone'/);
    assert.deepEqual(await ask({ query }, 'x'), { message: 'Bad credentials' });
  });
});
