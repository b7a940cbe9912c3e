import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { readWorkflow, runWorkflow } from '../support/act.ts';
import { startOrg } from '../support/salesforce-org.ts';

describe('revoke-on-completion', () => {
  for (const end of ['green', 'red']) {
    it(`ends the access token with a job that ends ${end}`, async (t) => {
      const org = await startOrg();
      t.after(() => org.close());
      const { succeeded, log, printed } = await runWorkflow(t, readWorkflow('revocation'), {
        secrets: { SF_REFRESH_TOKEN: org.newRefreshToken(), SF_CLIENT_ID: org.app.clientId },
        vars: { SF_LOGIN_URL: org.url, BREAK: String(end === 'red') },
      });
      assert.equal(succeeded, end === 'green', log);
      assert.ok(printed.includes('Revoked the access token.'), log);
      assert.deepEqual(
        org.requests.map(({ path, status }) => [path, status]),
        [
          ['/services/oauth2/token', 200],
          ['/services/data/v66.0/limits', 200],
          ['/services/oauth2/revoke', 200],
        ],
      );
      const [accessToken] = org.families[0]?.accessTokens ?? [];
      assert.equal(accessToken?.revoked, true);
      assert.ok(!log.includes(accessToken.value));
    });
  }
});
