import type { JsonObject } from '../http/json.ts';

/** What a token response is for; these are taken whatever else comes. */
const essential: ReadonlySet<string> = new Set(['access_token', 'refresh_token', 'instance_url']);

/** Real answers have up to 25 fields in 4 KiB: what is far beyond that is not for keeping. */
const mostOthers = 64;
const mostBytes = 64 * 1024;

/**
 * The fields of an answer that a token file takes over, in their order: at most 64, 64 KiB in all as
 * JSON, beside the tokens and the instance URL. So no answer makes the file grow without end.
 */
export function fieldsToKeep(answer: JsonObject): JsonObject {
  let others = 0;
  let bytes = 0;
  return Object.fromEntries(
    Object.entries(answer).filter(([name, value]) => {
      if (essential.has(name)) {
        return true;
      }
      const size = Buffer.byteLength(name) + sizeOf(value);
      if (others >= mostOthers || bytes + size > mostBytes) {
        return false;
      }
      others += 1;
      bytes += size;
      return true;
    }),
  );
}

/** Bytes of a value as JSON. */
function sizeOf(value: unknown): number {
  try {
    return Buffer.byteLength(JSON.stringify(value));
  } catch {
    // Nested too deep to be written, though it could be read.
    return Number.POSITIVE_INFINITY;
  }
}
