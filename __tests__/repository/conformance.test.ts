// Not for coverage: it is about a script.

import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { describe, it, type TestContext } from 'node:test';
import { type OrgOptions, startOrg } from '../support/salesforce-org.ts';
import { strippedTypes } from '../support/stripped.ts';
import { until } from '../support/until.ts';
import { notOnWindows } from '../support/windows.ts';

// `npm run conformance`, on look-alikes that behave in different ways.

const script = join(import.meta.dirname, '..', '..', 'scripts', 'conformance.ts');

interface Conformance {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
  /** The second cell of each row of the table, by the first: what the org did. */
  readonly found: Readonly<Record<string, string>>;
  /** The questions whose answer is not what our documents assume. */
  readonly differing: readonly string[];
}

async function conformance(
  env: Readonly<Record<string, string>>,
  ...args: string[]
): Promise<Conformance> {
  const child = spawn(process.execPath, [...strippedTypes, script, ...args], {
    env: { PATH: process.env['PATH'] ?? '', ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
    timeout: 60_000,
  });
  const [code, stdout, stderr] = await Promise.all([
    new Promise<number | null>((resolve, reject) => {
      child.once('error', reject);
      child.once('close', resolve);
    }),
    text(child.stdout),
    text(child.stderr),
  ]);
  const rows = stdout
    .split('\n')
    .filter((line) => line.startsWith('| ') && !line.startsWith('| ---'))
    .slice(1)
    .map((line) => line.slice(2, -2).split(' | '));
  return {
    code,
    stdout,
    stderr,
    found: Object.fromEntries(rows.map(([question = '', found = '']) => [question, found])),
    differing: rows.filter((row) => row[3] === '**differs**').map(([question = '']) => question),
  };
}

/** Where it says that a new refresh token is written to. */
function fileIn({ stdout }: Conformance): string {
  return /^ {4}(\S.*refresh-token)$/m.exec(stdout)?.[1] ?? 'no file was named';
}

async function scene(t: TestContext, options: OrgOptions) {
  const org = await startOrg(options);
  t.after(() => org.close());
  // Apps are known everywhere, tokens are not.
  const wrong = await startOrg({ app: { clientId: org.app.clientId } });
  t.after(() => wrong.close());
  const token = org.newRefreshToken();
  // Whatever it leaves behind is in here.
  const folder = mkdtempSync(join(tmpdir(), 'conformance-test-'));
  t.after(() => rmSync(folder, { recursive: true }));
  const env = {
    TMPDIR: folder,
    TEMP: folder,
    SYSTEMROOT: process.env['SYSTEMROOT'] ?? '',
    SF_REFRESH_TOKEN: token,
    SF_CLIENT_ID: org.app.clientId,
    SF_LOGIN_URL: org.url,
    SF_ALLOWED_HOSTS: '127.0.0.1',
    SF_WRONG_LOGIN_URL: wrong.url,
    SF_GRACE_SECONDS: '2',
  };
  return { org, wrong, token, env, folder };
}

/** Runs it on an org; nothing secret may be in what it prints. */
async function explore(
  t: TestContext,
  options: OrgOptions,
  { inTurn = false, graceEnds = false } = {},
) {
  const { org, token, env, folder } = await scene(t, options);
  if (inTurn) {
    const earlier = (number: number) => org.requests.slice(0, number - 1);
    org.onRequest(({ number }) =>
      until(() => earlier(number).every(({ delivery }) => delivery !== 'pending')),
    );
  } else {
    const decided = () => org.tokenRequests.filter((request) => request.decided !== undefined);
    org.onRequest(async ({ path }) => {
      // After four one after another come two at once: the first goes on when the other is refused.
      if (path.endsWith('/token') && decided().length === 4) {
        await until(() => decided().length > 4);
      }
    }, 'during');
  }
  if (graceEnds) {
    // The second time that a spent token is taken is the last.
    org.onRequest(({ form }) => {
      const [family] = org.families;
      const taken = org.requests.filter(
        (other) => other.form['refresh_token'] === form['refresh_token'] && other.status === 200,
      );
      if (family?.spent.has(form['refresh_token'] ?? '') && taken.length > 2) {
        org.app.graceMs = 0;
      }
    });
  }
  const result = await conformance(
    { ...env, ...(graceEnds && { SF_GRACE_SECONDS: '60' }) },
    '--yes',
  );
  assert.equal(result.code, 0, result.stderr);
  const printed = result.stdout + result.stderr;
  const [family] = org.families;
  const secrets = [
    ...[token, org.app.clientId, family?.current ?? '', ...(family?.spent.keys() ?? [])],
    ...(family?.accessTokens.map(({ value }) => value) ?? []),
  ];
  assert.ok(secrets.length > 5);
  for (const secret of secrets) {
    assert.ok(!printed.includes(secret), printed);
  }
  const file = fileIn(result);
  assert.ok(file.startsWith(join(folder, 'conformance-')), file);
  return { org, result, family, file };
}

const questions = {
  rotates: 'Does this app rotate refresh tokens?',
  atOnce: 'Who wins of two refreshes at once?',
  grace: 'Is there a grace period for a spent refresh token?',
  family: 'Does a spent refresh token revoke the new one?',
  sameToken: 'Does a second refresh return the same access token?',
  hurts: 'Does revoking one access token hurt another one?',
  clientId: 'What does a wrong client ID answer?',
  host: 'What does a wrong login host answer?',
};

describe('npm run conformance', { concurrency: 6 }, () => {
  it('finds what our documents assume on an org with strict rotation', async (t) => {
    const { result, org, file, family } = await explore(t, { rotation: 'strict' });
    const { found, differing, stdout } = result;
    assert.deepEqual(differing, []);
    assert.equal(found[questions.rotates], 'yes');
    assert.match(found[questions.atOnce] ?? '', /^one; the other gets .*already being processed$/);
    assert.match(found[questions.grace] ?? '', /^no: `invalid_grant`: expired/);
    assert.match(found[questions.family] ?? '', /^yes: `invalid_grant`/);
    assert.equal(found[questions.hurts], 'no');
    assert.match(
      found[questions.clientId] ?? '',
      /^`invalid_client_id`: client identifier invalid$/,
    );
    assert.match(found[questions.host] ?? '', /^`invalid_grant`: expired/);
    assert.match(stdout, /The credential is dead \(.*sign in again\.\n$/);
    assert.equal(family?.revoked, true);
    assert.equal(readFileSync(file, 'utf8').trim(), family.current);
    if (!notOnWindows('files have no mode bits there')) {
      assert.equal(statSync(file).mode & 0o777, 0o600);
    }
    assert.equal(org.reuses, 1, 'it was spent more often than it said');
  });

  it('differs in the two rows about spent tokens where there is a grace period', async (t) => {
    const lenient = { rotation: 'lenient', app: { graceMs: 3_600_000 } } as const;
    const { result, family, file } = await explore(t, lenient);
    const { found, differing, stdout } = result;
    assert.deepEqual(differing, [questions.grace, questions.family]);
    assert.match(found[questions.grace] ?? '', /^yes, longer than \d/);
    assert.equal(found[questions.family], 'no, it is still good');
    assert.match(
      stdout,
      /The credential is alive\. Its refresh token is in \/.*refresh-token\.\n$/,
    );
    assert.equal(readFileSync(file, 'utf8').trim(), family?.current);
  });

  it('says so when two refreshes at once have ended the credential', async (t) => {
    const { result, org, family } = await explore(t, { rotation: 'strict' }, { inTurn: true });
    const { found, differing } = result;
    assert.equal(family?.revoked, true);
    assert.equal(org.reuses, 1);
    assert.ok(differing.includes('Is the refresh token still good after that?'));
    assert.match(found[questions.family] ?? '', /^not determined: two refreshes at once ended/);
  });

  it('sees a grace period end', async (t) => {
    const lenient = { rotation: 'lenient', app: { graceMs: 3_600_000 } } as const;
    const { result } = await explore(t, lenient, { graceEnds: true });
    assert.match(
      result.found[questions.grace] ?? '',
      /^yes, it ended after [\d.]+ s to [\d.]+ s: /,
    );
  });

  it('leaves an app alone that does not rotate', async (t) => {
    const { result, org, family } = await explore(t, {});
    const { found, differing, stdout } = result;
    assert.deepEqual(differing, []);
    assert.equal(found[questions.rotates], 'no');
    for (const question of [questions.grace, questions.family]) {
      assert.equal(found[question], 'not determined: this app does not rotate');
    }
    assert.match(stdout, /alive\. Its refresh token is the one that you gave\.\n$/);
    assert.deepEqual([family?.revoked, org.reuses], [false, 0]);
  });

  it('notices where a refresh repeats the access token, and says what that leaves open', async (t) => {
    const { org, env } = await scene(t, {});
    org.repeatsAccessToken = true;
    const { found } = await conformance(env, '--yes');
    assert.equal(found[questions.sameToken], 'yes, while the session lives');
    assert.match(found[questions.hurts] ?? '', /^not determined: both refreshes returned/);
  });

  it('goes on after an experiment that fails', async (t) => {
    const { org, env } = await scene(t, {});
    org.user.active = false;
    const { code, found } = await conformance(env, '--yes');
    assert.equal(code, 0);
    assert.match(found[questions.rotates] ?? '', /^not determined: .*inactive user/);
    assert.equal(Object.keys(found).length, 10);
  });

  it('sends nothing without a yes, and says what it would destroy', async (t) => {
    const { org, wrong, env, folder } = await scene(t, {});
    const { code, stdout, stderr } = await conformance(env);
    assert.equal(code, 2);
    assert.deepEqual(readdirSync(folder), [], 'it left an empty folder behind');
    assert.match(stdout, /destroys what it asks with:[\s\S]*spent[\s\S]*revoked/);
    assert.match(stderr, /give --yes[\s\S]*Nothing was sent/);
    assert.deepEqual([org.connections, wrong.connections], [0, 0]);
  });

  for (const [what, change, says] of [
    ['no refresh token', { SF_REFRESH_TOKEN: '' }, /SF_REFRESH_TOKEN must be set/],
    ['no client ID', { SF_CLIENT_ID: 'two words' }, /SF_CLIENT_ID must be set, in one line/],
    ['a host that is not to be trusted', { SF_LOGIN_URL: 'https://evil.example' }, /evil\.example/],
    ['a grace period that is no number', { SF_GRACE_SECONDS: 'long' }, /SF_GRACE_SECONDS must be/],
  ] as const) {
    it(`refuses ${what}, before anything is sent`, async (t) => {
      const { org, env } = await scene(t, {});
      const { code, stderr } = await conformance({ ...env, ...change }, '--yes');
      assert.equal(code, 2);
      assert.match(stderr, says);
      assert.equal(org.connections, 0);
    });
  }
});
