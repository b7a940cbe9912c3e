// Not for coverage: unsaved and replace have unit tests.

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { fault } from '../../support/github/server.ts';
import { assertRefreshed } from '../../support/refresh-scene.ts';
import type { ActionResult } from '../../support/runner.ts';
import { seedRotated, storedToken, textOf, unsealed } from '../../support/token-branch-file.ts';
import {
  branch,
  type TokenBranchScene,
  tokenBranchScene,
} from '../../support/token-branch-scene.ts';
import { turnedClock } from '../../support/turned-clock.ts';

// The end of the job: the net under a step that did not come to save. It never fails.

/** A step that was killed while it saved: nothing but the runner's state has the new token. */
async function killedWhileSaving(t: Parameters<typeof tokenBranchScene>[0]) {
  const scene = await tokenBranchScene(t);
  seedRotated(scene);
  const hold = scene.github.hold('PUT', { skip: 1 });
  const step = scene.start();
  await hold.reached;
  step.process.kill('SIGKILL');
  hold.release(fault.reset());
  const killed = await step.result;
  assert.notEqual(unsealed(scene)['refresh_token'], scene.family.current);
  return { scene, killed };
}

/** That the stage is green; what it says is left to the test. */
function assertGreen(post: ActionResult): void {
  assert.equal(post.hung, false);
  assert.equal(post.code, 0, post.log);
  assert.equal(post.conclusion, 'success');
  assert.equal(post.stderr, '');
  assert.deepEqual(post.outputs, {});
  assert.ok(post.annotations.every(({ level }) => level !== 'error'));
}

function assertKept(scene: TokenBranchScene): void {
  assert.equal(unsealed(scene)['refresh_token'], scene.family.current);
  assert.equal(scene.record()?.['holder'], undefined);
  assert.equal(scene.record()?.['refreshes'], 2);
}

describe('token branch: the end of the job', { concurrency: 4 }, () => {
  it('does nothing where the step saved, or never came to it', async (t) => {
    const scene = await tokenBranchScene(t);
    const saved = await scene.run();
    assertRefreshed(saved, scene.org);
    const from = scene.github.requests.length;
    const post = await scene.post(saved);
    assertGreen(post);
    assert.equal(post.log, '');
    scene.org.revokeFamily(scene.family);
    assertGreen(await scene.post(await scene.run()));
    assert.equal(
      scene.github.requests.slice(from).filter(({ method }) => method === 'PUT').length,
      2,
    );
  });

  it('saves what a killed step left, with one request, and the next run goes on', async (t) => {
    const { scene, killed } = await killedWhileSaving(t);
    const { org, github, repository } = scene;
    const from = github.requests.length;
    const post = await scene.post(killed);
    assertGreen(post);
    assertKept(scene);
    assert.match(
      post.log,
      /Saved the new refresh token that the step could not save, on the branch “salesforce-tokens” of octo\/demo/,
    );
    assert.deepEqual(github.trace().slice(from), [`PUT contents/${scene.file} 200`]);
    assert.match(
      repository.commits(branch)[0]?.message ?? '',
      /^Save refresh 2: .* \([\w-]+\) \[skip ci\]$/,
    );
    assert.ok(post.masks.includes(scene.githubToken));
    assertRefreshed(await scene.run({ inputs: { 'wait-seconds': 0 } }), org);
    assert.equal(org.reuses, 0);
  });

  it('has the token in the state encrypted', async (t) => {
    const { scene, killed } = await killedWhileSaving(t);
    const state = killed.state['token-branch'] ?? '';
    assert.ok(!state.includes(scene.family.current));
    assert.ok(!state.includes(scene.githubToken));
    const { text } = JSON.parse(state);
    assert.equal(JSON.parse(text).refreshes, 2);
  });

  for (const when of ['before', 'after'] as const) {
    it(`finds out about an answer that is lost, ${when} it was done`, async (t) => {
      const { scene, killed } = await killedWhileSaving(t);
      scene.github.inject('PUT', fault.unavailable(), { when });
      const post = await scene.post(killed);
      assertGreen(post);
      assertKept(scene);
      assert.deepEqual(post.annotations, []);
    });
  }

  it('finds that the step had saved after all', async (t) => {
    const scene = await tokenBranchScene(t);
    seedRotated(scene);
    const hold = scene.github.hold('PUT', { skip: 1, when: 'after' });
    const step = scene.start();
    await hold.reached;
    step.process.kill('SIGKILL');
    const killed = await step.result;
    const post = await scene.post(killed);
    assertGreen(post);
    assert.deepEqual(post.annotations, []);
    assertKept(scene);
    // Others went on meanwhile: the history knows.
    assertRefreshed(await scene.run(), scene.org);
    const late = await scene.post(killed);
    assertGreen(late);
    assert.deepEqual(late.annotations, []);
    assert.equal(unsealed(scene)['refresh_token'], scene.family.current);
  });

  it('warns where it is in vain, after a minute', async (t) => {
    const { scene, killed } = await killedWhileSaving(t);
    const clock = await turnedClock(t);
    scene.github.intercept('PUT', () => clock.turn(61_000).then(() => fault.unavailable()), {
      times: 99,
    });
    const post = await scene.post(killed, { env: clock.env });
    assertGreen(post);
    const warnings = post.annotations.filter(({ level }) => level === 'warning');
    assert.equal(warnings.length, 1);
    assert.match(JSON.stringify(warnings), /could not be saved on .* at the end of the job either/);
    assert.match(JSON.stringify(warnings), /sign in again before the next run/);
  });

  it('never writes over another job that took the credential after the lease', async (t) => {
    const { scene, killed } = await killedWhileSaving(t);
    const { github, repository, file } = scene;
    github.clock.advance(200_000);
    const others = textOf(storedToken(scene), {
      refreshes: 1,
      sealed: { refresh_token: 'x'.repeat(50) },
    });
    repository.commit(branch, { [file]: others });
    const clock = await turnedClock(t);
    github.intercept('PUT', () => clock.turn(200_000).then(() => undefined));
    const post = await scene.post(killed, { env: clock.env });
    assertGreen(post);
    assert.equal(repository.file(branch, file), others);
    assert.match(post.log, /could not be saved on .* at the end of the job either/);
  });

  it('warns where GitHub cannot be reached at all', async (t) => {
    const { scene, killed } = await killedWhileSaving(t);
    const clock = await turnedClock(t);
    scene.github.intercept('*', () => clock.turn(61_000).then(() => fault.reset()), { times: 99 });
    const post = await scene.post(killed, { env: clock.env });
    assertGreen(post);
    assert.match(post.log, /could not be saved/);
  });

  it('warns at once about a state that it cannot read', async (t) => {
    const { scene, killed } = await killedWhileSaving(t);
    const from = scene.github.requests.length;
    for (const state of ['{', '[]', '{"repository": 7}']) {
      const post = await scene.post({ ...killed, state: { 'token-branch': state } });
      assertGreen(post);
      assert.match(post.log, /could not be saved: what the step noted for it cannot be read/);
    }
    assert.equal(scene.github.requests.length, from);
  });

  it('revokes the access token as well, where that was asked for', async (t) => {
    const { scene, killed } = await killedWhileSaving(t);
    const [token] = scene.family.accessTokens.slice(-1);
    const state = {
      ...killed.state,
      'access-token': token?.value ?? '',
      'instance-url': scene.org.url,
    };
    const inputs = { 'revoke-on-completion': true };
    assertGreen(await scene.post({ ...killed, state }, { inputs }));
    assertKept(scene);
    assert.equal(token?.revoked, true);
  });
});
