import type { GitHubAnswer } from '../../src/github/api.ts';
import { type BranchFile, blobSha, type Look } from '../../src/github/branch-file.ts';
import type { Written } from '../../src/github/written.ts';
import type { Deadline } from '../../src/http/deadline.ts';
import { RequestFailure } from '../../src/http/failure.ts';
import { readmeOf } from '../../src/keeping/token-branch/readme.ts';
import { credentialKey } from '../../src/keeping/token-branch/record.ts';
import type { BranchWorld } from '../../src/keeping/token-branch/world.ts';

// A token branch in memory and in a time of its own, for what takes minutes: nothing here waits.

/** Far more than anybody needs: who goes round in circles is to be seen. */
const mostSteps = 100_000;

/** A time that goes on as soon as everybody sleeps. */
export class VirtualTime {
  now = 1_790_000_000_000;
  readonly #sleepers: { readonly at: number; readonly wake: () => void }[] = [];
  #awake = 0;
  #steps = 0;

  /** Starts something that lives in this time. */
  async run<T>(work: () => Promise<T>): Promise<T> {
    this.#awake += 1;
    try {
      return await work();
    } finally {
      this.#rest();
    }
  }

  sleep(ms: number): Promise<void> {
    return new Promise((resolve) => {
      const wake = () => {
        this.#awake += 1;
        resolve();
      };
      this.#sleepers.push({ at: this.now + ms, wake });
      this.#rest();
    });
  }

  #rest(): void {
    this.#awake -= 1;
    // Later, for others that are about to start at the same time.
    queueMicrotask(() => this.#goOn());
  }

  #goOn(): void {
    if (this.#awake > 0) {
      return;
    }
    this.#steps += 1;
    if (this.#steps > mostSteps) {
      throw new Error('Nobody ever comes to an end');
    }
    const at = Math.min(...this.#sleepers.map((sleeper) => sleeper.at));
    const next = this.#sleepers.findIndex((sleeper) => sleeper.at === at);
    const [sleeper] = next < 0 ? [] : this.#sleepers.splice(next, 1);
    if (sleeper !== undefined) {
      this.now = Math.max(this.now, sleeper.at);
      sleeper.wake();
    }
  }

  /** A deadline in this time. */
  deadline(totalMs: number): Deadline {
    const { signal } = new AbortController();
    let end = this.now + totalMs;
    let suspendedAt: number | undefined;
    return {
      totalMs,
      signal,
      remainingMs: () => Math.max(0, end - (suspendedAt ?? this.now)),
      pause: (ms) => this.sleep(ms),
      suspend: (since = this.now) => {
        suspendedAt = since;
        return () => {
          end += this.now - (suspendedAt ?? this.now);
          suspendedAt = undefined;
        };
      },
      release: () => {},
    };
  }
}

/** What becomes of a request that writes. `late`: it is done so long after the client gave up. */
export type Fate =
  | 'well'
  | 'lost before'
  | 'lost after'
  | 'limited'
  | 'moved'
  | { readonly late: number };

/** What decides how the branch behaves. */
export interface Chance {
  /** Milliseconds that a request takes. */
  latency(): number;
  fate(): Fate;
  /** How old what a look shows is, in milliseconds. */
  lag(): number;
  /** GitHub's clock; undefined: it tells none. */
  date(now: number): Date | undefined;
}

export const steady: Chance = {
  latency: () => 100,
  fate: () => 'well',
  lag: () => 0,
  date: (now) => new Date(Math.floor(now / 1000) * 1000),
};

const answerMs = 10_000;

/** The file of one credential. */
export class VirtualBranch {
  readonly time: VirtualTime;
  readonly #versions: { readonly at: number; readonly text: string | undefined }[];
  /** The messages of its commits, newest first. */
  readonly messages: string[] = [];
  /** Since when there is such a branch; undefined: there is none. */
  madeAt: number | undefined;
  /** Every write that arrived, accepted or not. */
  readonly writes: { readonly text: string; readonly done: boolean }[] = [];
  looks = 0;

  constructor(time: VirtualTime, text?: string) {
    this.time = time;
    this.#versions = [{ at: Number.NEGATIVE_INFINITY, text }];
    this.madeAt = text === undefined ? undefined : Number.NEGATIVE_INFINITY;
  }

  get text(): string | undefined {
    return this.#versions.at(-1)?.text;
  }

