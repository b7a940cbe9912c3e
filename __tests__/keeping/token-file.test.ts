// Not for coverage: credential/token-file has unit tests, and the other process tests of token files reach the rest.

import assert from 'node:assert/strict';
import * as fs from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import type { ActionResult } from '../support/runner.ts';
import { fault } from '../support/salesforce-org.ts';
import {
  heldInode,
  oldAccessToken,
  parse,
  setTheScene,
  type TokenFileScene,
} from '../support/token-file.ts';
import { until } from '../support/until.ts';
import { notOnWindows } from '../support/windows.ts';

// The input `token-file`: what is read from it, and how it is brought up to date.

function assertUntouched({ read, text, file, folder }: TokenFileScene, inode?: number): void {
  assert.equal(read(), text);
  if (inode !== undefined) {
    assert.equal(fs.statSync(file).ino, inode);
  }
  assert.deepEqual(fs.readdirSync(folder), ['_salesforce.json']);
}

describe('token-file: the update', { concurrency: 2 }, () => {
  it('takes over every field of the answer, and keeps the rest', async (t) => {
    const scene = await setTheScene(t, {
      shape: { jwt: true, community: { url: 'https://acme.my.site.com', id: '0DB5e0000000001' } },
    });
    const { org, members, token } = scene;
    const { conclusion, outputs, log } = await scene.start().result;
    assert.equal(conclusion, 'success', log);
    const [request] = org.tokenRequests;
    assert.equal(request?.form['refresh_token'], token);
    assert.equal('client_secret' in (request?.form ?? {}), false);
    const answer = parse(request?.decided?.body ?? '');
    assert.ok('signature' in answer && 'token_format' in answer && 'sfdc_community_id' in answer);
    assert.deepEqual(members(), { note: 'kept by hand', refresh_token: token, ...answer });
    assert.equal(members()['access_token'], outputs['access-token']);
    assert.equal(outputs['rotated'], 'false');
    assert.ok(!('refresh-token' in outputs));
  });

  for (const [what, write] of [
    ['in one line', (members: object) => JSON.stringify(members)],
    ['with tabs', (members: object) => `${JSON.stringify(members, null, '\t')}\n`],
    ['with CR LF', (members: object) => JSON.stringify(members, null, 4).replaceAll('\n', '\r\n')],
    ['with a byte-order mark', (members: object) => `\uFEFF${JSON.stringify(members, null, 2)}\n`],
    [
      'with keys that look like numbers, a large number and a name that stands twice',
      (members: object) =>
        `{"10":1,"2":12345678901234567890.10,"issued_at":"0",${JSON.stringify(members).slice(1)}`,
    ],
  ] as const) {
    it(`leaves everything else as it was in a file ${what}`, async (t) => {
      const scene = await setTheScene(t, { rotation: 'strict' }, write);
      const { org, text, read } = scene;
      assert.equal((await scene.here()).conclusion, 'success');
      const answer = parse(org.tokenRequests[0]?.decided?.body ?? '');
      // The old text with the values that changed, up to where new members are appended.
      let expected = text;
      for (const name of ['access_token', 'refresh_token', 'instance_url', 'issued_at']) {
        const at = expected.lastIndexOf(`"${name}"`);
        const value = JSON.stringify(answer[name]);
        expected =
          expected.slice(0, at) + expected.slice(at).replace(/(:\s*)"[^"]*"/, `$1${value}`);
      }
      const [head = '', tail] = [
        expected.replace(/\s*\}\s*$/, ''),
        /\s*\}\s*$/.exec(expected)?.[0],
      ];
      assert.equal(read().slice(0, head.length), head);
      assert.equal(read().slice(-(tail?.length ?? 0)), tail);
      const style = /\s*(?="access_token")/.exec(text)?.[0] ?? '';
      assert.ok(read().slice(head.length).startsWith(`,${style}"signature":`));
      assert.equal(parse(read())['scope'], answer['scope']);
    });
  }

  it('can be repeated with what it left', async (t) => {
    const scene = await setTheScene(t, { rotation: 'strict' });
    for (let round = 0; round < 4; round += 1) {
      assert.equal((await scene.here()).conclusion, 'success');
    }
    assert.equal(scene.org.reuses, 0);
    assert.equal(scene.org.refreshTokenState(String(scene.members()['refresh_token'])), 'current');
  });

  it('is never seen half done by a reader', async (t) => {
    const filler = 'x'.repeat(600_000);
    const scene = await setTheScene(t, {}, (members) => JSON.stringify({ ...members, filler }));
    const step = scene.start();
    let running = true;
    step.process.once('exit', () => {
      running = false;
    });
    const seen = new Set<unknown>();
    while (running) {
      const members = parse(scene.read());
      assert.equal(members['filler'], filler);
      seen.add(members['access_token']);
      await new Promise((resolve) => setImmediate(resolve));
    }
    const { outputs } = await step.result;
    seen.add(scene.members()['access_token']);
    assert.deepEqual([...seen], [oldAccessToken, outputs['access-token']]);
  });

  it('replaces the file as a whole: who has the old one open keeps it', {
    skip: notOnWindows('an open file cannot be replaced there'),
  }, async (t) => {
    const scene = await setTheScene(t);
    const open = fs.openSync(scene.file, 'r');
    t.after(() => fs.closeSync(open));
    const inode = heldInode(t, scene.file);
    assert.equal((await scene.start().result).conclusion, 'success');
    assert.notEqual(fs.statSync(scene.file).ino, inode);
    assert.equal(fs.readFileSync(open, 'utf8'), scene.text);
    assert.deepEqual(fs.readdirSync(scene.folder), ['_salesforce.json']);
  });

  const skip = notOnWindows('files have no mode bits there');
  for (const mode of [0o600, 0o640, 0o644, 0o660]) {
    it(`keeps the mode ${mode.toString(8)}, and is never wider on the way`, { skip }, async (t) => {
      const scene = await setTheScene(t, { rotation: 'strict' });
      fs.chmodSync(scene.file, mode);
      const modes = new Set<number>();
      const watcher = fs.watch(scene.folder, (_event, name) => {
        const stats = fs.statSync(join(scene.folder, name ?? ''), { throwIfNoEntry: false });
        if (stats !== undefined) {
          modes.add(stats.mode & 0o777);
        }
      });
      const old = process.umask(0);
      const step = scene.start();
      process.umask(old);
      assert.equal((await step.result).conclusion, 'success');
      watcher.close();
      assert.equal(fs.statSync(scene.file).mode & 0o777, mode);
      for (const seen of modes) {
        assert.equal(seen & ~mode, 0, seen.toString(8));
      }
    });
  }

  it('follows symbolic links, and leaves them', {
    skip: notOnWindows('links take a right there'),
  }, async (t) => {
    const scene = await setTheScene(t, { rotation: 'strict' });
    const elsewhere = join(scene.folder, 'elsewhere');
    fs.mkdirSync(elsewhere);
    const [one, two] = [join(elsewhere, 'one'), join(elsewhere, 'two')];
    fs.symlinkSync('../_salesforce.json', one);
    fs.symlinkSync(one, two);
    const { conclusion } = await scene.start({ inputs: { 'token-file': two } }).result;
    assert.equal(conclusion, 'success');
    assert.equal(fs.readlinkSync(one), '../_salesforce.json');
    assert.equal(fs.readlinkSync(two), one);
    assert.notEqual(scene.members()['refresh_token'], scene.token);
    assert.deepEqual(fs.readdirSync(elsewhere), ['one', 'two']);
  });

  it('takes a path relative to the working directory', async (t) => {
    const scene = await setTheScene(t);
    fs.mkdirSync(join(scene.folder, 'work'));
    const { conclusion } = await scene.start({
      inputs: { 'token-file': '../_salesforce.json' },
      workspace: join(scene.folder, 'work'),
    }).result;
    assert.equal(conclusion, 'success');
    assert.notEqual(scene.members()['access_token'], oldAccessToken);
  });

  it('keeps what another program wrote into the file meanwhile', async (t) => {
    const scene = await setTheScene(t, { rotation: 'strict' });
    const hold = scene.org.hold();
    const step = scene.start();
    await hold.reached;
    fs.writeFileSync(scene.file, scene.text.replace('kept by hand', 'changed meanwhile'));
    hold.release();
    assert.equal((await step.result).conclusion, 'success');
    assert.equal(scene.members()['note'], 'changed meanwhile');
    assert.equal(scene.org.refreshTokenState(String(scene.members()['refresh_token'])), 'current');
  });
});

