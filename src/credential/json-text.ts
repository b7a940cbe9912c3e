/**
 * Edits JSON as text, so that everything else in it stays as it was: key order (JavaScript's objects
 * sort keys that look like numbers), unknown members, numbers' digits, indentation.
 */

interface Member {
  readonly name: string;
  /** Where the name starts, at its quotation mark. */
  readonly nameStart: number;
  readonly nameEnd: number;
  readonly valueStart: number;
  readonly valueEnd: number;
}

/**
 * Sets members of an object; the others stay to the letter.
 * It reads and writes the text once: what a server sends must not cost quadratic time.
 *
 * @param text a valid JSON object; a byte-order mark before it stays
 * @param changes new values, as JSON values; a name that is not there yet is appended in the style of
 *   its neighbours
 */
export function setMembers(text: string, changes: Readonly<Record<string, unknown>>): string {
  const start = text.indexOf('{');
  const members = membersOf(text, start);
  // Of a name that stands twice the last one counts (ECMA-262, JSON.parse), here as there.
  const known = new Map(members.map((member) => [member.name, member]));
  const entries = Object.entries(changes);
  const edits = entries
    .flatMap(([name, value]) => {
      const { valueStart, valueEnd } = known.get(name) ?? {};
      return valueStart === undefined ? [] : [{ valueStart, valueEnd, value }];
    })
    .sort((a, b) => a.valueStart - b.valueStart);
  let result = '';
  let done = 0;
  for (const { valueStart, valueEnd = valueStart, value } of edits) {
    result += text.slice(done, valueStart) + JSON.stringify(value);
    done = valueEnd;
  }
  const added = appended(
    text,
    members.at(-1),
    entries.filter(([name]) => !known.has(name)),
  );
  const end = members.at(-1)?.valueEnd ?? start + 1;
  return result + text.slice(done, end) + added + text.slice(end);
}

/** New members, in the style of the one that they come after. */
function appended(
  text: string,
  last: Member | undefined,
  entries: readonly (readonly [name: string, value: unknown])[],
): string {
  const before = last === undefined ? '' : blankBefore(text, last.nameStart);
  const colon = last === undefined ? ':' : colonBetween(text, last.nameEnd, last.valueStart);
  const added = entries.map(
    ([name, value]) => `${before}${JSON.stringify(name)}${colon}${JSON.stringify(value)}`,
  );
  return (last === undefined || added.length === 0 ? '' : ',') + added.join(',');
}

/** More white space than this is nobody's style, and repeated before every member it would add up. */
const longestBlank = 200;

/** The white space that ends at `end`. Not `/\s*$/`, which takes quadratic time over long blanks. */
function blankBefore(text: string, end: number): string {
  let start = end;
  while (end - start <= longestBlank && /\s/.test(text.charAt(start - 1))) {
    start -= 1;
  }
  return end - start > longestBlank ? '' : text.slice(start, end);
}

function colonBetween(text: string, start: number, end: number): string {
  return end - start > longestBlank ? ':' : text.slice(start, end);
}

/** The members of the object whose brace stands at `start`, in the order of the text. */
function membersOf(text: string, start: number): Member[] {
  const members: Member[] = [];
  const token = /"[^"\\]*(?:\\.[^"\\]*)*"|[{}[\],:]|[^\s"{}[\],:]+/gy;
  const blank = /\s*/gy;
  let position = start + 1;
  let depth = 0;
  let name: { text: string; start: number; end: number } | undefined;
  let value: { start: number; end: number } | undefined;
  for (;;) {
    blank.lastIndex = position;
    blank.test(text);
    token.lastIndex = Math.max(position, blank.lastIndex);
    const found = token.exec(text)?.[0];
    if (found === undefined) {
      return members;
    }
    const at = token.lastIndex - found.length;
    position = token.lastIndex;
    if (depth === 0 && (found === ',' || found === '}')) {
      if (name !== undefined && value !== undefined) {
        members.push({
          name: name.text,
          nameStart: name.start,
          nameEnd: name.end,
          valueStart: value.start,
          valueEnd: value.end,
        });
      }
      name = undefined;
      value = undefined;
      if (found === '}') {
        return members;
      }
    } else if (depth === 0 && name === undefined) {
      const parsed: unknown = JSON.parse(found);
      name = { text: String(parsed), start: at, end: position };
    } else if (!(depth === 0 && found === ':')) {
      value = { start: value?.start ?? at, end: position };
      depth += found === '{' || found === '[' ? 1 : found === '}' || found === ']' ? -1 : 0;
    }
  }
}
