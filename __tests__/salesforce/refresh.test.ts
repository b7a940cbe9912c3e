import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { ActionError } from '../../src/errors/action-error.ts';
import { cleanRemoteText } from '../../src/errors/text.ts';
import type { Deadline } from '../../src/http/deadline.ts';
import { RequestFailure, Withheld } from '../../src/http/failure.ts';
import type { JsonObject } from '../../src/http/json.ts';
import type { HttpAnswer, HttpLimits, HttpRequest } from '../../src/http/send.ts';
import { parseAllowedHosts } from '../../src/salesforce/allowed-hosts.ts';
import { refresh } from '../../src/salesforce/refresh.ts';

// The course of one refresh: what is sent, how long it waits in between, and with what words it ends.

const host = 'login.salesforce.com';
const answer = (
  status: number,
  body: unknown = '',
  headers: HttpAnswer['headers'] = {},
): HttpAnswer => ({
  status,
  headers,
  body: typeof body === 'string' ? body : JSON.stringify(body),
});
const refused = answer(400, { error: 'invalid_grant', error_description: 'odd' });
const good = answer(200, { access_token: '00D!x' });
const lost = new RequestFailure('network', true, 'it broke');

interface Course {
  readonly result: JsonObject | ActionError;
  readonly requests: readonly HttpRequest[];
  readonly limits: readonly HttpLimits[];
  readonly pauses: readonly number[];
  readonly lines: readonly string[];
}

/** Refreshes until it ends, on a clock that only pauses move. */
async function run(
  outcomes: readonly (HttpAnswer | Error)[],
  { rotates = false, retries = 3, totalMs = 60_000 } = {},
): Promise<Course> {
  const requests: HttpRequest[] = [];
  const limits: HttpLimits[] = [];
  const pauses: number[] = [];
  const lines: string[] = [];
  let left = totalMs;
  const deadline: Deadline = {
    totalMs,
    signal: new AbortController().signal,
    remainingMs: () => left,
    pause: async (ms) => {
      pauses.push(ms);
      left -= ms;
    },
    suspend: () => () => {},
    release: () => {},
  };
  const result = await refresh(
    {
      endpoint: new URL(`https://${host}/services/oauth2/token`),
      refreshToken: '5Aep',
      clientId: '3MVG9',
      last: true,
      graceMs: 6000,
    },
    { rotates, retries },
    parseAllowedHosts(''),
    {
      send: async (request, limit) => {
        requests.push(request);
        limits.push(limit);
        const outcome = outcomes[requests.length - 1];
        assert.ok(outcome !== undefined, 'one request too many');
        if (outcome instanceof Error) {
          throw outcome;
        }
        return outcome;
      },
      deadline,
      debug: (line) => void line(),
      clean: (remote) => cleanRemoteText(remote, []),
      announce: (line) => lines.push(line),
      retrying: (line) => lines.push(line),
      random: () => 0.5,
    },
  ).catch((error: unknown) => {
    if (!(error instanceof ActionError)) {
      throw error;
    }
    return error;
  });
  return { result, requests, limits, pauses, lines };
}

function failure({ result }: Course): ActionError {
  assert.ok(result instanceof ActionError, 'it did not fail');
  return result;
}

describe('The requests of a refresh', () => {
  it('are each sent over a connection of their own, the retries too', async () => {
    const { requests, result } = await run([answer(429), answer(503), good]);
    assert.deepEqual(result, { access_token: '00D!x' });
    assert.deepEqual(
      requests.map(({ fresh }) => fresh),
      [true, true, true],
    );
    assert.equal(new Set(requests.map(({ body }) => body)).size, 1);
  });

  it('leave time for a second one where that is safe, and else wait all the time there is', async () => {
    const limit = async (options: { rotates?: boolean; retries?: number; totalMs?: number }) =>
      (await run([good], options)).limits.map(({ connectMs, answerMs, graceMs }) => [
        ...[connectMs, answerMs, graceMs],
      ]);
    assert.deepEqual(await limit({}), [[10_000, 30_000, 6000]]);
    assert.deepEqual(await limit({ rotates: true }), [[10_000, 60_000, 6000]]);
    assert.deepEqual(await limit({ retries: 0 }), [[10_000, 60_000, 6000]]);
    assert.deepEqual(await limit({ totalMs: 9000 }), [[3000, 4500, 6000]]);
  });
});

