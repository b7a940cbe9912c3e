// Not for coverage: it is about texts.

import assert from 'node:assert/strict';
import { globSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { describe, it } from 'node:test';
import { parse } from 'yaml';
import { isJsonObject } from '../../src/http/json.ts';

// GitHub shows no form that breaks its rules, and says so nowhere but on the page of the file. The rules:
// https://docs.github.com/en/communities/using-templates-to-encourage-useful-issues-and-pull-requests/syntax-for-githubs-form-schema

const folder = join(import.meta.dirname, '..', '..', '.github', 'ISSUE_TEMPLATE');
const read = (file: string): Record<string, unknown> =>
  // As GitHub reads them: there a bare `No` is no text.
  record(parse(readFileSync(join(folder, file), 'utf8'), { version: '1.1' }));
const forms = globSync('*.yml', { cwd: folder }).filter((file) => basename(file) !== 'config.yml');

/** What an element may say of itself, by its type; the first is what it has to say. */
const attributes: Readonly<Record<string, readonly string[]>> = {
  markdown: ['value'],
  textarea: ['label', 'description', 'placeholder', 'value', 'render'],
  input: ['label', 'description', 'placeholder', 'value'],
  dropdown: ['label', 'description', 'multiple', 'options', 'default'],
  checkboxes: ['label', 'description', 'options'],
};

function record(value: unknown): Record<string, unknown> {
  assert.ok(isJsonObject(value), 'no mapping');
  return { ...value };
}

function list(value: unknown): unknown[] {
  assert.ok(Array.isArray(value) && value.length > 0, 'no list, or an empty one');
  return value;
}

function assertText(value: unknown): void {
  assert.ok(typeof value === 'string' && value.trim() !== '', `no text: ${value}`);
}

function assertOnly(value: Readonly<Record<string, unknown>>, names: readonly string[]): void {
  for (const name of Object.keys(value)) {
    assert.ok(names.includes(name), `GitHub knows no \`${name}\` here`);
  }
}

function assertUnique(values: readonly unknown[]): void {
  assert.equal(new Set(values).size, values.length, `twice: ${values.join(', ')}`);
}

function assertElement(element: Readonly<Record<string, unknown>>): void {
  const type = String(element['type']);
  const known = attributes[type];
  assert.ok(known !== undefined, `an element of the type ${type}`);
  const told = record(element['attributes']);
  assertOnly(told, known);
  assertText(told[known[0] ?? '']);
  if (type === 'markdown') {
    assertOnly(element, ['type', 'attributes']);
    return;
  }
  assertOnly(element, ['type', 'id', 'attributes', 'validations']);
  assert.match(String(element['id']), /^[\w-]+$/);
  if (element['validations'] !== undefined) {
    assert.equal(typeof record(element['validations'])['required'], 'boolean');
  }
  if (type === 'dropdown') {
    const options = list(told['options']);
    options.forEach(assertText);
    assertUnique(options);
    assert.ok(!options.some((option) => String(option).toLowerCase() === 'none'), 'reserved: None');
  }
  if (type === 'checkboxes') {
    const options = list(told['options']).map(record);
    for (const option of options) {
      assertOnly(option, ['label', 'required']);
      assertText(option['label']);
    }
    assertUnique(options.map(({ label }) => label));
  }
}

describe('Issue forms', () => {
  it('are there', () => assert.deepEqual(forms.sort(), ['bug.yml', 'idea.yml']));

  for (const file of forms) {
    it(`keep the rules of GitHub: ${file}`, () => {
      const form = read(file);
      assertOnly(form, ['name', 'description', 'body', 'assignees', 'labels', 'title', 'type']);
      assertText(form['name']);
      assertText(form['description']);
      const body = list(form['body']).map(record);
      body.forEach(assertElement);
      const asked = body.filter(({ type }) => type !== 'markdown');
      assert.ok(asked.length > 0, 'nothing is asked');
      assertUnique(asked.map(({ id }) => id));
      assertUnique(asked.map((element) => record(element['attributes'])['label']));
    });
  }

  it('make whoever reports a bug look for tokens in what is pasted', () => {
    const body = list(read('bug.yml')['body']).map(record);
    const check = body.find(({ id }) => id === 'no-tokens');
    const [option] = list(record(check?.['attributes'])['options']).map(record);
    assert.equal(option?.['required'], true);
    assert.match(String(option?.['label']), /refresh token.*auth URL/);
  });

  it('stand beside links to what helps sooner, and to the security policy', () => {
    const config = read('config.yml');
    assertOnly(config, ['blank_issues_enabled', 'contact_links']);
    assert.equal(config['blank_issues_enabled'], false);
    const links = list(config['contact_links']).map(record);
    for (const link of links) {
      assert.deepEqual(Object.keys(link).sort(), ['about', 'name', 'url']);
      Object.values(link).forEach(assertText);
      assert.match(
        String(link['url']),
        /^https:\/\/github\.com\/[\w-]+\/refresh-salesforce-token\//,
      );
    }
    const urls = links.map(({ url }) => String(url)).join('\n');
    assert.match(urls, /docs\/troubleshooting\.md$/m);
    assert.match(urls, /security\/policy$/m);
  });
});