describe('token-file: two steps at once', { concurrency: 2 }, () => {
  it('keep the token alive where `rotates` says what the app does', async (t) => {
    const scene = await setTheScene(t, { rotation: 'strict' });
    const hold = scene.org.hold();
    const first = scene.start({ inputs: { rotates: true } });
    await hold.reached;
    const second = scene.start({ inputs: { rotates: true } });
    await until(() => scene.org.tokenRequests[1]?.decided !== undefined);
    hold.release();
    assert.equal((await first.result).conclusion, 'success');
    await second.result;
    const token = String(scene.members()['refresh_token']);
    assert.equal(scene.org.refreshTokenState(token), 'current');
    assert.equal(scene.org.reuses, 0);
  });
});

describe('token-file: what can no longer be written', { concurrency: 2 }, () => {
  it('fails the step, hands out nothing, and says that the refresh token is good', async (t) => {
    const scene = await setTheScene(t);
    const hold = scene.org.hold();
    const step = scene.start();
    await hold.reached;
    fs.rmSync(scene.folder, { recursive: true });
    hold.release();
    const result = await step.result;
    assert.equal(result.conclusion, 'failure');
    assert.equal(result.outputs['error-code'], 'save_failed');
    assert.match(result.log, /`token-file` cannot be updated: ENOENT/);
    assert.match(result.log, /The refresh token in it is current\./);
    assert.ok(!('access-token' in result.outputs));
  });
});

