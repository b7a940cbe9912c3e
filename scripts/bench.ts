/**
 * What one step costs, as ratios measured in one run: machines are shared and noisy, so no figure here is
 * worth anything but beside the others of the same table.
 *
 * Usage: npm run bench [-- --rounds 30] [--peers] [--growth]
 *   --peers    also jsforce and the Salesforce CLI, installed on demand (some 300 MB)
 *   --growth   instead: 1, 10 and 100 steps at once, and the time to give up for each fault
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { baseline, type Contestant, contestants, peers } from './bench/contestants.ts';
import { growth } from './bench/growth.ts';
import { type Cost, type Measurer, median, startMeasurer, startOrgs } from './bench/measurer.ts';
import { patience } from './bench/patience.ts';
import { installed } from './bench/peers.ts';

const { values } = parseArgs({
  options: {
    rounds: { type: 'string', default: '30' },
    peers: { type: 'boolean', default: false },
    growth: { type: 'boolean', default: false },
  },
});
const home = mkdtempSync(join(tmpdir(), 'bench-'));
writeFileSync(join(home, 'output'), '');
console.log(`Node ${process.version}, ${availableParallelism()} cores, ${process.platform}\n`);
try {
  await (values.growth ? grow() : compare(Number(values.rounds)));
} finally {
  rmSync(home, { recursive: true, force: true, maxRetries: 3 });
}

/** All contestants in turn, in another order each round, so that what disturbs one disturbs all. */
async function compare(rounds: number): Promise<void> {
  const places = values.peers ? installed(home) : undefined;
  const orgs = await startOrgs(1);
  const measurer = startMeasurer();
  try {
    for (const [scheme, org] of [
      ['http', orgs.plain],
      ['https', orgs.tls],
    ] as const) {
      const all = [
        ...contestants(org, home),
        // An auth URL always means https.
        ...(places === undefined || scheme === 'http' ? [] : peers(org, home, places)),
      ];
      const costs = await measure(measurer, all, rounds);
      console.log(`Over ${scheme}, medians of ${rounds} rounds:\n\n${table(costs)}\n`);
    }
  } finally {
    measurer.close();
    orgs.close();
  }
}

async function measure(
  measurer: Measurer,
  all: readonly Contestant[],
  rounds: number,
): Promise<Map<string, Cost[]>> {
  const costs = new Map<string, Cost[]>(all.map(({ name }) => [name, []]));
  const output = join(home, 'output');
  // The first round fills the caches of the disk and is not counted.
  for (let round = 0; round <= rounds; round++) {
    for (let turn = 0; turn < all.length; turn++) {
      // The CLI's second command needs its first, so the order is turned, not shuffled.
      const { name, command } = all[(turn + round) % all.length] ?? all[0] ?? { name: '' };
      if (command !== undefined) {
        const cost = await measurer.run(command(output));
        if (round > 0) {
          costs.get(name)?.push(cost);
        }
      }
    }
  }
  return costs;
}

function table(costs: ReadonlyMap<string, readonly Cost[]>): string {
  const ms = (name: string) => median((costs.get(name) ?? []).map((cost) => cost.ms));
  const rows = [...costs].map(([name, all]) => [
    name,
    `${ms(name).toFixed(0)} ms`,
    `${(ms(name) / ms(baseline)).toFixed(2)} ×`,
    `${median(all.map(({ cpuMs }) => cpuMs)).toFixed(0)} ms`,
    `${median(all.map(({ mb }) => mb)).toFixed(0)} MB`,
  ]);
  return [
    ['', 'wall time', 'ratio', 'CPU', 'peak memory'],
    rows[0]?.map(() => '---') ?? [],
    ...rows,
  ]
    .map((cells) => `| ${cells.join(' | ')} |`)
    .join('\n');
}

async function grow(): Promise<void> {
  const orgs = await startOrgs(100);
  try {
    console.log(`${await growth(orgs.tls, home)}\n`);
  } finally {
    orgs.close();
  }
  console.log(await patience(home));
}
