import { element, picture, type Theme, text } from './svg.ts';

const size = { width: 560, height: 320 };
const title =
  'How the step works. The stored secret, which never changes, goes into the step. The step checks the ' +
  'inputs, takes the current refresh token from the token branch, where it is kept encrypted with the ' +
  'secret, refreshes at Salesforce, saves the new refresh token on the branch, and judges the answer. ' +
  'A good one leaves as masked outputs for the next steps: access token and instance URL. Anything else ' +
  'ends in a red step that says what to do.';

interface Box {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

/** What goes into the step, what it asks for and keeps, and what comes out. */
export function overviewPicture(theme: Theme): string {
  const box = (at: Box, head: string, lines: readonly string[], stroke = theme.border) => {
    const middle = at.x + at.width / 2;
    const top = at.y + at.height / 2 - lines.length * 9.5;
    const center = { 'text-anchor': 'middle' };
    return [
      element('rect', { ...at, rx: 8, fill: theme.subtle, stroke, 'stroke-width': 1.5 }),
      text(middle, top + 5, head, { class: 'b', style: 'font-size:15px', ...center }),
      ...lines.map((line, index) => text(middle, top + 25 + index * 19, line, center)),
    ];
  };
  const arrow = (path: string, color = theme.muted) =>
    element('path', {
      ...{ d: path, fill: 'none', stroke: color, 'stroke-width': 2 },
      'marker-end': `url(#${color === theme.bad ? 'bad' : 'end'})`,
    });
  const head = (id: string, fill: string) =>
    element(
      'marker',
      { id, viewBox: '0 0 8 8', refX: 7, refY: 4, markerWidth: 5, markerHeight: 5, orient: 'auto' },
      element('path', { d: 'M0 0L8 4 0 8z', fill }),
    );
  const note = (x: number, y: number, content: string, anchor = 'start') =>
    text(x, y, content, { style: `fill:${theme.muted}`, 'text-anchor': anchor });
  return picture(
    size,
    title,
    theme,
  )([
    element('defs', {}, head('end', theme.muted) + head('bad', theme.bad)),
    ...box({ x: 196, y: 1, width: 168, height: 40 }, 'Salesforce', []),
    ...box({ x: 1, y: 108, width: 144, height: 72 }, 'Your secret', ['never changes']),
    ...box(
      { x: 196, y: 94, width: 168, height: 100 },
      'The step',
      ['checks the inputs,', 'refreshes, saves,', 'judges the answer'],
      theme.link,
    ),
    ...box(
      { x: 415, y: 108, width: 144, height: 72 },
      'Next steps',
      ['access token,', 'instance URL'],
      theme.good,
    ),
    ...box({ x: 172, y: 247, width: 216, height: 72 }, 'Token branch', [
      'current refresh token,',
      'encrypted with your secret',
    ]),
    ...box(
      { x: 429, y: 247, width: 130, height: 72 },
      'Red step',
      ['what happened,', 'what to do'],
      theme.bad,
    ),
    arrow('M146 144H192'),
    arrow('M365 144H411'),
    arrow('M250 93V45'),
    arrow('M310 42V90'),
    arrow('M250 246V198'),
    arrow('M310 195V243'),
    arrow('M365 184H400Q426 184 438 212L453 243', theme.bad),
    note(242, 72, 'refresh token', 'end'),
    note(318, 64, 'access token, and'),
    note(318, 82, 'a new refresh token'),
    note(242, 225, 'take', 'end'),
    note(318, 225, 'save first'),
  ]);
}
