import { RequestFailure } from '../http/failure.ts';
import { memberOf } from '../http/json.ts';
import { type GitHubAnswer, isUnclear } from './api.ts';

/**
 * What became of a write:
 * - `done`: what was written is there.
 * - `beaten`: somebody else wrote first; `stale` where it was this very file.
 * - `missing`: no such branch, or no right to see it.
 * - `limited`: too many requests; nothing was done.
 * - `refused`: for good.
 * - `unclear`: nobody knows; a look will tell.
 */
export type Written =
  | { readonly kind: 'done'; readonly commitUrl: string | undefined; readonly answer: GitHubAnswer }
  | { readonly kind: 'beaten'; readonly stale: boolean; readonly answer: GitHubAnswer }
  | { readonly kind: 'missing' | 'limited' | 'refused'; readonly answer: GitHubAnswer }
  | { readonly kind: 'unclear'; readonly outcome: GitHubAnswer | RequestFailure };

/**
 * Judges the outcome of a write.
 * @param shown whether the answer shows what was written: a proxy's page with 200 does not
 */
export function judgeWrite(outcome: GitHubAnswer | RequestFailure, shown: boolean): Written {
  if (outcome instanceof RequestFailure || isUnclear(outcome)) {
    return { kind: 'unclear', outcome };
  }
  const answer = outcome;
  const { status, message } = answer;
  if (status < 300) {
    return shown
      ? { kind: 'done', commitUrl: commitUrlOf(memberOf(answer.body, 'commit')), answer }
      : { kind: 'unclear', outcome };
  }
  if (answer.limited) {
    return { kind: 'limited', answer };
  }
  // Not by the status: branch protection and rulesets answer with 409 and 422 as well.
  const stale = /does not match|"sha" wasn't supplied/.test(message);
  if (stale || /but expected|expected to be at|Reference already exists/.test(message)) {
    return { kind: 'beaten', stale, answer };
  }
  return { kind: status === 404 ? 'missing' : 'refused', answer };
}

/** The name of what was made; undefined where the answer tells none. */
export function shaOf(outcome: GitHubAnswer | RequestFailure): string | undefined {
  const sha = memberOf(bodyOf(outcome), 'sha');
  return typeof sha === 'string' && /^[0-9a-f]{40,64}$/.test(sha) ? sha : undefined;
}

/** The page of a commit; it goes into the summary as a link, so only what looks like one. */
export function commitUrlOf(commit: unknown): string | undefined {
  const url = memberOf(commit, 'html_url');
  return typeof url === 'string' && /^https?:\/\/[\w.:/-]+\/commit\/[0-9a-f]+$/.test(url)
    ? url
    : undefined;
}

/** The body of an answer, where there is one. */
export function bodyOf(outcome: GitHubAnswer | RequestFailure): unknown {
  return outcome instanceof RequestFailure ? undefined : outcome.body;
}
