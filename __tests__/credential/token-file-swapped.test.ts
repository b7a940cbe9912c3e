import assert from 'node:assert/strict';
import * as fs from 'node:fs';
import { join } from 'node:path';
import { describe, it, type TestContext } from 'node:test';
import { patchedEntry } from '../support/patched-entry.ts';
import type { ActionResult, RunOptions } from '../support/runner.ts';
import { heldInode, parse, setTheScene, type TokenFileScene } from '../support/token-file.ts';

// A token file in whose place somebody puts another while the refresh is under way: the new tokens go to
// the owner of the file that was opened, with its rights, and nothing of the other file comes along.

const isRoot = process.getuid?.() === 0;
const [owner, stranger] = [65_534, 12_345];

async function prepare(t: TestContext, mode = 0o600): Promise<TokenFileScene> {
  const scene = await setTheScene(t, { rotation: 'strict' });
  fs.chmodSync(scene.file, mode);
  if (isRoot) {
    fs.chownSync(scene.file, owner, owner);
  }
  return scene;
}

/** Keeps the refresh waiting, does something to the file, and lets the answer go. */
async function meanwhile(
  scene: TokenFileScene,
  change: () => void,
  options: RunOptions = {},
): Promise<ActionResult> {
  const hold = scene.org.hold();
  const step = scene.start({ env: { RUNNER_ENVIRONMENT: 'self-hosted' }, ...options });
  await hold.reached;
  change();
  hold.release();
  return await step.result;
}

/** That the file is the owner's, with this mode and its own text, and nobody else's. */
function assertOurs(scene: TokenFileScene, result: ActionResult, mode = 0o600): void {
  assert.equal(result.conclusion, 'success', result.log);
  const stats = fs.lstatSync(scene.file);
  assert.ok(stats.isFile());
  assert.equal(stats.mode & 0o777, mode, (stats.mode & 0o777).toString(8));
  assert.equal(stats.uid, isRoot ? owner : process.getuid?.());
  const members = scene.members();
  assert.equal(members['note'], 'kept by hand');
  assert.equal('planted' in members, false);
  assert.equal(scene.org.refreshTokenState(String(members['refresh_token'])), 'current');
  assert.equal(members['access_token'], result.outputs['access-token']);
}

/** Another file, open to everybody, with text of its own. */
function otherFile(scene: TokenFileScene, name: string): string {
  const file = join(scene.folder, name);
  fs.writeFileSync(file, JSON.stringify({ planted: true, note: 'planted', refresh_token: '5Aep' }));
  fs.chmodSync(file, 0o666);
  return file;
}

const unix = process.platform === 'win32' ? 'owners and modes are none of Windows' : false;

describe('token-file: swapped while the refresh is under way', {
  concurrency: 3,
  skip: unix,
}, () => {
  it("for another user's file, which that user may read", async (t) => {
    if (!isRoot) {
      t.skip('takes root to give a file away');
      return;
    }
    const scene = await prepare(t);
    const result = await meanwhile(scene, () => {
      const other = otherFile(scene, 'other');
      fs.chownSync(other, stranger, stranger);
      fs.renameSync(other, scene.file);
    });
    assertOurs(scene, result);
  });

  it('for a link to another file', async (t) => {
    const scene = await prepare(t);
    const other = otherFile(scene, 'other');
    const text = fs.readFileSync(other, 'utf8');
    const result = await meanwhile(scene, () => {
      fs.rmSync(scene.file);
      fs.symlinkSync(other, scene.file);
    });
    assertOurs(scene, result);
    assert.equal(fs.readFileSync(other, 'utf8'), text);
  });

  it('for a second name of another file of the owner', async (t) => {
    const scene = await prepare(t, 0o644);
    const other = otherFile(scene, 'other');
    fs.chmodSync(other, 0o600);
    if (isRoot) {
      fs.chownSync(other, owner, owner);
    }
    const result = await meanwhile(scene, () => {
      fs.rmSync(scene.file);
      fs.linkSync(other, scene.file);
    });
    assertOurs(scene, result, 0o644);
  });

  it('for a pipe', async (t) => {
    const scene = await prepare(t);
    const { execFileSync } = await import('node:child_process');
    const result = await meanwhile(scene, () => {
      fs.rmSync(scene.file);
      execFileSync('mkfifo', [scene.file]);
    });
    assert.equal(result.hung, false);
    assertOurs(scene, result);
  });

  it('for the same file with another mode: the one that it had stays', async (t) => {
    const scene = await prepare(t, 0o640);
    assertOurs(scene, await meanwhile(scene, () => fs.chmodSync(scene.file, 0o666)), 0o640);
  });

  it('for one that another program of the same user wrote: its text counts', async (t) => {
    const scene = await prepare(t);
    const result = await meanwhile(scene, () => {
      const other = join(scene.folder, 'other');
      fs.writeFileSync(other, scene.text.replace('{', '{"more": 1,'));
      fs.chmodSync(other, 0o644);
      if (isRoot) {
        fs.chownSync(other, owner, owner);
      }
      fs.renameSync(other, scene.file);
    });
    assertOurs(scene, result);
    assert.equal(scene.members()['more'], 1);
  });

  it('between the two times that it is written: the new token is in the text all the same', async (t) => {
    const scene = await prepare(t);
    const hold = scene.org.hold('/services/data', 'before');
    const step = scene.start({ inputs: { verify: true } });
    await hold.reached;
    const current = String(scene.members()['refresh_token']);
    assert.notEqual(current, scene.token);
    fs.rmSync(scene.file);
    fs.symlinkSync(otherFile(scene, 'other'), scene.file);
    hold.release();
    assertOurs(scene, await step.result);
    assert.equal(scene.members()['refresh_token'], current);
  });

  for (const [what, swap] of [
    [
      'a link to another file',
      (scene: TokenFileScene, other: string) => fs.symlinkSync(other, scene.file),
    ],
    ['another file', (scene: TokenFileScene, other: string) => fs.linkSync(other, scene.file)],
  ] as const) {
    it(`for ${what} that cannot be replaced: that is never written`, async (t) => {
      const scene = await prepare(t);
      const other = otherFile(scene, 'other');
      const text = fs.readFileSync(other, 'utf8');
      const entry = patchedEntry(t, "fs.renameSync = () => fails('EBUSY');");
      const swapIn = () => {
        fs.rmSync(scene.file);
        swap(scene, other);
      };
      const result = await meanwhile(scene, swapIn, { entry });
      assert.equal(result.outputs['error-code'], 'save_failed', result.log);
      assert.equal(fs.readFileSync(other, 'utf8'), text);
      const handedOut = result.outputs['refresh-token'] ?? '';
      assert.equal(scene.org.refreshTokenState(handedOut), 'current');
      assert.match(
        result.log,
        /could not be written to `token-file`: (it is no regular file|another file stands in its place, and that cannot be replaced: EBUSY: made up)\./,
      );
      assert.deepEqual(fs.readdirSync(scene.folder).toSorted(), ['_salesforce.json', 'other']);
    });
  }
});

