import assert from 'node:assert/strict';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import type { StartedAction } from '../../__tests__/support/runner.ts';
import type { Experiment } from './experiment.ts';
import { assertSuccess, inWorld, type World } from './token-branch-world.ts';

/** Processes that stand still, or die, and the time that others have to wait for them. */
export const pauses: readonly Experiment[] = [
  {
    name: 'stopped-past-its-lease',
    about: 'SIGSTOP after the take, until somebody else has refreshed',
    run: ({ short, seed }) =>
      inWorld({ seed }, async (world) => {
        const { org, github } = world;
        assertSuccess(await world.job().result);
        const { stopped, at } = await stopAfterTake(world);
        if (short) {
          // The other one's three minutes pass at GitHub; the 30 s in which to send are real ones.
          github.clock.advance(183_000);
        }
        const other = await world.job().result;
        assertSuccess(other);
        assert.equal(org.tokenRequests.length, 2, 'the stopped one has sent nothing');
        await sleep(Math.max(0, 31_000 - (performance.now() - at)));
        stopped.process.kill('SIGCONT');
        const late = await stopped.result;
        assertSuccess(late);
        assert.match(late.log, /held up for too long/);
        assert.doesNotMatch(late.log, /Writing to the token branch again/);
        assert.equal(org.tokenRequests.length, 3);
        await world.assertUnharmed();
        return 'it sends nothing, takes its turn anew, and both succeed';
      }),
  },
  {
    name: 'stopped-while-answered',
    about: 'SIGSTOP while Salesforce answers, past `timeout-seconds`',
    run: ({ short, seed }) =>
      inWorld({ seed, latency: false }, async (world) => {
        const seconds = short ? 5 : 60;
        const stopped = world.job(undefined, { inputs: { 'timeout-seconds': seconds } });
        const processed = Promise.withResolvers<void>();
        const remove = world.org.onRequest(() => {
          remove();
          stopped.process.kill('SIGSTOP');
          processed.resolve();
        }, 'after');
        await processed.promise;
        await sleep(seconds * 1000 + 1_500);
        stopped.process.kill('SIGCONT');
        assertSuccess(await stopped.result);
        await world.assertUnharmed();
        return `the answer that came meanwhile is read and kept, ${seconds} s later`;
      }),
  },
  {
    name: 'real-lease',
    about: 'killed after the take; the next job waits in line',
    onlyLong: 'it waits for three real minutes',
    run: ({ seed }) =>
      inWorld({ seed }, async (world) => {
        assertSuccess(await world.job().result);
        const { stopped } = await stopAfterTake(world);
        stopped.process.kill('SIGKILL');
        await stopped.result;
        const start = performance.now();
        assertSuccess(await world.job().result);
        const seconds = Math.round((performance.now() - start) / 1000);
        assert.ok(seconds > 170, `it waited only ${seconds} s`);
        await world.assertUnharmed();
        return `the next one goes on after ${seconds} s`;
      }),
  },
];

/** A job that stands still from the moment at which the credential is its own. */
async function stopAfterTake(
  world: World,
): Promise<{ readonly stopped: StartedAction; readonly at: number }> {
  // Its own time must not be over before it finds out.
  const stopped = world.job(undefined, { inputs: { 'timeout-seconds': 600 } });
  const taken = Promise.withResolvers<void>();
  world.github.intercept(
    'PUT',
    () => {
      stopped.process.kill('SIGSTOP');
      taken.resolve();
      return undefined;
    },
    { when: 'after' },
  );
  await Promise.race([taken.promise, once(stopped.process, 'exit')]);
  assert.equal(stopped.process.exitCode, null);
  // Later than the look from which its 30 s run.
  return { stopped, at: performance.now() };
}
