// Not for coverage: the signals are what counts, and other tests reach the code behind them.

import assert from 'node:assert/strict';
import { describe, it, type TestContext } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { fault as gitHubFault } from './support/github/server.ts';
import { startProxy } from './support/proxy.ts';
import {
  type ActionResult,
  type RunOptions,
  type StartedAction,
  startAction,
} from './support/runner.ts';
import { fault, type Rotation, type SalesforceOrg, startOrg } from './support/salesforce-org.ts';
import { type TokenBranchScene, tokenBranchScene } from './support/token-branch-scene.ts';
import { oldAccessToken, setTheScene as setTheFileScene } from './support/token-file.ts';
import { until } from './support/until.ts';
import { notOnWindows } from './support/windows.ts';

// A cancelled run: what was not sent stays unspent, what came back is saved, and all of it before the
// runner kills the step.

const options = { concurrency: 8, skip: notOnWindows('signals are kills there') };
const signals = ['SIGINT', 'SIGTERM'] as const;
/** Without a signal, the limits of the step end these waits after 10 s and more. */
const atOnceMs = 9_000;

interface Scene {
  readonly org: SalesforceOrg;
  readonly token: string;
  readonly start: (inputs?: RunOptions['inputs']) => StartedAction;
}

async function setTheScene(t: TestContext, rotation: Rotation = 'strict'): Promise<Scene> {
  const org = await startOrg({ rotation });
  t.after(() => org.close());
  const token = org.newRefreshToken();
  return {
    org,
    token,
    start: (inputs) => startAction({ inputs: inputsFor(org, token, inputs), tellsSignals: true }),
  };
}

function inputsFor(org: SalesforceOrg, token: string, more: RunOptions['inputs'] = {}) {
  return {
    'refresh-token': token,
    'client-id': org.app.clientId,
    'login-url': org.url,
    'allowed-hosts': '127.0.0.1',
    ...more,
  };
}

interface BranchScene extends Omit<TokenBranchScene, 'start' | 'here'> {
  readonly start: (inputs?: RunOptions['inputs']) => StartedAction;
  /** The runs before and after the one that is cancelled. */
  readonly here: (inputs?: RunOptions['inputs']) => Promise<ActionResult>;
  /** That the credential is free, after so many refreshes that were saved, and that the next run goes well. */
  readonly assertFree: (refreshes: number) => Promise<void>;
}

/** The same, with the token on a branch. */
async function setTheBranchScene(t: TestContext): Promise<BranchScene> {
  const scene = await tokenBranchScene(t);
  const start = (inputs: RunOptions['inputs'] = {}) => scene.start({ inputs, tellsSignals: true });
  const here = (inputs: RunOptions['inputs'] = {}) => scene.here({ inputs });
  return {
    ...scene,
    start,
    here,
    assertFree: async (refreshes) => {
      const { holder, refreshes: saved = 0 } = scene.record() ?? {};
      assert.deepEqual({ holder, saved }, { holder: undefined, saved: refreshes });
      assert.equal((await here({ 'wait-seconds': 0 })).conclusion, 'success');
      assert.equal(scene.org.reuses, 0);
      assert.equal(scene.record()?.['refreshes'], refreshes + 1);
    },
  };
}

/** Sends a signal; does something when it has arrived; and tells how long the step went on. */
async function cancel(
  step: StartedAction,
  signal: NodeJS.Signals = 'SIGINT',
  then: () => void | Promise<void> = () => {},
): Promise<ActionResult & { readonly afterMs: number }> {
  const sent = performance.now();
  await step.signal(signal);
  await then();
  const result = await step.result;
  return { ...result, afterMs: performance.now() - sent };
}

function assertCancelled(result: ActionResult): void {
  assert.equal(result.outputs['error-code'], 'cancelled', result.log);
  assert.deepEqual([result.code, result.signal], [1, null]);
  assert.ok(!('access-token' in result.outputs));
  assert.equal(result.annotations.filter(({ level }) => level === 'error').length, 1);
}

