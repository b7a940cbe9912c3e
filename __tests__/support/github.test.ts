// Not for coverage: it is about a look-alike.

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { change, FILE, GIT, says, WRITER, world } from './github/client.ts';
import { blobSha } from './github/server.ts';

// These tests prove the look-alike that other tests stand on: that it says of files on branches what
// GitHub's REST API says.

describe('the objects', () => {
  it('have the names that git itself gives them', async (t) => {
    const { github } = await world(t);
    github.clock.stop();
    github.clock.set(new Date('2026-01-01T00:00:00Z'));
    const repository = github.repository('acme/git');
    const { objects } = repository;
    repository.commit('main', { 'a.txt': 'hello\n', 'd/b.json': 'x', 'd.txt': 'y' }, 'First\n');
    // From git 2.39: `git hash-object`, `git rev-parse HEAD^{tree}`, `git commit` with author A <a@b.c>.
    assert.equal(blobSha(''), 'e69de29bb2d1d6434b8b29ae775ad8c2e48c5391');
    assert.equal(repository.fileSha('main', 'a.txt'), 'ce013625030ba8dba906f756967f9e9ca394464a');
    const [first] = repository.commits('main');
    assert.equal(first?.tree, 'b5904fa38a1bab89fccc835bc0f33c5dcb0f682b');
    assert.equal(objects.entryAt(first.tree, 'd')?.sha, '1898e6a343b6d5bb7a973d40e8b4825027e02719');
    const author = { name: 'A', email: 'a@b.c', seconds: 1767225600 };
    const { sha } = objects.addCommit({ ...first, author, committer: author });
    assert.equal(sha, 'ff3fa2e777b10c9721ae1cd2add6f6a2b41f6d28');
  });
});

describe('reading a file', () => {
  it('gives it as GitHub does', async (t) => {
    const { github, send } = await world(t);
    const text = 'ü'.repeat(40);
    github.repository('acme/deploy').commit('tokens', { 'x.json': text });
    const reply = await send('GET', `${FILE}?ref=tokens`);
    assert.equal(reply.status, 200);
    const encoded = Buffer.from(text).toString('base64');
    const sha = blobSha(text);
    const self = `${github.url}${FILE}?ref=tokens`;
    const html = 'https://github.com/acme/deploy/blob/tokens/x.json';
    const git = `${github.url}${GIT}/blobs/${sha}`;
    assert.deepEqual(JSON.parse(reply.text), {
      name: 'x.json',
      path: 'x.json',
      sha,
      size: 80,
      url: self,
      html_url: html,
      git_url: git,
      download_url: 'https://raw.githubusercontent.com/acme/deploy/tokens/x.json?token=LOOKALIKE',
      type: 'file',
      content: `${encoded.slice(0, 60)}\n${encoded.slice(60)}\n`,
      encoding: 'base64',
      _links: { self, git, html },
    });
    const headers = { accept: 'application/vnd.github.raw+json' };
    assert.equal((await send('GET', `${FILE}?ref=tokens`, undefined, { headers })).text, text);
  });

  it('says what is missing', async (t) => {
    const { send } = await world(t);
    await says(send('GET', `${FILE}?ref=main`), 404, 'Not Found');
    await says(send('GET', `${FILE}?ref=gone`), 404, 'No commit found for the ref gone');
    await says(send('GET', '/repos/acme/gone/contents/x'), 404, 'Not Found');
    await says(send('GET', '/repos/acme/empty/contents/x'), 404, 'This repository is empty.');
  });

  it('lists folders', async (t) => {
    const { send } = await world(t);
    const root = await send('GET', '/repos/acme/deploy/contents/');
    assert.deepEqual(
      [root.get('0.name'), root.get('0.type'), root.get('1')],
      ['src', 'dir', undefined],
    );
    const folder = await send('GET', '/repos/acme/deploy/contents/src?ref=main');
    assert.deepEqual([folder.get('0.path'), folder.get('0.content')], ['src/a.txt', undefined]);
  });

  it('answers 304 to whoever has it, which costs no request', async (t) => {
    const { github, send } = await world(t);
    const first = await send('GET', `${FILE}?ref=tokens`);
    const etag = first.headers.get('etag') ?? '';
    assert.match(etag, /^W\/"[0-9a-f]{64}"$/);
    const { remaining } = github.quota(WRITER);
    const known = { headers: { 'if-none-match': etag } };
    const second = await send('GET', `${FILE}?ref=tokens`, undefined, known);
    assert.deepEqual([second.status, second.text], [304, '']);
    assert.equal(github.quota(WRITER).remaining, remaining);
    github.repository('acme/deploy').commit('tokens', { 'x.json': 'new' });
    assert.equal((await send('GET', `${FILE}?ref=tokens`, undefined, known)).status, 200);
  });
});