describe('The pauses of a refresh', () => {
  it('are as long as asked, and a long one does not hold up all that follows', async () => {
    const { pauses } = await run([answer(429, '', { 'retry-after': '20' }), answer(503), good]);
    assert.deepEqual(pauses, [20_000, 8000]);
    const short = await run([answer(429, '', { 'retry-after': '3' }), answer(503), good]);
    assert.deepEqual(short.pauses, [3000, 3000]);
    const none = await run([answer(429, '', { 'retry-after': '0' }), answer(503), good]);
    assert.deepEqual(none.pauses, [1000, 2000]);
  });

  it('fit the time that is left, to the millisecond', async () => {
    const asked = answer(429, '', { 'retry-after': '5' });
    assert.equal((await run([asked, good], { totalMs: 5001 })).pauses.length, 1);
    assert.equal((await run([asked], { totalMs: 5000 })).pauses.length, 0);
  });

  it('go on until the time is up, whatever `retries` says only for a parallel refresh', async () => {
    const inFlight = answer(400, {
      error: 'invalid_grant',
      error_description: 'token request is already being processed',
    });
    const waiting = await run(Array(3).fill(inFlight), { retries: 1, totalMs: 5000 });
    assert.deepEqual(waiting.pauses, [1000, 2000]);
    assert.match(waiting.lines.join('|'), /^Retry 1 in 1\.0 s, .*\|Retry 2 in 2\.0 s, /);
    assert.match(
      failure(waiting).message,
      /`timeout-seconds` \(5\) left no time for another attempt after attempt 3\.$/,
    );
    const busy = await run(Array(3).fill(answer(503)), { retries: 10, totalMs: 5000 });
    assert.deepEqual(busy.pauses, [1000, 2000]);
    const limited = await run(Array(2).fill(answer(503)), { retries: 1, totalMs: 5000 });
    assert.deepEqual(limited.pauses, [1000]);
  });

  it('are told with number, limit and reason', async () => {
    const { lines } = await run([answer(429), answer(503), good]);
    const reason = (status: number) =>
      `${host} answered with HTTP ${status} and an empty body instead of a token response.`;
    assert.deepEqual(lines, [
      `Retry 1 of 3 in 1.0 s, because: ${reason(429)}`,
      `Retry 2 of 3 in 2.0 s, because: ${reason(503)}`,
    ]);
  });
});

