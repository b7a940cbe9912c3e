/** A piece of text in a job summary. */
export interface Span {
  readonly text: string;
  readonly kind: 'plain' | 'code' | 'link';
}

/** The summary of a run whose step was green: a heading and a table. */
export interface Summary {
  readonly heading: string;
  readonly rows: readonly { readonly name: string; readonly value: readonly Span[] }[];
}

/**
 * What GitHub shows of a summary that this action wrote.
 * @throws Error where it has no heading or no rows
 */
export function readSummary(markdown: string): Summary {
  const heading = /^#+ (.*)$/m.exec(markdown)?.[1];
  const cells = markdown.matchAll(/^<tr><th.*?>(.*)<\/th><td>(.*)<\/td><\/tr>$/gm);
  const rows = [...cells].map(([, name = '', value = '']) => ({
    name: plain(name),
    value: spansOf(value),
  }));
  if (heading === undefined || rows.length === 0) {
    throw new Error(`This is no summary of a green step: ${markdown}`);
  }
  return { heading, rows };
}

/** The text alone. */
export function textOf(spans: readonly Span[]): string {
  return spans.map(({ text }) => text).join('');
}

function spansOf(html: string): Span[] {
  const parts = html.matchAll(/<(code|a)(?: [^>]*)?>(.*?)<\/\1>|([^<]+)/g);
  return [...parts].map(([, tag, inner = '', text = '']) => ({
    text: plain(inner || text),
    kind: tag === 'code' ? 'code' : tag === 'a' ? 'link' : 'plain',
  }));
}

function plain(html: string): string {
  return html
    .replace(/<[^>]*>/g, '')
    .replace(/&#(\d+);/g, (_, code: string) => String.fromCharCode(Number(code)));
}
