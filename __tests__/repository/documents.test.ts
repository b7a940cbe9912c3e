// Not for coverage: it is about texts.

import assert from 'node:assert/strict';
import { existsSync, globSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, it } from 'node:test';
import { parse } from 'yaml';
import { halfOf, snippetsOf } from '../../scripts/docs/snippets.ts';
import { generatedDocuments } from '../../scripts/docs.ts';
import { ownErrors } from '../../src/errors/catalogue.ts';
import { refusals, sectionOf } from '../../src/errors/refusals.ts';
import { inputNames } from '../../src/runner/inputs.ts';
import { outputNames } from '../../src/runner/outputs.ts';

// What people copy from the documents and examples is right: names, links, and no secret in a script.

const root = join(import.meta.dirname, '..', '..');
const read = (file: string) => readFileSync(join(root, file), 'utf8');
const documents = globSync(['*.md', 'docs/**/*.md'], { cwd: root });
const examples = globSync('examples/*.yml', { cwd: root });

/** Every snippet of YAML, with a name to find it by. */
const snippets = [
  ...documents.flatMap((file) => snippetsOf(file, read(file))),
  ...examples.map((file) => ({ name: file, text: read(file) })),
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

  for (const { name, text } of snippets) {
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

const inDocs = (name: string) => `docs/${name}.md`;

describe('Code to copy', () => {
  // Some 110 characters fit on the page of a desk. An address cannot be folded, and has the publisher's name in it.
  for (const file of ['README.md', ...['migrate', 'rotation', 'troubleshooting'].map(inDocs)]) {
    it(`fits without scrolling: ${file}`, () => {
      const blocks = [...read(file).matchAll(/^( *)```(?:yaml|diff|sh)\n(.*?)^\1```$/gms)];
      const lines = blocks.flatMap(([, , text = '']) => text.split('\n'));
      assert.ok(lines.length > 20);
      assert.deepEqual(
        lines.filter((line) => line.length > 80 && !line.includes('https://')),
        [],
      );
    });
  }
});

describe('Changes of a workflow', () => {
  const changes = [...read('docs/migrate.md').matchAll(/^```diff\n([\s\S]*?)^```$/gm)];

  for (const [number, [, change = '']] of changes.entries()) {
    it(`begin and end with a workflow: ${number + 1} of ${changes.length}`, () => {
      const [before, after] = (['-', '+'] as const).map((sign) => halfOf(change, sign));
      assert.ok(objects(parse(before ?? '')).length > 0);
      assert.doesNotMatch(before ?? '', /OWNER/);
      assert.match(after ?? '', /uses: OWNER\//);
      // A line that is neither would vanish from both.
      assert.doesNotMatch(change, /^[^ +-]/m);
    });
  }
});

/** The anchors of a document's headings, as GitHub makes them. */
function anchorsOf(file: string): string[] {
  return [...read(file).matchAll(/^#+ (.*)$/gm)].map(([, heading = '']) =>
    heading
      .replace(/\[([^\]]*)\]\([^)]*\)/g, '$1')
      .toLowerCase()
      .replace(/[^\p{L}\p{N}_ -]/gu, '')
      .replaceAll(' ', '-'),
  );
}

describe('Links within the repository', () => {
  for (const file of documents) {
    it(`lead somewhere: ${file}`, () => {
      for (const [, path, anchor] of read(file).matchAll(
        /\]\((?!https?:)([^)#]*)(?:#([^)]+))?\)/g,
      )) {
        const target = path ? join(dirname(file), path) : file;
        assert.ok(existsSync(join(root, target)), target);
        if (anchor !== undefined) {
          assert.ok(anchorsOf(target).includes(anchor), `${target}#${anchor}`);
        }
      }
      for (const [, path = ''] of read(file).matchAll(/ src(?:set)?="(?!https?:)([^"]*)"/g)) {
        assert.ok(existsSync(join(root, dirname(file), path)), path);
      }
    });
  }
});

describe('What is made from the code', () => {
  for (const [file, text] of Object.entries(generatedDocuments())) {
    it(`is as it would be made now: ${file}`, () => {
      assert.equal(read(file), text, 'run: npm run docs');
    });
  }

  it('has a section for every error code, and one for those that nobody knows', () => {
    const sections = anchorsOf('docs/troubleshooting.md');
    const codes = refusals.flatMap(({ answers }) => answers.map((answer) => answer.split(':')[0]));
    for (const code of [
      ...Object.keys(ownErrors()),
      ...codes,
      'http_503',
      'OAUTH_X',
      'brand_new',
    ]) {
      assert.ok(sections.includes(sectionOf(code ?? '')), code);
    }
    assert.equal(new Set(sections).size, sections.length, 'two sections have the same anchor');
    assert.deepEqual(
      ['timeout', 'invalid_grant', 'http_503', 'OAUTH_X', 'constructor', ''].map(sectionOf),
      [
        ...['timeout', 'invalid_grant', 'http_status', 'oauth_app_blocked'],
        ...['another-error-of-salesforce', 'another-error-of-salesforce'],
      ],
    );
    assert.deepEqual(
      [
        ...['INVALID_GRANT', 'app_not_found', 'oauth_flow_disabled', 'OAUTH_POLICY_NOT_FOUND'],
        ...['login_rate_exceeded', 'login rate exceeded', 'client_blocked_retry', 'use_dpop_nonce'],
      ].map(sectionOf),
      [
        ...['invalid_grant', 'app_not_found', 'oauth_flow_disabled', 'oauth_policy_not_found'],
        ...['login_rate_exceeded', 'rate_limit_exceeded', 'client_blocked_retry', 'use_dpop_nonce'],
      ],
    );
  });

  it('stands in the section of the code that it is about', () => {
    const document = read('docs/troubleshooting.md');
    const marked = document.split(/^#{2,3} /m).flatMap((section) => {
      const marks = [...section.matchAll(/^<!-- advice (\w+) -->$/gm)].map(([, code]) => code);
      const [heading = ''] = section.split('\n');
      assert.ok(marks.length <= 1, heading);
      return marks.map((code) => [heading, code]);
    });
    for (const [heading, code] of marked) {
      const own = { other: 'Another error of Salesforce', http: '`http_<status>`' };
      assert.equal(
        heading,
        Object.entries(own).find(([name]) => name === code)?.[1] ?? `\`${code}\``,
      );
    }
    const codes = refusals.flatMap(({ answers }) => answers.map((answer) => answer.split(':')[0]));
    assert.deepEqual(
      marked.map(([, code]) => code).sort(),
      [...new Set([...Object.keys(ownErrors()), ...codes, 'other', 'http'])].sort(),
    );
  });

  it('names only answers of Salesforce that lead to the explanation beside them', () => {
    for (const row of refusals) {
      for (const given of row.answers) {
        const answer = given.includes(':') ? given.toLowerCase() : `${given.toLowerCase()}: `;
        assert.equal(
          refusals.find(({ matches }) => matches.test(answer)),
          row,
          answer,
        );
      }
    }
  });
});

describe('Messages that troubleshooting quotes', () => {
  const source = globSync('src/**/*.ts', { cwd: root }).map(read).join('\n');

  for (const quoted of [
    ...['No credential arrived', 'Revoked the access token.', 'taking its place.', 'Waiting for'],
    ...['This was the first use of the stored token', 'This action needs Node 24', ', scopes: '],
    'Salesforce rotated the refresh token, and nothing keeps the new one',
  ]) {
    it(`are still printed: ${quoted}`, () => {
      assert.ok(read('docs/troubleshooting.md').includes(quoted));
      assert.ok(source.includes(quoted));
    });
  }
});

describe('action.yml', () => {
  it('declares every input and output that the action has, and no other', () => {
    const declared: unknown = parse(read('action.yml'));
    assert.deepEqual(Object.keys(Object(Object(declared)['inputs'])), [...inputNames]);
    assert.deepEqual(Object.keys(Object(Object(declared)['outputs'])), [...outputNames]);
    const [, listed = ''] = /<!-- inputs -->(.*)<!-- \/inputs -->/s.exec(read('README.md')) ?? [];
    const names = [...listed.matchAll(/^- `([\w-]+)`/gm)].map(([, name]) => name);
    assert.deepEqual(names, [...inputNames], 'an input stands in no group');
  });
});
