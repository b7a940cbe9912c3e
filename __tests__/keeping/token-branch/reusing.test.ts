import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { assertFailed, assertRefreshed } from '../../support/refresh-scene.ts';
import { holderOf, seedRotated, unsealed } from '../../support/token-branch-file.ts';
import { type TokenBranchScene, tokenBranchScene } from '../../support/token-branch-scene.ts';

// `reuse-minutes`: one job refreshes, the others hand out the access token that it got.

const reuse = { 'reuse-minutes': 10 };

/** A scene in which a job refreshed a moment ago, for others to reuse. */
async function refreshed(t: Parameters<typeof tokenBranchScene>[0]) {
  const scene = await tokenBranchScene(t);
  const first = await scene.here({ inputs: reuse });
  assertRefreshed(first, scene.org);
  assert.equal(first.outputs['reused'], 'false');
  assert.equal(first.outputs['rotated'], 'true');
  return { scene, accessToken: first.outputs['access-token'], from: scene.github.requests.length };
}

const trace = ({ github, file }: TokenBranchScene, from: number) =>
  github
    .trace()
    .slice(from)
    .map((line) => line.replace(file, 'FILE'));

describe('token branch: reusing', { concurrency: 4 }, () => {
  it('hands out the access token of another job after one look, and writes nothing', async (t) => {
    const { scene, accessToken, from } = await refreshed(t);
    const result = await scene.run({ inputs: { ...reuse, 'job-summary': true } });
    assertRefreshed(result, scene.org);
    const { outputs, log, masks, state, summary } = result;
    assert.equal(outputs['access-token'], accessToken);
    assert.equal(outputs['reused'], 'true');
    assert.equal(outputs['rotated'], 'false');
    assert.equal('refresh-token' in outputs, false);
    assert.ok(masks.includes(accessToken ?? ''));
    assert.ok(masks.includes(scene.family.current));
    assert.deepEqual(trace(scene, from), ['GET contents/FILE 200']);
    assert.equal(scene.org.requests.length, 1);
    assert.match(log, /Reusing the access token that another job got a moment ago/);
    assert.match(
      `${log}${summary}`,
      /kept on the branch “salesforce-tokens” of octo\/demo, as refresh 1/,
    );
    assert.equal(state['token-branch'], undefined);
  });

  it('seals the whole answer where reuse is asked for, and the refresh token alone where not', async (t) => {
    const { scene } = await refreshed(t);
    const answer = JSON.parse(scene.org.tokenRequests[0]?.decided?.body ?? '');
    assert.deepEqual(unsealed(scene), answer);
    await scene.here();
    assert.deepEqual(Object.keys(unsealed(scene)).sort(), ['issued_at', 'refresh_token']);
    // Nothing to reuse is there now.
    const from = scene.github.requests.length;
    const result = await scene.here({ inputs: reuse });
    assert.equal(result.outputs['reused'], 'false');
    assert.equal(trace(scene, from).length, 3);
  });

  it('does not mind a holder', async (t) => {
    const { scene, accessToken } = await refreshed(t);
    const answer = unsealed(scene);
    seedRotated(scene, { holder: holderOf(Date.now()), sealed: answer });
    const result = await scene.here({ inputs: { ...reuse, 'wait-seconds': 0 } });
    assert.equal(result.outputs['access-token'], accessToken, result.log);
    assert.equal(result.outputs['reused'], 'true');
  });

  it('finds the answer while it waits', async (t) => {
    const scene = await tokenBranchScene(t);
    const { org, github } = scene;
    const hold = org.hold();
    const first = scene.run({ inputs: reuse });
    await hold.reached;
    const looked = github.hold('GET /contents/*', { when: 'after' });
    const second = scene.run({ inputs: reuse });
    await looked.reached;
    looked.release();
    hold.release();
    const results = await Promise.all([first, second]);
    for (const result of results) {
      assertRefreshed(result, org);
    }
    assert.deepEqual(
      results.map(({ outputs }) => outputs['reused']),
      ['false', 'true'],
    );
    assert.equal(org.tokenRequests.length, 1);
  });

  it("counts the age by GitHub's clock", async (t) => {
    const { scene } = await refreshed(t);
    scene.github.clock.advance(11 * 60_000);
    const result = await scene.here({ inputs: reuse });
    assertRefreshed(result, scene.org);
    assert.equal(result.outputs['reused'], 'false');
    assert.equal(scene.org.tokenRequests.length, 2);
    // Salesforce's clock is ahead: less than a minute counts as new.
    const issued = String(scene.github.clock.now() + 50_000);
    seedRotated(scene, { sealed: { ...unsealed(scene), issued_at: issued } });
    const ahead = await scene.here({ inputs: reuse });
    assert.equal(ahead.outputs['reused'], 'true', ahead.log);
  });

  it('never reuses without being asked to', async (t) => {
    const { scene } = await refreshed(t);
    const { outputs } = await scene.here();
    assert.equal(outputs['reused'], 'false');
    assert.equal(scene.org.tokenRequests.length, 2);
  });

  it('proves that it works where `verify` asks for that', async (t) => {
    const { scene, accessToken } = await refreshed(t);
    const result = await scene.here({ inputs: { ...reuse, verify: true } });
    assertRefreshed(result, scene.org);
    assert.equal(result.outputs['access-token'], accessToken);
    assert.equal(result.outputs['username'], scene.org.user.username);
    assert.equal(result.outputs['reused'], 'true');
  });

  for (const check of [
    { verify: true },
    { 'expected-username': true },
    { 'expected-org-type': 'production' },
  ]) {
    it(`refreshes where ${Object.keys(check)[0]} finds the token dead`, async (t) => {
      const { scene, accessToken } = await refreshed(t);
      const { org, family } = scene;
      for (const token of family.accessTokens) {
        token.revoked = true;
      }
      const inputs = {
        ...reuse,
        ...check,
        ...('expected-username' in check && { 'expected-username': org.user.username }),
      };
      const result = await scene.here({ inputs });
      assertRefreshed(result, org);
      assert.notEqual(result.outputs['access-token'], accessToken);
      assert.equal(result.outputs['reused'], 'false');
      assert.equal(result.outputs['rotated'], 'true');
      assert.match(result.log, /The access token that another job got does not work/);
      assert.equal(org.tokenRequests.length, 2);
      assert.equal(org.reuses, 0);
    });
  }

  for (const [inputs, code] of [
    [{ 'expected-org-id': '00D5e0000000000AAA' }, 'org_mismatch'],
    [{ 'expected-username': 'somebody@example.com' }, 'user_mismatch'],
    [{ 'expected-org-type': 'scratch' }, 'org_type_mismatch'],
  ] as const) {
    it(`fails with ${code} as with a new token, and refreshes nothing`, async (t) => {
      const { scene } = await refreshed(t);
      const inputsOf = 'expected-org-id' in inputs ? { 'expected-org-id': otherOrg } : inputs;
      const result = await scene.here({ inputs: { ...reuse, ...inputsOf } });
      assertFailed(result, code);
      assert.equal(scene.org.tokenRequests.length, 1);
      assert.equal(scene.record()?.['holder'], undefined);
    });
  }

  it('does not reuse an answer that is not good to hand out', async (t) => {
    const { scene } = await refreshed(t);
    const sealed = { ...unsealed(scene), instance_url: 'https://evil.example' };
    seedRotated(scene, { sealed });
    const result = await scene.here({ inputs: reuse });
    assertFailed(result, 'instance_url_refused');
  });
});

/** Another org's id, with the right check characters. */
const otherOrg = '00D000000000001EAA';
