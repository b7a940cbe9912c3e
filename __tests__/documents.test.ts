import assert from 'node:assert/strict';
import { existsSync, globSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, it } from 'node:test';
import { parse } from 'yaml';
import { inputNames } from '../src/inputs.ts';
import { outputNames } from '../src/outputs.ts';

// What people copy from the documents and examples is right: names, links, and no secret in a script.

const root = join(import.meta.dirname, '..');
const read = (file: string) => readFileSync(join(root, file), 'utf8');
const documents = globSync(['*.md', 'docs/**/*.md'], { cwd: root });
const examples = globSync('examples/*.yml', { cwd: root });

/** Every snippet of YAML, with a name to find it by. */
const snippets = [
  ...documents.flatMap((file) =>
    [...read(file).matchAll(/^```yaml\n([\s\S]*?)^```$/gm)].map(
      ([, text = ''], index) => [`${file}, snippet ${index + 1}`, text] as const,
    ),
  ),
  ...examples.map((file) => [file, read(file)] as const),
];

/** All objects within a parsed document. */
function objects(value: unknown): Record<string, unknown>[] {
  if (typeof value !== 'object' || value === null) {
    return [];
  }
  const members = Object.values(value).flatMap(objects);
  return Array.isArray(value) ? members : [Object.fromEntries(Object.entries(value)), ...members];
}

describe('Snippets of YAML', () => {
  it('are there', () => {
    assert.ok(snippets.length > 5);
  });

  for (const [name, text] of snippets) {
    it(`parse, and name what the action has: ${name}`, () => {
      for (const step of objects(parse(text))) {
        if (String(step['uses']).startsWith('OWNER/')) {
          assert.equal(step['uses'], 'OWNER/refresh-salesforce-token@v1');
          for (const input of Object.keys(Object(step['with']))) {
            assert.ok(
              inputNames.some((known) => known === input),
              input,
            );
          }
        }
      }
      for (const [, output] of text.matchAll(/steps\.salesforce\.outputs\.([\w-]+)/g)) {
        assert.ok(
          outputNames.some((known) => known === output),
          output,
        );
      }
    });

    it(`put no secret into a script: ${name}`, () => {
      for (const { run } of objects(parse(text))) {
        assert.doesNotMatch(String(run), /\$\{\{/);
      }
    });
  }
});

describe('Links within the repository', () => {
  for (const file of documents) {
    it(`lead somewhere: ${file}`, () => {
      for (const [, target = ''] of read(file).matchAll(/\]\((?!https?:|#)([^)#]+)/g)) {
        assert.ok(existsSync(join(root, dirname(file), target)), target);
      }
    });
  }
});

describe('action.yml', () => {
  it('declares every input and output that the action has, and no other', () => {
    const declared: unknown = parse(read('action.yml'));
    assert.deepEqual(Object.keys(Object(Object(declared)['inputs'])), [...inputNames]);
    assert.deepEqual(Object.keys(Object(Object(declared)['outputs'])), [...outputNames]);
  });
});
