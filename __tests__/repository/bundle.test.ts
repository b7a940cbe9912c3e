// Not for coverage: it is about dist/.

import assert from 'node:assert/strict';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { describe, it } from 'node:test';
import { proxiedScene } from '../support/proxied-scene.ts';
import { assertRefreshed, refreshScene } from '../support/refresh-scene.ts';

// What is shipped is small, and works without the libraries that are kept out of it.

const dist = join(import.meta.dirname, '..', '..', 'dist');
const bundle = new Map(
  readdirSync(dist)
    .filter((name) => name.endsWith('.js'))
    .map((name) => [name, readFileSync(join(dist, name), 'utf8')]),
);

/** What is on none of its ways, and what only that says. */
const absent = {
  undici: ['UND_ERR_', 'class MockAgent', 'class Dispatcher'],
  "the toolkit's HTTP client": ['class HttpClient ', '_processResponse'],
  '@actions/exec': ['class ToolRunner', 'argStringToArray'],
};

/** What every run loads. */
const always = ['index.js', 'post.js'];
/** What is loaded on demand, and what only that says. */
const onDemand = {
  'auth-url.js': 'names no host after the refresh token',
  'end-of-job.js': 'oauth2/revoke',
  'failures.js': '--login-url',
  'org-checks.js': 'FROM Organization',
  'proxy-tunnel.js': 'TunnelingAgent',
  'summary.js': '<table>',
  'token-branch.js': 'JWEInvalid',
  'token-file.js': 'renameSync',
  'trace.js': 'The inputs are good',
};

function bytesOf(names: Iterable<string>): number {
  return [...names].reduce((sum, name) => sum + Buffer.byteLength(bundle.get(name) ?? ''), 0);
}

describe('the bundle', () => {
  for (const [what, words] of Object.entries(absent)) {
    it(`has no ${what} in it`, () => {
      for (const [name, text] of bundle) {
        for (const word of words) {
          assert.ok(!text.includes(word), `${name} has ${word}`);
        }
      }
    });
  }

  it('loads on demand what most runs do not need', () => {
    assert.deepEqual([...bundle.keys()].sort(), [...always, ...Object.keys(onDemand)].sort());
    for (const [name, word] of Object.entries(onDemand)) {
      const having = [...bundle].filter(([, text]) => text.includes(word));
      assert.deepEqual(having, [[name, bundle.get(name)]], word);
      const importing = new RegExp(`^var [^;]*require\\('\\./${name}'\\)`, 'm');
      for (const file of always) {
        assert.doesNotMatch(bundle.get(file) ?? '', importing);
      }
    }
  });

  it('loads for a plain refresh what that needs, of its own files and of Node', async (t) => {
    const { org, run } = await refreshScene(t);
    const folder = mkdtempSync(join(tmpdir(), 'loaded-'));
    t.after(() => rmSync(folder, { recursive: true }));
    const [entry, list] = [join(folder, 'entry.cjs'), join(folder, 'list')];
    writeFileSync(
      entry,
      `process.on('exit', () => {
         const loaded = [...Object.keys(require.cache), ...process.moduleLoadList];
         require('fs').writeFileSync(${JSON.stringify(list)}, loaded.join('\\n'));
       });
       require(${JSON.stringify(join(dist, 'index.js'))}).start();`,
    );
    assertRefreshed(await run({}, {}, { entry }), org);
    const loaded = readFileSync(list, 'utf8').split('\n');
    const ours = loaded.filter((name) => name.startsWith(dist)).map((name) => basename(name));
    assert.deepEqual(ours, ['index.js']);
    // Over http no TLS; undici, crypto and performance on no way of ours.
    const heavy = ['tls', 'https', 'crypto', 'perf_hooks', 'internal/deps/undici/undici'];
    assert.ok(loaded.includes('NativeModule http'));
    assert.deepEqual(
      heavy.filter((name) => loaded.includes(`NativeModule ${name}`)),
      [],
    );
  });

  it('is small enough to read', () => {
    assert.ok(bytesOf(always) <= 200_000, `${bytesOf(always)} bytes for every run`);
    assert.ok(bytesOf(bundle.keys()) <= 330_000, `${bytesOf(bundle.keys())} bytes`);
  });

  it('comes with the licences of exactly what is in it', () => {
    const text = readFileSync(join(dist, 'licenses.txt'), 'utf8');
    const listed = [...text.matchAll(/^(\S+) \d+\.\d+\.\d+ \([\w.-]+\)$/gm)].map(
      ([, name]) => name,
    );
    assert.deepEqual(listed, ['@actions/http-client', 'jose', 'tunnel']);
  });

  it('is not minified', () => {
    for (const [name, text] of bundle) {
      const longest = Math.max(...text.split('\n').map((line) => line.length));
      assert.ok(longest < 1000, `${name} has a line of ${longest} characters`);
    }
  });

  it('speaks through a proxy that wants credentials, without undici', async (t) => {
    const { org, proxy, run } = await proxiedScene(t, { auth: { username: 'ci', password: 'x' } });
    assertRefreshed(await run({}, {}, { entry: 'dist/index.js' }), org);
    assert.equal(proxy.requests.length, 1);
  });
});
