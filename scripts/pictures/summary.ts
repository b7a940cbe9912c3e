import { readSummary, type Span, textOf } from '../demo/summary.ts';
import { element, fold, mark, picture, type Theme, text } from './svg.ts';

const width = 600;
const column = 180;
const lineHeight = 21;
/** Of a letter of code, pixels. */
const letter = 8;

/** The summary of a run as its page shows it. */
export function summaryPicture(summary: string, theme: Theme): string {
  const { heading, rows } = readSummary(summary);
  const content: string[] = [];
  let y = 62;
  for (const { name, value } of rows) {
    const lines = linesOf(value);
    const height = 16 + lines.length * lineHeight;
    content.push(
      element('rect', {
        ...{ x: 16.5, y: y + 0.5, width: width - 33, height },
        fill: 'none',
        stroke: theme.border,
      }),
      text(28, y + 23, name, { class: 'b' }),
      ...lines.flatMap((line, index) => drawn(line, y + 23 + index * lineHeight, theme)),
    );
    y += height;
  }
  content.push(element('path', { d: `M${column}.5 62V${y}`, stroke: theme.border }));
  const size = { width, height: y + 18 };
  const told = rows.map(({ name, value }) => `${name}: ${textOf(value)}`).join('. ');
  return picture(
    size,
    `The summary of a run. ${heading}. ${told}`,
    theme,
  )([
    element('rect', {
      ...{ x: 0.5, y: 0.5, width: width - 1, height: size.height - 1, rx: 6 },
      fill: theme.page,
      stroke: theme.border,
    }),
    mark(26, 32, true, theme),
    text(44, 38, heading.replace(/^\W+ /u, ''), { class: 'b', style: 'font-size:17px' }),
    ...content,
  ]);
}

/** What fits in a line: pieces of code stand side by side, and other text is folded. */
function linesOf(value: readonly Span[]): Span[][] {
  if (value.every(({ kind, text }) => kind === 'code' || text.trim() === '')) {
    return [value.filter(({ kind }) => kind === 'code')];
  }
  const kind = value.some((span) => span.kind === 'link') ? 'link' : 'plain';
  return fold(textOf(value), 52).map((line) => [{ text: line, kind }]);
}

function drawn(line: readonly Span[], y: number, theme: Theme): string[] {
  let x = column + 12;
  return line.flatMap(({ text: content, kind }) => {
    if (kind !== 'code') {
      return [text(x, y, content, kind === 'link' ? { style: `fill:${theme.link}` } : {})];
    }
    const length = content.length * letter;
    const chip = { x, y: y - 15, width: length + 10, height: 21, rx: 5, fill: theme.subtle };
    // Fonts differ: the text has to fit in what is drawn around it.
    const fitted = { class: 'm', textLength: length, lengthAdjust: 'spacingAndGlyphs' };
    const piece = [element('rect', chip), text(x + 5, y, content, fitted)];
    x += length + 16;
    return piece;
  });
}
