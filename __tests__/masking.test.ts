import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { refreshScene } from './support/refresh-scene.ts';
import type { ActionResult } from './support/runner.ts';
import { fault } from './support/salesforce-org.ts';

// No secret is printed before the runner was told to hide it, and nothing else is hidden.

const maskCommand = '::add-mask::';

/** Every line that shows one of the secrets without, or before, its mask. */
function leaks({ stdout, stderr, summary, annotations }: ActionResult, secrets: readonly string[]) {
  const masked = new Set<string>();
  const found: string[] = [];
  for (const line of stdout.split('\n')) {
    if (line.startsWith(maskCommand)) {
      masked.add(line.slice(maskCommand.length));
    } else if (secrets.some((secret) => line.includes(secret))) {
      found.push(line);
    }
  }
  const elsewhere = [stderr, summary, ...annotations.map(({ title }) => title ?? '')];
  found.push(...elsewhere.filter((text) => secrets.some((secret) => text.includes(secret))));
  return { found, unmasked: secrets.filter((secret) => !masked.has(secret)) };
}

describe('Secrets', () => {
  for (const debug of [false, true]) {
    it(`are masked before anything else is said${debug ? ', with debug logging too' : ''}`, async (t) => {
      const clientSecret = 'sEcret with+inner spaces';
      const { org, token, run } = await refreshScene(t, {
        rotation: 'strict',
        app: { secretRequired: true, clientSecret },
      });
      const result = await run(
        { 'client-secret': clientSecret, 'job-summary': true },
        {},
        { debug },
      );
      const { outputs } = result;
      const secrets = [
        token,
        org.app.clientId,
        clientSecret,
        outputs['access-token'] ?? '?',
        outputs['refresh-token'] ?? '?',
      ];
      assert.deepEqual(leaks(result, secrets), { found: [], unmasked: [] });
      const answer: unknown = JSON.parse(String(org.tokenRequests[0]?.decided?.body));
      assert.ok(result.masks.includes(String(Object(answer)['signature'])));
      for (const secret of secrets) {
        assert.ok(!result.log.includes(secret));
      }
    });

    it(`of a failure are masked as well${debug ? ', with debug logging too' : ''}`, async (t) => {
      const { org, token, run } = await refreshScene(t);
      org.faults.push({ does: fault.oauthError('odd', `${token} of ${org.app.clientId}`) });
      const result = await run({ 'job-summary': true }, {}, { debug });
      assert.equal(result.outputs['error-code'], 'odd');
      assert.deepEqual(leaks(result, [token, org.app.clientId]), { found: [], unmasked: [] });
    });
  }

  it('are masked before an input is refused', async (t) => {
    const { token, run } = await refreshScene(t);
    const result = await run({
      'client-secret': 'very secret',
      'github-token': 'ghs_x1',
      retries: 'many',
    });
    assert.equal(result.outputs['error-code'], 'input_missing');
    const { unmasked, found } = leaks(result, [token, 'very secret', 'ghs_x1']);
    assert.deepEqual({ unmasked, found }, { unmasked: [], found: [] });
  });

  it('are masked in an answer that is refused for something else', async (t) => {
    const { org, run } = await refreshScene(t);
    org.faults.push({ does: fault.patch({ token_type: 'DPoP' }), when: 'after' });
    const result = await run();
    const decided: unknown = JSON.parse(String(org.tokenRequests[0]?.decided?.body));
    assert.ok(result.masks.includes(String(Object(decided)['access_token'])));
  });
});

describe('What is no secret', () => {
  it('stays readable: the client id of the Salesforce CLI', async (t) => {
    const { run } = await refreshScene(t, { app: { clientId: 'PlatformCLI' } });
    const result = await run();
    assert.equal(result.code, 0, result.log);
    assert.ok(!result.masks.includes('PlatformCLI'));
  });

  it('stays readable: empty and very short values', async (t) => {
    const { run } = await refreshScene(t);
    const result = await run({ 'client-secret': 'a', 'github-token': '' });
    assert.ok(
      result.masks.every((mask) => mask.length >= 6),
      result.masks.join(),
    );
    assert.doesNotMatch(result.stdout, /^::add-mask::\s*$/m);
  });

  it('stays readable: the host of the instance URL, which is masked as a whole', async (t) => {
    const { org, run } = await refreshScene(t);
    const result = await run();
    assert.ok(result.masks.includes(org.url));
    assert.ok(!result.masks.includes(new URL(org.url).host));
    assert.ok(result.log.includes(new URL(org.url).host));
    const open = await run({ 'mask-instance-url': false });
    assert.ok(!open.masks.includes(org.url));
    assert.ok(open.leavesJob('instance-url'));
    assert.ok(!open.leavesJob('access-token'));
  });
});