describe('writing a file', () => {
  it('makes and changes it, a commit each', async (t) => {
    const { github, send } = await world(t);
    const repository = github.repository('acme/deploy');
    const made = await send('PUT', '/repos/acme/deploy/contents/y.json', change('1'));
    assert.equal(made.status, 201);
    assert.equal(made.get('content.sha'), blobSha('1'));
    const changed = await send(
      'PUT',
      '/repos/acme/deploy/contents/y.json',
      change('2', { sha: blobSha('1'), message: 'Second' }),
    );
    assert.equal(changed.status, 200);
    const sha = changed.get('commit.sha');
    assert.equal(sha, repository.head('tokens'));
    assert.equal(changed.get('commit.html_url'), `https://github.com/acme/deploy/commit/${sha}`);
    assert.equal(changed.get('commit.verification.verified'), true);
    assert.equal(changed.get('commit.author.name'), 'github-actions[bot]');
    assert.deepEqual(repository.versions('tokens', 'y.json'), ['1', '2']);
    assert.deepEqual(
      repository.commits('tokens').map(({ message }) => message),
      ['Second', 'Change', 'Initial commit'],
    );
    assert.equal(repository.file('tokens', 'x.json'), '{}');
    assert.equal(repository.file('main', 'y.json'), undefined);
  });

  it('compares with what is there', async (t) => {
    const { github, send } = await world(t);
    const stale = blobSha('stale');
    await says(
      send('PUT', FILE, change('1', { sha: stale })),
      409,
      `x.json does not match ${stale}`,
    );
    await says(send('PUT', FILE, change('1')), 422, 'Invalid request.\n\n"sha" wasn\'t supplied.');
    const gone = change('1', { branch: 'gone' });
    await says(send('PUT', FILE, gone), 404, 'Branch gone not found');
    // Where there is no file, whatever sha is given doesn't count.
    const fresh = send('PUT', '/repos/acme/deploy/contents/z', change('1', { sha: stale }));
    assert.equal((await fresh).status, 201);
    assert.equal(github.repository('acme/deploy').file('tokens', 'x.json'), '{}');
  });

  it('refuses what it cannot read', async (t) => {
    const { send } = await world(t);
    await says(send('PUT', FILE, '{'), 400, 'Problems parsing JSON');
    await says(send('PUT', FILE, []), 400, 'Body should be a JSON object');
    const missing = 'Invalid request.\n\n"message", "content" weren\'t supplied.';
    await says(send('PUT', FILE, {}), 422, missing);
    const text = change('', { content: 'not base64!' });
    await says(send('PUT', FILE, text), 422, 'content is not valid Base64');
    const number = change('1', { sha: 5 });
    await says(send('PUT', FILE, number), 422, /For 'properties\/sha', 5 is not a string/);
  });

  it('loses against a commit that lands between its look and its write', async (t) => {
    const { github, send } = await world(t);
    const repository = github.repository('acme/deploy');
    const before = repository.head('tokens');
    const hold = github.hold('PUT /x.json', { when: 'during' });
    const first = send('PUT', FILE, change('1', { sha: blobSha('{}') }));
    await hold.reached;
    // Another file of the same branch is enough.
    assert.equal((await send('PUT', '/repos/acme/deploy/contents/y', change('2'))).status, 201);
    hold.release();
    await says(first, 409, `is at ${repository.head('tokens')} but expected ${before}`);
    assert.deepEqual(
      [repository.file('tokens', 'x.json'), repository.file('tokens', 'y')],
      ['{}', '2'],
    );
    github.conflictText('expected to be at');
    const again = github.hold('PUT /x.json', { when: 'during' });
    const second = send('PUT', FILE, change('1', { sha: blobSha('{}') }));
    await again.reached;
    const head = repository.head('tokens');
    repository.commit('tokens', { y: '3' });
    again.release();
    await says(second, 409, `Reference refs/heads/tokens expected to be at ${head}`);
  });

  it('makes the default branch of an empty repository, and no other', async (t) => {
    const { github, send } = await world(t);
    const path = '/repos/acme/empty/contents/x';
    await says(send('PUT', path, change('1')), 404, 'Branch tokens not found');
    assert.equal((await send('PUT', path, change('1', { branch: undefined }))).status, 201);
    assert.deepEqual(github.repository('acme/empty').branches, ['main']);
  });

  it('deletes', async (t) => {
    const { github, send } = await world(t);
    const body = { message: 'Delete', branch: 'tokens', sha: blobSha('stale') };
    await says(send('DELETE', FILE, body), 409, `x.json does not match ${body.sha}`);
    const reply = await send('DELETE', FILE, { ...body, sha: blobSha('{}') });
    assert.deepEqual([reply.status, reply.get('content')], [200, null]);
    assert.deepEqual(github.repository('acme/deploy').paths('tokens'), []);
    await says(send('DELETE', FILE, body), 404, 'Not Found');
  });
});

