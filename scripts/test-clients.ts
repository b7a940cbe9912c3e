/**
 * The recipes in examples/ with the real clients of Salesforce, against the look-alike; the action on
 * versions of Node that other runners bring along; what is sealed on a token branch, with another
 * party's tool; and the GitHub CLI against the look-alike of GitHub.
 * Usage: npm run test:clients [-- files]
 *
 * Not a part of `npm test`: the clients are some 400 MB, and act, which runs the recipes as workflows,
 * is built from its Go module. The examples say which versions; they are installed in the user's cache,
 * never as dependencies of this project.
 */
import { spawnSync } from 'node:child_process';
import { globSync } from 'node:fs';
import { join } from 'node:path';
import { type Client, placeVariable } from '../__tests__/support/clients.ts';
import { readExamples } from '../__tests__/support/examples.ts';
import { nodeAsClient, oldNodes } from '../__tests__/support/old-nodes.ts';
import { actProgram, fail, nodePackage, pythonPackage, realGh } from './tools.ts';

const root = join(import.meta.dirname, '..');
const chosen = process.argv.slice(2);
const tests = chosen.length > 0 ? chosen : globSync('__tests__/clients/*.ts', { cwd: root });

if (process.platform === 'win32') {
  fail('These tests need Linux or macOS: act runs the steps of a workflow in bash.');
}
if (!process.version.startsWith('v24.')) {
  fail('The tests run on Node 24: run them through npm (npm run test:clients).');
}
const nodes = oldNodes
  .map(({ version }) => nodeAsClient(version))
  .filter((client) => client !== undefined);
const places = [...readExamples().flatMap(({ clients }) => clients), ...nodes].map((client) => [
  placeVariable(client),
  install(client),
]);
const { status } = spawnSync(process.execPath, ['--test', '--test-concurrency=2', ...tests], {
  cwd: root,
  stdio: ['ignore', 'inherit', 'inherit'],
  env: {
    ...process.env,
    ACT: actProgram(),
    JWCRYPTO: pythonPackage('jwcrypto', '1.6.1'),
    ...Object.fromEntries(places),
    ...realGh(),
  },
});
process.exit(status ?? 1);

function install({ kind, name, version }: Client): string {
  return kind === 'pip' ? pythonPackage(name, version) : nodePackage(name, version);
}
