import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { ActionError } from '../../src/errors/action-error.ts';
import { cleanRemoteText } from '../../src/errors/text.ts';
import { startDeadline } from '../../src/http/deadline.ts';
import type { HttpAnswer } from '../../src/http/send.ts';
import { type Org, queryRecord, userInfo } from '../../src/salesforce/org.ts';

// What the org's answers mean, one by one.

/** An org that gives these answers, in this order. */
function answering(...answers: readonly (readonly [status: number, body: string])[]): Org {
  const left = [...answers];
  const deadline = startDeadline(60_000);
  deadline.release();
  return {
    instanceUrl: 'https://acme.my.salesforce.com',
    accessToken: '00D!x',
    scope: undefined,
    clean: (remote) => cleanRemoteText(remote, []),
    repetition: {
      send: async (): Promise<HttpAnswer> => {
        const [status, body] = left.shift() ?? assert.fail('one request too many');
        return { status, headers: {}, body };
      },
      deadline,
      retries: 0,
      answerMs: 1000,
      random: () => 0.5,
      retrying: () => {},
      debug: (line) => void line(),
    },
  };
}

async function failure(work: Promise<unknown>): Promise<ActionError> {
  const error = await work.then(
    () => assert.fail('it did not fail'),
    (thrown: unknown) => thrown,
  );
  assert.ok(error instanceof ActionError, String(error));
  return error;
}

describe('userinfo', () => {
  it('says who the user is', async () => {
    const body = JSON.stringify({ organization_id: '00Dx', preferred_username: 'a@b' });
    assert.deepEqual(await userInfo(answering([200, body])), { orgId: '00Dx', username: 'a@b' });
  });

  it('refuses a token with 401 as well as with 403', async () => {
    for (const status of [401, 403]) {
      for (const body of ['Bad_OAuth_Token', 'Missing_OAuth_Token', '', '<html>', '{"a":1}']) {
        assert.equal(await userInfo(answering([status, body])), undefined);
      }
    }
  });

  it('knows tokens of other orgs, with 401 as well as with 403', async () => {
    for (const status of [401, 403]) {
      const error = await failure(userInfo(answering([status, 'Wrong_Org'])));
      assert.equal(error.code, 'org_mismatch');
    }
  });

  it('is of no use with any other status, or without the two names', async () => {
    for (const [status, body] of [
      [400, 'Bad_OAuth_Token'],
      [402, ''],
      [404, ''],
      [500, 'Wrong_Org'],
      [201, '{"organization_id":"00Dx","preferred_username":"a@b"}'],
      [200, '{"organization_id":"00Dx"}'],
      [200, '{"preferred_username":"a@b"}'],
      [200, '{"organization_id":"00Dx","preferred_username":"a\\nb"}'],
      [200, 'Bad_OAuth_Token'],
    ] as const) {
      const error = await failure(userInfo(answering([status, body])));
      assert.equal(error.code, 'verification_failed', `${status} ${body}`);
    }
  });
});

describe('a query that the org refuses', () => {
  const invalid = '[{"errorCode":"INVALID_SESSION_ID","message":"Session expired or invalid"}]';

  it('is one by a dead token where userinfo refuses it too, with 401 or with 403', async () => {
    for (const status of [401, 403]) {
      const org = answering([401, invalid], [status, 'Bad_OAuth_Token']);
      const error = await failure(queryRecord(org, '66.0', 'SELECT Id FROM User'));
      assert.equal(error.code, 'verification_failed');
      assert.match(error.message, /^The org refuses the new access token \(HTTP 401, INVALID_SES/);
    }
  });

  it('is one by API access control where userinfo takes the token', async () => {
    const body = JSON.stringify({ organization_id: '00Dx', preferred_username: 'a@b' });
    for (const [status, text] of [
      [401, ''],
      [401, invalid],
      [403, invalid],
    ] as const) {
      const org = answering([status, text], [200, body]);
      const error = await failure(queryRecord(org, '66.0', 'SELECT Id FROM User'));
      assert.match(error.message, /^The token is alive/);
    }
  });
});
