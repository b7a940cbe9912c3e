/** A workflow command: `::name key=value,key=value::data`, or `##[name key=value;key=value]data`. */
export interface Command {
  /** In lower case. */
  readonly name: string;
  readonly properties: ReadonlyMap<string, string>;
  readonly data: string;
}

const dataEscapes = [
  ['%0D', '\r'],
  ['%0A', '\n'],
  ['%25', '%'],
] as const;
const propertyEscapes = [
  ['%0D', '\r'],
  ['%0A', '\n'],
  ['%3A', ':'],
  ['%2C', ','],
  ['%25', '%'],
] as const;
const oldEscapes = [
  ['%3B', ';'],
  ['%0D', '\r'],
  ['%0A', '\n'],
  ['%5D', ']'],
  ['%25', '%'],
] as const;

/**
 * Reads the command in a line, if there is one that `known` has (names in lower case). The form
 * with colons has to be at the line's start (spaces may precede it); the old form with brackets is
 * found anywhere.
 */
export function parseCommand(line: string, known: ReadonlySet<string>): Command | undefined {
  return parseNew(line, known) ?? parseOld(line, known);
}

function parseNew(line: string, known: ReadonlySet<string>): Command | undefined {
  const [, head, data] = /^\s*::(.*?)::(.*)$/s.exec(line) ?? [];
  if (head === undefined || data === undefined) {
    return undefined;
  }
  return build(head, known, ',', propertyEscapes, decode(data, dataEscapes));
}

function parseOld(line: string, known: ReadonlySet<string>): Command | undefined {
  const [, head, data] = /##\[(.*?)\](.*)$/s.exec(line) ?? [];
  if (head === undefined || data === undefined) {
    return undefined;
  }
  return build(head, known, ';', oldEscapes, decode(data, oldEscapes));
}

type Escapes = readonly (readonly [escaped: string, plain: string])[];

function build(
  head: string,
  known: ReadonlySet<string>,
  separator: string,
  escapes: Escapes,
  data: string,
): Command | undefined {
  const space = head.indexOf(' ');
  const name = (space < 0 ? head : head.slice(0, space)).toLowerCase();
  if (!known.has(name)) {
    return undefined;
  }
  const properties = new Map<string, string>();
  for (const property of space > 0
    ? head
        .slice(space + 1)
        .trim()
        .split(separator)
    : []) {
    const equals = property.indexOf('=');
    if (equals > 0 && equals < property.length - 1) {
      const key = property.slice(0, equals).toLowerCase();
      properties.set(key, decode(property.slice(equals + 1), escapes));
    }
  }
  return { name, properties, data };
}

function decode(text: string, escapes: Escapes): string {
  return escapes.reduce((result, [escaped, plain]) => result.replaceAll(escaped, plain), text);
}
