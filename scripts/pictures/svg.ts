/** The colors of GitHub's pages, so that a picture looks as if it were a part of them. */
export interface Theme {
  readonly page: string;
  readonly text: string;
  readonly muted: string;
  readonly border: string;
  readonly subtle: string;
  readonly link: string;
  readonly good: string;
  readonly bad: string;
  readonly badSubtle: string;
}

export const themes: Readonly<Record<'light' | 'dark', Theme>> = {
  light: {
    page: '#ffffff',
    text: '#1f2328',
    muted: '#59636e',
    border: '#d1d9e0',
    subtle: '#f6f8fa',
    link: '#0969da',
    good: '#1a7f37',
    bad: '#d1242f',
    badSubtle: '#ffebe9',
  },
  dark: {
    page: '#0d1117',
    text: '#f0f6fc',
    muted: '#9198a1',
    border: '#3d444d',
    subtle: '#151b23',
    link: '#4493f8',
    good: '#3fb950',
    bad: '#f85149',
    badSubtle: '#301417',
  },
};

// A picture within a page can load nothing: it has the fonts that the reader's machine has.
const sans = "-apple-system,'Segoe UI','Noto Sans',Helvetica,Arial,sans-serif";
const mono = "ui-monospace,SFMono-Regular,'SF Mono',Menlo,Consolas,'Liberation Mono',monospace";

export type Attributes = Readonly<Record<string, string | number>>;

/** An element; `content` is SVG already. */
export function element(name: string, attributes: Attributes, content = ''): string {
  const given = Object.entries(attributes).map(
    ([key, value]) => ` ${key}="${escaped(`${value}`)}"`,
  );
  return `<${name}${given.join('')}${content === '' ? '/>' : `>${content}</${name}>`}`;
}

/** A line of text; its class says in which font: `m` monospaced, `b` bold. */
export function text(x: number, y: number, content: string, attributes: Attributes = {}): string {
  return element('text', { x, y, ...attributes }, escaped(content));
}

/** A check mark or a cross in a disk. */
export function mark(x: number, y: number, green: boolean, { good, bad, page }: Theme): string {
  const stroke = { fill: 'none', stroke: page, 'stroke-width': 2 };
  const path = green ? `M${x - 4} ${y}l3 3 5-6` : `M${x - 3} ${y - 3}l6 6m0-6l-6 6`;
  return [
    element('circle', { cx: x, cy: y, r: 8, fill: green ? good : bad }),
    element('path', { d: path, ...stroke }),
  ].join('\n');
}

/** A whole picture: `title` is what is read out where it can't be seen. */
export function picture(size: { width: number; height: number }, title: string, theme: Theme) {
  const { width, height } = size;
  const style = [
    `text{font:14px ${sans};fill:${theme.text};white-space:pre}`,
    `.m{font-family:${mono};font-size:13.5px}`,
    '.b{font-weight:600}',
  ].join('');
  return (content: readonly string[]) =>
    `${element(
      'svg',
      {
        xmlns: 'http://www.w3.org/2000/svg',
        width,
        height,
        viewBox: `0 0 ${width} ${height}`,
        role: 'img',
      },
      ['', element('title', {}, escaped(title)), element('style', {}, style), ...content, ''].join(
        '\n',
      ),
    )}\n`;
}

function escaped(content: string): string {
  return content.replace(/[&<>"]/g, (character) => `&#${character.charCodeAt(0)};`);
}

/** Text folded into lines of so many characters, between its words where it can be. */
export function fold(line: string, width: number): string[] {
  const lines: string[] = [];
  let rest = line;
  while (rest.length > width) {
    const space = rest.lastIndexOf(' ', width);
    const end = rest.slice(0, Math.max(space, 0)).trim() === '' ? width : space;
    lines.push(rest.slice(0, end));
    rest = rest.slice(end).replace(/^ /, '');
  }
  return [...lines, rest];
}
