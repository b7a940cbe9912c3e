// Not for coverage: it is about a look-alike.

import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { describe, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { change, FILE, says, WRITER, world } from './github/client.ts';
import { blobSha, fault, startGitHub } from './github/server.ts';

// These tests prove that every fault of the look-alike really happens to the client, and that the
// work is or isn't done as the fault says.

const READ = `${FILE}?ref=tokens`;

/** The code of the error with which a request fails. */
async function failureOf(attempt: Promise<unknown>): Promise<string> {
  const error: unknown = await attempt.then(
    () => assert.fail('It was answered'),
    (reason: unknown) => reason,
  );
  assert.ok(error instanceof Error);
  const cause = error.cause ?? error;
  return String(Object(cause).code ?? cause);
}

describe('faults', () => {
  const broken = [
    ['reset', fault.reset(), 'ECONNRESET'],
    ['close', fault.close(), 'UND_ERR_SOCKET'],
    ['break', fault.breakOff(), 'UND_ERR_SOCKET'],
  ] as const;
  for (const [name, fails, code] of broken) {
    for (const when of ['before', 'during', 'after'] as const) {
      it(`lose the connection: ${name}, ${when} the work`, async (t) => {
        const { github, send } = await world(t);
        github.inject('PUT', fails, { when });
        const attempt = send('PUT', FILE, change('1', { sha: blobSha('{}') }));
        assert.equal(await failureOf(attempt), code);
        const done = when === 'after';
        const content = github.repository('acme/deploy').file('tokens', 'x.json');
        assert.equal(content, done ? '1' : '{}');
        const ending = { reset: 'reset', close: 'closed', break: 'broken' }[name];
        assert.deepEqual(github.trace(), [`PUT contents/x.json ${done ? 200 : '-'} ${ending}`]);
      });
    }
  }

  it('answer something else', async (t) => {
    const { github, send } = await world(t);
    const get = () => send('GET', READ);
    github.inject('GET', fault.unavailable(502));
    const unicorn = await get();
    assert.deepEqual(
      [unicorn.status, unicorn.headers.get('content-type')],
      [502, 'text/html; charset=utf-8'],
    );
    github.inject('GET', fault.garbage());
    const garbage = await get();
    assert.match(garbage.headers.get('content-type') ?? '', /^application\/json/);
    assert.throws(() => JSON.parse(garbage.text), SyntaxError);
    github.inject('GET', fault.page());
    assert.match((await get()).text, /^<!DOCTYPE html>/);
    github.inject('GET', fault.huge(100_000));
    assert.equal((await get()).text.length, 100_000);
    github.inject('GET', fault.redirect(`${github.url}/elsewhere`));
    assert.deepEqual((await get()).headers.get('location'), `${github.url}/elsewhere`);
    github.inject('GET', fault.secondaryRateLimit(429, 7));
    const limited = await get();
    assert.deepEqual([limited.status, limited.headers.get('retry-after')], [429, '7']);
    const reset = new Date(github.clock.now() + 60_000);
    github.inject('GET', fault.primaryRateLimit(reset));
    const used = await get();
    assert.deepEqual([used.status, used.headers.get('x-ratelimit-remaining')], [403, '0']);
    github.inject('GET', fault.moved());
    await says(get(), 409, /^is at 1{40} but expected 2{40}$/);
    github.inject('PUT', fault.error(500, 'Server Error'), { when: 'after' });
    await says(send('PUT', FILE, change('1', { sha: blobSha('{}') })), 500, 'Server Error');
    assert.equal((await get()).get('sha'), blobSha('1'));
    assert.equal(github.trace().at(-2), 'PUT contents/x.json 200 as 500');
  });

  it('happen to the request that is meant, so often as is meant', async (t) => {
    const { github, send } = await world(t);
    const once = github.inject('GET /contents/*', fault.error(500, ''), { skip: 1, times: 2 });
    const statuses: number[] = [];
    for (let i = 0; i < 4; i++) statuses.push((await send('GET', READ)).status);
    assert.deepEqual([statuses, once.hits], [[200, 500, 500, 200], 2]);
    github.inject((request) => request.number === 6, fault.error(503, ''));
    assert.equal((await send('GET', READ)).status, 200);
    assert.equal((await send('GET', READ)).status, 503);
    assert.throws(() => github.inject('contents', fault.reset()), /names no requests/);
  });
});

describe('gates', () => {
  it('keep a request at any moment, and let it go or fail', async (t) => {
    const { github, send } = await world(t);
    const repository = github.repository('acme/deploy');
    const expected = { before: '{}', during: '{}', after: '1' };
    for (const when of ['before', 'during', 'after'] as const) {
      repository.commit('tokens', { 'x.json': '{}' });
      const hold = github.hold('PUT', { when });
      const attempt = send('PUT', FILE, change('1', { sha: blobSha('{}') }));
      assert.equal((await hold.reached).method, 'PUT');
      assert.equal(repository.file('tokens', 'x.json'), expected[when]);
      hold.release();
      assert.equal((await attempt).status, 200);
      assert.equal(repository.file('tokens', 'x.json'), '1');
    }
    const doomed = github.hold('GET', { when: 'after' });
    const attempt = send('GET', READ);
    await doomed.reached;
    doomed.release(fault.reset());
    assert.equal(await failureOf(attempt), 'ECONNRESET');
  });

  it('let a test kill the client at that very point', async (t) => {
    const { github } = await world(t);
    const code = `await fetch(${JSON.stringify(github.url + FILE)}, {
      method: 'PUT',
      headers: { authorization: 'Bearer ${WRITER}' },
      body: ${JSON.stringify(JSON.stringify(change('1', { sha: blobSha('{}') })))},
    })`;
    const client = spawn(process.execPath, ['--input-type=module', '-e', code]);
    const exited = once(client, 'exit');
    const kill = async () => {
      client.kill('SIGKILL');
      await exited;
      return undefined;
    };
    github.intercept('PUT', kill, { when: 'during' });
    assert.deepEqual(await exited, [null, 'SIGKILL']);
    while (github.requests[0]?.delivery === 'pending') await sleep(5);
    // GitHub finishes what it has begun.
    assert.equal(github.repository('acme/deploy').file('tokens', 'x.json'), '1');
  });

  it('end with the server, as everything else does', async () => {
    const github = await startGitHub();
    github.inject('/silent', fault.silence());
    github.inject('/late', fault.delay(600_000));
    github.inject('/endless', fault.endless());
    const hold = github.hold('/held');
    const paths = ['silent', 'held', 'late', 'endless'];
    const attempts = paths.map(async (path) => (await fetch(`${github.url}/${path}`)).text());
    const settled = Promise.allSettled(attempts);
    await hold.reached;
    while (github.requests.length < 4) await sleep(5);
    await github.close();
    for (const { status } of await settled) assert.equal(status, 'rejected');
    await github.close();
    await assert.rejects(fetch(github.url));
  });

  it('report what a hook throws', async () => {
    const github = await startGitHub();
    github.onRequest(({ path }) => assert.notEqual(path, '/bad') ?? undefined);
    assert.equal((await fetch(`${github.url}/good`)).status, 404);
    assert.equal((await fetch(`${github.url}/bad`)).status, 500);
    await assert.rejects(github.close(), { code: 'ERR_ASSERTION' });
    await github.close();
  });
});
