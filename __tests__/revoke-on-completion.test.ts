// Not for coverage: post-step has unit tests.

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { nobody } from './support/nobody.ts';
import {
  asked,
  assertNothingHandedOut,
  inputsFor,
  orgFor,
  problem,
  runOn,
} from './support/org-step.ts';
import { type ActionResult, type RunOptions, runAction, startAction } from './support/runner.ts';
import { fault } from './support/salesforce-org.ts';
import { notOnWindows } from './support/windows.ts';

// What `revoke-on-completion` does at the end of the job, or as soon as a check failed.

const revoke = { 'revoke-on-completion': true };

/** The end of the job, with what the step kept for it. */
function endOfJob(
  state: Readonly<Record<string, string>>,
  options: RunOptions = {},
): Promise<ActionResult> {
  return runAction({ ...options, stage: 'post', state });
}

/** Green, with one warning and no word of the token. */
function assertOnlyWarned(result: ActionResult, token: string): string {
  assert.equal(result.code, 0, result.log);
  assert.equal(result.conclusion, 'success', result.log);
  assert.ok(!result.hung);
  assert.deepEqual(
    result.annotations.map(({ level }) => level),
    ['warning'],
  );
  assert.ok(!result.stdout.replace(/^::add-mask::.*$/gm, '').includes(token), result.stdout);
  return result.annotations[0]?.message ?? '';
}

describe('revoke-on-completion', { concurrency: 8 }, () => {
  it('revokes the access token, that one only, and never the refresh token', async (t) => {
    const org = await orgFor(t);
    const inputs = { 'refresh-token': org.newRefreshToken(), ...revoke };
    const parallel = await runOn(org, { ...inputs, 'revoke-on-completion': false });
    const main = await runOn(org, inputs);
    const token = main.outputs['access-token'] ?? '';
    assert.ok(org.accessTokenAlive(token), main.log);
    const post = await endOfJob(main.state);
    assert.equal(post.conclusion, 'success', post.log);
    assert.equal(post.log, 'Revoked the access token.\n');
    assert.ok(!org.accessTokenAlive(token));
    assert.ok(org.accessTokenAlive(parallel.outputs['access-token'] ?? ''));
    assert.equal(org.refreshTokenState(inputs['refresh-token']), 'current');
    assert.deepEqual(asked(org), ['POST token', 'POST token', 'POST revoke']);
    assert.deepEqual(org.requests.at(-1)?.form, { token });
    assert.equal(org.requests.at(-1)?.headers['authorization'], undefined);
    assert.deepEqual(post.outputs, {});
  });

  it('masks the token anew: the end of the job is another process', async (t) => {
    const org = await orgFor(t);
    const main = await runOn(org, revoke);
    const post = await endOfJob(main.state);
    assert.ok(post.masks.includes(main.outputs['access-token'] ?? 'none'));
    assert.ok(post.stdout.startsWith('::add-mask::'));
  });

  it('keeps for the end of the job what that needs, and only when asked for', async (t) => {
    const org = await orgFor(t, { rotation: 'strict' });
    const { state, outputs } = await runOn(org, revoke);
    assert.deepEqual(state, {
      'access-token': outputs['access-token'],
      'instance-url': outputs['instance-url'],
    });
    assert.deepEqual((await runOn(org)).state, {});
  });

  it('is quiet when there is nothing to do', async () => {
    const incomplete = [
      {},
      { 'access-token': 'x'.repeat(99) },
      { 'instance-url': 'http://127.0.0.1' },
    ];
    for (const state of incomplete) {
      const post = await endOfJob(state);
      assert.deepEqual([post.code, post.stdout, post.stderr], [0, '', '']);
    }
  });

  it('asks at the instance, not where the token was refreshed', async (t) => {
    const [org, instance] = [await orgFor(t), await orgFor(t)];
    org.instanceUrl = instance.url;
    const main = await runOn(org, revoke);
    assertOnlyWarned(await endOfJob(main.state), main.outputs['access-token'] ?? 'none');
    assert.deepEqual([asked(org), asked(instance)], [['POST token'], ['POST revoke']]);
  });

  it('sends the request again where that can help', async (t) => {
    const org = await orgFor(t);
    org.faults.push({ path: 'revoke', does: fault.page(503) });
    const main = await runOn(org, revoke);
    const post = await endOfJob(main.state);
    assert.match(post.log, /^Retry 1 of 2 .*\nRevoked the access token\.\n$/);
    assert.ok(!org.accessTokenAlive(main.outputs['access-token'] ?? ''));
  });

  it('sends it once where nothing may be sent again', async (t) => {
    const org = await orgFor(t);
    const inputs = { ...revoke, retries: 0 };
    const main = await runOn(org, inputs);
    org.faults.push({ path: 'revoke', does: fault.page(503), count: 2 });
    const post = await endOfJob(main.state, { inputs });
    assert.match(assertOnlyWarned(post, main.outputs['access-token'] ?? 'none'), /HTTP 503\./);
    const failed = await runOn(org, { ...inputs, 'expected-username': 'boss@acme.example' });
    assert.match(failed.log, /HTTP 503\./);
    const revocations = org.requests.filter(({ path }) => path.endsWith('revoke'));
    assert.deepEqual([revocations.length, org.faults.pending], [2, 0]);
  });

  it('warns where the org refuses, and does not repeat what it says', async (t) => {
    const org = await orgFor(t);
    const main = await runOn(org, revoke);
    const token = main.outputs['access-token'] ?? 'none';
    org.revokeRefreshToken(org.families[0]?.current ?? '');
    const said = assertOnlyWarned(await endOfJob(main.state), token);
    assert.match(
      said,
      /could not be revoked: 127\.0\.0\.1:\d+ answered with HTTP 400\. It ends by/,
    );
  });

  it('warns where the org stays down, is gone, or sends the token elsewhere', async (t) => {
    const [org, elsewhere] = [await orgFor(t), await orgFor(t)];
    const main = await runOn(org, revoke);
    const token = main.outputs['access-token'] ?? 'none';
    for (const [does, count] of [
      [fault.page(503), 3],
      [fault.redirect(`${elsewhere.url}/services/oauth2/revoke`, 307), 1],
      [fault.redirect(`${elsewhere.url}/services/oauth2/revoke`, 302), 1],
    ] as const) {
      org.faults.push({ path: 'revoke', does, count });
      assert.match(assertOnlyWarned(await endOfJob(main.state), token), /HTTP (503|307|302)\./);
      assert.equal(org.faults.pending, 0);
    }
    assert.equal(elsewhere.connections, 0);
    const gone = { ...main.state, 'instance-url': nobody };
    assert.match(assertOnlyWarned(await endOfJob(gone), token), /ECONNREFUSED/);
  });

  it('warns where the org never answers, or without end', async (t) => {
    for (const [does, said] of [
      [fault.silence(), /no complete answer|the time is up/],
      [fault.endless(), /longer than 1 MiB/],
    ] as const) {
      const org = await orgFor(t);
      const main = await runOn(org, revoke);
      org.faults.push({ path: 'revoke', does, count: 9 });
      const post = await endOfJob(main.state);
      assert.match(assertOnlyWarned(post, main.outputs['access-token'] ?? 'none'), said);
    }
  });

  it('warns where the state is not what the step kept', async () => {
    const state = { 'access-token': 'x'.repeat(99), 'instance-url': 'nowhere' };
    assert.match(assertOnlyWarned(await endOfJob(state), state['access-token']), /Invalid URL/);
  });
});

