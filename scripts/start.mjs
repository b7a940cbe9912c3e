/**
 * Starts one of the scripts beside it on the Node 24 that npm installed.
 * Usage: node scripts/start.mjs <name> [arguments]
 *
 * npm 11 puts that Node first on the PATH of its scripts. The older ones that come with Node 20 and 22
 * remove the link again, together with those of the packages for other platforms: then this is another
 * Node, which may not read TypeScript, and the right one has to be looked for.
 */
import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { delimiter, dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';

const root = join(import.meta.dirname, '..');
const [name = '', ...rest] = process.argv.slice(2);
const script = join(import.meta.dirname, `${name}.ts`);

/** The Node of the platform package that npm chose; undefined where it has none for this machine. */
function installedNode() {
  const read = (file) => JSON.parse(readFileSync(file, 'utf8'));
  const { optionalDependencies } = read(join(root, 'package.json'));
  for (const dependency of Object.keys(optionalDependencies)) {
    const folder = join(root, 'node_modules', dependency);
    try {
      return join(folder, read(join(folder, 'package.json')).bin.node);
    } catch {
      // It is for another platform.
    }
  }
  return undefined;
}

const node = process.version.startsWith('v24.') ? undefined : installedNode();
if (node === undefined && !process.features.typescript) {
  console.error(
    `Node ${process.version} does not read TypeScript. Run npm ci, which installs Node 24.`,
  );
  process.exitCode = 1;
} else if (node === undefined) {
  process.argv = [process.execPath, script, ...rest];
  await import(pathToFileURL(script).href);
} else {
  process.env.PATH = `${dirname(node)}${delimiter}${process.env.PATH ?? ''}`;
  const child = spawn(node, [script, ...rest], { stdio: 'inherit' });
  // A terminal sends this to both; the script decides what becomes of it.
  process.on('SIGINT', () => {});
  process.on('SIGTERM', () => child.kill('SIGTERM'));
  child.once('close', (code) => {
    process.exitCode = code ?? 1;
  });
}
