/**
 * Shows the action at work as a workflow author would see it: the built bundle, started as the runner
 * starts it, on a Salesforce look-alike; then one failure, and how it is explained.
 * Usage: npm run demo
 *
 * With SF_REFRESH_TOKEN and SF_CLIENT_ID in the environment (SF_CLIENT_SECRET and SF_LOGIN_URL where
 * needed) it refreshes at the real org instead.
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { type ActionResult, type RunOptions, runAction } from '../__tests__/support/runner.ts';
import { startOrg } from '../__tests__/support/salesforce-org.ts';

const { env } = process;
const refreshToken = env['SF_REFRESH_TOKEN'] ?? '';
const clientId = env['SF_CLIENT_ID'] ?? '';

function title(text: string): void {
  console.log(`\n\x1b[1m${text}\x1b[0m\n`);
}

function indented(text: string): string {
  return text.trimEnd().replace(/^/gm, '    ');
}

/** Runs the step and shows what a workflow author sees of it: never a secret in clear. */
async function show(options: RunOptions): Promise<ActionResult> {
  const inputs = Object.entries(options.inputs ?? {}).filter(([, value]) => value !== undefined);
  console.log('  with:');
  for (const [name, value] of inputs) {
    const secret = options.secrets?.includes(String(value)) === true;
    console.log(`    ${name}: ${secret ? '***' : value}`);
  }
  const result = await runAction(options);
  console.log(`\n  The log, after masking:\n${indented(result.log)}`);
  console.log('\n  The outputs:');
  for (const [name, value] of Object.entries(result.outputs)) {
    const masked = result.masks.includes(value) || options.secrets?.includes(value) === true;
    console.log(`    ${name}: ${masked ? '*** (masked)' : value}`);
  }
  console.log(`\n  The step ended with exit code ${result.code}: ${result.conclusion}.`);
  return result;
}

async function onLookAlike(): Promise<boolean> {
  await using org = await startOrg();
  console.log(`A Salesforce look-alike is listening at ${org.url}. Nothing leaves this machine.`);
  const token = org.newRefreshToken();
  const inputs = {
    'refresh-token': token,
    'client-id': org.app.clientId,
    'login-url': org.url,
    'allowed-hosts': '127.0.0.1',
    'expected-org-id': org.id,
  };
  const secrets = [token, org.app.clientId];

  title('1. A refresh that works');
  const good = await show({ inputs, secrets });

  title('2. One that does not: the refresh token was revoked');
  const dead = org.newRefreshToken();
  org.revokeRefreshToken(dead);
  const bad = await show({
    inputs: { ...inputs, 'refresh-token': dead },
    secrets: [...secrets, dead],
  });
  return good.conclusion === 'success' && bad.outputs['error-code'] === 'invalid_grant';
}

/** A rotated token must outlive the demo: it goes to a file that only its owner can read. */
async function onRealOrg(): Promise<boolean> {
  const folder = mkdtempSync(join(tmpdir(), 'refreshed-'));
  const file = join(folder, 'refresh-token');
  console.log(`This refreshes at the real org.

If the app rotates refresh tokens, the one in SF_REFRESH_TOKEN is spent by that: it never works again,
and the new one is written to
    ${file}
Stop now (Ctrl+C) if you don't want that. Going on in 5 seconds.`);
  await sleep(5_000);
  title('A refresh at the real org');
  const result = await show({
    inputs: {
      'refresh-token': refreshToken,
      'client-id': clientId,
      'client-secret': env['SF_CLIENT_SECRET'],
      'login-url': env['SF_LOGIN_URL'],
      'allowed-hosts': env['SF_ALLOWED_HOSTS'],
      rotates: true,
    },
    secrets: [refreshToken, clientId, env['SF_CLIENT_SECRET'] ?? ''].filter(
      (value) => value !== '',
    ),
    env: proxySettings(),
  });
  const rotated = result.outputs['refresh-token'];
  if (rotated) {
    writeFileSync(file, `${rotated}\n`, { mode: 0o600 });
    console.log(`\nThe token was rotated. The new one is in ${file}: store it now.`);
  } else {
    rmSync(folder, { recursive: true });
    console.log(`\nNo new refresh token came back: ${unrotated(result)}`);
  }
  return result.conclusion === 'success';
}

function unrotated({ conclusion, outputs }: ActionResult): string {
  if (conclusion === 'success') {
    return 'this app does not rotate.';
  }
  return outputs['error-code'] === 'answer_lost'
    ? 'the answer was lost, and with it perhaps the token.'
    : 'the one that was sent is as it was.';
}

/** What the machine uses to reach the outside; the look-alike of the runner keeps none of it. */
function proxySettings(): Record<string, string | undefined> {
  const names = ['https_proxy', 'HTTPS_PROXY', 'no_proxy', 'NO_PROXY', 'NODE_EXTRA_CA_CERTS'];
  return Object.fromEntries(names.map((name) => [name, env[name]]));
}

const real = refreshToken !== '' && clientId !== '';
if (!real && (refreshToken !== '' || clientId !== '')) {
  console.error('For a real org, both SF_REFRESH_TOKEN and SF_CLIENT_ID must be set.');
  process.exit(1);
}
if (!(await (real ? onRealOrg() : onLookAlike()))) {
  console.error('\nThe demo did not go as it should.');
  process.exitCode = 1;
}
