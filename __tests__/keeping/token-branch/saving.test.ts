// Not for coverage: replace has unit tests.

import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Fault, fault } from '../../support/github/server.ts';
import { assertFailed, assertRefreshed } from '../../support/refresh-scene.ts';
import type { ActionResult } from '../../support/runner.ts';
import { fault as salesforceFault } from '../../support/salesforce-org.ts';
import {
  holderOf,
  putFile,
  seedRotated,
  storedToken,
  textOf,
  unsealed,
} from '../../support/token-branch-file.ts';
import {
  branch,
  type TokenBranchScene,
  tokenBranchScene,
} from '../../support/token-branch-scene.ts';
import { turnedClock } from '../../support/turned-clock.ts';

// Keeping the new refresh token: until it is certain that it is on the branch, or the lease is over.

/** That the step succeeded, with the current token on the branch, saved once. */
function assertSaved(result: ActionResult, scene: TokenBranchScene): void {
  const { org, family } = scene;
  assertRefreshed(result, org);
  assert.equal(unsealed(scene)['refresh_token'], family.current);
  assert.equal(scene.record()?.['holder'], undefined);
  assert.equal(org.reuses, 0);
  assert.equal(org.tokenRequests.length, 1);
  assert.equal(result.outputs['refresh-token'], '');
  assert.equal(result.state['token-branch'], '');
}

/** The second write is the save. */
const save = { skip: 1 };

describe('token branch: the order of keeping', { concurrency: 4 }, () => {
  it('is outputs, state, branch, and then the outputs are taken back', async (t) => {
    const scene = await tokenBranchScene(t);
    const { family, github } = scene;
    seedRotated(scene);
    const hold = github.hold('PUT', save);
    const step = scene.start();
    await hold.reached;
    // Whatever ends the process now: both the next step and the end of the job have it.
    assert.equal(step.outputs()['refresh-token'], family.current);
    assert.equal(step.outputs()['rotated'], 'true');
    assert.equal('access-token' in step.outputs(), false);
    step.process.kill('SIGKILL');
    hold.release();
    const killed = await step.result;
    const state = JSON.parse(killed.state['token-branch'] ?? '');
    assert.ok(!JSON.stringify(state).includes(family.current));
    const post = await scene.post(killed);
    assert.equal(post.code, 0);
    assert.equal(unsealed(scene)['refresh_token'], family.current);
  });

  it('hands out the auth URL as well, where one was given', async (t) => {
    const scene = await tokenBranchScene(t, { form: 'auth URL' });
    const { family, github, secret } = scene;
    const old = family.current;
    const hold = github.hold('PUT');
    const step = scene.start();
    await hold.reached;
    assert.equal(step.outputs()['sfdx-auth-url'], secret.replace(old, family.current));
    hold.release();
    const result = await step.result;
    assertSaved(result, scene);
    assert.equal(result.outputs['sfdx-auth-url'], '');
  });
});

const lost: readonly (readonly [what: string, fault: () => Fault])[] = [
  ['the connection is reset', fault.reset],
  ['the answer breaks off', fault.breakOff],
  ['GitHub answers with 502', () => fault.unavailable(502)],
  ['GitHub answers with 500', () => fault.unavailable(500)],
  ['a page comes with 200', () => fault.page(200)],
];

describe('token branch: what must not keep the new token from the branch', {
  concurrency: 4,
}, () => {
  it('is an output file that is gone: the step fails, and says where the token is', async (t) => {
    const scene = await tokenBranchScene(t);
    const { org, family } = scene;
    seedRotated(scene);
    const folder = mkdtempSync(join(tmpdir(), 'outputs-'));
    t.after(() => rmSync(folder, { recursive: true }));
    const output = join(folder, 'outputs');
    writeFileSync(output, '');
    org.onRequest(() => rmSync(output, { force: true }));
    const result = await scene.run({ env: { GITHUB_OUTPUT: output } });
    assert.equal(result.code, 1);
    assert.match(result.log, /The new token is kept on the branch “salesforce-tokens”/);
    assert.equal(unsealed(scene)['refresh_token'], family.current);
    assert.equal(scene.record()?.['holder'], undefined);
    assertRefreshed(await scene.run(), org);
    assert.equal(org.reuses, 0);
  });

  it('takes none of `timeout-seconds`: the checks that follow have what is left', async (t) => {
    const scene = await tokenBranchScene(t);
    const { github } = scene;
    seedRotated(scene);
    const hold = github.hold('PUT', save);
    const step = scene.start({ inputs: { 'timeout-seconds': 5, verify: true } });
    await hold.reached;
    // As long as that is over for certain: the step's time began before this.
    await sleep(5_100);
    hold.release();
    const result = await step.result;
    assertSaved(result, scene);
    assert.notEqual(result.outputs['username'], undefined);
  });

  it('is an answer too large for a file that the next run takes', async (t) => {
    const scene = await tokenBranchScene(t);
    const { org, family } = scene;
    seedRotated(scene);
    org.faults.push({
      does: salesforceFault.patch({ custom: 'x'.repeat(60 * 1024) }),
      when: 'after',
    });
    const reusing = { inputs: { 'reuse-minutes': 5 } };
    assertSaved(await scene.run(reusing), scene);
    const next = await scene.run(reusing);
    assertRefreshed(next, org);
    assert.equal(next.outputs['reused'], 'false');
    assert.equal(unsealed(scene)['refresh_token'], family.current);
    assert.equal(org.reuses, 0);
  });
});

