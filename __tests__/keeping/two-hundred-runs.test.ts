import assert from 'node:assert/strict';
import { it } from 'node:test';
import {
  fingerprint,
  secretName,
  sendingName,
  spentFingerprints,
  writeBackWorld,
} from '../support/write-back.ts';

it('two hundred runs in a row, each fed only with what the last one stored, leave the family alive', async (t) => {
  const world = await writeBackWorld(t, { form: 'auth URL' });
  const { org, environment, family } = world;
  const used = new Set<string>();
  for (let run = 1; run <= 200; run += 1) {
    used.add(family.current);
    const { conclusion, outputs, log } = await world.run();
    assert.equal(conclusion, 'success', `run ${run}: ${log}`);
    assert.ok(org.accessTokenAlive(outputs['access-token'] ?? ''), `run ${run}`);
  }
  assert.equal(used.size, 200, 'every run has sent another refresh token');
  assert.equal(org.tokenRequests.length, 200);
  assert.deepEqual([org.reuses, family.revoked, family.spent.size], [0, false, 200]);
  assert.equal(environment.secret(secretName), world.stored(family.current));
  assert.equal(environment.secretHistory(secretName).length, 201);
  assert.equal(environment.variable(sendingName), undefined);
  assert.deepEqual(spentFingerprints(world), { spent: [...used].slice(-50).map(fingerprint) });
});
