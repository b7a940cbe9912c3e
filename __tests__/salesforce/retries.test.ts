// Not for coverage: refresh, retry and attempt have unit tests.

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { nobody } from '../support/nobody.ts';
import { explanation } from '../support/org-step.ts';
import {
  assertFailed,
  assertRefreshed,
  refreshScene,
  retriesIn,
} from '../support/refresh-scene.ts';
import { type Fault, fault } from '../support/salesforce-org.ts';

// What is sent again, how often and when: by how far the request got, and whether the app rotates.

const always = Number.POSITIVE_INFINITY;

/** What happened, and what is to come of it with `retries: 1`. */
interface Row {
  readonly does: Fault;
  readonly stays: Outcome;
  readonly rotates: Outcome;
  /** What the announcement and the last error say. */
  readonly says: RegExp;
}

interface Outcome {
  readonly requests: number;
  readonly code: string;
}

const once = (code: string): Outcome => ({ requests: 1, code });
const twice = (code: string): Outcome => ({ requests: 2, code });

function sameForBoth(does: Fault, outcome: Outcome, says: RegExp): Row {
  return { does, stays: outcome, rotates: outcome, says };
}

/** Passes: turned away unprocessed, for sure. */
const busy = (does: Fault, code: string, says: RegExp) => sameForBoth(does, twice(code), says);
/** May have been processed. */
const uncertain = (does: Fault, code: string, says: RegExp): Row => ({
  does,
  stays: twice(code),
  rotates: once('answer_lost'),
  says,
});
/** The same, and it does not pass. */
const unreadable = (does: Fault, code: string, says: RegExp): Row => ({
  does,
  stays: once(code),
  rotates: once('answer_lost'),
  says,
});
const definite = (does: Fault, code: string, says: RegExp) => sameForBoth(does, once(code), says);
const retryAfter = { 'retry-after': '1' };

const table: Readonly<Record<string, Row>> = {
  '429': busy(fault.tooMany(), 'http_429', /HTTP 429/),
  '503 with Retry-After': busy(fault.page(503, retryAfter), 'http_503', /HTTP 503/),
  'an error of OAuth’s with that': busy(
    fault.answer(503, { error: 'temporarily_unavailable' }, retryAfter),
    'temporarily_unavailable',
    /temporarily_unavailable/,
  ),
  '503': uncertain(fault.page(503), 'http_503', /HTTP 503/),
  '420': uncertain(fault.page(420), 'http_420', /HTTP 420/),
  '406': uncertain(fault.page(406), 'http_406', /HTTP 406/),
  'retry your request': uncertain(
    fault.oauthError('unknown_error', 'retry your request'),
    'unknown_error',
    /unknown_error: retry your request/,
  ),
  temporarily_unavailable: uncertain(
    fault.oauthError('temporarily_unavailable', 'try later', 503),
    'temporarily_unavailable',
    /temporarily_unavailable: try later/,
  ),
  '500': uncertain(fault.page(500), 'http_500', /HTTP 500/),
  '502': uncertain(fault.page(502), 'http_502', /HTTP 502/),
  '504': uncertain(fault.page(504), 'http_504', /HTTP 504/),
  server_error: uncertain(fault.oauthError('server_error', 'oops', 500), 'server_error', /oops/),
  'a lost answer': uncertain(fault.reset(), 'network_error', /ECONNRESET/),
  'a dead token': definite(
    fault.oauthError('invalid_grant', 'expired access/refresh token'),
    'invalid_grant',
    /expired access\/refresh token/,
  ),
  'a login limit': definite(
    fault.oauthError('invalid_grant', 'login rate exceeded'),
    'invalid_grant',
    /login rate exceeded/,
  ),
  'an unknown error': definite(fault.oauthError('quirk', 'odd'), 'quirk', /quirk: odd/),
  'the page of a filter': unreadable(fault.page(403), 'http_403', /HTTP 403/),
  'the JSON of a filter': unreadable(
    fault.oauthError('Forbidden', 'policy', 403),
    'Forbidden',
    /Forbidden: policy/,
  ),
  'a page with 404': unreadable(fault.page(404), 'http_404', /HTTP 404/),
  'a page with 200': unreadable(fault.page(200), 'response_invalid', /HTML page/),
  'an empty answer': unreadable(fault.answer(200), 'response_invalid', /an empty body/),
  'an answer without a token': unreadable(
    fault.answer(200, {}),
    'response_invalid',
    /`access_token` is missing/,
  ),
  'an answer with half a token': unreadable(
    fault.answer(200, { access_token: '00Dx0000000BV7z!AR8A abc' }),
    'response_invalid',
    /`access_token` holds characters/,
  ),
};

