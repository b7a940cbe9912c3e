import assert from 'node:assert/strict';
import { type Fault, fault } from '../../__tests__/support/github/server.ts';
import type { Experiment } from './experiment.ts';
import {
  assertSuccess,
  endOf,
  inWorld,
  lagging,
  spanOf,
  times,
  type World,
} from './token-branch-world.ts';

/** Several credentials on one branch, whose commits get in each other's way. */
export const crowds: readonly Experiment[] = [
  {
    name: 'six-credentials',
    about: '6 credentials × 3 jobs on one branch',
    run: ({ short, seed }) =>
      inWorld({ seed, credentials: 6 }, (world) => crowd(world, 3, short ? 1 : 4)),
  },
  {
    name: 'old-reads',
    about: 'reads up to 6 s old, 5 credentials × 3 jobs on one branch',
    run: ({ short, seed }) =>
      inWorld({ seed, credentials: 5, lag: lagging }, (world) =>
        crowd(world, short ? 2 : 3, short ? 1 : 2),
      ),
  },
  {
    name: 'chaos',
    about:
      'a tenth of all requests to GitHub lost, failed, limited or slow, and reads up to 6 s old',
    run: async ({ short, seed, say }) => {
      const rounds = short ? 2 : 20;
      const ends = new Map<string, number>();
      for (let round = 0; round < rounds; round++) {
        await inWorld({ seed: seed + round, credentials: 2, lag: lagging }, async (world) => {
          for (const result of await chaos(world)) {
            ends.set(endOf(result), (ends.get(endOf(result)) ?? 0) + 1);
          }
        });
        say(`round ${round + 1}: ${told(ends)}`);
      }
      return `${told(ends)}; no spent token sent, the next run succeeds each time`;
    },
  },
];

async function crowd(world: World, jobs: number, rounds: number): Promise<string> {
  const { credentials, org } = world;
  const took: number[] = [];
  for (let round = 0; round < rounds; round++) {
    const start = performance.now();
    const all = credentials.flatMap((credential) =>
      times(jobs, () => world.job(credential).result),
    );
    for (const result of await Promise.all(all)) {
      assertSuccess(result);
    }
    took.push(performance.now() - start);
  }
  const count = credentials.length * jobs * rounds;
  assert.equal(org.tokenRequests.length, count);
  await world.assertUnharmed();
  return `${count} succeed, ${spanOf(took)} a round`;
}

async function chaos(world: World) {
  const { github, org, random, credentials } = world;
  let wild = true;
  const somethingElse = (): Fault | undefined => {
    const kind = random();
    if (!wild || kind > 0.1) {
      return undefined;
    }
    const ways = [
      fault.reset,
      () => fault.unavailable(502),
      () => fault.secondaryRateLimit(403, 1),
      // Longer than the step waits for an answer.
      () => fault.delay(11_000),
    ];
    return ways[Math.floor(kind * 10 * ways.length)]?.();
  };
  // A request is limited before it is done, or not at all.
  const afterwards = () => {
    const wanted = somethingElse();
    return wanted?.kind === 'answer' && wanted.answer.status === 403 ? undefined : wanted;
  };
  const ever = { times: Number.POSITIVE_INFINITY };
  github.intercept('*', somethingElse, ever);
  github.intercept('*', afterwards, { ...ever, when: 'after' });
  const results = await Promise.all(
    credentials.flatMap((credential) => times(3, () => world.job(credential).result)),
  );
  const expected = /^(success|network_error|timeout|http_\d+|credential_in_flight)$/;
  for (const result of results) {
    assert.match(endOf(result), expected, result.log);
  }
  wild = false;
  github.lag();
  const succeeded = results.filter(({ conclusion }) => conclusion === 'success').length;
  assert.equal(org.tokenRequests.length, succeeded, 'who sent a token has succeeded');
  github.clock.advance(183_000);
  for (const credential of credentials) {
    assertSuccess(await world.job(credential, { inputs: { 'wait-seconds': 0 } }).result);
  }
  await world.assertUnharmed();
  return results;
}

function told(ends: ReadonlyMap<string, number>): string {
  return [...ends].map(([end, count]) => `${count} × ${end}`).join(', ');
}
