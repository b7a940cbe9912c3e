import { parse } from 'yaml';
import { isJsonObject } from '../../src/http/json.ts';

/**
 * The inputs, a list for each group: tables break names and are unreadable on a phone. Comments in
 * action.yml, which the runner doesn't read, say where a group begins (above an input) and when an input
 * is required (beside its name).
 */
export function inputLists(actionYml: string): string {
  const [, inputs = ''] = /^inputs:\n((?: .*\n|\n)*)/m.exec(actionYml) ?? [];
  const values = declared(actionYml, 'inputs');
  return inputs
    .split(/^ {2}# /m)
    .slice(1)
    .map((group) => {
      const [title = ''] = group.split('\n', 1);
      const names = [...group.matchAll(/^ {2}([\w-]+):(?: # (.*))?$/gm)];
      const items = names.map(([, name = '', required]) => {
        const { description, default: fallback } = values[name] ?? {};
        const usual = fallback === undefined ? '' : ` (default \`${String(fallback)}\`)`;
        const needed = required === undefined ? usual : ` (${required.replace(/^\w+/, '**$&**')})`;
        return `- \`${name}\`${needed}: ${String(description)}`;
      });
      return `### ${title}\n\n${items.join('\n')}`;
    })
    .join('\n\n');
}

/** The outputs, as a list. */
export function outputList(actionYml: string): string {
  return Object.entries(declared(actionYml, 'outputs'))
    .map(([name, { description }]) => `- \`${name}\`: ${String(description)}`)
    .join('\n');
}

type Declared = Readonly<Record<string, unknown>>;

function declared(
  actionYml: string,
  kind: 'inputs' | 'outputs',
): Readonly<Record<string, Declared>> {
  const document: unknown = parse(actionYml);
  const members = isJsonObject(document) ? document[kind] : undefined;
  return Object.fromEntries(
    Object.entries(isJsonObject(members) ? members : {}).map(([name, value]) => [
      name,
      isJsonObject(value) ? { ...value } : {},
    ]),
  );
}
