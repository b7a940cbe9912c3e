import assert from 'node:assert/strict';
import { describe, it, type TestContext } from 'node:test';
import { patchedEntry } from './support/patched-entry.ts';
import { startAction } from './support/runner.ts';
import { startOrg } from './support/salesforce-org.ts';

// CTRL_BREAK, the second signal of a runner on Windows, is for this process what SIGTERM is elsewhere.

/** Only Windows can send SIGBREAK: another signal makes the process emit it to itself. */
function entryWithSigbreak(t: TestContext): string {
  return patchedEntry(t, `process.on('SIGUSR2', () => process.emit('SIGBREAK', 'SIGBREAK'));`);
}

describe('SIGBREAK', () => {
  it('counts as cancellation: what was sent is waited for, and nothing is handed out', async (t) => {
    if (process.platform === 'win32') {
      t.skip('takes another signal to set it off');
      return;
    }
    const org = await startOrg({ rotation: 'strict' });
    t.after(() => org.close());
    const hold = org.hold(undefined, 'after');
    const step = startAction({
      entry: entryWithSigbreak(t),
      inputs: {
        'refresh-token': org.newRefreshToken(),
        'client-id': org.app.clientId,
        'login-url': org.url,
        'allowed-hosts': '127.0.0.1',
        rotates: true,
      },
    });
    await hold.reached;
    step.process.kill('SIGUSR2');
    // Nothing tells when the signal has arrived; a late one would find the step past its refresh.
    await new Promise((resolve) => setTimeout(resolve, 500));
    hold.release();
    const result = await step.result;
    assert.deepEqual([result.code, result.signal], [1, null], result.log);
    assert.equal(result.outputs['error-code'], 'cancelled', result.log);
    assert.equal(result.outputs['access-token'], undefined);
    assert.equal(org.refreshTokenState(result.outputs['refresh-token'] ?? ''), 'current');
  });
});
