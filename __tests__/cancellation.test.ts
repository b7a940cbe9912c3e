import assert from 'node:assert/strict';
import { describe, it, type TestContext } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { type GitHubApi, fault as gitHubFault, startGitHub } from './support/github-api.ts';
import { startProxy } from './support/proxy.ts';
import {
  type ActionResult,
  type RunOptions,
  type StartedAction,
  startAction,
} from './support/runner.ts';
import { fault, type Rotation, type SalesforceOrg, startOrg } from './support/salesforce-org.ts';
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

interface GuardedScene extends Scene {
  readonly api: GitHubApi;
  readonly secret: () => string | undefined;
  readonly variables: () => string[];
}

/** The same, with the token in an environment secret. */
async function setTheGuardedScene(t: TestContext): Promise<GuardedScene> {
  const { org, token } = await setTheScene(t);
  const api = await startGitHub();
  t.after(() => api.close());
  const environment = api.environment('octo/demo', 'salesforce');
  environment.setSecret('SF_TOKEN', token);
  const writeBack = {
    'secret-name': 'SF_TOKEN',
    'secret-environment': 'salesforce',
    'github-token': api.token({ environments: 'write' }),
  };
  return {
    org,
    token,
    api,
    start: (inputs) =>
      startAction({
        inputs: inputsFor(org, token, { ...writeBack, ...inputs }),
        env: { GITHUB_API_URL: api.url },
        tellsSignals: true,
      }),
    secret: () => environment.secret('SF_TOKEN'),
    variables: () => environment.variableNames,
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

    for (const request of ['GET /secrets/*', 'POST /variables', 'GET /variables/*'] as const) {
      for (const when of ['before', 'after'] as const) {
        it(`${signal} releases the guard: ${when} GitHub's work on ${request}`, async (t) => {
          const { org, api, start, variables } = await setTheGuardedScene(t);
          const hold = api.hold(request, { when });
          const step = start();
          await hold.reached;
          const writes = request.startsWith('POST');
          const result = await cancel(step, signal, () => {
            if (writes) {
              hold.release();
            }
          });
          assertCancelled(result);
          assert.ok(result.afterMs < atOnceMs);
          assert.equal(org.connections, 0);
          assert.deepEqual(variables(), []);
          assert.equal((await start().result).conclusion, 'success');
        });
      }
    }
  }

  it('releases the guard in a pause between attempts', async (t) => {
    const { org, token, start, variables } = await setTheGuardedScene(t);
    org.faults.push({ does: fault.page(503, { 'retry-after': '30' }) });
    const step = start();
    await line(step, /Retry 1 of 3/);
    const result = await cancel(step);
    assertCancelled(result);
    assert.deepEqual(variables(), []);
    assert.equal(org.refreshTokenState(token), 'current');
  });

  it("leaves another run's guard alone, and its own token unspent", async (t) => {
    const { org, api, start, variables } = await setTheGuardedScene(t);
    const hold = org.hold();
    const first = start();
    await hold.reached;
    const reading = api.hold('GET /variables/*');
    const second = start();
    await reading.reached;
    const result = await cancel(second, 'SIGINT', () => reading.release());
    assertCancelled(result);
    assert.deepEqual(variables(), ['SF_TOKEN_SENDING']);
    hold.release();
    assert.equal((await first.result).conclusion, 'success');
    assert.equal(org.reuses, 0);
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
        const { org, start, secret, variables } = await setTheGuardedScene(t);
        const hold = org.hold(undefined, when);
        const step = start();
        await hold.reached;
        const result = await cancel(step, signal, () => hold.release());
        assertCancelled(result);
        assert.equal(org.refreshTokenState(secret() ?? ''), 'current');
        assert.equal(result.outputs['refresh-token'], '');
        assert.deepEqual(variables(), ['SF_TOKEN_STATE']);
      });
    }
  }

  it('waits for an answer that comes in pieces', async (t) => {
    const { org, start } = await setTheScene(t);
    const rest = Promise.withResolvers<void>();
    const half = Promise.withResolvers<void>();
    org.onRequest(() => half.resolve(), 'after');
    org.faults.push({ when: 'after', does: fault.inTwo(rest.promise) });
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
    assert.match(result.log, /the run was cancelled/);
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

  it('leaves the guard where it is unknown what became of the token', async (t) => {
    const { org, start, variables } = await setTheGuardedScene(t);
    const hold = org.hold();
    const step = start();
    await hold.reached;
    const result = await cancel(step);
    assert.equal(result.signal, null);
    assert.equal(result.outputs['error-code'], 'answer_lost');
    assert.match(result.log, /The rotation guard stays/);
    assert.deepEqual(variables(), ['SF_TOKEN_SENDING']);
    hold.release();
    const next = await start().result;
    assert.equal(next.outputs['error-code'], 'credential_in_flight');
    assert.equal(org.reuses, 0);
  });

  it('releases the guard after a refusal', async (t) => {
    const { org, start, variables, token } = await setTheGuardedScene(t);
    org.user.frozen = true;
    const hold = org.hold();
    const step = start();
    await hold.reached;
    const result = await cancel(step, 'SIGINT', () => hold.release());
    assertCancelled(result);
    assert.deepEqual(variables(), []);
    assert.equal(org.refreshTokenState(token), 'current');
  });

  it('is not hurried by a second signal', async (t) => {
    const { org, start, secret } = await setTheGuardedScene(t);
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
    assert.equal(org.refreshTokenState(secret() ?? ''), 'current');
  });

  it('does not begin its 6 seconds anew with each signal', async (t) => {
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
  for (const [request, when] of [
    ['GET /secrets/public-key', 'before'],
    ['PUT /secrets/*', 'before'],
    ['PUT /secrets/*', 'after'],
    ['PATCH /variables/*_STATE', 'before'],
    ['DELETE /variables/*', 'before'],
  ] as const) {
    it(`saves to the end: ${when} GitHub's work on ${request}`, async (t) => {
      const { org, api, start, secret, variables } = await setTheGuardedScene(t);
      const hold = api.hold(request, { when });
      const step = start();
      await hold.reached;
      const result = await cancel(step, 'SIGINT', () => hold.release());
      assertCancelled(result);
      assert.equal(org.refreshTokenState(secret() ?? ''), 'current');
      assert.equal(result.outputs['refresh-token'], '');
      assert.deepEqual(variables(), ['SF_TOKEN_STATE']);
    });
  }

  it('repeats a write that failed', async (t) => {
    const { org, api, start, secret } = await setTheGuardedScene(t);
    api.inject('PUT /secrets/*', gitHubFault.reset());
    const hold = org.hold();
    const step = start();
    await hold.reached;
    const result = await cancel(step, 'SIGINT', () => hold.release());
    assertCancelled(result);
    assert.equal(org.refreshTokenState(secret() ?? ''), 'current');
  });

  for (const waitMs of [0, 2_000]) {
    it(`hands out what it can not save in time, ${waitMs} ms later`, async (t) => {
      const { org, api, start } = await setTheGuardedScene(t);
      api.inject('PUT /secrets/*', gitHubFault.silence(), { times: Number.POSITIVE_INFINITY });
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
    });
  }

  for (const path of ['/services/data', '/query', '/userinfo']) {
    it(`stops at once while the token is verified: ${path}`, async (t) => {
      const { org, start, secret, variables } = await setTheGuardedScene(t);
      org.app.scopes = path === '/userinfo' ? ['refresh_token', 'id'] : ['refresh_token', 'api'];
      const hold = org.hold(path, 'before');
      const step = start({ verify: true });
      await hold.reached;
      const result = await cancel(step);
      assertCancelled(result);
      assert.ok(result.afterMs < atOnceMs);
      assert.equal(org.refreshTokenState(secret() ?? ''), 'current');
      assert.deepEqual(variables(), ['SF_TOKEN_STATE']);
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
