import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { fieldsToKeep } from '../../src/credential/answer-fields.ts';

// What an answer may bring into the token file.

const essential = ['access_token', 'refresh_token', 'instance_url'];

/** So many fields, each with so many characters of text. */
function fields(count: number, length = 1): Record<string, string> {
  return Object.fromEntries(
    Array.from({ length: count }, (_, index) => [`field-${index}`, 'x'.repeat(length)]),
  );
}

describe('The fields of an answer that are kept', () => {
  it('are all of them where they are a token response', () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string(), fc.jsonValue(), { maxKeys: 25 }), (answer) => {
        fc.pre(JSON.stringify(answer).length < 10_000);
        const kept = fieldsToKeep(answer);
        assert.deepEqual(Object.entries(kept), Object.entries(answer));
      }),
    );
  });

  it('are 64 at most, the first ones, and the essential ones wherever they stand', () => {
    const tokens = Object.fromEntries(essential.map((name) => [name, 'token']));
    assert.deepEqual(Object.keys(fieldsToKeep(fields(64))), Object.keys(fields(64)));
    const kept = Object.keys(fieldsToKeep({ ...fields(6000), ...tokens }));
    assert.deepEqual(kept, [...Object.keys(fields(64)), ...essential]);
  });

  it('are 64 KiB at most, names and quotation marks included', () => {
    const room = 64 * 1024;
    const spare = 'name'.length + 2;
    for (const [length, fits] of [
      [room - spare, true],
      [room - spare + 1, false],
    ] as const) {
      assert.equal('name' in fieldsToKeep({ name: 'x'.repeat(length) }), fits);
    }
    assert.deepEqual(fieldsToKeep({ name: 'ä'.repeat(room / 2) }), {});
    assert.deepEqual(fieldsToKeep({ ['n'.repeat(room)]: 1 }), {});
    assert.equal(Object.keys(fieldsToKeep(fields(60, 8 * 1024))).length, 7);
  });

  it('are those that fit, also after one that does not', () => {
    assert.deepEqual(fieldsToKeep({ large: 'x'.repeat(100_000), scope: 'api' }), { scope: 'api' });
  });

  it('are the essential ones however large they are', () => {
    for (const name of essential) {
      const answer = { [name]: 'x'.repeat(100_000), scope: 'api' };
      assert.deepEqual(fieldsToKeep(answer), answer);
    }
  });

  it('are none that is nested too deep to be written', () => {
    const deep: unknown = JSON.parse(`${'['.repeat(100_000)}${']'.repeat(100_000)}`);
    assert.deepEqual(fieldsToKeep({ deep, scope: 'api' }), { scope: 'api' });
  });
});