describe('A refresh that fails', () => {
  it('is not sent again, and no error of Salesforce’s, where it was withheld', async () => {
    await assert.rejects(run([new Withheld()]), Withheld);
    await assert.rejects(run([answer(503), new Withheld()]), Withheld);
  });

  const page = '<html></html>';

  it('may have spent the token where the app rotates and the answer says nothing certain', async () => {
    const outcomes: readonly (readonly [HttpAnswer | Error, what: RegExp])[] = [
      [lost, /gave no complete answer: it broke\./],
      [answer(200), /an empty body/],
      [answer(200, page), /an HTML page/],
      [answer(200, '{"access_token":"00D'), /text that is no JSON object/],
      [answer(200, {}), /`access_token` is missing/],
      [answer(200, { access_token: 'a b' }), /`access_token` holds characters/],
      [answer(204), /HTTP 204/],
      [answer(403, page), /HTTP 403/],
      [answer(403, { error: 'Forbidden' }), /Forbidden/],
      [answer(420, page), /HTTP 420/],
      [answer(503, page), /HTTP 503/],
      [new RequestFailure('oversized', true, 'too long'), /longer than 1 MiB/],
    ];
    for (const [outcome, what] of outcomes) {
      const error = failure(await run([outcome], { rotates: true }));
      assert.equal(error.code, 'answer_lost');
      assert.equal(error.mayBeSpent, true);
      assert.equal(error.signIn, true);
      assert.match(error.message, /^The answer to the refresh was lost at \S+: /);
      assert.match(error.message, what);
      const plain = failure(await run([outcome, outcome, outcome, outcome]));
      assert.equal(plain.mayBeSpent, false);
      assert.notEqual(plain.code, 'answer_lost');
    }
  });

  it('adds what to do about an answer that comes from elsewhere, not about a lost one', async () => {
    const elsewhere = failure(await run([answer(404, page)], { rotates: true }));
    assert.match(
      elsewhere.fix,
      /after all, run the job again\. If the same happens again: Check `login-url`/,
    );
    const nothing = failure(await run([lost], { rotates: true }));
    assert.match(nothing.fix, /after all, run the job again\.$/);
  });

  it('has not spent it where it is refused, turned away, or was never sent', async () => {
    for (const outcome of [
      refused,
      answer(429),
      answer(503, page, { 'retry-after': '1' }),
      new RequestFailure('network', false, 'nobody listens'),
      new RequestFailure('tls', false, 'not trusted'),
    ]) {
      const error = failure(await run([outcome, outcome, outcome, outcome], { rotates: true }));
      assert.equal(error.mayBeSpent, false);
      assert.notEqual(error.code, 'answer_lost');
    }
  });

  it('says whether the job may be run again, unless that is certain from the refusal', async () => {
    const unsent = new RequestFailure('network', false, 'nobody listens');
    const twice = (outcome: RequestFailure | HttpAnswer) =>
      run([outcome, outcome, outcome, outcome]);
    assert.match(failure(await twice(unsent)).fix, / Nothing was sent to Salesforce\.$/);
    assert.match(failure(await twice(lost)).fix, / Rerunning is safe unless the app rotates .*\.$/);
    const mixed = failure(await run([lost, unsent, unsent, unsent]));
    assert.match(mixed.fix, / Rerunning is safe unless /);
    assert.doesNotMatch(mixed.fix, /Nothing was sent/);
    const said = failure(await twice(answer(500, '{"error":"server_error"}')));
    assert.equal(said.fix.split('Rerunning is safe').length, 2);
    assert.doesNotMatch(failure(await run([refused])).fix, /Rerunning|Nothing was sent/);
  });

  it('tells which attempt was the last, if it was not the only one', async () => {
    assert.doesNotMatch(failure(await run([refused])).message, /attempt/);
    const second = failure(await run([answer(429), refused]));
    assert.match(second.message, /“invalid_grant: odd”\. That was attempt 2, the last\.$/);
    const third = failure(await run([answer(429), answer(429), lost], { rotates: true }));
    assert.match(third.message, /: it broke\. That was attempt 3, the last\.$/);
  });

  it('for want of time says what the server asked for, or that no time is left', async () => {
    const asked = failure(await run([answer(503, page, { 'retry-after': '90' })]));
    assert.equal(asked.code, 'http_503');
    assert.match(
      asked.message,
      / It asks to wait 90 s before the next attempt, longer than `timeout-seconds` \(60\) leaves\.$/,
    );
    const none = failure(await run([answer(429), answer(429)], { totalMs: 3000 }));
    assert.match(
      none.message,
      /`timeout-seconds` \(3\) left no time for another attempt after attempt 2\.$/,
    );
  });

  it('names the first answer that was lost, where this step sent the token again', async () => {
    const first = failure(await run([answer(429), lost, refused]));
    assert.match(
      first.message,
      /“invalid_grant: odd”\. Before that, the answer to attempt 2 was lost: login\.salesforce\.com gave no complete answer: it broke\./,
    );
    assert.match(first.why ?? '', /^Salesforce may have processed /);
    assert.match(first.fix, /^If the app rotates refresh tokens, set `rotates: true`/);
    assert.deepEqual([first.signIn, first.unexplained], [true, false]);
    for (const status of [500, 503, 420]) {
      const two = failure(await run([answer(status), lost, refused]));
      assert.match(two.message, new RegExp(`attempt 1 was lost: .*HTTP ${status} `));
    }
  });

  it('speaks of its own second sending only where that may be the cause', async () => {
    const reuse = /sending it again revoked every token/;
    const inactive = answer(400, { error: 'invalid_grant', error_description: 'inactive user' });
    for (const error of [
      failure(await run([refused])),
      failure(await run([refused], { rotates: true })),
      failure(await run([answer(429), refused])),
    ]) {
      assert.doesNotMatch(error.why ?? '', reuse);
      assert.ok(error.unexplained);
    }
    assert.match(failure(await run([lost, refused])).why ?? '', reuse);
    const other = failure(await run([lost, inactive]));
    assert.doesNotMatch(other.why ?? '', reuse);
    assert.doesNotMatch(other.message, /was lost/);
  });
});
