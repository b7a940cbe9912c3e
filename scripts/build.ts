/**
 * Builds dist/ from src/: type check and compile with tsc, bundle with ncc, nothing minified, the
 * licences of what is bundled beside it.
 * Usage: node scripts/build.ts [folder]   (default: dist)
 *
 * Two steps, because ncc can not load TypeScript 7 itself. ncc's own `--license` lists only what the
 * last of several chunks holds, so the list is made here, from ncc's own account of what it bundled.
 */
import { execFileSync } from 'node:child_process';
import { copyFileSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const root = join(import.meta.dirname, '..');
const target = process.argv[2] ?? join(root, 'dist');
const compiled = join(root, 'build');
const account = join(compiled, 'stats.json');

function run(script: string, ...args: string[]): void {
  execFileSync(process.execPath, [join(root, 'node_modules', script), ...args], {
    cwd: root,
    stdio: ['ignore', 'inherit', 'inherit'],
  });
}

/** The folders of the npm packages that ncc bundled; the stand-ins are this project's own. */
function bundledPackages(): string[] {
  const text = readFileSync(account, 'utf8');
  const modules = text.matchAll(/"\.\/(node_modules\/(?:@[\w.-]+\/)?[\w.-]+)\/[^"]*"/g);
  return [...new Set([...modules].map(([, folder = '']) => folder))].sort();
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
  account,
  '--quiet',
);
copyFileSync(join(compiled, 'post.js'), join(target, 'post.js'));
const rule = `\n${'-'.repeat(80)}\n\n`;
writeFileSync(join(target, 'licenses.txt'), bundledPackages().map(licence).join(rule));
