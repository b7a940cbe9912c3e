import { randomBytes } from 'node:crypto';
import type { Clock } from './clock.ts';
import { createKeyPair, type KeyPair, type PublicKey } from './sealed-box.ts';
import { Shelf } from './shelf.ts';

/** When a variable or secret placed by a test was made; both default to the server's now. */
export interface Times {
  readonly createdAt?: Date;
  readonly updatedAt?: Date;
}

/** Secrets and variables of an environment, a repository or an organisation, for tests to set and see. */
export class Holder {
  readonly clock: Clock;
  readonly secrets: Shelf<Uint8Array>;
  readonly variables: Shelf<string>;

  constructor(clock: Clock) {
    this.clock = clock;
    this.secrets = new Shelf(clock);
    this.variables = new Shelf(clock);
  }

  /** Puts a secret there (text as UTF-8), past every check and every lag. */
  setSecret(name: string, value: string | Uint8Array, times: Times = {}): void {
    const bytes = typeof value === 'string' ? Buffer.from(value, 'utf8') : value;
    this.secrets.place(name, bytes, ...this.#instants(times));
  }

  /** The secret's plaintext as UTF-8 text, or `undefined` where there is none. */
  secret(name: string): string | undefined {
    const bytes = this.secretBytes(name);
    return bytes === undefined ? undefined : Buffer.from(bytes).toString('utf8');
  }

  /** The secret's plaintext to the byte, or `undefined` where there is none. */
  secretBytes(name: string): Uint8Array | undefined {
    return this.secrets.read(name)?.value;
  }

  /** Every plaintext that the secret ever had as UTF-8 text, oldest first. */
  secretHistory(name: string): string[] {
    return this.secrets.history(name).map((bytes) => Buffer.from(bytes).toString('utf8'));
  }

  /** Upper case, sorted. */
  get secretNames(): string[] {
    return this.secrets.list().map((entry) => entry.name);
  }

  deleteSecret(name: string): void {
    this.secrets.clear(name);
  }

  /** Puts a variable there, past every check and every lag. */
  setVariable(name: string, value: string, times: Times = {}): void {
    this.variables.place(name, value, ...this.#instants(times));
  }

  /** The variable's value, or `undefined` where there is none. */
  variable(name: string): string | undefined {
    return this.variables.read(name)?.value;
  }

  /** Every value that the variable ever had, oldest first. */
  variableHistory(name: string): string[] {
    return this.variables.history(name);
  }

  /** Upper case, sorted. */
  get variableNames(): string[] {
    return this.variables.list().map((entry) => entry.name);
  }

  deleteVariable(name: string): void {
    this.variables.clear(name);
  }

  #instants(times: Times): [createdAt: number, updatedAt: number] {
    const createdAt = times.createdAt?.getTime() ?? this.clock.now();
    return [createdAt, times.updatedAt?.getTime() ?? createdAt];
  }
}

/** A deployment environment. */
export class Environment extends Holder {
  /** As it was created; requests may write it in another case. */
  readonly name: string;
  readonly repository: Repository;
  readonly id: number;
  /** Milliseconds since 1970 by the server's clock. */
  readonly madeAt: number;
  #keyPair: KeyPair;

  constructor(name: string, repository: Repository, id: number) {
    super(repository.clock);
    this.name = name;
    this.repository = repository;
    this.id = id;
    this.madeAt = this.clock.now();
    this.#keyPair = createKeyPair();
  }

  get publicKey(): PublicKey {
    return this.#keyPair.publicKey;
  }

  /** The path of the environment below the API's base address. */
  get path(): string {
    return `/repos/${this.repository.fullName}/environments/${encodeURIComponent(this.name)}`;
  }

  /** From now on boxes for the old key are refused with 422. */
  rotateKey(): void {
    this.#keyPair = createKeyPair();
  }

  /** The plaintext of a sealed box, or `undefined` for another key id or a box that won't open. */
  open(keyId: string, box: Uint8Array): Uint8Array | undefined {
    return keyId === this.#keyPair.publicKey.key_id ? this.#keyPair.open(box) : undefined;
  }
}

/** A repository; private until told otherwise. Its own secrets are those of the repository level. */
export class Repository extends Holder {
  /** `owner/name`, as it was created; requests may write it in another case. */
  readonly fullName: string;
  readonly owner: string;
  readonly id: number;
  private = true;
  readonly #environments = new Map<string, Environment>();

  constructor(fullName: string, id: number, clock: Clock) {
    super(clock);
    const [owner = '', name = '', ...rest] = fullName.split('/');
    if (owner === '' || name === '' || rest.length > 0) {
      throw new Error(`A repository is written owner/name, not ${fullName}`);
    }
    this.fullName = fullName;
    this.owner = owner;
    this.id = id;
  }

