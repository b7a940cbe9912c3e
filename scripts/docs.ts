/**
 * The parts of the documents that are made from the code, so that they can't drift from it: inputs and
 * outputs, recipes, what to do about each error, and the table of faults.
 * Usage: npm run docs
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { markdownTable } from '../__tests__/support/rotation-table.ts';
import { inputLists, outputList } from './docs/action-yml.ts';
import { adviceOn, codesOf, signingIn } from './docs/troubleshooting.ts';

const root = join(import.meta.dirname, '..');
const read = (file: string) => readFileSync(join(root, file), 'utf8');

/** What stands between `<!-- name -->` and `<!-- /name -->`, by the first word of the name. */
const generators: Readonly<Record<string, (argument: string, document: string) => string>> = {
  inputs: () => inputLists(read('action.yml')),
  outputs: () => outputList(read('action.yml')),
  faults: () => markdownTable().trim(),
  advice: adviceOn,
  codes: (_, document) => codesOf(document),
  signin: signingIn,
  job: (file) => yamlBlock(jobsOf(read(`examples/${file}`))),
  steps: (file) => yamlBlock(stepsAfterAction(read(`examples/${file}`))),
};

/** Every generated document as it should be, by its path. */
export function generatedDocuments(): Readonly<Record<string, string>> {
  return {
    'README.md': filled(read('README.md')),
    'docs/rotation.md': filled(read('docs/rotation.md')),
    'docs/troubleshooting.md': filled(read('docs/troubleshooting.md')),
  };
}

function filled(document: string): string {
  return document.replace(
    /^<!-- (\w+)(?: (\S+))? -->\n[\s\S]*?^<!-- \/\1 -->$/gm,
    (_, name: string, argument = '') => {
      const generate = generators[name];
      if (generate === undefined) {
        throw new Error(`Nothing generates what stands between <!-- ${name} --> marks.`);
      }
      const mark = [name, argument].join(' ').trim();
      return `<!-- ${mark} -->\n${generate(String(argument), document)}\n<!-- /${name} -->`;
    },
  );
}

function yamlBlock(text: string): string {
  return `\`\`\`yaml\n${text.trimEnd()}\n\`\`\``;
}

function jobsOf(workflow: string): string {
  return workflow.slice(workflow.search(/^jobs:$/m));
}

/** The steps below the one that uses the action, as they would stand under `steps:`. */
function stepsAfterAction(workflow: string): string {
  const [, after = ''] = /uses: OWNER\/.*\n(?: {8}.*\n)*([\s\S]*)$/.exec(workflow) ?? [];
  return after.replace(/^ {6}/gm, '').replace(/ # zizmor: .*$/gm, '');
}

if (import.meta.filename === process.argv[1]) {
  for (const [file, text] of Object.entries(generatedDocuments())) {
    writeFileSync(join(root, file), text);
  }
}
