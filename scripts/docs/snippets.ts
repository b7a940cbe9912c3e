/** A snippet of YAML in a document. */
export interface Snippet {
  /** To find it by: the file, and which snippet in it. */
  readonly name: string;
  readonly text: string;
}

/** The snippets of YAML in a document. */
export function snippetsOf(file: string, document: string): Snippet[] {
  return [...document.matchAll(/^( *)```yaml\n([\s\S]*?)^\1```$/gm)].map(
    ([, indent = '', text = ''], index) => ({
      name: `${file}, snippet ${index + 1}`,
      text: text.replace(new RegExp(`^${indent}`, 'gm'), ''),
    }),
  );
}

/** The workflow that a snippet is a part of: jobs, a job's members, or its steps, of which the first may be left out. */
export function asWorkflow({ text }: Snippet): string {
  if (/^jobs:$/m.test(text)) {
    return `on: push\n${text}`;
  }
  if (/^steps:$/m.test(text)) {
    return `on: push\njobs:\n  job:\n    runs-on: ubuntu-latest\n${text.replace(/^(?=.)/gm, '    ')}`;
  }
  const needed = /steps\.salesforce\./.test(text) && !/^ *-? *id: salesforce$/m.test(text);
  const steps = `${needed ? '- id: salesforce\n  uses: ./\n' : ''}${text}`;
  return `on: push\njobs:\n  job:\n    runs-on: ubuntu-latest\n    steps:\n${steps.replace(/^(?=.)/gm, '      ')}`;
}