  /** The environment of that name, made on first use. */
  environment(name: string): Environment {
    const existing = this.findEnvironment(name);
    if (existing !== undefined) return existing;
    const environment = new Environment(name, this, this.id * 1000 + this.#environments.size + 1);
    this.#environments.set(name.toLowerCase(), environment);
    return environment;
  }

  findEnvironment(name: string): Environment | undefined {
    return this.#environments.get(name.toLowerCase());
  }

  deleteEnvironment(name: string): void {
    this.#environments.delete(name.toLowerCase());
  }
}

export type Access = 'none' | 'read' | 'write';

/** What a token may be used for; a permission that is not named is `none`. */
export interface Permissions {
  /** Environment secrets and variables: this permission alone is enough for both. */
  readonly environments?: Access;
  /** Secrets of the repository, and those that its organisation shares with it. */
  readonly secrets?: Access;
  /** Variables of the repository, and those that its organisation shares with it. */
  readonly variables?: Access;
  /** Environments themselves (`GET …/environments/{name}`), not what they hold. */
  readonly actions?: Access;
}

export interface TokenOptions extends Permissions {
  /** Default `app`: the installation token of a GitHub App. */
  readonly kind?: 'app' | 'fine-grained' | 'GITHUB_TOKEN';
  /** `owner/name`s that the token was made for; default: every repository. */
  readonly repositories?: readonly string[];
  /** By the server's clock. Default: never. */
  readonly expiresAt?: Date;
}

/** A token as the server knows it. */
export interface Token {
  readonly text: string;
  readonly kind: 'app' | 'fine-grained' | 'GITHUB_TOKEN';
  readonly permissions: Required<Permissions>;
  /** Lower case `owner/name`s, or `undefined` for every repository. */
  readonly repositories: ReadonlySet<string> | undefined;
  /** Milliseconds since 1970, or infinite. */
  readonly expiresAt: number;
}

/** Makes a token; its text has the prefix and length of the real ones. */
export function createToken(options: TokenOptions): Token {
  const kind = options.kind ?? 'app';
  if (kind === 'GITHUB_TOKEN' && (options.environments ?? 'none') !== 'none') {
    // A workflow has no `permissions:` key for environments, so a test that asks for one is wrong.
    throw new Error("GITHUB_TOKEN can't be given access to environments");
  }
  return {
    text: kind === 'fine-grained' ? `github_pat_${letters(82)}` : `ghs_${letters(36)}`,
    kind,
    permissions: {
      environments: options.environments ?? 'none',
      secrets: options.secrets ?? 'none',
      variables: options.variables ?? 'none',
      actions: options.actions ?? 'none',
    },
    repositories:
      options.repositories && new Set(options.repositories.map((name) => name.toLowerCase())),
    expiresAt: options.expiresAt?.getTime() ?? Number.POSITIVE_INFINITY,
  };
}

function letters(length: number): string {
  const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789';
  return Array.from(randomBytes(length), (byte) => alphabet[byte % alphabet.length]).join('');
}

/** All that the server knows. Names of repositories and organisations are case-insensitive. */
export class State {
  readonly clock: Clock;
  readonly #repositories = new Map<string, Repository>();
  readonly #organizations = new Map<string, Holder>();
  readonly #tokens = new Map<string, Token>();

  constructor(clock: Clock) {
    this.clock = clock;
  }

  repository(fullName: string): Repository {
    const existing = this.findRepository(fullName);
    if (existing !== undefined) return existing;
    const repository = new Repository(fullName, 1001 + this.#repositories.size, this.clock);
    this.#repositories.set(fullName.toLowerCase(), repository);
    return repository;
  }

  findRepository(fullName: string): Repository | undefined {
    return this.#repositories.get(fullName.toLowerCase());
  }

  findRepositoryById(id: string): Repository | undefined {
    return [...this.#repositories.values()].find((repository) => String(repository.id) === id);
  }

  organization(name: string): Holder {
    const existing = this.#organizations.get(name.toLowerCase());
    if (existing !== undefined) return existing;
    const organization = new Holder(this.clock);
    this.#organizations.set(name.toLowerCase(), organization);
    return organization;
  }

  addToken(token: Token): void {
    this.#tokens.set(token.text, token);
  }

  removeToken(text: string): void {
    this.#tokens.delete(text);
  }

  /** The token, or `undefined` where it is unknown, revoked or expired. */
  findToken(text: string): Token | undefined {
    const token = this.#tokens.get(text);
    return token !== undefined && token.expiresAt > this.clock.now() ? token : undefined;
  }
}
