import assert from 'node:assert/strict';
import type { Experiment } from './experiment.ts';
import { assertSuccess, inWorld, spanOf, times, type World } from './token-branch-world.ts';

/** Jobs one after the other, and many at once: all succeed, each with a refresh of its own or a reused token. */
export const turns: readonly Experiment[] = [
  {
    name: 'runs-in-a-row',
    about: 'the same secret, again and again',
    run: ({ short, seed, say }) =>
      inWorld({ seed, latency: !short }, async (world) => {
        const { github, org } = world;
        const count = short ? 25 : 200;
        const requests: number[] = [];
        for (let run = 1; run <= count; run++) {
          const before = github.requests.length;
          assertSuccess(await world.job().result);
          requests.push(github.requests.length - before);
          if (run % 50 === 0) {
            say(`${run} runs`);
          }
        }
        const [first, ...others] = requests;
        assert.deepEqual([...new Set(others)], [3], 'requests to GitHub of each run');
        assert.equal(org.tokenRequests.length, count);
        await world.assertUnharmed();
        return `${count} succeed; ${others[0]} requests to GitHub each, ${first} on the first use`;
      }),
  },
  {
    name: 'many-at-once',
    about: '20 jobs of a matrix with one credential',
    run: ({ short, seed, say }) =>
      inWorld({ seed }, async (world) => {
        const rounds = short ? 1 : 5;
        assertSuccess(await world.job().result);
        const [took, asked]: [number[], number[]] = [[], []];
        for (let round = 1; round <= rounds; round++) {
          const [start, before] = [performance.now(), world.github.requests.length];
          const results = await Promise.all(times(20, () => world.job().result));
          results.forEach(assertSuccess);
          took.push(performance.now() - start);
          // A 304 is not counted in the hour's limit.
          const counted = world.github.requests
            .slice(before)
            .filter(({ status }) => status !== 304);
          asked.push(counted.length / 20);
          // Each round has an hour's requests for itself: four would use them up.
          world.github.clock.advance(3_600_000);
          say(`round ${round}: ${spanOf(took.slice(-1))}, ${asked.at(-1)} counted requests a job`);
        }
        assert.equal(world.org.tokenRequests.length, 1 + 20 * rounds);
        await world.assertUnharmed();
        const most = Math.round(Math.max(...asked));
        return `${20 * rounds} succeed; a round takes ${spanOf(took)}, up to ${most} requests to GitHub a job that count`;
      }),
  },
  {
    name: 'many-at-once-reusing',
    about: 'the same with `reuse-minutes`',
    run: ({ seed }) =>
      inWorld({ seed }, async (world) => {
        assertSuccess(await world.job().result);
        const [start, before] = [performance.now(), world.github.requests.length];
        const inputs = { 'reuse-minutes': 10 };
        const results = await Promise.all(times(20, () => world.job(undefined, { inputs }).result));
        const took = performance.now() - start;
        results.forEach(assertSuccess);
        const reused = results.filter(({ outputs }) => outputs['reused'] === 'true').length;
        assert.equal(reused, 19);
        assert.equal(world.org.tokenRequests.length, 2);
        const tokens = new Set(results.map(({ outputs }) => outputs['access-token']));
        assert.equal(tokens.size, 1, 'all have the same access token');
        assert.ok(world.org.accessTokenAlive([...tokens][0] ?? ''));
        await world.assertUnharmed();
        const counted = countedSince(before, world);
        return `1 refresh, ${reused} reused, ${spanOf([took])}, ${counted} requests to GitHub in all that count`;
      }),
  },
];

/** How many requests to GitHub count in the hour's limit; a 304 does not. */
function countedSince(number: number, { github }: World): number {
  return github.requests.slice(number).filter(({ status }) => status !== 304).length;
}
