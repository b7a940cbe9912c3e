import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { fault } from '../../support/github/server.ts';
import { assertFailed, assertRefreshed } from '../../support/refresh-scene.ts';
import type { RunOptions } from '../../support/runner.ts';
import { putFile, seedRotated, storedToken, textOf } from '../../support/token-branch-file.ts';
import {
  branch,
  repositoryName,
  type TokenBranchScene,
  tokenBranchScene,
} from '../../support/token-branch-scene.ts';

// What keeps the branch from being used: each cause is told apart, before anything goes to Salesforce.

/** That nothing went to Salesforce, and nothing changed on the branch. */
async function assertRefused(
  scene: TokenBranchScene,
  code: string,
  says: readonly RegExp[],
  options: RunOptions = {},
): Promise<void> {
  const { org, repository } = scene;
  const heads = repository.branches.map((name) => repository.head(name));
  const result = await scene.here(options);
  assertFailed(result, code);
  for (const text of [...says, /Nothing was sent to Salesforce/]) {
    assert.match(result.log, text);
  }
  assert.equal(org.requests.length, 0);
  assert.deepEqual(
    repository.branches.map((name) => repository.head(name)),
    heads,
  );
}

/** Prepares the scene, and gives options for the run, if there are any. */
type Prepare = (scene: TokenBranchScene) => unknown;
const optionsOf = (prepared: unknown): RunOptions => Object(prepared ?? {});

const causes: readonly (readonly [what: string, prepare: Prepare, ...says: RegExp[]])[] = [
  [
    'a token that may only read',
    ({ github, githubToken }) => {
      github.token({ contents: 'read', repositories: [repositoryName] }, githubToken);
    },
    /HTTP 403/,
    /does not have `permissions: contents: write`/,
  ],
  [
    'a token that expired',
    ({ github, githubToken }) => github.revoke(githubToken),
    /HTTP 401: “Bad credentials”/,
    /expired, revoked or not a token at all\. Tokens of a GitHub App live for one hour/,
  ],
  [
    'a branch that is protected',
    ({ repository }) => repository.protect(branch, { pullRequest: true }),
    /Changes must be made through a pull request/,
    /Branch protection covers the branch/,
  ],
  [
    'a branch that needs reviews',
    ({ repository }) => repository.protect(branch, { reviews: 1 }),
    /HTTP 409/,
    /GitHub does not let this step write to the branch “salesforce-tokens” of octo\/demo/,
  ],
  [
    'a branch that needs checks',
    ({ repository }) => repository.protect('*', { checks: ['build'] }),
    /Required status check/,
    /Branch protection covers the branch/,
  ],
  [
    'a ruleset',
    ({ repository }) => repository.ruleset({ include: ['**'], rules: ['pull_request', 'update'] }),
    /Repository rule violations found/,
    /A ruleset of the repository or the organisation covers/,
  ],
  [
    'a repository in the archive',
    ({ repository }) => {
      repository.archived = true;
    },
    /Repository was archived so is read-only/,
    /octo\/demo is archived/,
  ],
  [
    "Dependabot's run",
    ({ github, githubToken }) => {
      github.token({ contents: 'read', repositories: [repositoryName] }, githubToken);
      return { env: { GITHUB_ACTOR: 'dependabot[bot]', GITHUB_EVENT_NAME: 'pull_request' } };
    },
    /Dependabot started this run, and its `GITHUB_TOKEN` is read-only by default/,
    /if: github\.actor != 'dependabot\[bot\]'/,
  ],
  [
    'a pull request from a fork',
    ({ github, githubToken }) => {
      github.token({ contents: 'read', repositories: [repositoryName] }, githubToken);
      return { env: { GITHUB_EVENT_NAME: 'pull_request', GITHUB_REF_NAME: '5/merge' } };
    },
    /- The pull request comes from a fork, whose token is read-only/,
  ],
];

