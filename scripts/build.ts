/**
 * Builds dist/ from src/: type check and compile with tsc, bundle with Rollup, nothing minified, the
 * licences of what is bundled beside it.
 * Usage: node scripts/build.ts [folder]   (default: dist)
 */
import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { GetModuleInfo } from 'rollup';
import { bundle, compile, root } from './build/bundle.ts';

const target = process.argv[2] ?? join(root, 'dist');
const compiled = join(root, 'build', 'action');
/** What the runner starts. */
const entries = ['index.js', 'post.js'].map((name) => join(compiled, name));

/**
 * The files of dist/, each with the module that it is loaded for; what one has before is not in those after
 * it. What every run needs is in the entry: Node takes half a millisecond for a second file.
 */
const parts = [
  ['index', 'index.js'],
  ['proxy-tunnel', 'http/tunnel.js'],
  ['trace', 'trace.js'],
  ['failures', 'salesforce/after-failures.js'],
  ['failures', 'tell-failure.js'],
  ['failures', 'http/repeat.js'],
  ['failures', 'runner/missing-input.js'],
  ['end-of-job', 'post-step.js'],
  ['auth-url', 'credential/auth-url.js'],
  ['org-checks', 'salesforce/checks.js'],
  ['summary', 'summary.js'],
  ['token-file', 'token-file-input.js'],
  ['token-file', 'keeping/token-file.js'],
  ['token-branch', 'keeping/token-branch/keeper.js'],
  ['token-branch', 'keeping/token-branch/unsaved.js'],
  ['token-branch', 'token-branch-inputs.js'],
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
  return parts.find(([, module]) => closureOf(join(compiled, module), getModuleInfo).has(id))?.[0];
}

rmSync(target, { recursive: true, force: true });
compile('tsconfig.build.json', compiled);
await bundle(entries, {
  dir: target,
  // Node starts CommonJS faster: `import` reads every export of a part of itself, and loads for that
  // what nothing here needs (the promises of fs, webcrypto, undici).
  format: 'cjs',
  // A part of Node that is taken whole is taken as it is, rather than as a copy of each member.
  interop: (id) => (id?.startsWith('node:') ? 'esModule' : 'default'),
  chunkFileNames: '[name].js',
  manualChunks: (id, { getModuleInfo }) => partOf(id, getModuleInfo),
  hoistTransitiveImports: false,
});
writeFileSync(join(target, 'package.json'), '{\n  "type": "commonjs"\n}\n');
