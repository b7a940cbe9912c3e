/** A piece of text in a job summary. */
export interface Span {
  readonly text: string;
  readonly kind: 'plain' | 'bold' | 'code' | 'link';
}

/** A part of a job summary, from top to bottom. */
export type Block =
  | { readonly kind: 'heading'; readonly text: string }
  | { readonly kind: 'row'; readonly name: string; readonly value: readonly Span[] }
  | { readonly kind: 'paragraph'; readonly lines: readonly (readonly Span[])[] }
  | { readonly kind: 'copy'; readonly text: string };

/** What GitHub shows of a job summary of this action: a heading, and the HTML in which it is written. */
export function blocksOf(summary: string): Block[] {
  return summary.split('\n').flatMap((line): Block[] => {
    const heading = /^#+ (.*)$/.exec(line)?.[1];
    if (heading !== undefined) {
      return [{ kind: 'heading', text: heading }];
    }
    const [, tag, content = ''] = /^<(tr|p|pre)>(.*)<\/\1>$/.exec(line) ?? [];
    if (tag === 'tr') {
      const [, name = '', value = ''] = /^<th.*?>(.*)<\/th><td>(.*)<\/td>$/.exec(content) ?? [];
      return [{ kind: 'row', name: plain(name), value: spansOf(value) }];
    }
    if (tag === 'p') {
      return [{ kind: 'paragraph', lines: content.split('<br>').map(spansOf) }];
    }
    return tag === 'pre' ? [{ kind: 'copy', text: plain(content) }] : [];
  });
}

const kinds = { b: 'bold', code: 'code', a: 'link' } as const;

function spansOf(html: string): Span[] {
  const parts = html.matchAll(/<(b|code|a)(?: [^>]*)?>(.*?)<\/\1>|([^<]+)/g);
  return [...parts].map(([, tag, inner = '', text = '']) => ({
    text: plain(inner || text),
    kind: tag === 'b' || tag === 'code' || tag === 'a' ? kinds[tag] : 'plain',
  }));
}

function plain(html: string): string {
  return html
    .replace(/<[^>]*>/g, '')
    .replace(/&#(\d+);/g, (_, code: string) => String.fromCharCode(Number(code)));
}
