import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Ender } from '../../src/http/ending.ts';

// What ends requests and deadlines does it as an AbortController would.

describe('An ending', () => {
  it('tells everybody who listens, once, and why', () => {
    const ender = new Ender();
    const heard: string[] = [];
    const first = () => heard.push('first');
    const gone = () => heard.push('gone');
    ender.addEventListener('abort', first);
    ender.addEventListener('abort', first);
    ender.addEventListener('abort', gone);
    ender.addEventListener('abort', () => heard.push(`${ender.aborted}: ${ender.reason}`));
    ender.removeEventListener('abort', gone);
    assert.deepEqual([ender.aborted, ender.reason], [false, undefined]);
    ender.throwIfAborted();
    ender.abort('enough');
    ender.abort('too late');
    assert.deepEqual(heard, ['first', 'true: enough']);
    assert.throws(
      () => ender.throwIfAborted(),
      (thrown) => thrown === 'enough',
    );
  });

  it('comes to who listens beside one that stops listening while it is told', () => {
    const ender = new Ender();
    const heard: string[] = [];
    const leaving = () => ender.removeEventListener('abort', leaving);
    ender.addEventListener('abort', leaving);
    ender.addEventListener('abort', () => heard.push('next'));
    ender.abort(undefined);
    assert.deepEqual(heard, ['next']);
  });

  it('comes with another, for the same reason', () => {
    const [controller, reason] = [new AbortController(), new Error('over')];
    const ender = new Ender(controller.signal);
    controller.abort(reason);
    assert.deepEqual([ender.aborted, ender.reason], [true, reason]);
  });
});
