/**
 * Builds dist/ from src/: type check and compile with tsc, bundle with Rollup, nothing minified, the
 * licences of what is bundled beside it.
 * Usage: node scripts/build.ts [folder]   (default: dist)
 *
 * Two steps, because no bundler can load TypeScript 7 itself. Rollup leaves out what nothing uses, keeps
 * comments, and adds no code of its own.
 */
import { execFileSync } from 'node:child_process';
import { copyFileSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join, relative, sep } from 'node:path';
import commonjs from '@rollup/plugin-commonjs';
import { nodeResolve } from '@rollup/plugin-node-resolve';
import { type GetModuleInfo, rollup } from 'rollup';

const root = join(import.meta.dirname, '..');
const target = process.argv[2] ?? join(root, 'dist');
const compiled = join(root, 'build');

/**
 * The files of dist/ beside the entries, each with the module that it is loaded for; what one has before
 * is not in those after it. The entry itself stays alone: a file that is loaded on demand must not wait
 * for it, and it waits for the step.
 */
const parts = [
  // First, since @actions/core imports its package too, for what is left out here.
  ['proxy-tunnel', 'http/tunnel.js'],
  ['action', 'index.js'],
  ['save-unsaved', 'keeping/token-branch/unsaved.js'],
  ['token-branch', 'keeping/token-branch/keeper.js'],
] as const;

/** All that a module imports, and what that imports in turn, but for what is loaded on demand. */
function closureOf(
  id: string,
  getModuleInfo: GetModuleInfo,
  seen = new Set<string>(),
): Set<string> {
  if (!seen.has(id)) {
    seen.add(id);
    for (const imported of getModuleInfo(id)?.importedIds ?? []) {
      closureOf(imported, getModuleInfo, seen);
    }
  }
  return seen;
}

function partOf(id: string, getModuleInfo: GetModuleInfo): string | undefined {
  const entry = join(compiled, 'index.js');
  const part = parts.find(([, module]) => closureOf(join(compiled, module), getModuleInfo).has(id));
  return id === entry ? undefined : part?.[0];
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

rmSync(compiled, { recursive: true, force: true });
rmSync(target, { recursive: true, force: true });
execFileSync(
  process.execPath,
  [join(root, 'node_modules/typescript/bin/tsc'), '-p', 'tsconfig.build.json'],
  { cwd: root, stdio: ['ignore', 'inherit', 'inherit'] },
);
const bundle = await rollup({
  input: join(compiled, 'index.js'),
  plugins: [
    nodeResolve({ exportConditions: ['node'] }),
    // @ts-expect-error Its types are those of its CommonJS form, whose default is not callable.
    commonjs(),
  ],
  // Importing a package, or a part of Node, does nothing by itself.
  treeshake: {
    moduleSideEffects: (id, external) => !external && !id.includes(`${sep}node_modules${sep}`),
  },
  onwarn: (warning) => {
    // @actions/core is compiled for an older JavaScript, and imports itself in a circle.
    if (warning.code !== 'THIS_IS_UNDEFINED' && warning.code !== 'CIRCULAR_DEPENDENCY') {
      throw new Error(warning.message);
    }
  },
});
const { output } = await bundle.write({
  dir: target,
  format: 'es',
  chunkFileNames: '[name].js',
  manualChunks: (id, { getModuleInfo }) => partOf(id, getModuleInfo),
  hoistTransitiveImports: false,
  minifyInternalExports: false,
});
copyFileSync(join(compiled, 'post.js'), join(target, 'post.js'));
writeFileSync(join(target, 'package.json'), '{\n  "type": "module"\n}\n');
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
writeFileSync(join(target, 'licenses.txt'), licences.join(rule));
