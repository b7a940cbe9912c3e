import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it, type TestContext } from 'node:test';
import { seedFile } from '../../src/credential/seed.ts';

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
    write({ refresh_token: '5Aep' });
    assert.equal(readFileSync(path, 'utf8'), '{"refresh_token":"5Aep"}\n');
  });

  it('leaves what else is in the file', (t) => {
    const path = pathIn(t);
    writeFileSync(path, '{ "b": 1.0 }');
    seedFile(path)({ refresh_token: '5Aep' });
    assert.equal(readFileSync(path, 'utf8'), '{ "b": 1.0, "refresh_token": "5Aep" }');
  });

  it('says before and after what stands in the way', (t) => {
    const path = pathIn(t);
    const code = 'token_file_invalid';
    assert.throws(() => seedFile(join(path, 'x')), { code, message: /cannot be made/ });
    const write = seedFile(path);
    writeFileSync(path, 'of somebody else');
    assert.throws(() => write({}), { code, message: /could not be written.*EEXIST/ });
    assert.equal(readFileSync(path, 'utf8'), 'of somebody else');
  });
});
