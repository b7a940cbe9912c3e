import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it, type TestContext } from 'node:test';
import { readWorkflow, repository, runWorkflow } from '../support/act.ts';
import { startGitHub } from '../support/github-api.ts';
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

  it('is written back by the action, and two jobs with the same secret never send it twice', async (t) => {
    const org = await startOrg({ rotation: 'strict' });
    t.after(() => org.close());
    const gitHub = await startGitHub();
    t.after(() => gitHub.close());
    const refreshToken = org.newRefreshToken();
    const environment = gitHub.environment(repository, 'salesforce');
    environment.setSecret('SF_REFRESH_TOKEN', refreshToken);
    const { succeeded, log, printed, annotations } = await runWorkflow(
      t,
      readWorkflow('one-secret'),
      {
        apiUrl: gitHub.url,
        secrets: {
          SF_REFRESH_TOKEN: refreshToken,
          SF_CLIENT_ID: org.app.clientId,
          ENVIRONMENT_TOKEN: gitHub.token({ environments: 'write' }),
        },
        vars: { SF_LOGIN_URL: org.url },
      },
    );
    assert.equal(succeeded, false, 'one of the two jobs has to fail');
    assert.match(annotations.join('\n'), /failed%3A credential_(spent|in_flight)::/);
    assert.equal(annotations.filter((line) => line.startsWith('::error')).length, 1, log);
    assert.ok(printed.includes('refresh-token=[] error=[]'), log);
    assert.equal(org.tokenRequests.length, 1);
    const saved = environment.secret('SF_REFRESH_TOKEN') ?? '';
    assert.notEqual(saved, refreshToken);
    assert.equal(org.refreshTokenState(saved), 'current');
    assert.ok(!log.includes(saved) && !log.includes(refreshToken));
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
