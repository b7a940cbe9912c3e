import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { nodePackage } from '../tools.ts';

/** JSON that is an object. */
export type Json = Readonly<Record<string, unknown>>;

/** What is wrong with a value, in words; empty where nothing is. */
export type Validate = (value: unknown) => readonly string[];

/** One operation of GitHub's API as GitHub describes it. */
export interface Operation {
  /** As in the description: `/repos/{owner}/{repo}/contents/{path}`. */
  readonly path: string;
  readonly method: string;
  readonly parameters: readonly Parameter[];
  /** The schema of the JSON body, `undefined` where there is none. */
  readonly requestBody: Schema | undefined;
  readonly requestBodyRequired: boolean;
  /** By status. */
  readonly responses: ReadonlyMap<number, Response>;
}

export interface Parameter {
  readonly name: string;
  readonly in: string;
  readonly required: boolean;
  readonly schema: Schema;
}

export interface Response {
  /** By media type; empty for an answer without a body. */
  readonly content: ReadonlyMap<string, Schema>;
}

/** A schema with its validator, and the members it names, if it names any. */
export interface Schema {
  readonly type: unknown;
  readonly members: ReadonlySet<string> | undefined;
  readonly validate: Validate;
}

/** GitHub's published description of its REST API, fetched from npm on first use. */
export class Description {
  readonly #document: Json;
  readonly #compile: (schema: Json) => Validate;
  /** Compiled once: by the object in the document. */
  readonly #schemas = new Map<Json, Schema>();

  constructor(document: Json, compile: (schema: Json) => Validate) {
    this.#document = document;
    this.#compile = compile;
  }

  /** The operation for a path below the base address, without its query. */
  find(method: string, path: string): { operation: Operation; values: Json } | undefined {
    const candidates = Object.entries(object(this.#document['paths']))
      .map(([template, item]) => ({
        template,
        item: object(item),
        match: this.#match(template, object(item), path),
      }))
      .filter(({ item, match }) => match !== undefined && item[method.toLowerCase()] !== undefined)
      // The more of a path is literal, the better it fits.
      .sort((a, b) => literals(b.template) - literals(a.template));
    const [best] = candidates;
    if (best?.match === undefined) return undefined;
    const operation = this.#operation(
      best.template,
      method,
      object(best.item[method.toLowerCase()]),
    );
    return { operation, values: best.match };
  }

  /** The body that errors have where an operation says nothing of a status. */
  get basicError(): Schema {
    return this.#schema({ $ref: '#/components/schemas/basic-error' });
  }

  #match(template: string, item: Json, path: string): Json | undefined {
    const names: string[] = [];
    const expression = template.replace(/\{([^}]+)\}/g, (_, name: string) => {
      names.push(name);
      // The path of a repository's root is empty.
      return this.#isMultiSegment(item, name) ? '(.*)' : '([^/]+)';
    });
    const found = new RegExp(`^${expression}$`).exec(path);
    if (found === null) return undefined;
    const value = (index: number) => decodeURIComponent(found[index + 1] ?? '');
    return Object.fromEntries(names.map((name, index) => [name, value(index)]));
  }

  #isMultiSegment(item: Json, name: string): boolean {
    return Object.values(item)
      .filter(isObject)
      .flatMap((operation) => list(operation['parameters']))
      .map((parameter) => this.#resolve(object(parameter)))
      .some((parameter) => parameter['name'] === name && parameter['x-multi-segment'] === true);
  }

  #operation(path: string, method: string, described: Json): Operation {
    const body = this.#resolve(object(described['requestBody']));
    const schema = object(object(body['content'])['application/json'])['schema'];
    return {
      path,
      method,
      parameters: list(described['parameters']).map((it) => {
        const parameter = this.#resolve(object(it));
        return {
          name: String(parameter['name']),
          in: String(parameter['in']),
          required: parameter['required'] === true,
          schema: this.#schema(object(parameter['schema'])),
        };
      }),
      requestBody: schema === undefined ? undefined : this.#schema(object(schema)),
      requestBodyRequired: body['required'] === true,
      responses: new Map(
        Object.entries(object(described['responses'])).map(([status, it]) => [
          Number(status),
          { content: this.#content(this.#resolve(object(it))) },
        ]),
      ),
    };
  }

  #content(response: Json): Map<string, Schema> {
    const entries = Object.entries(object(response['content']));
    return new Map(entries.map(([type, it]) => [type, this.#schema(object(object(it)['schema']))]));
  }

  #schema(described: Json): Schema {
    const existing = this.#schemas.get(described);
    if (existing !== undefined) return existing;
    const schema: Schema = {
      type: this.#resolve(described)['type'],
      members: this.#members(described),
      validate: this.#compile(described),
    };
    this.#schemas.set(described, schema);
    return schema;
  }

  /** All members that a schema names, in any of its forms; `undefined` where one can have others. */
  #members(described: Json): Set<string> | undefined {
    const schema = this.#resolve(described);
    if (isObject(schema['additionalProperties'])) return undefined;
    const forms = ['allOf', 'anyOf', 'oneOf'].flatMap((key) => list(schema[key])).map(object);
    const names = Object.keys(object(schema['properties']));
    for (const form of forms.filter(({ type }) => type !== 'null')) {
      const more = this.#members(form);
      if (more === undefined) return undefined;
      names.push(...more);
    }
    return names.length === 0 ? undefined : new Set(names);
  }

  #resolve(value: Json): Json {
    const ref = value['$ref'];
    if (typeof ref !== 'string') return value;
    const found = ref
      .replace(/^#\//, '')
      .split('/')
      .map((name) => name.replaceAll('~1', '/').replaceAll('~0', '~'))
      .reduce((at: Json, name) => object(at[name]), this.#document);
    return this.#resolve(found);
  }
}

