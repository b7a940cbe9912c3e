import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { elapsedMs } from '../../../src/keeping/token-branch/clock.ts';
import {
  credentialKey,
  formatRecord,
  type Holder,
  heldUntil,
  isAlive,
  parseRecord,
} from '../../../src/keeping/token-branch/record.ts';
import { hkdf, holderOf, idOf, keyOf } from '../../support/token-branch-file.ts';

// The file on the token branch: its name, its text, and for how long a holder counts as alive.

const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString('hex');
const tokens = fc.string({ unit: 'grapheme', minLength: 1, maxLength: 200 });
const holder: Holder = {
  id: '0b9e8f4e-6f43-4cf4-9c5e-5d6a0b6e1c11',
  run: 'https://github.com/acme/deploy/actions/runs/1/attempts/2',
  since: new Date('2026-11-24T12:00:00.000Z'),
  seconds: 180,
};

describe('token branch: what a refresh token yields', () => {
  // For ever: another figure here makes every file on every branch unreadable.
  for (const [token, id, key] of [
    [
      '5Aep861TSESvWeug_xvFHRBTTbf_YrTWgEyjBJrfGZ0dRbgwEQ2UF9DZhpfZMHJaMPIKJvLVlTjZ4rNDjTBPA8i',
      'f00bfd6f5035dd32e13422e2e0ef175b',
      '8bfb29a1d394afc6ab939e25a2f10603f7515ff31ee0607001db5ae02c85f2c7',
    ],
    [
      `5Aep861${'ä€🙂'.repeat(12)}`,
      '0c74655ae90264d3ca40df3cfeda0015',
      'ba01d6b13d1d5c891655449a2b896d5f4df29d176d6b3de25e2976007f95f1b6',
    ],
  ] as const) {
    it(`is for ever the same name and key for ${token.slice(0, 8)}…`, () => {
      assert.equal(credentialKey(token).id, id);
      assert.equal(hex(credentialKey(token).key), key);
    });
  }

  it('is HKDF-SHA-256 as RFC 5869 has it (test case 3: no salt, no info)', () => {
    const okm = hkdf(Buffer.alloc(22, 0x0b).toString('latin1'), '', 42).toString('hex');
    assert.equal(
      okm,
      '8da4e775a563c18f715f802a063c5a31b8a11f5c5ee1879ec3454e5f3c738d2d9d201395faa4b61a96c8',
    );
  });

  it('is what a second implementation computes', () => {
    fc.assert(
      fc.property(tokens, (token) => {
        const { id, key } = credentialKey(token);
        assert.equal(id, idOf(token));
        assert.equal(hex(key), hex(keyOf(token)));
      }),
    );
  });
});

