import assert from 'node:assert/strict';
import * as fs from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it, type TestContext } from 'node:test';
import { waitOutLock, withRegularFile } from '../../src/credential/file-access.ts';
import { patchedEntry } from '../support/patched-entry.ts';
import { heldInode, setTheScene } from '../support/token-file.ts';
import { notOnWindows } from '../support/windows.ts';

// Files that another process has open: on Windows that keeps others from writing and replacing them.

/** Work that fails with these codes, one after the other, and then succeeds. */
function failing(...codes: string[]) {
  let tries = 0;
  const work = () => {
    const code = codes[tries];
    tries += 1;
    if (code !== undefined) {
      throw Object.assign(new Error(`${code}: made up`), { code });
    }
    return 'done';
  };
  return { work, tries: () => tries };
}

const patience = 30_000;

describe('A lock', () => {
  it('is waited out on Windows', () => {
    const { work, tries } = failing('EBUSY', 'EPERM', 'EACCES');
    assert.equal(waitOutLock(work, patience, 'win32'), 'done');
    assert.equal(tries(), 4);
  });

  it('is not known elsewhere: the same codes are final', () => {
    for (const code of ['EBUSY', 'EPERM', 'EACCES']) {
      for (const platform of ['linux', 'darwin'] as const) {
        const { work, tries } = failing(code);
        assert.throws(() => waitOutLock(work, patience, platform), { code });
        assert.equal(tries(), 1);
      }
    }
  });

  it('is told from other failures', () => {
    for (const code of ['ENOENT', 'ENOSPC', 'EISDIR']) {
      const { work, tries } = failing(code);
      assert.throws(() => waitOutLock(work, patience, 'win32'), { code });
      assert.equal(tries(), 1);
    }
  });

  it('that stays is thrown in the end, after one try at least', () => {
    const codes = Array.from({ length: 1000 }, () => 'EBUSY');
    const now = failing(...codes);
    assert.throws(() => waitOutLock(now.work, 0, 'win32'), { code: 'EBUSY' });
    assert.equal(now.tries(), 1);
    const later = failing(...codes);
    assert.throws(() => waitOutLock(later.work, 400, 'win32'), { code: 'EBUSY' });
    assert.ok(later.tries() > 1);
  });
});

describe('A regular file', () => {
  function folderOf(t: TestContext): string {
    const folder = fs.mkdtempSync(join(tmpdir(), 'regular-'));
    t.after(() => fs.rmSync(folder, { recursive: true }));
    return folder;
  }

  it('is closed after the work, also where that fails', (t) => {
    const file = join(folderOf(t), 'file');
    fs.writeFileSync(file, 'text');
    const seen: number[] = [];
    const note = (fd: number) => seen.push(fd);
    assert.equal(
      withRegularFile(file, fs.constants.O_RDONLY, (fd) => {
        note(fd);
        return fs.readFileSync(fd, 'utf8');
      }),
      'text',
    );
    const failure = new Error('no');
    assert.throws(
      () =>
        withRegularFile(file, fs.constants.O_RDWR, (fd) => {
          note(fd);
          throw failure;
        }),
      failure,
    );
    assert.equal(seen.length, 2);
    for (const fd of seen) {
      assert.throws(() => fs.fstatSync(fd), { code: 'EBADF' });
    }
  });

  it('is no folder, and no link to a file', {
    skip: notOnWindows('links take a right there'),
  }, (t) => {
    const folder = folderOf(t);
    fs.writeFileSync(join(folder, 'file'), 'text');
    fs.symlinkSync('file', join(folder, 'link'));
    for (const path of [folder, join(folder, 'link')]) {
      assert.throws(() => withRegularFile(path, fs.constants.O_RDONLY, () => {}), {
        message: 'it is no regular file',
      });
    }
  });
});

/** What makes the process take itself to be on Windows, as far as the action asks. */
const onWindows = "Object.defineProperty(process, 'platform', { value: 'win32' });";

// What is patched is the file system of Linux.
const asIfThere = {
  concurrency: 3,
  skip: notOnWindows('it is made up for where files are not locked'),
};

describe('token-file: a file that another process has open', asIfThere, () => {
  it('is found out before the token is spent', async (t) => {
    const scene = await setTheScene(t, { rotation: 'strict' });
    const entry = patchedEntry(
      t,
      `fs.openSync = (path, flags, ...more) =>
         path === ${JSON.stringify(scene.file)} && (flags === 'r+' || (flags & fs.constants.O_RDWR) !== 0)
           ? fails('EBUSY')
           : real.openSync(path, flags, ...more);`,
    );
    const { outputs, log } = await scene.start({ entry }).result;
    assert.equal(outputs['error-code'], 'token_file_invalid');
    assert.match(log, /cannot be written: EBUSY: made up/);
    assert.equal(scene.org.connections, 0);
    assert.equal(scene.read(), scene.text);
    assert.deepEqual(fs.readdirSync(scene.folder), ['_salesforce.json']);
  });

  it('for a moment is replaced on Windows all the same, not overwritten', async (t) => {
    const scene = await setTheScene(t, { rotation: 'strict' });
    const inode = heldInode(t, scene.file);
    const entry = patchedEntry(
      t,
      `${onWindows} let calls = 0;
       fs.renameSync = (...args) => (calls++ % 4 < 3 ? fails('EPERM') : real.renameSync(...args));`,
    );
    const env = { RUNNER_ENVIRONMENT: 'self-hosted' };
    const result = await scene.start({ entry, env }).result;
    assert.equal(result.conclusion, 'success', result.log);
    assert.equal(scene.members()['access_token'], result.outputs['access-token']);
    assert.notEqual(fs.statSync(scene.file).ino, inode);
    assert.deepEqual(fs.readdirSync(scene.folder), ['_salesforce.json']);
  });

  it('for longer is overwritten as soon as that can be done', async (t) => {
    const scene = await setTheScene(t, { rotation: 'strict' });
    const inode = fs.statSync(scene.file).ino;
    const entry = patchedEntry(
      t,
      `${onWindows} let opened = 0;
       fs.renameSync = () => fails('EBUSY');
       fs.openSync = (path, flags, ...more) =>
         path === ${JSON.stringify(scene.file)} && (flags & fs.constants.O_RDWR) !== 0 && opened++ % 4 < 3
           ? fails('EACCES')
           : real.openSync(path, flags, ...more);`,
    );
    const result = await scene.start({ entry }).result;
    assert.equal(result.conclusion, 'success', result.log);
    assert.equal(scene.members()['access_token'], result.outputs['access-token']);
    assert.equal(fs.statSync(scene.file).ino, inode);
  });

  it('for good: the new token is handed out, and the step ends', async (t) => {
    const scene = await setTheScene(t, { rotation: 'strict' });
    const entry = patchedEntry(
      t,
      `${onWindows} let opened = 0;
       fs.renameSync = () => fails('EBUSY');
       fs.openSync = (path, flags, ...more) =>
         path === ${JSON.stringify(scene.file)} && (flags & fs.constants.O_RDWR) !== 0 && opened++ > 0
           ? fails('EACCES')
           : real.openSync(path, flags, ...more);`,
    );
    const result = await scene.start({ entry }).result;
    assert.equal(result.hung, false);
    assert.equal(result.outputs['error-code'], 'save_failed', result.log);
    assert.match(result.log, /could not be written to `token-file`: EACCES: made up/);
    const token = result.outputs['refresh-token'] ?? '';
    assert.equal(scene.org.refreshTokenState(token), 'current');
    assert.deepEqual(fs.readdirSync(scene.folder), ['_salesforce.json']);
  });
});
