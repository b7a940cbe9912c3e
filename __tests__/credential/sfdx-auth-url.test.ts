import assert from 'node:assert/strict';
import { describe, it, type TestContext } from 'node:test';
import { type ActionResult, runAction } from '../support/runner.ts';
import { fault, type OrgOptions, type SalesforceOrg, startOrg } from '../support/salesforce-org.ts';
import { testCertificates } from '../support/tls.ts';

// The input `sfdx-auth-url`: every form that people store, and what comes out of it.

/** An org behind https, since that is where an auth URL leads; and the URL of its first app. */
async function start(t: TestContext, options: OrgOptions = {}) {
  const { key, cert } = await testCertificates();
  const org = await startOrg({ tls: { key, cert }, ...options });
  t.after(() => org.close());
  const token = org.newRefreshToken();
  return { org, token, url: authUrl(org, token) };
}

function authUrl(org: SalesforceOrg, token: string, secret = org.app.clientSecret): string {
  return `force://${org.app.clientId}:${secret}:${token}@127.0.0.1:${org.port}`;
}

async function run(
  authUrl: string,
  inputs: Readonly<Record<string, string | boolean>> = {},
): Promise<ActionResult> {
  const { caFile } = await testCertificates();
  return await runAction({
    inputs: { 'sfdx-auth-url': authUrl, 'allowed-hosts': '127.0.0.1', ...inputs },
    env: { NODE_EXTRA_CA_CERTS: caFile },
  });
}

const base64 = (text: string) => Buffer.from(text).toString('base64');
const wrapped = (text: string) => base64(text).replace(/.{76}/g, '$&\n');
const cliJson = (url: string) => ({
  status: 0,
  result: { orgId: '00D5e0000000001', sfdxAuthUrl: url, alias: 'ci' },
  warnings: [],
});

/** How the URL may be stored; `lines`: the secret has several lines. */
const forms: readonly { name: string; store(url: string): string; lines?: true }[] = [
  { name: 'as it is', store: (url) => url },
  { name: 'with a slash at its end', store: (url) => `${url}/` },
  { name: 'with blanks and a line break around it', store: (url) => `  ${url}\r\n` },
  { name: 'in base64', store: base64 },
  { name: 'in base64 with a line break at its end', store: (url) => `${base64(`${url}\n`)}\n` },
  { name: 'in base64, wrapped', store: wrapped, lines: true },
  { name: 'in JSON', store: (url) => JSON.stringify({ sfdxAuthUrl: url }) },
  { name: "in the CLI's JSON", store: (url) => JSON.stringify(cliJson(url)) },
  {
    name: "in the CLI's JSON, over several lines",
    store: (url) => JSON.stringify(cliJson(url), null, 2),
    lines: true,
  },
  { name: "in the CLI's JSON, in base64", store: (url) => base64(JSON.stringify(cliJson(url))) },
  {
    name: "in the CLI's JSON over several lines, in base64, wrapped",
    store: (url) => wrapped(JSON.stringify(cliJson(url), null, 2)),
    lines: true,
  },
];

