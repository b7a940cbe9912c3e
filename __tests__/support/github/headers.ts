import { randomBytes } from 'node:crypto';
import type { Answer } from './answers.ts';
import type { Quota } from './tokens.ts';

/** The answer with what GitHub sends along with all of them; `date` in milliseconds since 1970. */
export function withUsualHeaders(answer: Answer, date: number, quota: Quota): Answer {
  const { limit, remaining, resetAt } = quota;
  return {
    ...answer,
    headers: {
      date: new Date(date).toUTCString(),
      server: 'github.com',
      'x-github-media-type': 'github.v3; format=json',
      'x-github-api-version-selected': '2022-11-28',
      'x-github-request-id': requestId(),
      'x-ratelimit-limit': String(limit),
      'x-ratelimit-remaining': String(Math.max(0, remaining)),
      'x-ratelimit-used': String(limit - Math.max(0, remaining)),
      'x-ratelimit-reset': String(Math.ceil(resetAt / 1000)),
      'x-ratelimit-resource': 'core',
      ...(answer.body === undefined ? {} : { 'content-type': 'application/json; charset=utf-8' }),
      ...answer.headers,
    },
  };
}

function requestId(): string {
  const hex = randomBytes(16).toString('hex').toUpperCase();
  const ends = [4, 10, 17, 24, 32];
  return ends.map((end, index) => hex.slice(ends[index - 1] ?? 0, end)).join(':');
}
