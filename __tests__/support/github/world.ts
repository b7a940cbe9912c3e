import type { Clock } from './clock.ts';
import type { Conduct } from './conduct.ts';
import { Repository, type RepositoryOptions } from './repository.ts';
import type { Tokens } from './tokens.ts';

/** All that the server knows. */
export class World {
  readonly clock: Clock;
  readonly tokens: Tokens;
  readonly conduct: Conduct;
  /** By lower-case names, former ones too. */
  readonly #repositories = new Map<string, Repository>();
  #lastId = 600_000_000;

  constructor(clock: Clock, tokens: Tokens, conduct: Conduct) {
    this.clock = clock;
    this.tokens = tokens;
    this.conduct = conduct;
  }

  /** The repository; made where there is none yet, and then with these options. */
  repository(fullName: string, options: RepositoryOptions = {}): Repository {
    const existing = this.find(fullName);
    if (existing !== undefined) return existing;
    this.#lastId += 1;
    const repository = new Repository(fullName, this.#lastId, this.clock, options);
    this.#repositories.set(fullName.toLowerCase(), repository);
    return repository;
  }

  /** By its name or a former one. */
  find(fullName: string): Repository | undefined {
    return this.#repositories.get(fullName.toLowerCase());
  }

  findById(id: string): Repository | undefined {
    return [...this.#repositories.values()].find((repository) => String(repository.id) === id);
  }

  /** Gives a repository another name; requests for the old one are redirected. */
  rename(fullName: string, newName: string): void {
    const repository = this.repository(fullName);
    repository.setFullName(newName);
    this.#repositories.set(newName.toLowerCase(), repository);
  }

  /** From now on there is no such repository. */
  remove(fullName: string): void {
    this.#repositories.delete(fullName.toLowerCase());
  }
}
