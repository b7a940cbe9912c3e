// Not for coverage: what it looks at, other tests reach too.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it, type TestContext } from 'node:test';
import { inputsFor, orgFor } from './support/org-step.ts';
import { type ActionResult, type RunOptions, runAction } from './support/runner.ts';
import type { Rotation } from './support/salesforce-org.ts';
import { tokenBranchScene } from './support/token-branch-scene.ts';

// What docs/performance.md says of the number of requests is what the servers count.

const page = readFileSync(join(import.meta.dirname, '..', 'docs', 'performance.md'), 'utf8');
const [, section = ''] = /^## Requests$(.*?)^## /ms.exec(page) ?? [];
/** What the page says: the feature → requests to Salesforce, and to GitHub. */
const documented = new Map(
  [...section.matchAll(/^\| (.*) \| (\d+) \| (\d+) \|$/gm)].map(
    ([, feature = '', salesforce, github]) => [feature, [Number(salesforce), Number(github)]],
  ),
);

/** What a server saw. */
interface Server {
  readonly requests: readonly unknown[];
  readonly connections: number;
}

/** Runs one step, and counts what it cost: requests to Salesforce, and to GitHub. */
async function cost(
  servers: readonly [salesforce: Server, github: Server],
  step: () => Promise<ActionResult>,
): Promise<number[]> {
  const count = () =>
    servers.map(({ requests, connections }) => ({ requests: requests.length, connections }));
  const before = count();
  const result = await step();
  assert.equal(result.conclusion, 'success', result.log);
  return count().map(({ requests, connections }, index) => {
    const [sent, opened] = [
      requests - (before[index]?.requests ?? 0),
      connections - (before[index]?.connections ?? 0),
    ];
    assert.equal(opened, Math.min(sent, 1), 'one connection per host');
    return sent;
  });
}

const orgId = '00D5e0000Ab1xYz';
const nobody: Server = { requests: [], connections: 0 };

/** A step that keeps the refresh token nowhere. */
const plain =
  (scopes: string, inputs: Record<string, string | boolean>) => async (t: TestContext) => {
    const org = await orgFor(t, { id: orgId, app: { scopes: scopes.split(' ') } });
    return await cost([org, nobody], () => runAction({ inputs: { ...inputsFor(org), ...inputs } }));
  };

/** A step that keeps it on a branch, after others that have made what it finds there. */
const onBranch =
  (earlier: number, rotation: Rotation, inputs: RunOptions['inputs'] = {}) =>
  async (t: TestContext) => {
    const { org, github, run } = await tokenBranchScene(t, { org: { rotation } });
    for (let step = 0; step < earlier; step++) {
      assert.equal((await run({ inputs })).conclusion, 'success');
    }
    return await cost([org, github], () => run({ inputs }));
  };

const everything = {
  verify: true,
  'expected-username': 'ci@acme.example',
  'expected-org-type': 'production',
};
const features: Record<string, (t: TestContext) => Promise<number[]>> = {
  'a refresh': plain('api id', {}),
  '`expected-org-id`': plain('api', { 'expected-org-id': orgId }),
  '`verify`, `expected-username`, or both': plain('api id', {
    verify: true,
    'expected-username': 'ci@acme.example',
  }),
  'the same, where the scopes have `api`, but none of `id`, `openid` and `full`': plain('api', {
    verify: true,
    'expected-username': 'ci@acme.example',
  }),
  '`expected-org-type`': plain('api id', { 'expected-org-type': 'production' }),
  'all of these': plain('api id', everything),
  '`token-branch`': onBranch(1, 'strict'),
  'the same, the first time': onBranch(0, 'strict'),
  '`token-branch`, where the app does not rotate': onBranch(1, 'none'),
  '`reuse-minutes`, and another job got a token so lately': onBranch(1, 'strict', {
    'reuse-minutes': 5,
  }),
  '`revoke-on-completion`, at the end of the job': async (t) => {
    const org = await orgFor(t);
    const inputs = { ...inputsFor(org), 'revoke-on-completion': true };
    const { state } = await runAction({ inputs });
    return await cost([org, nobody], () => runAction({ stage: 'post', state }));
  },
};

describe('The number of requests', { concurrency: 2 }, () => {
  it('is stated for every feature that is counted here, and no other', () => {
    assert.deepEqual([...documented.keys()], Object.keys(features));
  });

  for (const [feature, count] of Object.entries(features)) {
    it(`is what the page says, over one connection per host: ${feature}`, async (t) => {
      assert.deepEqual(await count(t), documented.get(feature));
    });
  }
});
