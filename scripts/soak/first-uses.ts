import assert from 'node:assert/strict';
import type { Experiment } from './experiment.ts';
import {
  assertSuccess,
  inParallel,
  inWorld,
  lagging,
  spanOf,
  times,
} from './token-branch-world.ts';

interface Case {
  readonly jobs: number;
  /** Another credential made the branch before. */
  readonly branch: boolean;
  readonly stale: boolean;
}

const all: readonly Case[] = [2, 5].flatMap((jobs) =>
  [true, false].flatMap((branch) => [true, false].map((stale) => ({ jobs, branch, stale }))),
);
/** The hardest of each kind. */
const few = all.filter(({ jobs, stale }) => (jobs === 5) === stale);

export const firstUses: readonly Experiment[] = [
  {
    name: 'first-uses-at-once',
    about:
      '2 or 5 first uses at once, with and without the branch, with reads up to 6 s old and without',
    run: async ({ short, seed, say }) => {
      const cases = times(short ? 1 : 8, () => (short ? few : all)).flat();
      const took: number[] = [];
      let jobs = 0;
      const one = async (what: Case, seedOfCase: number) => {
        const start = performance.now();
        await inWorld({ seed: seedOfCase, credentials: 2 }, (world) => firstUse(what, world));
        took.push(performance.now() - start);
        jobs += what.jobs;
        say(`${jobs} jobs`);
      };
      await inParallel(
        cases.map((what, index) => () => one(what, seed + index)),
        2,
      );
      return `${jobs} jobs in ${cases.length} rounds succeed, one refresh each, ${spanOf(took)} a round`;
    },
  },
];

async function firstUse(
  { jobs, branch, stale }: Case,
  world: Parameters<Parameters<typeof inWorld>[1]>[0],
): Promise<void> {
  const [own, other] = world.credentials;
  if (branch) {
    assertSuccess(await world.job(other).result);
  }
  if (stale) {
    world.github.lag(lagging);
  }
  const before = world.org.tokenRequests.length;
  const results = await Promise.all(times(jobs, () => world.job(own).result));
  results.forEach(assertSuccess);
  assert.equal(world.org.tokenRequests.length - before, jobs, 'one refresh each');
  await world.assertUnharmed();
}