describe('sfdx-auth-url: forms', { concurrency: 2 }, () => {
  for (const { name, store, lines } of forms) {
    it(`is taken ${name}, and the new one logs in again`, async (t) => {
      const { org, token, url } = await start(t, { rotation: 'strict' });
      const { clientId, clientSecret } = org.app;
      const stored = store(url);
      const first = await run(stored);
      assert.equal(first.conclusion, 'success', first.log);
      assert.deepEqual(org.tokenRequests[0]?.form, {
        grant_type: 'refresh_token',
        refresh_token: token,
        client_id: clientId,
        client_secret: clientSecret,
      });

      const next = first.outputs['refresh-token'] ?? '';
      assert.equal(org.refreshTokenState(next), 'current');
      assert.equal(first.outputs['sfdx-auth-url'], authUrl(org, next));
      const second = await run(store(authUrl(org, next)));
      assert.equal(second.conclusion, 'success', second.log);
      assert.equal(org.reuses, 0);

      assert.ok(first.masks.some((mask) => mask === url || mask === `${url}/`));
      for (const secret of [clientId, clientSecret, token, next, authUrl(org, next)]) {
        assert.ok(first.masks.includes(secret));
        assert.ok(!unmasked(first).includes(secret));
      }
      const advice = first.annotations.filter(({ message }) => message.includes('several lines'));
      assert.equal(advice.length, lines === true ? 1 : 0);
    });
  }

  it('is masked in the very form that it was given in', async (t) => {
    const { url } = await start(t);
    for (const store of [base64, (text: string) => JSON.stringify(cliJson(text))]) {
      const { masks } = await run(store(url), { retries: 'no number' });
      assert.ok(masks.includes(store(url)));
      assert.ok(masks.includes(url));
    }
  });

  it('masks nothing that would wreck the log when it has several lines', async (t) => {
    const { org, url } = await start(t);
    const { masks, log } = await run(JSON.stringify(cliJson(url), null, 2));
    for (const mask of masks.flatMap((value) => value.split('\n'))) {
      assert.ok(mask.trim().length >= 6 && !/"(result|status|warnings|alias)"/.test(mask), mask);
    }
    assert.match(log, new RegExp(`Refreshing the access token at 127\\.0\\.0\\.1:${org.port}\\.`));
  });

  it('never masks the host, so that the instance URL can leave the job', async (t) => {
    const { org, url } = await start(t);
    for (const { store } of forms) {
      const result = await run(store(url), { 'mask-instance-url': false });
      assert.equal(result.outputs['instance-url'], org.url);
      assert.ok(result.leavesJob('instance-url'));
    }
  });

  it('can not carry every token: such a one is handed out with a warning, and how to go on', async (t) => {
    const { org, url } = await start(t);
    const token = '5Aep+new/token=';
    org.faults.push({ does: fault.patch({ refresh_token: token }), when: 'after' });
    const result = await run(url, { rotates: true });
    assert.equal(result.conclusion, 'success', result.log);
    assert.equal(result.outputs['refresh-token'], token);
    assert.equal(result.outputs['sfdx-auth-url'], authUrl(org, token));
    const [warning, ...more] = result.annotations.map(({ message }) => message);
    assert.deepEqual(more, []);
    assert.match(
      warning ?? '',
      /next run would refuse the new one\. The input `sfdx-auth-url` holds a character.*`refresh-token` and `client-id` instead of `sfdx-auth-url`/,
    );
  });

  it('needs no client secret', async (t) => {
    const { org, token } = await start(t, { rotation: 'strict' });
    const { outputs } = await run(authUrl(org, token, ''));
    assert.equal('client_secret' in (org.tokenRequests[0]?.form ?? {}), false);
    assert.equal(outputs['sfdx-auth-url'], authUrl(org, outputs['refresh-token'] ?? '', ''));
  });

  it("takes the CLI's own app, whose name is no secret", async (t) => {
    const { org, token } = await start(t, { app: { clientId: 'PlatformCLI' } });
    const { conclusion, masks, outputs } = await run(authUrl(org, token, ''));
    assert.equal(conclusion, 'success');
    assert.equal(org.tokenRequests[0]?.form['client_id'], 'PlatformCLI');
    assert.ok(!masks.includes('PlatformCLI'));
    assert.equal(outputs['rotated'], 'false');
    assert.ok(!('sfdx-auth-url' in outputs) && !('refresh-token' in outputs));
  });
});

/** What the action printed, but for the commands that mask. */
function unmasked({ stdout, stderr }: ActionResult): string {
  const lines = `${stdout}\n${stderr}`.split('\n');
  return lines.filter((line) => !line.startsWith('::add-mask::')).join('\n');
}

describe('sfdx-auth-url: where it leads', { concurrency: 2 }, () => {
  it('refreshes at its host over https, never in the clear', async (t) => {
    const org = await startOrg();
    t.after(() => org.close());
    const { outputs } = await run(authUrl(org, org.newRefreshToken()), { retries: '0' });
    assert.equal(outputs['error-code'], 'tls_error');
    assert.equal(org.requests.length, 0);
  });

  it('takes its host in capitals', async (t) => {
    const { org, url } = await start(t);
    const { caFile } = await testCertificates();
    const { conclusion } = await runAction({
      inputs: {
        'sfdx-auth-url': url.replace('127.0.0.1', 'LocalHost'),
        'allowed-hosts': 'localhost 127.0.0.1',
      },
      env: { NODE_EXTRA_CA_CERTS: caFile },
    });
    assert.equal(conclusion, 'success');
    assert.equal(org.tokenRequests[0]?.host, 'localhost');
  });

  it('follows login-url instead, where that is set', async (t) => {
    const { org, token } = await start(t);
    const elsewhere = await start(t);
    const url = authUrl(org, token).replace(`:${org.port}`, `:${elsewhere.org.port}`);
    const { conclusion } = await run(url, { 'login-url': org.url });
    assert.equal(conclusion, 'success');
    assert.equal(elsewhere.org.connections, 0);
    const stray = await run(`${url.replace(/@.*/, '')}@evil.example`, { 'login-url': org.url });
    assert.equal(stray.conclusion, 'success');
  });

  for (const host of ['acme.example', 'salesforce.com.evil.example', 'acme.my.site.com']) {
    it(`is refused with the host ${host}`, async () => {
      const { outputs, log, hung } = await run(`force://3MVG9app::5Aep861token@${host}`);
      assert.equal(outputs['error-code'], 'host_not_allowed');
      assert.match(log, new RegExp(`\`sfdx-auth-url\` can not be used: “${host}”`));
      assert.equal(hung, false);
    });
  }
});

