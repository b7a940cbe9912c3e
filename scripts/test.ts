/**
 * The whole test: dist/ is what src/ builds to, the shipped bundle does what the tests say, and the
 * tests reach every line of src/. Usage: npm test [-- test files]
 *
 * The tests start the action as a process. They run twice: on dist/, which is what users get, and on
 * src/, where coverage can be told. A test file that reaches no line of src/ which others don't reach
 * says so in a line `// Not for coverage: <reason>`, and is left out of the second run.
 */
import { execFileSync } from 'node:child_process';
import { chmodSync, globSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { run } from 'node:test';
import { spec } from 'node:test/reporters';
import { pathToFileURL } from 'node:url';
import { checkDist } from './test/dist.ts';

const root = join(import.meta.dirname, '..');
/** Percent of src/, below which the second run fails. */
const leastLines = 100;
const leastBranches = 95;
// Many tests wait, for a pause or a time limit: more files at a time than there are cores.
const filesAtOnce = 3 * availableParallelism();

/** A test file, and what decides when it runs. */
interface TestFile {
  readonly path: string;
  readonly text: string;
  /** Whether something in it takes its time: a limit of the step, or a signal. */
  readonly waits: boolean;
}

/** Those that wait first, and then the long ones: whoever begins last is to be over soon. */
function inOrder(paths: readonly string[]): TestFile[] {
  const files = paths.map((path) => {
    const text = readFileSync(join(root, path), 'utf8');
    return { path, text, waits: /'timeout-seconds': |\.signal\(|sleep\(|turnedClock\(/.test(text) };
  });
  const rank = ({ waits, text }: TestFile) => (waits ? 1_000_000 : 0) + text.length;
  return files.toSorted((one, other) => rank(other) - rank(one));
}

/** Runs test files, each in a process of its own; resolves with the names of what failed. */
async function runFiles(
  files: readonly TestFile[],
  stripped: string,
  options: Parameters<typeof run>[0] = {},
): Promise<string[]> {
  const failed: string[] = [];
  const tests = run({
    files: files.map(({ path }) => join(root, path)),
    concurrency: filesAtOnce,
    cwd: root,
    // Types are stripped once and not in each process; see stripped.ts.
    // As a URL: on Windows a path would be taken for one with the scheme `c`.
    execArgv: ['--import', pathToFileURL(join(stripped, 'hook.mjs')).href],
    ...options,
  });
  tests.on('test:fail', ({ name, file = '', details }) => {
    // A suite fails only because of the tests in it.
    if (Object(details.error).failureType !== 'subtestsFailed') {
      failed.push(`${file.replace(`${root}/`, '')}: ${name}`);
    }
  });
  tests.on('test:coverage', ({ summary: { totals } }) => {
    const { coveredLinePercent: lines, coveredBranchPercent: branches } = totals;
    if (lines < leastLines || branches < leastBranches) {
      failed.push(
        `coverage: ${lines.toFixed(2)} % of lines (at least ${leastLines}), ${branches.toFixed(2)} % of branches (at least ${leastBranches})`,
      );
    }
  });
  const report = tests.compose(new spec());
  for await (const chunk of report) {
    process.stdout.write(String(chunk));
  }
  return failed;
}

console.log(`Node ${process.version}`);
if (!process.version.startsWith('v24.')) {
  console.error('The tests run on Node 24, as the runner does: run them through npm (npm test).');
  process.exit(1);
}
const chosen = process.argv.slice(2);
const tests = inOrder(
  chosen.length > 0 ? chosen : globSync('__tests__/**/*.test.ts', { cwd: root }),
);
const problem = checkDist({ trustLastBuild: chosen.length > 0 });
if (problem !== undefined) {
  console.error(problem);
  process.exit(1);
}
const stripped = mkdtempSync(join(tmpdir(), 'stripped-'));
const failed: string[] = [];
try {
  // Some tests start the action as another user.
  chmodSync(stripped, 0o755);
  const strip = join(import.meta.dirname, 'test', 'stripped.ts');
  execFileSync(process.execPath, ['--disable-warning=ExperimentalWarning', strip, stripped]);
  failed.push(...(await runFiles(tests, stripped)));
  if (process.platform !== 'linux') {
    console.log('Coverage is told on Linux only: full disks, rights and mounts are tested there.');
  } else if (chosen.length === 0) {
    console.log('\nOnce more, on src/, for coverage');
    process.env['ACTION_ENTRY'] = join(stripped, 'index.mjs');
    const covering = tests.filter(({ text }) => !/^\/\/ Not for coverage: /m.test(text));
    const coverage = { coverage: true, coverageIncludeGlobs: 'src/**' };
    failed.push(...(await runFiles(covering, stripped, coverage)));
  }
} finally {
  rmSync(stripped, { recursive: true, force: true, maxRetries: 3 });
}
if (failed.length > 0) {
  console.error(`\nFailed:\n${failed.map((name) => `- ${name}`).join('\n')}`);
}
process.exit(failed.length > 0 ? 1 : 0);
