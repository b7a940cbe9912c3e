import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import {
  cleanRemoteText,
  jsonType,
  looksSecret,
  quoted,
  safeLine,
  secretForms,
} from '../../src/errors/text.ts';

/** Text in which what must not survive is likely. */
const hostile = fc
  .array(
    fc.oneof(
      fc.constantFrom(
        '::',
        ':',
        '##[',
        '#',
        '[',
        '\n',
        '\r',
        '\u2028',
        '\u2029',
        '\u200b',
        '\u001b[31m',
        ' ',
      ),
      fc.constantFrom('set-output name=a::b', 'add-mask', 'group]', '\t', '\u0085', '\ud83d', '😀'),
      fc.string({ unit: 'binary', maxLength: 20 }),
    ),
    { maxLength: 40 },
  )
  .map((parts) => parts.join(''));

/** A secret as Salesforce and GitHub make them, and the client secret with its inner spaces. */
const secret = fc.stringMatching(/^[A-Za-z0-9._!~*'()+/=-]{6,20}( [A-Za-z0-9+/=]{1,9})?$/);

/** What the runner would execute (actions/runner, ActionCommand.cs). */
const runsCommand = (line: string) => line.trimStart().startsWith('::') || line.includes('##[');

function echoes(value: string): string[] {
  return [
    value,
    encodeURIComponent(value),
    new URLSearchParams({ '': value }).toString().slice(1),
    Buffer.from(value).toString('base64'),
  ];
}

describe('A line for the log', () => {
  it('is one line without control characters that the runner does not execute', () => {
    fc.assert(
      fc.property(hostile, (text) => {
        const line = safeLine(text, []);
        assert.doesNotMatch(line, /[\p{C}\p{Zl}\p{Zp}]/u);
        assert.ok(!runsCommand(line), JSON.stringify(line));
      }),
      { numRuns: 1000 },
    );
  });

  it('has a space for each kind of line break, so that no word runs into the next', () => {
    for (const end of ['\n', '\r', '\r\n', '\v', '\f', '\u0085', '\u2028', '\u2029']) {
      assert.equal(safeLine(`one${end}::two`, []), 'one ::two', JSON.stringify(end));
      assert.equal(cleanRemoteText(`one${end}two`, []), 'one two', JSON.stringify(end));
    }
  });

  it('keeps harmless text to the letter', () => {
    for (const line of ['HTTP 400: “é” — 12:30:05', 'a::b', 'Größe: 1 # [x]', ' indented', '']) {
      assert.equal(safeLine(line, secretForms(['another-secret'])), line);
    }
  });

  it('breaks the runner’s commands in both spellings', () => {
    assert.equal(safeLine('::error::x', []), ': :error::x');
    assert.equal(safeLine('  ::error::x', []), '  : :error::x');
    assert.equal(safeLine('a ##[error]x ###[b]', []), 'a ## [error]x ### [b]');
    assert.equal(safeLine('\u200b::add-mask::x', []), ': :add-mask::x');
    assert.equal(safeLine('#\u200b#\u200b[group]', []), '## [group]');
  });

  it('blanks a secret in every form that a peer could echo it in', () => {
    fc.assert(
      fc.property(secret, hostile, hostile, (value, before, after) => {
        for (const echo of echoes(value)) {
          const line = safeLine(`${before} ${echo} ${after}`, secretForms([value]));
          assert.ok(!line.includes(echo), line);
          assert.ok(line.includes('***'));
        }
      }),
    );
  });

  it('blanks a secret with quotation marks as JSON escapes it', () => {
    const value = 'a"quoted\\secret';
    assert.equal(safeLine(JSON.stringify({ value }), secretForms([value])), '{"value":"***"}');
  });

  it('blanks a secret that invisible characters split', () => {
    assert.equal(
      safeLine('to\u200bken-\u2060sec\ud83dret!', secretForms(['token-secret'])),
      '***!',
    );
  });

  it('blanks the longer of two secrets that share a beginning', () => {
    assert.equal(safeLine('token-and-more', secretForms(['token', 'token-and-more'])), '***');
  });

  it('is one line where Unicode breaks lines too', () => {
    assert.equal(safeLine('a\u2028b\u2029c\u2029::error::d\vd', []), 'a b c ::error::d d');
    assert.equal(safeLine('\u2029::error::x', []), '  :error::x'.replace(' :', ': :'));
  });

  it('knows the forms of other secrets as well, longest first', () => {
    const known = secretForms(['a-much-longer-secret']);
    const forms = secretForms(['short!'], known);
    for (const form of [...known, 'short!', 'short%21', 'c2hvcnQh']) {
      assert.ok(forms.includes(form), form);
    }
    const lengths = forms.map((form) => form.length);
    assert.deepEqual(
      lengths,
      lengths.toSorted((a, b) => b - a),
    );
    assert.equal(new Set(forms).size, forms.length);
  });

  it('takes secrets that are no well-formed Unicode', () => {
    assert.equal(safeLine('plain', secretForms(['\ud83dlone-surrogate'])), 'plain');
  });
});

describe('Remote text', () => {
  it('becomes one short line without anything that the runner or a terminal would act on', () => {
    fc.assert(
      fc.property(hostile, fc.array(secret, { maxLength: 3 }), (text, secrets) => {
        const line = cleanRemoteText(secrets.join(text) + text, secretForms(secrets));
        assert.doesNotMatch(line, /[\p{C}\p{Zl}\p{Zp}]/u);
        assert.ok(!line.includes('::') && !runsCommand(line), JSON.stringify(line));
        assert.ok(line.length <= 201);
        assert.equal(line, line.trim());
        for (const value of secrets) {
          assert.ok(!line.includes(value), JSON.stringify(line));
        }
      }),
      { numRuns: 1000 },
    );
  });

  it('is cut at 200 characters, and says so', () => {
    assert.equal(cleanRemoteText('x'.repeat(200), []), 'x'.repeat(200));
    assert.equal(cleanRemoteText('x'.repeat(201), []), `${'x'.repeat(200)}…`);
  });

  it('is never cut through a character', () => {
    assert.equal(cleanRemoteText(`${'x'.repeat(199)}😀y`, []), `${'x'.repeat(199)}…`);
  });

  it('is cut after its secrets are blanked, so that no half of one is left', () => {
    const value = 'S'.repeat(50);
    assert.equal(
      cleanRemoteText('x'.repeat(180) + value, secretForms([value])),
      `${'x'.repeat(180)}***`,
    );
  });

  it('has no double colon, however many stood there', () => {
    assert.equal(cleanRemoteText('a::b:::c::::d', []), 'a: :b: : :c: : : :d');
  });

  it('that is no text is named by its JSON type, never shown', () => {
    const values: [unknown, string][] = [
      [null, '<null>'],
      [undefined, '<null>'],
      [['secret'], '<array>'],
      [{ a: 'secret' }, '<object>'],
      [12345, '<number>'],
      [true, '<boolean>'],
    ];
    for (const [value, shown] of values) {
      assert.equal(cleanRemoteText(value, []), shown);
    }
    assert.equal(jsonType('text'), 'string');
  });
});

describe('A value in a message', () => {
  it('stands in quotation marks, cleaned and cut', () => {
    for (const [value, shown] of [
      ['acme-prod', '“acme-prod”'],
      ['', '“”'],
      ['a\nb ::error::c', '“a b : :error: :c”'],
      ['00Dx0000000BV7zEAG', '“00Dx0000000BV7zEAG”'],
      [
        'https://acme-dev-ed.develop.my.salesforce.com',
        '“https://acme-dev-ed.develop.my.salesforce.com”',
      ],
      [
        '/home/runner/work/_temp/Secrets/token1.json',
        '“/home/runner/work/_temp/Secrets/token1.json”',
      ],
      ['x'.repeat(61), `“${'x'.repeat(60)}…”`],
      [`${'x'.repeat(59)}😀`, `“${'x'.repeat(59)}…”`],
    ] as const) {
      assert.equal(quoted(value), shown);
    }
  });

  it('is not shown where it has the shape of a secret', () => {
    for (const value of [
      '5Aep861TSESvWeug',
      'force://PlatformCLI::x@login.salesforce.com',
      '00Dx0000000BV7z!AR8A.abc',
      'eyJhbGciOi.eyJzdWIiOi.c2ln',
      '3MVG9lKcPoNINVBI',
      'ghs_16C7e42F292c6912E7',
      '{"sfdxAuthUrl":"x"}',
      '1955279925675241571',
      '0123456789ABCDEF01234567',
      'https://x.example/?refresh_token=abc',
      'prod, aB3aB3aB3aB3aB3aB3aB3',
    ]) {
      assert.equal(
        quoted(value),
        `a text of ${value.length} characters, not shown because it looks like a secret`,
      );
    }
  });

  it('is not shown where it is chance, as tokens are', () => {
    const letters = [...'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._'];
    const token = fc
      .array(fc.constantFrom(...letters), { minLength: 60, maxLength: 120 })
      .map((all) => all.join(''))
      .filter((text) => /[a-z]/.test(text) && /[A-Z]/.test(text) && /\d/.test(text));
    fc.assert(fc.property(token, (text) => looksSecret(text) && looksSecret(`a ${text} b`)));
  });
});
