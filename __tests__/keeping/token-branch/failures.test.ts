import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { GitHubAnswer } from '../../../src/github/api.ts';
import { RequestFailure } from '../../../src/http/failure.ts';
import {
  gitHubFailed,
  inFlight,
  outOfTime,
  tooFewLeft,
} from '../../../src/keeping/token-branch/failures.ts';

// What is said of GitHub: that it is not Salesforce, what passes by itself, and when.

const answer = (more: Partial<GitHubAnswer>): GitHubAnswer => ({
  ...{ status: 500, body: undefined, message: '', tag: undefined, date: undefined },
  ...{ limited: false, waitMs: 0, left: undefined },
  ...more,
});
const reading = 'Reading the file on the branch failed (GET)';
const clean = (text: unknown) => `clean(${text})`;
const place = { repository: 'acme/demo', branch: 'tokens', file: 'x.json' };
const reset = new Date('2026-03-02T10:00:00Z');

describe('no answer of GitHub’s', () => {
  for (const [kind, code] of [
    ['tls', 'tls_error'],
    ['network', 'network_error'],
    ['timeout', 'timeout'],
    ['ended', 'timeout'],
  ] as const) {
    it(`is called ${code} where it is of the kind ${kind}, and not blamed on Salesforce`, () => {
      const cause = new RequestFailure(kind, false, 'no way');
      const error = gitHubFailed(reading, cause, clean);
      assert.equal(error.code, code);
      assert.match(error.message, /^Reading the file on the branch failed \(GET\): .*GitHub's API/);
      assert.match(error.fix, /githubstatus.* Nothing was sent to Salesforce\.$/);
      assert.equal(error.cause, cause);
    });
  }
});

describe('an answer of GitHub’s that passes', () => {
  it('is named by its status and its words, where it has any', () => {
    const silent = gitHubFailed(reading, answer({ status: 502 }), clean);
    assert.equal(silent.code, 'http_502');
    assert.equal(
      silent.message,
      "Reading the file on the branch failed (GET): GitHub's API answered with HTTP 502.",
    );
    assert.match(silent.why ?? '', /neither Salesforce nor the credential/);
    assert.match(silent.fix, /run the job again\. Nothing was sent to Salesforce\.$/);
    const said = gitHubFailed(reading, answer({ status: 503, message: 'Unicorn!' }), clean);
    assert.equal(
      said.message,
      "Reading the file on the branch failed (GET): GitHub's API answered with HTTP 503: “Unicorn!”.",
    );
  });

  it('is a limit whatever its status, and tells when the hour ends where that is what it waits for', () => {
    const limited = { status: 403, message: 'API rate limit exceeded', limited: true };
    const none = gitHubFailed(reading, answer({ ...limited, left: { requests: 0, reset } }), clean);
    assert.equal(none.code, 'http_403');
    assert.match(none.message, /exceeded”\. The limit is reset at 2026-03-02T10:00:00\.000Z\.$/);
    assert.match(none.why ?? '', /limits how often/);
    assert.match(none.fix, /`reuse-minutes`/);
    for (const left of [undefined, { requests: 4_000, reset }]) {
      const secondary = gitHubFailed(reading, answer({ ...limited, left }), clean);
      assert.match(secondary.message, /exceeded”\.$/);
      assert.match(secondary.why ?? '', /limits how often/);
    }
    const plain = gitHubFailed(
      reading,
      answer({ status: 403, left: { requests: 0, reset } }),
      clean,
    );
    assert.doesNotMatch(plain.message, /reset/);
  });
});

describe('ending in time', () => {
  it('says how many requests are left, and until when', () => {
    const error = tooFewLeft({ requests: 7, reset });
    assert.equal(error.code, 'http_429');
    assert.match(
      error.message,
      / allows `github-token` only 7 more requests before 2026-03-02T10:00:00\.000Z, too few/,
    );
    assert.match(error.why ?? '', /1,000 requests an hour/);
    assert.match(error.fix, /Nothing was sent to Salesforce\.$/);
  });

  it('says that the step’s own time is over', () => {
    const error = outOfTime(60_000);
    assert.equal(error.code, 'timeout');
    assert.match(
      error.message,
      /^`timeout-seconds` \(60\) ran out before .* other jobs were faster/,
    );
    assert.match(error.fix, /raise `timeout-seconds`\. Nothing was sent to Salesforce\.$/);
  });

  it('names who holds the credential, where that is known, cleaned', () => {
    const holder = { id: 'x', run: 'https://a.example', since: reset, seconds: 180 };
    assert.equal(
      inFlight(holder, place, 1_499, clean).message,
      'Another run is using this credential: clean(https://a.example) (since 2026-03-02T10:00:00.000Z, until 2026-03-02T10:03:00.000Z at the latest; the branch “tokens” of acme/demo; this job waited 1 s).',
    );
    assert.match(
      inFlight(undefined, place, 1_500, clean).message,
      /^Other jobs took the credential first, again and again \(.*; this job waited 2 s\)\.$/,
    );
  });
});
