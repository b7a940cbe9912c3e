// Not for coverage: it is about dist/.

import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { proxiedScene } from '../support/proxied-scene.ts';
import { assertRefreshed } from '../support/refresh-scene.ts';

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
const always = ['action.js', 'index.js', 'post.js'];
/** What is loaded on demand, and what only that says. */
const onDemand = {
  'org-checks.js': 'FROM Organization',
  'proxy-tunnel.js': 'TunnelingAgent',
  'save-unsaved.js': 'contents/',
  'sign-in-again.js': '--login-url',
  'summary.js': '<table>',
  'token-branch.js': 'JWEInvalid',
  'token-file.js': 'renameSync',
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

  it('is small enough to read', () => {
    assert.ok(bytesOf(always) <= 200_000, `${bytesOf(always)} bytes for every run`);
    assert.ok(bytesOf(bundle.keys()) <= 345_000, `${bytesOf(bundle.keys())} bytes`);
  });

  it('comes with the licences of exactly what is in it', () => {
    const text = readFileSync(join(dist, 'licenses.txt'), 'utf8');
    const listed = [...text.matchAll(/^(\S+) \d+\.\d+\.\d+ \([\w.-]+\)$/gm)].map(
      ([, name]) => name,
    );
    assert.deepEqual(listed, ['@actions/core', '@actions/http-client', 'jose', 'tunnel']);
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
