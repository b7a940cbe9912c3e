import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { network } from '../support/client-network.ts';
import { type ExampleRun, readExamples, runExample } from '../support/examples.ts';

// Every example with a client of Salesforce in it, run as a user runs it, by the real client.

/** A project of the Salesforce CLI with one Apex class. */
const project = {
  'sfdx-project.json': JSON.stringify({
    packageDirectories: [{ path: 'force-app', default: true }],
    sourceApiVersion: '66.0',
  }),
  'force-app/main/default/classes/Hello.cls': 'public class Hello {}\n',
  'force-app/main/default/classes/Hello.cls-meta.xml': `<?xml version="1.0" encoding="UTF-8"?>
<ApexClass xmlns="http://soap.sforce.com/2006/04/metadata">
  <apiVersion>66.0</apiVersion>
  <status>Active</status>
</ApexClass>
`,
};

function deployed({ org, runs }: ExampleRun): void {
  assert.ok(runs.every(({ printed }) => /Status: Succeeded/.test(printed.join('\n'))));
  assert.equal(org.deployments.length, runs.length);
  assert.ok(org.deployments[0]?.files.includes('classes/Hello.cls'));
}

/** What the client made of the access token, by the name of the example. */
const outcomes: Readonly<Record<string, (result: ExampleRun) => void>> = {
  'apex-tests.yml': ({ run }) => {
    assert.match(run.printed.join('\n'), /AccountServiceTest\.works +Pass/);
  },
  'deploy.yml': deployed,
  'deploy-auth-url.yml': deployed,
  'jsforce.yml': ({ run }) => assert.ok(run.printed.includes('Acme')),
  'package-install.yml': ({ org, run }) => {
    assert.match(run.printed.join('\n'), /Successfully installed package \[04t000000000001AAA\]/);
    assert.equal(org.installRequests.length, 1);
  },
  'query-without-login.yml': ({ org, run }) => {
    assert.match(run.printed.join('\n'), /Total number of records retrieved: 1/);
    assert.ok(!org.requests.some(({ path }) => path.endsWith('/userinfo')), 'it logged in');
  },
  'sfdmu.yml': ({ run }) => assert.match(run.printed.join('\n'), /^Id,Name\n\w{18},Acme$/m),
  'simple-salesforce.yml': ({ run }) => assert.ok(run.printed.includes('Acme')),
};

describe('the recipes, with the real clients', () => {
  const examples = readExamples().filter(({ clients }) => clients.length > 0);

  it('are all of those with a client', () => {
    assert.deepEqual(examples.map(({ name }) => name).sort(), Object.keys(outcomes).sort());
  });

  for (const example of examples) {
    it(`${example.name} does what it says`, async (t) => {
      // Once shows that the new refresh token is kept, and twice, for one of them, that it is used.
      const times = example.name === 'deploy.yml' ? 2 : 1;
      const result = await runExample(t, example, { contents: project, env: network, times });
      const { org, run, refreshToken, refreshes } = result;
      assert.ok(run.succeeded, run.log);
      outcomes[example.name]?.(result);
      assert.deepEqual([org.tokenRequests.length, refreshes, org.reuses], [times, times, 0]);
      const accessTokens = org.families.flatMap((family) => family.accessTokens);
      for (const secret of [refreshToken, ...accessTokens.map(({ value }) => value)]) {
        assert.ok(!run.log.includes(secret), 'a secret is in the log');
      }
    });

    it(`${example.name} stops at a dead credential`, async (t) => {
      const { org, run } = await runExample(t, example, { dead: true, env: network });
      assert.equal(run.succeeded, false, run.log);
      assert.match(run.annotations.join('\n'), /::error title=.*invalid_grant::/);
      assert.equal(org.requests.length, 1, 'the client was started without a token');
    });
  }
});
