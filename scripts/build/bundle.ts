/**
 * How everything that is shipped is built: tsc compiles, Rollup bundles. Two steps, because no bundler can
 * load TypeScript 7 itself. Rollup leaves out what nothing uses, keeps comments, and adds no code of its own.
 */
import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join, relative, sep } from 'node:path';
import commonjs from '@rollup/plugin-commonjs';
import { nodeResolve } from '@rollup/plugin-node-resolve';
import { type OutputOptions, rollup } from 'rollup';

export const root = join(import.meta.dirname, '..', '..');

/**
 * Type-checks and compiles what a tsconfig names, into a folder that is emptied first. What comes out is
 * formatted as the source is: tsc knows one style alone, which is 6 % longer.
 */
export function compile(project: string, into: string): void {
  rmSync(into, { recursive: true, force: true });
  // tsc writes to stdout what is wrong; of formatting, nobody wants to know how many files there were.
  const tool = (bin: string, stdout: 'inherit' | 'ignore', ...args: string[]) =>
    execFileSync(process.execPath, [join(root, 'node_modules', bin), ...args], {
      cwd: root,
      stdio: ['ignore', stdout, 'inherit'],
    });
  tool('typescript/bin/tsc', 'inherit', '-p', project, '--outDir', into);
  tool('@biomejs/biome/bin/biome', 'ignore', 'format', '--write', '--vcs-enabled=false', into);
}

/** Bundles compiled entries, not minified, with the licences of the packages in them as `licenses.txt`. */
export async function bundle(
  entries: string[],
  options: OutputOptions & { readonly dir: string },
): Promise<void> {
  const bundled = await rollup({
    input: entries,
    // What is loaded on demand may take from an entry what that does not export otherwise.
    preserveEntrySignatures: 'allow-extension',
    plugins: [
      nodeResolve({ exportConditions: ['node'] }),
      // @ts-expect-error Its types are those of its CommonJS form, whose default is not callable.
      commonjs(),
      {
        name: 'main',
        // What `import.meta.main` is in CommonJS.
        resolveImportMeta: (property, { format }) =>
          property === 'main' && format === 'cjs' ? 'require.main === module' : null,
      },
      { name: 'ascii', renderChunk: asAscii },
    ],
    // Importing a package, or a part of Node, does nothing by itself.
    treeshake: {
      moduleSideEffects: (id, external) => !external && !id.includes(`${sep}node_modules${sep}`),
    },
    onwarn: ({ message }) => {
      throw new Error(message);
    },
  });
  const { output } = await bundled.write({
    format: 'es',
    generatedCode: { arrowFunctions: true, objectShorthand: true },
    minifyInternalExports: false,
    freeze: false,
    ...options,
  });
  const used = output.flatMap((part) =>
    part.type === 'chunk'
      ? Object.entries(part.modules).flatMap(([id, { renderedLength }]) =>
          renderedLength > 0 ? [relative(root, id.replace(/^\0/, ''))] : [],
        )
      : [],
  );
  const packages = used.flatMap((path) => /^node_modules\/(?:@[^/]+\/)?[^/]+/.exec(path) ?? []);
  const rule = `\n${'-'.repeat(80)}\n\n`;
  const licences = [...new Set(packages)].sort().map(licence);
  writeFileSync(join(options.dir, 'licenses.txt'), licences.join(rule));
}

/**
 * Characters beyond ASCII as escapes, which stand in texts and comments alone: a file with a single one in
 * it takes Node twice the memory, and several times as long to read.
 */
function asAscii(code: string): string {
  return code.replace(
    /[^\0-\x7f]/g,
    (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}

/** Name, version, licence and its text. A package without a licence text ends the build. */
function licence(folder: string): string {
  const path = join(root, folder);
  const about: unknown = JSON.parse(readFileSync(join(path, 'package.json'), 'utf8'));
  const { name, version, license } = Object(about);
  const file = readdirSync(path).find((entry) => /^licen[cs]e(?:\.|$)/i.test(entry));
  if (file === undefined) {
    throw new Error(`${folder} is bundled, but has no licence text`);
  }
  return `${name} ${version} (${license})\n\n${readFileSync(join(path, file), 'utf8').trim()}\n`;
}
