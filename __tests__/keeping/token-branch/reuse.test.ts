import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Seen } from '../../../src/keeping/token-branch/look.ts';
import { reusableAnswer } from '../../../src/keeping/token-branch/reuse.ts';

// Which sealed answers are young enough to be handed out again.

const issued = Date.parse('2026-11-24T12:00:00.500Z');
const answer = { access_token: 'a', refresh_token: 'r', issued_at: String(issued) };
const minute = 60_000;

/** A look, so many milliseconds after the token was issued. */
function seen(ageMs: number | undefined, kept: Seen['kept']): Seen {
  return {
    at: { monotonic: 0, wall: 0 },
    now: ageMs === undefined ? undefined : new Date(issued + ageMs),
    left: undefined,
    sha: 'x',
    record: { refreshes: 1 },
    kept,
  };
}

describe('token branch: what may be reused', () => {
  for (const [ageMs, maxAgeMs, reused] of [
    [0, minute, true],
    [minute, minute, true],
    [minute + 1, minute, false],
    [60 * minute, 60 * minute, true],
    // GitHub's `Date` has whole seconds, and clocks differ.
    [-500, minute, true],
    [-minute, minute, true],
    [-minute - 1, minute, false],
    [0, 0, false],
    [-500, 0, false],
  ] as const) {
    it(`${reused ? 'takes' : 'leaves'} an answer ${ageMs} ms old, where ${maxAgeMs} are allowed`, () =>
      assert.equal(reusableAnswer(seen(ageMs, answer), maxAgeMs), reused ? answer : undefined));
  }

  for (const [what, kept] of [
    ['nothing is sealed', undefined],
    ['no access token is sealed', { refresh_token: 'r', issued_at: String(issued) }],
    ['the access token is no text', { ...answer, access_token: 7 }],
    ['it does not say when it was issued', { access_token: 'a', refresh_token: 'r' }],
    ['it was issued at a number', { ...answer, issued_at: issued }],
    ['it was issued at a date', { ...answer, issued_at: '2026-11-24T12:00:00.500Z' }],
    ['it was issued before 1970', { ...answer, issued_at: `-${issued}` }],
    ['it was issued at nothing', { ...answer, issued_at: '' }],
  ] as const) {
    it(`leaves it where ${what}`, () =>
      assert.equal(reusableAnswer(seen(0, kept), 60 * minute), undefined));
  }

  it("leaves it where GitHub's clock is not known", () =>
    assert.equal(reusableAnswer(seen(undefined, answer), minute), undefined));
});
