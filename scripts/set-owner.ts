/**
 * Puts the name of whoever publishes the action in place of the placeholder, once and everywhere: texts,
 * examples, tests, workflows, and dist/ by building it anew.
 * Usage: npm run set-owner -- NAME     (the user or organisation that has the repository on GitHub)
 *        npm run set-owner -- --check  ends non-zero where the placeholder is left: the release asks that
 */
import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** In parts, for this file is searched as well. */
export const placeholder = ['OWN', 'ER'].join('');

/** As a word of its own: not in the name of the file CODEOWNERS, nor in a variable such as `REPO_OWNER`. */
const pattern = new RegExp(`\\b${placeholder}\\b`, 'g');

/** Where the placeholder is left: `file:line`, in the files that git knows. */
export function placesLeft(root: string): string[] {
  return textsOf(root).flatMap(({ file, text }) =>
    text
      .split('\n')
      .flatMap((line, index) => (line.search(pattern) >= 0 ? [`${file}:${index + 1}`] : [])),
  );
}

/**
 * Puts the name in place of the placeholder, in all files that git knows.
 *
 * @throws Error where GitHub would not take such a name
 */
export function setOwner(root: string, name: string): void {
  if (!/^[a-z\d](?:-?[a-z\d]){0,38}$/i.test(name)) {
    throw new Error(`Not the name of a user or organisation on GitHub: ${JSON.stringify(name)}`);
  }
  for (const { file, text } of textsOf(root)) {
    const filled = text.replace(pattern, name);
    if (filled !== text) {
      writeFileSync(join(root, file), filled);
    }
  }
}

function textsOf(root: string): { readonly file: string; readonly text: string }[] {
  const files = execFileSync('git', ['ls-files', '-z'], { cwd: root, encoding: 'utf8' });
  return files
    .split('\0')
    .filter((file) => file !== '')
    .map((file) => ({ file, text: readFileSync(join(root, file), 'utf8') }))
    .filter(({ text }) => !text.includes('\0'));
}

function main(root: string, argument: string | undefined): void {
  if (argument === '--check') {
    const left = placesLeft(root);
    if (left.length > 0) {
      console.error(
        `The placeholder ${placeholder} is left in ${left.length} places: ${left.join(', ')}\nRun: npm run set-owner -- NAME`,
      );
      process.exitCode = 1;
    }
    return;
  }
  if (argument === undefined) {
    console.error('Usage: npm run set-owner -- NAME, or --check');
    process.exitCode = 1;
    return;
  }
  setOwner(root, argument);
  // Lines have another length now, and what is made from the texts says the placeholder still.
  const run = (...args: string[]) =>
    execFileSync(process.execPath, args, { cwd: root, stdio: 'inherit' });
  run('node_modules/@biomejs/biome/bin/biome', 'check', '--write', '.');
  run('scripts/build.ts');
  run('scripts/docs.ts');
  run('scripts/pictures.ts');
}

if (import.meta.filename === process.argv[1]) {
  main(join(import.meta.dirname, '..'), process.argv[2]);
}
