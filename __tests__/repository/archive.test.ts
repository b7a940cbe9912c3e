// Not for coverage: it starts nothing of src/.

import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';

// What every job that uses the action downloads: GitHub makes it as `git archive` does.

const root = join(import.meta.dirname, '..', '..');
const archive = (format: string) =>
  execFileSync('git', ['archive', `--format=${format}`, '--worktree-attributes', 'HEAD'], {
    cwd: root,
    maxBuffer: 2 ** 26,
  });

/** The names of the files in a tar archive: 512-byte headers, each before its padded content. */
function namesIn(tar: Buffer): string[] {
  const names: string[] = [];
  const text = (from: number, length: number) =>
    tar.toString('utf8', from, from + length).replace(/\0.*$/s, '');
  for (let at = 0; at < tar.length && tar[at] !== 0; ) {
    const size = Number.parseInt(text(at + 124, 12), 8);
    if (text(at + 156, 1) === '0') {
      names.push(text(at, 100));
    }
    at += 512 + Math.ceil(size / 512) * 512;
  }
  return names;
}

// A folder that is no checkout has no archive: then there is nothing to measure.
const skip = existsSync(join(root, '.git')) ? false : 'not a git checkout';

describe('The archive that a job downloads', { skip }, () => {
  it('is at most 1 MB packed', () => {
    const bytes = archive('tar.gz').length;
    assert.ok(bytes <= 1_000_000, `${bytes} bytes`);
  });

  it('has what the runner starts, and what one reads before trusting it; nothing else', () => {
    const names = namesIn(archive('tar'));
    for (const file of ['action.yml', 'LICENSE', 'README.md', 'src/index.ts']) {
      assert.ok(names.includes(file), file);
    }
    for (const file of readdirSync(join(root, 'dist'))) {
      assert.ok(names.includes(`dist/${file}`), file);
    }
    const places = new Set(names.map((name) => name.replace(/^(\w+\/).*/, '$1')));
    for (const place of places) {
      assert.match(place, /^(?:action\.yml|LICENSE|[A-Z]+\.md|(?:dist|docs|examples|src)\/)$/);
    }
  });
});
