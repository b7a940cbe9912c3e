// Not for coverage: it is about dist/.

import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { proxiedScene } from '../support/proxied-scene.ts';
import { assertRefreshed } from '../support/refresh-scene.ts';

// What is shipped is small, and works without the libraries that stand-ins/ keeps out of it.

const dist = join(import.meta.dirname, '..', '..', 'dist');
const bundle = new Map(
  readdirSync(dist)
    .filter((name) => name.endsWith('.js'))
    .map((name) => [name, readFileSync(join(dist, name), 'utf8')]),
);

/** What only the real library says. */
const signatures = {
  undici: ['UND_ERR_', 'class MockAgent', 'class Dispatcher'],
  '@actions/exec': ['class ToolRunner', 'argStringToArray'],
};

/** The files that the bundle loads on demand: most runs never need them. */
const chunks = [...bundle.keys()].filter((name) => !['index.js', 'post.js'].includes(name));

describe('the bundle', () => {
  for (const [library, words] of Object.entries(signatures)) {
    it(`has no ${library} in it, only what stands in for it`, () => {
      for (const [name, text] of bundle) {
        for (const word of words) {
          assert.ok(!text.includes(word), `${name} has ${word}`);
        }
      }
    });
  }

  it('loads the cryptography of secrets on demand', () => {
    assert.ok(chunks.includes('environment-secret.js'));
    for (const chunk of chunks) {
      assert.match(chunk, /^[a-z][a-z-]+\.js$/, 'a name says what is in it');
      assert.ok(bundle.get('index.js')?.includes(`"${chunk.slice(0, -3)}"`), chunk);
    }
    assert.ok(!bundle.get('index.js')?.includes('salsa20'));
  });

  it('is small enough to read', () => {
    const always = [...bundle].filter(([name]) => !chunks.includes(name));
    const bytes = always.reduce((sum, [, text]) => sum + Buffer.byteLength(text), 0);
    assert.ok(bytes <= 260_000, `${bytes} bytes`);
  });

  it('comes with the licences of exactly what is in it', () => {
    const text = readFileSync(join(dist, 'licenses.txt'), 'utf8');
    const listed = [...text.matchAll(/^(\S+) \d+\.\d+\.\d+ \([\w.-]+\)$/gm)].map(
      ([, name]) => name,
    );
    const named = [...bundle.values()].flatMap((code) => [
      ...code.matchAll(/\.\/node_modules\/((?:@[\w.-]+\/)?[\w.-]+)\//g),
    ]);
    assert.deepEqual(listed, [...new Set(named.map(([, name]) => name))].sort());
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
