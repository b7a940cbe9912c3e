import assert from 'node:assert/strict';
import { it } from 'node:test';
import { readWorkflow, runWorkflow } from '../support/act.ts';
import { startOrg } from '../support/salesforce-org.ts';

it('refreshes for every job of a matrix, each with its own credential', async (t) => {
  const orgs = {
    PRODUCTION: await startOrg({ kind: 'production' }),
    SANDBOX: await startOrg({ kind: 'sandbox' }),
  };
  const secrets: Record<string, string> = {};
  const vars: Record<string, string> = {};
  for (const [name, org] of Object.entries(orgs)) {
    t.after(() => org.close());
    secrets[`SF_REFRESH_TOKEN_${name}`] = org.newRefreshToken();
    secrets[`SF_CLIENT_ID_${name}`] = org.app.clientId;
    vars[`SF_LOGIN_URL_${name}`] = org.url;
  }
  const { succeeded, log, printed } = await runWorkflow(t, readWorkflow('matrix'), {
    secrets,
    vars,
  });
  assert.ok(succeeded, log);
  for (const [name, org] of Object.entries(orgs)) {
    assert.ok(printed.includes(`${name} is ${org.id}`), log);
    assert.equal(org.tokenRequests.length, 1);
  }
});
