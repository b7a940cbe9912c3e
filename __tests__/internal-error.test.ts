import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, extname, join } from 'node:path';
import { describe, it, type TestContext } from 'node:test';
import { pathToFileURL } from 'node:url';
import { assertNothingHandedOut, explanation } from './support/org-step.ts';
import { assertFailed, refreshScene } from './support/refresh-scene.ts';

/** An entry in whose process an error is thrown outside of every promise, with a request under way. */
function entryWithStrayError(t: TestContext, stage: 'main' | 'post' = 'main'): string {
  const folder = mkdtempSync(join(tmpdir(), 'stray-'));
  t.after(() => rmSync(folder, { recursive: true }));
  const main = join(import.meta.dirname, '..', process.env['ACTION_ENTRY'] ?? 'dist/index.js');
  const action = stage === 'post' ? join(dirname(main), `post${extname(main)}`) : main;
  const entry = join(folder, 'entry.mjs');
  writeFileSync(
    entry,
    `setTimeout(() => { throw new Error('stray'); }, 1000);
     await import(${JSON.stringify(pathToFileURL(action).href)});`,
  );
  return entry;
}

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

  it('ends the step as one where nothing waits for it', async (t) => {
    const { org, run } = await refreshScene(t);
    org.hold();
    const result = await run({}, {}, { entry: entryWithStrayError(t) });
    assertFailed(result, 'internal_error');
    assert.equal(explanation(result).what, 'Something unexpected happened: stray');
  });

  it('is a warning at the end of the job', async (t) => {
    const { org, run } = await refreshScene(t);
    const { state } = await run({ 'revoke-on-completion': true });
    org.hold('revoke');
    const end = await run({}, {}, { entry: entryWithStrayError(t, 'post'), state });
    assert.equal(end.conclusion, 'success', end.log);
    assert.equal(end.log, 'Warning: Something unexpected happened: stray\n');
  });
});