describe('token-file: a file that cannot be replaced', { concurrency: 2, skip: unix }, () => {
  it('is written in place, and what was longer is cut off', async (t) => {
    const long = 'x'.repeat(20_000);
    const scene = await setTheScene(t, { rotation: 'strict' }, (members) =>
      JSON.stringify({ ...members, access_token: long }),
    );
    const inode = fs.statSync(scene.file).ino;
    const entry = patchedEntry(t, "fs.renameSync = () => fails('EBUSY');");
    const result = await scene.start({ entry }).result;
    assert.equal(result.conclusion, 'success', result.log);
    assert.equal(fs.statSync(scene.file).ino, inode);
    assert.equal(parse(scene.read())['access_token'], result.outputs['access-token']);
    assert.deepEqual(fs.readdirSync(scene.folder), ['_salesforce.json']);
  });

  it('once, is replaced the next time', async (t) => {
    const scene = await setTheScene(t, { rotation: 'strict' });
    const entry = patchedEntry(
      t,
      "let calls = 0; fs.renameSync = (...args) => (calls++ === 1 ? fails('EBUSY') : real.renameSync(...args));",
    );
    const result = await scene.start({ entry }).result;
    assert.equal(result.conclusion, 'success', result.log);
    assert.equal(scene.members()['access_token'], result.outputs['access-token']);
  });

  it('has its text flushed before the rename, and its folder after it', async (t) => {
    if (process.platform !== 'linux') {
      t.skip('takes /proc to know what is flushed');
      return;
    }
    const scene = await setTheScene(t, { rotation: 'strict' });
    const journal = `${scene.folder}-journal`;
    t.after(() => fs.rmSync(journal, { force: true }));
    const entry = patchedEntry(
      t,
      `const note = (line) => real.appendFileSync(${JSON.stringify(journal)}, line + '\\n');
       fs.fsyncSync = (fd) => { note('flush ' + read(fd)); real.fsyncSync(fd); };
       fs.renameSync = (from, to) => { note('rename ' + from); real.renameSync(from, to); };`,
    );
    const { conclusion, log } = await scene.start({ entry }).result;
    assert.equal(conclusion, 'success', log);
    const lines = fs.readFileSync(journal, 'utf8').trim().split('\n');
    // The trial, the new refresh token, and at last everything else.
    const renamed = lines.filter((line) => line.startsWith('rename '));
    assert.equal(renamed.length, 2);
    assert.deepEqual(
      lines.slice(1),
      renamed.flatMap((line) => [line.replace('rename', 'flush'), line, `flush ${scene.folder}`]),
    );
  });

  it('in a folder that cannot be flushed is replaced all the same', async (t) => {
    const scene = await setTheScene(t, { rotation: 'strict' });
    const inode = heldInode(t, scene.file);
    const entry = patchedEntry(
      t,
      "fs.fsyncSync = (fd) => (real.fstatSync(fd).isDirectory() ? fails('EINVAL') : real.fsyncSync(fd));",
    );
    assert.equal((await scene.start({ entry }).result).conclusion, 'success');
    assert.notEqual(fs.statSync(scene.file).ino, inode);
  });
});
