// Not for coverage: it starts nothing of src/.

import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it, type TestContext } from 'node:test';
import { placeholder, placesLeft, setOwner } from '../../scripts/set-owner.ts';

// Who publishes the action is named everywhere before the first release, or there is none.

function repository(t: TestContext, files: Readonly<Record<string, string | Buffer>>): string {
  const root = mkdtempSync(join(tmpdir(), 'owner-'));
  t.after(() => rmSync(root, { recursive: true, force: true, maxRetries: 3 }));
  execFileSync('git', ['init', '--quiet', root]);
  for (const [file, content] of Object.entries(files)) {
    writeFileSync(join(root, file), content);
  }
  execFileSync('git', ['add', '.'], { cwd: root });
  return root;
}

const files = {
  'README.md': `A line.\n    uses: ${placeholder}/refresh-salesforce-token@v1\n`,
  CODEOWNERS: `* @${placeholder}\n`,
  'lint.ts': `text.replace(/${placeholder}\\/refresh-salesforce-token@/g, './'); // ${placeholder}/*\n`,
  'other.ts': `env['GITHUB_REPOSITORY_${placeholder}']; // CODE${placeholder}S, the owner, ${placeholder}_ID\n`,
  'picture.bin': Buffer.from(`\0${placeholder}/`),
};

describe('The placeholder for whoever publishes the action', () => {
  it('is found as a word of its own, in every file that git knows', (t) => {
    const root = repository(t, files);
    writeFileSync(join(root, 'unknown.md'), `${placeholder}/\n`);
    assert.deepEqual(placesLeft(root), ['CODEOWNERS:1', 'README.md:2', 'lint.ts:1']);
  });

  it('is replaced there, and nowhere else', (t) => {
    const root = repository(t, files);
    setOwner(root, 'acme-2');
    assert.deepEqual(placesLeft(root), []);
    const read = (file: string) => readFileSync(join(root, file), 'utf8');
    assert.equal(read('README.md'), 'A line.\n    uses: acme-2/refresh-salesforce-token@v1\n');
    assert.equal(read('CODEOWNERS'), '* @acme-2\n');
    assert.equal(
      read('lint.ts'),
      "text.replace(/acme-2\\/refresh-salesforce-token@/g, './'); // acme-2/*\n",
    );
    assert.equal(read('other.ts'), files['other.ts']);
    assert.equal(read('picture.bin'), files['picture.bin'].toString());
  });

  for (const name of ['', '-acme', 'acme-', 'a--b', 'acme/x', 'acme corp', '$&', 'a'.repeat(40)]) {
    it(`is not replaced by what GitHub takes for no name: ${JSON.stringify(name)}`, (t) => {
      const root = repository(t, files);
      assert.throws(() => setOwner(root, name), /Not the name of a user or organisation/);
      assert.equal(placesLeft(root).length, 3);
    });
  }
});
