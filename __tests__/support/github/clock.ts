/** The server's own time. It runs like the machine's, but can be moved. */
export class Clock {
  #offset = 0;

  /** Milliseconds since 1970. */
  now(): number {
    return Date.now() + this.#offset;
  }

  /** Moves the clock by `milliseconds`; negative ones move it back. */
  advance(milliseconds: number): void {
    this.#offset += milliseconds;
  }

  /** Puts the clock on `instant`, from where it goes on running. */
  set(instant: Date): void {
    this.#offset = instant.getTime() - Date.now();
  }

  /** Back to the machine's time. */
  reset(): void {
    this.#offset = 0;
  }
}

/** ISO 8601 in UTC with whole seconds, as GitHub writes `created_at`: `2026-01-31T09:30:00Z`. */
export function isoSeconds(milliseconds: number): string {
  return `${new Date(milliseconds).toISOString().slice(0, 19)}Z`;
}
