/** What tells that something has to end, and why, as an AbortSignal does. */
export interface Ending {
  readonly aborted: boolean;
  readonly reason: unknown;
  addEventListener(type: 'abort', listener: () => void): void;
  removeEventListener(type: 'abort', listener: () => void): void;
  throwIfAborted(): void;
}

/**
 * Whoever holds it can end what listens to it. An AbortController does as much, but Node makes its signals
 * of an EventTarget, which takes it a hundredth of a step's time.
 */
export class Ender implements Ending {
  aborted = false;
  reason: unknown;
  readonly #listeners = new Set<() => void>();

  /** @param other ends it as well */
  constructor(other?: Ending) {
    other?.addEventListener('abort', () => this.abort(other.reason));
  }

  /** Ends it, once: what is said later does not count. */
  abort(reason: unknown): void {
    if (this.aborted) {
      return;
    }
    this.aborted = true;
    this.reason = reason;
    for (const listener of this.#listeners) {
      listener();
    }
  }

  addEventListener(_type: 'abort', listener: () => void): void {
    this.#listeners.add(listener);
  }

  removeEventListener(_type: 'abort', listener: () => void): void {
    this.#listeners.delete(listener);
  }

  throwIfAborted(): void {
    if (this.aborted) {
      throw this.reason;
    }
  }
}
