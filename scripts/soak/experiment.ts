/** One experiment of the soak: what it does, and what it promises. */
export interface Experiment {
  /** For `--only`. */
  readonly name: string;
  readonly about: string;
  /**
   * @returns what came out, for the table of figures
   * @throws where a promise is broken
   */
  run(how: Conditions): Promise<string>;
  /** Why it has no short form, where it has none. */
  readonly onlyLong?: string;
}

/** How an experiment is done. */
export interface Conditions {
  readonly short: boolean;
  /** Decides latencies, lags, faults and the moments of kills; not what the steps themselves leave to chance. */
  readonly seed: number;
  /** How many processes to kill at random moments. */
  readonly kills: number;
  /** Says how it goes on: one line. */
  readonly say: (line: string) => void;
}
