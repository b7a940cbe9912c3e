/**
 * Builds dist/ from src/: type check and compile with tsc, bundle with ncc, nothing minified, the
 * licences of what is bundled beside it.
 * Usage: node scripts/build.ts [folder]   (default: dist)
 *
 * Two steps, because ncc can not load TypeScript 7 itself. ncc's own `--license` lists only what the
 * last of several chunks holds, so the list is made here, from ncc's own account of what it bundled.
 * It numbers its chunks, and gives no way to name them, so that is done here as well.
 */
import { execFileSync } from 'node:child_process';
import {
  copyFileSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';

const root = join(import.meta.dirname, '..');
const target = process.argv[2] ?? join(root, 'dist');
const compiled = join(root, 'build');
const accountFile = join(compiled, 'stats.json');

function run(script: string, ...args: string[]): void {
  execFileSync(process.execPath, [join(root, 'node_modules', script), ...args], {
    cwd: root,
    stdio: ['ignore', 'inherit', 'inherit'],
  });
}

/** The folders of the npm packages in a part of ncc's account; the stand-ins are this project's own. */
function bundledPackages(account: string): string[] {
  const modules = account.matchAll(/"\.\/(node_modules\/(?:@[\w.-]+\/)?[\w.-]+)\/[^"]*"/g);
  return [...new Set([...modules].map(([, folder = '']) => folder))].sort();
}

/** `node_modules/@scope/name` as a part of a file name: `scope-name`. */
function plainName(folder: string): string {
  return folder.replace(/^node_modules\/@?/, '').replace('/', '-');
}

/**
 * Names the chunks that are loaded on demand after what is in them: our own by the `webpackChunkName`
 * of their `import()`, those of packages by the packages. A table in the bundle finds them, as webpack
 * makes one where it may name chunks itself.
 */
function nameChunks(account: string): void {
  const names: Record<string, string> = {};
  const { chunks } = Object(JSON.parse(account));
  for (const chunk of Array.from<object>(chunks)) {
    const { id, initial, names: given, files } = Object(chunk);
    if (initial === true) {
      continue;
    }
    const packages = bundledPackages(JSON.stringify(chunk));
    const name = given[0] ?? packages.map(plainName).join('-');
    names[id] = name;
    renameSync(join(target, files[0]), join(target, `${name}.js`));
  }
  const numbered = '"" + chunkId + ".index.js"';
  const bundle = readFileSync(join(target, 'index.js'), 'utf8');
  const parts = bundle.split(numbered);
  if (parts.length !== 2) {
    throw new Error('the bundle does not find its chunks as it used to');
  }
  const table = JSON.stringify(names);
  writeFileSync(join(target, 'index.js'), parts.join(`"" + ${table}[chunkId] + ".js"`));
}

/** Name, version, licence and its text. A package without a licence text ends the build. */
function licence(folder: string): string {
  const path = join(root, folder);
  const about: unknown = JSON.parse(readFileSync(join(path, 'package.json'), 'utf8'));
  const { name, version, license } = Object(about);
  const file = readdirSync(path).find((entry) => /^licen[cs]e(?:\.|$)/i.test(entry));
  if (file === undefined) {
    throw new Error(`${folder} is bundled, but has no licence text`);
  }
  return `${name} ${version} (${license})\n\n${readFileSync(join(path, file), 'utf8').trim()}\n`;
}

rmSync(compiled, { recursive: true, force: true });
rmSync(target, { recursive: true, force: true });
run('typescript/bin/tsc', '-p', 'tsconfig.build.json');
run(
  '@vercel/ncc/dist/ncc/cli.js',
  'build',
  join(compiled, 'index.js'),
  '--out',
  target,
  '--stats-out',
  accountFile,
  '--quiet',
);
const account = readFileSync(accountFile, 'utf8');
nameChunks(account);
copyFileSync(join(compiled, 'post.js'), join(target, 'post.js'));
const rule = `\n${'-'.repeat(80)}\n\n`;
writeFileSync(join(target, 'licenses.txt'), bundledPackages(account).map(licence).join(rule));
