/**
 * Provokes every failure that a reader can meet, with the shipped bundle started as the runner does, and
 * writes down what the reader sees: build/failures.md. Ends non-zero where a step does not fail as it
 * should, or where docs/troubleshooting.md does not have what its message links to.
 *
 * Usage: npm run failures [-- words]   (words: only the scenarios with them in their names)
 */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import type { AfterTest } from '../__tests__/support/token-branch-scene.ts';
import { missingIn, neverProvoked } from './failures/document.ts';
import { inputGroups } from './failures/inputs.ts';
import { networkGroups } from './failures/network.ts';
import { page, type Shown, shownOf } from './failures/page.ts';
import { rotationGroups } from './failures/rotation.ts';
import { runGroups } from './failures/run.ts';
import { salesforceGroups } from './failures/salesforce.ts';
import type { Group, Scenario } from './failures/scenario.ts';
import { inParallel } from './soak/token-branch-world.ts';

const root = join(import.meta.dirname, '..');
const words = process.argv.slice(2).join(' ').toLowerCase();
const groups = [
  ...inputGroups,
  ...networkGroups,
  ...salesforceGroups,
  ...rotationGroups,
  ...runGroups,
];
const chosen = groups.flatMap((group) =>
  group.scenarios
    .filter(({ what }) => `${group.title} ${what}`.toLowerCase().includes(words))
    .map((scenario) => ({ group, scenario })),
);

/** Provokes one, and ends what was started for it. */
async function provoked(group: Group, { what, provoke }: Scenario): Promise<Shown> {
  const closers: (() => unknown)[] = [];
  const after: AfterTest = { after: (close) => void closers.push(close) };
  try {
    return shownOf(group, what, await provoke(after));
  } finally {
    for (const close of closers.reverse()) {
      await close();
    }
  }
}

const shown: Shown[] = [];
const started = performance.now();
await inParallel(
  chosen.map(({ group, scenario }, index) => async () => {
    shown[index] = await provoked(group, scenario);
  }),
  2 * availableParallelism(),
);
mkdirSync(join(root, 'build'), { recursive: true });
writeFileSync(join(root, 'build', 'failures.md'), page(shown));

const silent = shown
  .filter(({ annotations }) => annotations.length === 0)
  .map(({ what }) => `${what}: the step says nothing`);
const document = readFileSync(join(root, 'docs', 'troubleshooting.md'), 'utf8');
const all = chosen.length === groups.flatMap(({ scenarios }) => scenarios).length;
const problems = [
  ...silent,
  ...(all ? missingIn(document, shown) : []),
  ...(all ? neverProvoked(shown).map((code) => `${code}: nothing provokes it`) : []),
];
const codes = new Set(shown.map(({ code }) => code));
const seconds = ((performance.now() - started) / 1000).toFixed(0);
console.log(`${shown.length} failures with ${codes.size} codes in ${seconds} s: build/failures.md`);
if (problems.length > 0) {
  console.error(`\n${problems.map((problem) => `- ${problem}`).join('\n')}`);
  process.exitCode = 1;
}