describe('token branch: an answer that is lost while saving', { concurrency: 4 }, () => {
  for (const [what, make] of lost) {
    for (const when of ['before', 'after'] as const) {
      it(`is looked for, whatever \`retries\` says: ${what}, ${when} it was done`, async (t) => {
        const scene = await tokenBranchScene(t);
        seedRotated(scene);
        scene.github.inject('PUT', make(), { ...save, when });
        assertSaved(await scene.here({ inputs: { retries: 0 } }), scene);
        assert.equal(scene.github.requestsTo('PUT').length, when === 'before' ? 3 : 2);
      });
    }
  }

  it('is not believed to be lost by a look that is old', async (t) => {
    const scene = await tokenBranchScene(t);
    const { github, repository } = scene;
    seedRotated(scene);
    github.intercept(
      'PUT',
      () => {
        // From now on reads show what was before the take.
        github.lag({ writes: 2 });
        return fault.unavailable();
      },
      { ...save, when: 'after' },
    );
    github.intercept(
      'PUT',
      () => {
        github.lag();
        return undefined;
      },
      { skip: 2, when: 'after' },
    );
    assertSaved(await scene.run(), scene);
    assert.equal(repository.commits(branch)[0]?.message.startsWith('Save refresh 2'), true);
  });

  it('is found in the history where another job was fast', async (t) => {
    const scene = await tokenBranchScene(t);
    const { org, github, family } = scene;
    seedRotated(scene);
    const lostAnswer = github.hold('PUT', { ...save, when: 'after' });
    const first = scene.run();
    await lostAnswer.reached;
    assertRefreshed(await scene.run(), org);
    lostAnswer.release(fault.unavailable());
    const result = await first;
    assertRefreshed(result, org);
    assert.equal(result.outputs['refresh-token'], '');
    assert.equal(unsealed(scene)['refresh_token'], family.current);
    assert.equal(org.reuses, 0);
  });
});

