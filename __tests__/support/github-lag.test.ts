// Not for coverage: it is about a look-alike.

import assert from 'node:assert/strict';
import { request } from 'node:https';
import { text as textOf } from 'node:stream/consumers';
import { describe, it } from 'node:test';
import { change, FILE, GIT, says, WRITER, world } from './github/client.ts';
import { Conduct } from './github/conduct.ts';
import { seededRandom } from './github/random.ts';
import { blobSha, GITHUB_LATENCY } from './github/server.ts';

// These tests prove that the look-alike's reads lag where its writes don't, that many can use it at
// once, and that it keeps a record.

const READ = `${FILE}?ref=tokens`;

describe('reads', () => {
  it('can be so many writes behind, which compare with the truth', async (t) => {
    const { github, send } = await world(t);
    const put = (content: string, old: string) =>
      send('PUT', FILE, change(content, { sha: blobSha(old) }));
    github.lag({ writes: 1 });
    assert.equal((await put('1', '{}')).status, 200);
    const stale = await send('GET', READ);
    assert.equal(stale.get('sha'), blobSha('{}'));
    const ref = `${GIT}/ref/heads/tokens`;
    const head = github.repository('acme/deploy').head('tokens');
    assert.notEqual((await send('GET', ref)).get('object.sha'), head);
    await says(put('2', '{}'), 409, `x.json does not match ${blobSha('{}')}`);
    assert.equal((await put('2', '1')).status, 200);
    assert.equal((await send('GET', READ)).get('sha'), blobSha('1'));
    github.lag();
    assert.equal((await send('GET', READ)).get('sha'), blobSha('2'));
    assert.equal((await send('GET', ref)).get('object.sha') === head, false);
  });

  it('can be behind by time, and what a test does is seen at once', async (t) => {
    const { github, send } = await world(t);
    github.clock.stop();
    github.lag({ milliseconds: 6000 });
    await send('PUT', FILE, change('1', { sha: blobSha('{}') }));
    const path = '/repos/acme/deploy/commits?sha=tokens&path=x.json';
    const listed = async () => Object.keys(JSON.parse((await send('GET', path)).text)).length;
    github.clock.advance(5999);
    assert.equal((await send('GET', READ)).get('sha'), blobSha('{}'));
    assert.equal(await listed(), 1);
    github.clock.advance(1);
    assert.equal((await send('GET', READ)).get('sha'), blobSha('1'));
    assert.equal(await listed(), 2);
    github.repository('acme/deploy').commit('tokens', { 'x.json': '2' });
    assert.equal((await send('GET', READ)).get('sha'), blobSha('2'));
  });

  it('can be behind at times, as a seed says', async (t) => {
    const course = async (seed: number) => {
      const { github, send } = await world(t, { seed });
      github.repository('acme/other').commit('tokens', { 'x.json': '{}' });
      const path = '/repos/acme/other/contents/x.json';
      await send('PUT', path, change('1', { sha: blobSha('{}') }));
      github.lag({ writes: [1, 3], chance: 0.5 });
      const seen: unknown[] = [];
      for (let i = 0; i < 20; i++) seen.push((await send('GET', `${path}?ref=tokens`)).get('sha'));
      return seen;
    };
    const [first, second, other] = [await course(7), await course(7), await course(8)];
    assert.deepEqual(first, second);
    assert.notDeepEqual(first, other);
    assert.deepEqual(new Set(first), new Set([blobSha('{}'), blobSha('1')]));
  });

  it('know of a new branch before files can be written to it', async (t) => {
    const { github, send } = await world(t);
    github.clock.stop();
    const sha = github.repository('acme/deploy').head('tokens');
    const make = (name: string) => send('POST', `${GIT}/refs`, { ref: `refs/heads/${name}`, sha });
    const put = (branch: string) => send('PUT', FILE, change('1', { branch, sha: blobSha('{}') }));
    github.lag({ newBranchWrites: 2 });
    assert.equal((await make('one')).status, 201);
    await says(put('one'), 404, 'Branch one not found');
    assert.equal((await send('GET', `${FILE}?ref=one`)).status, 200);
    await says(put('one'), 404, 'Branch one not found');
    assert.equal((await put('one')).status, 200);
    github.lag({ newBranchMilliseconds: 3000 });
    assert.equal((await make('two')).status, 201);
    await says(put('two'), 404, 'Branch two not found');
    github.clock.advance(3000);
    assert.equal((await put('two')).status, 200);
    assert.equal((await put('tokens')).status, 200);
  });
});

