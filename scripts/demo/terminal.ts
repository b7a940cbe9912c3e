import { type Block, blocksOf, type Span } from './summary.ts';

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
    const blocks = blocksOf(markdown);
    const names = blocks.map((block) => (block.kind === 'row' ? block.name.length : 0));
    return blocks.map((block) => this.#block(block, Math.max(...names))).join('\n');
  }

  #block(block: Block, column: number): string {
    switch (block.kind) {
      case 'heading':
        return `    ${this.paint('bold', block.text)}\n`;
      case 'row': {
        const indent = 4 + column + 2;
        const value = this.fold(textOf(block.value), indent).trimStart();
        return `    ${this.paint('bold', block.name.padEnd(column))}  ${value}`;
      }
      case 'paragraph':
        return `${block.lines.map((line) => this.fold(textOf(line))).join('\n')}\n`;
      case 'copy':
        return this.fold(block.text.replace(/^/gm, '  '));
    }
  }
}

function textOf(spans: readonly Span[]): string {
  return spans.map(({ text }) => text).join('');
}

/** A line folded between its words. */
export function folded(line: string, width: number): string[] {
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
