import assert from 'node:assert/strict';
import { once } from 'node:events';
import { describe, it, type TestContext } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { type ApiRequest, fault } from '../support/github-api.ts';
import { fault as orgFault } from '../support/salesforce-org.ts';
import {
  fingerprint,
  problem,
  secretName,
  sendingName,
  spentFingerprints,
  stateName,
  type World,
  warnings,
  writeBackWorld,
} from '../support/write-back.ts';

// The rules by which a run may send its copy of a rotating credential, or has to stop before.

const minute = 60_000;
const deadRun = 'https://github.com/octo/demo/actions/runs/7/attempts/1';

/** What a run leaves behind that was killed while it held the guard; `age` by GitHub's clock. */
function leaveBehind(world: World, refreshToken: string, age: number): string {
  const value = JSON.stringify({
    fingerprint: fingerprint(refreshToken),
    run: deadRun,
    time: '2026-01-01T00:00:00.000Z',
    holder: 'de4dbeef',
  });
  const createdAt = new Date(world.api.clock.now() - age);
  world.environment.setVariable(sendingName, value, { createdAt });
  return value;
}

function noteSpent({ environment }: World, ...refreshTokens: string[]): void {
  environment.setVariable(stateName, JSON.stringify({ spent: refreshTokens.map(fingerprint) }));
}

/** Who wrote `_SENDING` by which request: for telling runs apart. */
const isPost = ({ method, json }: ApiRequest) =>
  method === 'POST' && JSON.stringify(json).includes(sendingName);

/** Asserts that the step stopped so, with nothing sent to the org. */
async function assertStops(
  world: World,
  code: string,
  says: RegExp,
  inputs: Readonly<Record<string, string | number>> = {},
): Promise<void> {
  const result = await world.run({ inputs });
  assert.deepEqual([result.conclusion, result.outputs], ['failure', { 'error-code': code }]);
  assert.match(problem(result), says);
  assert.deepEqual(warnings(result), []);
  assert.equal(world.org.tokenRequests.length, 0);
}

async function assertRuns(world: World): Promise<string> {
  const sent = world.family.current;
  const result = await world.run();
  assert.equal(result.conclusion, 'success', result.log);
  assert.equal(world.environment.secret(secretName), world.family.current);
  assert.notEqual(world.family.current, sent);
  assert.equal(world.environment.variable(sendingName), undefined);
  assert.deepEqual([world.org.reuses, world.family.revoked], [0, false]);
  return result.log;
}

