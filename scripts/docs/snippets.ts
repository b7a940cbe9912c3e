/** A snippet of YAML in a document. */
export interface Snippet {
  /** To find it by: the file, and which snippet in it. */
  readonly name: string;
  readonly text: string;
}

/** The snippets of YAML in a document; of one that shows a change, what comes out of it. */
export function snippetsOf(file: string, document: string): Snippet[] {
  return [...document.matchAll(/^( *)```(yaml|diff)\n([\s\S]*?)^\1```$/gm)].map(
    ([, indent = '', kind, block = ''], index) => {
      const text = block.replace(new RegExp(`^${indent}`, 'gm'), '');
      const name = `${file}, snippet ${index + 1}`;
      return { name, text: kind === 'diff' ? halfOf(text, '+') : text };
    },
  );
}

/** What a change takes away (`-`) or makes (`+`), each with what stays around it. */
export function halfOf(change: string, sign: '-' | '+'): string {
  return change
    .split('\n')
    .filter((line) => line === '' || line.startsWith(' ') || line.startsWith(sign))
    .map((line) => line.slice(1))
    .join('\n');
}

/**
 * The workflow that a snippet is, or is a part of: jobs, members of a job, inputs of the action, or steps, of which
 * the first may be left out.
 */
export function asWorkflow({ text }: Snippet): string {
  if (/^jobs:$/m.test(text)) {
    return /^on:/m.test(text) ? text : `on: push\n${text}`;
  }
  if (/^steps:$/m.test(text)) {
    return jobOf(text);
  }
  if (/^(concurrency|env|if):/.test(text)) {
    return jobOf(`${text}steps:\n  - run: 'true'\n`);
  }
  if (/^[a-z-]+:/.test(text)) {
    return jobOf(`steps:\n  - uses: ./\n    with:\n${indented(text, 6)}`);
  }
  const needed = /steps\.salesforce\./.test(text) && !/^ *-? *id: salesforce\b/m.test(text);
  const steps = `${needed ? '- id: salesforce\n  uses: ./\n' : ''}${text}`;
  return jobOf(`steps:\n${indented(steps, 2)}`);
}

function jobOf(members: string): string {
  return `on: push\njobs:\n  job:\n    runs-on: ubuntu-latest\n${indented(members, 4)}`;
}

function indented(text: string, by: number): string {
  return text.replace(/^(?=.)/gm, ' '.repeat(by));
}
