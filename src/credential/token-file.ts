import { randomUUID } from 'node:crypto';
import * as fs from 'node:fs';
import { basename, dirname, isAbsolute, join, relative, resolve, sep } from 'node:path';
import { ActionError, describe } from '../errors/action-error.ts';
import { isJsonObject, type JsonObject, parseJsonObject } from '../http/json.ts';
import { setMembers } from './json-text.ts';

/** A token file, read: a JSON token response with the refresh token to use. */
export interface TokenFile {
  /** Where it really lies: symbolic links are followed. */
  readonly path: string;
  readonly content: JsonObject;
  readonly refreshToken: unknown;
  /** Its `instance_url`, not checked. */
  readonly instanceUrl: unknown;
  /** Whether artifacts, caches or commits may carry it away: it lies inside of this folder. */
  isInside(folder: string): boolean;
  /**
   * Sets members, atomically (temporary file beside it, flushed, renamed; where it can not be
   * replaced, it is overwritten); everything else in the file, its mode and its owner stay.
   * @throws Error of the file system
   */
  update(changes: JsonObject): void;
}

/** A token response has a few kilobytes; more is another file. */
const maxBytes = 1024 * 1024;

/**
 * Reads a token file, and proves that it can be written before any token is spent.
 * @throws ActionError `token_file_invalid`
 */
export function openTokenFile(given: string): TokenFile {
  const path = attempt(given, 'can not be found', () => fs.realpathSync(resolve(given)));
  const text = attempt(given, 'can not be read', () => readText(path));
  const content = parseJsonObject(withoutBom(text));
  if (content === undefined) {
    throw invalid(given, 'does not hold a JSON object');
  }
  const opened = attempt(given, 'can not be written', () =>
    proveWritable(path, Buffer.byteLength(text)),
  );
  return {
    path,
    content,
    refreshToken: content['refresh_token'],
    instanceUrl: content['instance_url'],
    isInside: (folder) => {
      const way = relative(orUndefined(() => fs.realpathSync(folder)) ?? resolve(folder), path);
      return way !== '' && way.split(sep)[0] !== '..' && !isAbsolute(way);
    },
    update: (changes) => {
      // Another program may have changed other members meanwhile; what it broke or deleted is mended.
      const now = orUndefined(() => readText(path)) ?? '';
      const base = isJsonObject(parseJsonObject(withoutBom(now))) ? now : text;
      const like = orUndefined(() => regularFile(path)) ?? opened;
      replaceFile(path, setMembers(base, [], changes), like);
    },
  };
}

function readText(path: string): string {
  const { size } = regularFile(path);
  if (size > maxBytes) {
    throw new Error('it is larger than 1 MiB');
  }
  // Fatal: what is no UTF-8 would come back changed. The byte-order mark stays in the text.
  return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(fs.readFileSync(path));
}

function regularFile(path: string): fs.Stats {
  const stats = fs.statSync(path);
  if (!stats.isFile()) {
    throw new Error('it is no regular file');
  }
  return stats;
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

/**
 * Does all that {@link replaceFile} does, on a file of its own beside it, with room to grow.
 * @returns what the file is now
 */
function proveWritable(path: string, bytes: number): fs.Stats {
  fs.accessSync(path, fs.constants.W_OK);
  refuseStickyFolder(path);
  const stats = regularFile(path);
  fs.unlinkSync(writeBeside(path, ' '.repeat(bytes + 16_384), stats));
  return stats;
}

/** In a folder like /tmp, only a file's owner may replace it, and no test short of that shows it. */
function refuseStickyFolder(path: string): void {
  const sticky = 0o1000;
  const folder = fs.statSync(dirname(path));
  const user = process.getuid?.() ?? 0;
  const owners = [folder.uid, fs.statSync(path).uid];
  // It takes a second user: a test does it where it runs as root.
  /* node:coverage ignore next 3 */
  if ((folder.mode & sticky) !== 0 && user !== 0 && !owners.includes(user)) {
    throw new Error('it belongs to another user, in a folder where only owners may replace files');
  }
}

function replaceFile(path: string, text: string, like: fs.Stats): void {
  const temporary = writeBeside(path, text, like);
  try {
    fs.renameSync(temporary, path);
  } catch {
    // A file that is mounted by itself, as in containers, can be written but not replaced. No test
    // short of replacing it shows that, and by now the token in it is dead.
    overwriteFile(path, text);
  } finally {
    fs.rmSync(temporary, { force: true });
  }
}

function overwriteFile(path: string, text: string): void {
  const file = fs.openSync(path, 'r+');
  try {
    fs.writeFileSync(file, text);
    fs.ftruncateSync(file, Buffer.byteLength(text));
    fs.fsyncSync(file);
  } finally {
    fs.closeSync(file);
  }
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

function attempt<T>(given: string, what: string, work: () => T): T {
  try {
    return work();
  } catch (error) {
    throw invalid(given, `${what}: ${describe(error)}`, error);
  }
}

function invalid(given: string, what: string, cause?: unknown): ActionError {
  return ActionError.own('token_file_invalid', `The \`token-file\` “${given}” ${what}.`, { cause });
}
