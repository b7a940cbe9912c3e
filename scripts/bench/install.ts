import { spawnSync } from 'node:child_process';
import { lstatSync, mkdirSync, readdirSync } from 'node:fs';
import { join } from 'node:path';

/** Installs an npm package into a new folder. @returns how long that took, milliseconds */
export function installAnew(wanted: string, folder: string): number {
  mkdirSync(folder, { recursive: true });
  const start = performance.now();
  const options = ['--no-audit', '--no-fund', '--no-package-lock', '--loglevel=error'];
  const { status } = spawnSync('npm', ['install', '--prefix', folder, ...options, wanted], {
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  if (status !== 0) {
    throw new Error(`npm install ${wanted} failed`);
  }
  return performance.now() - start;
}

/** Bytes of all files below a folder. */
export function folderSize(folder: string): number {
  return readdirSync(folder, { withFileTypes: true })
    .map((entry) => {
      const path = join(folder, entry.name);
      return entry.isDirectory() ? folderSize(path) : lstatSync(path).size;
    })
    .reduce((sum, size) => sum + size, 0);
}
