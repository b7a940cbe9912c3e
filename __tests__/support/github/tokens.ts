import { randomBytes } from 'node:crypto';
import { Refusal } from './answers.ts';
import type { Clock } from './clock.ts';

export interface TokenOptions {
  /** `owner/name` of those that it sees. Default: all. */
  readonly repositories?: readonly string[];
  /** Default: none. */
  readonly contents?: 'none' | 'read' | 'write';
  /** To secrets, variables and environments; GitHub has a permission for each. Default: none. */
  readonly settings?: 'none' | 'read' | 'write';
  /** From then on it is answered with 401. Default: never. */
  readonly expires?: Date;
  /** Default: `actions`, the workflow's own. An App's counts 5,000 requests an hour, the workflow's 1,000. */
  readonly kind?: 'actions' | 'app' | 'fine-grained';
  /** Tokens with the same name here share their hour's requests, as those of one repository's jobs do. */
  readonly quota?: string;
}

/** The hour's requests of a token, or of several. */
export interface Quota {
  limit: number;
  remaining: number;
  /** Milliseconds since 1970 by the server's clock; the hour then begins anew. */
  resetAt: number;
  /** How GitHub says that there are none left. */
  status: 403 | 429;
}

export interface Token extends TokenOptions {
  readonly text: string;
  readonly contents: 'none' | 'read' | 'write';
  readonly settings: 'none' | 'read' | 'write';
  readonly kind: 'actions' | 'app' | 'fine-grained';
  readonly quota: string;
}

const HOUR = 3_600_000;

/** The tokens, and what they have used up. */
export class Tokens {
  readonly #clock: Clock;
  readonly #tokens = new Map<string, Token>();
  readonly #quotas = new Map<string, Quota>();
  readonly #writes: number[] = [];
  /** How many requests that create content are let through; GitHub's own figures are 80 and 500. */
  writeLimits = { perMinute: Number.POSITIVE_INFINITY, perHour: Number.POSITIVE_INFINITY };

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Makes a token, or changes the one with that text, and gives its text. */
  add(options: TokenOptions, text = `ghs_${randomBytes(18).toString('hex')}`): string {
    const { contents = 'none', settings = 'none', kind = 'actions', quota = text } = options;
    this.#tokens.set(text, { ...options, text, contents, settings, kind, quota });
    return text;
  }

  /** From now on the token is answered with 401. */
  revoke(text: string): void {
    this.#tokens.delete(text);
  }

  /** The token, or `undefined` where it is unknown, revoked or expired. */
  find(text: string): Token | undefined {
    const token = this.#tokens.get(text);
    const expires = token?.expires?.getTime() ?? Number.POSITIVE_INFINITY;
    return expires > this.#clock.now() ? token : undefined;
  }

  /** The hour's requests of a token, to look at and to change. */
  quota(token: Token | undefined): Quota {
    const name = token?.quota ?? '';
    const limit = token === undefined ? 60 : token.kind === 'actions' ? 1000 : 5000;
    let quota = this.#quotas.get(name);
    if (quota === undefined) {
      quota = { limit, remaining: limit, resetAt: this.#clock.now() + HOUR, status: 403 };
      this.#quotas.set(name, quota);
    } else if (quota.resetAt <= this.#clock.now()) {
      quota.remaining = quota.limit;
      quota.resetAt = this.#clock.now() + HOUR;
    }
    return quota;
  }

  /** Uses up one request; refuses where there are none left. */
  use(token: Token | undefined): void {
    const quota = this.quota(token);
    if (quota.remaining <= 0) {
      throw new Refusal(
        quota.status,
        'API rate limit exceeded for installation ID 41600512. If you reach out to GitHub Support for help, please include the request ID and timestamp.',
        `${RATE_LIMITS}#about-primary-rate-limits`,
      );
    }
    quota.remaining -= 1;
  }

  /** Takes note of a request that creates content; refuses where there were too many. */
  useWrite(): void {
    const now = this.#clock.now();
    const { perMinute, perHour } = this.writeLimits;
    for (const [most, window] of [
      [perMinute, 60_000],
      [perHour, HOUR],
    ] as const) {
      const recent = this.#writes.filter((time) => time > now - window);
      const [oldest = now] = recent;
      if (recent.length < most) continue;
      throw new Refusal(
        403,
        'You have exceeded a secondary rate limit and have been temporarily blocked from content creation. Please retry your request again later. If you reach out to GitHub Support for help, please include the request ID.',
        `${RATE_LIMITS}#about-secondary-rate-limits`,
        { 'retry-after': String(Math.max(1, Math.ceil((oldest + window - now) / 1000))) },
      );
    }
    this.#writes.push(now);
  }
}

const RATE_LIMITS = 'https://docs.github.com/rest/using-the-rest-api/rate-limits-for-the-rest-api';
