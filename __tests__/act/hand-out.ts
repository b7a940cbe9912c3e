import assert from 'node:assert/strict';
import { it } from 'node:test';
import { readWorkflow, runWorkflow } from '../support/act.ts';
import { startOrg } from '../support/salesforce-org.ts';

it('hands the token to later steps of another repository, and keeps it out of the log', async (t) => {
  const org = await startOrg();
  t.after(() => org.close());
  const refreshToken = org.newRefreshToken();
  const { succeeded, log, printed, annotations } = await runWorkflow(t, readWorkflow('hand-out'), {
    secrets: { SF_REFRESH_TOKEN: refreshToken, SF_CLIENT_ID: org.app.clientId },
    vars: { SF_LOGIN_URL: org.url },
  });
  assert.ok(succeeded, log);

  const rest = org.requests.filter(({ path }) => path.startsWith('/services/data/v66.0'));
  assert.deepEqual(
    rest.map(({ path, status }) => [path, status]),
    [
      ['/services/data/v66.0/limits', 200],
      ['/services/data/v66.0', 200],
    ],
  );
  assert.ok(printed.includes('token=***'), log);
  assert.ok(printed.includes('url=***'), log);
  assert.ok(annotations.includes('::warning::with *** in it'), log);
  assert.ok(printed.includes(`org=${org.id} type=Bearer`), log);
  assert.ok(printed.includes(`from another job=${org.url}`), log);

  const accessTokens = org.familyOf(refreshToken)?.accessTokens ?? [];
  assert.equal(accessTokens.length, 2);
  for (const secret of [
    refreshToken,
    org.app.clientId,
    ...accessTokens.map(({ value }) => value),
  ]) {
    assert.ok(!log.includes(secret), 'a secret is in the log');
  }
});
