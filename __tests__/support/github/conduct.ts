import { pick, type Random, type Range } from './random.ts';
import type { Age } from './repository.ts';

/** How far reads are behind writes. Writes always compare with the truth. */
export interface Lag {
  /** By the server's clock. */
  readonly milliseconds?: Range;
  /** In changes of the repository's branches; whole numbers. */
  readonly writes?: Range;
  /** Which part of the reads is behind at all, 0 to 1. Default: 1. */
  readonly chance?: number;
  /** For so long after a branch was made, writing a file to it is answered with 404. */
  readonly newBranchMilliseconds?: number;
  /** So many writes of files to a new branch are answered with 404. */
  readonly newBranchWrites?: number;
}

/** How long requests of each method take, in milliseconds of the machine. */
export type Latency = Readonly<Partial<Record<string, Range>>>;

/** What was measured on GitHub: reads 80 to 200 ms, writes of files 500 to 900 ms. */
export const GITHUB_LATENCY: Latency = {
  GET: [80, 200],
  PUT: [500, 900],
  POST: [200, 500],
  PATCH: [200, 500],
  DELETE: [500, 900],
};

/** How a request's time is spent: on the way in, between reading a branch and moving it, on the way out. */
export interface Spans {
  readonly before: number;
  readonly during: number;
  readonly after: number;
}

/** How the whole server behaves, settable while it runs; what is random is decided by a seed. */
export class Conduct {
  lag: Lag = {};
  latency: Latency = {};
  /** With which of GitHub's texts a branch that has moved meanwhile is reported. */
  conflict: 'is at' | 'expected to be at' = 'is at';
  readonly #random: Random;

  constructor(random: Random) {
    this.#random = random;
  }

  /** How old what the next read shows is. */
  age(): Age {
    const { milliseconds = 0, writes = 0, chance = 1 } = this.lag;
    if (chance < 1 && this.#random() >= chance) return { milliseconds: 0, writes: 0 };
    return {
      milliseconds: pick(milliseconds, this.#random),
      writes: Math.round(pick(writes, this.#random)),
    };
  }

  /** How long the next request of this method takes. */
  spans(method: string): Spans {
    const total = pick(this.latency[method] ?? 0, this.#random);
    return { before: total * 0.3, during: total * 0.4, after: total * 0.3 };
  }
}
