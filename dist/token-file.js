'use strict';

var index = require('./index.js');
var authUrl = require('./auth-url.js');
var node_crypto = require('node:crypto');
var fs = require('node:fs');
var node_path = require('node:path');

/**
 * The refresh token of a file; a new one is written there.
 * @param outlivesTheJob whether the file is still there in the next run
 * @param more where the documents say more on rotation
 */
function keptInFile(credential, file, outlivesTheJob, more, { workflow, cancel }) {
  const { refreshToken } = credential;
  const given = { ...credential, tokenFile: file };
  return {
    take: async () => ({
      kind: 'taken',
      refreshToken,
      keep: (newToken) =>
        index.keepNewToken(
          newToken,
          undefined,
          workflow,
          index.whyRefusedNextTime(newToken, given),
          async () => {
            saveFile(newToken, file, savingMs(cancel));
            if (!outlivesTheJob) {
              index.warnNotKept(
                workflow,
                'Salesforce rotated the refresh token. The new one is in `token-file`, but the disk of this runner is gone when the job ends, and what the file was made from is dead now.',
                'Set `token-branch` instead of `token-file`, and sign in again; or save the output `refresh-token` in a following step with `if: always()`.',
                more,
              );
            }
            return { name: 'in `token-file`', safe: outlivesTheJob };
          },
        ),
      letGo: async () => {},
      stays: async () => ({ phrase: 'not rotated' }),
      ifDead: ifDead(outlivesTheJob),
    }),
  };
}
function ifDead(outlivesTheJob) {
  return [
    index.deadToken.intro,
    outlivesTheJob
      ? '- It worked before: another copy of the token was used since, and it works only once. Let nothing but this file have it.'
      : '- It worked exactly once: the app rotates refresh tokens, and the file with the new one was gone with the runner of that job. Set `token-branch` instead of `token-file` before you sign in.',
    index.deadToken.neverWorked,
    index.deadToken.idle,
    index.deadToken.revoked,
  ].join('\n');
}
/** How long saving may take: a file that another process holds open is waited for. */
const saveMs = 30_000;
function savingMs(cancel) {
  const deadline = index.startDeadline(saveMs, cancel, index.cancelledSaveMs);
  deadline.release();
  return deadline.remainingMs();
}
function saveFile(newToken, file, forMs) {
  try {
    file.update({ refresh_token: newToken }, forMs);
  } catch (error) {
    throw index.ActionError.own(
      'save_failed',
      `Salesforce rotated the refresh token, but the new one could not be written to \`token-file\`: ${index.describe(error)}.`,
      { cause: error },
    );
  }
}

var tokenFile = {
  __proto__: null,
  keptInFile
};

/**
 * Opens a regular file for some work, and closes it. Never through a symbolic link in its place, and
 * without waiting where it is a pipe: between two looks at a path, somebody may have swapped it.
 *
 * @param access `O_RDONLY` or `O_RDWR`
 * @param work gets what was really opened
 */
