import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { stepCommand } from './contestants.ts';
import { type Command, median, startMeasurer } from './measurer.ts';
import type { BenchOrg } from './org.ts';

/** Many steps at once on one machine, against one org: with credentials of their own, and with one. */
export async function growth(org: BenchOrg, home: string): Promise<string> {
  const measurer = startMeasurer();
  const [shared = ''] = org.refreshTokens;
  const rows: string[][] = [];
  try {
    for (const [whose, tokenOf] of [
      ['a credential each', (index: number) => org.refreshTokens[index] ?? ''],
      ['one credential', () => shared],
    ] as const) {
      for (const count of [1, 10, 100]) {
        const commands = Array.from({ length: count }, (_, index): Command => {
          const output = join(home, `output-${index}`);
          writeFileSync(output, '');
          return stepCommand(org, tokenOf(index), output, home);
        });
        const start = performance.now();
        const costs = await measurer.runAll(commands);
        const ms = performance.now() - start;
        rows.push([
          `${count}, ${whose}`,
          `${costs.filter(({ code }) => code !== 0).length}`,
          `${ms.toFixed(0)} ms`,
          `${(ms / count).toFixed(0)} ms`,
          `${median(costs.map((cost) => cost.mb)).toFixed(0)} MB`,
        ]);
      }
    }
  } finally {
    measurer.close();
  }
  const heads = [
    'steps at once',
    'failed',
    'until the last is done',
    'of that, each',
    'memory of each',
  ];
  return [heads, heads.map(() => '---'), ...rows]
    .map((cells) => `| ${cells.join(' | ')} |`)
    .join('\n');
}
