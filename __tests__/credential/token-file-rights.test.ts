import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import * as fs from 'node:fs';
import { join, resolve } from 'node:path';
import { describe, it, type TestContext } from 'node:test';
import type { ActionResult } from '../support/runner.ts';
import { setTheScene, type TokenFileScene } from '../support/token-file.ts';
import { notOnWindows } from '../support/windows.ts';

// Token files that cannot be written: known before the token is spent, or else the token is not lost.

const dist = resolve(
  import.meta.dirname,
  '..',
  '..',
  process.env['ACTION_ENTRY'] ?? 'dist/index.js',
);
const isRoot = process.getuid?.() === 0;
const nobody = 65_534;

/** Where files may hold next to nothing, neither may the figures of coverage: none are written there. */
const noCoverage = { NODE_V8_COVERAGE: '' };

/** An entry that does something first; `code` may use `fs` and `output`, and starts the action. */
function entry(scene: TokenFileScene, code: string): string {
  const folder = `${scene.folder}-entry`;
  fs.mkdirSync(folder, { recursive: true });
  const file = join(folder, 'entry.mjs');
  const names = `import * as fs from 'node:fs'; import { dirname } from 'node:path';
    import { spawnSync } from 'node:child_process'; const output = process.env.GITHUB_OUTPUT;
    const action = ${JSON.stringify(dist)};`;
  fs.writeFileSync(file, `${names}\n${code}`);
  return file;
}

/** Nothing stops root: the action is started as somebody whom rights do stop. */
function asOrdinaryUser(scene: TokenFileScene): string {
  return entry(
    scene,
    `if (process.getuid() === 0) {
       for (const path of [output, dirname(output), dirname(dirname(output))]) {
         fs.chownSync(path, ${nobody}, ${nobody});
       }
       process.setgroups([]);
       process.setgid(${nobody});
       process.setuid(${nobody});
     }
     (await import(action)).start?.();`,
  );
}

/**
 * Through a command that changes what the process may do, and then `code`. Not through a shell: it
 * drops variables with dashes in their names.
 */
function through(scene: TokenFileScene, command: readonly string[], code = ''): string {
  const [program = '', ...rest] = command;
  return entry(
    scene,
    `if (process.env.WITHIN) {
       ${code}
       (await import(action)).start?.();
     } else {
       const rest = [...${JSON.stringify(rest)}, process.execPath, import.meta.filename];
       const options = { stdio: 'inherit', env: { ...process.env, WITHIN: '1' } };
       process.exitCode = spawnSync(${JSON.stringify(program)}, rest, options).status ?? 1;
     }`,
  );
}

/** Whether this machine, and this user, can run a command. */
function can(...[program = '', ...rest]: string[]): boolean {
  return spawnSync(program, rest).status === 0;
}

async function prepare(t: TestContext): Promise<TokenFileScene> {
  const scene = await setTheScene(t, { rotation: 'strict' });
  t.after(() => fs.rmSync(`${scene.folder}-entry`, { recursive: true, force: true }));
  if (isRoot) {
    fs.chownSync(scene.folder, nobody, nobody);
    fs.chownSync(scene.file, nobody, nobody);
  }
  return scene;
}

function assertUnspent(scene: TokenFileScene, result: ActionResult, says: RegExp): void {
  assert.equal(result.outputs['error-code'], 'token_file_invalid', result.log);
  assert.match(result.log, says);
  assert.equal(scene.org.connections, 0);
  assert.equal(scene.read(), scene.text);
  assert.deepEqual(fs.readdirSync(scene.folder), ['_salesforce.json']);
}

/** Keeps the refresh waiting, does something to the file, and lets the answer go. */
async function meanwhile(
  scene: TokenFileScene,
  change: (pid: number) => void,
  options: Parameters<TokenFileScene['start']>[0] = {},
): Promise<ActionResult> {
  const hold = scene.org.hold();
  const step = scene.start({ env: { RUNNER_ENVIRONMENT: 'self-hosted' }, ...options });
  await hold.reached;
  change(step.process.pid ?? 0);
  hold.release();
  return await step.result;
}

function assertHandedOut(scene: TokenFileScene, result: ActionResult): void {
  assert.equal(result.outputs['error-code'], 'save_failed', result.log);
  assert.equal(result.outputs['rotated'], 'true');
  assert.equal(scene.org.refreshTokenState(result.outputs['refresh-token'] ?? ''), 'current');
  assert.ok(!('access-token' in result.outputs));
}

