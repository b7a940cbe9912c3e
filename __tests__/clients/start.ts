import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import {
  cpSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it, type TestContext } from 'node:test';
import { nodeAsClient, nodeProgram, oldNodes } from '../support/old-nodes.ts';

// The scripts run on Node 24, whatever Node a machine has: npm 9 and 10 do not put the one that they
// install on the PATH.

const root = join(import.meta.dirname, '..', '..');

/** A project with the starter, and a script in TypeScript that tells what it was started with. */
function project(t: TestContext, { installed }: { installed: boolean }): string {
  const folder = mkdtempSync(join(tmpdir(), 'start-'));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  mkdirSync(join(folder, 'scripts'));
  cpSync(join(root, 'scripts/start.mjs'), join(folder, 'scripts/start.mjs'));
  cpSync(join(root, 'package.json'), join(folder, 'package.json'));
  writeFileSync(
    join(folder, 'scripts/tell.ts'),
    `import { execFileSync } from 'node:child_process';
     const [, script, ...rest]: string[] = process.argv;
     const onPath = execFileSync('node', ['--version'], { encoding: 'utf8' }).trim();
     console.log(JSON.stringify([process.version, onPath, script === import.meta.filename, rest]));
     process.exitCode = 7;`,
  );
  if (installed) {
    symlinkSync(join(root, 'node_modules'), join(folder, 'node_modules'));
  }
  return join(folder, 'scripts/start.mjs');
}

describe('the scripts, started on an older Node', () => {
  for (const { version } of oldNodes.filter(({ supported }) => supported)) {
    const client = nodeAsClient(version);
    const skip = client === undefined && 'no package has this Node for this machine';

    it(`run on the Node that npm installed: ${version}`, { skip }, (t) => {
      assert.ok(client !== undefined);
      const start = project(t, { installed: true });
      const result = spawnSync(nodeProgram(client), [start, 'tell', '--to', 'a b'], {
        encoding: 'utf8',
      });
      const told: unknown = JSON.parse(result.stdout || '[]');
      assert.deepEqual(
        told,
        [...Array(2).fill(process.version), true, ['--to', 'a b']],
        result.stderr,
      );
      assert.equal(result.status, 7);
    });

    it(`say what is missing where npm has installed nothing: ${version}`, { skip }, (t) => {
      assert.ok(client !== undefined);
      const start = project(t, { installed: false });
      const result = spawnSync(nodeProgram(client), [start, 'tell'], { encoding: 'utf8' });
      assert.match(result.stderr, /^Node v\S+ does not read TypeScript\. Run npm ci, /);
      assert.equal(result.status, 1);
    });
  }
});

it('every script of package.json in TypeScript is started so', () => {
  const { scripts } = Object(JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')));
  for (const command of Object.values(Object(scripts))) {
    assert.doesNotMatch(String(command), /node \S+\.ts\b/);
  }
});
