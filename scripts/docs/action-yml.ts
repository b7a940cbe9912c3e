import { parse } from 'yaml';
import { isJsonObject } from '../../src/http/json.ts';

/**
 * The inputs, a table for each group. Comments in action.yml, which the runner doesn't read, say where a
 * group begins (above an input) and when an input is required (beside its name).
 */
export function inputTables(actionYml: string): string {
  const [, inputs = ''] = /^inputs:\n((?: .*\n|\n)*)/m.exec(actionYml) ?? [];
  const values = declared(actionYml, 'inputs');
  return inputs
    .split(/^ {2}# /m)
    .slice(1)
    .map((group) => {
      const [title = ''] = group.split('\n', 1);
      const names = [...group.matchAll(/^ {2}([\w-]+):(?: # (.*))?$/gm)];
      const rows = names.map(([, name = '', required]) => {
        const { description, default: fallback } = values[name] ?? {};
        const usual = fallback === undefined ? '' : code(fallback);
        return [code(name), String(description), required?.replace(/^\w+/, '**$&**') ?? usual];
      });
      return `### ${title}\n\n${table(['Input', 'What it is', 'Default'], rows)}`;
    })
    .join('\n\n');
}

/** The outputs as one table. */
export function outputTable(actionYml: string): string {
  const rows = Object.entries(declared(actionYml, 'outputs')).map(([name, { description }]) => [
    code(name),
    String(description),
  ]);
  return table(['Output', 'What it is'], rows);
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

function code(value: unknown): string {
  return `\`${String(value)}\``;
}

function table(heads: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) =>
    `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`;
  return [line(heads), line(heads.map(() => '---')), ...rows.map(line)].join('\n');
}
