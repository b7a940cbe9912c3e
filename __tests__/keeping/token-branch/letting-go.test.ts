// Not for coverage: replace has unit tests, and refresh too.

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { fault as gitHubFault } from '../../support/github/server.ts';
import { assertFailed, assertRefreshed } from '../../support/refresh-scene.ts';
import { type Fault, fault, type SalesforceOrg } from '../../support/salesforce-org.ts';
import { seedRotated } from '../../support/token-branch-file.ts';
import {
  branch,
  type TokenBranchScene,
  tokenBranchScene,
} from '../../support/token-branch-scene.ts';
import { turnedClock } from '../../support/turned-clock.ts';

// After the answer: who lets go, and who must not, because nobody knows whether the token is spent.

/** That the file is as it was, and nobody holds it. */
function assertLetGo(scene: TokenBranchScene, before: string | undefined): void {
  const { repository } = scene;
  const record = scene.record();
  const { sealed, refreshes } = JSON.parse(before ?? '{}');
  assert.deepEqual([record?.['sealed'], record?.['refreshes']], [sealed, refreshes]);
  assert.equal(record?.['holder'], undefined);
  const [last] = repository.commits(branch);
  assert.match(last?.message ?? '', /^Let go, nothing was rotated: https:.* \[skip ci\]$/);
}

const definite: readonly (readonly [
  what: string,
  code: string,
  spoil: (org: SalesforceOrg) => void,
])[] = [
  [
    'an OAuth error',
    'invalid_client',
    (org) =>
      org.faults.push({ does: fault.oauthError('invalid_client', 'invalid client credentials') }),
  ],
  [
    'an OAuth error with a status of 401',
    'invalid_client_id',
    (org) =>
      org.faults.push({
        does: fault.oauthError('invalid_client_id', 'client identifier invalid', 401),
      }),
  ],
  [
    'a dead credential',
    'invalid_grant',
    (org) => org.revokeRefreshToken(org.families[0]?.current ?? ''),
  ],
  [
    'another request with the token under way',
    'invalid_grant',
    (org) =>
      org.faults.push({
        does: fault.oauthError('invalid_grant', 'token request is already being processed'),
      }),
  ],
  [
    'a redirect that is refused',
    'redirect_refused',
    (org) =>
      org.faults.push({ does: fault.redirect('https://evil.example/services/oauth2/token') }),
  ],
  [
    'a 429, again and again',
    'http_429',
    (org) => org.faults.push({ does: fault.tooMany(), count: 9 }),
  ],
  ['no connection', 'network_error', () => {}],
];

const unknown: readonly (readonly [what: string, code: string, does: Fault])[] = [
  ['a connection that is reset', 'answer_lost', fault.reset()],
  ['an answer that breaks off', 'answer_lost', fault.breakOff()],
  ['an answer cut in half', 'answer_lost', fault.truncate()],
  ['a 500', 'answer_lost', fault.page(500)],
  ['a 502', 'answer_lost', fault.page(502)],
  ['a refresh token that cannot be one', 'response_invalid', fault.patch({ refresh_token: 'a b' })],
];

describe('token branch: a definite answer lets go', { concurrency: 4 }, () => {
  for (const [what, code, spoil] of definite) {
    it(`after ${what}`, async (t) => {
      const scene = await tokenBranchScene(t);
      const { org, repository, file, family } = scene;
      seedRotated(scene);
      const [before, current] = [repository.file(branch, file), family.current];
      spoil(org);
      // The port is nobody's: an org that was closed.
      const closed = what === 'no connection' ? { 'login-url': 'https://127.0.0.1:9' } : {};
      const result = await scene.here({ inputs: { retries: 0, ...closed } });
      assertFailed(result, code);
      assertLetGo(scene, before);
      assert.equal(family.current, current);
      assert.equal(org.reuses, 0);
    });
  }

  it('and the next run goes on at once', async (t) => {
    const scene = await tokenBranchScene(t);
    const { org } = scene;
    seedRotated(scene);
    org.faults.push({ does: fault.oauthError('invalid_grant', 'ip restricted') });
    assertFailed(await scene.run(), 'invalid_grant');
    assertRefreshed(await scene.run({ inputs: { 'wait-seconds': 0 } }), org);
    assert.equal(org.reuses, 0);
  });

  it('is found out about, too, where its answer is lost', async (t) => {
    const scene = await tokenBranchScene(t);
    const { org, repository, file, github } = scene;
    seedRotated(scene);
    const before = repository.file(branch, file);
    org.faults.push({ does: fault.oauthError('invalid_grant', 'ip restricted') });
    github.inject('PUT', gitHubFault.reset(), { skip: 1, when: 'after' });
    assertFailed(await scene.run({ inputs: { retries: 0 } }), 'invalid_grant');
    assertLetGo(scene, before);
    assert.equal(github.requestsTo('PUT').length, 2);
  });
});

describe('token branch: letting go that fails', () => {
  it('is tried again as often as `retries` allows', async (t) => {
    for (const retries of [0, 1]) {
      const scene = await tokenBranchScene(t);
      const { org, github } = scene;
      seedRotated(scene);
      org.faults.push({ does: fault.oauthError('invalid_grant', 'ip restricted') });
      github.inject('PUT', gitHubFault.unavailable(), { skip: 1 });
      assertFailed(await scene.here({ inputs: { retries } }), 'invalid_grant');
      assert.equal(github.requestsTo('PUT').length, 2 + retries);
      assert.equal(scene.record()?.['holder'] === undefined, retries > 0);
    }
  });
});

