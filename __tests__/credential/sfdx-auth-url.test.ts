// Not for coverage: auth-url-forms and from-inputs have unit tests.

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

/** One form of each kind: auth-url.test.ts has them all. `lines`: the secret has several lines. */
const forms: readonly { name: string; store(url: string): string; lines?: true }[] = [
  { name: 'with blanks and a line break around it', store: (url) => `  ${url}/\r\n` },
  { name: 'in base64, wrapped', store: wrapped, lines: true },
  {
    name: "in the CLI's JSON, over several lines",
    store: (url) => JSON.stringify(cliJson(url), null, 2),
    lines: true,
  },
  { name: "in the CLI's JSON, in base64", store: (url) => base64(JSON.stringify(cliJson(url))) },
];

describe('sfdx-auth-url: forms', { concurrency: 4 }, () => {
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

  it('cannot carry every token: such a one is handed out with a warning, and how to go on', async (t) => {
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

describe('sfdx-auth-url: where it leads', { concurrency: 4 }, () => {
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
      assert.match(log, new RegExp(`\`sfdx-auth-url\` cannot be used: “${host}”`));
      assert.equal(hung, false);
    });
  }
});

describe('sfdx-auth-url: refusals', { concurrency: 4 }, () => {
  it('say what is wrong, in whatever form it was given', async () => {
    const token = '5Aep861KEPT';
    const short = `force://${token}@127.0.0.1`;
    const json = JSON.stringify(cliJson(short));
    for (const text of [short, base64(short), json, base64(json)]) {
      const { outputs, annotations, stdout, code } = await run(text);
      assert.equal(outputs['error-code'], 'input_invalid');
      assert.equal(code, 1);
      const [error, ...more] = annotations.filter(({ level }) => level === 'error');
      assert.match(error?.message ?? '', /is the short form .* names no app/);
      assert.match(error?.message ?? '', /Nothing was sent to Salesforce\./);
      assert.deepEqual(more, []);
      assert.doesNotMatch(stdout.replace(/^::add-mask::.*$/gm, ''), /KEPT/);
    }
  });

  it('connects to nobody', async (t) => {
    const { org, url } = await start(t);
    for (const bad of [`${url}/path`, `${url}?x`, url.replace(/\/\/.*:/, '//'), `${url} x`]) {
      const { outputs } = await run(bad);
      assert.equal(outputs['error-code'], 'input_invalid');
    }
    assert.equal(org.connections, 0);
  });

  it('come before anything is sent where another credential is given as well', async (t) => {
    const { org, url } = await start(t);
    const { outputs, log } = await run(url, { 'refresh-token': 'something-else' });
    assert.equal(outputs['error-code'], 'input_conflict');
    assert.match(log, /`refresh-token`/);
    assert.match(log, /`sfdx-auth-url`/);
    assert.equal(org.connections, 0);
  });
});
