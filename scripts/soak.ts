/**
 * Experiments that take their time by nature: the shipped bundle against look-alikes, over and over, with
 * chance in it. Each begins with the same seed, so that what went wrong goes wrong again.
 *
 * Usage: npm run soak [-- --short] [--seed N] [experiment …]
 *   --short   a small form of each, for every commit
 *   --seed    default: another one each time; it is printed
 */
import { parseArgs } from 'node:util';
import type { Experiment } from './soak/experiment.ts';
import { randomFaults } from './soak/faults.ts';
import { randomKills } from './soak/kills.ts';
import { randomFrom } from './soak/random.ts';

const experiments: readonly Experiment[] = [randomFaults, randomKills];

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { short: { type: 'boolean', default: false }, seed: { type: 'string' } },
});
const seed = Number(values.seed ?? Math.floor(Math.random() * 2 ** 31));
const unknown = positionals.filter((given) => experiments.every(({ name }) => name !== given));
if (!Number.isSafeInteger(seed) || unknown.length > 0) {
  console.error(`No such experiment or seed. There are:`);
  for (const { name, what } of experiments) {
    console.error(`  ${name}: ${what}`);
  }
  process.exit(2);
}
console.log(`Seed ${seed}${values.short ? ', short' : ''}`);
const failed: string[] = [];
for (const { name, what, times, run } of experiments) {
  if (positionals.length > 0 && !positionals.includes(name)) {
    continue;
  }
  const rounds = values.short ? times.short : times.long;
  console.log(`\n${name}: ${what}, ${rounds} times`);
  const start = performance.now();
  try {
    console.log(await run(rounds, randomFrom(seed)));
  } catch (error) {
    console.error(error);
    failed.push(name);
  }
  console.log(`${((performance.now() - start) / 1000).toFixed(1)} s`);
}
if (failed.length > 0) {
  const again = `npm run soak -- ${values.short ? '--short ' : ''}--seed ${seed} ${failed.join(' ')}`;
  console.error(`\nFailed: ${failed.join(', ')}. Once more: ${again}`);
  process.exitCode = 1;
}
