import assert from 'node:assert/strict';
import { type Fault, fault } from '../../__tests__/support/github/server.ts';
import type { Experiment } from './experiment.ts';
import { assertSuccess, endOf, inParallel, inWorld, times } from './token-branch-world.ts';

/** How often a run asks GitHub: on the first use of all, and later. */
const requestsOf = { first: 7, second: 6, later: 3 } as const;
type Use = keyof typeof requestsOf;
const uses: readonly Use[] = ['first', 'second', 'later'];

interface Way {
  readonly name: string;
  readonly when: 'before' | 'after';
  readonly fault: () => Fault;
}

const ways: readonly Way[] = [
  { name: 'lost before', when: 'before', fault: fault.reset },
  { name: 'lost after', when: 'after', fault: fault.reset },
  { name: '502 before', when: 'before', fault: () => fault.unavailable(502) },
  { name: '502 after', when: 'after', fault: () => fault.unavailable(502) },
  { name: 'limited', when: 'before', fault: () => fault.secondaryRateLimit(403, 1) },
];

export const lostRequests: readonly Experiment[] = [
  {
    name: 'every-request-lost',
    about:
      'every request to GitHub lost, answered with 502 or rate-limited once, before or after it was done',
    run: async ({ seed, say }) => {
      const cases = uses.flatMap((use) =>
        times(requestsOf[use], (skip) => ways.map((way) => ({ use, skip, way }))).flat(),
      );
      let done = 0;
      const one = async (use: Use, skip: number, way: Way, seedOfCase: number) => {
        await inWorld({ seed: seedOfCase, latency: false, credentials: 2 }, async (world) => {
          const { org, github, credentials } = world;
          const [own, other] = credentials;
          if (use !== 'first') {
            assertSuccess(await world.job(use === 'second' ? other : own).result);
          }
          const before = org.tokenRequests.length;
          const interception = github.inject('*', way.fault(), { skip, when: way.when });
          const [result, what] = [
            await world.job(own).result,
            `${use} use, request ${skip + 1}, ${way.name}`,
          ];
          assert.equal(interception.hits, 1, `${what}: there is no such request`);
          assert.equal(
            endOf(result),
            'success',
            `${what}\n${result.log}\n${github.trace().join('\n')}`,
          );
          assert.equal(org.tokenRequests.length - before, 1, what);
          const next = await world.job(own, { inputs: { 'wait-seconds': 0 } }).result;
          assert.equal(endOf(next), 'success', `${what}: and the next\n${next.log}`);
          await world.assertUnharmed();
        });
        done += 1;
        if (done % 20 === 0) {
          say(`${done} of ${cases.length}`);
        }
      };
      await inParallel(
        cases.map(
          ({ use, skip, way }, index) =>
            () =>
              one(use, skip, way, seed + index),
        ),
        6,
      );
      return `${cases.length} cases, all succeed`;
    },
  },
];
