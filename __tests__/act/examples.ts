import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { keepsToken, readExamples, runExample } from '../support/examples.ts';

// Those with a client of Salesforce in them are run by the tests in __tests__/clients/.

describe('the examples', () => {
  for (const example of readExamples().filter(({ clients }) => clients.length === 0)) {
    it(`${example.name} is green with a good credential`, async (t) => {
      // Twice where the secret would work but once.
      const times = keepsToken(example) ? 2 : 1;
      const { org, runs, refreshToken, refreshes } = await runExample(t, example, { times });
      const logs = runs.map(({ log }) => log).join('\n');
      assert.ok(
        runs.every(({ succeeded }) => succeeded),
        logs,
      );
      assert.ok(org.tokenRequests.length > 0, `nothing was refreshed:\n${logs}`);
      assert.equal(org.reuses, 0);
      assert.equal(refreshes, keepsToken(example) ? org.tokenRequests.length : undefined);
      const family = org.familyOf(refreshToken);
      const made = [...(family?.spent.keys() ?? []), family?.current ?? ''];
      const accessTokens = org.families.flatMap((family) => family.accessTokens);
      for (const secret of [refreshToken, ...made, ...accessTokens.map(({ value }) => value)]) {
        assert.ok(!logs.includes(secret), 'a secret is in the log');
      }
    });

    it(`${example.name} is red with a dead credential, and says so`, async (t) => {
      const { org, run } = await runExample(t, example, { dead: true });
      assert.equal(run.succeeded, false, run.log);
      assert.ok(org.tokenRequests.length > 0, `nothing was refreshed:\n${run.log}`);
      assert.match(run.annotations.join('\n'), /::error title=.*invalid_grant::/);
    });
  }
});
