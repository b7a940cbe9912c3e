import { jsonType } from '../errors/text.ts';

/** A parsed JSON object whose members nobody has checked yet. */
export type JsonObject = Readonly<Record<string, unknown>>;

/** Parses text; undefined where it is no JSON object. */
export function parseJsonObject(body: string): JsonObject | undefined {
  try {
    const value: unknown = JSON.parse(body);
    return isJsonObject(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

/** Whether a parsed JSON value is an object, and not `null` or an array. */
export function isJsonObject(value: unknown): value is JsonObject {
  return jsonType(value) === 'object';
}
