// Not for coverage: it is about the tests' own look-alikes.

import assert from 'node:assert/strict';
import { request as httpRequest, type IncomingMessage } from 'node:http';
import { request as httpsRequest } from 'node:https';
import { describe, it, type TestContext } from 'node:test';
import {
  type Fault,
  fault,
  type OrgOptions,
  type SalesforceOrg,
  startOrg,
} from './salesforce-org.ts';
import { testCertificates } from './tls.ts';
import { until } from './until.ts';

// That every fault really happens to the client, and that the org is left as the fault says.

/** What the client saw; `complete` is false where the body broke off. */
interface Seen {
  readonly status?: number;
  readonly headers?: IncomingMessage['headers'];
  readonly body: string;
  readonly complete: boolean;
  /** The code of the error that ended it, if one did. */
  readonly error?: string;
}

async function start(t: TestContext, options: OrgOptions = {}) {
  const org = await startOrg({ rotation: 'strict', ...options });
  t.after(() => org.close());
  return { org, token: org.newRefreshToken() };
}

/** Refreshes with a connection of its own; gives up as soon as `enough` says so. */
async function refresh(
  org: SalesforceOrg,
  token: string,
  enough: (soFar: Progress) => boolean = () => false,
): Promise<Seen> {
  const { ca } = await testCertificates();
  const body = `grant_type=refresh_token&refresh_token=${token}&client_id=${org.app.clientId}`;
  const headers = { 'content-type': 'application/x-www-form-urlencoded' };
  const url = `${org.url}/services/oauth2/token`;
  const patience = new AbortController();
  const options = { method: 'POST', headers, agent: false, ca, signal: patience.signal };
  const outgoing = (org.url.startsWith('https') ? httpsRequest : httpRequest)(url, options);
  outgoing.end(body);
  let text = '';
  const decided = () => org.requests.at(-1)?.decided !== undefined;
  const soFar = () => ({
    decided: decided(),
    bytes: outgoing.socket?.bytesRead ?? 0,
    characters: text.length,
  });
  let over = false;
  until(() => over || enough(soFar())).then(() => patience.abort());
  const seen = await new Promise<Seen>((resolve) => {
    let head: Pick<Seen, 'status' | 'headers'> = {};
    const end = (complete: boolean, error?: Error) =>
      resolve({ ...head, body: text, complete, ...(error && { error: codeOf(error) }) });
    outgoing.on('error', (error) => end(false, error));
    outgoing.on('response', (incoming) => {
      const { statusCode: status, headers: received } = incoming;
      head = { ...(status !== undefined && { status }), headers: received };
      incoming.setEncoding('utf8').on('data', (chunk: string) => {
        text += chunk.slice(0, 100_000 - text.length);
      });
      incoming.on('end', () => end(incoming.complete));
      incoming.on('error', (error) => end(false, error));
    });
  });
  over = true;
  return seen;
}

/** How far an exchange has come: the org has decided, and so much of its answer is there. */
interface Progress {
  readonly decided: boolean;
  readonly bytes: number;
  readonly characters: number;
}

function codeOf(error: Error): string {
  return 'code' in error ? String(error.code) : error.name;
}

/** Lets the fault happen to one refresh after the org did its part. */
async function spoil(t: TestContext, does: Fault, enough?: Parameters<typeof refresh>[2]) {
  const { org, token } = await start(t);
  org.faults.push({ when: 'after', does });
  const seen = await refresh(org, token, enough);
  assert.equal(org.refreshTokenState(token), 'spent');
  assert.equal(org.faults.pending, 0);
  return { org, seen, decided: org.requests[0]?.decided?.body ?? '' };
}

