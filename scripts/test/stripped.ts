/**
 * Strips the types of all TypeScript here once, into a folder: Node does it in each process anew, which
 * takes longer than most tests. Usage: node scripts/test/stripped.ts <folder>
 *
 * The folder then also has
 *
 * - `hook.mjs`, to be imported before everything else: it gives Node the stripped text under the address
 *   of the TypeScript. Blanks stand in for the types, so positions, and with them coverage, are the same.
 * - `index.mjs` and `post.mjs`, which start src/ as the scripts of the same name in dist/ do.
 */
import { globSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { stripTypeScriptTypes } from 'node:module';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';

const root = join(import.meta.dirname, '..', '..');
const rootUrl = pathToFileURL(join(root, '/')).href;

const folder = process.argv[2] ?? '';

for (const file of globSync('{src,sign-in,__tests__,scripts}/**/*.ts', { cwd: root })) {
  const target = join(folder, file);
  mkdirSync(dirname(target), { recursive: true });
  writeFileSync(target, stripTypeScriptTypes(readFileSync(join(root, file), 'utf8')));
}
writeFileSync(
  join(folder, 'hook.mjs'),
  `import { readFileSync } from 'node:fs';
   import { registerHooks } from 'node:module';
   const root = ${JSON.stringify(rootUrl)};
   const typeScript = /^(src|sign-in|__tests__|scripts)\\/.*\\.ts$/;
   registerHooks({
     load(url, context, next) {
       const path = url.startsWith(root) ? url.slice(root.length) : '';
       if (!typeScript.test(path)) {
         return next(url, context);
       }
       const source = readFileSync(new URL(path, import.meta.url));
       return { format: 'module', shortCircuit: true, source };
     },
   });`,
);
for (const stage of ['index', 'post']) {
  const entry = JSON.stringify(`${rootUrl}src/${stage}.ts`);
  writeFileSync(
    join(folder, `${stage}.mjs`),
    `import './hook.mjs';\nconst { start } = await import(${entry});\nstart?.();\n`,
  );
}
