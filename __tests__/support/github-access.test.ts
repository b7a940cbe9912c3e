// Not for coverage: it is about a look-alike.

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { change, FILE, GIT, says, WRITER, world } from './github/client.ts';
import { blobSha, type Protection, type Rule } from './github/server.ts';

// These tests prove that the look-alike refuses as GitHub's REST API does: tokens, limits, rules.

describe('tokens', () => {
  it('see what they may see', async (t) => {
    const { github, send } = await world(t);
    const as = (options: Parameters<typeof github.token>[0]) => ({ token: github.token(options) });
    const put = change('1', { sha: blobSha('{}') });
    const reader = as({ contents: 'read', repositories: ['Acme/Deploy'] });
    assert.equal((await send('GET', FILE, undefined, reader)).status, 404);
    assert.equal((await send('GET', `${FILE}?ref=tokens`, undefined, reader)).status, 200);
    const refused = 'Resource not accessible by integration';
    await says(send('PUT', FILE, put, reader), 403, refused);
    await says(send('POST', `${GIT}/refs`, {}, reader), 403, refused);
    const person = as({ contents: 'read', kind: 'fine-grained' });
    await says(
      send('PUT', FILE, put, person),
      403,
      'Resource not accessible by personal access token',
    );
    await says(send('GET', FILE, undefined, as({})), 403, refused);
    const stranger = as({ contents: 'write', repositories: ['acme/empty'] });
    await says(send('GET', FILE, undefined, stranger), 404, 'Not Found');
    await says(send('PUT', FILE, put, stranger), 404, 'Not Found');
    await says(send('GET', FILE, undefined, { token: null }), 404, 'Not Found');
    const whole = await send('GET', '/repos/acme/deploy', undefined, reader);
    assert.deepEqual(
      ['default_branch', 'private', 'permissions.push', 'permissions.pull'].map(whole.get),
      ['main', true, false, true],
    );
  });

  it('of public repositories are asked for writing only', async (t) => {
    const { github, send } = await world(t);
    github.repository('acme/deploy').private = false;
    assert.equal((await send('GET', `${FILE}?ref=tokens`, undefined, { token: null })).status, 200);
    await says(send('PUT', FILE, {}, { token: null }), 401, 'Requires authentication');
    const elsewhere = { token: github.token({ contents: 'write', repositories: ['acme/empty'] }) };
    await says(send('PUT', FILE, {}, elsewhere), 403, 'Resource not accessible by integration');
  });

  it('are unknown, revoked or expired', async (t) => {
    const { github, send } = await world(t);
    const bad = (token: string) =>
      says(send('GET', FILE, undefined, { token }), 401, 'Bad credentials');
    await bad('ghs_unknown');
    const expires = new Date(github.clock.now() + 3_600_000);
    const token = github.token({ contents: 'read', expires });
    assert.equal((await send('GET', `${FILE}?ref=tokens`, undefined, { token })).status, 200);
    github.clock.advance(3_600_000);
    await bad(token);
    github.revoke(WRITER);
    await bad(WRITER);
  });

  it('are of no use where nothing can be written any more', async (t) => {
    const { github, send } = await world(t);
    github.repository('acme/deploy').archived = true;
    const text = 'Repository was archived so is read-only.';
    await says(send('PUT', FILE, change('1')), 403, text);
  });
});

