import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { it } from 'node:test';
import { runWorkflow } from '../support/act.ts';

it("runs the job of the project's own workflow that uses the action as it is checked out", async (t) => {
  const file = join(import.meta.dirname, '..', '..', '.github/workflows/ci.yml');
  // Without npm, which is not needed for what the job is about.
  const workflow = readFileSync(file, 'utf8')
    .replace(/^ *- run: npm ci\n/gm, '')
    .replace('npm run look-alike --', 'node scripts/look-alike.ts');
  const { succeeded, log, printed } = await runWorkflow(t, workflow, {
    job: 'action',
    matrix: 'os:ubuntu-24.04',
    files: ['action.yml', 'dist', 'package.json', 'scripts', '__tests__/support'],
  });
  const pid = printed.find((line) => line.startsWith('pid='))?.slice('pid='.length);
  assert.ok(pid !== undefined, log);
  process.kill(Number(pid));
  assert.ok(succeeded, log);
  assert.match(log, /Success - Main Use the token/);
  assert.match(log, /Success - Main A refused token fails the step and says why/);
  assert.ok(printed.includes('Revoked the access token.'), log);
});
