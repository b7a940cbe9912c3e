import assert from 'node:assert/strict';
import {
  chmodSync,
  closeSync,
  existsSync,
  mkdtempSync,
  openSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it, type TestContext } from 'node:test';
import { seedFile, seedOutput } from '../../src/credential/seed.ts';

function pathIn(t: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), 'seed-'));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  return join(folder, 'token.json');
}

describe('the seed of a token file', () => {
  it('is there only when there is something in it', (t) => {
    const path = pathIn(t);
    const write = seedFile(path);
    assert.ok(!existsSync(path));
    assert.equal(write({ refresh_token: '5Aep' }, '5Aep'), `Stored in ${path}.`);
    assert.equal(readFileSync(path, 'utf8'), '{"refresh_token":"5Aep"}\n');
    if (process.platform !== 'win32') {
      assert.equal(statSync(path).mode & 0o777, 0o600);
    }
  });

  const skip = process.platform === 'win32' && 'every file has the same mode there';
  it('warns where others can read the file that was there, and leaves its mode', { skip }, (t) => {
    for (const [mode, platform, said] of [
      [0o666, 'linux', ' Warning: others can read it, by its mode 0666, which was left as it is.'],
      [0o640, 'linux', ' Warning: others can read it, by its mode 0640, which was left as it is.'],
      [0o600, 'linux', ''],
      [0o666, 'win32', ''],
    ] as const) {
      const path = pathIn(t);
      writeFileSync(path, '{}');
      chmodSync(path, mode);
      const before = statSync(path).mode;
      const written = seedFile(path, platform)({ refresh_token: '5Aep' }, '5Aep');
      assert.equal(written, `Stored in ${path}.${said}`);
      assert.equal(statSync(path).mode, before);
    }
  });

  it('is gone where it could be made, but nothing beside it that would replace it', (t) => {
    // The name of the file that replaces it is longer.
    const path = join(pathIn(t), '..', 'x'.repeat(240));
    assert.throws(() => seedFile(path), { code: 'token_file_invalid', message: /ENAMETOOLONG/ });
    assert.ok(!existsSync(path));
  });

  it('leaves what else is in the file', (t) => {
    const path = pathIn(t);
    writeFileSync(path, '{ "b": 1.0 }');
    seedFile(path)({ refresh_token: '5Aep' }, '5Aep');
    assert.equal(readFileSync(path, 'utf8'), '{ "b": 1.0, "refresh_token": "5Aep" }');
  });

  it('says before and after what stands in the way', (t) => {
    const path = pathIn(t);
    const code = 'token_file_invalid';
    assert.throws(() => seedFile(join(path, 'x')), { code, message: /cannot be made/ });
    const write = seedFile(path);
    writeFileSync(path, 'of somebody else');
    assert.throws(() => write({}, ''), { code, message: /^.{0,200} cannot be made: EEXIST/ });
    assert.equal(readFileSync(path, 'utf8'), 'of somebody else');
  });

  it('is written by a second try where the first came to its end halfway', (t) => {
    const path = pathIn(t);
    const write = seedFile(path);
    let tooDeep: unknown = '';
    for (let depth = 0; depth < 100_000; depth += 1) {
      tooDeep = [tooDeep];
    }
    assert.throws(() => write({ access_token: tooDeep }, ''), {
      code: 'not_written',
      message: /could not be written/,
    });
    assert.ok(!existsSync(path));
    write({ refresh_token: '5Aep' }, '5Aep');
    assert.equal(readFileSync(path, 'utf8'), '{"refresh_token":"5Aep"}\n');
  });

  it('says so where it cannot even be looked for', (t) => {
    const path = join(pathIn(t), '..', 'x'.repeat(300));
    const code = 'token_file_invalid';
    assert.throws(() => seedFile(path), { code, message: /cannot be made: ENAMETOOLONG/ });
  });
});

describe('the seed on standard output', () => {
  it('is the credential as a line', (t) => {
    const path = pathIn(t);
    const file = openSync(path, 'w');
    assert.equal(seedOutput(file)({}, '5Aep'), 'Written to standard output.');
    closeSync(file);
    assert.equal(readFileSync(path, 'utf8'), '5Aep\n');
  });

  it('is an error where it cannot be written', (t) => {
    const path = pathIn(t);
    writeFileSync(path, '');
    const file = openSync(path, 'r');
    t.after(() => closeSync(file));
    assert.throws(() => seedOutput(file)({}, '5Aep'), {
      code: 'not_written',
      message: /^Standard output could not be written: E/,
    });
  });
});
