import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Cancelled } from '../../src/http/deadline.ts';
import { brokenOff, closedEarly, RequestFailure } from '../../src/http/failure.ts';
import { type Asked, explainNoAnswer } from '../../src/http/no-answer.ts';
import { plainMessage } from '../../src/http/node-errors.ts';

// One cause for each text, and what to do about that one.

const host = 'acme.my.salesforce.com';
const clean = (text: unknown) => String(text);
const asked: Asked = { service: 'login', totalMs: 60_000, clean };

/** An error as Node has it. */
function nodeError(code: string, message = `connect ${code} 192.0.2.1:443`): Error {
  return Object.assign(new Error(message), { code });
}

function network(cause: Error, sent = false, proxy = ''): RequestFailure {
  return new RequestFailure('network', sent, plainMessage(cause), cause, { host, proxy });
}

function tunnel(words: string): Error {
  return nodeError('ECONNRESET', `tunneling socket could not be established, ${words}`);
}

const noRoute = `The runner's network has no way to ${host}`;
const cases: readonly (readonly [RequestFailure, what: string, fix: RegExp])[] = [
  [
    network(nodeError('ENOTFOUND', `getaddrinfo ENOTFOUND ${host}`)),
    `There is no host ${host}: the name does not resolve (ENOTFOUND).`,
    /^Check `login-url` for a typo/,
  ],
  [
    network(nodeError('EAI_AGAIN')),
    `The name ${host} could not be looked up: the DNS server of the runner gave no answer (EAI_AGAIN).`,
    /^Run the job again\..*DNS/,
  ],
  [network(nodeError('ECONNREFUSED')), `${host} refused the connection (ECONNREFUSED).`, /port in/],
  [network(nodeError('ENETUNREACH')), `${noRoute} (ENETUNREACH).`, /routes/],
  [network(nodeError('EHOSTUNREACH')), `${noRoute} (EHOSTUNREACH).`, /`https_proxy`/],
  [
    network(nodeError('ECONNRESET', 'read ECONNRESET')),
    `The connection to ${host} was cut before the request was sent (ECONNRESET).`,
    /cuts connections to acme/,
  ],
  [
    network(nodeError('EPIPE', 'write EPIPE'), true),
    `The connection to ${host} was cut after the request was sent, before its answer came (EPIPE).`,
    /cuts connections/,
  ],
  [
    network(nodeError('ECONNRESET', 'socket hang up'), true),
    `${host} closed the connection without an answer.`,
    /^Run the job again\./,
  ],
  [
    new RequestFailure('network', true, closedEarly, undefined, { host }),
    `${host} closed the connection without an answer.`,
    /^Run the job again\./,
  ],
  [
    new RequestFailure('network', true, brokenOff, nodeError('ECONNRESET', 'aborted'), { host }),
    `The answer of ${host} broke off in the middle.`,
    /^Run the job again\./,
  ],
  [
    network(tunnel('statusCode=403'), false, 'proxy.corp:3128'),
    `The proxy proxy.corp:3128 refused to connect to ${host} (HTTP 403).`,
    /allowed on the proxy.*`no_proxy`/,
  ],
  [
    network(tunnel('statusCode=407'), false, 'proxy.corp:3128'),
    `The proxy proxy.corp:3128 refused to connect to ${host} (HTTP 407).`,
    /wants a user name and a password/,
  ],
  [
    network(tunnel('cause=getaddrinfo ENOTFOUND proxy.corp'), false, 'proxy.corp:3128'),
    'Could not connect to the proxy proxy.corp:3128: getaddrinfo ENOTFOUND proxy.corp.',
    /`https_proxy`, which names the proxy/,
  ],
  [
    network(nodeError('EMFILE', 'too many open files')),
    `${host} could not be reached: too many open files (EMFILE).`,
    /^Run the job again\./,
  ],
  [
    new RequestFailure('tls', false, 'self-signed certificate', nodeError('DEPTH_ZERO'), { host }),
    `The runner does not trust the certificate of ${host}: self-signed certificate.`,
    /NODE_EXTRA_CA_CERTS.* Nothing was sent to Salesforce\.$/,
  ],
  [
    new RequestFailure('tls', false, 'x', nodeError('EPROTO'), { host }),
    `${host} and the runner could not agree on a TLS connection (EPROTO).`,
    /host and the port.* Nothing was sent to Salesforce\.$/,
  ],
  [
    new RequestFailure('ended', true, 'the run was cancelled', new Cancelled(), { host }),
    `The run was cancelled before ${host} answered.`,
    /^Start the job again\.$/,
  ],
  [
    new RequestFailure('ended', false, 'the time is up', new Error('the time is up'), { host }),
    `${host} had given no connection when \`timeout-seconds\` (60) was over.`,
    /or raise `timeout-seconds`\.$/,
  ],
  [
    new RequestFailure('oversized', true, 'too long', undefined, { host }),
    `The answer of ${host} is longer than 1 MiB.`,
    /`login-url`/,
  ],
];

