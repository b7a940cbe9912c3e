// Not for coverage: turn, replace and unsaved have unit tests.

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { letItHappen } from '../../support/fault-row.ts';
import { markdownTable, type Outcome, rows } from '../../support/rotation-table.ts';

// All rows take a minute: `npm run soak -- --short` lets each of them happen. Here: one for each thing
// that can break, at one place after another.
const kinds = [...new Set(rows.map((row) => row.breaks))];
const sample = kinds.flatMap((kind, index) => {
  const same = rows.filter((row) => row.breaks === kind);
  return same[(index * 2 + 1) % same.length] ?? [];
});

describe('a fault in the middle of a refresh with the token branch', { concurrency: 8 }, () => {
  for (const row of sample) {
    it(`${row.place}: ${row.breaks}`, async (t) => letItHappen(t, row));
  }
});

describe('the table of faults', () => {
  it('has a signal of either kind, and a lost connection, at every place', () => {
    const places = new Set(rows.map(({ place }) => place));
    assert.equal(places.size, 14);
    for (const place of places) {
      const there = rows.filter((row) => row.place === place).map((row) => row.breaks);
      for (const what of ['connection lost', 'SIGTERM', 'SIGKILL', 'machine gone'] as const) {
        assert.ok(there.includes(what), `${place}: ${what}`);
      }
    }
  });

  it('asks to sign in again only where the token is gone', () => {
    const gone = (row: Outcome) => ['lost', 'new one handed out'].includes(row.token);
    const bad = (row: Outcome) => (row.cure === 'sign in again') !== gone(row);
    assert.deepEqual(rows.filter(bad), []);
  });

  it('can be printed', () => {
    const lines = markdownTable()
      .split('\n')
      .filter((line) => line.startsWith('|'));
    assert.equal(lines.length, rows.length + 2);
    assert.ok(lines.every((line) => line.split('|').length === 9));
  });
});
