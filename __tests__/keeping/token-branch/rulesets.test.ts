import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { assertFailed, assertRefreshed } from '../../support/refresh-scene.ts';
import { tokenBranchScene } from '../../support/token-branch-scene.ts';

// What docs/security.md says of rulesets: which the branch stands, from its first run on. Those that it does
// not stand, and what the step says then, are in not-writable.test.ts.

describe('The token branch', () => {
  it('fits rules against deletion, force pushes and commits without a signature', async (t) => {
    const scene = await tokenBranchScene(t);
    scene.repository.ruleset({
      include: ['~ALL'],
      rules: ['deletion', 'non_fast_forward', 'required_signatures'],
    });
    assertRefreshed(await scene.run(), scene.org);
    assertRefreshed(await scene.run(), scene.org);
    assert.equal(scene.org.tokenRequests.length, 2);
    assert.deepEqual([...new Set(scene.github.requests.map(({ method }) => method))].sort(), [
      'GET',
      'POST',
      'PUT',
    ]);
  });

  it('fits a rule against new branches once it is there', async (t) => {
    const scene = await tokenBranchScene(t);
    assertRefreshed(await scene.run(), scene.org);
    scene.repository.ruleset({ include: ['~ALL'], rules: ['creation'] });
    assertRefreshed(await scene.run(), scene.org);
  });

  it('fits every rule that its token may bypass', async (t) => {
    const scene = await tokenBranchScene(t);
    const ruleset = { include: ['~ALL'], rules: ['creation', 'update', 'pull_request'] } as const;
    scene.repository.ruleset({ ...ruleset, bypass: [scene.githubToken] });
    assertRefreshed(await scene.run(), scene.org);
    assertRefreshed(await scene.run(), scene.org);
    scene.repository.ruleset(ruleset);
    assertFailed(await scene.run(), 'token_branch_not_writable');
  });
});
