import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { nobody } from './support/nobody.ts';
import { assertRefreshed, refreshScene } from './support/refresh-scene.ts';
import { runAction } from './support/runner.ts';
import { strippedTypes } from './support/stripped.ts';

// Which stage a process is: how it was started says so, and nothing else.

const state = {
  'access-token': '00D5e0000000001!AQEAQtoken',
  'instance-url': nobody,
};

describe('the stage', { concurrency: 3 }, () => {
  it('is the main one, whatever the workflow put into its environment', async (t) => {
    const { org, run } = await refreshScene(t);
    for (const env of [
      { 'STATE_access-token': 'x' },
      { 'STATE_access-token': state['access-token'], 'STATE_instance-url': state['instance-url'] },
      { STATE_isPost: 'true' },
    ]) {
      assertRefreshed(await run({}, env), org);
    }
    assert.equal(org.tokenRequests.length, 3);
  });

  it('is the end of the job where post.js was started, and red in no case', async () => {
    const quiet = await runAction({ stage: 'post', inputs: { 'refresh-token': '5Aep861' } });
    assert.deepEqual([quiet.code, quiet.log, quiet.outputs], [0, '', {}]);
    const { code, log } = await runAction({ stage: 'post', state });
    assert.equal(code, 0);
    assert.match(log, /Warning: The access token could not be revoked: connect ECONNREFUSED/);
  });

  it('begins where the entry is what Node was started with, the source too', async (t) => {
    const { org, run } = await refreshScene(t);
    const types = { NODE_OPTIONS: strippedTypes.join(' ') };
    assertRefreshed(await run({}, types, { entry: 'src/index.ts' }), org);
    assert.equal(org.tokenRequests.length, 1);
  });
});
