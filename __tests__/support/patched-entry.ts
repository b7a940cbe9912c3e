import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import type { TestContext } from 'node:test';
import { pathToFileURL } from 'node:url';

/**
 * An entry that starts the action on a machine whose file system is not what it is here. `code` may
 * change the functions of `fs`, the real ones of which are in `real`; `read(fd)` tells the path of an
 * open file.
 */
export function patchedEntry(t: TestContext, code: string): string {
  const folder = mkdtempSync(join(tmpdir(), 'patched-'));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  const action = resolve(
    import.meta.dirname,
    '..',
    '..',
    process.env['ACTION_ENTRY'] ?? 'dist/index.js',
  );
  const entry = join(folder, 'entry.mjs');
  writeFileSync(
    entry,
    `import fs from 'node:fs';
     import { syncBuiltinESMExports } from 'node:module';
     const real = { ...fs };
     const read = (fd) => real.readlinkSync('/proc/self/fd/' + fd);
     const fails = (code) => { throw Object.assign(new Error(code + ': made up'), { code }); };
     ${code}
     syncBuiltinESMExports();
     const { start } = await import(${JSON.stringify(pathToFileURL(action).href)});
     start?.();`,
  );
  return entry;
}
