import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { ifDead, notSaved } from '../../../src/keeping/token-branch/advice.ts';
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
  it('who took the new one with it: cleaned, and before all else', () => {
    assert.match(
      ifDead(turn({ dead: true, kept: true }), place, clean),
      /^clean\(RUN\) held the credential from 2026-03-02T10:00:00\.000Z on and ended without saving/,
    );
  });

  it('that it was the first use here, and how a deleted branch comes back', () => {
    const said = ifDead(turn({}), place, clean);
    assert.match(said, /^This was the first use .* on the branch “tokens” of acme\/demo\./);
    assert.match(said, /gh api -X PATCH repos\/acme\/demo\/git\/refs\/heads\/tokens -f sha=/);
  });

  it('which refresh it is', () => {
    assert.match(
      ifDead(turn({ kept: true }), place, clean),
      /^The token .* is refresh 17, kept on /,
    );
  });
});

describe('of a token that could not be saved', () => {
  it('it says which output has it', () => {
    for (const [asAuthUrl, output] of [
      [true, 'sfdx-auth-url'],
      [false, 'refresh-token'],
    ] as const) {
      const { code, fix } = notSaved(place, asAuthUrl);
      assert.equal(code, 'save_failed');
      assert.ok(fix.includes(`only in the output \`${output}\` of this step`), fix);
    }
  });
});