const token = '5Aep861KEPT';
const good = `force://PlatformCLI::${token}@127.0.0.1`;
/** What people paste, and what they are told. */
const refusals: readonly (readonly [what: string, url: string, says: RegExp])[] = [
  ['the short form', `force://${token}@127.0.0.1`, /is the short form .* names no app/],
  ['no host', `force://PlatformCLI::${token}`, /names no host after the refresh token/],
  ['an empty host', `force://PlatformCLI::${token}@`, /names no host after the refresh token/],
  ['an empty host and a slash', `force://PlatformCLI::${token}@/`, /names no host/],
  ['a path after the host', `${good}/path`, /has something after its host/],
  ['a query after the host', `${good}?x=1`, /has something after its host/],
  ['a fragment after the host', `${good}#x`, /has something after its host/],
  ['a second host', `${good}@evil.example`, /has something after its host/],
  ['a line after the host', `${good}\nalias: ci`, /holds white space or a line break/],
  [
    "the CLI's placeholder",
    "[REDACTED] Use 'sf org auth show-sfdx-auth-url' to view",
    /holds the Salesforce CLI's placeholder `\[REDACTED\] …`/,
  ],
  ['another scheme', `https://PlatformCLI::${token}@127.0.0.1`, /does not start with `force:\/\/`/],
  ['a bare refresh token', token, /does not start with `force:\/\/`/],
  ['a blank in the token', good.replace('KEPT', 'KE PT'), /holds white space or a line break/],
  ['a character that is none of its own', good.replace('KEPT', 'KE*PT'), /holds a character/],
  ['no client id', `force://::${token}@127.0.0.1`, /names no client id/],
  ['no token', 'force://PlatformCLI::@127.0.0.1', /holds no refresh token/],
];

describe('sfdx-auth-url: refusals', { concurrency: 2 }, () => {
  for (const [what, url, says] of refusals) {
    it(`says what is wrong with ${what}, in whatever form`, async () => {
      const json = (text: string) => JSON.stringify(cliJson(text));
      const redactedOrUrl = /^(force:|\[REDACTED\])/.test(url);
      const variants = [url, json(url), base64(json(url)), ...(redactedOrUrl ? [base64(url)] : [])];
      for (const text of variants) {
        const { outputs, annotations, stdout, code } = await run(text);
        assert.equal(outputs['error-code'], 'input_invalid');
        assert.equal(code, 1);
        const [error, ...more] = annotations.filter(({ level }) => level === 'error');
        assert.match(error?.message ?? '', says);
        assert.match(error?.message ?? '', /Nothing was sent\./);
        assert.deepEqual(more, []);
        assert.doesNotMatch(stdout.replace(/^::add-mask::.*$/gm, ''), /KEPT|KE PT/);
      }
    });
  }

  for (const [what, text, says] of [
    ['JSON cut off', `{"result":{"sfdxAuthUrl":"${good}"`, /starts like JSON, but is none/],
    ['other JSON', '{"result":{"username":"ci@acme.example"}}', /without the member `sfdxAuthUrl`/],
    ['no text in the JSON', '{"result":{"sfdxAuthUrl":null}}', /without the member `sfdxAuthUrl`/],
  ] as const) {
    it(`says what is wrong with ${what}`, async () => {
      for (const given of [text, base64(text)]) {
        const { outputs, log } = await run(given);
        assert.equal(outputs['error-code'], 'input_invalid');
        assert.match(log, says);
        assert.ok(!log.includes(token));
      }
    });
  }

  it('connects to nobody', async (t) => {
    const { org, url } = await start(t);
    for (const bad of [`${url}/path`, `${url}?x`, url.replace(/\/\/.*:/, '//'), `${url} x`]) {
      const { outputs } = await run(bad);
      assert.equal(outputs['error-code'], 'input_invalid');
    }
    assert.equal(org.connections, 0);
  });

  for (const other of ['refresh-token', 'token-file', 'client-id', 'client-secret']) {
    it(`is refused together with ${other}`, async (t) => {
      const { org, url } = await start(t);
      const { outputs, log } = await run(url, { [other]: 'something-else' });
      assert.equal(outputs['error-code'], 'input_conflict');
      assert.match(log, new RegExp(`\`${other}\``));
      assert.match(log, /`sfdx-auth-url`/);
      assert.equal(org.connections, 0);
    });
  }
});
