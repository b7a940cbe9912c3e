/**
 * Long experiments with the shipped bundle as processes, against look-alikes of Salesforce (strict reuse
 * detection) and GitHub (its latency). Each asserts what it promises, and gives a figure for
 * docs/performance.md.
 *
 * Usage: npm run soak [-- --short] [--seed N] [--only name]
 *   --short   small forms, several at a time: some three minutes
 *   --seed    repeats what the look-alikes did: latencies, lags, faults, the moments of kills
 *   --only    this experiment; may be given more than once
 *   --kills   how many processes to kill in each of those experiments; default: 1,000, short 20
 */
import { parseArgs } from 'node:util';
import { crowds } from './soak/crowds.ts';
import type { Experiment } from './soak/experiment.ts';
import { faultTable } from './soak/fault-table.ts';
import { randomFaults } from './soak/faults.ts';
import { firstUses } from './soak/first-uses.ts';
import { killing } from './soak/kills.ts';
import { lostRequests } from './soak/lost-requests.ts';
import { pauses } from './soak/pauses.ts';
import { inParallel } from './soak/token-branch-world.ts';
import { tokenFileKills } from './soak/token-file-kills.ts';
import { turns } from './soak/turns.ts';

const experiments: readonly Experiment[] = [
  ...turns,
  ...firstUses,
  ...lostRequests,
  ...killing,
  ...crowds,
  ...pauses,
  faultTable,
  randomFaults,
  tokenFileKills,
];

const { values } = parseArgs({
  options: {
    short: { type: 'boolean', default: false },
    seed: { type: 'string' },
    only: { type: 'string', multiple: true },
    kills: { type: 'string' },
  },
});
const { short, only } = values;
const seed = Number(values.seed ?? Math.floor(Math.random() * 1_000_000));
const kills = Number(values.kills ?? (short ? 20 : 1000));
const unknown = only?.find((name) => experiments.every((experiment) => experiment.name !== name));
if (unknown !== undefined || !Number.isSafeInteger(seed)) {
  const names = experiments.map(({ name, about }) => `  ${name}: ${about}`).join('\n');
  const wrong = unknown === undefined ? `No number: ${values.seed}` : `No experiment: ${unknown}`;
  console.error(`${wrong}. There are:\n${names}`);
  process.exit(2);
}

const figures = new Map<Experiment, string>();
let [passed, failed, skipped] = [0, 0, 0];
console.log(`Seed ${seed} (--seed ${seed} repeats it), Node ${process.version}\n`);
const chosen = experiments.filter(({ name }) => only?.includes(name) ?? true);
await inParallel(
  chosen.map((experiment) => () => carryOut(experiment)),
  short ? 4 : 1,
);
const rows = chosen.flatMap((experiment) => {
  const figure = figures.get(experiment);
  return figure === undefined ? [] : [`| ${experiment.about} | ${figure} |`];
});
console.log(['\n| Experiment | Result |', '| --- | --- |', ...rows, ''].join('\n'));
console.log(`${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ''}`);
process.exitCode = failed > 0 ? 1 : 0;

async function carryOut(experiment: Experiment): Promise<void> {
  const { name, onlyLong, run } = experiment;
  const say = (line: string) => console.log(`${name}: ${line}`);
  if (short && onlyLong !== undefined) {
    skipped += 1;
    say(`skipped in the short form: ${onlyLong}`);
    return;
  }
  const start = performance.now();
  const took = () => `(${Math.round((performance.now() - start) / 1000)} s)`;
  try {
    const figure = await run({ short, seed, kills, say });
    passed += 1;
    figures.set(experiment, figure);
    say(`${figure} ${took()}`);
  } catch (error) {
    failed += 1;
    console.error(`${name}: FAILED ${took()}, seed ${seed}\n`, error);
  }
}