describe('latency', () => {
  it('is in its range, and the same for the same seed', () => {
    const [one, two] = [new Conduct(seededRandom(3)), new Conduct(seededRandom(3))];
    assert.deepEqual(one.spans('PUT'), { before: 0, during: 0, after: 0 });
    one.latency = GITHUB_LATENCY;
    two.latency = GITHUB_LATENCY;
    two.spans('POST');
    one.spans('POST');
    for (let i = 0; i < 200; i++) {
      const spans = one.spans('PUT');
      const total = spans.before + spans.during + spans.after;
      assert.ok(total >= 500 && total <= 900);
      assert.deepEqual(two.spans('PUT'), spans);
    }
  });

  it('delays, and leaves one writer of several', async (t) => {
    const { github, send } = await world(t);
    github.latency({ GET: 100, PUT: [20, 200] });
    const started = performance.now();
    await send('GET', READ);
    // A timer may be a millisecond early, each of three.
    assert.ok(performance.now() - started >= 97);
    const attempts = Array.from({ length: 20 }, (_, i) =>
      send('PUT', FILE, change(`${i}`, { sha: blobSha('{}') })),
    );
    const statuses = (await Promise.all(attempts)).map(({ status }) => status);
    assert.deepEqual(statuses.toSorted(), [200, ...Array.from({ length: 19 }, () => 409)]);
    const winner = statuses.indexOf(200);
    assert.deepEqual(github.repository('acme/deploy').versions('tokens', 'x.json'), [
      '{}',
      `${winner}`,
    ]);
  });
});

describe('many at once', () => {
  it('count without losing a number', async (t) => {
    const { github, send } = await world(t);
    github.latency({ GET: [0, 5], PUT: [0, 20] });
    github.lag({ writes: [0, 3] });
    const count = async (): Promise<void> => {
      const seen = await send('GET', READ);
      const text = Buffer.from(String(seen.get('content')), 'base64').toString();
      const next = { count: Number(Object(JSON.parse(text)).count ?? 0) + 1 };
      const body = change(JSON.stringify(next), { sha: seen.get('sha') });
      const { status, text: said } = await send('PUT', FILE, body);
      if (status === 200) return;
      assert.match(said, /does not match|but expected/);
      await count();
    };
    github.quota(WRITER).remaining = Number.MAX_SAFE_INTEGER;
    await Promise.all(Array.from({ length: 10 }, count));
    const repository = github.repository('acme/deploy');
    assert.equal(repository.file('tokens', 'x.json'), '{"count":10}');
    assert.equal(repository.commits('tokens').length, 11);
  });
});

describe('records', () => {
  it('keep what was sent and what became of it, and tell it without tokens', async (t) => {
    const { github, send } = await world(t, { basePath: '/api/v3' });
    github.clock.set(new Date('2026-03-01T10:00:00Z'));
    assert.match(github.url, /^http:\/\/127\.0\.0\.1:\d+\/api\/v3$/);
    const reply = await send('PUT', FILE, change('1', { sha: blobSha('{}') }));
    assert.match(reply.headers.get('date') ?? '', /^Sun, 01 Mar 2026 10:00:/);
    assert.match(reply.headers.get('x-github-request-id') ?? '', /^[0-9A-F]{4}(:[0-9A-F]+){4}$/);
    assert.equal(reply.headers.get('x-accepted-github-permissions'), 'contents=write');
    assert.match(String(reply.get('commit.url')), new RegExp(`^${github.url}${GIT}/commits/`));
    const [record] = github.requestsTo('PUT');
    assert.ok(record);
    assert.equal(record.headers['authorization'], `Bearer ${WRITER}`);
    assert.deepEqual(record.json, change('1', { sha: blobSha('{}') }));
    assert.deepEqual([record.number, record.path, record.status], [1, FILE, 200]);
    const [exchange] = github.exchanges();
    assert.ok(exchange);
    assert.deepEqual(exchange.responseBody, JSON.parse(reply.text));
    assert.deepEqual([exchange.method, exchange.url, exchange.status], ['PUT', FILE, 200]);
    assert.ok(!JSON.stringify(exchange).includes(WRITER));
    const outside = await fetch(new URL('/repos/acme/deploy', github.url));
    assert.equal(outside.status, 404);
  });

  it('are the same over https', async (t) => {
    const { github } = await world(t, { tls: true });
    const options = {
      ca: github.certificate,
      headers: { 'user-agent': 'test', authorization: `token ${WRITER}` },
    };
    const { promise, resolve, reject } = Promise.withResolvers<string>();
    request(github.url + READ, options, (response) => textOf(response).then(resolve, reject))
      .on('error', reject)
      .end();
    assert.match(await promise, new RegExp(blobSha('{}')));
    assert.deepEqual(github.trace(), ['GET contents/x.json 200']);
  });
});
