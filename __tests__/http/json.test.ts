import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { isJsonObject, parseJsonObject } from '../../src/http/json.ts';

describe('JSON from outside', () => {
  it('is taken when it is an object, with every member as it was', () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string(), fc.jsonValue()), (value) => {
        const text = JSON.stringify(value);
        assert.deepEqual(parseJsonObject(text), JSON.parse(text));
      }),
    );
  });

  it('is refused when it is anything else', () => {
    for (const text of [
      'null',
      '[]',
      '[{"a":1}]',
      '"{}"',
      '1',
      'true',
      '',
      ' ',
      '{',
      '{"a":1',
      '<html>',
    ]) {
      assert.equal(parseJsonObject(text), undefined, text);
    }
  });

  it('never throws', () => {
    fc.assert(
      fc.property(
        fc.string(),
        (text) => parseJsonObject(text) === undefined || text.trim().startsWith('{'),
      ),
    );
  });

  it('is an object only where JSON calls it one', () => {
    assert.ok(isJsonObject({}));
    for (const value of [null, undefined, [], 'text', 1, false]) {
      assert.ok(!isJsonObject(value));
    }
  });
});