function withRegularFile(path, access, work) {
  const refuse = (stats) => {
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
const lockCodes = new Set(['EBUSY', 'EPERM', 'EACCES']);
/**
 * Does something to a file; on Windows again and again where another process has the file open just
 * now. Virus scanners and indexers do that for some hundred milliseconds after a file was written.
 *
 * @param withinMs how long to wait at most; on other platforms, locks of this kind are not known
 * @throws what `work` threw last
 */
function waitOutLock(work, withinMs, platform) {
  const end = index.now() + withinMs;
  for (;;) {
    try {
      return work();
    } catch (error) {
      const locked = platform === 'win32' && lockCodes.has(index.errorCode(error));
      if (!locked || index.now() >= end) {
        throw error;
      }
    }
    // Blocks: nothing else is to go on before the file is written.
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 50);
  }
}
/** Makes a rename in a folder outlast a crash, where that can be had: not on Windows. */
function flushFolder(folder, platform) {
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

/**
 * Edits JSON as text, so that everything else in it stays as it was: key order (JavaScript's objects
 * sort keys that look like numbers), unknown members, numbers' digits, indentation.
 */
/**
 * Sets members of an object; the others stay to the letter.
 * It reads and writes the text once: what a server sends must not cost quadratic time.
 *
 * @param text a valid JSON object; a byte-order mark before it stays
 * @param changes new values, as JSON values; a name that is not there yet is appended in the style of
 *   its neighbours
 */
function setMembers(text, changes) {
  const start = text.indexOf('{');
  const members = membersOf(text, start);
  // Of a name that stands twice the last one counts (ECMA-262, JSON.parse), here as there.
  const known = new Map(members.map((member) => [member.name, member]));
  const entries = Object.entries(changes);
  const edits = entries
    .flatMap(([name, value]) => {
      const { valueStart, valueEnd } = known.get(name) ?? {};
      return valueStart === undefined ? [] : [{ valueStart, valueEnd, value }];
    })
    .sort((a, b) => a.valueStart - b.valueStart);
  let result = '';
  let done = 0;
  for (const { valueStart, valueEnd = valueStart, value } of edits) {
    result += text.slice(done, valueStart) + JSON.stringify(value);
    done = valueEnd;
  }
  const added = appended(
    text,
    members.at(-1),
    entries.filter(([name]) => !known.has(name)),
  );
  const end = members.at(-1)?.valueEnd ?? start + 1;
  return result + text.slice(done, end) + added + text.slice(end);
}
/** New members, in the style of the one that they come after. */
function appended(text, last, entries) {
  const before = last === undefined ? '' : blankBefore(text, last.nameStart);
  const colon = last === undefined ? ':' : colonBetween(text, last.nameEnd, last.valueStart);
  const added = entries.map(
    ([name, value]) => `${before}${JSON.stringify(name)}${colon}${JSON.stringify(value)}`,
  );
  return (last === undefined || added.length === 0 ? '' : ',') + added.join(',');
}
/** More white space than this is nobody's style, and repeated before every member it would add up. */
const longestBlank = 200;
/** The white space that ends at `end`. Not `/\s*$/`, which takes quadratic time over long blanks. */
function blankBefore(text, end) {
  let start = end;
  while (end - start <= longestBlank && /\s/.test(text.charAt(start - 1))) {
    start -= 1;
  }
  return end - start > longestBlank ? '' : text.slice(start, end);
}
function colonBetween(text, start, end) {
  return end - start > longestBlank ? ':' : text.slice(start, end);
}
/** The members of the object whose brace stands at `start`, in the order of the text. */
function membersOf(text, start) {
  const members = [];
  const token = /"[^"\\]*(?:\\.[^"\\]*)*"|[{}[\],:]|[^\s"{}[\],:]+/gy;
  const blank = /\s*/gy;
  let position = start + 1;
  let depth = 0;
  let name;
  let value;
  for (;;) {
    blank.lastIndex = position;
    blank.test(text);
    token.lastIndex = Math.max(position, blank.lastIndex);
    const found = token.exec(text)?.[0];
    if (found === undefined) {
      return members;
    }
    const at = token.lastIndex - found.length;
    position = token.lastIndex;
    if (depth === 0 && (found === ',' || found === '}')) {
      if (name !== undefined && value !== undefined) {
        members.push({
          name: name.text,
          nameStart: name.start,
          nameEnd: name.end,
          valueStart: value.start,
          valueEnd: value.end,
        });
      }
      name = undefined;
      value = undefined;
      if (found === '}') {
        return members;
      }
    } else if (depth === 0 && name === undefined) {
      const parsed = JSON.parse(found);
      name = { text: String(parsed), start: at, end: position };
    } else if (!(depth === 0 && found === ':')) {
      value = { start: value?.start ?? at, end: position };
      depth += found === '{' || found === '[' ? 1 : found === '}' || found === ']' ? -1 : 0;
    }
  }
}

/** A token response has a few kilobytes; more is another file. */
const maxBytes = 1024 * 1024;
/** Longest wait for another process that has the file open. */
const lockMs = 3_000;
/**
 * Reads a token file, and proves that it can be written before any token is spent.
 * @throws ActionError `token_file_invalid`
 */
function openTokenFile(given, platform = process.platform) {
  const path = attempt(given, 'cannot be found', () => fs.realpathSync(node_path.resolve(given)));
  let { text, stats: ours } = attempt(given, 'cannot be read', () =>
    waitOutLock(() => readText(path), lockMs, platform),
  );
  const content = index.parseJsonObject(withoutBom(text));
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
      const way = node_path.relative(orUndefined(() => fs.realpathSync(folder)) ?? node_path.resolve(folder), path);
      return way !== '' && way.split(node_path.sep)[0] !== '..' && !node_path.isAbsolute(way);
    },
    update: (changes, withinMs = lockMs) => {
      const patienceMs = Math.min(withinMs, lockMs) / 3;
      text = setMembers(textByNow(path, ours, patienceMs, platform) ?? text, changes);
      ours = replaceFile(path, text, ours, patienceMs, platform);
    },
  };
}
function readText(path) {
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
function textByNow(path, ours, patienceMs, platform) {
  const now = orUndefined(() => waitOutLock(() => readText(path), patienceMs, platform));
  return now !== undefined &&
    now.stats.uid === ours.uid &&
    (now.stats.nlink === 1 || isSameFile(now.stats, ours)) &&
    index.isJsonObject(index.parseJsonObject(withoutBom(now.text)))
    ? now.text
    : undefined;
}
function isSameFile(one, other) {
  return one.dev === other.dev && one.ino === other.ino;
}
function withoutBom(text) {
  return text.replace(/^\uFEFF/, '');
}
function orUndefined(work) {
  try {
    return work();
  } catch {
    return undefined;
  }
}
/** Does all that {@link replaceFile} does, on a file of its own beside it, with room to grow. */
function proveWritable(path, text, opened, platform) {
  // Rights are not enough: on Windows, another process may have it open and share it with nobody.
  waitOutLock(() => withRegularFile(path, fs.constants.O_RDWR, () => {}), lockMs, platform);
  refuseStickyFolder(path, opened);
  const trial = writeBeside(path, ' '.repeat(Buffer.byteLength(text) + 16_384), opened);
  waitOutLock(() => fs.unlinkSync(trial), lockMs, platform);
}
/** In a folder like /tmp, only a file's owner may replace it, and no test short of that shows it. */
function refuseStickyFolder(path, opened) {
  const sticky = 0o1000;
  const folder = fs.statSync(node_path.dirname(path));
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
function replaceFile(path, text, ours, patienceMs, platform) {
  const temporary = writeBeside(path, text, ours);
  try {
    const stats = fs.lstatSync(temporary);
    waitOutLock(() => fs.renameSync(temporary, path), patienceMs, platform);
    flushFolder(node_path.dirname(path), platform);
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
function overwriteFile(path, text, ours, why) {
  withRegularFile(path, fs.constants.O_RDWR, (file, stats) => {
    if (!isSameFile(stats, ours)) {
      throw new Error(
        `another file stands in its place, and that cannot be replaced: ${index.describe(why)}`,
      );
    }
    fs.writeFileSync(file, text);
    fs.ftruncateSync(file, Buffer.byteLength(text));
    fs.fsyncSync(file);
  });
}
/** Writes a flushed file beside `path`, with the mode and owner of `like`, and returns where. */
function writeBeside(path, text, { mode, uid, gid }) {
  const temporary = node_path.join(node_path.dirname(path), `.${node_path.basename(path)}.${node_crypto.randomUUID()}.tmp`);
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
function giveTo(file, uid, gid) {
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
function attempt(given, what, work) {
  try {
    return work();
  } catch (error) {
    // Without the path in it: that is resolved, and so no text that the runner would hide any more.
    throw invalid(given, `${what}: ${index.describe(error).replace(/, \w+ '.*$/s, '')}`, error);
  }
}
function invalid(given, what, cause) {
  return index.ActionError.own('token_file_invalid', `\`token-file\` (${index.quoted(given)}) ${what}.`, {
    cause,
  });
}

/** What opens `token-file`, and masks what is secret in it. Loaded where there is one. */
function tokenFileOpener(workspace, workflow) {
  return (path) => {
    const file = openTokenFile(path);
    // What is no token text is not printed either.
    authUrl.secretTexts(file.content).filter(index.isTokenText).forEach(workflow.mask);
    if (file.isInside(workspace)) {
      workflow.notice(
        '`token-file` lies in the workspace, where artifacts, caches and commits can carry it away.',
      );
    }
    return file;
  };
}

var tokenFileInput = {
  __proto__: null,
  tokenFileOpener
};

exports.tokenFile = tokenFile;
exports.tokenFileInput = tokenFileInput;
