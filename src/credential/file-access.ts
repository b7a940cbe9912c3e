import * as fs from 'node:fs';
import { errorCode } from '../errors/action-error.ts';
import { now } from '../http/now.ts';

/**
 * Opens a regular file for some work, and closes it. Never through a symbolic link in its place, and
 * without waiting where it is a pipe: between two looks at a path, somebody may have swapped it.
 *
 * @param access `O_RDONLY` or `O_RDWR`
 * @param work gets what was really opened
 */
export function withRegularFile<T>(
  path: string,
  access: number,
  work: (file: number, stats: fs.Stats) => T,
): T {
  const refuse = (stats: fs.Stats) => {
    if (!stats.isFile()) {
      throw new Error('it is no regular file');
    }
  };
  // Windows has neither flag; links can only be made with a privilege there.
  refuse(fs.lstatSync(path));
  const file = fs.openSync(path, access | fs.constants.O_NOFOLLOW | fs.constants.O_NONBLOCK);
  try {
    const stats = fs.fstatSync(file);
    refuse(stats);
    return work(file, stats);
  } finally {
    fs.closeSync(file);
  }
}

/** How Windows says that another process has a file open, or that rights are missing. */
const lockCodes: ReadonlySet<string | undefined> = new Set(['EBUSY', 'EPERM', 'EACCES']);

/**
 * Does something to a file; on Windows again and again where another process has the file open just
 * now. Virus scanners and indexers do that for some hundred milliseconds after a file was written.
 *
 * @param withinMs how long to wait at most; on other platforms, locks of this kind are not known
 * @throws what `work` threw last
 */
export function waitOutLock<T>(work: () => T, withinMs: number, platform: NodeJS.Platform): T {
  const end = now() + withinMs;
  for (;;) {
    try {
      return work();
    } catch (error) {
      const locked = platform === 'win32' && lockCodes.has(errorCode(error));
      if (!locked || now() >= end) {
        throw error;
      }
    }
    // Blocks: nothing else is to go on before the file is written.
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 50);
  }
}

/** Makes a rename in a folder outlast a crash, where that can be had: not on Windows. */
export function flushFolder(folder: string, platform: NodeJS.Platform): void {
  if (platform === 'win32') {
    return;
  }
  try {
    const opened = fs.openSync(folder, fs.constants.O_RDONLY);
    try {
      fs.fsyncSync(opened);
    } finally {
      fs.closeSync(opened);
    }
  } catch {
    // Some file systems can't flush folders, and a folder may be closed to readers: the rename stands.
  }
}
