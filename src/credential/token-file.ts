import { randomUUID } from 'node:crypto';
import * as fs from 'node:fs';
import { basename, dirname, isAbsolute, join, relative, resolve, sep } from 'node:path';
import { ActionError, describe } from '../errors/action-error.ts';
import { quoted } from '../errors/text.ts';
import { isJsonObject, type JsonObject, parseJsonObject } from '../http/json.ts';
import { flushFolder, waitOutLock, withRegularFile } from './file-access.ts';
import { setMembers } from './json-text.ts';

/** A token file, read: a JSON token response with the refresh token to use. */
export interface TokenFile {
  /** The path as it was given. */
  readonly given: string;
  /** Where it really lies: symbolic links are followed. */
  readonly path: string;
  readonly content: JsonObject;
  readonly refreshToken: unknown;
  /** Its `instance_url`, not checked. */
  readonly instanceUrl: unknown;
  /** Whether artifacts, caches or commits may carry it away: it lies inside of this folder. */
  isInside(folder: string): boolean;
  /**
   * Sets members, atomically (temporary file beside it, flushed, renamed; where it cannot be
   * replaced, it is overwritten); everything else in the file stays, and the mode and the owner that it
   * had when it was opened, whatever stands in its place by now.
   *
   * @param withinMs how long to wait, at most, for another process that has the file open (Windows)
   * @throws Error of the file system
   */
  update(changes: JsonObject, withinMs?: number): void;
}

/** A token response has a few kilobytes; more is another file. */
const maxBytes = 1024 * 1024;

/** Longest wait for another process that has the file open. */
const lockMs = 3_000;

/**
 * Reads a token file, and proves that it can be written before any token is spent.
 * @throws ActionError `token_file_invalid`
 */
export function openTokenFile(given: string, platform = process.platform): TokenFile {
  const path = attempt(given, 'cannot be found', () => fs.realpathSync(resolve(given)));
  let { text, stats: ours } = attempt(given, 'cannot be read', () =>
    waitOutLock(() => readText(path), lockMs, platform),
  );
  const content = parseJsonObject(withoutBom(text));
  if (content === undefined) {
    throw invalid(given, 'does not hold a JSON object');
  }
  attempt(given, 'cannot be written', () => proveWritable(path, text, ours, platform));
  return {
    given,
    path,
    content,
    refreshToken: content['refresh_token'],
    instanceUrl: content['instance_url'],
    isInside: (folder) => {
      const way = relative(orUndefined(() => fs.realpathSync(folder)) ?? resolve(folder), path);
      return way !== '' && way.split(sep)[0] !== '..' && !isAbsolute(way);
    },
    update: (changes, withinMs = lockMs) => {
      const patienceMs = Math.min(withinMs, lockMs) / 3;
      text = setMembers(textByNow(path, ours, patienceMs, platform) ?? text, changes);
      ours = replaceFile(path, text, ours, patienceMs, platform);
    },
  };
}

function readText(path: string): { readonly text: string; readonly stats: fs.Stats } {
  return withRegularFile(path, fs.constants.O_RDONLY, (file, stats) => {
    if (stats.size > maxBytes) {
      throw new Error('it is larger than 1 MiB');
    }
    // Fatal: what is no UTF-8 would come back changed. The byte-order mark stays in the text.
    const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
    return { text: decoder.decode(fs.readFileSync(file)), stats };
  });
}

/**
 * What another program made of the file meanwhile; undefined where it broke or deleted it, or where
 * that is no file of the same owner: whoever swaps it must neither choose the text nor have text from
 * elsewhere (a second name of another file) come out here.
 */
function textByNow(
  path: string,
  ours: fs.Stats,
  patienceMs: number,
  platform: NodeJS.Platform,
): string | undefined {
  const now = orUndefined(() => waitOutLock(() => readText(path), patienceMs, platform));
  return now !== undefined &&
    now.stats.uid === ours.uid &&
    (now.stats.nlink === 1 || isSameFile(now.stats, ours)) &&
    isJsonObject(parseJsonObject(withoutBom(now.text)))
    ? now.text
    : undefined;
}

function isSameFile(one: fs.Stats, other: fs.Stats): boolean {
  return one.dev === other.dev && one.ino === other.ino;
}

function withoutBom(text: string): string {
  return text.replace(/^\uFEFF/, '');
}

function orUndefined<T>(work: () => T): T | undefined {
  try {
    return work();
  } catch {
    return undefined;
  }
}

