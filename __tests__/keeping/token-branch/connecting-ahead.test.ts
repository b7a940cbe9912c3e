// Not for coverage: the connection has unit tests.

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { assertFailed, assertRefreshed } from '../../support/refresh-scene.ts';
import { holderOf, putFile, seedRotated } from '../../support/token-branch-file.ts';
import { branch, tokenBranchScene } from '../../support/token-branch-scene.ts';
import { until } from '../../support/until.ts';

// The network is what people wait for: the connection to Salesforce is opened while GitHub answers the
// take, not before that, and not held for anybody else.

describe('token branch: the connection to Salesforce', { concurrency: 2 }, () => {
  it('is opened while GitHub answers the take, and the refresh goes over it', async (t) => {
    const scene = await tokenBranchScene(t);
    const { org, github } = scene;
    seedRotated(scene);
    const [look, take] = [github.hold('GET'), github.hold('PUT')];
    const step = scene.start();
    await look.reached;
    assert.equal(org.connections, 0);
    look.release();
    await take.reached;
    // Would not come before the answer to the take otherwise.
    await until(() => org.connections === 1);
    assert.equal(org.requests.length, 0);
    take.release();
    assertRefreshed(await step.result, org);
    assert.deepEqual([org.connections, github.connections], [1, 1]);
  });

  it('is given up where somebody else was faster, and not held while that one is at work', async (t) => {
    const scene = await tokenBranchScene(t);
    const { org, github, repository, file } = scene;
    seedRotated(scene);
    const mine = repository.file(branch, file) ?? '';
    const take = github.hold('PUT');
    const step = scene.start();
    await take.reached;
    await until(() => org.connections === 1);
    putFile(scene, JSON.stringify({ ...JSON.parse(mine), holder: holderOf(Date.now()) }));
    const nextLook = github.hold('GET');
    take.release();
    await nextLook.reached;
    await until(() => org.openConnections === 0);
    putFile(scene, mine);
    nextLook.release();
    assertRefreshed(await step.result, org);
    assert.equal(org.connections, 2);
  });

  it('is given up where the branch can not be written', async (t) => {
    const scene = await tokenBranchScene(t);
    const { org, github } = scene;
    seedRotated(scene);
    const take = github.hold('PUT');
    const step = scene.start();
    await take.reached;
    await until(() => org.connections === 1);
    take.release({
      kind: 'answer',
      answer: { status: 403, body: { message: 'Resource not accessible by integration' } },
    });
    assertFailed(await step.result, 'token_branch_not_writable');
    assert.equal(org.requests.length, 0);
  });

  it('is made anew where it broke meanwhile', async (t) => {
    const scene = await tokenBranchScene(t);
    const { org, github } = scene;
    seedRotated(scene);
    const take = github.hold('PUT');
    const step = scene.start();
    await take.reached;
    await until(() => org.connections === 1);
    org.breakConnections();
    await until(() => org.openConnections === 0);
    take.release();
    assertRefreshed(await step.result, org);
    assert.equal(org.connections, 2);
    assert.equal(org.reuses, 0);
  });
});