describe('A request without an answer', () => {
  for (const [failure, what, fix] of cases) {
    it(`is explained by one cause: ${what}`, () => {
      const explained = explainNoAnswer(failure, asked);
      assert.equal(explained.what, what);
      assert.match(explained.fix, fix);
    });
  }

  for (const [sent, limitMs, totalMs, within, helps] of [
    [false, 10_000, 60_000, '10 s, the limit for connecting', false],
    [false, 4_000, 12_000, '4 s, a third of `timeout-seconds` (12)', true],
    [true, 1_000, 2_000, '1 s, half of `timeout-seconds` (2)', true],
    [true, 60_000, 60_000, '60 s, all of `timeout-seconds` (60)', true],
    [true, 90_000, 600_000, '90 s, the limit for one answer', false],
    [true, 10_000, undefined, '10 s, the limit for one answer', false],
    [true, 500, undefined, '0.5 s, a share of the time that was left', true],
    [false, 10_000, undefined, '10 s, the limit for connecting', false],
  ] as const) {
    it(`names the limit that was reached: ${within}, of ${totalMs}`, () => {
      const failure = new RequestFailure('timeout', sent, 'x', undefined, { host, limitMs });
      const { what, fix } = explainNoAnswer(failure, {
        ...{ service: 'login', clean },
        ...(totalMs !== undefined && { totalMs }),
      });
      const did = sent ? 'took the request and gave no complete answer' : 'accepted no connection';
      assert.equal(what, `${host} ${did} within ${within}.`);
      assert.equal(/raise `timeout-seconds`/.test(fix), helps);
    });
  }

  it('says whom it was for, and looks for outages there', () => {
    const failure = network(nodeError('ECONNRESET', 'read ECONNRESET'));
    const gitHub = explainNoAnswer(failure, { service: 'github', clean });
    assert.match(
      gitHub.what,
      /^The connection to GitHub's API \(acme\.my\.salesforce\.com\) was cut/,
    );
    assert.match(gitHub.fix, /https:\/\/www\.githubstatus\.com/);
    const late = new RequestFailure('ended', true, 'x');
    assert.equal(
      explainNoAnswer(late, { service: 'github', clean }).what,
      "GitHub's API had given no complete answer when the time for it was over.",
    );
    const org = explainNoAnswer(network(nodeError('ECONNREFUSED')), { ...asked, service: 'org' });
    assert.doesNotMatch(org.fix, /login-url/);
    const untrusted = new RequestFailure('tls', false, 'x');
    for (const [service, said] of [
      ['org', /The access token was not sent\.$/],
      ['github', /Nothing was sent to Salesforce\.$/],
    ] as const) {
      assert.match(explainNoAnswer(untrusted, { ...asked, service }).fix, said);
    }
  });

  it('is named by the caller where the failure does not say for whom it was', () => {
    const failure = new RequestFailure('network', false, 'odd');
    const { what } = explainNoAnswer(failure, { ...asked, host });
    assert.equal(what, `${host} could not be reached: odd.`);
  });
});