function assertSaved(scene: TokenFileScene): void {
  const token = String(scene.members()['refresh_token']);
  assert.equal(scene.org.refreshTokenState(token), 'current');
}

describe('token-file: known before the token is spent', { concurrency: 2 }, () => {
  it('a file that may be written is', {
    skip: notOnWindows('files have no owners by number there'),
  }, async (t) => {
    const scene = await prepare(t);
    const { conclusion, log } = await scene.start({ entry: asOrdinaryUser(scene) }).result;
    assert.equal(conclusion, 'success', log);
    assertSaved(scene);
  });

  for (const [what, mode, says] of [
    ['read-only', 0o400, /cannot be written: EACCES/],
    ['unreadable', 0o200, /cannot be read: EACCES/],
  ] as const) {
    it(`a file that is ${what}`, {
      skip: notOnWindows('files have no mode bits there'),
    }, async (t) => {
      const scene = await prepare(t);
      fs.chmodSync(scene.file, mode);
      const result = await scene.start({ entry: asOrdinaryUser(scene) }).result;
      fs.chmodSync(scene.file, 0o600);
      assertUnspent(scene, result, says);
    });
  }

  it('a folder that is read-only', {
    skip: notOnWindows('files have no mode bits there'),
  }, async (t) => {
    const scene = await prepare(t);
    fs.chmodSync(scene.folder, 0o555);
    const result = await scene.start({ entry: asOrdinaryUser(scene) }).result;
    fs.chmodSync(scene.folder, 0o700);
    assertUnspent(scene, result, /cannot be written: EACCES/);
  });

  it("somebody else's file in a folder where only owners may replace", {
    skip: notOnWindows('files have no owners by number there'),
  }, async (t) => {
    if (!isRoot) {
      t.skip('takes root to give a file away');
      return;
    }
    const scene = await prepare(t);
    fs.chownSync(scene.folder, 0, 0);
    fs.chmodSync(scene.folder, 0o1777);
    fs.chownSync(scene.file, 0, 0);
    fs.chmodSync(scene.file, 0o666);
    const result = await scene.start({ entry: asOrdinaryUser(scene) }).result;
    assertUnspent(scene, result, /belongs to another user/);
  });

  it('a disk without room', { skip: notOnWindows('there is no prlimit') }, async (t) => {
    const scene = await prepare(t);
    if (!can('prlimit', '--fsize=8000', 'true')) {
      t.skip('there is no prlimit here');
      return;
    }
    const limited = through(scene, ['prlimit', '--fsize=8000']);
    const result = await scene.start({ entry: limited, env: noCoverage }).result;
    assertUnspent(scene, result, /cannot be written: EFBIG/);
  });

  it('a pipe that nobody writes to, without hanging', {
    skip: notOnWindows('there is no mkfifo'),
  }, async (t) => {
    const scene = await prepare(t);
    fs.rmSync(scene.file);
    execFileSync('mkfifo', [scene.file]);
    const { outputs, hung, log } = await scene.start({ watchdogMs: 20_000 }).result;
    assert.equal(hung, false);
    assert.equal(outputs['error-code'], 'token_file_invalid');
    assert.match(log, /it is no regular file/);
  });

  it('a file for outputs that is gone', async (t) => {
    const scene = await prepare(t);
    const gone = join(scene.folder, 'gone');
    const { code, log } = await scene.start({ env: { GITHUB_OUTPUT: gone } }).result;
    assert.equal(code, 1);
    assert.match(log, /The file that GITHUB_OUTPUT names cannot be written/);
    assert.equal(scene.org.connections, 0);
  });
});

