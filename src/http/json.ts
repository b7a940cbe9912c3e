import { jsonType } from '../errors/text.ts';

/** A parsed JSON object whose members nobody has checked yet. */
export type JsonObject = Readonly<Record<string, unknown>>;

/** Parses text; undefined where it is no JSON. */
export function parseJson(text: string): unknown {
  try {
    const value: unknown = JSON.parse(text);
    return value;
  } catch {
    return undefined;
  }
}

/** Parses text; undefined where it is no JSON object. */
export function parseJsonObject(text: string): JsonObject | undefined {
  const value = parseJson(text);
  return isJsonObject(value) ? value : undefined;
}

/** A member of a parsed JSON value; undefined where the value is no object or has none of that name. */
export function memberOf(value: unknown, name: string): unknown {
  return isJsonObject(value) ? value[name] : undefined;
}

/** Whether a parsed JSON value is an object, and not `null` or an array. */
export function isJsonObject(value: unknown): value is JsonObject {
  return jsonType(value) === 'object';
}
