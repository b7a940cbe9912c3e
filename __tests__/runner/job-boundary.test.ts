// Not for coverage: what it looks at, other tests reach too.

import assert from 'node:assert/strict';
import { it } from 'node:test';
import { runAction } from '../support/runner.ts';
import { startOrg } from '../support/salesforce-org.ts';

// An output with a masked text in it is dropped where it would leave its job.
for (const mask of [true, false]) {
  it(`lets no secret leave the job, and the org's address ${mask ? 'not either' : 'when asked to'}`, async (t) => {
    const org = await startOrg({ rotation: 'strict' });
    t.after(() => org.close());
    const { conclusion, log, leavesJob } = await runAction({
      inputs: {
        'refresh-token': org.newRefreshToken(),
        'client-id': org.app.clientId,
        'login-url': org.url,
        'allowed-hosts': '127.0.0.1',
        rotates: true,
        'mask-instance-url': mask,
      },
    });
    assert.equal(conclusion, 'success', log);
    assert.equal(leavesJob('access-token'), false);
    assert.equal(leavesJob('refresh-token'), false);
    assert.equal(leavesJob('instance-url'), !mask);
    assert.equal(leavesJob('org-id'), true);
  });
}
