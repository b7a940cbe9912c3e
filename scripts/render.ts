/**
 * The documents as people see them on GitHub, as pictures in build/render/: on a desk (1012 px) and on
 * a phone (500 px), light and dark. It also says which pictures don't load, and which lines of code
 * don't fit without scrolling. Documents are a part of the product, and Markdown that reads well in
 * an editor can be unreadable there.
 * Usage: npm run render [-- README.md docs/rotation.md]
 *
 * It takes a Chrome or Chromium that is there; the rest is fetched on demand.
 */
import { globSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { type Page, startBrowser } from '../__tests__/support/chrome.ts';
import { nodePackage, realChrome } from './tools.ts';

const root = join(import.meta.dirname, '..');
const out = join(root, 'build', 'render');
const widths = [1012, 500];
const schemes = ['light', 'dark'] as const;
/** Pixels of a page that go into one picture: more would be scaled down by whoever looks. */
const slice = 1500;

const asset = (name: string, version: string, path: string) =>
  pathToFileURL(join(nodePackage(name, version), name, path)).href;
const marked = asset('marked', '18.2.1', 'lib/marked.umd.js');
const styles = asset('github-markdown-css', '5.9.0', 'github-markdown.css');
const mermaid = asset('mermaid', '12.3.0', 'dist/mermaid.min.js');

/** The page that shows a document: it is turned into HTML in the browser. */
function pageOf(file: string): string {
  const text = JSON.stringify(readFileSync(join(root, file), 'utf8')).replaceAll('<', '\\u003c');
  return `<!doctype html><meta charset="utf-8">
<base href="${pathToFileURL(join(root, dirname(file))).href}/">
<link rel="stylesheet" href="${styles}">
<style>
  body { margin: 0; background: var(--bgColor-default); }
  article { padding: 32px; } @media (max-width: 767px) { article { padding: 24px 16px; } }
</style>
<article class="markdown-body"></article>
<script src="${marked}"></script><script src="${mermaid}"></script>
<script type="module">
  const article = document.querySelector('article');
  article.innerHTML = marked.parse(${text});
  for (const quote of document.querySelectorAll('blockquote')) {
    const kind = /^\\s*\\[!(NOTE|TIP|IMPORTANT|WARNING|CAUTION)\\]/.exec(quote.textContent)?.[1];
    if (kind === undefined) continue;
    quote.outerHTML = \`<div class="markdown-alert markdown-alert-\${kind.toLowerCase()}">
      <p class="markdown-alert-title">\${kind[0]}\${kind.slice(1).toLowerCase()}</p>
      \${quote.innerHTML.replace(/\\[!\\w+\\]/, '')}</div>\`;
  }
  const theme = matchMedia('(prefers-color-scheme: dark)').matches ? 'dark' : 'default';
  mermaid.initialize({ startOnLoad: false, theme });
  for (const code of document.querySelectorAll('code.language-mermaid')) {
    code.parentElement.outerHTML = \`<pre class="mermaid">\${code.innerHTML}</pre>\`;
  }
  await mermaid.run();
  document.title = 'ready';
</script>`;
}

/** What a reader stumbles over: pictures that are missing, code that is cut off. */
const troubles = `[
  ...[...document.images]
    .filter((image) => image.naturalWidth === 0 && !image.src.startsWith('https:'))
    .map((image) => 'no picture: ' + image.getAttribute('src')),
  ...[...document.querySelectorAll('pre:not(.mermaid)')].flatMap((pre) => {
    const over = pre.scrollWidth - pre.clientWidth;
    const longest = pre.innerText.split('\\n').sort((a, b) => b.length - a.length)[0];
    return over > 0 ? [over + ' px cut off: ' + longest.trim()] : [];
  }),
]`;

async function shoot(page: Page, file: string): Promise<void> {
  const name = file.replace(/\.md$/, '').replaceAll('/', '-');
  const html = join(out, `${name}.html`);
  writeFileSync(html, pageOf(file));
  for (const width of widths) {
    for (const scheme of schemes) {
      await page.setViewport({ width, height: 1000 });
      await page.emulateMediaFeatures([{ name: 'prefers-color-scheme', value: scheme }]);
      await page.goto(pathToFileURL(html).href);
      await page.waitForFunction("document.title === 'ready'");
      const height = Number(await page.evaluate('document.documentElement.scrollHeight'));
      for (let y = 0, part = 1; y < height; y += slice, part += 1) {
        await page.screenshot({
          path: join(out, `${name}-${width}-${scheme}-${part}.png`),
          clip: { x: 0, y, width, height: Math.min(slice, height - y) },
          captureBeyondViewport: true,
        });
      }
      if (scheme === 'light') {
        const found: unknown = await page.evaluate(troubles);
        const lines = Array.isArray(found) ? found.map((line) => `\n  ${String(line)}`) : [];
        console.log(`${file} at ${width} px: ${height} px high${lines.join('')}`);
      }
    }
  }
}

const chosen = process.argv.slice(2);
const files = chosen.length > 0 ? chosen : globSync(['*.md', 'docs/*.md'], { cwd: root }).sort();
if (chosen.length === 0) {
  rmSync(out, { recursive: true, force: true });
}
mkdirSync(out, { recursive: true });
const browser = await startBrowser(realChrome());
try {
  const page = await browser.newPage();
  for (const file of files) {
    await shoot(page, file);
  }
} finally {
  await browser.close();
}
console.log(`The pictures are in ${out}`);
