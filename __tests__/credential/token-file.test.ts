import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it, type TestContext } from 'node:test';
import { openTokenFile } from '../../src/credential/token-file.ts';

// Files that are no token file; keeping/token-file.test.ts has what the step makes of them.

function fileWith(t: TestContext, text: string | Uint8Array): string {
  const folder = mkdtempSync(join(tmpdir(), 'token-file-'));
  t.after(() => rmSync(folder, { recursive: true }));
  const file = join(folder, 'token.json');
  writeFileSync(file, text);
  return file;
}

describe('a token file', () => {
  for (const [what, text, message] of [
    ['empty', '', /does not hold a JSON object/],
    ['an array', '[]', /does not hold a JSON object/],
    ['cut off', '{"refresh_token":"5Aep861', /does not hold a JSON object/],
    ['of Latin-1', Buffer.from('{"x":"\xe4"}', 'latin1'), /cannot be read/],
    ['of more than 1 MiB', `{"x":"${'x'.repeat(1 << 20)}"}`, /it is larger than 1 MiB/],
  ] as const) {
    it(`is refused, and left as it was: ${what}`, (t) => {
      const file = fileWith(t, text);
      assert.throws(() => openTokenFile(file), { code: 'token_file_invalid', message });
      assert.deepEqual(readFileSync(file), Buffer.from(text));
    });
  }

  it('of exactly 1 MiB is read', (t) => {
    const frame = '{"refresh_token":""}'.length;
    const token = 'x'.repeat((1 << 20) - frame);
    assert.equal(openTokenFile(fileWith(t, `{"refresh_token":"${token}"}`)).refreshToken, token);
  });
});
