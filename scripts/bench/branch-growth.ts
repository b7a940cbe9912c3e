import { assertSuccess, inWorld, times } from '../soak/token-branch-world.ts';
import { table } from './table.ts';

/**
 * Jobs that want the same credential of a token branch at the same moment, with the latency of the real
 * servers: what it costs them together.
 * @throws where one fails
 */
export async function branchGrowth(): Promise<string> {
  const rows: string[][] = [];
  for (const reuse of [0, 5]) {
    for (const jobs of [1, 5, 20]) {
      rows.push(
        await inWorld({ seed: 19 + jobs }, async (world) => {
          const { org, github } = world;
          const inputs = { 'reuse-minutes': reuse, 'wait-seconds': 600 };
          // The first one makes the branch; what it got is not kept for others, since it does not reuse.
          assertSuccess(await world.job(undefined, { inputs: { 'wait-seconds': 600 } }).result);
          const before = { org: org.requests.length, github: github.requests.length };
          const start = performance.now();
          for (const result of await Promise.all(
            times(jobs, () => world.job(undefined, { inputs }).result),
          )) {
            assertSuccess(result);
          }
          const seconds = (performance.now() - start) / 1000;
          await world.assertUnharmed();
          const asked = github.requests.slice(before.github);
          const free = asked.filter(({ status }) => status === 304).length;
          return [
            `${jobs}${reuse > 0 ? `, \`reuse-minutes: ${reuse}\`` : ''}`,
            `${seconds.toFixed(1)} s`,
            String(org.requests.length - before.org),
            String(asked.length - free),
            String(free),
          ];
        }),
      );
    }
  }
  return table(
    [
      'jobs at once',
      'until the last is done',
      'requests to Salesforce',
      'requests to GitHub that count',
      'and looks that do not (304)',
    ],
    rows,
  );
}
