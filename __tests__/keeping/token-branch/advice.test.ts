import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { ifDead, ifUnknown, notSaved } from '../../../src/keeping/token-branch/advice.ts';
import type { Turn } from '../../../src/keeping/token-branch/turn.ts';

// What the branch knows about a token that Salesforce calls dead, or that could not be saved.

const place = { repository: 'acme/demo', branch: 'tokens', file: 'x.json' };
const holder = { id: 'x', run: 'RUN', since: new Date('2026-03-02T10:00:00Z'), seconds: 180 };
const clean = (text: unknown) => `clean(${text})`;

function turn(more: { dead?: boolean; kept?: boolean }): Turn {
  const at = { monotonic: 0, wall: 0 };
  const kept = more.kept ? { refresh_token: 'x' } : undefined;
  const seen = { at, now: undefined, left: undefined, sha: 'a', record: { refreshes: 17 }, kept };
  return { seen, holder, sha: 'b', text: '', dead: more.dead ? holder : undefined };
}

describe('of a dead token the branch knows', () => {
  it('who took the new one with it: cleaned, and nothing else', () => {
    assert.equal(
      ifDead(turn({ dead: true, kept: true }), place, clean),
      'clean(RUN) took the new refresh token with it: it held the credential from 2026-03-02T10:00:00.000Z on and ended without saving. Sign in again.',
    );
  });

  it('that it was the first use here, and how a deleted branch comes back', () => {
    const [lead = '', ...cases] = ifDead(turn({}), place, clean).split('\n');
    assert.match(lead, /^This was the first use .* on the branch “tokens” of acme\/demo\./);
    assert.match(
      cases[0] ?? '',
      /^- It worked on this branch .*`gh api -X PATCH repos\/acme\/demo\/git\/refs\/heads\/tokens -f sha=/,
    );
    assert.match(cases[2] ?? '', /^- It never worked: .*`login-url` or `client-id`/);
    assert.equal(cases.length, 5);
  });

  it('which refresh it is, so that it did work', () => {
    const [lead = '', ...cases] = ifDead(turn({ kept: true }), place, clean).split('\n');
    assert.match(
      lead,
      /^Sign in again: .* branch “tokens” of acme\/demo, .* refresh no\. 17 saved there/,
    );
    assert.match(cases[0] ?? '', /^- Something else used this single-use token: /);
    assert.equal(cases.length, 3);
    assert.doesNotMatch(cases.join(), /never worked/);
  });
});

describe('after a lost answer', () => {
  it('the next run finds out by itself, and when that may send', () => {
    assert.match(
      ifUnknown(holder),
      /^Run the job again: it waits .* \(The hold ends at 2026-03-02T10:03:00\.000Z\.\)$/,
    );
  });
});

describe('of a token that could not be saved', () => {
  it('it says which output has it', () => {
    for (const [asAuthUrl, output] of [
      [true, 'sfdx-auth-url'],
      [false, 'refresh-token'],
    ] as const) {
      const { code, fix, signIn } = notSaved(place, asAuthUrl);
      assert.equal(code, 'save_failed');
      assert.ok(fix.includes(`save the output \`${output}\``), fix);
      assert.ok(signIn);
    }
  });
});