describe('revoke-on-completion, when a check fails', { concurrency: 8 }, () => {
  const boss = { 'expected-username': 'boss@acme.example' };

  it('revokes the token at once, and leaves nothing to the end of the job', async (t) => {
    const org = await orgFor(t);
    const result = await runOn(org, { ...revoke, ...boss });
    assert.equal(result.outputs['error-code'], 'user_mismatch');
    assertNothingHandedOut(result);
    assert.equal(asked(org).at(-1), 'POST revoke');
    const [family] = org.families;
    assert.deepEqual(
      family?.accessTokens.map(({ revoked }) => revoked),
      [true],
    );
    assert.equal(family.revoked, false, 'the refresh token lives');
  });

  it('leaves the token alone unless it is told to', async (t) => {
    const org = await orgFor(t);
    const result = await runOn(org, boss);
    assert.equal(result.outputs['error-code'], 'user_mismatch');
    assert.deepEqual(
      org.families[0]?.accessTokens.map(({ revoked }) => revoked),
      [false],
    );
  });

  for (const [when, path] of [
    ['its refresh', 'token'],
    ['its checks', 'userinfo'],
  ] as const) {
    it(`does so for a run that is cancelled during ${when}, too`, {
      skip: notOnWindows('signals are kills there'),
    }, async (t) => {
      const org = await orgFor(t, { app: { scopes: ['id'] } });
      const hold = org.hold(path, 'after');
      const step = startAction({
        inputs: { ...inputsFor(org), ...revoke, verify: true },
        tellsSignals: true,
      });
      await hold.reached;
      await step.signal('SIGINT');
      hold.release();
      const result = await step.result;
      assert.equal(result.outputs['error-code'], 'cancelled', result.log);
      assertNothingHandedOut(result);
      assert.equal(asked(org).at(-1), 'POST revoke');
      assert.deepEqual(
        org.families[0]?.accessTokens.map(({ revoked }) => revoked),
        [true],
      );
    });
  }

  it('still says what the check found where the token cannot be revoked', async (t) => {
    const org = await orgFor(t);
    org.faults.push({ path: 'revoke', does: fault.answer(403) });
    const result = await runOn(org, { ...revoke, ...boss });
    assert.equal(result.outputs['error-code'], 'user_mismatch');
    assert.match(problem(result), /^The token is for the user/);
    assert.deepEqual(
      result.annotations.map(({ level }) => level),
      ['warning', 'error'],
    );
  });
});
