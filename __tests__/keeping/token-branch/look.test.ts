import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { BranchFile } from '../../../src/github/branch-file.ts';
import { RequestFailure } from '../../../src/http/failure.ts';
import { lookAt } from '../../../src/keeping/token-branch/look.ts';
import { survey } from '../../../src/keeping/token-branch/survey.ts';
import { steady, VirtualBranch, VirtualTime, virtualWorld } from '../../support/virtual-branch.ts';

// What keeps a look from telling anything: which error that is.

const time = new VirtualTime();
const world = virtualWorld(time, 'x'.repeat(50));

/** The two looks at a branch whose answer is this. */
function looksThatFail(error: Error): readonly (() => Promise<unknown>)[] {
  const fails = () => Promise.reject(error);
  const file: BranchFile = {
    ...new VirtualBranch(time).seenWith(steady),
    look: fails,
    surroundings: fails,
  };
  const deadline = time.deadline(60_000);
  return [() => lookAt(file, deadline, world), () => survey(file, deadline, world)];
}

describe('a look at the branch without an answer', () => {
  for (const [kind, code] of [
    ['network', 'network_error'],
    ['tls', 'tls_error'],
    ['timeout', 'timeout'],
  ] as const) {
    it(`ends with ${code} where it is of the kind ${kind}`, async () => {
      for (const look of looksThatFail(new RequestFailure(kind, true, 'it broke'))) {
        await assert.rejects(look(), {
          code,
          message:
            /^(Reading the file on the branch|Looking for the branch) failed \(GET\): .*GitHub's API/,
        });
      }
    });
  }

  it('that was too long is one at a file that is none of ours', async () => {
    const [look = assert.fail()] = looksThatFail(new RequestFailure('oversized', true, 'too long'));
    await assert.rejects(look(), { code: 'token_branch_invalid' });
  });

  it('hides no fault of ours', async () => {
    const fault = new TypeError('a bug');
    for (const look of looksThatFail(fault)) {
      await assert.rejects(look(), fault);
    }
  });
});
