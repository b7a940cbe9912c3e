import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { it } from 'node:test';
import { readWorkflow, runWorkflow } from '../support/act.ts';
import { startOrg } from '../support/salesforce-org.ts';

it('keeps a rotating credential alive in a file, from run to run of a self-hosted runner', async (t) => {
  const org = await startOrg({ rotation: 'strict' });
  t.after(() => org.close());
  const folder = mkdtempSync(join(tmpdir(), 'disk-'));
  t.after(() => rmSync(folder, { recursive: true }));
  const tokenFile = join(folder, 'token.json');
  const refreshToken = org.newRefreshToken();
  writeFileSync(tokenFile, JSON.stringify({ refresh_token: refreshToken }), { mode: 0o600 });
  for (let run = 1; run <= 3; run += 1) {
    const { succeeded, log, printed } = await runWorkflow(t, readWorkflow('token-file'), {
      runnerEnvironment: 'self-hosted',
      secrets: { SF_CLIENT_ID: org.app.clientId },
      vars: { SF_LOGIN_URL: org.url, TOKEN_FILE: tokenFile },
    });
    assert.ok(succeeded, log);
    assert.ok(printed.includes('refresh-token=[]'), log);
    const family = org.familyOf(refreshToken);
    assert.ok(readFileSync(tokenFile, 'utf8').includes(family?.current ?? 'none'));
    assert.equal(family?.spent.size, run);
    assert.ok([family.current, ...family.spent.keys()].every((token) => !log.includes(token)));
  }
  assert.equal(org.reuses, 0);
});
