// Not for coverage: hand-out has unit tests.

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { assertNothingHandedOut, orgFor, runOn } from './support/org-step.ts';
import { fault } from './support/salesforce-org.ts';

// What the step leaves to every later step, beside its outputs.

describe('export-env', () => {
  it('exports exactly SF_ACCESS_TOKEN and SF_INSTANCE_URL', async (t) => {
    const org = await orgFor(t);
    const { outputs, env, path, log } = await runOn(org, { 'export-env': true });
    assert.deepEqual(
      env,
      { SF_ACCESS_TOKEN: outputs['access-token'], SF_INSTANCE_URL: outputs['instance-url'] },
      log,
    );
    assert.ok(org.accessTokenAlive(env['SF_ACCESS_TOKEN'] ?? ''));
    assert.equal(env['SF_INSTANCE_URL'], org.url);
    assert.deepEqual(path, []);
  });

  it('exports nothing unless it is told to', async (t) => {
    const org = await orgFor(t);
    for (const exportEnv of [undefined, false, 'False']) {
      const { conclusion, env } = await runOn(org, { 'export-env': exportEnv });
      assert.deepEqual([conclusion, env], ['success', {}]);
    }
  });

  it('exports nothing where the refresh, or a check, failed', async (t) => {
    const org = await orgFor(t);
    org.faults.push({ does: fault.oauthError('invalid_grant', 'inactive user') });
    assertNothingHandedOut(await runOn(org, { 'export-env': true }));
    assertNothingHandedOut(
      await runOn(org, { 'export-env': true, 'expected-username': 'boss@acme.example' }),
    );
  });

  it('shows neither, with debug logging, unless the URL is to be readable', async (t) => {
    const org = await orgFor(t);
    for (const [mask, shown] of [
      [true, '***'],
      [false, org.url],
    ] as const) {
      const inputs = { 'export-env': true, 'mask-instance-url': mask };
      const { log } = await runOn(org, inputs, { debug: true });
      assert.match(log, /^##\[debug\]SF_ACCESS_TOKEN='\*\*\*'$/m);
      assert.ok(log.includes(`##[debug]SF_INSTANCE_URL='${shown}'\n`), log);
    }
  });

  it('needs the file that the runner names, before anything is sent', async (t) => {
    const org = await orgFor(t);
    const result = await runOn(org, { 'export-env': true }, { env: { GITHUB_ENV: undefined } });
    assert.equal(result.outputs['error-code'], 'input_missing');
    assert.deepEqual(org.requests, []);
  });
});
