import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { byHand, stepCommand } from './contestants.ts';
import { type Command, median, startMeasurer } from './measurer.ts';
import type { BenchOrg } from './org.ts';
import { table } from './table.ts';

const crowds = [1, 10, 100] as const;

/**
 * Many steps at once on one machine, against one org, beside the same by hand: with credentials of their
 * own, and with one. In turn, and each crowd twice, so that a disturbance does not decide.
 * @throws where one fails: alone, none would
 */
export async function growth(org: BenchOrg, home: string): Promise<string> {
  const measurer = startMeasurer();
  const [shared = ''] = org.refreshTokens;
  const outputs = Array.from({ length: 100 }, (_, index) => {
    const output = join(home, `output-${index}`);
    writeFileSync(output, '');
    return output;
  });
  const ways: readonly ((output: string, refreshToken: string) => Command)[] = [
    (output, refreshToken) => stepCommand(org, refreshToken, output, home),
    (output, refreshToken) => byHand(org, output, home, { refreshToken }),
  ];
  /** Until the last is done, in milliseconds, and the memory of each, in megabytes. */
  const together = async (commands: readonly Command[]) => {
    const start = performance.now();
    const costs = await measurer.runAll(commands);
    const ms = performance.now() - start;
    const failed = costs.filter(({ code }) => code !== 0).length;
    if (failed > 0) {
      throw new Error(
        `${failed} of ${costs.length} at once failed: ${commands[0]?.argv.join(' ')}`,
      );
    }
    return { ms, mb: median(costs.map((cost) => cost.mb)) };
  };
  const rows: string[][] = [];
  try {
    for (const [whose, tokenOf] of [
      ['a credential each', (index: number) => org.refreshTokens[index] ?? ''],
      ['one credential', () => shared],
    ] as const) {
      for (const count of crowds) {
        const all = ways.map((command) =>
          outputs.slice(0, count).map((output, index) => command(output, tokenOf(index))),
        );
        const runs = all.map((): { ms: number; mb: number }[] => []);
        for (const round of [0, 1, 2]) {
          for (const [way, commands] of all.entries()) {
            const run = await together(commands);
            // The first one fills the caches of the disk.
            if (round > 0) {
              runs[way]?.push(run);
            }
          }
        }
        const [step, hand] = runs.map((of) => ({
          ms: median(of.map(({ ms }) => ms)),
          mb: median(of.map(({ mb }) => mb)),
        }));
        if (step && hand) {
          rows.push([
            `${count}, ${whose}`,
            `${step.ms.toFixed(0)} ms`,
            `${hand.ms.toFixed(0)} ms`,
            `${(step.ms / hand.ms).toFixed(2)} ×`,
            `${step.mb.toFixed(0)} MB`,
            `${hand.mb.toFixed(0)} MB`,
          ]);
        }
      }
    }
  } finally {
    measurer.close();
  }
  return table(
    ['at once', 'until the last step is done', 'by hand', 'ratio', 'memory of a step', 'by hand'],
    rows,
  );
}
