import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import {
  ActionError,
  asActionError,
  describe as describeThrown,
  errorCode,
} from '../../src/errors/action-error.ts';
import { ownErrors } from '../../src/errors/catalogue.ts';

function withCode(message: string, code: unknown): Error {
  return Object.assign(new Error(message), { code });
}

describe('An error of ours', () => {
  it('explains itself from the catalogue, unless somebody knows better', () => {
    const plain = ActionError.own('timeout', 'It took too long.');
    assert.equal(plain.code, 'timeout');
    assert.equal(plain.message, 'It took too long.');
    assert.deepEqual({ fix: plain.fix }, ownErrors().timeout);
    assert.equal(plain.cause, undefined);
    assert.equal(plain.why, undefined);
    assert.deepEqual([plain.signIn, plain.unexplained, plain.mayBeSpent], [false, false, false]);
    const without = ActionError.own('cancelled', 'x', { why: undefined });
    assert.deepEqual([without.why, without.fix], [undefined, ownErrors().cancelled.fix]);
    const special = ActionError.own('timeout', 'x', { why: 'Because.', fix: 'Do.', cause: plain });
    assert.deepEqual([special.why, special.fix, special.cause], ['Because.', 'Do.', plain]);
  });

  it('keeps everything that is not replaced', () => {
    const cause = new Error('below');
    const error = new ActionError('code', 'What.', {
      why: 'Why.',
      fix: 'Fix.',
      cause,
      signIn: true,
      unexplained: true,
      mayBeSpent: true,
    });
    const parts = ({
      code,
      message,
      why,
      fix,
      cause,
      signIn,
      unexplained,
      mayBeSpent,
    }: ActionError) => ({
      code,
      message,
      why,
      fix,
      cause,
      signIn,
      unexplained,
      mayBeSpent,
    });
    assert.deepEqual([error.signIn, error.unexplained, error.mayBeSpent], [true, true, true]);
    assert.deepEqual(parts(error.with({})), parts(error));
    assert.deepEqual(parts(error.with({ what: 'Else.' })), { ...parts(error), message: 'Else.' });
    assert.deepEqual(parts(error.with({ fix: 'New.' })), { ...parts(error), fix: 'New.' });
    assert.equal(error.with({ mayBeSpent: false }).mayBeSpent, false);
    assert.equal(error.message, 'What.');
  });
});

describe('Anything thrown', () => {
  it('that is an error of ours stays what it is', () => {
    const error = ActionError.own('cancelled', 'x');
    assert.equal(asActionError(error), error);
  });

  it('that is none becomes internal_error, with its words, its cause and where to report it', () => {
    const thrown = new TypeError('x is undefined');
    const error = asActionError(thrown);
    assert.equal(error.code, 'internal_error');
    assert.equal(error.message, 'Something unexpected happened: x is undefined');
    assert.equal(error.cause, thrown);
    assert.match(error.fix, /report/);
  });

  it('can be described, whatever it is', () => {
    fc.assert(
      fc.property(fc.anything({ withNullPrototype: true, withBigInt: true }), (thrown) => {
        const { code, message } = asActionError(thrown);
        assert.equal(code, 'internal_error');
        assert.ok(message.length > 'Something unexpected happened: '.length || thrown === '');
      }),
    );
    assert.equal(describeThrown('a text'), 'a text');
    assert.equal(describeThrown(undefined), 'a thrown undefined');
    assert.equal(describeThrown(null), 'a thrown object');
    assert.equal(describeThrown(5), 'a thrown number');
    assert.equal(describeThrown(Symbol('x')), 'a thrown symbol');
  });
});

describe('The description of an error', () => {
  it('is its message, with Node’s code where that is not in it yet', () => {
    assert.equal(describeThrown(new Error('broke')), 'broke');
    assert.equal(describeThrown(withCode('broke', 'ECONNRESET')), 'broke (ECONNRESET)');
    assert.equal(describeThrown(withCode('read ECONNRESET', 'ECONNRESET')), 'read ECONNRESET');
    assert.equal(describeThrown(withCode('broke', 5)), 'broke');
  });

  it('is its name where it has no message', () => {
    assert.equal(describeThrown(new RangeError('')), 'RangeError');
  });

  it('is that of the first error within, where several addresses failed', () => {
    const all = [withCode('connect ECONNREFUSED ::1:1', 'ECONNREFUSED'), new Error('other')];
    const aggregate = Object.assign(new AggregateError(all), { code: 'ECONNREFUSED' });
    assert.equal(describeThrown(aggregate), 'connect ECONNREFUSED ::1:1');
    assert.equal(describeThrown(new AggregateError(all, 'its own words')), 'its own words');
    assert.equal(describeThrown(new AggregateError([])), 'AggregateError');
  });

  it('knows a code only where it is text', () => {
    assert.equal(errorCode(withCode('', 'ENOENT')), 'ENOENT');
    for (const thrown of [withCode('', 5), new Error(''), { code: 'ENOENT' }, null]) {
      assert.equal(errorCode(thrown), undefined);
    }
  });
});