describe('token branch: a branch that cannot be written to', { concurrency: 3 }, () => {
  for (const [what, prepare, ...says] of causes) {
    it(`names ${what}`, async (t) => {
      const scene = await tokenBranchScene(t);
      seedRotated(scene);
      await assertRefused(scene, 'token_branch_not_writable', says, optionsOf(prepare(scene)));
    });
  }

  for (const [what, prepare, ...says] of [
    [
      'a ruleset that forbids new branches',
      ({ repository }: TokenBranchScene) =>
        repository.ruleset({ include: ['~ALL'], rules: ['creation'] }),
      /HTTP 422/,
      /A ruleset of the repository/,
    ],
    [
      'protection of names that are not there yet',
      ({ repository }: TokenBranchScene) => repository.protect('salesforce-*', { reviews: 1 }),
      /Reference update failed/,
      /Branch protection covers that name/,
    ],
    [
      'a branch whose name is the beginning of this one',
      ({ repository }: TokenBranchScene) => {
        repository.commit('ci', {});
        return { inputs: { 'token-branch': 'ci/tokens' } };
      },
      /git takes no `a\/b` beside an `a`/,
    ],
    [
      'a repository that the token cannot see',
      ({ github, githubToken }: TokenBranchScene) => {
        github.token({ contents: 'write', repositories: ['octo/other'] }, githubToken);
      },
      /read the branch.*\(HTTP 404/,
      /There is no repository octo\/demo that `github-token` can see/,
    ],
    [
      'a repository that is not there',
      () => ({ inputs: { 'token-repository': 'octo/nowhere' } }),
      /no repository octo\/nowhere/,
    ],
    [
      'a repository that is not there, in a pull request',
      () => ({
        inputs: { 'token-repository': 'octo/nowhere' },
        env: { GITHUB_EVENT_NAME: 'pull_request', GITHUB_REF_NAME: '5/merge' },
      }),
      /no repository octo\/nowhere/,
    ],
    [
      'a repository that was renamed',
      ({ github, githubToken }: TokenBranchScene) => {
        github.token({ contents: 'write' }, githubToken);
        github.rename(repositoryName, 'octo/new');
      },
      /HTTP 301/,
      /octo\/demo was renamed or moved/,
    ],
    [
      'a token that may not make branches',
      ({ github, githubToken }: TokenBranchScene) => {
        github.token({ contents: 'read', repositories: [repositoryName] }, githubToken);
      },
      /does not have `permissions: contents: write`/,
    ],
  ] as readonly (readonly [string, Prepare, ...RegExp[]])[]) {
    it(`names, on the first use, ${what}`, async (t) => {
      const scene = await tokenBranchScene(t);
      const options = optionsOf(prepare(scene));
      await assertRefused(scene, 'token_branch_not_writable', says, options);
    });
  }

  it('names a repository that is empty', async (t) => {
    const scene = await tokenBranchScene(t, { github: { repositories: { [repositoryName]: {} } } });
    await assertRefused(scene, 'token_branch_not_writable', [
      /Git Repository is empty/,
      /octo\/demo has no commit yet/,
    ]);
  });
});

describe('token branch: a file that cannot be used', { concurrency: 3 }, () => {
  for (const [what, text, says] of [
    ['no JSON', () => '{"refreshes": 1', /is not what this action writes/],
    ['JSON of something else', () => '[1]', /is not what this action writes/],
    ['nothing', () => '', /is not what this action writes/],
    ['refreshes, and nothing sealed', () => '{"refreshes": 3}', /is not what this action writes/],
    [
      'what another token sealed',
      () => textOf('another', { refreshes: 1, sealed: { refresh_token: 'x' } }),
      /cannot be opened with the refresh token that was given/,
    ],
    ['no JWE', () => '{"refreshes": 1, "sealed": "x"}', /cannot be opened/],
    [
      'something sealed without a token',
      (stored: string) => textOf(stored, { refreshes: 1, sealed: { issued_at: '1' } }),
      /cannot be opened/,
    ],
    [
      'a token with a line break',
      (stored: string) => textOf(stored, { refreshes: 1, sealed: { refresh_token: 'a\nb' } }),
      /cannot be opened/,
    ],
    [
      'more than 64 KiB',
      () => `{"x": "${'x'.repeat(64 * 1024)}"}`,
      /is not a file, or is larger than 64 KiB/,
    ],
    [
      'nearly a MiB',
      () => `{"x": "${'x'.repeat(1_000_000)}"}`,
      /is not a file, or is larger than 64 KiB/,
    ],
    [
      'more than a MiB',
      () => `{"x": "${'x'.repeat(1_100_000)}"}`,
      /is not a file, or is larger than 64 KiB/,
    ],
  ] as const) {
    it(`is told apart: ${what}`, async (t) => {
      const scene = await tokenBranchScene(t);
      putFile(scene, text(storedToken(scene)));
      await assertRefused(scene, 'token_branch_invalid', [
        says,
        /history of the file on GitHub/,
        / npx https:.*sign-in\.tgz /,
      ]);
      assert.ok(scene.github.requests.every(({ method }) => method === 'GET'));
    });
  }

  it('is told apart: a folder', async (t) => {
    const scene = await tokenBranchScene(t);
    scene.repository.commit(branch, { [`${scene.file}/x`]: 'x' });
    await assertRefused(scene, 'token_branch_invalid', [/is not a file, or is larger than 64 KiB/]);
  });

  it('is told apart: a page of a proxy, which says nothing about the branch', async (t) => {
    const scene = await tokenBranchScene(t);
    scene.github.inject('GET /contents/*', fault.page(200), { times: 9 });
    await assertRefused(scene, 'http_200', [/or a proxy before it/, /githubstatus/]);
  });

  it('is told apart: bytes that are not those of their sha', async (t) => {
    const scene = await tokenBranchScene(t);
    const content = Buffer.from('{"refreshes": 0}').toString('base64');
    const body = { type: 'file', encoding: 'base64', content, sha: '0'.repeat(40) };
    scene.github.inject('GET /contents/*', fault.answer(200, body));
    await assertRefused(scene, 'token_branch_invalid', [/is not a file, or is larger than 64 KiB/]);
  });

  it('is used all the same where only the holder is malformed', async (t) => {
    const scene = await tokenBranchScene(t);
    seedRotated(scene, { holder: { id: 7 } });
    const result = await scene.run({ inputs: { 'wait-seconds': 0 } });
    assertRefreshed(result, scene.org);
    assert.equal(scene.org.reuses, 0);
  });
});
