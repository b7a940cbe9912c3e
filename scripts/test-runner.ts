/**
 * The action in workflows, on `act` in place of GitHub's runner. Usage: npm run test:runner [-- files]
 *
 * Not a part of `npm test`: act is built from its Go module, so this needs Go.
 */
import { spawnSync } from 'node:child_process';
import { globSync } from 'node:fs';
import { join } from 'node:path';
import { actProgram, fail } from './tools.ts';

const root = join(import.meta.dirname, '..');
const chosen = process.argv.slice(2);
const tests = chosen.length > 0 ? chosen : globSync('__tests__/act/*.ts', { cwd: root });

if (process.platform === 'win32') {
  fail('These tests need Linux or macOS: act runs the steps of a workflow in bash.');
}
if (!process.version.startsWith('v24.')) {
  fail('The tests run on Node 24, as the runner does: run them through npm (npm run test:runner).');
}
const act = actProgram();
const { status } = spawnSync(process.execPath, ['--test', ...tests], {
  cwd: root,
  stdio: ['ignore', 'inherit', 'inherit'],
  env: { ...process.env, ACT: act },
});
process.exit(status ?? 1);
