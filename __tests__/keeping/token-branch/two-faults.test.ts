// Not for coverage: turn, replace and unsaved have unit tests.

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Fault, fault } from '../../support/github/server.ts';
import { preloaded } from '../../support/preloaded.ts';
import type { StartedAction } from '../../support/runner.ts';
import {
  branch,
  type TokenBranchScene,
  tokenBranchScene,
} from '../../support/token-branch-scene.ts';

// What takes more than one thing that breaks; the table of faults has those that take one.

function assertUnharmed({ org, family }: TokenBranchScene): void {
  assert.deepEqual([org.reuses, family.revoked], [0, false]);
}

describe('a take of which nobody knows', { concurrency: 4 }, () => {
  it('sends what the write that arrived replaced, not what an earlier one would have', async (t) => {
    const scene = await tokenBranchScene(t);
    const { github, org } = scene;
    await scene.here();
    const meanwhile = async (): Promise<Fault> => {
      const other = await scene.here();
      assert.equal(other.conclusion, 'success', other.log);
      return fault.reset();
    };
    // Its first write is lost; while it waits, another job rotates; its second is done, and not answered.
    github.intercept('PUT', meanwhile);
    github.inject('PUT', fault.reset(), { when: 'after', skip: 2 });
    const result = await scene.run();
    assert.equal(result.conclusion, 'success', `${result.log}\n${github.trace().join('\n')}`);
    assert.equal(org.tokenRequests.length, 3);
    assertUnharmed(scene);
  });
});

describe("the hour's requests, where few are left of them", { concurrency: 4 }, () => {
  it('are left to the one who has to save: who waits ends', async (t) => {
    const scene = await tokenBranchScene(t);
    const { github, org, githubToken } = scene;
    await scene.here();
    const hold = org.hold();
    const first: StartedAction = scene.start();
    await hold.reached;
    github.quota(githubToken).remaining = 60;
    const second = await scene.run();
    assert.equal(second.outputs['error-code'], 'http_429', second.log);
    assert.match(second.log, /only 59 more requests/);
    hold.release();
    const result = await first.result;
    assert.equal(result.conclusion, 'success', result.log);
    assertUnharmed(scene);
  });
});

describe('a new token that could not be saved at once', { concurrency: 4 }, () => {
  it('is saved by the end of the job, though a look shows an old version then', async (t) => {
    const scene = await tokenBranchScene(t);
    const { github } = scene;
    // By the clock of this machine, the holder's time is over already.
    github.clock.advance(-600_000);
    await scene.here();
    const victim: StartedAction = scene.start();
    const kill = () => {
      victim.process.kill('SIGKILL');
      return fault.reset();
    };
    github.intercept('PUT', kill, { skip: 1 });
    const killed = await victim.result;
    assert.equal(killed.signal, 'SIGKILL');
    github.inject('PUT', fault.unavailable(502));
    github.lag({ writes: 1 });
    const post = await scene.post(killed);
    assert.match(post.log, /Saved the new refresh token that the step could not save/);
    github.lag();
    const next = await scene.here({ inputs: { 'wait-seconds': 0 } });
    assert.equal(next.conclusion, 'success', next.log);
    assertUnharmed(scene);
  });

  it('is not saved over what another job kept meanwhile', async (t) => {
    const scene = await tokenBranchScene(t);
    const { github, org, family } = scene;
    github.clock.advance(-600_000);
    await scene.here();
    const victim: StartedAction = scene.start();
    const kill = () => {
      victim.process.kill('SIGKILL');
      return fault.reset();
    };
    github.intercept('PUT', kill, { skip: 1 });
    const killed = await victim.result;
    // As if Salesforce had forgotten that rotation: so the job that takes over succeeds.
    github.clock.advance(183_000);
    family.current = [...family.spent.keys()].at(-1) ?? '';
    family.spent.delete(family.current);
    const other = await scene.here({ inputs: { 'wait-seconds': 0 } });
    assert.equal(other.conclusion, 'success', other.log);
    const kept = scene.record();
    const post = await scene.post(killed, { env: preloaded(30, 'start') });
    assert.match(post.log, /could not be saved on .* at the end of the job either/);
    assert.deepEqual(scene.record(), kept);
    assert.equal(org.reuses, 0);
  });

  for (const gone of ['the branch', 'the file'] as const) {
    it(`is kept on ${gone} made anew, where it was deleted meanwhile`, async (t) => {
      const scene = await tokenBranchScene(t);
      const { github, repository, file } = scene;
      await scene.here();
      const step: StartedAction = scene.start({ env: preloaded(30, 'SIGUSR2') });
      const remove = () => {
        step.process.kill('SIGUSR2');
        if (gone === 'the branch') {
          repository.placeBranch(branch, undefined);
        } else {
          repository.commit(branch, { [file]: null });
        }
        return undefined;
      };
      github.intercept('PUT', remove, { skip: 1 });
      // What GitHub says of a version that is not there any more, nobody documents: at worst this.
      const replaces = ({ method, json }: { method: string; json: unknown }) =>
        method === 'PUT' && Object.hasOwn(Object(json), 'sha') && !repository.file(branch, file);
      if (gone === 'the file') {
        github.inject(replaces, fault.error(409, `${file} does not match`), {
          times: Number.POSITIVE_INFINITY,
        });
      }
      const result = await step.result;
      assert.equal(result.conclusion, 'success', `${result.log}\n${github.trace().join('\n')}`);
      const next = await scene.here({ inputs: { 'wait-seconds': 0 } });
      assert.equal(next.conclusion, 'success', next.log);
      assert.ok(repository.file(branch, 'README.md'));
      assertUnharmed(scene);
    });
  }

  it('is read from an answer that came while the process stood still, whatever its timers say', async (t) => {
    const scene = await tokenBranchScene(t);
    const step: StartedAction = scene.start({ inputs: { 'timeout-seconds': 5 } });
    const answered = Promise.withResolvers<void>();
    scene.org.onRequest(() => {
      step.process.kill('SIGSTOP');
      answered.resolve();
    }, 'after');
    await answered.promise;
    await sleep(6_000);
    step.process.kill('SIGCONT');
    const result = await step.result;
    assert.equal(result.conclusion, 'success', result.log);
    assertUnharmed(scene);
  });
});
