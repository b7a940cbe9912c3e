import { createHash } from 'node:crypto';
import type { ServerResponse } from 'node:http';

const style = `:root{color-scheme:light dark}
body{font:1.1rem/1.6 system-ui,sans-serif;max-width:38rem;margin:15vh auto 0;padding:0 1.5rem}`;
/** Takes the code out of the address bar, and out of the entry that the browser goes back to. */
const script = "history.replaceState(null,'','/')";
const hash = (text: string) => `'sha256-${createHash('sha256').update(text).digest('base64')}'`;

/** Nothing of a page is kept, it loads nothing, and nobody learns where it came from. */
const headers = {
  'content-type': 'text/html; charset=utf-8',
  'content-security-policy': `default-src 'none'; style-src ${hash(style)}; script-src ${hash(script)}; img-src data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'`,
  'cache-control': 'no-store',
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff',
  connection: 'close',
};

/**
 * Shows a page of plain text in a browser, in its own colors, light or dark.
 * @param response where one is waited for
 * @returns when it is out, or nobody is there to see it
 */
export async function showPage(
  response: ServerResponse | undefined,
  status: number,
  title: string,
  lines: readonly string[],
): Promise<void> {
  const html = (text: string) => text.replace(/[&<>"']/g, (char) => `&#${char.charCodeAt(0)};`);
  if (response !== undefined && !response.destroyed && !response.req.socket.destroyed) {
    response.writeHead(status, headers).end(`<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>${title}</title><link rel="icon" href="data:,"><style>${style}</style><script>${script}</script></head>
<body><h1>${status === 200 ? '✅' : '❌'} ${title}</h1>
${lines.map((line) => `<p>${html(line)}</p>`).join('\n')}
</body></html>
`);
    // A response that waited for its turn on a connection hears nothing of that one's end on Node 20.
    await new Promise((resolve) => {
      response.once('close', resolve).req.socket.once('close', resolve);
    });
  }
}
