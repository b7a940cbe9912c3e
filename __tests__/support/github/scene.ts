import { Refusal } from './answers.ts';
import type { Conduct } from './conduct.ts';
import type { Age, Repository } from './repository.ts';
import type { Attempt } from './rules.ts';
import type { Token } from './tokens.ts';

/** What an endpoint looks at. */
export interface Scene {
  readonly repository: Repository;
  readonly token: Token | undefined;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  /** Path and query as sent, below the base address. */
  readonly url: string;
  readonly query: URLSearchParams;
  /** What stood in the path for `*`, decoded. */
  readonly parameter: string;
  /** What stood there for `:environment`; empty where the path is the repository's own. */
  readonly environment: string;
  /** How old what is read may be. */
  readonly age: Age;
  readonly conduct: Conduct;
  readonly addresses: Addresses;
  /** The time between reading a branch and moving it. */
  pass(): Promise<void>;
}

/** What the links in answers begin with. */
export interface Addresses {
  /** The API, without a slash at the end. */
  readonly api: string;
  /** The site, likewise. */
  readonly web: string;
}

export type Fields = Readonly<Record<string, unknown>>;

/** The members of a JSON body. Refuses one that is none (400), and missing members (422). */
export function readFields(body: string, required: readonly string[]): Fields {
  let parsed: unknown;
  try {
    parsed = JSON.parse(body);
  } catch {
    throw new Refusal(400, 'Problems parsing JSON');
  }
  if (!isObject(parsed)) throw new Refusal(400, 'Body should be a JSON object');
  const missing = required.filter((name) => parsed[name] === undefined);
  if (missing.length === 0) return parsed;
  const list = missing.map((name) => `"${name}"`).join(', ');
  const verb = missing.length === 1 ? "wasn't" : "weren't";
  throw new Refusal(422, `Invalid request.\n\n${list} ${verb} supplied.`);
}

/** A member that is text; `undefined` where there is none. Refuses anything else (422). */
export function textField(fields: Fields, name: string): string | undefined {
  const value = fields[name];
  if (value === undefined || typeof value === 'string') return value;
  const shown = JSON.stringify(value);
  throw new Refusal(422, `Invalid request.\n\nFor 'properties/${name}', ${shown} is not a string.`);
}

/** A member that has to be there as text; empty where `readFields` was told that it need not. */
export function requiredText(fields: Fields, name: string): string {
  return textField(fields, name) ?? '';
}

/** A member that is a list; empty where there is none. Refuses anything else (422). */
export function listField(fields: Fields, name: string): readonly unknown[] {
  const value = fields[name] ?? [];
  if (Array.isArray(value)) return value;
  const shown = JSON.stringify(value);
  throw new Refusal(422, `Invalid request.\n\nFor 'properties/${name}', ${shown} is not an array.`);
}

export function isObject(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** What the git data API says of a repository without a commit. */
export function refuseEmpty(repository: Repository): void {
  if (repository.empty) throw new Refusal(409, 'Git Repository is empty.');
}

export function attempt(
  { repository, token }: Scene,
  branch: string,
  rest: Pick<Attempt, 'change'> & Partial<Attempt>,
): Attempt {
  return {
    branch,
    isDefault: branch === repository.defaultBranch,
    token: token?.text ?? '',
    signed: false,
    fastForward: true,
    ...rest,
  };
}

/** A page of a list by `per_page` and `page`, and the header that leads to the next one. */
export function paginate<Item>(
  { query, url, addresses }: Scene,
  items: readonly Item[],
): { readonly page: readonly Item[]; readonly headers: Readonly<Record<string, string>> } {
  const size = Math.min(positive(query.get('per_page')) ?? 30, 100);
  const number = positive(query.get('page')) ?? 1;
  const page = items.slice((number - 1) * size, number * size);
  if (number * size >= items.length) return { page, headers: {} };
  const next = new URL(addresses.api + url);
  next.searchParams.set('page', String(number + 1));
  return { page, headers: { link: `<${next.href}>; rel="next"` } };
}

function positive(text: string | null): number | undefined {
  return text !== null && /^[1-9]\d*$/.test(text) ? Number(text) : undefined;
}
