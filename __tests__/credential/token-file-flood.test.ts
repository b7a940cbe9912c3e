// Not for coverage: it is about memory and time.

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { pathToFileURL } from 'node:url';
import { setMembers } from '../../src/credential/json-text.ts';
import { setTheScene } from '../support/token-file.ts';

// Answers, and files, that are large in every way that could keep the process busy for good.

const blanks = ' '.repeat(900_000);
const many = (count: number) =>
  Object.fromEntries(Array.from({ length: count }, (_, index) => [`field-${index}`, index]));

describe('token-file: answers out of all proportion', { concurrency: 2 }, () => {
  for (const [what, fields] of [
    ['a field of blanks', { scope: 'api', blanks }],
    ['thousands of small fields', many(40_000)],
  ] as const) {
    it(`${what}: the token is handed out, the file keeps its size, and that is said`, async (t) => {
      const scene = await setTheScene(t, { rotation: 'strict', shape: { fields } });
      const result = await scene.start().result;
      assert.equal(result.hung, false);
      assert.equal(result.conclusion, 'success', result.log);
      assert.equal(scene.members()['access_token'], result.outputs['access-token']);
      assert.ok(scene.read().length < 70_000, String(scene.read().length));
      assert.match(result.log, /: \d+ of them are not in `token-file`\./);
    });
  }

  it('a file with blanks in every place is brought up to date', async (t) => {
    const wide = ' '.repeat(100_000);
    const scene = await setTheScene(t, { rotation: 'strict' }, (members) =>
      JSON.stringify(members).replaceAll(',', `,${wide}`).replaceAll('":', `"${wide}:`),
    );
    const result = await scene.start().result;
    assert.equal(result.hung, false);
    assert.equal(result.conclusion, 'success', result.log);
    assert.equal(scene.members()['access_token'], result.outputs['access-token']);
    assert.ok(scene.read().length < scene.text.length + 10_000, 'blanks were repeated');
    assert.equal((await scene.start().result).conclusion, 'success');
  });
});

describe('An update of JSON text out of all proportion', () => {
  // In a process of its own: what takes quadratic time can only be ended from outside.
  for (const [what, code] of Object.entries({
    'with many changes of members that are there':
      'setMembers(JSON.stringify(many(80_000)), many(80_000))',
    'with many new members': 'setMembers("{}", many(80_000))',
    'with long blanks inside of a text':
      'setMembers(JSON.stringify({ a: " ".repeat(1_000_000), b: 1 }), { c: 1 })',
    'with long blanks before a member':
      'setMembers("{" + " ".repeat(1_000_000) + \'"a":1}\', { b: 1, c: 2 })',
  })) {
    it(`comes to an end: ${what}`, () => {
      const source = pathToFileURL(join(import.meta.dirname, '../../src/credential/json-text.ts'));
      const script = `import { setMembers } from ${JSON.stringify(source.href)};
        const many = (count) =>
          Object.fromEntries(Array.from({ length: count }, (_, index) => ['field-' + index, index]));
        JSON.parse(${code});`;
      const { status, signal, stderr } = spawnSync(
        process.execPath,
        ['--input-type=module', '--eval', script],
        { timeout: 60_000, encoding: 'utf8', env: { ...process.env, NODE_V8_COVERAGE: '' } },
      );
      assert.deepEqual([status, signal], [0, null], stderr);
    });
  }

  it('takes over white space as a style up to 200 characters', () => {
    for (const [length, kept] of [
      [200, 200],
      [201, 0],
    ] as const) {
      const wide = ' '.repeat(length);
      const style = ' '.repeat(kept);
      assert.equal(
        setMembers(`{${wide}"a":1}`, { b: 2, c: 3 }),
        `{${wide}"a":1,${style}"b":2,${style}"c":3}`,
      );
    }
    const colon = `${' '.repeat(150)}:${' '.repeat(49)}`;
    assert.equal(setMembers(`{"a"${colon}1}`, { b: 2 }), `{"a"${colon}1,"b"${colon}2}`);
    assert.equal(setMembers(`{"a"${colon} 1}`, { b: 2 }), `{"a"${colon} 1,"b":2}`);
  });

  it('sets members in whatever order the changes come', () => {
    const text = '{"a": 1, "b": 2, "c": 3}';
    const changes = { c: 'C', x: 'X', a: 'A', y: 'Y' };
    assert.equal(setMembers(text, changes), '{"a": "A", "b": 2, "c": "C", "x": "X", "y": "Y"}');
  });
});
