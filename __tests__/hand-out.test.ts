import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { ActionError } from '../src/errors/action-error.ts';
import { handOut } from '../src/hand-out.ts';
import type { JsonObject } from '../src/http/json.ts';
import type { Workflow } from '../src/runner/outputs.ts';
import type { TokenResponse } from '../src/salesforce/token-response.ts';

// The order of handing out, and what a file that changed meanwhile does to it.

const token: TokenResponse = {
  ...{ accessToken: '00D!x', instanceUrl: 'https://a.example', tokenType: 'Bearer' },
  ...{ notices: [], warnings: [] },
};

/** Hands the token out, with everything that there is; gives what was done, in order. */
function handedOut(body: JsonObject, update: (fields: JsonObject) => void) {
  const done: string[] = [];
  const note = (name: string) => (value: unknown) =>
    void done.push(typeof value === 'string' ? `${name} ${value}` : name);
  const noteNames = (name: string) => (values: object) =>
    void done.push(`${name} ${Object.keys(values).join(' ')}`);
  const workflow: Workflow = {
    mask: note('mask'),
    clean: String,
    setOutputs: note('outputs'),
    exportVariables: noteNames('export'),
    saveState: noteNames('state'),
    summarize: note('summarize'),
    info: note('info'),
    debugging: false,
    debug: () => {},
    notice: note('notice'),
    warning: note('warning'),
    fail: note('fail'),
  };
  const file = { given: 'x', path: '/x', content: {}, refreshToken: 'x', instanceUrl: undefined };
  const tokenFile = {
    ...file,
    isInside: () => false,
    update: (fields: JsonObject) => {
      done.push('file');
      update(fields);
    },
  };
  const settings = { maskInstanceUrl: true, revokeOnCompletion: true, exportEnv: true, tokenFile };
  let error: unknown;
  try {
    handOut(token, { passed: [] }, body, settings, workflow);
  } catch (thrown) {
    error = thrown;
  }
  return { done, error };
}

describe('handing out', () => {
  it('masks first, then does what can fail, and hands out last', () => {
    const { done, error } = handedOut({ access_token: '00D!x' }, (fields) =>
      assert.deepEqual(fields, { access_token: '00D!x' }),
    );
    assert.equal(error, undefined);
    assert.deepEqual(done, [
      ...['mask https://a.example', 'file', 'state access-token instance-url'],
      ...['outputs', 'export SF_ACCESS_TOKEN SF_INSTANCE_URL'],
    ]);
  });

  it('hands out nothing where the token file cannot be updated', () => {
    const cause = new Error('EROFS: read-only file system');
    const { done, error } = handedOut({}, () => {
      throw cause;
    });
    assert.deepEqual(done, ['mask https://a.example', 'file']);
    assert.ok(error instanceof ActionError);
    assert.equal(error.code, 'save_failed');
    assert.equal(error.cause, cause);
    assert.match(error.message, /^`token-file` cannot be updated: EROFS/);
    assert.match(error.fix, /The refresh token in it is current\.$/);
  });

  it('says how many fields of a flooded answer the file does not get', () => {
    const { done } = handedOut({ access_token: '00D!x', note: 'x'.repeat(1_000_000) }, (fields) =>
      assert.deepEqual(Object.keys(fields), ['access_token']),
    );
    assert.match(
      done.join('\n'),
      /^notice The answer has more, .*: 1 of them are not in `token-f/m,
    );
  });
});
