import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { assertRefreshed, refreshScene } from '../support/refresh-scene.ts';
import type { ActionResult } from '../support/runner.ts';
import { fault } from '../support/salesforce-org.ts';
import { setTheScene } from '../support/token-file.ts';

// A new refresh token that the checks of the inputs would refuse the next time: kept, handed out too,
// and warned about.

const concurrency = 6;
const odd: readonly (readonly [what: string, token: string, why: RegExp])[] = [
  ['a JWT', 'eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJ1aWQ6MDA1In0.c2lnbmF0dXJl', /an access token \(JWT\)/],
  ['a consumer key', '3MVG9lKcPoNINVBIPJjdw1J9LLM82HnFVVX19KY1uA5mu0Q', /a consumer key/],
  ['one token twice', '5Aep861TSESvWeug5Aep861TSESvWeug', /the same value twice/],
];

function warningsOf({ annotations }: ActionResult): string[] {
  return annotations.filter(({ level }) => level === 'warning').map(({ message }) => message);
}

describe('a new refresh token that looks like something else', { concurrency }, () => {
  for (const [what, token, why] of odd) {
    it(`is handed out with a warning: ${what}`, async (t) => {
      const { org, run } = await refreshScene(t);
      org.faults.push({ does: fault.patch({ refresh_token: token }), when: 'after' });
      const result = await run({ rotates: true });
      assertRefreshed(result, org);
      assert.equal(result.outputs['refresh-token'], token);
      const [warning = '', ...more] = warningsOf(result);
      assert.deepEqual(more, []);
      assert.match(warning, /^Salesforce rotated the refresh token, and the next run would refuse/);
      assert.match(warning, /The input `refresh-token` holds /);
      assert.match(warning, why);
      assert.match(warning, /The new token is in the output `refresh-token`\./);
      assert.ok(!result.log.includes(token), 'the token is shown');
    });

    it(`is kept in the token file as well: ${what}`, async (t) => {
      const scene = await setTheScene(t);
      scene.org.faults.push({ does: fault.patch({ refresh_token: token }), when: 'after' });
      const result = await scene.start({ env: { RUNNER_ENVIRONMENT: 'self-hosted' } }).result;
      assertRefreshed(result, scene.org);
      assert.equal(scene.members()['refresh_token'], token);
      assert.equal(result.outputs['refresh-token'], token);
      const [warning = '', ...more] = warningsOf(result);
      assert.deepEqual(more, []);
      assert.match(warning, /^Salesforce rotated the refresh token, and the next run would refuse/);
      assert.match(warning, /The input `token-file` holds /);
      assert.match(warning, why);
      assert.match(result.log, /rotated, kept in `token-file`, and handed out as the output/);
      const next = await scene.start().result;
      assert.equal(next.outputs['error-code'], 'token_file_invalid');
      assert.equal(scene.org.tokenRequests.length, 1);
    });
  }

  it('is no such one where it is as usual', async (t) => {
    const scene = await setTheScene(t, { rotation: 'strict' });
    const result = await scene.start({ env: { RUNNER_ENVIRONMENT: 'self-hosted' } }).result;
    assertRefreshed(result, scene.org);
    assert.equal(result.outputs['refresh-token'] ?? '', '');
    assert.deepEqual(warningsOf(result), []);
  });
});
