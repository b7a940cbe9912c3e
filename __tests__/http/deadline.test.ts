import assert from 'node:assert/strict';
import { describe, it, type TestContext } from 'node:test';
import { Cancelled, type Deadline, startDeadline } from '../../src/http/deadline.ts';

/** Longer than any test may take. */
const long = 600_000;

function start(t: TestContext, ...args: Parameters<typeof startDeadline>): Deadline {
  const deadline = startDeadline(...args);
  t.after(() => deadline.release());
  return deadline;
}

describe('A deadline', () => {
  it('ends when its time is up, and every pause with it', async (t) => {
    const deadline = start(t, 20);
    assert.ok(!deadline.signal.aborted);
    await deadline.pause(long);
    assert.ok(deadline.signal.aborted);
    assert.match(String(deadline.signal.reason), /the time is up/);
    assert.equal(deadline.remainingMs(), 0);
  });

  it('ends the pause that is longer than a timer can be', async (t) => {
    const deadline = start(t, 20);
    await deadline.pause(3_000_000_000);
    assert.ok(deadline.signal.aborted);
  });

  it('lets pauses end before it does', async (t) => {
    const deadline = start(t, long);
    await deadline.pause(5);
    assert.ok(!deadline.signal.aborted);
    const left = deadline.remainingMs();
    assert.ok(left > 0 && left < long);
    assert.equal(deadline.totalMs, long);
  });

  it('ends at once when the run is cancelled', async (t) => {
    const cancel = new AbortController();
    const deadline = start(t, long, cancel.signal);
    const pause = deadline.pause(long);
    cancel.abort();
    await pause;
    assert.ok(deadline.signal.reason instanceof Cancelled);
    assert.equal(deadline.remainingMs(), 0);
    await deadline.pause(long);
  });

  it('has ended before it starts where the run was cancelled already', (t) => {
    const deadline = start(t, long, AbortSignal.abort());
    assert.ok(deadline.signal.reason instanceof Cancelled);
  });

  it('goes on for its grace when the run is cancelled, and no longer', async (t) => {
    const cancel = new AbortController();
    const deadline = start(t, long, cancel.signal, 100_000);
    cancel.abort();
    assert.ok(!deadline.signal.aborted);
    assert.ok(deadline.remainingMs() > 0 && deadline.remainingMs() <= 100_000);
    const brief = start(t, long, cancel.signal, 20);
    assert.ok(!brief.signal.aborted);
    await new Promise<void>((resolve) => brief.signal.addEventListener('abort', resolve));
    assert.ok(brief.signal.reason instanceof Cancelled);
  });

  it('is not made longer by a grace that ends after it', (t) => {
    const cancel = new AbortController();
    const deadline = start(t, 50_000, cancel.signal, long);
    cancel.abort();
    assert.ok(deadline.remainingMs() <= 50_000);
  });

  it('is over for good once it was released', (t) => {
    const cancel = new AbortController();
    const deadline = start(t, long, cancel.signal);
    deadline.release();
    cancel.abort();
    assert.ok(!deadline.signal.aborted);
  });
});