describe('a branch without history', () => {
  it('is made of a tree, a commit and a reference', async (t) => {
    const { github, send } = await world(t);
    const files = [
      { path: 'README.md', mode: '100644', type: 'blob', content: 'Read me' },
      { path: 'x.json', mode: '100644', type: 'blob', content: '{}' },
    ];
    const tree = await send('POST', `${GIT}/trees`, { tree: files });
    assert.equal(tree.status, 201);
    const commit = await send('POST', `${GIT}/commits`, {
      message: 'Begin',
      tree: tree.get('sha'),
      parents: [],
    });
    assert.equal(commit.status, 201);
    const reference = { ref: 'refs/heads/new', sha: commit.get('sha') };
    assert.equal((await send('POST', `${GIT}/refs`, reference)).status, 201);
    await says(send('POST', `${GIT}/refs`, reference), 422, 'Reference already exists');
    const repository = github.repository('acme/deploy');
    assert.deepEqual(repository.paths('new'), ['README.md', 'x.json']);
    assert.deepEqual(
      repository.commits('new').map(({ parents }) => parents),
      [[]],
    );
    const read = await send('GET', `${GIT}/ref/heads/new`);
    assert.equal(read.get('object.sha'), reference.sha);
    assert.equal((await send('GET', '/repos/acme/deploy/branches/new')).get('name'), 'new');
    const moved = { sha: repository.head('main') };
    await says(send('PATCH', `${GIT}/refs/heads/new`, moved), 422, 'Update is not a fast forward');
    const forced = await send('PATCH', `${GIT}/refs/heads/new`, { ...moved, force: true });
    assert.equal(forced.get('object.sha'), moved.sha);
    assert.equal((await send('DELETE', `${GIT}/refs/heads/new`)).status, 204);
    await says(send('DELETE', `${GIT}/refs/heads/new`), 422, 'Reference does not exist');
    await says(send('GET', `${GIT}/ref/heads/new`), 404, 'Not Found');
    await says(send('GET', '/repos/acme/deploy/branches/new'), 404, 'Branch not found');
  });

  it('cannot be made in an empty repository, or of what is not there', async (t) => {
    const { send } = await world(t);
    const empty = '/repos/acme/empty/git';
    for (const [path, body] of [
      ['trees', { tree: [] }],
      ['blobs', { content: '' }],
      ['commits', { message: '', tree: '' }],
      ['refs', { ref: 'refs/heads/x', sha: '' }],
    ]) {
      await says(send('POST', `${empty}/${path}`, body), 409, 'Git Repository is empty.');
    }
    const sha = blobSha('');
    const post = (path: string, body: unknown) => send('POST', `${GIT}/${path}`, body);
    await says(post('commits', { message: '', tree: sha }), 422, 'Tree SHA does not exist');
    await says(post('refs', { ref: 'refs/heads/x', sha }), 422, 'Object does not exist');
    await says(post('refs', { ref: 'refs/heads/a b', sha }), 422, /is not a valid ref name/);
    await says(post('trees', { tree: [{ path: 'x', sha }] }), 422, /is not a valid blob/);
  });
});
