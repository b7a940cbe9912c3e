/** The server's own time. It runs like the machine's, but can be moved, and stopped. */
export class Clock {
  #offset = 0;
  #stoppedAt: number | undefined;

  /** Milliseconds since 1970. */
  now(): number {
    return this.#stoppedAt ?? Date.now() + this.#offset;
  }

  /** Moves the clock by `milliseconds`; negative ones move it back. */
  advance(milliseconds: number): void {
    this.set(new Date(this.now() + milliseconds));
  }

  /** Puts the clock on `instant`, from where it goes on running, or not if it is stopped. */
  set(instant: Date): void {
    if (this.#stoppedAt === undefined) this.#offset = instant.getTime() - Date.now();
    else this.#stoppedAt = instant.getTime();
  }

  /** From now on only `advance` and `set` move it. */
  stop(): void {
    this.#stoppedAt = this.now();
  }

  /** Back to the machine's time, running. */
  reset(): void {
    this.#stoppedAt = undefined;
    this.#offset = 0;
  }
}

/** ISO 8601 in UTC with whole seconds, as GitHub writes `created_at`: `2026-01-31T09:30:00Z`. */
export function isoSeconds(milliseconds: number): string {
  return `${new Date(milliseconds).toISOString().slice(0, 19)}Z`;
}