// Taking over takes its 7 s: so all run side by side.
describe('rotation guard', { concurrency: 5 }, () => {
  describe('a copy that was used', { concurrency: 3 }, () => {
    const says =
      /This copy of the secret SF_CREDENTIAL \(fingerprint [0-9a-f]{16}\) was used already[\s\S]*sign in again/;

    it('is not sent, and the guard let go', async (t) => {
      const world = await writeBackWorld(t);
      noteSpent(world, 'another', world.family.current);
      await assertStops(world, 'credential_spent', says);
      assert.equal(world.environment.variable(sendingName), undefined);
    });

    it('is not sent where a live run holds the guard either', async (t) => {
      const world = await writeBackWorld(t);
      const standing = leaveBehind(world, 'another', 0);
      noteSpent(world, world.family.current);
      await assertStops(world, 'credential_spent', says);
      assert.equal(world.environment.variable(sendingName), standing);
    });

    it('is not sent by a step that follows in the same job', async (t) => {
      const world = await writeBackWorld(t);
      const copy = world.family.current;
      await assertRuns(world);
      const again = await world.run({ copy });
      assert.equal(again.outputs['error-code'], 'credential_spent');
      assert.deepEqual([world.org.reuses, world.org.tokenRequests.length], [0, 1]);
    });
  });

  describe('one that is held', { concurrency: 3 }, () => {
    const byHand =
      /The run https:\/\/github\.com\/octo\/demo\/actions\/runs\/7\/attempts\/1 holds the credential SF_CREDENTIAL[\s\S]*Login History[\s\S]*gh variable delete SF_CREDENTIAL_SENDING --env "salesforce prod" --repo octo\/demo[\s\S]*Nothing was sent/;

    const cases: readonly [name: string, prepare: (world: World) => void][] = [
      ['for our own token', (world) => leaveBehind(world, world.family.current, 0)],
      [
        'for our own token, however old: that run may have spent it',
        (world) => leaveBehind(world, world.family.current, 48 * 60 * minute),
      ],
      ['for another token, a moment ago', (world) => leaveBehind(world, 'another', 0)],
      ['for another token, 14 minutes ago', (world) => leaveBehind(world, 'another', 14 * minute)],
      [
        'made long ago, but taken over 14 minutes ago',
        (world) => {
          const value = leaveBehind(world, 'another', 0);
          const now = world.api.clock.now();
          world.environment.setVariable(sendingName, value, {
            createdAt: new Date(now - 48 * 60 * minute),
            updatedAt: new Date(now - 14 * minute),
          });
        },
      ],
    ];
    for (const [name, prepare] of cases) {
      it(`${name} stops the step, which names the run and the way to go on by hand`, async (t) => {
        const world = await writeBackWorld(t);
        prepare(world);
        const standing = world.environment.variable(sendingName);
        await assertStops(world, 'credential_in_flight', byHand);
        assert.equal(world.environment.variable(sendingName), standing);
        assert.deepEqual(world.api.requestsTo('DELETE'), []);
      });
    }

    it('is judged by GitHub’s clock, not by that of this machine', async (t) => {
      const world = await writeBackWorld(t);
      leaveBehind(world, 'another', 0);
      world.api.clock.advance(14 * minute);
      await assertStops(world, 'credential_in_flight', byHand);
      world.api.clock.advance(-24 * 60 * minute);
      await assertStops(world, 'credential_in_flight', byHand);
    });

    it('by something unreadable is no leftover, however old', async (t) => {
      for (const value of ['', 'x', '{}', '{"fingerprint":1}', '[]']) {
        const world = await writeBackWorld(t);
        const createdAt = new Date(world.api.clock.now() - 60 * minute);
        world.environment.setVariable(sendingName, value, { createdAt });
        await assertStops(world, 'credential_in_flight', /^Another run holds the credential/);
        assert.equal(world.environment.variable(sendingName), value);
      }
    });

    it('but let go before we look is ours at the second try', async (t) => {
      const world = await writeBackWorld(t);
      leaveBehind(world, 'another', 0);
      world.api.intercept(`GET /variables/${sendingName}`, () => {
        world.environment.deleteVariable(sendingName);
        return undefined;
      });
      await assertRuns(world);
    });

    it('by one after the other is waited for six times, not for ever', async (t) => {
      const world = await writeBackWorld(t);
      let standing = '';
      world.api.onRequest((request) => {
        if (isPost(request)) {
          standing = leaveBehind(world, 'another', 0);
        } else if (request.path.endsWith(sendingName)) {
          world.environment.deleteVariable(sendingName);
        }
        return undefined;
      });
      await assertStops(world, 'credential_in_flight', /Several runs want it at once/);
      assert.equal(world.api.requests.filter(isPost).length, 6);
      assert.notEqual(standing, '');
    });
  });

  describe('a leftover', { concurrency: 9 }, () => {
    const leftovers: readonly [name: string, prepare: (world: World) => void][] = [
      [
        'of a token that is noted as spent is taken over at once',
        (world) => {
          leaveBehind(world, 'another', 0);
          noteSpent(world, 'another');
        },
      ],
      [
        'of another token is taken over after 15 minutes by GitHub’s clock',
        (world) => {
          leaveBehind(world, 'another', 0);
          world.api.clock.advance(15 * minute + 2_000);
        },
      ],
    ];
    for (const [name, prepare] of leftovers) {
      it(name, async (t) => {
        const world = await writeBackWorld(t);
        prepare(world);
        const sent = world.family.current;
        assert.ok((await assertRuns(world)).includes(`rotation guard that ${deadRun} left behind`));
        // The dead run's token is not current any more: nobody may send a late copy of it.
        const spent = ['another', sent].map(fingerprint);
        assert.deepEqual(spentFingerprints(world), { spent });
      });
    }

    it('is noted as spent before anything else may go wrong', async (t) => {
      const world = await writeBackWorld(t);
      const copy = world.family.current;
      await assertRuns(world);
      // As if the run had been killed before it noted what it spent.
      world.environment.deleteVariable(stateName);
      leaveBehind(world, copy, 20 * minute);
      world.org.faults.push({ does: orgFault.oauthError('invalid_grant', 'ip restricted') });
      assert.equal((await world.run()).outputs['error-code'], 'invalid_grant');
      assert.equal(world.environment.variable(sendingName), undefined);
      assert.equal((await world.run({ copy })).outputs['error-code'], 'credential_spent');
      await assertRuns(world);
    });

    it('that can not be noted as spent is not let go', async (t) => {
      const world = await writeBackWorld(t);
      leaveBehind(world, 'another', 20 * minute);
      world.api.inject(`PATCH /variables/${stateName}`, fault.answer(403, { message: 'no' }));
      const result = await world.run();
      assert.equal(result.outputs['error-code'], 'secret_not_writable', result.log);
      assert.deepEqual(world.api.requestsTo('DELETE'), []);
      assert.notEqual(world.environment.variable(sendingName), undefined);
      assert.equal(world.org.tokenRequests.length, 0);
    });

    it('that two runs want to take over goes to one of them', async (t) => {
      const world = await writeBackWorld(t);
      leaveBehind(world, 'another', 20 * minute);
      const sent = world.family.current;
      // Both have looked before either writes.
      const bothLooked = Promise.withResolvers<void>();
      let looked = 0;
      world.api.intercept(
        'PATCH',
        async () => {
          looked += 1;
          if (looked === 2) {
            bothLooked.resolve();
          }
          await bothLooked.promise;
          return undefined;
        },
        { times: 2 },
      );
      const results = await Promise.all([world.run(), world.run()]);
      assert.deepEqual(results.map(({ outputs }) => outputs['error-code']).sort(), [
        'credential_in_flight',
        undefined,
      ]);
      assert.deepEqual([world.org.reuses, world.family.revoked], [0, false]);
      assert.equal(world.org.tokenRequests.length, 1);
      assert.ok(world.family.spent.has(sent));
      assert.equal(world.environment.variable(sendingName), undefined);
    });

    it('whose run was alive, and lets go while it is taken over, is fought for anew', async (t) => {
      const world = await writeBackWorld(t);
      leaveBehind(world, 'another', 20 * minute);
      world.api.intercept(
        'PATCH',
        () => {
          setTimeout(() => world.environment.deleteVariable(sendingName), 1_000);
          return undefined;
        },
        { when: 'after' },
      );
      await assertRuns(world);
      assert.equal(world.api.requests.filter(isPost).length, 2);
    });

    it('that is gone before it is taken over is made anew', async (t) => {
      const world = await writeBackWorld(t);
      leaveBehind(world, 'another', 20 * minute);
      world.api.intercept(`PATCH /variables/${sendingName}`, () => {
        world.environment.deleteVariable(sendingName);
        return undefined;
      });
      await assertRuns(world);
    });

    it('that was written over meanwhile belongs to who stands there', async (t) => {
      const world = await writeBackWorld(t);
      leaveBehind(world, 'another', 20 * minute);
      let standing: string | undefined;
      world.api.intercept(
        'PATCH',
        () => {
          standing = leaveBehind(world, 'a third', 0);
          return undefined;
        },
        { when: 'after' },
      );
      await assertStops(world, 'credential_in_flight', /runs\/7\/attempts\/1 holds the credential/);
      assert.equal(world.environment.variable(sendingName), standing);
    });

    it('is not taken over by a write that took too long, and then not let go', async (t) => {
      const world = await writeBackWorld(t);
      leaveBehind(world, 'another', 20 * minute);
      world.api.inject('PATCH', fault.delay(5_200));
      await assertStops(world, 'credential_in_flight', /too slowly to take it over safely/);
      assert.notEqual(world.environment.variable(sendingName), undefined);
      assert.deepEqual(world.api.requestsTo('DELETE'), []);
    });

    it('is taken over with reads that lag a second behind', async (t) => {
      const world = await writeBackWorld(t);
      leaveBehind(world, 'another', 20 * minute);
      world.api.readLag = 1_000;
      await assertRuns(world);
    });
  });

  describe('reads that lag behind writes', { concurrency: 3 }, () => {
    it('make a run wait until others can see what it spent', async (t) => {
      const world = await writeBackWorld(t);
      const copy = world.family.current;
      world.api.readLag = 1_500;
      await assertRuns(world);
      const again = await world.run({ copy });
      assert.equal(again.outputs['error-code'], 'credential_spent', again.log);
      assert.equal(world.org.reuses, 0);
      // It was shown the guard of the first run where its own stood already.
      assert.equal(world.environment.variable(sendingName), undefined);
    });

    it('do not make a run delete the guard of another, when it is cancelled', async (t) => {
      const world = await writeBackWorld(t);
      const { first, refresh } = await holdsTheGuard(t, world);
      world.api.readLag = 60_000;
      const second = world.start();
      await world.api.hold(`GET /variables/${sendingName}`, { when: 'after' }).reached;
      await stop(second.process);
      await second.result;
      assert.deepEqual(world.api.requestsTo('DELETE'), []);
      world.api.readLag = 0;
      refresh.release();
      assert.equal((await first.result).conclusion, 'success');
      assert.deepEqual([world.org.reuses, world.org.tokenRequests.length], [0, 1]);
    });

    it('do not make a run delete the guard of another, when its time is up', async (t) => {
      const world = await writeBackWorld(t);
      const { first, refresh } = await holdsTheGuard(t, world);
      world.api.readLag = 60_000;
      for (const seconds of [1, 30]) {
        const { outputs, log } = await world.run({ inputs: { 'timeout-seconds': seconds } });
        assert.match(outputs['error-code'] ?? '', /^(timeout|credential_in_flight)$/, log);
        assert.deepEqual(world.api.requestsTo('DELETE'), []);
      }
      world.api.readLag = 0;
      refresh.release();
      assert.equal((await first.result).conclusion, 'success');
      assert.deepEqual([world.org.reuses, world.org.tokenRequests.length], [0, 1]);
    });

    it('hide our own guard, which is let go all the same', async (t) => {
      const world = await writeBackWorld(t, { rotation: 'none' });
      world.api.readLag = 60_000;
      const result = await world.run();
      assert.equal(result.conclusion, 'success', result.log);
      assert.equal(world.environment.variable(sendingName), undefined);
    });

    it('hide that a guard is ours whose making was not answered: it is let go once it shows', async (t) => {
      const world = await writeBackWorld(t);
      world.api.readLag = 1_000;
      const made = world.api.hold('POST /variables', { when: 'after' });
      const step = world.start();
      await made.reached;
      await stop(step.process);
      const result = await step.result;
      assert.equal(result.outputs['error-code'], 'cancelled', result.log);
      assert.equal(world.environment.variable(sendingName), undefined);
      assert.equal(world.org.tokenRequests.length, 0);
    });
  });

  describe('a deletion whose answer is lost', { concurrency: 3 }, () => {
    it('is not repeated over the guard that another run has made meanwhile', async (t) => {
      const world = await writeBackWorld(t);
      const spent = world.family.current;
      let second: ReturnType<World['start']> | undefined;
      const refresh = Promise.withResolvers<void>();
      world.api.intercept(
        'DELETE',
        async () => {
          // The next run starts with the new token, and is still refreshing when the first looks again.
          world.org.onRequest(() => refresh.promise, 'during');
          second = world.start();
          while (world.environment.variable(sendingName) === undefined) {
            await sleep(20);
          }
          return fault.reset();
        },
        { when: 'after' },
      );
      const first = await world.run();
      assert.equal(first.conclusion, 'success', first.log);
      assert.notEqual(
        world.environment.variable(sendingName),
        undefined,
        'the guard of the second',
      );
      const third = await world.run();
      assert.equal(third.outputs['error-code'], 'credential_in_flight');
      refresh.resolve();
      assert.equal((await second?.result)?.conclusion, 'success');
      assert.deepEqual([world.org.reuses, world.family.spent.size], [0, 2]);
      assert.ok(world.family.spent.has(spent));
    });
  });
});

/** A run that has the guard, and whose refresh is under way until it is released. */
async function holdsTheGuard(t: TestContext, world: World) {
  const refresh = world.org.hold();
  const first = world.start();
  await refresh.reached;
  t.after(() => first.process.kill('SIGKILL'));
  return { first, refresh };
}

/** Cancels, once the process knows of it. */
async function stop(process: ReturnType<World['start']>['process']): Promise<void> {
  process.kill('SIGTERM');
  await Promise.race([once(process, 'exit'), sleep(200)]);
}
