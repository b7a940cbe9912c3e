import { rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inputsFor } from '../../__tests__/support/org-step.ts';
import { runAction, startAction } from '../../__tests__/support/runner.ts';
import { fault, type OrgOptions, startOrg } from '../../__tests__/support/salesforce-org.ts';
import type { AfterTest } from '../../__tests__/support/token-branch-scene.ts';
import { atOrg, type Group } from './scenario.ts';

async function orgUntil(after: AfterTest, options: OrgOptions = {}) {
  const org = await startOrg(options);
  after.after(() => org.close());
  return org;
}

/** What happens to the run as a whole, and at its end. */
export const runGroups: readonly Group[] = [
  {
    title: 'The run itself',
    scenarios: [
      {
        what: 'Somebody cancels it',
        provoke: async (after) => {
          const org = await orgUntil(after);
          const hold = org.hold();
          const step = startAction({ inputs: inputsFor(org) });
          await hold.reached;
          step.cancel();
          // The answer never comes: the step ends by itself, before the runner kills it.
          return await step.result;
        },
      },
      atOrg('The file that GITHUB_STATE names is gone', ({ org }) => {
        const file = join(tmpdir(), `state-${process.pid}-${org.port}`);
        writeFileSync(file, '');
        org.onRequest(async () => {
          rmSync(file, { force: true });
          return undefined;
        });
        return { inputs: { 'revoke-on-completion': true }, env: { GITHUB_STATE: file } };
      }),
      {
        what: 'The access token cannot be revoked at the end of the job',
        provoke: async (after) => {
          const org = await orgUntil(after);
          const inputs = { ...inputsFor(org), 'revoke-on-completion': true, retries: 0 };
          const { state } = await runAction({ inputs });
          org.faults.push({ does: fault.page(503), path: 'revoke' });
          return await runAction({ inputs, state, stage: 'post' });
        },
      },
    ],
  },
];
