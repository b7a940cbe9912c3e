import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { text } from 'node:stream/consumers';
import { describe, it, type TestContext } from 'node:test';
import { network } from '../support/client-network.ts';
import { placeOf } from '../support/clients.ts';
import { readExamples } from '../support/examples.ts';
import { startProxy } from '../support/proxy.ts';
import { runAction } from '../support/runner.ts';
import { startOrg } from '../support/salesforce-org.ts';
import { testCertificates } from '../support/tls.ts';

// Auth URLs go to and fro between the action and the Salesforce CLI.

const host = 'acme.my.salesforce.com';

async function scene(t: TestContext) {
  const { caFile, key, cert } = await testCertificates();
  const org = await startOrg({
    tls: { key, cert },
    instanceUrl: `https://${host}`,
    rotation: 'strict',
  });
  t.after(() => org.close());
  org.app.scopes.push('id');
  const proxy = await startProxy({ targets: { [host]: org.port } });
  t.after(() => proxy.close());
  const env = { https_proxy: proxy.url, NODE_EXTRA_CA_CERTS: caFile };
  const home = mkdtempSync(join(tmpdir(), 'sf-'));
  t.after(() => rmSync(home, { recursive: true, force: true, maxRetries: 3 }));
  const sf = async (args: readonly string[], more: Readonly<Record<string, string>> = {}) => {
    const path = `${sfFolder()}:${dirname(process.execPath)}:/usr/bin:/bin`;
    const child = spawn('sf', args, {
      cwd: home,
      env: { ...network, ...env, ...more, HOME: home, PATH: path },
      stdio: ['ignore', 'pipe', 'pipe'],
      timeout: 120_000,
    });
    const [code, stdout, stderr] = await Promise.all([
      new Promise<number | null>((resolve, reject) => {
        child.once('error', reject);
        child.once('close', resolve);
      }),
      text(child.stdout),
      text(child.stderr),
    ]);
    assert.equal(code, 0, stdout + stderr);
    return stdout;
  };
  return {
    ...{ org, home, sf },
    authUrl: `force://${org.app.clientId}::${org.newRefreshToken()}@${host}`,
    refresh: (authUrl: string) =>
      runAction({ inputs: { 'sfdx-auth-url': authUrl, rotates: true }, env }),
    // By a file: on a busy machine the CLI does not wait for its standard input.
    login: async (authUrl: string) => {
      const file = join(home, 'auth-url.txt');
      writeFileSync(file, authUrl);
      await sf(['org', 'login', 'sfdx-url', '--sfdx-url-file', file, '--alias', 'ci']);
    },
  };
}

/** Where the CLI is whose version the examples name. */
function sfFolder(): string {
  const [client] = readExamples()
    .flatMap(({ clients }) => clients)
    .filter(({ name }) => name === '@salesforce/cli');
  assert.ok(client !== undefined, 'no example installs the CLI');
  return join(placeOf(client), '.bin');
}

/** The auth URL in what `sf org auth show-sfdx-auth-url --json` prints. */
function authUrlIn(output: string): string {
  const url = /"sfdxAuthUrl": "(force:[^"]+)"/.exec(output)?.[1];
  assert.ok(url !== undefined, output);
  return url;
}

describe('auth URLs and the Salesforce CLI', () => {
  it('the one that comes out of a rotation logs the CLI in', async (t) => {
    const { org, authUrl, refresh, login } = await scene(t);
    const { outputs, conclusion, log } = await refresh(authUrl);
    assert.equal(conclusion, 'success', log);
    const rotated = outputs['sfdx-auth-url'] ?? '';
    assert.notEqual(rotated, authUrl);
    await login(rotated);
    assert.equal(org.reuses, 0);
    assert.equal(org.families[0]?.revoked, false);
  });

  it('the one that the CLI prints goes in, alone and as its whole JSON', async (t) => {
    const { org, authUrl, refresh, sf, login } = await scene(t);
    await login(authUrl);
    const show = ['org', 'auth', 'show-sfdx-auth-url', '--target-org', 'ci', '--json'];
    const printed = await sf(show);
    const first = await refresh(printed);
    assert.equal(first.conclusion, 'success', first.log);
    const second = await refresh(first.outputs['sfdx-auth-url'] ?? '');
    assert.equal(second.conclusion, 'success', second.log);
    assert.notEqual(authUrlIn(printed), authUrl);
    assert.equal(org.reuses, 0);
  });

  it('once it is logged in with an access token, it has that alone, and encrypted', async (t) => {
    const { org, home, authUrl, refresh, sf } = await scene(t);
    const { outputs } = await refresh(authUrl);
    const token = outputs['access-token'] ?? '';
    const login = ['org', 'login', 'access-token', '--instance-url', `https://${host}`];
    await sf([...login, '--alias', 'ci', '--no-prompt'], { SF_ACCESS_TOKEN: token });
    const kept = () => readdirSync(join(home, '.sfdx')).sort();
    const file = `${org.user.username}.json`;
    assert.ok(kept().includes(file) && kept().includes('key.json'), kept().join());
    const record = readFileSync(join(home, '.sfdx', file), 'utf8');
    assert.match(record, /"accessToken"/);
    assert.doesNotMatch(record, /refreshToken/);
    assert.ok(!record.includes(token), 'as plain text');
    await sf(['org', 'logout', '--target-org', 'ci', '--no-prompt']);
    assert.ok(!kept().includes(file), kept().join());
    assert.ok(!org.requests.some(({ path }) => path.endsWith('/revoke')));
  });

  it('once it is logged in with an auth URL, it has the refresh token too', async (t) => {
    const { org, home, authUrl, login } = await scene(t);
    await login(authUrl);
    const record = readFileSync(join(home, '.sfdx', `${org.user.username}.json`), 'utf8');
    assert.match(record, /"refreshToken"/);
  });
});
