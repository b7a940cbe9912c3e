import assert from 'node:assert/strict';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { type ActionResult, runAction } from '../support/runner.ts';
import { strippedTypes } from '../support/stripped.ts';

// What is said, and what is masked: the second net, under every text of ours.

type Call = readonly [name: string, text: string];

/** Lets the workflow say these things, on the runner. */
function say(...calls: readonly Call[]): Promise<ActionResult> {
  return sayWith({}, ...calls);
}

/** The same, with these variables. */
function sayWith(
  env: Readonly<Record<string, string>>,
  ...calls: readonly Call[]
): Promise<ActionResult> {
  const entry = join(import.meta.dirname, '../support/workflow-calls.ts');
  return runAction({
    entry,
    env: { CALLS: JSON.stringify(calls), NODE_OPTIONS: strippedTypes.join(' '), ...env },
  });
}

/** What was printed, but for the commands that mask. */
function printed({ stdout }: ActionResult): string {
  return stdout.replace(/^::add-mask::.*\n/gm, '');
}

const secret = 'hush+hush/hush=';
const ways = ['info', 'notice', 'warning', 'fail', 'summarize', 'clean'] as const;

describe('What the workflow says', { concurrency: 4 }, () => {
  for (const way of ways) {
    it(`by ${way} has no secret in it, in no form`, async () => {
      const forms = [secret, encodeURIComponent(secret), Buffer.from(secret).toString('base64')];
      const calls = forms.map((form): Call => [way, `It is “${form}”.`]);
      const result = await say(['mask', secret], ...calls);
      assert.equal(result.code, 0, result.stderr);
      const said = printed(result) + result.summary;
      for (const form of forms) {
        assert.ok(!said.includes(form), said);
      }
      assert.equal(said.match(/It is “\*\*\*”\./g)?.length, way === 'fail' ? 12 : 3, said);
    });

    it(`by ${way} is nothing that the runner would carry out`, async () => {
      const result = await say([way, 'a ##[add-mask]harmless\n::add-mask::second']);
      assert.deepEqual(result.masks, []);
      const said = printed(result) + result.summary;
      assert.ok(!said.includes('##['), said);
      assert.ok(said.includes('## [add-mask]harmless'), said);
      assert.doesNotMatch(said, /^\s*::add-mask/m);
    });
  }

  it('is one line, where it is information', async () => {
    const { log } = await say(['info', 'first\nsecond\u2029third']);
    assert.equal(log, 'first second third\n');
  });

  it('keeps its lines, where it is an annotation or the summary', async () => {
    const { annotations, summary } = await say(
      ['notice', 'one\ntwo'],
      ['warning', 'one\ntwo'],
      ['summarize', 'one\ntwo'],
    );
    assert.deepEqual(
      annotations.map(({ message }) => message),
      ['one\ntwo', 'one\ntwo'],
    );
    assert.equal(summary, 'one\ntwo\n');
  });
});

describe('A summary', { concurrency: 4 }, () => {
  it('that has nowhere to go is not written', async () => {
    const { code, stdout, summary } = await sayWith({ GITHUB_STEP_SUMMARY: '' }, [
      'summarize',
      'x',
    ]);
    assert.deepEqual([code, stdout, summary], [0, '', '']);
  });

  it('that cannot be written costs a warning', async () => {
    const env = { GITHUB_STEP_SUMMARY: join(import.meta.dirname, 'x', 'y') };
    const { code, annotations } = await sayWith(env, ['mask', 'hush-hush'], ['summarize', 'x']);
    assert.equal(code, 0);
    const [{ level, message } = assert.fail(), ...more] = annotations;
    assert.deepEqual([level, more], ['warning', []]);
    assert.match(message, /^The summary could not be written: ENOENT/);
  });
});

describe('A mask', { concurrency: 4 }, () => {
  it('is for 6 characters and more, blanks around them not counted', async () => {
    const { masks } = await say(
      ['mask', '12345'],
      ['mask', ' 12345 '],
      ['mask', '123456'],
      ['mask', ''],
    );
    assert.deepEqual(masks, ['123456']);
  });

  it('is set once for a value, and for each of its lines that is long enough', async () => {
    const { masks } = await say(
      ['mask', 'first-line\r\n}\nsecond-line'],
      ['mask', 'first-line'],
      ['mask', 'first-line\r\n}\nsecond-line'],
    );
    // The runner takes the whole value apart by itself as well.
    assert.deepEqual(masks, ['first-line\r\n}\nsecond-line', 'first-line', 'second-line']);
  });

  it('holds for all that is said after it, not before', async () => {
    const { log } = await say(['info', 'a-secret'], ['mask', 'a-secret'], ['info', 'a-secret']);
    assert.equal(log, 'a-secret\n***\n');
  });

  it('of one secret leaves no half of a longer one behind, whichever came first', async () => {
    for (const order of [
      ['token-a', 'token-a-and-more'],
      ['token-a-and-more', 'token-a'],
    ]) {
      const masks = order.map((value): Call => ['mask', value]);
      const result = await say(...masks, ['info', 'token-a-and-more']);
      assert.equal(printed(result), '***\n');
    }
  });
});
