/**
 * The whole test: dist/ is what src/ builds to, the shipped bundle does what the tests say, and the
 * tests reach every line of src/. Usage: npm test [-- test files]
 *
 * The tests start the action as a process. They run twice: on dist/, which is what users get, and
 * on src/, where coverage can be told.
 */
import { spawnSync } from 'node:child_process';
import { globSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const root = join(import.meta.dirname, '..');
const chosen = process.argv.slice(2);
const tests = chosen.length > 0 ? chosen : globSync('__tests__/**/*.test.ts', { cwd: root });

function node(args: string[], env: Record<string, string> = {}): void {
  const { status, signal } = spawnSync(process.execPath, args, {
    cwd: root,
    stdio: ['ignore', 'inherit', 'inherit'],
    env: { ...process.env, ...env },
  });
  if (status !== 0) {
    console.error(`failed (${signal ?? status}): node ${args[0]}`);
    process.exit(1);
  }
}

/** Compares dist/ with a clean build, file by file: a new or missing chunk counts too. */
function checkDist(): void {
  const fresh = mkdtempSync(join(tmpdir(), 'dist-'));
  try {
    node([join(import.meta.dirname, 'build.ts'), fresh]);
    const files = (folder: string) =>
      readdirSync(folder, { recursive: true, encoding: 'utf8' }).sort();
    const [expected, actual] = [files(fresh), files(join(root, 'dist'))];
    const differing = [...new Set([...expected, ...actual])].filter(
      (file) =>
        !expected.includes(file) ||
        !actual.includes(file) ||
        !readFileSync(join(fresh, file)).equals(readFileSync(join(root, 'dist', file))),
    );
    if (differing.length > 0) {
      console.error(`dist/ does not match src/: ${differing.join(', ')}. Run: npm run build`);
      process.exit(1);
    }
  } finally {
    rmSync(fresh, { recursive: true, force: true });
  }
}

console.log(`Node ${process.version}`);
if (!process.version.startsWith('v24.')) {
  console.error('The tests run on Node 24, as the runner does: run them through npm (npm test).');
  process.exit(1);
}
checkDist();
// Most tests wait, for a pause or a time limit: several files at a time even where cores are few.
const atOnce = '--test-concurrency=2';
node(['--test', atOnce, ...tests]);
if (process.platform !== 'linux') {
  console.log(
    'Coverage is measured on Linux only: full disks, rights and mounts are tested there.',
  );
} else if (chosen.length === 0) {
  node(
    [
      '--test',
      atOnce,
      '--experimental-test-coverage',
      '--test-coverage-include=src/**',
      '--test-coverage-lines=100',
      '--test-coverage-branches=95',
      // Two hundred runs reach no line that one does not.
      ...tests.filter((file) => !file.includes('two-hundred-runs')),
    ],
    { ACTION_ENTRY: 'src/index.ts' },
  );
}
