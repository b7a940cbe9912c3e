import { readSummary, textOf } from './summary.ts';

const styles = { bold: '1', dim: '2', red: '31', green: '32', cyan: '36' } as const;

/** How texts are put on a terminal of so many columns, with colors or without. */
export class Terminal {
  readonly #columns: number;
  readonly #colors: boolean;

  constructor(columns: number, colors: boolean) {
    this.#columns = Math.min(columns, 120);
    this.#colors = colors;
  }

  paint(style: keyof typeof styles, text: string): string {
    return this.#colors ? `\x1b[${styles[style]}m${text}\x1b[0m` : text;
  }

  /** Text folded between words; lines that are indented are commands, and stay as they are. */
  fold(text: string, indent = 4): string {
    const width = this.#columns - indent;
    return text
      .split('\n')
      .flatMap((line) => (line.startsWith('  ') ? [line] : folded(line, width)))
      .map((line) => ' '.repeat(indent) + line)
      .join('\n');
  }

  /** A log as the page of a run shows it: errors in red. */
  log(text: string): string {
    return this.fold(text.trimEnd()).replace(/^ *Error: .*$/gm, (line) => this.paint('red', line));
  }

  /** A job summary as the page of a run shows it. */
  summary(markdown: string): string {
    const { heading, rows } = readSummary(markdown);
    const column = Math.max(...rows.map(({ name }) => name.length));
    const lines = rows.map(({ name, value }) => {
      const folded = this.fold(textOf(value), 4 + column + 2).trimStart();
      return `    ${this.paint('bold', name.padEnd(column))}  ${folded}`;
    });
    return [`    ${this.paint('bold', heading)}`, '', ...lines].join('\n');
  }
}

/** A line folded between its words. */
function folded(line: string, width: number): string[] {
  const lines = [''];
  for (const word of line.split(' ')) {
    const last = lines.at(-1) ?? '';
    if (last !== '' && last.length + 1 + word.length > width) {
      lines.push(word);
    } else {
      lines[lines.length - 1] = last === '' ? word : `${last} ${word}`;
    }
  }
  return lines;
}
