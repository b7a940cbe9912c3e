/**
 * Builds the package that signs in, as one file and its licences, and packs it: the same sources give the
 * same bytes, wherever they lie.
 * Usage: node scripts/pack-sign-in.ts [folder]   (default: build; it gets sign-in/ and sign-in.tgz)
 */
import { execFileSync } from 'node:child_process';
import { chmodSync, copyFileSync, mkdirSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { bundle, compile, root } from './build/bundle.ts';

const target = resolve(process.argv[2] ?? join(root, 'build'));
const folder = join(target, 'sign-in');
// Below the root, where packages are found; of its own, for tests may pack at the same time.
const compiled = join(root, 'build', `compiled-sign-in-${process.pid}`);
rmSync(folder, { recursive: true, force: true });
mkdirSync(folder, { recursive: true });
try {
  compile('tsconfig.sign-in.json', compiled);
  await bundle([join(compiled, 'sign-in', 'src', 'index.js')], {
    dir: folder,
    inlineDynamicImports: true,
  });
} finally {
  rmSync(compiled, { recursive: true, force: true });
}
copyFileSync(join(root, 'sign-in', 'package.json'), join(folder, 'package.json'));
copyFileSync(join(root, 'LICENSE'), join(folder, 'LICENSE'));
// Not as the umask of the machine has it: npm packs what is there.
for (const name of readdirSync(folder)) {
  chmodSync(join(folder, name), 0o644);
}
const npm = process.platform === 'win32' ? 'npm.cmd' : 'npm';
const packed = execFileSync(
  npm,
  ['pack', '--silent', '--ignore-scripts', '--pack-destination', target],
  {
    cwd: folder,
    encoding: 'utf8',
    shell: process.platform === 'win32',
    stdio: ['ignore', 'pipe', 'inherit'],
  },
);
renameSync(join(target, packed.trim()), join(target, 'sign-in.tgz'));
