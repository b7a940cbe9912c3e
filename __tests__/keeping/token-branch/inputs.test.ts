import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { assertFailed } from '../../support/refresh-scene.ts';
import type { RunOptions } from '../../support/runner.ts';
import { type TokenBranchScene, tokenBranchScene } from '../../support/token-branch-scene.ts';

// What is refused before anything is sent to anybody: the inputs of the token branch, and how they go
// together with others.

type Inputs = NonNullable<RunOptions['inputs']>;

const refused: readonly (readonly [
  what: string,
  inputs: Inputs,
  code: string,
  says: RegExp,
  env?: RunOptions['env'],
])[] = [
  [
    'a name that git refuses',
    { 'token-branch': 'a..b' },
    'input_invalid',
    /`token-branch` is .+, which is not a name that git takes/,
  ],
  ['a whole ref', { 'token-branch': 'refs/heads/tokens' }, 'input_invalid', /starts with `refs\/`/],
  [
    'a name like a commit',
    { 'token-branch': 'deadbeef'.repeat(5) },
    'input_invalid',
    /looks like a commit/,
  ],
  [
    'the branch of this run',
    { 'token-branch': 'release' },
    'input_invalid',
    /is the branch or tag that this run is about/,
    { GITHUB_REF_NAME: 'release' },
  ],
  [
    'the branch of the pull request',
    { 'token-branch': 'feature/x' },
    'input_invalid',
    /is the branch or tag that this run is about/,
    { GITHUB_REF_NAME: '5/merge', GITHUB_HEAD_REF: 'feature/x' },
  ],
  [
    'the branch of this run, the repository in other letters',
    { 'token-branch': 'release', 'token-repository': 'Octo/DEMO' },
    'input_invalid',
    /is the branch or tag that this run is about/,
    { GITHUB_REF_NAME: 'release' },
  ],
  [
    'a refresh token of 39 characters',
    { 'refresh-token': `5Aep861${'x'.repeat(32)}` },
    'input_invalid',
    /only 39 characters.*takes 40 or more/,
  ],
  ['no token for GitHub', { 'github-token': '' }, 'input_missing', /`github-token`/],
  [
    'a token for GitHub of two lines',
    { 'github-token': 'ghs_a\nghs_b' },
    'input_invalid',
    /`github-token` holds white space/,
  ],
  [
    'a token for GitHub that no header can carry',
    { 'github-token': 'ghs_€' },
    'input_invalid',
    /`github-token` holds white space or another character that no token has/,
  ],
  [
    'a repository without an owner',
    { 'token-repository': 'demo' },
    'input_invalid',
    /`token-repository` is “demo”, which is not a repository/,
  ],
  [
    'the URL of a repository',
    { 'token-repository': 'https://github.com/octo/demo' },
    'input_invalid',
    /not a repository[\s\S]*as `owner\/name`/,
  ],
  [
    'a repository with a path',
    { 'token-repository': 'octo/demo/../x' },
    'input_invalid',
    /not a repository[\s\S]*as `owner\/name`/,
  ],
  [
    'no repository at all',
    {},
    'input_missing',
    /GITHUB_REPOSITORY is not set/,
    { GITHUB_REPOSITORY: undefined },
  ],
  [
    'a token file as well',
    { 'refresh-token': '', 'token-file': 'x.json' },
    'input_conflict',
    /`token-file` and `token-branch` cannot be given together/,
  ],
  [
    'revoking what others reuse',
    { 'reuse-minutes': 5, 'revoke-on-completion': true },
    'input_conflict',
    /`reuse-minutes` and `revoke-on-completion`/,
  ],
  [
    'a repository without a branch',
    { 'token-branch': '', 'token-repository': 'octo/demo' },
    'input_conflict',
    /`token-repository` has no effect without `token-branch`/,
  ],
  [
    'reuse without a branch',
    { 'token-branch': '', 'reuse-minutes': 5 },
    'input_conflict',
    /`reuse-minutes` has no effect without `token-branch`/,
  ],
  [
    'waiting for too long',
    { 'wait-seconds': 1801 },
    'input_invalid',
    /`wait-seconds` is “1801”, which is not a whole number from 0 to 1800/,
  ],
  ['waiting for less than nothing', { 'wait-seconds': -1 }, 'input_invalid', /`wait-seconds`/],
  ['waiting for half a second', { 'wait-seconds': 0.5 }, 'input_invalid', /`wait-seconds`/],
  [
    'reusing for too long',
    { 'reuse-minutes': 61 },
    'input_invalid',
    /`reuse-minutes` is “61”, which is not a whole number from 0 to 60/,
  ],
  ['reusing for an hour in words', { 'reuse-minutes': '1h' }, 'input_invalid', /`reuse-minutes`/],
];

describe('token branch: inputs that are refused', { concurrency: 3 }, () => {
  let scene: TokenBranchScene;
  before(async () => {
    scene = await tokenBranchScene({ after: () => {} });
  });
  after(async () => {
    const { github, org } = scene;
    await Promise.all([github.close(), org.close()]);
    assert.equal(github.requests.length + org.requests.length, 0);
  });

  for (const [what, inputs, code, says, env] of refused) {
    it(`${what}: ${code}, and nothing is sent`, async () => {
      const result = await scene.here({ inputs, ...(env && { env }) });
      assertFailed(result, code);
      assert.match(result.log, says);
      assert.match(result.log, /Nothing was sent/);
    });
  }
});

describe('token branch: inputs that are taken', { concurrency: 3 }, () => {
  it('waits for nobody and reuses for an hour at the ends of what is allowed', async (t) => {
    const scene = await tokenBranchScene(t);
    for (const inputs of [
      { 'wait-seconds': 0, 'reuse-minutes': 60 },
      { 'wait-seconds': 1800, 'reuse-minutes': 0 },
    ]) {
      const result = await scene.run({ inputs });
      assert.equal(result.conclusion, 'success', result.log);
    }
  });

  it('takes a refresh token of 40 characters', async (t) => {
    const scene = await tokenBranchScene(t);
    const { conclusion, outputs } = await scene.here({
      inputs: { 'refresh-token': `5Aep861${'x'.repeat(33)}` },
    });
    // The org does not know it: so it was sent.
    assert.equal(conclusion, 'failure');
    assert.equal(outputs['error-code'], 'invalid_grant');
  });

  it('ignores a token for GitHub, and how long to wait, where no branch is named', async (t) => {
    const scene = await tokenBranchScene(t, { org: { rotation: 'none' } });
    const { conclusion, outputs, log, state } = await scene.here({
      inputs: { 'token-branch': '', 'wait-seconds': 10, 'reuse-minutes': 0 },
    });
    assert.equal(conclusion, 'success', log);
    assert.equal('reused' in outputs, false);
    assert.deepEqual(state, {});
    assert.equal(scene.github.requests.length, 0);
  });

  it('masks the token for GitHub, whether it is used or not', async (t) => {
    const scene = await tokenBranchScene(t, { org: { rotation: 'none' } });
    for (const name of ['', 'salesforce-tokens']) {
      const { masks } = await scene.run({ inputs: { 'token-branch': name } });
      assert.ok(masks.includes(scene.githubToken));
    }
  });
});