describe('limits', () => {
  it('are counted down, and begin anew when the hour is over', async (t) => {
    const { github, send } = await world(t);
    const first = await send('GET', '/repos/acme/deploy');
    const shown = (name: string) => first.headers.get(`x-ratelimit-${name}`);
    assert.deepEqual(['limit', 'remaining', 'used'].map(shown), ['1000', '999', '1']);
    const quota = github.quota(WRITER);
    assert.equal(shown('reset'), String(Math.ceil(quota.resetAt / 1000)));
    quota.remaining = 1;
    assert.equal(
      (await send('GET', '/repos/acme/deploy')).headers.get('x-ratelimit-remaining'),
      '0',
    );
    for (const status of [403, 429] as const) {
      quota.status = status;
      const refused = send('PUT', FILE, change('1', { sha: blobSha('{}') }));
      await says(refused, status, /^API rate limit exceeded for installation ID /);
      assert.equal((await refused).headers.get('x-ratelimit-remaining'), '0');
    }
    // Asking for it is free.
    assert.equal((await send('GET', '/rate_limit')).get('resources.core.remaining'), 0);
    assert.equal(github.repository('acme/deploy').file('tokens', 'x.json'), '{}');
    github.clock.set(new Date(quota.resetAt));
    assert.equal(
      (await send('GET', '/repos/acme/deploy')).headers.get('x-ratelimit-remaining'),
      '999',
    );
  });

  it('are shared by tokens of the same quota', async (t) => {
    const { github, send } = await world(t);
    const tokens = [1, 2].map(() => github.token({ contents: 'read', quota: 'deploy' }));
    for (const token of tokens) await send('GET', '/repos/acme/deploy', undefined, { token });
    assert.equal(github.quota(tokens[0] ?? '').remaining, 998);
  });

  it('stop whoever writes too often', async (t) => {
    const { github, send } = await world(t);
    github.clock.stop();
    github.limitWrites(2, 3);
    const put = async () => {
      const sha = github.repository('acme/deploy').fileSha('tokens', 'x.json');
      return send('PUT', FILE, change('1', { sha }));
    };
    await put();
    github.clock.advance(20_000);
    await put();
    const refused = put();
    await says(refused, 403, /^You have exceeded a secondary rate limit and have been temporarily/);
    assert.equal((await refused).headers.get('retry-after'), '40');
    assert.equal((await send('GET', `${FILE}?ref=tokens`)).status, 200);
    github.clock.advance(40_000);
    assert.equal((await put()).status, 200);
    github.clock.advance(60_000);
    assert.equal((await put()).headers.get('retry-after'), String(3600 - 120));
  });
});

describe('branch protection', () => {
  const cases: readonly (readonly [Protection, string])[] = [
    [{ reviews: 1 }, 'At least 1 approving review is required by reviewers with write access.'],
    [{ checks: ['ci'] }, 'Required status check "ci" is expected.'],
    [{ checks: ['a', 'b'] }, '2 of 2 required status checks are expected.'],
    [{ pullRequest: true }, 'Changes must be made through a pull request.'],
    [
      { pushers: [] },
      "You're not authorized to push to this branch. Visit https://docs.github.com/articles/about-protected-branches/ for more information.",
    ],
  ];
  for (const [protection, text] of cases) {
    it(`refuses writes: ${text.slice(0, 40)}`, async (t) => {
      const { github, send } = await world(t);
      const repository = github.repository('acme/deploy');
      repository.protect('tok*', protection);
      const sha = blobSha('{}');
      await says(send('PUT', FILE, change('1', { sha })), 409, `Could not update file: ${text}`);
      const other = send('PUT', '/repos/acme/deploy/contents/y', change('1'));
      await says(other, 409, `Could not create file: ${text}`);
      await says(send('DELETE', FILE, change('', { sha })), 409, `Could not delete file: ${text}`);
      const head = repository.head('tokens');
      await says(send('PATCH', `${GIT}/refs/heads/tokens`, { sha: head }), 422, text);
      const reference = { ref: 'refs/heads/tok', sha: head };
      await says(send('POST', `${GIT}/refs`, reference), 422, 'Reference update failed');
      assert.equal(
        (await send('GET', '/repos/acme/deploy/branches/tokens')).get('protected'),
        true,
      );
      repository.protect('tok*', undefined);
      assert.equal((await send('PUT', FILE, change('1', { sha }))).status, 200);
    });
  }

  it('lets those by that may push', async (t) => {
    const { github, send } = await world(t);
    github.repository('acme/deploy').protect('tokens', { pushers: [WRITER] });
    assert.equal((await send('PUT', FILE, change('1', { sha: blobSha('{}') }))).status, 200);
  });
});

