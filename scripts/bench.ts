/**
 * What one step costs, as ratios measured in one run: machines are shared and noisy, so no figure here is
 * worth anything but beside the others of the same table.
 *
 * Usage: npm run bench [-- [--rounds 30] [--write] [section …]]
 *   sections   time, network (the default: these two), peers (jsforce and the Salesforce CLI, installed on
 *              demand, some 300 MB), many, branch, patience
 *   --write    into docs/performance.md; all sections, where none is named
 */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { branchGrowth } from './bench/branch-growth.ts';
import { baseline, type Contestant, contestants, peers } from './bench/contestants.ts';
import { growth } from './bench/growth.ts';
import { type Cost, type Measurer, median, startMeasurer, startOrgs } from './bench/measurer.ts';
import { network } from './bench/network.ts';
import type { BenchOrg } from './bench/org.ts';
import { patience } from './bench/patience.ts';
import { installed } from './bench/peers.ts';
import { table } from './bench/table.ts';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    rounds: { type: 'string', default: '30' },
    write: { type: 'boolean', default: false },
  },
});
const page = join(import.meta.dirname, '..', 'docs', 'performance.md');
const rounds = Number(values.rounds);
const home = mkdtempSync(join(tmpdir(), 'bench-'));
writeFileSync(join(home, 'output'), '');

/** Each section, and what makes the table or text that stands between its marks in the page. */
const sections: Readonly<Record<string, () => Promise<string>>> = {
  machine: async () =>
    `Node ${process.version}, ${availableParallelism()} cores, ${process.platform}; ${rounds} rounds.`,
  time: async () => {
    const both = [await compare('tls', contestants), await compare('plain', contestants)];
    return `Over TLS:\n\n${both[0]}\n\nOver plain http:\n\n${both[1]}`;
  },
  network: async () => network(home, Math.max(3, Math.round(rounds / 4))),
  peers: async () => {
    const { places, costs } = installed(home);
    const others = (org: BenchOrg) => [
      ...contestants(org, home).slice(1, 3),
      ...peers(org, home, places),
    ];
    return `${await compare('tls', others)}\n\n${costs}`;
  },
  many: async () => withOrgs(100, ({ tls }) => growth(tls, home)),
  branch: branchGrowth,
  patience: async () => patience(home),
};

try {
  const some = values.write ? Object.keys(sections) : ['machine', 'time', 'network'];
  const chosen = positionals.length > 0 ? ['machine', ...positionals] : some;
  let text = readFileSync(page, 'utf8');
  for (const name of chosen) {
    const measured = (await sections[name]?.()) ?? 'There is no such section.';
    console.log(`${name}\n\n${measured}\n`);
    text = text.replace(
      new RegExp(`(^<!-- ${name} -->\n)[^]*?(^<!-- /${name} -->$)`, 'm'),
      (_, start: string, end: string) => `${start}${measured}\n${end}`,
    );
  }
  if (values.write) {
    writeFileSync(page, text);
  }
} finally {
  rmSync(home, { recursive: true, force: true, maxRetries: 3 });
}

async function withOrgs<T>(
  credentials: number,
  work: (orgs: { plain: BenchOrg; tls: BenchOrg }) => Promise<T>,
): Promise<T> {
  const orgs = await startOrgs(credentials);
  try {
    return await work(orgs);
  } finally {
    orgs.close();
  }
}

/** All contestants in turn, in another order each round, so that what disturbs one disturbs all. */
async function compare(
  scheme: 'plain' | 'tls',
  who: (org: BenchOrg, home: string) => readonly Contestant[],
): Promise<string> {
  return await withOrgs(1, async (orgs) => {
    const measurer = startMeasurer();
    try {
      return inTable(await measure(measurer, who(orgs[scheme], home)));
    } finally {
      measurer.close();
    }
  });
}

async function measure(
  measurer: Measurer,
  all: readonly Contestant[],
): Promise<Map<string, Cost[]>> {
  const costs = new Map<string, Cost[]>(all.map(({ name }) => [name, []]));
  const output = join(home, 'output');
  // The first round fills the caches of the disk and is not counted.
  for (let round = 0; round <= rounds; round++) {
    // Forwards and backwards, from another one each time: nobody always comes after the same one. Forwards
    // at first, since the CLI's second command needs its first.
    const order = round % 2 === 0 ? all : all.toReversed();
    for (let turn = 0; turn < order.length; turn++) {
      const { name, command } = order[(turn + round) % order.length] ?? all[0] ?? { name: '' };
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

/** The ratios are those within a round: a machine is faster in one minute than in the next. */
function inTable(costs: ReadonlyMap<string, readonly Cost[]>): string {
  const all = (name: string, of: (cost: Cost) => number) => (costs.get(name) ?? []).map(of);
  const cells = (name: string, unit: string, of: (cost: Cost) => number) => {
    const base = all(baseline, of);
    const ratios = all(name, of).map((value, round) => value / (base[round] ?? Number.NaN));
    return [`${median(all(name, of)).toFixed(0)} ${unit}`, `${median(ratios).toFixed(2)} ×`];
  };
  return table(
    ['', 'wall time', 'ratio', 'CPU', 'ratio', 'peak memory', 'ratio'],
    [...costs.keys()].map((name) => [
      name,
      ...cells(name, 'ms', ({ ms }) => ms),
      ...cells(name, 'ms', ({ cpuMs }) => cpuMs),
      ...cells(name, 'MB', ({ mb }) => mb),
    ]),
  );
}
