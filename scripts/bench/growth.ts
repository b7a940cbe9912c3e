import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { stepCommand } from './contestants.ts';
import { type Command, median, startMeasurer } from './measurer.ts';
import type { BenchOrg } from './org.ts';

/**
 * Many steps at once on one machine, against one org: with credentials of their own, and with one.
 * @throws where a step fails: alone, none would
 */
export async function growth(org: BenchOrg, home: string): Promise<string> {
  const measurer = startMeasurer();
  const [shared = ''] = org.refreshTokens;
  const command = (index: number, refreshToken: string): Command => {
    const output = join(home, `output-${index}`);
    writeFileSync(output, '');
    return stepCommand(org, refreshToken, output, home);
  };
  const rows: string[][] = [];
  try {
    // Fills the caches of the disk, and isn't counted.
    await measurer.run(command(0, shared));
    for (const [whose, tokenOf] of [
      ['a credential each', (index: number) => org.refreshTokens[index] ?? ''],
      ['one credential', () => shared],
    ] as const) {
      for (const count of [1, 10, 100]) {
        const commands = Array.from({ length: count }, (_, index) =>
          command(index, tokenOf(index)),
        );
        const start = performance.now();
        const costs = await measurer.runAll(commands);
        const ms = performance.now() - start;
        const failed = costs.filter(({ code }) => code !== 0).length;
        if (failed > 0) {
          throw new Error(`${failed} of ${count} steps at once failed, with ${whose}`);
        }
        rows.push([
          `${count}, ${whose}`,
          `${ms.toFixed(0)} ms`,
          `${(ms / count).toFixed(0)} ms`,
          `${median(costs.map((cost) => cost.mb)).toFixed(0)} MB`,
        ]);
      }
    }
  } finally {
    measurer.close();
  }
  const heads = ['steps at once', 'until the last is done', 'of that, each', 'memory of each'];
  return [heads, heads.map(() => '---'), ...rows]
    .map((cells) => `| ${cells.join(' | ')} |`)
    .join('\n');
}
