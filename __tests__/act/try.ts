import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { it } from 'node:test';

const root = join(import.meta.dirname, '..', '..');

it('`npm run try` runs a workflow as CONTRIBUTING.md shows it, twice green with one secret', (t) => {
  const text = readFileSync(join(root, 'CONTRIBUTING.md'), 'utf8');
  const workflow = /```yaml\n(on: .*?)```/s.exec(text)?.[1] ?? '';
  const folder = mkdtempSync(join(tmpdir(), 'try-'));
  t.after(() => rmSync(folder, { recursive: true }));
  const file = join(folder, 'workflow.yml');
  writeFileSync(file, workflow);
  const script = join(root, 'scripts', 'try.ts');
  const { status, stdout, stderr } = spawnSync(process.execPath, [script, file], {
    encoding: 'utf8',
  });
  assert.equal(status, 0, stdout + stderr);
  assert.match(stdout, /first run is green; refreshes: 1\..*second run is green; refreshes: 1\./s);
});