describe('cancellation: before the refresh is sent', options, () => {
  for (const signal of signals) {
    it(`${signal} stops at once while a connection is awaited`, async (t) => {
      const { org, token, start } = await setTheScene(t);
      const proxy = await startProxy({ mode: 'silent' });
      t.after(() => proxy.close());
      const step = startAction({
        inputs: inputsFor(org, token, { 'login-url': 'https://acme.my.salesforce.com' }),
        env: { https_proxy: proxy.url },
        tellsSignals: true,
      });
      await until(() => proxy.requests.length > 0);
      const result = await cancel(step, signal);
      assertCancelled(result);
      assert.ok(result.afterMs < atOnceMs);
      assert.equal((await start().result).conclusion, 'success');
    });

    it(`${signal} stops at once in a pause between attempts`, async (t) => {
      const { org, token, start } = await setTheScene(t);
      org.faults.push({ does: fault.page(503, { 'retry-after': '300' }) });
      const step = start({ rotates: true, 'timeout-seconds': 600 });
      await line(step, /Retry 1 of 3 in 300\.0 s/);
      const result = await cancel(step, signal);
      assertCancelled(result);
      assert.ok(result.afterMs < atOnceMs);
      assert.equal(org.requests.length, 1);
      assert.equal(org.refreshTokenState(token), 'current');
    });

    for (const [request, used] of [
      ['GET /contents/*', false],
      ['GET /contents/*', true],
      ['GET /git/ref/heads/*', false],
      ['POST /git/trees', false],
      ['POST /git/refs', false],
      ['PUT /contents/*', true],
    ] as const) {
      for (const when of ['before', 'after'] as const) {
        const use = used ? 'a later use' : 'the first use';
        it(`${signal} takes nothing: ${when} GitHub's work on ${request}, ${use}`, async (t) => {
          const { org, github, start, here, assertFree } = await setTheBranchScene(t);
          if (used) {
            await here();
          }
          const refreshes = org.tokenRequests.length;
          const hold = github.hold(request, { when });
          const step = start();
          await hold.reached;
          const result = await cancel(step, signal, () => {
            // A write that was begun is waited for: it may have taken the credential.
            if (!request.startsWith('GET')) {
              hold.release();
            }
          });
          assertCancelled(result);
          assert.ok(result.afterMs < atOnceMs);
          assert.equal(org.tokenRequests.length, refreshes);
          await assertFree(refreshes);
        });
      }
    }
  }

  it('lets go in a pause between attempts', async (t) => {
    const { org, start, assertFree } = await setTheBranchScene(t);
    org.faults.push({ does: fault.page(503, { 'retry-after': '15' }) });
    const step = start();
    await line(step, /Retry 1 of 3/);
    assertCancelled(await cancel(step));
    await assertFree(0);
  });

  it('stops waiting for another job, and leaves what that one holds alone', async (t) => {
    const { org, start, record, assertFree } = await setTheBranchScene(t);
    const hold = org.hold();
    const first = start();
    await hold.reached;
    const held = record();
    const second = start();
    await line(second, /^Waiting for http.*\/runs\//m);
    const result = await cancel(second);
    assertCancelled(result);
    assert.ok(result.afterMs < atOnceMs);
    assert.deepEqual(record(), held);
    hold.release();
    assert.equal((await first.result).conclusion, 'success');
    await assertFree(1);
  });
});

/** Resolves when the step has printed such a line. */
async function line(step: StartedAction, pattern: RegExp): Promise<void> {
  let text = '';
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  step.process.stdout?.on('data', (chunk: string) => {
    text += chunk;
    if (pattern.test(text)) {
      resolve();
    }
  });
  step.process.once('close', () => reject(new Error(`It never said ${pattern}:\n${text}`)));
  await promise;
}

describe('cancellation: after the refresh was sent', options, () => {
  for (const signal of signals) {
    for (const when of ['during', 'after'] as const) {
      it(`${signal} waits for the answer and hands the token out (${when} the work)`, async (t) => {
        const { org, start } = await setTheScene(t);
        const hold = org.hold(undefined, when);
        const step = start({ rotates: true });
        await hold.reached;
        const result = await cancel(step, signal, () => hold.release());
        assertCancelled(result);
        assert.equal(result.outputs['rotated'], 'true');
        const token = result.outputs['refresh-token'] ?? '';
        assert.equal(org.refreshTokenState(token), 'current');
        assert.ok(result.masks.includes(token));
        assert.equal(org.requests.length, 1);
      });

      it(`${signal} waits for the answer and saves it (${when} the work)`, async (t) => {
        const { org, start, assertFree } = await setTheBranchScene(t);
        const hold = org.hold(undefined, when);
        const step = start();
        await hold.reached;
        const result = await cancel(step, signal, () => hold.release());
        assertCancelled(result);
        assert.equal(result.outputs['refresh-token'], '');
        await assertFree(1);
      });
    }
  }

  it('waits for an answer that comes in pieces', async (t) => {
    const { org, start } = await setTheScene(t);
    const rest = Promise.withResolvers<void>();
    const half = Promise.withResolvers<void>();
    org.onRequest(() => half.resolve(), 'after');
    org.faults.push({ when: 'after', does: fault.inTwo(() => rest.promise) });
    const step = start({ rotates: true });
    await half.promise;
    const result = await cancel(step, 'SIGINT', rest.resolve);
    assertCancelled(result);
    assert.equal(org.refreshTokenState(result.outputs['refresh-token'] ?? ''), 'current');
  });

  it('does not send again what was lost while it was cancelled', async (t) => {
    const { org, start } = await setTheScene(t, 'none');
    const hold = org.hold();
    org.faults.push({ when: 'after', does: fault.reset() });
    const step = start();
    await hold.reached;
    const result = await cancel(step, 'SIGINT', () => hold.release());
    assertCancelled(result);
    assert.equal(org.requests.length, 1);
  });

  it('gives up on an answer that never comes, in time, and says what that means', async (t) => {
    const { org, start } = await setTheScene(t);
    const hold = org.hold();
    const step = start({ rotates: true });
    await hold.reached;
    const result = await cancel(step);
    assert.ok(result.afterMs > 5_900, String(result.afterMs));
    assert.equal(result.outputs['error-code'], 'answer_lost');
    assert.match(result.log, /the run was cancelled before .* answered/);
  });

  it('gives up on an answer that never comes as cancelled where the app does not rotate', async (t) => {
    const { org, start } = await setTheScene(t, 'none');
    const hold = org.hold();
    const step = start();
    await hold.reached;
    const result = await cancel(step);
    assertCancelled(result);
    assert.equal(org.requests.length, 1);
  });

  it('keeps hold where it is unknown what became of the token', async (t) => {
    const { org, start, here, record } = await setTheBranchScene(t);
    const hold = org.hold();
    const step = start();
    await hold.reached;
    const result = await cancel(step);
    assert.equal(result.signal, null);
    assert.equal(result.outputs['error-code'], 'answer_lost');
    assert.match(result.log, /Run the job again: it waits .* \(The hold ends at 20/);
    assert.ok(record()?.['holder']);
    const next = await here({ 'wait-seconds': 0 });
    assert.equal(next.outputs['error-code'], 'credential_in_flight', next.log);
    assert.equal(org.tokenRequests.length, 1);
  });

  it('lets go after a refusal', async (t) => {
    const { org, start, assertFree } = await setTheBranchScene(t);
    org.user.frozen = true;
    const hold = org.hold();
    const step = start();
    await hold.reached;
    const result = await cancel(step, 'SIGINT', () => hold.release());
    assertCancelled(result);
    org.user.frozen = false;
    await assertFree(0);
  });

  it('is not hurried by a second signal', async (t) => {
    const { org, start, assertFree } = await setTheBranchScene(t);
    const hold = org.hold();
    const step = start();
    await hold.reached;
    const result = await cancel(step, 'SIGINT', async () => {
      for (const signal of ['SIGINT', 'SIGTERM', 'SIGTERM'] as const) {
        await step.signal(signal);
      }
      hold.release();
    });
    assertCancelled(result);
    await assertFree(1);
  });

  it('does not begin its time anew with each signal', async (t) => {
    const { org, start } = await setTheScene(t);
    const hold = org.hold();
    const step = start({ rotates: true });
    await hold.reached;
    // It would never end.
    const again = setInterval(() => step.process.kill('SIGTERM'), 1_000);
    t.after(() => clearInterval(again));
    const result = await cancel(step);
    assert.equal(result.hung, false);
    assert.equal(result.outputs['error-code'], 'answer_lost');
  });
});

describe('cancellation: while the token is saved, and later', options, () => {
  for (const when of ['before', 'during', 'after'] as const) {
    it(`saves to the end: ${when} GitHub's work on it`, async (t) => {
      const { github, start, assertFree } = await setTheBranchScene(t);
      const hold = github.hold('PUT /contents/*', { when });
      const step = start();
      await hold.reached;
      const result = await cancel(step, 'SIGINT', () => hold.release());
      assertCancelled(result);
      assert.equal(result.outputs['refresh-token'], '');
      await assertFree(1);
    });
  }

  for (const when of ['before', 'after'] as const) {
    it(`repeats a write that failed: ${when} GitHub's work on it`, async (t) => {
      const { org, github, start, assertFree } = await setTheBranchScene(t);
      github.inject('PUT /contents/*', gitHubFault.reset(), { when });
      const hold = org.hold();
      const step = start();
      await hold.reached;
      const result = await cancel(step, 'SIGINT', () => hold.release());
      assertCancelled(result);
      await assertFree(1);
    });
  }

  for (const waitMs of [0, 2_000]) {
    it(`hands out what it cannot save in time, ${waitMs} ms later, and the end of the job saves it`, async (t) => {
      const { org, github, start, post, assertFree } = await setTheBranchScene(t);
      const silence = github.inject('PUT /contents/*', gitHubFault.silence(), { times: 99 });
      const hold = org.hold();
      const step = start();
      await hold.reached;
      const result = await cancel(step, 'SIGINT', async () => {
        await sleep(waitMs);
        hold.release();
      });
      assert.equal(result.signal, null);
      assert.equal(result.outputs['error-code'], 'save_failed');
      assert.equal(org.refreshTokenState(result.outputs['refresh-token'] ?? ''), 'current');
      assert.match(result.log, /if: always\(\)/);
      silence.remove();
      assert.match((await post(result)).log, /^Saved the new refresh token/m);
      await assertFree(1);
    });
  }

  for (const path of ['/services/data', '/query', '/userinfo']) {
    it(`stops at once while the token is verified: ${path}`, async (t) => {
      const { org, start, assertFree } = await setTheBranchScene(t);
      org.app.scopes = path === '/userinfo' ? ['refresh_token', 'id'] : ['refresh_token', 'api'];
      const hold = org.hold(path, 'before');
      const step = start({ verify: true });
      await hold.reached;
      const result = await cancel(step);
      assertCancelled(result);
      assert.ok(result.afterMs < atOnceMs);
      await assertFree(1);
    });
  }

  it('keeps the new token in its file', async (t) => {
    const { org, start, members } = await setTheFileScene(t, { rotation: 'strict' });
    const hold = org.hold();
    const step = start({ env: { RUNNER_ENVIRONMENT: 'self-hosted' }, tellsSignals: true });
    await hold.reached;
    const result = await cancel(step, 'SIGTERM', () => hold.release());
    assertCancelled(result);
    assert.equal(org.refreshTokenState(String(members()['refresh_token'])), 'current');
    assert.equal(members()['access_token'], oldAccessToken);
  });
});
