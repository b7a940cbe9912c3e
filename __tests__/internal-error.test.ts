import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, extname, join, resolve } from 'node:path';
import { describe, it, type TestContext } from 'node:test';
import { pathToFileURL } from 'node:url';
import { assertNothingHandedOut, explanation } from './support/org-step.ts';
import { assertFailed, refreshScene } from './support/refresh-scene.ts';
import type { SalesforceOrg } from './support/salesforce-org.ts';

/** An entry in whose process an error is thrown outside of every promise, when the URL answers. */
function entryWithStrayError(t: TestContext, url: string, stage?: 'main' | 'post'): string {
  return entryAfter(
    t,
    `import { get } from 'node:http';
     get(${JSON.stringify(url)}, () => { throw new Error('stray'); });`,
    stage,
  );
}

/** An entry that starts the action after this code. */
function entryAfter(t: TestContext, code: string, stage: 'main' | 'post' = 'main'): string {
  const folder = mkdtempSync(join(tmpdir(), 'stray-'));
  t.after(() => rmSync(folder, { recursive: true }));
  const main = resolve(import.meta.dirname, '..', process.env['ACTION_ENTRY'] ?? 'dist/index.js');
  const action = stage === 'post' ? join(dirname(main), `post${extname(main)}`) : main;
  const entry = join(folder, 'entry.mjs');
  writeFileSync(
    entry,
    `${code}\n(await import(${JSON.stringify(pathToFileURL(action).href)})).start?.();`,
  );
  return entry;
}

/** An entry whose stray error comes while a request to this path is under way. */
function strayWhile(
  t: TestContext,
  org: SalesforceOrg,
  path: string,
  stage: 'main' | 'post' = 'main',
): string {
  const [request, stray] = [org.hold(path), org.hold('/stray')];
  request.reached.then(stray.release);
  return entryWithStrayError(t, `${org.url}/stray`, stage);
}

describe('an error that is none of ours', () => {
  it('still ends the step as one, and says how to report it', async (t) => {
    const { org, run } = await refreshScene(t);
    const file = join(tmpdir(), `state-${process.pid}-${org.port}`);
    writeFileSync(file, '');
    // Gone when the answer comes: that throws, and nothing in the action knows that error.
    org.onRequest(() => rmSync(file));
    const result = await run({ 'revoke-on-completion': true }, { GITHUB_STATE: file });
    assertFailed(result, 'internal_error');
    assertNothingHandedOut(result);
    const said = explanation(result);
    assert.match(said.what, /^Something unexpected happened: ENOENT: /);
    assert.match(said.why, /probably a bug/);
    assert.match(
      said.fix,
      /^Please report it, .*issues of the repository.*read it before you post/,
    );
  });

  it('ends the step as one where nothing waits for it', async (t) => {
    const { org, run } = await refreshScene(t);
    const result = await run({}, {}, { entry: strayWhile(t, org, 'token') });
    assertFailed(result, 'internal_error');
    assert.equal(explanation(result).what, 'Something unexpected happened: stray');
  });

  it('is that the process would end in the middle of the step', async (t) => {
    const { run } = await refreshScene(t);
    // No request ever gets a connection, and no timer keeps the process waiting for that.
    const code = `import { Agent } from 'node:http';
      Agent.prototype.addRequest = () => {};
      const start = globalThis.setTimeout;
      globalThis.setTimeout = (...given) => start(...given).unref();`;
    const result = await run({}, {}, { entry: entryAfter(t, code) });
    assertFailed(result, 'internal_error');
    assert.match(explanation(result).what, /: it stopped before it was done$/);
  });

  it('is a warning at the end of the job', async (t) => {
    const { org, run } = await refreshScene(t);
    const { state } = await run({ 'revoke-on-completion': true });
    const end = await run({}, {}, { entry: strayWhile(t, org, 'revoke', 'post'), state });
    assert.equal(end.conclusion, 'success', end.log);
    assert.equal(end.log, 'Warning: Something unexpected happened: stray\n');
  });
});