  /** Puts a text there, as another job does. */
  put(text: string | undefined, message = ''): void {
    this.madeAt ??= this.time.now;
    this.#versions.push({ at: this.time.now, text });
    this.messages.unshift(message);
  }

  /** The file as one job sees it. */
  seenWith(chance: Chance): BranchFile {
    const answer = (status: number, message = '', more: Partial<GitHubAnswer> = {}) => ({
      ...{ status, message, body: undefined, tag: undefined, left: undefined },
      date: chance.date(this.time.now),
      ...{ limited: false, waitMs: 0 },
      ...more,
    });
    const asOf = () => {
      const at = this.time.now - chance.lag();
      return this.#versions.findLast((version) => version.at <= at)?.text;
    };
    const look = async (): Promise<Look> => {
      this.looks += 1;
      await this.time.sleep(chance.latency());
      const text = asOf();
      return text === undefined
        ? { kind: 'absent', answer: answer(404) }
        : { kind: 'file', text, sha: blobSha(text), answer: answer(200) };
    };
    const act = (text: string, message: string, judge: () => Written): Written => {
      const written = judge();
      this.writes.push({ text, done: written.kind === 'done' });
      if (written.kind === 'done') {
        this.put(text, message);
      }
      return written;
    };
    const request = async (text: string, message: string, judge: () => Written) => {
      const fate = chance.fate();
      await this.time.sleep(chance.latency());
      if (fate === 'limited') {
        const limit = answer(403, 'secondary rate limit', { limited: true, waitMs: 2_000 });
        return { kind: 'limited', answer: limit } as const;
      }
      if (fate === 'moved') {
        const moved = answer(409, 'is at 1 but expected 2');
        return { kind: 'beaten', stale: false, answer: moved } as const;
      }
      if (typeof fate === 'object') {
        this.time.run(async () => {
          await this.time.sleep(answerMs + fate.late);
          act(text, message, judge);
        });
      }
      const written =
        fate === 'well' || fate === 'lost after' ? act(text, message, judge) : undefined;
      if (fate === 'well' && written !== undefined) {
        await this.time.sleep(chance.latency());
        return written;
      }
      await this.time.sleep(answerMs);
      const outcome = new RequestFailure('timeout', true, 'no complete answer within 10 s');
      return { kind: 'unclear', outcome } as const;
    };
    const done = (): Written => ({ kind: 'done', commitUrl: undefined, answer: answer(200) });
    return {
      place: { repository: 'acme/demo', branch: 'tokens', file: 'x.json' },
      look,
      write: (text, replaces, message) =>
        request(text, message, () => {
          if (this.madeAt === undefined) {
            return { kind: 'missing', answer: answer(404, 'Branch not found') };
          }
          const current = this.text === undefined ? undefined : blobSha(this.text);
          const says = replaces === undefined ? '"sha" wasn\'t supplied' : 'does not match';
          return current === replaces
            ? done()
            : { kind: 'beaten', stale: true, answer: answer(409, says) };
        }),
      makeBranch: ({ 'x.json': text = '' }, message) =>
        request(text, message, () =>
          this.madeAt !== undefined
            ? { kind: 'beaten', stale: false, answer: answer(422, 'Reference already exists') }
            : done(),
        ),
      surroundings: async () => {
        await this.time.sleep(chance.latency());
        const { madeAt = Number.POSITIVE_INFINITY } = this;
        const branchExists = madeAt <= this.time.now - chance.lag();
        const readme = branchExists ? readmeOf('https://example.com') : undefined;
        return { defaultBranch: 'main', branchExists, readme };
      },
      history: async () => {
        await this.time.sleep(chance.latency());
        return [...this.messages];
      },
    };
  }
}

/** The world of a job in this time. */
export function virtualWorld(
  time: VirtualTime,
  token: string,
  more: Partial<BranchWorld> = {},
): BranchWorld {
  return {
    credential: credentialKey(token),
    run: {
      url: 'https://github.com/acme/demo/actions/runs/1/attempts/1',
      documents: 'https://example.com/docs',
      actor: 'octocat',
      eventName: 'push',
    },
    clock: () => ({ monotonic: time.now, wall: time.now }),
    connect: () => () => {},
    opened: async () => undefined,
    random: () => 0.5,
    cancel: new AbortController().signal,
    info: () => {},
    debug: (line) => void line(),
    mask: () => {},
    clean: String,
    retries: 3,
    ...more,
  };
}
