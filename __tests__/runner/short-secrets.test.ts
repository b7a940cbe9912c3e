// Not for coverage: outputs has tests of its own.

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { explanation } from '../support/org-step.ts';
import { assertFailed, refreshScene } from '../support/refresh-scene.ts';
import { fault } from '../support/salesforce-org.ts';

// A mask of a few characters would wreck the log of the whole job, so there is none; but our own text
// must not repeat a secret, however short, because a server said it.

const concurrency = 6;

describe('a short secret that a server echoes', { concurrency }, () => {
  for (const [secret, blanked, masked] of [
    ['q7!', false, false],
    ['q7!x', true, false],
    ['q7!xy', true, false],
    ['q7!xyz', true, true],
  ] as const) {
    it(`of ${secret.length} characters is blanked: ${blanked}, masked: ${masked}`, async (t) => {
      const { org, run } = await refreshScene(t);
      const echo = `secret <${secret}> and ${Buffer.from(secret).toString('base64')} are wrong`;
      org.faults.push({ does: fault.oauthError('invalid_client', echo) });
      const result = await run({ 'client-secret': secret });
      assertFailed(result, 'invalid_client');
      assert.equal(result.masks.includes(secret), masked);
      const { what } = explanation(result);
      assert.equal(what.includes(secret), !blanked, what);
      assert.equal(what.includes('secret <***> and *** are wrong'), blanked, what);
    });
  }

  it('is a whole value, not a line of one: its words stay readable', async (t) => {
    const { run } = await refreshScene(t);
    const url = 'form\nforce://one-line-too-many';
    const result = await run({ 'refresh-token': '', 'client-id': '', 'sfdx-auth-url': url });
    assertFailed(result, 'input_invalid');
    // Before the runner has its say, which masks each line.
    assert.match(result.stdout, /What to do: Its form is /);
  });
});