describe('retries', { concurrency: 12 }, () => {
  for (const [name, row] of Object.entries(table)) {
    for (const rotates of [false, true]) {
      const { requests, code } = rotates ? row.rotates : row.stays;
      it(`${name}, rotates: ${rotates}: ${requests} of 2 requests, ${code}`, async (t) => {
        const { org, here } = await refreshScene(t);
        org.faults.push({ does: row.does, count: always });
        const result = await here({ rotates, retries: 1 });
        assertFailed(result, code);
        assert.equal(org.tokenRequests.length, requests);
        const retries = retriesIn(result);
        assert.equal(retries.length, requests - 1);
        for (const { number, of, reason } of retries) {
          assert.deepEqual([number, of], [1, 1]);
          assert.match(reason, row.says);
        }
        const error = result.annotations.find(({ level }) => level === 'error')?.message ?? '';
        assert.match(error, row.says);
        assert.equal(/attempt 2, the last/.test(error), requests === 2);
      });

      it(`${name}, rotates: ${rotates}: one request with \`retries: 0\``, async (t) => {
        const { org, here } = await refreshScene(t);
        org.faults.push({ does: row.does, count: always });
        assertFailed(await here({ rotates, retries: 0 }), code);
        assert.equal(org.tokenRequests.length, 1);
      });
    }
  }

  it('a parallel refresh: waited for until the time is up, whatever `retries` says', async (t) => {
    const { org, run } = await refreshScene(t);
    const { does } = inFlight;
    org.faults.push({ does, count: always });
    const result = await run({ retries: 1, 'timeout-seconds': 10 });
    assertFailed(result, 'invalid_grant');
    assert.match(result.log, /`timeout-seconds` \(10\) left no time for another attempt/);
    const retries = retriesIn(result);
    // How many fit is for refresh.test.ts: it has a clock of its own.
    assert.ok(retries.length > 1, result.log);
    assert.equal(org.tokenRequests.length, retries.length + 1);
    for (const [index, { number, of, reason }] of retries.entries()) {
      assert.deepEqual([number, of], [index + 1, undefined]);
      assert.match(reason, /token request is already being processed/);
    }
  });

  it('a parallel refresh: done when the other one is', async (t) => {
    const { org, token, run } = await refreshScene(t);
    const other = org.hold();
    const first = run();
    await other.reached;
    const second = run(
      { retries: 1 },
      {},
      { onLine: (line) => /^Retry 2/.test(line) && other.release() },
    );
    assertRefreshed(await second, org);
    assertRefreshed(await first, org);
    assert.equal(org.refreshTokenState(token), 'current');
  });

  it('a parallel refresh: refused at once where the app rotates', async (t) => {
    const { org, run } = await refreshScene(t);
    org.faults.push({ ...inFlight, count: always });
    assertFailed(await run({ rotates: true, retries: 5 }), 'invalid_grant');
    assert.equal(org.tokenRequests.length, 1);
  });

  it('a parallel refresh: one request with `retries: 0`', async (t) => {
    const { org, run } = await refreshScene(t);
    org.faults.push({ ...inFlight, count: always });
    assertFailed(await run({ retries: 0 }), 'invalid_grant');
    assert.equal(org.tokenRequests.length, 1);
  });

  for (const rotates of [false, true]) {
    it(`nothing sent: tried again, not with \`retries: 0\` (rotates: ${rotates})`, async (t) => {
      const { run } = await refreshScene(t);
      const [one, none] = await Promise.all([
        run({ 'login-url': nobody, rotates, retries: 1 }),
        run({ 'login-url': nobody, rotates, retries: 0 }),
      ]);
      assertFailed(one, 'network_error');
      assertFailed(none, 'network_error');
      assert.equal(retriesIn(one).length, 1);
      assert.match(retriesIn(one)[0]?.reason ?? '', / refused the connection \(ECONNREFUSED\)/);
      assert.equal(retriesIn(none).length, 0);
    });
  }

  it('what stays so however often it runs is explained as well, where the answer is lost', async (t) => {
    const { org, run } = await refreshScene(t);
    org.faults.push({ does: fault.page(404) });
    const result = await run({ rotates: true });
    assertFailed(result, 'answer_lost');
    const { what, fix } = explanation(result);
    assert.match(what, /^The answer to the refresh was lost at \S+: .*HTTP 404 and an HTML page/);
    assert.match(
      fix,
      /sign in again.*If the same happens again: Check `login-url` \(Setup → My Domain/,
    );
  });

  const uncertainFirst: readonly (readonly [what: string, does: Fault, lost: RegExp])[] = [
    ['reset', fault.reset(), /was cut after the request was sent.*ECONNRESET/],
    ['replaced by a page with 503', fault.page(503), /HTTP 503 and an HTML page/],
    ['replaced by a page with 420', fault.page(420), /HTTP 420 and an HTML page/],
  ];
  for (const [what, does, lost] of uncertainFirst) {
    it(`a retry that kills a token which rotates says so: the first answer was ${what}`, async (t) => {
      const { org, run } = await refreshScene(t, { rotation: 'strict' });
      org.faults.push({ when: 'after', does });
      const result = await run();
      assertFailed(result, 'invalid_grant');
      assert.equal(org.tokenRequests.length, 2);
      assert.equal(org.reuses, 1);
      assert.equal(org.families[0]?.revoked, true);
      const said = explanation(result);
      assert.match(
        said.what,
        /“invalid_grant: expired access\/refresh token”\. Before that, the answer to at/,
      );
      assert.match(said.what, /the answer to attempt 1 was lost: .*127\.0\.0\.1:\d+ /);
      assert.match(said.what, lost);
      assert.match(said.why, /^Salesforce may have processed.*rotates.*revoked every token/);
      assert.match(
        said.fix,
        /^If the app rotates refresh tokens, set `rotates: true`.*sign in again/i,
      );
      assert.match(said.fix, / npx .*sign-in\.tgz /);
    });
  }

  const dead = 'expired access/refresh token';
  for (const [what, description, before, inputs, mentions] of [
    ['without a retry', dead, undefined, {}, /It worked exactly once/],
    ['after a retry', dead, fault.tooMany(0), {}, /It worked exactly once/],
    [
      'with `rotates`',
      dead,
      undefined,
      { rotates: true },
      /It worked before: it is not the newest/,
    ],
    ['of another cause', 'inactive user', undefined, { rotates: true }, /^Activate or unfreeze/],
  ] as const) {
    it(`a refusal that gives no cause goes by what was seen before: ${what}`, async (t) => {
      const { org, here } = await refreshScene(t);
      org.faults.push(...(before === undefined ? [] : [{ does: before }]), {
        does: fault.oauthError('invalid_grant', description),
      });
      const result = await here(inputs);
      assertFailed(result, 'invalid_grant');
      const { what: said, fix } = explanation(result);
      assert.match(fix, mentions);
      assert.doesNotMatch(said, /was lost/);
    });
  }

  it('“setting things up” is sent again twice, not more', async (t) => {
    const { org, run } = await refreshScene(t);
    org.faults.push({ does: fault.page(420), count: always });
    assertFailed(await run({ retries: 10 }), 'http_420');
    assert.equal(org.tokenRequests.length, 3);
  });

  it('a lost answer is sent again once, also after other failures', async (t) => {
    const { org, run } = await refreshScene(t);
    org.faults.push({ does: fault.page(503) }, { does: fault.reset(), count: always });
    const result = await run({ retries: 10 });
    assertFailed(result, 'network_error');
    assert.equal(org.tokenRequests.length, 3);
    assert.match(result.log, /attempt 3, the last/);
  });

  it('pauses grow, are kept, and are told with number, limit and reason', async (t) => {
    const { org, run } = await refreshScene(t, { rotation: 'strict' });
    org.faults.push({ does: fault.tooMany(), count: 3 });
    const result = await run({ rotates: true, retries: 3 });
    assertRefreshed(result, org);
    const retries = retriesIn(result);
    assert.deepEqual(
      retries.map(({ number, of }) => [number, of]),
      [
        [1, 3],
        [2, 3],
        [3, 3],
      ],
    );
    const [first = 0, second = 0, third = 0] = retries.map(({ seconds }) => seconds);
    assert.ok(first >= 0.8 && second >= 1.6 && third >= 3.2, result.log);
    const times = org.tokenRequests.map(({ at }) => at);
    for (const [index, { seconds }] of retries.entries()) {
      const waited = (times[index + 1] ?? 0) - (times[index] ?? 0);
      // The announcement is rounded to tenths.
      assert.ok(waited >= seconds * 1000 - 60, `${waited} ms instead of ${seconds} s`);
    }
    assert.equal(org.reuses, 0);
    assert.equal(result.outputs['rotated'], 'true');
  });

  it('a pause is not shorter than a `Retry-After` before it', async (t) => {
    const { org, run } = await refreshScene(t);
    org.faults.push({ does: fault.tooMany(3) }, { does: fault.page(503) });
    const result = await run();
    assertRefreshed(result, org);
    const [first = 0, second = 0] = retriesIn(result).map(({ seconds }) => seconds);
    assert.ok(first >= 3 && second >= first, result.log);
  });

  it('waits for the seconds of `Retry-After`', async (t) => {
    const { org, run } = await refreshScene(t);
    org.faults.push({ does: fault.tooMany(2) });
    const result = await run();
    assertRefreshed(result, org);
    assert.deepEqual(
      retriesIn(result).map(({ seconds }) => seconds),
      [2],
    );
    const [first, second] = org.tokenRequests;
    assert.ok((second?.at ?? 0) - (first?.at ?? 0) >= 1990);
  });

  it('waits for the date of `Retry-After`', async (t) => {
    const { org, run } = await refreshScene(t);
    const date = 'Mon, 02 Mar 2026 10:00:00 GMT';
    const headers = { date, 'retry-after': 'Mon, 02 Mar 2026 10:00:03 GMT' };
    org.faults.push({ does: fault.answer(429, '', headers) });
    const result = await run();
    assertRefreshed(result, org);
    assert.deepEqual(
      retriesIn(result).map(({ seconds }) => seconds),
      [3],
    );
  });

  for (const [name, value] of [
    ['too many seconds', '100'],
    ['a date too far away', new Date(Date.now() + 86_400_000).toUTCString()],
  ]) {
    it(`fails at once on a \`Retry-After\` of ${name}, and says so`, async (t) => {
      const { org, here } = await refreshScene(t);
      org.faults.push({ does: fault.page(503, { 'retry-after': value ?? '' }) });
      const result = await here();
      assertFailed(result, 'http_503');
      assert.equal(org.tokenRequests.length, 1);
      assert.match(
        result.log,
        /It asks to wait \d+ s before the next attempt, longer than `timeout-seconds` \(60\) leaves/,
      );
      assert.deepEqual(retriesIn(result), []);
    });
  }

  for (const value of ['0', '-5', 'soon', '1e3', '', new Date(0).toUTCString()]) {
    it(`takes its own pause on \`Retry-After: ${value}\``, async (t) => {
      const { org, here } = await refreshScene(t);
      org.faults.push({ does: fault.page(503, { 'retry-after': value }) });
      const result = await here();
      assertRefreshed(result, org);
      const [seconds = 0] = retriesIn(result).map((retry) => retry.seconds);
      assert.ok(seconds >= 0.8 && seconds <= 1.2, result.log);
    });
  }

  it('ends with the time, however many retries are left', async (t) => {
    const { org, run } = await refreshScene(t);
    org.faults.push({ does: fault.page(503), count: always });
    const result = await run({ retries: 10, 'timeout-seconds': 5 });
    assertFailed(result, 'http_503');
    const requests = org.tokenRequests.length;
    assert.match(
      result.log,
      new RegExp(`left no time for another attempt after attempt ${requests}`),
    );
    assert.equal(retriesIn(result).length, requests - 1);
  });

  it('ends with the time in the middle of a later attempt too', async (t) => {
    const { org, run } = await refreshScene(t, { rotation: 'strict' });
    org.faults.push({ does: fault.tooMany() }, { does: fault.silence() });
    const result = await run({ rotates: true, 'timeout-seconds': 9 });
    assertFailed(result, 'answer_lost');
    assert.match(
      result.log,
      /when `timeout-seconds` \(9\) was over\. That was attempt 2, the last/,
    );
    assert.equal(org.tokenRequests.length, 2);
  });
});

const inFlight = {
  does: fault.oauthError('invalid_grant', 'token request is already being processed'),
};
