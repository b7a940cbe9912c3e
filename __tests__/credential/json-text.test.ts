import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { setMembers } from '../../src/credential/json-text.ts';
import { secretTexts } from '../../src/credential/secret-texts.ts';
import { parseJsonObject } from '../../src/http/json.ts';

/** Names as files have them, and those that JavaScript's objects would reorder or treat specially. */
const name = fc.oneof(
  fc.constantFrom('access_token', 'refresh_token', 'id', '1', '02', '', '__proto__', 'a"b', 'é\\n'),
  fc.string({ maxLength: 8 }),
);
const scalar = fc.oneof(
  fc.constantFrom('{', '}', '"', ',"a":1', '\\', '\\"', '[', '/', '\u2028'),
  fc.string(),
  fc.integer(),
  fc.boolean(),
  fc.constant(null),
);
/** Numbers that would not survive JSON.parse and JSON.stringify. */
const literal = fc.oneof(
  scalar.map((value) => JSON.stringify(value)),
  fc.constantFrom(
    '1.0',
    '1e400',
    '12345678901234567890',
    '-0',
    '"\\u0041\\/"',
    '{}',
    '[ ]',
    '{"a":{"a":[1,{"b":"}"}]}}',
  ),
  fc.jsonValue({ maxDepth: 3 }).map((value) => JSON.stringify(value, null, 3)),
);
const blank = fc.stringMatching(/^[ \t\r\n]{0,4}$/);

/** JSON text of an object, in any style, told member by member. */
const file = fc
  .record({
    bom: fc.constantFrom('', '\uFEFF'),
    start: blank,
    members: fc.array(
      fc.record({ name, literal, before: blank, colon: fc.tuple(blank, blank), after: blank }),
      { maxLength: 6 },
    ),
    inner: blank,
    end: blank,
  })
  .map((parts) => ({ ...parts, text: write(parts) }));

interface Parts {
  readonly bom: string;
  readonly start: string;
  readonly members: readonly {
    readonly name: string;
    readonly literal: string;
    readonly before: string;
    readonly colon: readonly [string, string];
    readonly after: string;
  }[];
  readonly inner: string;
  readonly end: string;
}

function write({ bom, start, members, inner, end }: Parts): string {
  const list = members.map(
    ({ name, literal, before, colon, after }) =>
      `${before}${JSON.stringify(name)}${colon[0]}:${colon[1]}${literal}${after}`,
  );
  return `${bom}${start}{${list.length === 0 ? inner : list.join(',')}}${end}`;
}

const withoutBom = (text: string) => text.replace(/^\uFEFF/, '');

describe('An update of JSON text', () => {
  it('of a member that is there replaces its value, and not a character more', () => {
    fc.assert(
      fc.property(
        file.filter(({ members }) => members.length > 0),
        fc.nat(),
        fc.jsonValue(),
        (parts, pick, value) => {
          const { members } = parts;
          const chosen = members[pick % members.length]?.name ?? '';
          const last = members.findLastIndex((member) => member.name === chosen);
          const changed = members.map((member, index) =>
            index === last ? { ...member, literal: JSON.stringify(value) } : member,
          );
          assert.equal(
            setMembers(parts.text, entry(chosen, value)),
            write({ ...parts, members: changed }),
          );
        },
      ),
      { numRuns: 2000 },
    );
  });

  it('of a member that is not there appends it, in the style of the last one', () => {
    fc.assert(
      fc.property(file, fc.jsonValue(), (parts, value) => {
        const { members, text } = parts;
        fc.pre(members.every((member) => member.name !== 'new'));
        const added = setMembers(text, { new: value });
        const { literal: _, ...style } = members.at(-1) ?? { literal: '' };
        const expected =
          members.length === 0
            ? write(parts).replace('{', () => `{"new":${JSON.stringify(value)}`)
            : write({
                ...parts,
                members: members.flatMap((member, index) =>
                  index < members.length - 1
                    ? [member]
                    : [
                        { ...member, after: '' },
                        { ...member, ...style, name: 'new', literal: JSON.stringify(value) },
                      ],
                ),
              });
        assert.equal(added, expected);
      }),
      { numRuns: 2000 },
    );
  });

  it('of several members, there or not, sets just these', () => {
    fc.assert(
      fc.property(file, fc.dictionary(name, fc.jsonValue()), ({ text }, changes) => {
        const updated = parseJsonObject(withoutBom(setMembers(text, changes)));
        const before = parseJsonObject(withoutBom(text));
        assert.deepEqual(
          new Map(Object.entries(updated ?? {})),
          new Map([
            ...Object.entries(before ?? {}),
            ...Object.entries(changes).map(([key, value]): [string, unknown] => [
              key,
              JSON.parse(JSON.stringify(value)),
            ]),
          ]),
        );
      }),
      { numRuns: 1000 },
    );
  });

  it('keeps key order, unknown members, digits, indentation, line ends and the byte-order mark', () => {
    const before =
      '\uFEFF{\r\n\t"2": 1.0,\r\n\t"access_token" : "old",\r\n\t"1": 12345678901234567890,\r\n\t"x": { "access_token": "inner" }\r\n}\r\n';
    const after =
      '\uFEFF{\r\n\t"2": 1.0,\r\n\t"access_token" : "new",\r\n\t"1": 12345678901234567890,\r\n\t"x": { "access_token": "inner" },\r\n\t"scope": "api"\r\n}\r\n';
    assert.equal(setMembers(before, { access_token: 'new', scope: 'api' }), after);
  });

  it('of an empty object makes one with the member', () => {
    assert.equal(setMembers('{}', { a: 1, b: 'x' }), '{"a":1,"b":"x"}');
    assert.equal(setMembers('{ }\n', { a: 1 }), '{"a":1 }\n');
  });

  it('of a name that stands twice sets the one that counts', () => {
    assert.equal(setMembers('{"a":1,"a":2,"b":3}', { a: 9 }), '{"a":1,"a":9,"b":3}');
  });

  it('of a name that is written with escapes finds it', () => {
    assert.equal(setMembers('{"\\u0061":1}', { a: 2 }), '{"\\u0061":2}');
  });

  it('of text that breaks off comes to an end', () => {
    for (const text of ['{', '{"a"', '{"a":', '{"a":[1', '{"a":{"b":1}']) {
      assert.ok(setMembers(text, { c: 1 }).includes('"c":1'));
    }
  });

  it('without changes is none', () => {
    fc.assert(fc.property(file, ({ text }) => setMembers(text, {}) === text));
  });
});

/** Built so that `__proto__` becomes a member. */
function entry(key: string, value: unknown): Record<string, unknown> {
  return Object.fromEntries([[key, value]]);
}

describe('The secrets of a JSON value', () => {
  it('are the texts whose names say so, at any depth', () => {
    const value = {
      access_token: 's1',
      refreshToken: 's2',
      client_secret: 's3',
      signature: 's4',
      list: [{ sfdxAuthUrl: 's5' }, { auth_url: 's6', id_token: 's7' }],
      deep: { password: 's8', 'client-assertion': 's9' },
      token_type: 'Bearer',
      instance_url: 'https://a.my.salesforce.com',
      id: 'x',
      scope: 'refresh_token',
      token: 5,
      secret: null,
    };
    assert.deepEqual(secretTexts(value), ['s1', 's2', 's3', 's4', 's5', 's6', 's7', 's8', 's9']);
  });

  it('are none in a value that is no object', () => {
    for (const value of ['token', 5, null, undefined, true, []]) {
      assert.deepEqual(secretTexts(value), []);
    }
  });
});
