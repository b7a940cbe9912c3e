import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { nextPauseMs, parseRetryAfter } from '../../src/http/pauses.ts';
import type { RetryClass } from '../../src/salesforce/attempt.ts';
import { decideRetry, type RetryDecision } from '../../src/salesforce/retry.ts';

/** The decision on a failure of this class when it happened `seen` times and nothing else did. */
function decide(failure: RetryClass, rotates: boolean, retries: number, seen = 1): RetryDecision {
  return decideRetry(
    failure,
    { rotates, retries },
    { retries: seen - 1, failures: { [failure]: seen } },
  );
}

/** What happens at the 1st, 2nd, … failure of the same class, until it ends. */
function course(failure: RetryClass, rotates: boolean, retries: number): string {
  const decisions: RetryDecision[] = [];
  for (let seen = 1; seen <= 20; seen++) {
    const decision = decide(failure, rotates, retries, seen);
    decisions.push(decision);
    if (decision !== 'again') {
      break;
    }
  }
  const last = decisions.at(-1);
  return last === 'again' ? 'again and again' : `${decisions.length - 1} more, ${last}`;
}

// What happened → with an app that doesn't rotate, and with one that does; `retries` is 3.
const table: readonly (readonly [RetryClass, plain: string, rotating: string])[] = [
  ['never', '0 more, give_up', '0 more, give_up'],
  ['unsent', '3 more, give_up', '3 more, give_up'],
  ['busy', '3 more, give_up', '3 more, give_up'],
  ['setting_up', '2 more, give_up', '0 more, answer_lost'],
  ['in_flight', 'again and again', '0 more, give_up'],
  ['unknown_fate', '3 more, give_up', '0 more, answer_lost'],
  ['lost', '1 more, give_up', '0 more, answer_lost'],
  ['unreadable', '0 more, give_up', '0 more, answer_lost'],
];

describe('A failed refresh is sent again', () => {
  for (const [failure, plain, rotating] of table) {
    it(`after “${failure}”: ${plain}; where the app rotates: ${rotating}`, () => {
      assert.equal(course(failure, false, 3), plain);
      assert.equal(course(failure, true, 3), rotating);
    });
  }

  const failures = fc.constantFrom(...table.map(([failure]) => failure));

  it('never where `retries` is 0', () => {
    fc.assert(
      fc.property(failures, fc.boolean(), (failure, rotates) => {
        assert.notEqual(decide(failure, rotates, 0), 'again');
      }),
    );
  });

  it('never where the app rotates and the request may have been processed', () => {
    fc.assert(
      fc.property(failures, fc.nat(10), fc.nat(12), fc.nat(12), (failure, retries, sent, seen) => {
        const decision = decideRetry(
          failure,
          { rotates: true, retries },
          { retries: sent, failures: { [failure]: seen } },
        );
        if (!['unsent', 'busy'].includes(failure)) {
          assert.notEqual(decision, 'again');
        }
      }),
    );
  });

  it('at most as often as `retries` says, but while another request holds the token', () => {
    fc.assert(
      fc.property(failures, fc.boolean(), fc.nat(10), (failure, rotates, retries) => {
        const decision = decideRetry(
          failure,
          { rotates, retries },
          { retries, failures: { [failure]: 1 } },
        );
        const waitsInLine = failure === 'in_flight' && !rotates && retries > 0;
        assert.equal(decision === 'again', waitsInLine);
      }),
    );
  });

  it('counting each class of failures apart: two that are told to wait, and one lost answer', () => {
    const history = { retries: 4, failures: { busy: 3, setting_up: 1, lost: 1 } };
    const policy = { rotates: false, retries: 10 };
    assert.equal(decideRetry('lost', policy, history), 'again');
    assert.equal(decideRetry('setting_up', policy, history), 'again');
    assert.equal(decideRetry('lost', policy, { retries: 4, failures: {} }), 'again');
  });
});

describe('The pause before the next attempt', () => {
  it('is about 1, 2, 4, 8, 8 seconds', () => {
    const pauses = (random: number) => [0, 1, 2, 3, 4, 9].map((n) => nextPauseMs(n, 0, random));
    assert.deepEqual(pauses(0.5), [1000, 2000, 4000, 8000, 8000, 8000]);
    assert.deepEqual(pauses(0), [800, 1600, 3200, 6400, 6400, 6400]);
    assert.deepEqual(pauses(1), [1200, 2400, 4800, 8000, 8000, 8000]);
  });

  it('never shrinks, and is never over 8 seconds', () => {
    const chance = fc.double({ min: 0, max: 1, noNaN: true });
    fc.assert(
      fc.property(fc.array(chance, { minLength: 1, maxLength: 12 }), (chances) => {
        let pause = 0;
        for (const [retries, random] of chances.entries()) {
          const next = nextPauseMs(retries, pause, random);
          assert.ok(next >= pause && next >= 800 && next <= 8000);
          pause = next;
        }
      }),
    );
  });
});

describe('Retry-After', () => {
  const date = 'Mon, 02 Mar 2026 10:00:00 GMT';

  it('is read as seconds', () => {
    assert.equal(parseRetryAfter('0', date), 0);
    assert.equal(parseRetryAfter('120', undefined), 120_000);
    assert.equal(parseRetryAfter(' 5 ', date), 5000);
  });

  it('is read as a date, by the clock of the server', () => {
    assert.equal(parseRetryAfter('Mon, 02 Mar 2026 10:00:30 GMT', date), 30_000);
    assert.equal(parseRetryAfter('Mon, 02 Mar 2026 09:00:00 GMT', date), 0);
  });

  it('is read by our own clock where the server tells no date', () => {
    const inAnHour = new Date(Date.now() + 3_600_000).toUTCString();
    for (const missing of [undefined, '', 'no date']) {
      const wait = parseRetryAfter(inAnHour, missing) ?? 0;
      assert.ok(wait > 3_000_000 && wait <= 3_600_000, String(wait));
    }
  });

  it('is no wait where it is missing or nonsense', () => {
    for (const value of [undefined, '', 'soon', '9'.repeat(40)]) {
      assert.equal(parseRetryAfter(value, date), undefined);
    }
  });

  it('is never negative', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.integer().map(String)), (value) => {
        const wait = parseRetryAfter(value, date);
        assert.ok(wait === undefined || wait >= 0);
      }),
    );
  });
});