describe('token branch: saving meets others', { concurrency: 4 }, () => {
  it("goes on after another credential's commit", async (t) => {
    const scene = await tokenBranchScene(t);
    const { github, repository } = scene;
    seedRotated(scene);
    github.intercept(
      'PUT',
      () => {
        repository.commit(branch, { 'other.json': '{}' });
        return undefined;
      },
      { ...save, when: 'during' },
    );
    assertSaved(await scene.here(), scene);
    assert.equal(repository.file(branch, 'other.json'), '{}');
  });

  for (const [what, make] of [
    ['a limit with Retry-After', () => fault.secondaryRateLimit(403, 2)],
    ['a limit without', () => fault.secondaryRateLimit(429)],
    ['a refusal that passes', () => fault.error(403, 'Resource not accessible by integration')],
    ['a branch that is not shown yet', () => fault.error(404, `Branch ${branch} not found`)],
  ] as const) {
    it(`goes on after ${what}`, async (t) => {
      const scene = await tokenBranchScene(t);
      seedRotated(scene);
      scene.github.inject('PUT', make(), save);
      const result = await scene.here({ inputs: { retries: 0 } });
      assertSaved(result, scene);
      assert.match(result.log, /Writing to the token branch again in \d+\.\d s: HTTP 4\d\d/);
    });
  }

  it('honours Retry-After', async (t) => {
    const scene = await tokenBranchScene(t);
    seedRotated(scene);
    scene.github.inject('PUT', fault.secondaryRateLimit(403, 3), save);
    const result = await scene.here();
    assertSaved(result, scene);
    assert.match(result.log, /Writing to the token branch again in 3\.0 s/);
  });

  it('puts a file back that was deleted meanwhile', async (t) => {
    const scene = await tokenBranchScene(t);
    const { github, repository, file } = scene;
    seedRotated(scene);
    github.intercept(
      'PUT',
      () => {
        repository.commit(branch, { [file]: null });
        return undefined;
      },
      save,
    );
    assertSaved(await scene.here(), scene);
  });

  it('makes a branch anew that was deleted meanwhile, once it is certain', async (t) => {
    const scene = await tokenBranchScene(t);
    const clock = await turnedClock(t);
    const { github, repository, file } = scene;
    seedRotated(scene);
    github.intercept(
      'PUT',
      () => {
        repository.placeBranch(branch, undefined);
        return undefined;
      },
      save,
    );
    // So long GitHub may not show a branch to everybody.
    github.intercept('PUT', () => clock.turn(16_000).then(() => undefined), { skip: 2 });
    assertSaved(await scene.run({ env: clock.env }), scene);
    assert.deepEqual(repository.paths(branch).sort(), ['README.md', file].sort());
    assert.deepEqual(
      repository.commits(branch).map(({ parents }) => parents),
      [[]],
    );
  });

  it('never writes over what somebody else made of the branch meanwhile', async (t) => {
    const scene = await tokenBranchScene(t);
    const clock = await turnedClock(t);
    const { github, repository, file, family, org } = scene;
    seedRotated(scene);
    const others = textOf(storedToken(scene), { refreshes: 0, holder: holderOf(Date.now()) });
    github.intercept(
      'PUT',
      () => {
        repository.placeBranch(branch, undefined);
        putFile(scene, others);
        return undefined;
      },
      save,
    );
    // The lease is over: what is seen is no old look any more.
    github.intercept('PUT', () => clock.turn(181_000).then(() => undefined), { skip: 2 });
    const result = await scene.run({ env: clock.env });
    assertFailed(result, 'save_failed');
    assert.equal(repository.file(branch, file), others);
    assert.equal(result.outputs['refresh-token'], family.current);
    assert.equal(org.reuses, 0);
  });
});

describe('token branch: saving fails', { concurrency: 4 }, () => {
  for (const form of ['token', 'auth URL'] as const) {
    it(`when the lease is over: the outputs stay, and the message names them (${form})`, async (t) => {
      const scene = await tokenBranchScene(t, { form });
      const clock = await turnedClock(t);
      const { github, family, org } = scene;
      seedRotated(scene);
      github.intercept(
        'PUT',
        async ({ number }) => {
          if (github.requestsTo('PUT').filter((put) => put.number < number).length === 2) {
            await clock.turn(175_000);
          }
          return fault.unavailable(503);
        },
        { ...save, times: Number.POSITIVE_INFINITY },
      );
      const result = await scene.run({ env: clock.env });
      assertFailed(result, 'save_failed');
      const output = form === 'token' ? 'refresh-token' : 'sfdx-auth-url';
      assert.equal(result.outputs['refresh-token'], family.current);
      assert.ok((result.outputs[output] ?? '').includes(family.current));
      assert.equal(result.outputs['rotated'], 'true');
      assert.match(
        result.log,
        /could not be written to the branch “salesforce-tokens” of octo\/demo/,
      );
      assert.match(result.log, new RegExp(`save the output \`${output}\``));
      assert.ok(!result.log.includes(family.current));
      assert.notEqual(result.state['token-branch'], '');
      assert.equal(org.tokenRequests.length, 1);
    });
  }

  it('and the end of the job saves it all the same', async (t) => {
    const scene = await tokenBranchScene(t);
    const clock = await turnedClock(t);
    const { github, family, org } = scene;
    seedRotated(scene);
    const outage = github.intercept(
      'PUT',
      async () => {
        await clock.turn(181_000);
        return fault.unavailable(503);
      },
      { ...save, times: Number.POSITIVE_INFINITY },
    );
    const failed = await scene.run({ env: clock.env });
    assertFailed(failed, 'save_failed');
    outage.remove();
    const post = await scene.post(failed);
    assert.equal(post.code, 0);
    assert.match(
      post.log,
      /Saved the new refresh token that the step could not save, on the branch/,
    );
    assert.equal(unsealed(scene)['refresh_token'], family.current);
    assertRefreshed(await scene.run(), org);
    assert.equal(org.reuses, 0);
  });
});