describe('token branch: the text of the file', () => {
  it('is written in this order, with two spaces and a line break at the end', () => {
    const record = { refreshes: 17, holder, sealed: 'e..i.t.g' };
    assert.equal(
      formatRecord(record, 'https://example.com/rotation.md'),
      `{
  "about": "https://example.com/rotation.md",
  "refreshes": 17,
  "holder": {
    "id": "0b9e8f4e-6f43-4cf4-9c5e-5d6a0b6e1c11",
    "run": "https://github.com/acme/deploy/actions/runs/1/attempts/2",
    "since": "2026-11-24T12:00:00.000Z",
    "seconds": 180
  },
  "sealed": "e..i.t.g"
}
`,
    );
  });

  it('has neither a holder nor anything sealed where there is none', () => {
    assert.equal(formatRecord({ refreshes: 0 }, 'x'), '{\n  "about": "x",\n  "refreshes": 0\n}\n');
  });

  it('is read back as it was written', () => {
    const times = { min: new Date('2000-01-01'), max: new Date('2100-01-01'), noInvalidDate: true };
    const record = fc.tuple(
      fc.nat(),
      fc.string(),
      fc.uuid(),
      fc.date(times),
      fc.nat(),
      fc.boolean(),
    );
    fc.assert(
      fc.property(record, fc.string(), ([refreshes, sealed, id, since, seconds, held], about) => {
        const whole = {
          refreshes,
          sealed,
          ...(held && { holder: { ...holder, id, since, seconds } }),
        };
        assert.deepEqual(parseRecord(formatRecord(whole, about)), whole);
      }),
    );
  });

  for (const [what, text] of [
    ['no JSON', '{"refreshes": 1'],
    ['an array', '[]'],
    ['null', 'null'],
    ['text', '"sealed"'],
    ['sealed that is no text', '{"refreshes": 1, "sealed": {}}'],
    ['sealed that is null', '{"refreshes": 0, "sealed": null}'],
    // Somebody took it out: the stored token is spent, for certain.
    ['refreshes without anything sealed', '{"refreshes": 3}'],
  ] as const) {
    it(`is none of ours: ${what}`, () => assert.equal(parseRecord(text), undefined));
  }

  for (const [what, more] of [
    ['no id', { id: undefined }],
    ['an id that is a number', { id: 7 }],
    ['no run', { run: undefined }],
    ['no start', { since: undefined }],
    ['a start that is no date', { since: 'yesterday' }],
    ['a start that is a number', { since: 1_790_000_000_000 }],
    ['a start without a zone', { since: '2026-11-24T12:00:00' }],
    ['a start beyond all years', { since: '+275760-09-13T00:00:00.000Z' }],
    ['a start in the 13th month', { since: '2026-13-24T12:00:00.000Z' }],
    ['no seconds', { seconds: undefined }],
    ['seconds below zero', { seconds: -1 }],
    ['half a second', { seconds: 0.5 }],
    ['seconds as text', { seconds: '180' }],
  ] as const) {
    it(`has a dead holder: ${what}`, () => {
      const held = { ...holderOf(Date.now()), ...more };
      const text = JSON.stringify({ refreshes: 2, sealed: 'x', holder: held });
      assert.deepEqual(parseRecord(text), { refreshes: 2, sealed: 'x' });
    });
  }

  for (const held of [null, 'job', 7, [], true]) {
    it(`has a dead holder: ${JSON.stringify(held)}`, () => {
      const text = JSON.stringify({ refreshes: 0, holder: held });
      assert.deepEqual(parseRecord(text), { refreshes: 0 });
    });
  }

  it('counts from 0 where the count is none', () => {
    for (const refreshes of [-1, 1.5, '7', null, 1e300, undefined]) {
      const text = JSON.stringify({ refreshes, sealed: 'x' });
      assert.deepEqual(parseRecord(text), { refreshes: 0, sealed: 'x' });
    }
  });
});

describe('token branch: how long a holder is alive', () => {
  const { since } = holder;
  const after = (ms: number) => new Date(since.getTime() + ms);

  for (const [seconds, lastMs] of [
    [180, 182_000],
    [0, 2_000],
    [600, 602_000],
    [601, 602_000],
    [86_400, 602_000],
  ] as const) {
    it(`with ${seconds} seconds, for ${lastMs} ms`, () => {
      const held = { ...holder, seconds };
      assert.equal(heldUntil(held).getTime(), after(lastMs).getTime());
      assert.equal(isAlive(held, after(0)), true);
      assert.equal(isAlive(held, after(lastMs)), true);
      assert.equal(isAlive(held, after(lastMs + 1)), false);
    });
  }

  it('is dead where it starts more than 60 s ahead', () => {
    assert.equal(isAlive(holder, after(-60_000)), true);
    assert.equal(isAlive(holder, after(-60_001)), false);
  });

  it('is never alive for longer than ten minutes, two seconds and the minute ahead', () => {
    fc.assert(
      fc.property(fc.nat(), fc.integer({ min: -200_000, max: 2_000_000 }), (seconds, ms) => {
        const alive = isAlive({ ...holder, seconds }, after(ms));
        assert.equal(alive, ms >= -60_000 && ms <= Math.min(seconds, 600) * 1000 + 2_000);
      }),
    );
  });
});

describe('token branch: how long ago a moment is', () => {
  for (const [what, now, ms] of [
    ['both clocks run', { monotonic: 1_500, wall: 9_500 }, 500],
    ['the machine slept', { monotonic: 1_500, wall: 70_000 }, 61_000],
    ['the wall clock was put back', { monotonic: 6_000, wall: 1_000 }, 5_000],
  ] as const) {
    it(`is told by the clock that says more: ${what}`, () =>
      assert.equal(elapsedMs({ monotonic: 1_000, wall: 9_000 }, now), ms));
  }
});
