import type { Clock } from './clock.ts';

/** One secret or variable. Times are milliseconds since 1970 by the server's clock. */
export interface Entry<Value> {
  /** Upper case. */
  readonly name: string;
  readonly value: Value;
  readonly createdAt: number;
  readonly updatedAt: number;
}

interface Version<Value> {
  readonly entry: Entry<Value> | undefined;
  /** From when on a read with lag sees this version. */
  readonly since: number;
}

/**
 * Secrets or variables of one owner: names are case-insensitive and kept in upper case. Every
 * version is kept, so that a read can be answered from an older state, and a test can see what
 * was there in between.
 */
export class Shelf<Value> {
  readonly #clock: Clock;
  readonly #versions = new Map<string, Version<Value>[]>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** The entry as of now, or as of `lag` milliseconds ago. */
  read(name: string, lag = 0): Entry<Value> | undefined {
    const versions = this.#versions.get(name.toUpperCase()) ?? [];
    const asOf = this.#clock.now() - lag;
    return versions.findLast((version) => version.since <= asOf)?.entry;
  }

  /** All entries by name, as of now or as of `lag` milliseconds ago. */
  list(lag = 0): Entry<Value>[] {
    return [...this.#versions.keys()]
      .sort()
      .map((name) => this.read(name, lag))
      .filter((entry) => entry !== undefined);
  }

  /** Every value that the name ever had, oldest first; a deletion leaves no mark. */
  history(name: string): Value[] {
    const versions = this.#versions.get(name.toUpperCase()) ?? [];
    return versions.map((version) => version.entry?.value).filter((value) => value !== undefined);
  }

  /** Creates or updates; an update keeps `createdAt`. Gives what it was. */
  write(name: string, value: Value): 'created' | 'updated' {
    const now = this.#clock.now();
    const existing = this.read(name);
    const createdAt = existing?.createdAt ?? now;
    this.#add({ name: name.toUpperCase(), value, createdAt, updatedAt: now }, now);
    return existing === undefined ? 'created' : 'updated';
  }

  /** Puts an entry there as a test wants it: seen at once by reads with lag too. */
  place(name: string, value: Value, createdAt: number, updatedAt: number): void {
    const entry = { name: name.toUpperCase(), value, createdAt, updatedAt };
    this.#add(entry, Number.NEGATIVE_INFINITY);
  }

  /** Gives an entry another name and keeps its `createdAt`. */
  rename(entry: Entry<Value>, name: string, value: Value): void {
    const now = this.#clock.now();
    this.remove(entry.name);
    this.#add({ name: name.toUpperCase(), value, createdAt: entry.createdAt, updatedAt: now }, now);
  }

  /** Whether there was something to remove. */
  remove(name: string): boolean {
    const key = name.toUpperCase();
    if (this.read(key) === undefined) return false;
    this.#versions.get(key)?.push({ entry: undefined, since: this.#clock.now() });
    return true;
  }

  /** Removes as a test wants it: reads with lag no longer see it either. */
  clear(name: string): void {
    const version = { entry: undefined, since: Number.NEGATIVE_INFINITY };
    this.#versions.get(name.toUpperCase())?.push(version);
  }

  #add(entry: Entry<Value>, since: number): void {
    const versions = this.#versions.get(entry.name) ?? [];
    versions.push({ entry, since });
    this.#versions.set(entry.name, versions);
  }
}
