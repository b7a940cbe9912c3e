// Not for coverage: the signals are what counts, and other tests reach the code behind them.

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { fault } from '../../support/github/server.ts';
import { assertFailed } from '../../support/refresh-scene.ts';
import { holderOf, seedRotated, unsealed } from '../../support/token-branch-file.ts';
import { tokenBranchScene } from '../../support/token-branch-scene.ts';

// A run that is cancelled: nobody holds the credential afterwards, and no new token is lost.

const signals = process.platform === 'win32' ? { skip: 'no signals there' } : {};

describe('token branch: a run is cancelled', { concurrency: 4, ...signals }, () => {
  it('while it looks', async (t) => {
    const scene = await tokenBranchScene(t);
    seedRotated(scene);
    const hold = scene.github.hold('GET');
    const step = scene.start({ tellsSignals: true });
    await hold.reached;
    await step.signal('SIGINT');
    assertFailed(await step.result, 'cancelled');
    assert.equal(scene.github.requestsTo('PUT').length, 0);
    assert.equal(scene.org.requests.length, 0);
  });

  it('while it waits for another', async (t) => {
    const scene = await tokenBranchScene(t);
    const holder = holderOf(Date.now());
    seedRotated(scene, { holder });
    const waits = Promise.withResolvers<void>();
    const step = scene.start({
      tellsSignals: true,
      onLine: (line) => line.startsWith('Waiting for') && waits.resolve(),
    });
    await waits.promise;
    await step.signal('SIGINT');
    assertFailed(await step.result, 'cancelled');
    assert.deepEqual(scene.record()?.['holder'], holder);
    assert.equal(scene.github.requestsTo('PUT').length, 0);
    assert.equal(scene.org.requests.length, 0);
  });

  for (const when of ['before', 'after'] as const) {
    it(`while it takes, ${when} that was done`, async (t) => {
      const scene = await tokenBranchScene(t);
      const { org, github, family } = scene;
      seedRotated(scene);
      const current = family.current;
      const hold = github.hold('PUT', { when });
      const step = scene.start({ tellsSignals: true });
      await hold.reached;
      await step.signal('SIGINT');
      hold.release();
      assertFailed(await step.result, 'cancelled');
      assert.equal(org.requests.length, 0);
      assert.equal(family.current, current);
      assert.equal(scene.record()?.['holder'], undefined);
      assert.equal(unsealed(scene)['refresh_token'], current);
    });
  }

  it('while it takes, and the answer to that never comes', async (t) => {
    const scene = await tokenBranchScene(t);
    const { org, github } = scene;
    seedRotated(scene);
    const hold = github.hold('PUT', { when: 'after' });
    const step = scene.start({ tellsSignals: true });
    await hold.reached;
    await step.signal('SIGINT');
    hold.release(fault.silence());
    const result = await step.result;
    assertFailed(result, 'cancelled');
    assert.equal(org.requests.length, 0);
    // Undone all the same, inside of what the runner leaves to a cancelled step.
    assert.equal(scene.record()?.['holder'], undefined);
  });

  it('after it was sent: the answer is awaited and saved', async (t) => {
    const scene = await tokenBranchScene(t);
    const { org, family } = scene;
    seedRotated(scene);
    const hold = org.hold();
    const step = scene.start({ tellsSignals: true });
    await hold.reached;
    await step.signal('SIGINT');
    hold.release();
    const result = await step.result;
    assertFailed(result, 'cancelled');
    assert.equal(org.tokenRequests.length, 1);
    assert.equal(unsealed(scene)['refresh_token'], family.current);
    assert.equal(scene.record()?.['refreshes'], 2);
    assert.equal(scene.record()?.['holder'], undefined);
    assert.equal(result.outputs['refresh-token'], '');
    assert.equal(result.state['token-branch'], '');
  });

  it('while it saves: that goes on', async (t) => {
    const scene = await tokenBranchScene(t);
    const { github, family } = scene;
    seedRotated(scene);
    github.inject('PUT', fault.unavailable(), { skip: 1 });
    const hold = github.hold('PUT', { skip: 1 });
    const step = scene.start({ tellsSignals: true });
    await hold.reached;
    await step.signal('SIGINT');
    hold.release();
    assertFailed(await step.result, 'cancelled');
    assert.equal(unsealed(scene)['refresh_token'], family.current);
  });

  it('while it saves, in vain: the end of the job has the rest', async (t) => {
    const scene = await tokenBranchScene(t);
    const { org, github, family } = scene;
    seedRotated(scene);
    const outage = github.inject('PUT', fault.unavailable(), { skip: 1, times: 99 });
    const hold = org.hold();
    const step = scene.start({ tellsSignals: true });
    await hold.reached;
    await step.signal('SIGINT');
    hold.release();
    const result = await step.result;
    // Said as what it is: cancelled would hide that the token is not safe yet.
    assertFailed(result, 'save_failed');
    assert.equal(result.outputs['refresh-token'], family.current);
    outage.remove();
    const post = await scene.post(result);
    assert.match(post.log, /Saved the new refresh token that the step could not save/);
    assert.equal(unsealed(scene)['refresh_token'], family.current);
  });

  it('after it was sent, and the answer never comes: the holder stays', async (t) => {
    const scene = await tokenBranchScene(t);
    const { org } = scene;
    seedRotated(scene);
    const hold = org.hold();
    const step = scene.start({ tellsSignals: true });
    await hold.reached;
    await step.signal('SIGINT');
    const result = await step.result;
    assertFailed(result, 'answer_lost');
    assert.notEqual(scene.record()?.['holder'], undefined);
    hold.release();
  });
});
