import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { branchNameFlaw } from '../../src/github/branch-name.ts';

// Which names a branch may have: git's own rules, told by git itself, and some of ours.

/** Whether git takes a name for a branch. */
function gitTakes(name: string): boolean {
  const { status, error } = spawnSync('git', ['check-ref-format', '--branch', name]);
  assert.equal(error, undefined, 'git does not run');
  return status === 0;
}

/** Refused for other reasons than git's. For git, `@` alone is HEAD. */
const ours = (name: string) =>
  /^refs\/|^[0-9a-f]{40}$|^@$|[\u0080-\u009f]/i.test(name) || name.length > 200;

describe('names of branches', () => {
  for (const name of [
    'salesforce-tokens',
    'a',
    'a/b/c',
    'x.y',
    'ä🙂',
    'heads/x',
    'a@b',
    '@x',
    'x{y}',
    'a'.repeat(200),
    'a.lockx',
    '1'.repeat(40).slice(1),
    `${'a'.repeat(39)}g`,
    '$x&y;z|(1)',
  ]) {
    it(`takes ${name.slice(0, 45)}`, () => {
      assert.equal(branchNameFlaw(name), undefined);
      assert.ok(gitTakes(name));
    });
  }

  for (const name of [
    '-x',
    '.x',
    'x.',
    'a/.b',
    'a//b',
    '/a',
    'a/',
    'a..b',
    'a b',
    'a~1',
    'a^',
    'a:b',
    'a?',
    'a*',
    'a[b',
    'a\\b',
    'a@{1}',
    'HEAD',
    'x.lock',
    'x.lock/y',
    'a\tb',
    'a\u007f',
    'a\nb',
  ]) {
    it(`refuses ${JSON.stringify(name)}, as git does`, () => {
      assert.equal(branchNameFlaw(name), 'is not a name that git takes for a branch');
      assert.equal(gitTakes(name), false);
    });
  }

  it('refuses what GitHub could read as something else', () => {
    assert.match(branchNameFlaw('refs/heads/x') ?? '', /starts with `refs\/`/);
    assert.match(branchNameFlaw('0123456789abcdef'.repeat(3).slice(0, 40)) ?? '', /a commit/);
    assert.match(branchNameFlaw('ABCDEF0123'.repeat(4)) ?? '', /a commit/);
    for (const name of ['a'.repeat(201), '@', 'a\u0085b']) {
      assert.notEqual(branchNameFlaw(name), undefined);
    }
  });

  it('takes no name that git refuses, and refuses none that git takes but for our own reasons', () => {
    const pieces = fc.constantFrom(
      ...[
        'a',
        'b1',
        '.',
        '..',
        '/',
        '-',
        '@',
        '{',
        '}',
        '.lock',
        ' ',
        '~',
        '^',
        ':',
        '?',
        '*',
        '[',
      ],
      ...[
        '\\',
        '\t',
        '\u007f',
        '\u0080',
        'ä',
        '🙂',
        'HEAD',
        'refs/',
        '0123456789abcdef0123',
        '\u00a0',
      ],
    );
    const names = fc.array(pieces, { minLength: 1, maxLength: 6 }).map((parts) => parts.join(''));
    fc.assert(
      fc.property(names, (name) => {
        const taken = branchNameFlaw(name) === undefined;
        if (taken || !ours(name)) {
          assert.equal(taken, gitTakes(name), JSON.stringify(name));
        }
      }),
      { numRuns: 250 },
    );
  });
});
