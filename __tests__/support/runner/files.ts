/** What is in a file of `NAME=value` and `NAME<<delimiter` entries. */
export interface KeyValueFile {
  /** In the order of the file, repetitions included. */
  readonly pairs: readonly (readonly [name: string, value: string])[];
  /** What is wrong with the entry after the last of `pairs`; reading ends there. */
  readonly problem?: string;
}

/** What ends a line in them: on Windows both forms, as the runner takes them there. */
const lineEnd = process.platform === 'win32' ? /\r?\n/ : /\n/;

/** Reads a file as GITHUB_OUTPUT, GITHUB_ENV and GITHUB_STATE name it, by the runner's rules. */
export function parseKeyValueFile(text: string, end = lineEnd): KeyValueFile {
  const lines = text.split(end);
  const pairs: [name: string, value: string][] = [];
  for (let at = 0; at < lines.length; at += 1) {
    const line = lines[at] ?? '';
    const equals = line.indexOf('=');
    const heredoc = line.indexOf('<<');
    if (line === '') {
      continue;
    }
    if (equals >= 0 && (heredoc < 0 || equals < heredoc)) {
      pairs.push([line.slice(0, equals), line.slice(equals + 1)]);
      continue;
    }
    if (heredoc < 0) {
      return { pairs, problem: `Invalid format '${line}'` };
    }
    const name = line.slice(0, heredoc);
    const delimiter = line.slice(heredoc + 2);
    if (name === '' || delimiter === '') {
      return { pairs, problem: `Invalid format '${line}'. Name and delimiter must not be empty` };
    }
    const last = lines.indexOf(delimiter, at + 1);
    if (last < 0) {
      return { pairs, problem: `Invalid value. Matching delimiter not found '${delimiter}'` };
    }
    pairs.push([name, lines.slice(at + 1, last).join('\n')]);
    at = last;
  }
  return { pairs };
}
