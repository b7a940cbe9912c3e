import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it, type TestContext } from 'node:test';
import { readWorkflow, repository, runWorkflow } from '../support/act.ts';
import { startGitHub } from '../support/github/server.ts';
import { type SalesforceOrg, startOrg } from '../support/salesforce-org.ts';

describe('a rotated token', () => {
  it('is saved by a step of the workflow', async (t) => {
    const { org, run, saved } = await rotate(t, (org) => org.id);
    assert.ok(run.succeeded, run.log);
    assert.equal(org.refreshTokenState(saved), 'current');
  });

  it('is saved by it also when the step fails afterwards', async (t) => {
    const { org, run, saved } = await rotate(t, () => '00D000000000001');
    assert.equal(run.succeeded, false);
    assert.match(run.annotations.join('\n'), /failed%3A org_mismatch::/);
    assert.equal(org.refreshTokenState(saved), 'current');
  });

  it('is kept on a branch: the same secret works again and again, in two jobs at once too', async (t) => {
    const org = await startOrg({ rotation: 'strict' });
    t.after(() => org.close());
    const gitHub = await startGitHub({
      repositories: { [repository]: { branches: { main: { 'README.md': '# A repository\n' } } } },
    });
    t.after(() => gitHub.close());
    const refreshToken = org.newRefreshToken();
    const secrets = {
      SF_REFRESH_TOKEN: refreshToken,
      SF_CLIENT_ID: org.app.clientId,
      GITHUB_TOKEN: gitHub.token({ contents: 'write', repositories: [repository] }),
    };
    const logs: string[] = [];
    for (const refreshes of [2, 4]) {
      const { succeeded, log, printed } = await runWorkflow(t, readWorkflow('token-branch'), {
        apiUrl: gitHub.url,
        secrets,
        vars: { SF_LOGIN_URL: org.url },
      });
      logs.push(log);
      assert.ok(succeeded, log);
      const shown = printed.filter((line) => line === 'rotated=true refresh-token=[] error=[]');
      assert.equal(shown.length, 2, log);
      assert.equal(org.tokenRequests.length, refreshes);
    }
    const kept = gitHub.repository(repository);
    const [file = ''] = kept.paths('salesforce-tokens').filter((path) => path.endsWith('.json'));
    assert.match(kept.file('salesforce-tokens', file) ?? '', /"refreshes": 4/);
    assert.equal(org.reuses, 0);
    const family = org.familyOf(refreshToken);
    for (const token of [family?.current ?? '', ...(family?.spent.keys() ?? [])]) {
      assert.ok(token !== '' && !logs.join('\n').includes(token));
    }
  });
});

/** Runs the workflow that saves the token in a file, as what the real one saves it in. */
async function rotate(t: TestContext, expectedOrg: (org: SalesforceOrg) => string) {
  const org = await startOrg({ rotation: 'strict' });
  t.after(() => org.close());
  const folder = mkdtempSync(join(tmpdir(), 'store-'));
  t.after(() => rmSync(folder, { recursive: true }));
  const store = join(folder, 'token');
  const refreshToken = org.newRefreshToken();
  const run = await runWorkflow(t, readWorkflow('rotation'), {
    secrets: { SF_REFRESH_TOKEN: refreshToken, SF_CLIENT_ID: org.app.clientId },
    vars: { SF_LOGIN_URL: org.url, SF_ORG_ID: expectedOrg(org), STORE: store },
  });
  assert.ok(run.printed.includes('rotated=true saved=***'), run.log);
  const saved = readFileSync(store, 'utf8');
  assert.notEqual(saved, refreshToken);
  assert.ok(!run.log.includes(saved));
  return { org, run, saved };
}