describe('token-file: a refresh that fails', { concurrency: 2 }, () => {
  for (const [what, does, code] of [
    ['refused', fault.oauthError('invalid_grant', 'expired access/refresh token'), 'invalid_grant'],
    ['no token', fault.answer(200, {}), 'response_invalid'],
    ['lost', fault.reset(), 'network_error'],
  ] as const) {
    it(`leaves the file untouched: ${what}`, async (t) => {
      const scene = await setTheScene(t, { rotation: 'strict' });
      const inode = fs.statSync(scene.file).ino;
      scene.org.faults.push({ does, count: 3 });
      const { outputs } = await scene.here({ inputs: { retries: 0 } });
      assert.equal(outputs['error-code'], code);
      assertUntouched(scene, inode);
    });
  }

  for (const [what, fields, code, inputs] of [
    ['has no access token', { access_token: undefined }, 'response_invalid', {}],
    ['names a strange host', { instance_url: 'https://evil.example' }, 'instance_url_refused', {}],
    ['is for another org', {}, 'org_mismatch', { 'expected-org-id': '00D000000000001' }],
  ] as const) {
    it(`has the new refresh token all the same when the answer ${what}`, async (t) => {
      const scene = await setTheScene(t, { rotation: 'strict', shape: { fields } });
      const { outputs, conclusion } = await scene.here({ inputs });
      assert.equal(conclusion, 'failure');
      assert.equal(outputs['error-code'], code);
      const current = scene.members()['refresh_token'];
      assert.equal(scene.org.refreshTokenState(String(current)), 'current');
      assert.equal(scene.read(), scene.text.replace(scene.token, String(current)));
      assert.ok(!('access-token' in outputs));
    });
  }

  it('has the new refresh token before anything else is asked', async (t) => {
    const scene = await setTheScene(t, { rotation: 'strict' });
    const hold = scene.org.hold('/services/data', 'before');
    const step = scene.start({ inputs: { verify: true } });
    await hold.reached;
    assert.equal(scene.org.refreshTokenState(String(scene.members()['refresh_token'])), 'current');
    assert.equal(scene.members()['access_token'], oldAccessToken);
    step.process.kill('SIGKILL');
    await step.result;
    assert.equal((await scene.start().result).conclusion, 'success');
    assert.equal(scene.org.reuses, 0);
  });
});