describe('token branch: an answer that is lost does not', { concurrency: 4 }, () => {
  for (const [what, code, does] of unknown) {
    it(`after ${what}`, async (t) => {
      const scene = await tokenBranchScene(t);
      const { org, github } = scene;
      seedRotated(scene);
      org.faults.push({ does, when: 'after' });
      const result = await scene.here();
      assertFailed(result, code);
      // Nothing is sent a second time.
      assert.equal(org.tokenRequests.length, 1);
      assert.equal(github.requestsTo('PUT').length, 1);
      const holder = Object(scene.record()?.['holder']);
      const until = new Date(Date.parse(holder.since) + 180_000).toISOString();
      if (code === 'answer_lost') {
        assert.ok(result.log.includes(`(The hold ends at ${until}.)`), result.log);
        assert.match(result.log, /Only if Salesforce refuses that one, .* sign in again/);
      }
      // The next one waits for it.
      const next = await scene.here({ inputs: { 'wait-seconds': 0 } });
      assertFailed(next, 'credential_in_flight');
    });
  }

  it('and where Salesforce never got it, the next one goes on, once the time is up', async (t) => {
    const scene = await tokenBranchScene(t);
    const { org, github } = scene;
    seedRotated(scene);
    org.faults.push({ does: fault.reset(), when: 'before' });
    assertFailed(await scene.run(), 'answer_lost');
    github.clock.advance(183_000);
    const next = await scene.run({ inputs: { 'wait-seconds': 0 } });
    assertRefreshed(next, org);
    assert.match(next.log, /never let go: taking its place/);
    assert.equal(org.reuses, 0);
  });
});

describe('token branch: an app that does not rotate', () => {
  it('works, lets go with two commits, and is told once that the branch is not needed', async (t) => {
    const scene = await tokenBranchScene(t, { org: { rotation: 'none' } });
    const { org, repository } = scene;
    for (const run of [1, 2]) {
      const result = await scene.run({ run });
      assertRefreshed(result, org);
      assert.equal(result.outputs['rotated'], 'false');
      assert.equal(result.outputs['reused'], 'false');
      assert.equal('refresh-token' in result.outputs, false);
      const warnings = result.annotations.filter(({ level }) => level === 'warning');
      assert.equal(warnings.length, 1);
      assert.match(
        JSON.stringify(warnings),
        /`token-branch` is not needed: the app did not rotate/,
      );
      assert.match(
        result.log,
        /Refresh token: not rotated \(https:\/\/github\.com\/octo\/demo\/commit\//,
      );
      assert.equal(repository.commits(branch).length, 2 * run);
      assert.deepEqual(scene.record(), { about: scene.record()?.['about'], refreshes: 0 });
    }
  });

  it('is not told so where the app rotated before', async (t) => {
    const scene = await tokenBranchScene(t);
    seedRotated(scene);
    scene.org.app.rotation = 'none';
    const result = await scene.here();
    assertRefreshed(result, scene.org);
    assert.deepEqual(result.annotations, []);
    assert.equal(scene.record()?.['refreshes'], 1);
  });
});

describe('token branch: a step that is held up', { concurrency: 3 }, () => {
  for (const [ms, sends] of [
    [25_000, true],
    [30_500, false],
  ] as const) {
    it(`${sends ? 'sends' : 'sends nothing'} ${ms / 1000} s after the look, and ${sends ? 'saves' : 'takes it anew'}`, async (t) => {
      const scene = await tokenBranchScene(t);
      const clock = await turnedClock(t);
      const { org, github, repository } = scene;
      seedRotated(scene);
      const before = repository.commits(branch).length;
      github.intercept('PUT', () => clock.turn(ms).then(() => undefined), { when: 'after' });
      const result = await scene.run({ env: clock.env });
      assertRefreshed(result, org);
      assert.equal(org.tokenRequests.length, 1);
      assert.equal(org.reuses, 0);
      assert.equal(scene.record()?.['refreshes'], 2);
      const messages = repository.commits(branch).map(({ message }) => message.split(' ')[0]);
      const since = messages.slice(0, messages.length - before);
      assert.deepEqual(since, sends ? ['Save', 'Take'] : ['Save', 'Take', 'Let', 'Take']);
      assert.equal(/held up for too long/.test(result.log), !sends);
    });
  }

  it('sends nothing where its lease is over and another job went on', async (t) => {
    const scene = await tokenBranchScene(t);
    const clock = await turnedClock(t);
    const { org, github } = scene;
    seedRotated(scene);
    const hold = github.hold('PUT', { when: 'after' });
    const slow = scene.run({ env: clock.env, inputs: { 'timeout-seconds': 600 } });
    await hold.reached;
    github.clock.advance(200_000);
    assertRefreshed(await scene.here({ inputs: { 'wait-seconds': 0 } }), org);
    await clock.turn(200_000);
    hold.release();
    assertRefreshed(await slow, org);
    assert.equal(org.reuses, 0);
    assert.equal(scene.record()?.['refreshes'], 3);
    assert.equal(scene.record()?.['holder'], undefined);
  });

  it('asks once more, as the last thing before a retry leaves', async (t) => {
    const scene = await tokenBranchScene(t);
    const clock = await turnedClock(t);
    const { org } = scene;
    seedRotated(scene);
    org.faults.push({ does: fault.tooMany() });
    const stop = org.onRequest(async () => {
      stop();
      await clock.turn(31_000);
    });
    const result = await scene.run({ env: clock.env, inputs: { 'timeout-seconds': 120 } });
    assertRefreshed(result, org);
    assert.match(result.log, /Retry 1 of 3/);
    assert.match(result.log, /held up for too long/);
    assert.equal(org.tokenRequests.length, 2);
    assert.equal(org.reuses, 0);
  });
});