/** Does all that {@link replaceFile} does, on a file of its own beside it, with room to grow. */
function proveWritable(
  path: string,
  text: string,
  opened: fs.Stats,
  platform: NodeJS.Platform,
): void {
  // Rights are not enough: on Windows, another process may have it open and share it with nobody.
  waitOutLock(() => withRegularFile(path, fs.constants.O_RDWR, () => {}), lockMs, platform);
  refuseStickyFolder(path, opened);
  const trial = writeBeside(path, ' '.repeat(Buffer.byteLength(text) + 16_384), opened);
  waitOutLock(() => fs.unlinkSync(trial), lockMs, platform);
}

/** In a folder like /tmp, only a file's owner may replace it, and no test short of that shows it. */
function refuseStickyFolder(path: string, opened: fs.Stats): void {
  const sticky = 0o1000;
  const folder = fs.statSync(dirname(path));
  const user = process.getuid?.() ?? 0;
  const owners = [folder.uid, opened.uid];
  // It takes a second user: a test does it where it runs as root.
  /* node:coverage ignore next 3 */
  if ((folder.mode & sticky) !== 0 && user !== 0 && !owners.includes(user)) {
    throw new Error('it belongs to another user, in a folder where only owners may replace files');
  }
}

/**
 * @param ours the file that was opened, or that was put in its place
 * @param patienceMs for each of the two ways
 * @returns the one that is there now
 */
function replaceFile(
  path: string,
  text: string,
  ours: fs.Stats,
  patienceMs: number,
  platform: NodeJS.Platform,
): fs.Stats {
  const temporary = writeBeside(path, text, ours);
  try {
    const stats = fs.lstatSync(temporary);
    waitOutLock(() => fs.renameSync(temporary, path), patienceMs, platform);
    flushFolder(dirname(path), platform);
    return stats;
  } catch (error) {
    // A file that is mounted by itself, as in containers, can be written but not replaced. No test
    // short of replacing it shows that, and by now the token in it is dead.
    waitOutLock(() => overwriteFile(path, text, ours, error), patienceMs, platform);
    return ours;
  } finally {
    orUndefined(() =>
      waitOutLock(() => fs.rmSync(temporary, { force: true }), patienceMs, platform),
    );
  }
}

/** @param why it was not replaced, for the message */
function overwriteFile(path: string, text: string, ours: fs.Stats, why: unknown): void {
  withRegularFile(path, fs.constants.O_RDWR, (file, stats) => {
    if (!isSameFile(stats, ours)) {
      throw new Error(
        `another file stands in its place, and that cannot be replaced: ${describe(why)}`,
      );
    }
    fs.writeFileSync(file, text);
    fs.ftruncateSync(file, Buffer.byteLength(text));
    fs.fsyncSync(file);
  });
}

/** Writes a flushed file beside `path`, with the mode and owner of `like`, and returns where. */
function writeBeside(path: string, text: string, { mode, uid, gid }: fs.Stats): string {
  const temporary = join(dirname(path), `.${basename(path)}.${randomUUID()}.tmp`);
  // Readable by its owner alone until it belongs to whom it should.
  const file = fs.openSync(temporary, 'wx', 0o600);
  try {
    fs.writeFileSync(file, text);
    fs.fchmodSync(file, giveTo(file, uid, gid) ? mode & 0o777 : mode & 0o700);
    fs.fsyncSync(file);
  } catch (error) {
    fs.rmSync(temporary, { force: true });
    throw error;
  } finally {
    fs.closeSync(file);
  }
  return temporary;
}

/** Whether the file belongs to this user and group now; if not, its mode must not open it to others. */
function giveTo(file: number, uid: number, gid: number): boolean {
  const now = fs.fstatSync(file);
  if (now.uid === uid && now.gid === gid) {
    return true;
  }
  // It takes a second user: a test does it where it runs as root.
  /* node:coverage ignore next 6 */
  try {
    fs.fchownSync(file, uid, gid);
    return true;
  } catch {
    return false;
  }
}

/**
 * @param what could not be done with the file, where that throws
 * @throws ActionError `token_file_invalid`
 */
export function attempt<T>(given: string, what: string, work: () => T): T {
  try {
    return work();
  } catch (error) {
    // Without the path in it: that is resolved, and so no text that the runner would hide any more.
    throw invalid(given, `${what}: ${describe(error).replace(/, \w+ '.*$/s, '')}`, error);
  }
}

function invalid(given: string, what: string, cause?: unknown): ActionError {
  return ActionError.own('token_file_invalid', `\`token-file\` (${quoted(given)}) ${what}.`, {
    cause,
  });
}