describe('token-file: what is said and hidden', { concurrency: 2 }, () => {
  it('masks everything secret in it, the old access token too', async (t) => {
    const scene = await setTheScene(t, {}, (members) =>
      JSON.stringify({ ...members, signature: 'OLDsignature=', id_token: 'eyJ.OLD.idtoken' }),
    );
    const { masks, outputs, stdout } = await scene.start({ inputs: { retries: 0 } }).result;
    const secrets = [scene.token, oldAccessToken, 'OLDsignature=', 'eyJ.OLD.idtoken'];
    for (const secret of [...secrets, outputs['access-token'] ?? '']) {
      assert.ok(masks.includes(secret));
      assert.ok(!stdout.replace(/^::add-mask::.*$/gm, '').includes(secret));
    }
    assert.ok(!masks.includes('kept by hand'));
  });

  it('notes that artifacts, caches and commits can carry a file in the workspace away', async (t) => {
    const scene = await setTheScene(t);
    const noted = ({ annotations }: ActionResult) =>
      annotations.filter(
        ({ level, message }) => level === 'notice' && /artifacts, caches and commits/.test(message),
      ).length;
    assert.equal(noted(await scene.start().result), 0);
    const workspace = join(scene.folder, 'work');
    fs.mkdirSync(join(workspace, '..hidden'), { recursive: true });
    assert.equal(noted(await scene.start({ workspace }).result), 0);
    fs.symlinkSync(scene.file, join(workspace, 'link.json'));
    const link = { 'token-file': 'link.json' };
    assert.equal(noted(await scene.start({ workspace, inputs: link }).result), 0);
    assert.equal(noted(await scene.start({ workspace: scene.folder }).result), 1);
    const linked = join(scene.folder, 'linked-workspace');
    fs.symlinkSync(scene.folder, linked);
    assert.equal(noted(await scene.start({ workspace: linked }).result), 1);
    fs.copyFileSync(scene.file, join(workspace, '..hidden', 'file.json'));
    const hidden = { 'token-file': '..hidden/file.json' };
    assert.equal(noted(await scene.start({ workspace, inputs: hidden }).result), 1);
  });

  it('counts as saved on a self-hosted runner', async (t) => {
    const scene = await setTheScene(t, { rotation: 'strict' });
    const env = { RUNNER_ENVIRONMENT: 'self-hosted' };
    const { outputs, annotations, log } = await scene.start({ env }).result;
    assert.equal(outputs['rotated'], 'true');
    assert.equal(outputs['refresh-token'], '');
    assert.deepEqual(annotations, []);
    assert.match(log, /rotated, kept in `token-file`/);
  });

  for (const runner of ['github-hosted', undefined]) {
    it(`hands a new token out too, with a warning, on a runner that is ${runner}`, async (t) => {
      const scene = await setTheScene(t, { rotation: 'strict' });
      const env = { RUNNER_ENVIRONMENT: runner };
      const { outputs, annotations, masks } = await scene.start({ env }).result;
      const next = outputs['refresh-token'] ?? '';
      assert.equal(scene.org.refreshTokenState(next), 'current');
      assert.equal(scene.members()['refresh_token'], next);
      assert.ok(masks.includes(next));
      assert.deepEqual(
        annotations.map(({ level }) => level),
        ['warning'],
      );
      assert.match(annotations[0]?.message ?? '', /disk of this runner is gone when the job ends/);
    });
  }

  it('refreshes at login-url, else at the instance URL of the file', async (t) => {
    const scene = await setTheScene(t, {}, (members) =>
      JSON.stringify({ ...members, instance_url: 'https://evil.example' }),
    );
    const refused = await scene.here();
    assert.equal(refused.outputs['error-code'], 'host_not_allowed');
    assert.match(refused.log, /`token-file` cannot be used: “evil\.example”/);
    assertUntouched(scene);
    const inputs = { 'login-url': scene.org.url };
    assert.equal((await scene.here({ inputs })).conclusion, 'success');
    assert.equal(scene.members()['instance_url'], scene.org.url);
  });
});