describe('rulesets', () => {
  const cases: readonly (readonly [Rule, string])[] = [
    ['pull_request', 'Changes must be made through a pull request.'],
    ['update', 'Cannot update this protected ref.'],
    [{ checks: ['ci'] }, 'Required status check "ci" is expected.'],
    [{ says: 'Commit message does not match' }, 'Commit message does not match'],
  ];
  for (const [rule, text] of cases) {
    it(`refuse changes: ${text.slice(0, 40)}`, async (t) => {
      const { github, send } = await world(t);
      const repository = github.repository('acme/deploy');
      repository.ruleset({ include: ['~ALL'], exclude: ['**/free'], rules: [rule] });
      const violated = `Repository rule violations found\n\n${text}\n\n`;
      await says(send('PUT', FILE, change('1', { sha: blobSha('{}') })), 409, violated);
      const sha = repository.head('tokens');
      await says(send('PATCH', `${GIT}/refs/heads/tokens`, { sha }), 422, violated);
      repository.commit('a/free', {});
      assert.equal((await send('PUT', FILE, change('1', { branch: 'a/free' }))).status, 201);
    });
  }

  it('refuse new branches, deletions, and commits that nobody signed', async (t) => {
    const { github, send } = await world(t);
    const repository = github.repository('acme/deploy');
    const rules = ['creation', 'deletion', 'required_signatures'] as const;
    repository.ruleset({ include: ['**'], exclude: ['~DEFAULT_BRANCH'], rules });
    const unsigned = 'Commits must have verified signatures.';
    const reference = { ref: 'refs/heads/new', sha: repository.head('tokens') };
    const creation = `Cannot create ref due to creations being restricted.\n\n${unsigned}`;
    const violated = (text: string) => `Repository rule violations found\n\n${text}\n\n`;
    await says(send('POST', `${GIT}/refs`, reference), 422, violated(creation));
    const deletion = violated('Cannot delete this protected ref.');
    await says(send('DELETE', `${GIT}/refs/heads/tokens`), 422, deletion);
    const author = { name: 'A', email: 'a@b.c' };
    const sha = blobSha('{}');
    await says(send('PUT', FILE, change('1', { sha, author })), 409, violated(unsigned));
    // GitHub signs for a bot that doesn't say who it is.
    assert.equal((await send('PUT', FILE, change('1', { sha }))).status, 200);
  });

  it('look for secrets in what is written, and let those by that are listed', async (t) => {
    const { github, send } = await world(t);
    const repository = github.repository('acme/deploy');
    const secret = change(`token: ghp_${'a'.repeat(36)}`, { sha: blobSha('{}') });
    repository.ruleset({ include: ['tokens'], rules: ['secret_scanning'] });
    await says(send('PUT', FILE, secret), 409, /\n\nSecret detected in content\n\n$/);
    repository.rules.clear();
    repository.ruleset({ include: ['tokens'], rules: ['update'], bypass: [WRITER] });
    assert.equal((await send('PUT', FILE, secret)).status, 200);
  });
});

describe('the door', () => {
  it('turns away whoever does not say what it is or what it wants', async (t) => {
    const { send } = await world(t);
    const get = (headers: Record<string, string>) =>
      send('GET', '/repos/acme/deploy', undefined, { headers });
    const nameless = await get({ 'user-agent': '' });
    assert.deepEqual(
      [nameless.status, nameless.text.slice(0, 41)],
      [403, 'Request forbidden by administrative rules'],
    );
    await says(get({ 'x-github-api-version': '2020-01-01' }), 400, /is not a supported version/);
    await says(get({ accept: 'text/html' }), 415, /^Unsupported 'Accept' header/);
  });

  it('redirects whoever asks for a former name', async (t) => {
    const { github, send } = await world(t);
    github.rename('acme/deploy', 'acme/shipping');
    const { id } = github.repository('acme/shipping');
    const moved = await send('GET', `${FILE}?ref=tokens`);
    const location = `${github.url}/repositories/${id}/contents/x.json?ref=tokens`;
    assert.deepEqual([moved.status, moved.headers.get('location')], [301, location]);
    const found = await send('GET', location.slice(github.url.length));
    assert.equal(found.get('sha'), blobSha('{}'));
    assert.equal((await send('PUT', FILE, change('1'))).status, 307);
    github.removeRepository('acme/shipping');
    await says(send('GET', '/repos/acme/shipping'), 404, 'Not Found');
  });
});
