import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Cancelled } from '../src/http/deadline.ts';
import { RequestFailure } from '../src/http/failure.ts';
import { now } from '../src/http/now.ts';
import type { HttpLimits, Send } from '../src/http/send.ts';
import { type PostTools, runPostStep } from '../src/post-step.ts';
import type { Workflow } from '../src/runner/outputs.ts';

// When the end of the job revokes, and how long that may take: told to whoever sends, so no clock is needed.

/** What the end of the job sent, and what it warned of. */
async function atTheEnd(tools: Partial<PostTools> = {}) {
  const attempts: HttpLimits[] = [];
  const warnings: string[] = [];
  const send: Send = async (_request, limits) => {
    attempts.push(limits);
    throw limits.signal.aborted
      ? new RequestFailure('ended', false, String(limits.signal.reason))
      : new RequestFailure('oversized', true, 'too much');
  };
  await runPostStep({
    env: { 'STATE_access-token': 'x'.repeat(20), 'STATE_instance-url': 'https://a.example' },
    workflow: { ...silent, warning: (text) => warnings.push(text) },
    send,
    cancel: new AbortController().signal,
    random: () => 0,
    ...tools,
  });
  return { attempts, warnings };
}

const nothing = () => {};
const silent: Workflow = {
  mask: nothing,
  clean: String,
  setOutputs: nothing,
  exportVariables: nothing,
  saveState: nothing,
  summarize: nothing,
  info: nothing,
  debugging: false,
  debug: nothing,
  notice: nothing,
  warning: nothing,
  fail: nothing,
};

describe('The end of the job', () => {
  it('never fails, whatever it meets: it warns', async () => {
    const noUrl = { 'STATE_access-token': 'x'.repeat(20), 'STATE_instance-url': 'nowhere' };
    const revoking = await atTheEnd({ env: noUrl });
    assert.equal(revoking.attempts.length, 0);
    assert.match(revoking.warnings.join(), /could not be revoked: .*Invalid URL/);
    const state = { repository: 'a/b', branch: 'c', file: 'd', text: 'e', replaces: 'f' };
    const send: Send = () => Promise.reject(new TypeError('a bug'));
    const saving = await atTheEnd({ env: { 'STATE_token-branch': JSON.stringify(state) }, send });
    assert.match(saving.warnings.join(), /^The new refresh token could not be saved: .*a bug/);
  });
});

describe('Revoking', () => {
  it('has 5 seconds of its own: half of them for one answer, a third for a connection', async () => {
    const { attempts } = await atTheEnd();
    assert.deepEqual(
      attempts.map(({ answerMs, connectMs }) => [answerMs, connectMs]),
      [[2500, 5000 / 3]],
    );
  });

  it('needs a token and an instance: with one alone there is nothing to do, nor to warn of', async () => {
    for (const env of [
      { 'STATE_access-token': 'x'.repeat(20) },
      { 'STATE_instance-url': 'https://a.example' },
      {},
    ]) {
      assert.deepEqual(await atTheEnd({ env }), { attempts: [], warnings: [] });
    }
  });

  it('goes on in a run that was just cancelled', async () => {
    const cancel = AbortSignal.abort(new Cancelled());
    const { attempts } = await atTheEnd({ cancel });
    assert.deepEqual(
      attempts.map(({ signal }) => signal.aborted),
      [false],
    );
  });

  it('is given up in a run that was cancelled so long ago that the runner kills it now', async () => {
    const cancel = AbortSignal.abort(new Cancelled(now() - 7_001));
    let seen: HttpLimits['signal'] | undefined;
    const send: Send = ({ url }, { signal }) => {
      seen = signal;
      assert.equal(url.pathname, '/services/oauth2/revoke');
      return new Promise((_resolve, reject) => {
        signal.addEventListener('abort', () =>
          reject(new RequestFailure('ended', false, 'the run was cancelled')),
        );
      });
    };
    const { warnings } = await atTheEnd({ cancel, send });
    assert.ok(seen?.aborted);
    assert.match(warnings.join(), /could not be revoked: the run was cancelled/);
  });
});
