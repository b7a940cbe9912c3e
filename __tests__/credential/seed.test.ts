import assert from 'node:assert/strict';
import {
  closeSync,
  existsSync,
  mkdtempSync,
  openSync,
  readFileSync,
  rmSync,
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
