import { element, fold, mark, picture, type Theme, text } from './svg.ts';

const width = 600;
const characters = 65;
const lineHeight = 20;

/** A step as the page of a run shows it: its mark, its name, and its log. */
export function logPicture(log: string, green: boolean, theme: Theme): string {
  const lines = ['▸ Run OWNER/refresh-salesforce-token@v1', ...log.trimEnd().split('\n')];
  const firstError = lines.findIndex((line) => line.startsWith('Error: '));
  const rows = lines.flatMap((line, index) =>
    fold(line, characters).map((part, at) => ({
      part,
      number: at === 0 ? `${index + 1}` : '',
      head: index === firstError,
    })),
  );
  const bad = rows.findIndex(({ head }) => head);
  const height = 52 + rows.length * lineHeight + 10;
  const title = `A step that is ${green ? 'green' : 'red'}, with this log: ${log.trim()}`;
  return picture(
    { width, height },
    title,
    theme,
  )([
    element('rect', {
      ...{ x: 0.5, y: 0.5, width: width - 1, height: height - 1, rx: 6 },
      fill: theme.page,
      stroke: theme.border,
    }),
    element('path', { d: `M0 40.5H${width}`, stroke: theme.border }),
    mark(20, 20, green, theme),
    text(38, 25, 'Refresh the Salesforce access token', { class: 'b' }),
    ...(bad < 0
      ? []
      : [
          element('rect', {
            ...{ x: 1, y: 52 + bad * lineHeight, width: width - 2, fill: theme.badSubtle },
            height: (rows.length - bad) * lineHeight,
          }),
        ]),
    ...rows.flatMap(({ part, number, head }, index) => {
      const y = 67 + index * lineHeight;
      const gray = { class: 'm', style: `fill:${theme.muted}`, 'text-anchor': 'end' };
      return [
        ...(number === '' ? [] : [text(34, y, number, gray)]),
        text(46, y, part, { class: 'm', ...(head && { style: `fill:${theme.bad}` }) }),
      ];
    }),
  ]);
}