describe('token-file: files that are no token file', { concurrency: 2 }, () => {
  for (const [what, text, says] of [
    ['empty', '', /does not hold a JSON object/],
    ['no JSON', 'refresh_token=5Aep', /does not hold a JSON object/],
    ['an array', '[]', /does not hold a JSON object/],
    ['null', 'null', /does not hold a JSON object/],
    ['cut off', '{"refresh_token":"5Aep861', /does not hold a JSON object/],
    ['without a refresh token', '{}', /holds no `refresh_token`/],
    ['with an empty refresh token', '{"refresh_token":" "}', /holds no `refresh_token`/],
    ['with a number as refresh token', '{"refresh_token":1}', /holds no `refresh_token`/],
    [
      'with an access token in its place',
      `{"refresh_token":"${oldAccessToken}"}`,
      /`token-file` holds an access token/,
    ],
    ['with a blank in the token', '{"refresh_token":"5Aep 861"}', /`token-file` holds white space/],
    [
      'with a number as instance URL',
      '{"refresh_token":"5Aep861","instance_url":1}',
      /The `instance_url` in `token-file` is no text/,
    ],
    [
      'of Latin-1',
      Buffer.from('{"refresh_token":"5Aep861","x":"\xe4"}', 'latin1'),
      /cannot be read/,
    ],
    ['of more than 1 MiB', `{"x":"${'x'.repeat(1024 * 1024)}"}`, /larger than 1 MiB/],
  ] as const) {
    it(`are refused: ${what}`, async (t) => {
      const scene = await setTheScene(t);
      fs.writeFileSync(scene.file, text);
      await assertInvalid(scene, says);
      assert.deepEqual(fs.readFileSync(scene.file), Buffer.from(text));
    });
  }

  it('are refused: of 100 GB', async (t) => {
    const scene = await setTheScene(t);
    fs.truncateSync(scene.file, 100e9);
    await assertInvalid(scene, /larger than 1 MiB/, undefined, () => scene.start().result);
  });

  it('are refused: missing', async (t) => {
    const scene = await setTheScene(t);
    fs.rmSync(scene.file);
    await assertInvalid(scene, /“.*_salesforce\.json”\) cannot be found: ENOENT/, []);
  });

  it('are refused: a credential in the place of a path, which is not repeated but as it was given', async (t) => {
    const scene = await setTheScene(t);
    const url = `force://PlatformCLI::${scene.token}@acme.my.salesforce.com`;
    const { outputs, log } = await scene.start({
      inputs: { 'token-file': url },
      secrets: [url],
    }).result;
    assert.equal(outputs['error-code'], 'token_file_invalid');
    assert.match(
      log,
      /`token-file` \(a text of \d+ characters, not shown .*\) cannot be found: ENOENT: no such file or directory\./,
    );
    assert.ok(!log.includes(scene.token), log);
  });

  it('are refused: a folder', async (t) => {
    const scene = await setTheScene(t);
    fs.rmSync(scene.file);
    fs.mkdirSync(scene.file);
    await assertInvalid(scene, /cannot be read: it is no regular file/);
  });

  it('are refused: a link to itself', {
    skip: notOnWindows('links take a right there'),
  }, async (t) => {
    const scene = await setTheScene(t);
    fs.rmSync(scene.file);
    fs.symlinkSync(scene.file, scene.file);
    await assertInvalid(scene, /cannot be found: ELOOP/);
  });

  it('are refused: a device', async (t) => {
    const scene = await setTheScene(t);
    fs.rmSync(scene.file);
    fs.symlinkSync('/dev/zero', scene.file);
    await assertInvalid(
      scene,
      /cannot be read: it is no regular file/,
      undefined,
      () => scene.start().result,
    );
  });

  it('are refused as an input with everything that speaks for itself', async (t) => {
    const scene = await setTheScene(t);
    for (const inputs of [
      { 'refresh-token': '5Aep861' },
      { 'sfdx-auth-url': 'force://a:b:c@d' },
      { 'token-branch': 'salesforce-tokens', 'github-token': 'x' },
    ]) {
      const { outputs } = await scene.here({ inputs });
      assert.equal(outputs['error-code'], 'input_conflict');
    }
    const { outputs, log } = await scene.here({ inputs: { 'client-id': '' } });
    assert.equal(outputs['error-code'], 'input_missing');
    assert.match(log, /`client-id` is empty/);
    assert.equal(scene.org.connections, 0);
    assertUntouched(scene);
  });
});

/** Runs the step and expects it to end unspent; and nothing new beside the file. */
async function assertInvalid(
  scene: TokenFileScene,
  says: RegExp,
  left = ['_salesforce.json'],
  run: () => Promise<ActionResult> = scene.here,
): Promise<void> {
  const { outputs, annotations, code, hung } = await run();
  assert.equal(outputs['error-code'], 'token_file_invalid');
  assert.match(annotations.map(({ message }) => message).join('\n'), says);
  assert.deepEqual([code, hung, scene.org.connections], [1, false, 0]);
  assert.deepEqual(fs.readdirSync(scene.folder), left);
}
