/**
 * Signing in with the packed command, in a real browser, at the look-alike of Salesforce; what it stores
 * goes to the look-alike of GitHub, by the real `gh` where that can be had, and then to the action.
 * Pictures of every page are in build/browser/, light and dark, wide and narrow: somebody has to look at
 * them. Usage: npm run test:browser [-- files]
 *
 * It takes a Chrome or Chromium that is there (CHROME_PATH names another one), and else installs Debian's
 * where it may. Not a part of `npm test`: not every machine has a browser.
 */
import { spawnSync } from 'node:child_process';
import { globSync, mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { fail, realChrome, realGh } from './tools.ts';

const root = join(import.meta.dirname, '..');
const chosen = process.argv.slice(2);
const tests = chosen.length > 0 ? chosen : globSync('__tests__/browser/*.ts', { cwd: root });

if (process.platform === 'win32') {
  fail('These tests need Linux or macOS: they put programs of their own on PATH, as scripts.');
}
if (!process.version.startsWith('v24.')) {
  fail('The tests run on Node 24: run them through npm (npm run test:browser).');
}
const places = { ...realChrome(), ...realGh() };
run('npm', ['run', '--silent', 'pack:sign-in']);
const pictures = join(root, 'build', 'browser');
rmSync(pictures, { recursive: true, force: true });
mkdirSync(pictures, { recursive: true });
run(process.execPath, ['--test', '--test-concurrency=1', ...tests], places);
console.log(`The pictures are in ${pictures}`);

function run(command: string, args: readonly string[], env: Record<string, string> = {}): void {
  const { status } = spawnSync(command, args, {
    cwd: root,
    stdio: ['ignore', 'inherit', 'inherit'],
    env: { ...process.env, ...env },
  });
  if (status !== 0) {
    process.exit(status ?? 1);
  }
}
