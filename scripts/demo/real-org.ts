import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { type ActionResult, runAction } from '../../__tests__/support/runner.ts';
import { say, showLog, showOutputs, title } from './stage.ts';

type Variables = Readonly<Record<string, string | undefined>>;

/**
 * One refresh at the real org that the environment names. A rotated token must outlive the demo: it
 * goes to a file that only its owner can read. Gives whether the step was green.
 */
export async function refreshAtRealOrg(env: Variables): Promise<boolean> {
  const folder = mkdtempSync(join(tmpdir(), 'refreshed-'));
  const file = join(folder, 'refresh-token');
  say(`This refreshes at the real org.

If the app rotates refresh tokens, the one in SF_REFRESH_TOKEN is spent by that: it never works again, and the new one is written to
    ${file}
Stop now (Ctrl+C) if you don't want that. Going on in 5 seconds.`);
  await sleep(5_000);
  title('A refresh at the real org');
  const inputs = {
    'refresh-token': env['SF_REFRESH_TOKEN'],
    'client-id': env['SF_CLIENT_ID'],
    'client-secret': env['SF_CLIENT_SECRET'],
  };
  const secrets = Object.values(inputs).flatMap((value) => value || []);
  const result = await runAction({
    inputs: {
      ...inputs,
      'login-url': env['SF_LOGIN_URL'],
      'allowed-hosts': env['SF_ALLOWED_HOSTS'],
      rotates: true,
    },
    secrets,
    env: proxySettings(env),
  });
  showLog(result);
  showOutputs(result, secrets);
  const rotated = result.outputs['refresh-token'];
  if (rotated) {
    writeFileSync(file, `${rotated}\n`, { mode: 0o600 });
    say(`\nThe token was rotated. The new one is in ${file}: store it now.`);
  } else {
    rmSync(folder, { recursive: true });
    say(`\nNo new refresh token came back: ${unrotated(result)}`);
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
function proxySettings(env: Variables): Variables {
  const names = ['https_proxy', 'HTTPS_PROXY', 'no_proxy', 'NO_PROXY', 'NODE_EXTRA_CA_CERTS'];
  return Object.fromEntries(names.map((name) => [name, env[name]]));
}
