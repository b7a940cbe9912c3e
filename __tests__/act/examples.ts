import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { readExamples, runExample } from '../support/examples.ts';

// Those with a client of Salesforce in them are run by the tests in __tests__/clients/.

describe('the examples', () => {
  for (const example of readExamples().filter(({ clients }) => clients.length === 0)) {
    it(`${example.name} is green with a good credential`, async (t) => {
      const { org, run, refreshToken, stored } = await runExample(t, example);
      assert.ok(run.succeeded, run.log);
      assert.ok(org.tokenRequests.length > 0, `nothing was refreshed:\n${run.log}`);
      assert.equal(org.reuses, 0);
      if (example.text.includes('secret-name:')) {
        assert.notEqual(stored(), refreshToken, 'the rotated token was not saved');
        assert.equal(org.refreshTokenState(stored()), 'current');
      }
      const accessTokens = org.families.flatMap((family) => family.accessTokens);
      for (const secret of [refreshToken, stored(), ...accessTokens.map(({ value }) => value)]) {
        assert.ok(!run.log.includes(secret), 'a secret is in the log');
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
