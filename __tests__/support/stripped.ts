const { execArgv } = process;
const at = execArgv.indexOf('--import');

/**
 * The options by which a process that this one starts gets its TypeScript stripped, where that was done
 * once for all of them (scripts/test/stripped.ts); else none.
 */
export const strippedTypes: readonly string[] = at < 0 ? [] : execArgv.slice(at, at + 2);