describe('token-file: what changes while the refresh is under way', { concurrency: 2 }, () => {
  it('a deleted file is made anew, with its mode', {
    skip: notOnWindows('files have no mode bits there'),
  }, async (t) => {
    const scene = await prepare(t);
    const { conclusion, log } = await meanwhile(scene, () => fs.rmSync(scene.file));
    assert.equal(conclusion, 'success', log);
    assertSaved(scene);
    assert.equal(fs.statSync(scene.file).mode & 0o777, 0o600);
    assert.equal(scene.members()['note'], 'kept by hand');
  });

  it('a file of a group that this user is not in is closed to every group', async (t) => {
    if (!isRoot) {
      t.skip('takes root to give a file away');
      return;
    }
    const scene = await prepare(t);
    fs.chownSync(scene.file, nobody, 12_345);
    fs.chmodSync(scene.file, 0o664);
    const { conclusion, log } = await scene.start({ entry: asOrdinaryUser(scene) }).result;
    assert.equal(conclusion, 'success', log);
    assertSaved(scene);
    const { mode, uid, gid } = fs.statSync(scene.file);
    assert.deepEqual([(mode & 0o777).toString(8), uid, gid], ['600', nobody, nobody]);
  });

  for (const broken of ['', '{"refresh_token":', '[]', '\0\0']) {
    it(`a broken file is mended: ${JSON.stringify(broken)}`, async (t) => {
      const scene = await prepare(t);
      const { conclusion, log } = await meanwhile(scene, () =>
        fs.writeFileSync(scene.file, broken),
      );
      assert.equal(conclusion, 'success', log);
      assertSaved(scene);
      assert.equal(scene.members()['note'], 'kept by hand');
    });
  }

  it('the new token is handed out when the folder is gone', {
    skip: notOnWindows('a folder with an open file stays there'),
  }, async (t) => {
    const scene = await prepare(t);
    const result = await meanwhile(scene, () => fs.rmSync(scene.folder, { recursive: true }));
    assertHandedOut(scene, result);
  });

  it('the new token is handed out when a folder stands in the place of the file', async (t) => {
    const scene = await prepare(t);
    const result = await meanwhile(scene, () => {
      fs.rmSync(scene.file);
      fs.mkdirSync(scene.file);
    });
    assertHandedOut(scene, result);
    assert.deepEqual(fs.readdirSync(scene.folder), ['_salesforce.json']);
  });

  it('the new token is handed out when the disk is full, and the file stays whole', {
    skip: notOnWindows('there is no prlimit'),
  }, async (t) => {
    // Larger than the limit, which leaves room for the process's figures of coverage.
    const filler = 'x'.repeat(1_020_000);
    const scene = await setTheScene(t, { rotation: 'strict' }, (members) =>
      JSON.stringify({ ...members, filler }),
    );
    if (!can('prlimit', '--fsize=8000', 'true')) {
      t.skip('there is no prlimit here');
      return;
    }
    const result = await meanwhile(scene, (pid) =>
      assert.ok(can('prlimit', '--pid', String(pid), '--fsize=1000000:1000000')),
    );
    assertHandedOut(scene, result);
    assert.equal(scene.read(), scene.text);
    assert.deepEqual(fs.readdirSync(scene.folder), ['_salesforce.json']);
  });

  for (const runner of ['self-hosted', 'github-hosted']) {
    it(`the new token is saved when outputs cannot be written any more: ${runner}`, async (t) => {
      const scene = await prepare(t);
      const output = `${scene.folder}-output`;
      t.after(() => fs.rmSync(output, { recursive: true, force: true }));
      fs.writeFileSync(output, '');
      const options = { env: { GITHUB_OUTPUT: output, RUNNER_ENVIRONMENT: runner } };
      const { code, log } = await meanwhile(scene, () => fs.rmSync(output), options);
      assert.equal(code, 1);
      assertSaved(scene);
      assert.match(log, /The new token is kept in `token-file`/);
      assert.doesNotMatch(log, /The new token is lost/);
    });
  }

  it('the new token is saved when nobody reads the log any more', async (t) => {
    const scene = await prepare(t);
    const hold = scene.org.hold();
    const step = scene.start({ env: { RUNNER_ENVIRONMENT: 'self-hosted' } });
    await hold.reached;
    step.process.stdout?.destroy();
    step.process.stderr?.destroy();
    hold.release();
    assert.equal((await step.result).conclusion, 'success');
    assertSaved(scene);
  });

  it('a file that is mounted by itself is written, though it cannot be replaced', {
    skip: notOnWindows('there are no bind mounts'),
  }, async (t) => {
    const scene = await prepare(t);
    const mount = ['--bind', scene.file, scene.file];
    if (!can('unshare', '-m', 'mount', ...mount)) {
      t.skip('mounts are not allowed here');
      return;
    }
    const code = `spawnSync('mount', ${JSON.stringify(mount)});`;
    const wrapped = through(scene, ['unshare', '-m'], code);
    const inode = fs.statSync(scene.file).ino;
    const result = await scene.start({
      entry: wrapped,
      env: { RUNNER_ENVIRONMENT: 'self-hosted' },
    }).result;
    assert.equal(result.conclusion, 'success', result.log);
    assertSaved(scene);
    assert.equal(fs.statSync(scene.file).ino, inode);
    assert.equal(scene.members()['access_token'], result.outputs['access-token']);
    assert.deepEqual(fs.readdirSync(scene.folder), ['_salesforce.json']);
  });
});
