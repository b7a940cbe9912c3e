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
 * Sets members of the object that stands at `path`; the others stay to the letter.
 *
 * @param text valid JSON with an object at `path`; a byte-order mark before it stays
 * @param path names of members, from the outermost object inwards
 * @param changes new values, as JSON values; a name that is not there yet is appended in the style of
 *   its neighbours
 */
export function setMembers(
  text: string,
  path: readonly string[],
  changes: Readonly<Record<string, unknown>>,
): string {
  let result = text;
  for (const [name, value] of Object.entries(changes)) {
    result = setMember(result, path, name, JSON.stringify(value));
  }
  return result;
}

function setMember(text: string, path: readonly string[], name: string, json: string): string {
  const members = membersOf(text, objectStart(text, path));
  // Of a name that stands twice the last one counts (ECMA-262, JSON.parse).
  const member = members.findLast((candidate) => candidate.name === name);
  if (member !== undefined) {
    return text.slice(0, member.valueStart) + json + text.slice(member.valueEnd);
  }
  const last = members.at(-1);
  if (last === undefined) {
    const start = objectStart(text, path) + 1;
    return `${text.slice(0, start)}${JSON.stringify(name)}:${json}${text.slice(start)}`;
  }
  const before = /\s*$/.exec(text.slice(0, last.nameStart))?.[0] ?? '';
  const colon = text.slice(last.nameEnd, last.valueStart);
  const added = `,${before}${JSON.stringify(name)}${colon}${json}`;
  return text.slice(0, last.valueEnd) + added + text.slice(last.valueEnd);
}

function objectStart(text: string, path: readonly string[]): number {
  let start = text.indexOf('{');
  for (const name of path) {
    const member = membersOf(text, start).findLast((candidate) => candidate.name === name);
    start = member?.valueStart ?? start;
  }
  return start;
}

/** The members of the object whose brace stands at `start`, in the order of the text. */
function membersOf(text: string, start: number): Member[] {
  const members: Member[] = [];
  const token = /"(?:[^"\\]|\\.)*"|[{}[\],:]|[^\s"{}[\],:]+/gy;
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

/**
 * Every text in a JSON value whose name says that it is secret, at any depth: `access_token`,
 * `refreshToken`, `client_secret`, `signature`, `sfdxAuthUrl`, `password`, …
 */
export function secretTexts(value: unknown): string[] {
  if (typeof value !== 'object' || value === null) {
    return [];
  }
  return Object.entries(value).flatMap(([name, member]: [string, unknown]) => {
    if (typeof member !== 'string') {
      return secretTexts(member);
    }
    return /(token|secret|signature|password|assertion|authurl|auth_url)$/i.test(name)
      ? [member]
      : [];
  });
}
