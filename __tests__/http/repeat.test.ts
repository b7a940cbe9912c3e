import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import type { Deadline } from '../../src/http/deadline.ts';
import { RequestFailure } from '../../src/http/failure.ts';
import { sendRepeatedly } from '../../src/http/repeat.ts';
import type { HttpAnswer, HttpLimits } from '../../src/http/send.ts';

const request = {
  method: 'GET',
  url: new URL('https://acme.my.salesforce.com/services/data'),
  headers: {},
} as const;

const answer = (status: number, headers: HttpAnswer['headers'] = {}): HttpAnswer => ({
  status,
  headers,
  body: '',
});
const failure = (kind: RequestFailure['kind']) => new RequestFailure(kind, true, 'it broke');

interface Course {
  readonly result: HttpAnswer | Error;
  readonly requests: number;
  readonly pauses: readonly number[];
  readonly lines: readonly string[];
  readonly limits: readonly HttpLimits[];
}

/** Sends until it ends, on a clock that only pauses move. */
async function run(
  outcomes: readonly (HttpAnswer | Error)[],
  { retries = 3, totalMs = 60_000, answerMs = 20_000 } = {},
): Promise<Course> {
  const pauses: number[] = [];
  const lines: string[] = [];
  const limits: HttpLimits[] = [];
  let left = totalMs;
  const deadline: Deadline = {
    totalMs,
    signal: new AbortController().signal,
    remainingMs: () => left,
    pause: async (ms) => {
      pauses.push(ms);
      left -= ms;
    },
    suspend: () => assert.fail('nobody else is waited for'),
    release: () => {},
  };
  const send = async (_: unknown, limit: HttpLimits) => {
    limits.push(limit);
    const outcome = outcomes[limits.length - 1] ?? answer(200);
    if (outcome instanceof Error) {
      throw outcome;
    }
    return outcome;
  };
  const result = await sendRepeatedly(request, {
    send,
    deadline,
    retries,
    answerMs,
    random: () => 0.5,
    debug: (line) => void line(),
    retrying: (line) => lines.push(line),
  }).catch((error: unknown) => {
    assert.ok(error instanceof Error);
    return error;
  });
  return { result, requests: limits.length, pauses, lines, limits };
}

describe('A request that may be repeated', () => {
  it('is sent once where the answer stays', async () => {
    for (const status of [200, 201, 301, 400, 401, 403, 404, 409, 422]) {
      const { result, requests } = await run([answer(status)]);
      assert.deepEqual([result, requests], [answer(status), 1]);
    }
  });

  it('is sent again where the next answer may differ', async () => {
    const limited = answer(403, { 'x-ratelimit-remaining': '0' });
    const told = answer(403, { 'retry-after': '1' });
    const passing = [408, 420, 429, 500, 502, 503, 504].map((status) => answer(status));
    for (const first of [...passing, limited, told, failure('network'), failure('timeout')]) {
      const { result, requests } = await run([first]);
      assert.deepEqual([result, requests], [answer(200), 2]);
    }
  });

  it('is not sent again where that cannot help', async () => {
    for (const error of [failure('tls'), failure('oversized'), failure('ended')]) {
      const { result, requests } = await run([error]);
      assert.deepEqual([result, requests], [error, 1]);
    }
    const bug = new TypeError('a bug');
    assert.equal((await run([bug])).result, bug);
  });

  it('is sent again as often as allowed, with pauses that grow, each announced', async () => {
    const course = await run([failure('network'), answer(503), answer(500), answer(502)]);
    assert.deepEqual(course.result, answer(502));
    assert.deepEqual(course.pauses, [1000, 2000, 4000]);
    assert.deepEqual(course.lines, [
      'Retry 1 of 3 in 1.0 s, because acme.my.salesforce.com gave: it broke',
      'Retry 2 of 3 in 2.0 s, because acme.my.salesforce.com gave: HTTP 503',
      'Retry 3 of 3 in 4.0 s, because acme.my.salesforce.com gave: HTTP 500',
    ]);
    const never = await run([failure('network')], { retries: 0 });
    assert.equal(never.requests, 1);
    assert.ok(never.result instanceof RequestFailure);
  });

  it('waits as long as the server asks, where that fits', async () => {
    assert.deepEqual((await run([answer(429, { 'retry-after': '7' })])).pauses, [7000]);
    assert.deepEqual((await run([answer(429, { 'retry-after': '0' })])).pauses, [1000]);
    const long = await run([answer(429, { 'retry-after': '60' })]);
    assert.deepEqual([long.result, long.pauses], [answer(429, { 'retry-after': '60' }), []]);
  });

  it('shares the time that there is among its attempts', async () => {
    const [limits] = (await run([])).limits;
    assert.deepEqual([limits?.connectMs, limits?.answerMs], [10_000, 20_000]);
    const [tight] = (await run([], { totalMs: 6000 })).limits;
    assert.deepEqual([tight?.connectMs, tight?.answerMs], [2000, 3000]);
  });

  it('ends, whatever comes, within its retries and its time', async () => {
    const outcome = fc.oneof(
      fc.constantFrom(200, 403, 404, 429, 500, 503).map((status) => answer(status)),
      fc.nat(90).map((after) => answer(503, { 'retry-after': String(after) })),
      fc.constantFrom<RequestFailure['kind'][]>('network', 'timeout', 'tls').map(failure),
    );
    await fc.assert(
      fc.asyncProperty(
        fc.array(outcome),
        fc.nat(10),
        fc.nat(60_000),
        async (all, retries, totalMs) => {
          const { result, requests, pauses, lines } = await run(all, { retries, totalMs });
          assert.ok(requests <= retries + 1);
          assert.deepEqual([pauses.length, lines.length], [requests - 1, requests - 1]);
          assert.ok(pauses.length === 0 || pauses.reduce((sum, ms) => sum + ms, 0) < totalMs);
          assert.deepEqual(result, all[requests - 1] ?? answer(200));
        },
      ),
    );
  });
});
