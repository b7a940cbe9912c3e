import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import fc from 'fast-check';
import { handToRunner } from '../../src/runner/files.ts';
import { parseKeyValueFile } from '../support/runner/files.ts';

describe("the runner's files", () => {
  const folder = mkdtempSync(join(tmpdir(), 'files-'));
  const file = join(folder, 'state');
  const { GITHUB_STATE: before } = process.env;
  process.env['GITHUB_STATE'] = file;
  after(() => {
    if (before === undefined) {
      delete process.env['GITHUB_STATE'];
    } else {
      process.env['GITHUB_STATE'] = before;
    }
    rmSync(folder, { recursive: true });
  });

  const handedOver = (values: Record<string, string | undefined>) => {
    writeFileSync(file, '');
    handToRunner('GITHUB_STATE', values);
    return parseKeyValueFile(readFileSync(file, 'utf8'), /\n/);
  };

  it('give back every value, also one that tries to end itself and to add another', () => {
    // Pieces of which a value that breaks out would be made.
    const piece = fc.constantFrom('end', 'end_', '_', '\n', '<<', '=', 'access-token', 'a');
    const text = fc.oneof(
      fc.string(),
      fc.array(piece).map((pieces) => pieces.join('')),
    );
    fc.assert(
      fc.property(text, text, (first, second) => {
        assert.deepEqual(handedOver({ first, second }), {
          pairs: [
            ['first', first],
            ['second', second],
          ],
        });
      }),
    );
  });

  it('get no value that there is none of', () => {
    assert.deepEqual(handedOver({ first: undefined, second: '' }).pairs, [['second', '']]);
  });
});
