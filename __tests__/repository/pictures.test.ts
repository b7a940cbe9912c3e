// Not for coverage: it is about pictures.

import assert from 'node:assert/strict';
import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { drawPictures } from '../../scripts/pictures.ts';

// What the documents show is what the shipped bundle prints.

const folder = join(import.meta.dirname, '..', '..', 'docs', 'pictures');

describe('The pictures of the documents', () => {
  it('are as they would be drawn now, and no others', async () => {
    const drawn = await drawPictures();
    assert.deepEqual(globSync('*', { cwd: folder }).sort(), Object.keys(drawn).sort());
    for (const [file, svg] of Object.entries(drawn)) {
      const same = readFileSync(join(folder, file), 'utf8') === svg;
      assert.ok(same, `${file} shows something else: npm run pictures, and look`);
    }
  });
});
