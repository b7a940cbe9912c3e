import assert from 'node:assert/strict';
import { rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { assertNothingHandedOut, explanation } from './support/org-step.ts';
import { assertFailed, refreshScene } from './support/refresh-scene.ts';

describe('an error that is none of ours', () => {
  it('still ends the step as one, and says how to report it', async (t) => {
    const { org, run } = await refreshScene(t);
    const file = join(tmpdir(), `state-${process.pid}-${org.port}`);
    writeFileSync(file, '');
    // Gone when the answer comes: the toolkit throws, and nothing in the action knows that error.
    org.onRequest(() => rmSync(file));
    const result = await run({ 'revoke-on-completion': true }, { GITHUB_STATE: file });
    assertFailed(result, 'internal_error');
    assertNothingHandedOut(result);
    const said = explanation(result);
    assert.match(said.what, /^Something unexpected happened: Missing file at path: /);
    assert.match(said.why, /probably a bug/);
    assert.match(
      said.fix,
      /^Please report it, .*issues of the repository.*read it before you post/,
    );
  });
});
