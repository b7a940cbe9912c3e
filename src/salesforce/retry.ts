import type { RetryClass } from './attempt.ts';

/** What the user decided about repeating requests. */
export interface RetryPolicy {
  /** The app rotates: what may have been processed is never sent again. */
  readonly rotates: boolean;
  /** How often a failed request is sent again, at most; 0: never. */
  readonly retries: number;
}

/** What was tried already. */
export interface RetryHistory {
  /** How often the request was sent again. */
  readonly retries: number;
  /** How many of the failures were of each class, the one at hand included. */
  readonly failures: Readonly<Partial<Record<RetryClass, number>>>;
}

/** `give_up` ends with the error at hand, `answer_lost` says that the credential may be spent. */
export type RetryDecision = 'again' | 'give_up' | 'answer_lost';

/**
 * Whether a request that failed so is sent again. Sending a refresh token that was rotated out
 * revokes its whole family, with access tokens that other jobs are using: hence the difference.
 */
export function decideRetry(
  failure: RetryClass,
  policy: RetryPolicy,
  history: RetryHistory,
): RetryDecision {
  const within = policy.retries > 0 && history.retries < policy.retries ? 'again' : 'give_up';
  const seen = history.failures[failure] ?? 0;
  switch (failure) {
    case 'never':
      return 'give_up';
    case 'unsent':
    case 'busy':
      return within;
    case 'in_flight':
      // Matrix jobs share a token and stand in line; who rotates has only one holder, and it is not us.
      return policy.rotates || policy.retries === 0 ? 'give_up' : 'again';
    case 'unknown_fate':
      return policy.rotates ? 'answer_lost' : within;
    case 'setting_up':
      if (policy.rotates) {
        return 'answer_lost';
      }
      return seen <= 2 ? within : 'give_up';
    case 'lost':
      if (policy.rotates) {
        return 'answer_lost';
      }
      return seen <= 1 ? within : 'give_up';
    case 'unreadable':
      return policy.rotates ? 'answer_lost' : 'give_up';
  }
}
