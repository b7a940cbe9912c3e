import { element, picture, type Theme, text } from './svg.ts';

const size = { width: 560, height: 392 };
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
    ...box({ x: 196, y: 2, width: 168, height: 50 }, 'Salesforce', []),
    ...box({ x: 2, y: 134, width: 144, height: 84 }, 'Your secret', ['never changes']),
    ...box(
      { x: 196, y: 116, width: 168, height: 120 },
      'The step',
      ['checks the inputs,', 'refreshes, saves,', 'judges the answer'],
      theme.link,
    ),
    ...box(
      { x: 414, y: 134, width: 144, height: 84 },
      'Next steps',
      ['access token,', 'instance URL'],
      theme.good,
    ),
    ...box({ x: 172, y: 308, width: 216, height: 82 }, 'Token branch', [
      'current refresh token,',
      'encrypted with your secret',
    ]),
    ...box(
      { x: 428, y: 308, width: 130, height: 82 },
      'Red step',
      ['what happened,', 'what to do'],
      theme.bad,
    ),
    arrow('M147 176H192'),
    arrow('M365 176H410'),
    arrow('M250 115V56'),
    arrow('M310 53V112'),
    arrow('M250 307V240'),
    arrow('M310 237V304'),
    arrow('M365 222H396Q420 222 436 262L452 304', theme.bad),
    note(242, 90, 'refresh token', 'end'),
    note(318, 80, 'access token, and'),
    note(318, 98, 'a new refresh token'),
    note(242, 278, 'take', 'end'),
    note(318, 278, 'save first'),
  ]);
}