interface Ajv {
  addSchema(schema: Json, key: string): void;
  compile(schema: Json): {
    (value: unknown): boolean;
    errors?: readonly { instancePath: string; message?: string; params: unknown }[] | null;
  };
}

/** Reads the description, at the versions that this project has pinned; installs it where it is missing. */
export function loadDescription(): Description {
  const folder = nodePackage('@octokit/openapi', '23.0.2');
  const file = join(folder, '@octokit/openapi/generated/api.github.com.json');
  const parsed: unknown = JSON.parse(readFileSync(file, 'utf8'));
  const document = object(toJsonSchema(parsed));
  const ajv = createAjv();
  ajv.addSchema(document, 'github');
  return new Description(document, (schema) => {
    const inDocument = JSON.parse(
      JSON.stringify(schema).replaceAll('"$ref":"#', '"$ref":"github#'),
    );
    const validate = ajv.compile(inDocument);
    return (value) => {
      if (validate(value)) return [];
      return (validate.errors ?? []).map(({ instancePath, message = '', params }) =>
        `${instancePath || 'it'} ${message} ${JSON.stringify(params)}`.trim(),
      );
    };
  });
}

function createAjv(): Ajv {
  // What require() gives has no types here: the packages are no dependencies of this project.
  const ajv: { default: new (options: Json) => Ajv } = createRequire(
    join(nodePackage('ajv', '8.20.0'), 'x.js'),
  )('ajv');
  const formats: { default: (ajv: Ajv, options: Json) => void } = createRequire(
    join(nodePackage('ajv-formats', '3.0.1'), 'x.js'),
  )('ajv-formats');
  // OpenAPI's own words (example, discriminator, …) are none of JSON Schema.
  const made = new ajv.default({ strict: false, allErrors: true, logger: false });
  formats.default(made, { mode: 'full', keywords: false });
  return made;
}

/**
 * OpenAPI 3.0 schemas as JSON Schema: `nullable` becomes a form that is null. `oneOf` becomes `anyOf`:
 * GitHub lists forms that don't exclude each other, such as two kinds of errors of which each allows
 * the other.
 */
function toJsonSchema(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(toJsonSchema);
  if (!isObject(value)) return value;
  const entries = Object.entries(value)
    .filter(
      ([key, it]) =>
        key !== 'examples' && key !== 'discriminator' && !(key === 'nullable' && it === true),
    )
    .map(([key, it]) => [key === 'oneOf' && Array.isArray(it) ? 'anyOf' : key, toJsonSchema(it)]);
  const schema: Json = Object.fromEntries(entries);
  return value['nullable'] === true ? { anyOf: [{ type: 'null' }, schema] } : schema;
}

function literals(template: string): number {
  return template.replace(/\{[^}]+\}/g, '').length;
}

export function isObject(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function object(value: unknown): Json {
  return isObject(value) ? value : {};
}

function list(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}
