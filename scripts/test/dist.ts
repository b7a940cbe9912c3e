import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { globSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

const root = join(import.meta.dirname, '..', '..');
const dist = join(root, 'dist');
/** Goes with node_modules/, which the build is made with. */
const stamp = join(root, 'node_modules', '.cache', 'dist-checked');

/** What the build is made from, the tools for it by the list of what npm has installed. */
const sources = [
  'src/**/*.ts',
  'stand-ins/**',
  'scripts/build.ts',
  'scripts/build/*.ts',
  'package.json',
  'tsconfig*.json',
  'node_modules/.package-lock.json',
];

/**
 * Compares dist/ with a clean build, file by file: a new or missing chunk counts too.
 *
 * @param trustLastBuild spares the build where neither dist/ nor anything that it is made from has
 *   changed since it was compared last
 * @returns what is wrong, if anything is
 */
export function checkDist({ trustLastBuild }: { trustLastBuild: boolean }): string | undefined {
  const now = fingerprint();
  if (trustLastBuild && now === lastFingerprint()) {
    return undefined;
  }
  const fresh = mkdtempSync(join(tmpdir(), 'dist-'));
  try {
    const script = join(root, 'scripts', 'build.ts');
    execFileSync(process.execPath, [script, fresh], { stdio: ['ignore', 'inherit', 'inherit'] });
    const [expected, actual] = [filesIn(fresh), filesIn(dist)];
    const differing = [...new Set([...expected.keys(), ...actual.keys()])].filter(
      (file) => expected.get(file) !== actual.get(file),
    );
    if (differing.length > 0) {
      return `dist/ does not match src/: ${differing.join(', ')}. Run: npm run build`;
    }
    mkdirSync(dirname(stamp), { recursive: true });
    writeFileSync(stamp, now);
    return undefined;
  } finally {
    rmSync(fresh, { recursive: true, force: true });
  }
}

/** The files in a folder, as text; one byte stands for one character. */
function filesIn(folder: string, ...patterns: string[]): Map<string, string> {
  const found = globSync(patterns.length > 0 ? patterns : '**', {
    cwd: folder,
    withFileTypes: true,
  });
  const paths = found
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name));
  return new Map(
    paths.sort().map((path) => [path.slice(folder.length + 1), readFileSync(path, 'latin1')]),
  );
}

function fingerprint(): string {
  const hash = createHash('sha256').update(process.version);
  for (const [file, text] of [...filesIn(root, ...sources), ...filesIn(root, 'dist/**')]) {
    hash.update(`${file}\0${text.length}\0${text}`);
  }
  return hash.digest('hex');
}

function lastFingerprint(): string | undefined {
  try {
    return readFileSync(stamp, 'utf8');
  } catch {
    return undefined;
  }
}
