/**
 * Builds dist/ from src/: type check and compile with tsc, bundle with ncc, nothing minified.
 * Usage: node scripts/build.ts [folder]   (default: dist)
 *
 * Two steps, because ncc can not load TypeScript 7 itself.
 */
import { execFileSync } from 'node:child_process';
import { copyFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';

const root = join(import.meta.dirname, '..');
const target = process.argv[2] ?? join(root, 'dist');
const compiled = join(root, 'build');

function run(script: string, ...args: string[]): void {
  execFileSync(process.execPath, [join(root, 'node_modules', script), ...args], {
    cwd: root,
    stdio: ['ignore', 'inherit', 'inherit'],
  });
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
  '--license',
  'licenses.txt',
  '--quiet',
);
copyFileSync(join(compiled, 'post.js'), join(target, 'post.js'));