describe('Salesforce look-alike: faults', { concurrency: true }, () => {
  it('before the org saw the request, nothing is spent', async (t) => {
    const { org, token } = await start(t);
    org.faults.push({ does: fault.reset() }, { does: fault.breakOff() });
    assert.equal((await refresh(org, token)).error, 'ECONNRESET');
    assert.equal((await refresh(org, token)).complete, false);
    assert.equal(org.refreshTokenState(token), 'current');
    assert.equal(org.requests[0]?.decided, undefined);
    assert.equal((await refresh(org, token)).status, 200);
    assert.equal(org.requests.length, 3);
    assert.equal(org.connections, 3);
  });

  it('picks its requests', async (t) => {
    const { org, token } = await start(t, { rotation: 'none' });
    const does = fault.answer(418, 'no');
    org.faults.push(
      { does, method: 'GET' },
      { does, path: '/revoke' },
      { does, path: /^\/services\/oauth2\/token$/, skip: 1, count: 2 },
    );
    const statuses: (number | undefined)[] = [];
    for (let round = 0; round < 4; round += 1) {
      statuses.push((await refresh(org, token)).status);
    }
    assert.deepEqual(statuses, [200, 418, 418, 200]);
    assert.equal(org.faults.pending, 2);
    org.faults.clear();
    assert.equal(org.faults.pending, 0);
  });

  for (const tls of [false, true]) {
    it(`breaks connections${tls ? ' below TLS' : ''}`, async (t) => {
      const { key, cert } = await testCertificates();
      const { org, token } = await start(t, {
        rotation: 'none',
        ...(tls && { tls: { key, cert } }),
      });
      org.faults.push({ does: fault.reset() }, { does: fault.close() });
      assert.equal((await refresh(org, token)).error, 'ECONNRESET');
      assert.equal((await refresh(org, token)).error, 'ECONNRESET');
      org.faults.push({ when: 'after', does: fault.breakOff() });
      org.faults.push({ when: 'after', does: fault.breakOff({ chunked: true }) });
      for (const header of ['content-length', 'transfer-encoding']) {
        const seen = await refresh(org, token);
        assert.equal(seen.status, 200);
        assert.ok(seen.headers?.[header] !== undefined);
        assert.equal(seen.complete, false);
        assert.ok(seen.body.startsWith('{"access_token":"00D'));
      }
    });
  }

  it('never answers', async (t) => {
    const { seen } = await spoil(t, fault.silence(), ({ decided }) => decided);
    assert.equal(seen.error, 'ABORT_ERR');
  });

  it('drips the body', async (t) => {
    const { seen, decided } = await spoil(t, fault.dripBody(1));
    assert.equal(seen.body, decided);
    const slow = await spoil(t, fault.dripBody(100), ({ characters }) => characters > 2);
    assert.equal(slow.seen.status, 200);
    assert.equal(slow.seen.complete, false);
  });

  it('drips the head', async (t) => {
    const { seen, decided } = await spoil(t, fault.dripHead(1));
    assert.equal(seen.body, decided);
    const slow = await spoil(t, fault.dripHead(100), ({ bytes }) => bytes > 2);
    assert.equal(slow.seen.status, undefined);
  });

  it('sends the second half of the body when it is told to', async (t) => {
    const rest = Promise.withResolvers<void>();
    const { seen, decided } = await spoil(
      t,
      fault.inTwo(() => rest.promise),
      ({ characters }) => {
        if (characters > 0) {
          rest.resolve();
        }
        return false;
      },
    );
    assert.ok(seen.complete);
    assert.equal(seen.body, decided);
    const never = fault.inTwo(() => new Promise(() => {}));
    const half = await spoil(t, never, ({ characters }) => characters > 0);
    assert.equal(half.seen.body, half.decided.slice(0, Math.ceil(half.decided.length / 2)));
  });

  it('sends a body without end', async (t) => {
    const fast = await spoil(t, fault.endless(), ({ characters }) => characters >= 100_000);
    assert.equal(fast.seen.body.length, 100_000);
    assert.equal(fast.seen.complete, false);
    const slow = await spoil(t, fault.endless(20), ({ characters }) => characters > 2);
    assert.equal(slow.seen.status, 200);
    assert.equal(slow.seen.complete, false);
  });

  it('sends headers that are too long', async (t) => {
    const { seen } = await spoil(t, fault.hugeHead());
    assert.equal(seen.error, 'HPE_HEADER_OVERFLOW');
  });

  it('sends something else than HTTP', async (t) => {
    const { seen } = await spoil(t, fault.raw('SSH-2.0-OpenSSH_9.9\r\n'));
    assert.match(seen.error ?? '', /^HPE_/);
  });

  it('sends half of the JSON as if it were all', async (t) => {
    const { seen, decided } = await spoil(t, fault.truncate());
    assert.ok(seen.complete && seen.body.length < decided.length);
    assert.ok(decided.startsWith(seen.body));
  });

  it('changes fields of the answer', async (t) => {
    const { seen } = await spoil(t, fault.patch({ access_token: 42, signature: undefined }));
    const fields: unknown = JSON.parse(seen.body);
    assert.ok(JSON.stringify(fields).includes('"access_token":42'));
    assert.ok(!seen.body.includes('signature') && seen.body.includes('refresh_token'));
  });

  it('gives other answers', async (t) => {
    const { org, token } = await start(t);
    const at = new Date('2026-07-01T12:00:00Z');
    const answers: [does: Fault, status: number, body: RegExp, header?: [string, string]][] = [
      [fault.page(503), 503, /maintenance/],
      [fault.page(200), 200, /<html>/],
      [fault.page(420), 420, /We are setting things up/],
      [fault.page(406, { 'retry-after': '1' }), 406, /setting/, ['retry-after', '1']],
      [fault.tooMany(7), 429, /Too many/, ['retry-after', '7']],
      [fault.tooMany(at), 429, /Too many/, ['retry-after', 'Wed, 01 Jul 2026 12:00:00 GMT']],
      [fault.tooMany(), 429, /Too many/],
      [fault.redirect('https://x.example/'), 302, /^$/, ['location', 'https://x.example/']],
      [fault.redirect('/elsewhere', 307), 307, /^$/, ['location', '/elsewhere']],
      [fault.oauthError('server_error', 'oops', 500), 500, /^\{"error":"server_error"/],
      [fault.answer(200), 200, /^$/],
      [fault.answer(200, ['x']), 200, /^\["x"\]$/],
    ];
    for (const [does, status, body, header] of answers) {
      org.faults.push({ does, delayMs: 1 });
      const seen = await refresh(org, token);
      assert.equal(seen.status, status);
      assert.match(seen.body, body);
      if (header !== undefined) {
        assert.equal(seen.headers?.[header[0]], header[1]);
      }
    }
    assert.equal(org.refreshTokenState(token), 'current');
  });
});

describe('Salesforce look-alike: hooks', () => {
  it('lets tests in before, during and after', async (t) => {
    const { org, token } = await start(t);
    const seen: string[] = [];
    const removals = (['before', 'during', 'after'] as const).map((when) =>
      org.onRequest(({ decided }) => {
        seen.push(`${when}: ${org.refreshTokenState(token)}, ${decided?.status}`);
      }, when),
    );
    await refresh(org, token);
    assert.deepEqual(seen, [
      'before: current, undefined',
      'during: current, undefined',
      'after: spent, 200',
    ]);
    for (const remove of removals) {
      remove();
    }
    org.onRequest(() => fault.answer(599));
    assert.equal((await refresh(org, token)).status, 599);
    assert.equal(seen.length, 3);
  });

  it('gives what a hook throws on closing', async () => {
    const org = await startOrg();
    org.onRequest(() => {
      throw new Error('seen in the hook');
    });
    assert.equal((await refresh(org, org.newRefreshToken())).status, 500);
    await assert.rejects(org.close(), /seen in the hook/);
    await org.close();
  });

  it('closes while requests wait', async () => {
    const org = await startOrg();
    org.faults.push({ does: fault.silence() });
    const silent = refresh(org, org.newRefreshToken());
    const hold = org.hold();
    const held = refresh(org, org.newRefreshToken());
    await hold.reached;
    await org.close();
    assert.deepEqual([(await silent).error, (await held).error], ['ECONNRESET', 'ECONNRESET']);
  });
});
