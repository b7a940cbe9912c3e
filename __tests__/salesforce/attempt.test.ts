import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { cleanRemoteText } from '../../src/errors/text.ts';
import { RequestFailure } from '../../src/http/failure.ts';
import type { JsonObject } from '../../src/http/json.ts';
import {
  type Attempt,
  type FailedAttempt,
  judgeAnswer,
  judgeFailure,
  type RetryClass,
} from '../../src/salesforce/attempt.ts';

const secret = '5Aep861-the-refresh-token';
const clean = (remote: unknown) => cleanRemoteText(remote, [secret]);
const host = 'acme.my.salesforce.com';
const page = '<!DOCTYPE html><html></html>';

function judge(status: number, body: string, headers: Record<string, string> = {}): Attempt {
  return judgeAnswer({ status, headers, body }, host, clean);
}

function failure(attempt: Attempt): FailedAttempt {
  assert.ok(attempt.kind === 'failed', `not a failure: ${attempt.kind}`);
  return attempt;
}

describe('A complete answer', () => {
  it('is a token response where it is 2xx and has a usable token, whatever else it says', () => {
    const rest: readonly JsonObject[] = [
      {},
      { extra: 1 },
      { error: null },
      { error: '' },
      { error: ' ', error_description: null },
      { error: 'invalid_grant', error_description: 'expired access/refresh token' },
      { error: { code: 5 } },
    ];
    for (const status of [200, 201, 202, 203, 206, 299]) {
      for (const more of rest) {
        for (const tokens of [{ access_token: 'x' }, { refresh_token: 'y' }]) {
          const body = { ...tokens, ...more };
          assert.deepEqual(judge(status, JSON.stringify(body)), { kind: 'token', body });
        }
      }
    }
  });

  it('has its tokens without the white space around them, and nothing else touched', () => {
    const body = {
      access_token: ' 00D!x\n',
      refresh_token: '\t5Aep\r\n',
      scope: ' api ',
      instance_url: 'https://a.my.salesforce.com\n',
    };
    assert.deepEqual(judge(200, JSON.stringify(body)), {
      kind: 'token',
      body: { ...body, access_token: '00D!x', refresh_token: '5Aep' },
    });
    for (const flaw of [' ', 'a b', 5, null]) {
      const one = { access_token: flaw, refresh_token: ' 5Aep ' };
      assert.deepEqual(judge(200, JSON.stringify(one)), {
        kind: 'token',
        body: { access_token: flaw, refresh_token: '5Aep' },
      });
    }
  });

  it('of success without a usable token is unreadable, says the flaw, and repeats none of it', () => {
    const flaws: readonly (readonly [body: JsonObject, said: RegExp])[] = [
      [{}, /`access_token` is missing/],
      [{ error: null, error_description: '' }, /`access_token` is missing/],
      [{ access_token: null }, /`access_token` is of the type null/],
      [{ access_token: `${secret} x`, refresh_token: 7 }, /`access_token` holds characters/],
      [{ refresh_token: `${secret} x` }, /`refresh_token` holds characters/],
    ];
    for (const status of [200, 201, 203]) {
      for (const [body, said] of flaws) {
        const { error, retry } = failure(judge(status, JSON.stringify(body)));
        assert.equal(error.code, 'response_invalid');
        assert.match(error.message, said);
        assert.ok(!error.message.includes(secret));
        assert.equal(retry, 'unreadable');
      }
    }
  });

  it('of no success is no token response, whatever it holds', () => {
    for (const status of [199, 300, 400, 403, 500]) {
      const { error } = failure(judge(status, '{"access_token":"x","refresh_token":"y"}'));
      assert.equal(error.code, `http_${status}`);
    }
  });

  it('is a redirect with any of the five statuses, whatever its body', () => {
    for (const status of [301, 302, 303, 307, 308]) {
      assert.deepEqual(judge(status, '{"error":"x"}', { location: 'https://a.example/' }), {
        kind: 'redirect',
        location: 'https://a.example/',
      });
      assert.deepEqual(judge(status, ''), { kind: 'redirect', location: '' });
    }
    for (const status of [300, 304, 305]) {
      assert.equal(failure(judge(status, '')).retry, 'unreadable');
    }
  });

  it('is an error of OAuth’s whatever its status, also without a code', () => {
    for (const status of [200, 400, 401, 500]) {
      const { error } = failure(judge(status, '{"error":"inactive_user"}'));
      assert.equal(error.code, 'inactive_user');
      assert.match(error.message, new RegExp(`HTTP ${status}\\): “inactive_user”\\.$`));
    }
    const bare = failure(judge(400, '{"error_description":"inactive user"}')).error;
    assert.equal(bare.code, 'http_400');
    assert.match(bare.message, /“inactive user”/);
  });

  it('with an error that nobody knows is definite only where it comes as OAuth’s do', () => {
    const retry = (status: number, body: string) => failure(judge(status, body)).retry;
    const expected: readonly (readonly [number, coded: RetryClass, described: RetryClass])[] = [
      [200, 'never', 'unreadable'],
      [400, 'never', 'unreadable'],
      [401, 'never', 'unreadable'],
      [403, 'unreadable', 'unreadable'],
      [404, 'unreadable', 'unreadable'],
      [408, 'unknown_fate', 'unknown_fate'],
      [420, 'setting_up', 'setting_up'],
      [406, 'setting_up', 'setting_up'],
      [429, 'busy', 'busy'],
      [500, 'unknown_fate', 'unknown_fate'],
      [503, 'unknown_fate', 'unknown_fate'],
    ];
    assert.deepEqual(
      expected.map(([status]) => [
        status,
        retry(status, '{"error":"too_busy"}'),
        retry(status, '{"error_description":"too busy"}'),
      ]),
      expected,
    );
  });

  it('was turned away unprocessed, for sure, only with 429, or 503 that tells when to come', () => {
    const retry = (status: number, body: string, after?: string) =>
      failure(judge(status, body, after === undefined ? {} : { 'retry-after': after })).retry;
    for (const body of [page, '', '{"error":"server_error"}', '{"error":"too_busy"}']) {
      assert.equal(retry(429, body), 'busy');
      assert.equal(retry(503, body, '7'), 'busy');
      for (const after of [undefined, '', 'soon']) {
        assert.equal(retry(503, body, after), 'unknown_fate');
      }
      for (const status of [500, 502, 504]) {
        assert.equal(retry(status, body, '7'), 'unknown_fate');
      }
    }
    const again = '{"error":"unknown_error","error_description":"retry your request"}';
    assert.equal(retry(400, again), 'unknown_fate');
    assert.equal(retry(503, again, '7'), 'busy');
  });

  it('with a known error is sent again as that says, not as its status does', () => {
    assert.equal(failure(judge(500, '{"error":"inactive_org"}')).retry, 'never');
    assert.equal(failure(judge(429, '{"error":"rate_limit_exceeded"}')).retry, 'never');
  });

  it('that is no JSON object says what it is, and repeats none of it', () => {
    const natures: readonly (readonly [body: string, said: string, RetryClass])[] = [
      ['', 'an empty body', 'unreadable'],
      [' \n', 'an empty body', 'unreadable'],
      [page, 'an HTML page', 'unreadable'],
      ['\n<html lang="en">', 'an HTML page', 'unreadable'],
      ['<?xml version="1.0"?>', 'an HTML page', 'unreadable'],
      [`access_token=${secret}`, 'text that is no JSON object', 'unreadable'],
      [`["${secret}"]`, 'text that is no JSON object', 'unreadable'],
      [`{"access_token":"${secret}`, 'text that is no JSON object', 'unreadable'],
    ];
    for (const [body, said, retry] of natures) {
      const judged = failure(judge(200, body));
      assert.equal(judged.error.code, 'response_invalid');
      assert.equal(
        judged.error.message,
        `${host} answered with ${said} instead of a token response.`,
      );
      assert.equal(judged.retry, retry);
      const other = failure(judge(502, body)).error;
      assert.equal(other.code, 'http_502');
      assert.match(other.message, new RegExp(`HTTP 502 and ${said} `));
    }
    assert.match(failure(judge(404, '{"message":"x"}')).error.message, /a JSON object instead/);
  });

  it('of success without a token is never taken for a refusal', () => {
    assert.equal(failure(judge(204, '')).retry, 'unreadable');
    assert.equal(failure(judge(202, 'access_token=x')).retry, 'unreadable');
  });

  it('tells how long to wait, where it does', () => {
    assert.equal(failure(judge(429, '', { 'retry-after': '7' })).retryAfterMs, 7000);
    const date = 'Mon, 02 Mar 2026 10:00:00 GMT';
    const later = { date, 'retry-after': 'Mon, 02 Mar 2026 10:00:09 GMT' };
    assert.equal(failure(judge(503, '{"error":"x"}', later)).retryAfterMs, 9000);
    assert.ok(!('retryAfterMs' in failure(judge(503, ''))));
  });

  it('never makes a code or a message that is unsafe to print, whatever it says', () => {
    const piece = fc.oneof(
      fc.constantFrom(secret, '::', '##[', '\n', 'invalid_grant', ' '),
      fc.string({ unit: 'binary' }),
    );
    const said = fc.oneof(
      fc.array(piece).map((parts) => parts.join('')),
      fc.jsonValue(),
    );
    fc.assert(
      fc.property(fc.constantFrom(200, 400, 500), said, said, (status, error, description) => {
        const body = JSON.stringify({ error, error_description: description });
        const judged = failure(judge(status, body)).error;
        assert.match(judged.code, /^[\w .-]+$/);
        assert.doesNotMatch(judged.message, /\p{C}|##\[|^\s*::/u);
        assert.ok(!judged.message.includes(secret) && judged.message.length < 500);
      }),
      { numRuns: 1000 },
    );
  });

  it('with an error that is no text says nothing about it, and its status counts', () => {
    for (const error of [{ a: 1 }, null, '', ' ', 5, ['invalid_grant']]) {
      const judged = failure(judge(400, JSON.stringify({ error, error_description: null }))).error;
      assert.equal(judged.code, 'http_400');
      assert.match(judged.message, /HTTP 400 and a JSON object instead of a token response\.$/);
    }
    const bare = failure(judge(400, '{"error":{"a":1},"error_description":"inactive user"}')).error;
    assert.match(bare.message, /“inactive user”/);
  });

  it('has the code of Salesforce, dots and dashes and all', () => {
    for (const code of ['invalid_grant', 'brand.new-code', 'A.B', 'with blank']) {
      assert.equal(failure(judge(400, JSON.stringify({ error: code }))).error.code, code);
    }
    for (const code of ['a/b', 'a:b', 'é', '“x”']) {
      assert.equal(failure(judge(400, JSON.stringify({ error: code }))).error.code, 'http_400');
    }
  });
});

describe('A request without a complete answer', () => {
  const kinds: readonly (readonly [RequestFailure['kind'], sent: boolean, string, RetryClass])[] = [
    ['network', false, 'network_error', 'unsent'],
    ['network', true, 'network_error', 'lost'],
    ['timeout', false, 'timeout', 'unsent'],
    ['timeout', true, 'timeout', 'lost'],
    ['ended', false, 'timeout', 'unsent'],
    ['ended', true, 'timeout', 'lost'],
    ['tls', false, 'tls_error', 'never'],
    ['oversized', true, 'response_invalid', 'unreadable'],
  ];
  for (const [kind, sent, code, retry] of kinds) {
    it(`(${kind}, ${sent ? 'sent' : 'not sent'}) is ${code}, ${retry}`, () => {
      const cause = new RequestFailure(kind, sent, `broke\n::error::${secret}`);
      const judged = judgeFailure(cause, host, 60_000, clean);
      assert.equal(judged.error.code, code);
      assert.equal(judged.retry, retry);
      assert.equal(judged.error.cause, cause);
      assert.ok(judged.error.message.includes(host), judged.error.message);
      assert.ok(!judged.error.message.includes(secret), judged.error.message);
      if (kind === 'network') {
        const what = sent ? 'gave no complete answer' : 'could not be reached';
        assert.equal(judged.error.message, `${host} ${what}: broke : :error: :***.`);
      }
    });
  }
});
