// Not for coverage: what it looks at, check-limits and others reach too.

import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:http';
import { text } from 'node:stream/consumers';
import { describe, it, type TestContext } from 'node:test';
import { type JsonObject, parseJsonObject } from '../src/http/json.ts';
import { assertNothingHandedOut } from './support/org-step.ts';
import { assertFailed, assertRefreshed, refreshScene } from './support/refresh-scene.ts';
import type { ActionResult, RunOptions } from './support/runner.ts';
import { fault, longId, type OrgOptions, type SalesforceOrg } from './support/salesforce-org.ts';

// The main job: a refresh token goes in, an access token and all that comes with it go out.

const concurrency = 6;

/** What the org's last token has to come out as; `undefined` in `changes` is an output that is not set. */
function expectedOutputs(
  org: SalesforceOrg,
  changes: Readonly<Record<string, string | undefined>> = {},
): Record<string, string> {
  const token = org.families.at(-1)?.accessTokens.at(-1);
  assert.ok(token !== undefined, 'the org issued no token');
  const outputs = {
    'access-token': token.value,
    'instance-url': org.url,
    'token-type': 'Bearer',
    scope: 'refresh_token api',
    'issued-at': new Date(token.issuedAt).toISOString(),
    'identity-url': `https://login.salesforce.com/id/${org.id}/${org.user.id}`,
    'org-id': org.id,
    'user-id': org.user.id,
    rotated: 'false',
    ...changes,
  };
  return Object.fromEntries(
    Object.entries(outputs).filter((entry): entry is [string, string] => entry[1] !== undefined),
  );
}

/** Refreshes once, which has to go well. */
async function refreshOnce(
  t: TestContext,
  options: OrgOptions = {},
  inputs: RunOptions['inputs'] = {},
): Promise<{ org: SalesforceOrg; token: string; result: ActionResult }> {
  const { org, token, run } = await refreshScene(t, options);
  const result = await run(inputs);
  assertRefreshed(result, org);
  return { org, token, result };
}

function annotationsOf({ annotations }: ActionResult): string[] {
  return annotations.map(({ level, message }) => `${level}: ${message}`);
}

describe('the outputs of a refresh', { concurrency }, () => {
  it('are everything that the answer says; nothing else is handed out or remarked', async (t) => {
    const { org, result } = await refreshOnce(t);
    assert.deepEqual(result.outputs, expectedOutputs(org));
    const { env, state, summary, path } = result;
    assert.deepEqual({ env, state, summary, path }, { env: {}, state: {}, summary: '', path: [] });
    assert.deepEqual(annotationsOf(result), []);
  });

  it('are the same for an app that demands its secret', async (t) => {
    const { org, run } = await refreshScene(t, { app: { secretRequired: true } });
    const result = await run({ 'client-secret': org.app.clientSecret });
    assertRefreshed(result, org);
    assert.deepEqual(result.outputs, expectedOutputs(org));
  });

  it('leave the scope out where the answer has the old shape, and tell the type all the same', async (t) => {
    const { org, result } = await refreshOnce(t, { shape: { old: true } });
    assert.deepEqual(result.outputs, expectedOutputs(org, { scope: undefined }));
  });

  it('name the address of the API where the token is a JWT', async (t) => {
    const { org, result } = await refreshOnce(t, { shape: { jwt: true } });
    const expected = expectedOutputs(org, { 'api-instance-url': 'https://api.salesforce.com' });
    assert.deepEqual(result.outputs, expected);
    assert.match(result.outputs['access-token'] ?? '', /^eyJ/);
  });

  it('have no slash at the end of the instance URL', async (t) => {
    const { org, result } = await refreshOnce(t, { shape: { trailingSlash: true } });
    assert.deepEqual(result.outputs, expectedOutputs(org));
  });

  it('are not set for what the answer does not have', async (t) => {
    const gone = { scope: undefined, id: undefined, issued_at: undefined, signature: undefined };
    const { org, result } = await refreshOnce(t, { shape: { fields: gone } });
    const unset = ['scope', 'identity-url', 'issued-at', 'org-id', 'user-id'];
    const expected = expectedOutputs(
      org,
      Object.fromEntries(unset.map((name) => [name, undefined])),
    );
    assert.deepEqual(result.outputs, expected);
    assert.deepEqual(annotationsOf(result), []);
  });

  it('tell the time from milliseconds', async (t) => {
    const { result } = await refreshOnce(t, { shape: { fields: { issued_at: '1469654465944' } } });
    assert.equal(result.outputs['issued-at'], '2016-07-27T21:21:05.944Z');
  });

  it('have ids of 18 characters, also where the identity URL has 15', async (t) => {
    const [orgId, userId] = ['00D5e0000Ab1xYz', '0055e0000Cd2QrS'];
    const id = `https://test.salesforce.com/id/${orgId}/${userId}`;
    const { org, result } = await refreshOnce(t, { shape: { fields: { id } } });
    const expected = expectedOutputs(org, {
      'identity-url': id,
      'org-id': longId(orgId),
      'user-id': longId(userId),
    });
    assert.deepEqual(result.outputs, expected);
  });

  const ids = `${longId('00D5e0000Ab1xYz')}/${longId('0055e0000Cd2QrS')}`;
  const leftOut: readonly (readonly [field: string, value: string, outputs: readonly string[]])[] =
    [
      ['id', 'https://login.salesforce.com/id/somebody', ['identity-url', 'org-id', 'user-id']],
      ['id', `https://evil.example/id/${ids}`, ['identity-url', 'org-id', 'user-id']],
      ['id', `https://x"; curl evil/id/${ids}`, ['identity-url', 'org-id', 'user-id']],
      ['scope', 'api "$(id)"', ['scope']],
      ['scope', 'api '.repeat(225_000), ['scope']],
    ];
  for (const [field, value, outputs] of leftOut) {
    it(`leave out what cannot be trusted, with a warning: ${field} ${value.slice(0, 40)}`, async (t) => {
      const shape = { fields: { [field]: value } };
      const { org, here } = await refreshScene(t, { shape });
      const result = await here({ 'job-summary': true });
      assertRefreshed(result, org);
      const without = Object.fromEntries(outputs.map((name) => [name, undefined]));
      assert.deepEqual(result.outputs, expectedOutputs(org, without));
      const [warning, ...more] = annotationsOf(result);
      assert.deepEqual(more, []);
      assert.match(warning ?? '', new RegExp(`^warning: The \`${field}\` of the answer is not `));
      assert.ok(
        outputs.every((name) => warning?.includes(`\`${name}\``)),
        warning,
      );
      assert.doesNotMatch(result.log, /curl|evil|\$\(id\)/);
    });
  }

  it('take no notice of what an Experience Cloud user gets beside it', async (t) => {
    const community = { url: 'https://acme.my.site.com/customers', id: '0DB5e000000Kyle' };
    const { org, result } = await refreshOnce(t, { shape: { community } });
    assert.deepEqual(result.outputs, expectedOutputs(org));
  });

  it('are the same for the token endpoint of an Experience Cloud site', async (t) => {
    const { org, run } = await refreshScene(t, { sitePath: '/customers' });
    for (const end of ['', '/', '/services/oauth2/token']) {
      const result = await run({ 'login-url': `${org.url}/customers${end}` });
      assertRefreshed(result, org);
      assert.deepEqual(result.outputs, expectedOutputs(org));
      assert.equal(org.requests.at(-1)?.url, '/customers/services/oauth2/token');
    }
  });

  it('hold the readable instance URL with `mask-instance-url: false`, else a masked one', async (t) => {
    const { org, run } = await refreshScene(t);
    for (const mask of ['true', 'false']) {
      const result = await run({ 'mask-instance-url': mask });
      assert.equal(result.outputs['instance-url'], org.url);
      assert.equal(result.masks.includes(org.url), mask === 'true');
      assert.equal(result.leavesJob('instance-url'), mask === 'false');
    }
  });
});

describe('the request', { concurrency }, () => {
  it('is this one, and no other: form, headers, nothing in the query', async (t) => {
    const { org, token } = await refreshOnce(t);
    const [request, ...more] = org.requests;
    assert.ok(request !== undefined);
    assert.deepEqual(more, []);
    assert.equal(org.connections, 1);
    assert.equal(request.method, 'POST');
    assert.equal(request.url, '/services/oauth2/token');
    const { clientId } = org.app;
    assert.equal(
      request.body,
      `grant_type=refresh_token&refresh_token=${token}&client_id=${clientId}`,
    );
    const { 'user-agent': agent, ...headers } = request.headers;
    assert.deepEqual(headers, {
      accept: 'application/json',
      'content-type': 'application/x-www-form-urlencoded',
      'content-length': String(request.body.length),
      host: `127.0.0.1:${org.port}`,
      connection: 'close',
    });
    assert.match(agent ?? '', /^[a-z-]+$/);
  });

  it('leaves its connection to those that ask the org about the token, where there are any', async (t) => {
    const { org, run } = await refreshScene(t);
    assertRefreshed(await run({ verify: true }), org);
    assert.equal(org.tokenRequests[0]?.headers['connection'], 'keep-alive');
    assert.ok(org.requests.length > 1);
    assert.equal(org.connections, 1);
  });

  it('escapes what a form has to escape, and sends no more than was given', async (t) => {
    const { org, run } = await refreshScene(t);
    const secret = 'a b+c&d=e%f';
    const form = {
      grant_type: 'refresh_token',
      refresh_token: '5Aep+/=&%20x.y_z==',
      client_id: 'PlatformCLI',
      client_secret: secret,
    };
    const result = await run({
      'refresh-token': `  ${form.refresh_token}\n`,
      'client-id': `${form.client_id} `,
      'client-secret': `\t${secret} `,
    });
    assertFailed(result, 'invalid_client_id');
    assert.deepEqual(org.requests[0]?.form, form);
    assert.equal([...new URLSearchParams(org.requests[0]?.body)].length, 4);
    assert.equal(org.requests[0]?.url, '/services/oauth2/token');
  });

  it('has no `client_secret` for an empty input', async (t) => {
    const { org } = await refreshOnce(t, {}, { 'client-secret': ' ' });
    assert.deepEqual(Object.keys(org.requests[0]?.form ?? {}), [
      'grant_type',
      'refresh_token',
      'client_id',
    ]);
  });
});

describe('an answer that looks like success is success', { concurrency }, () => {
  const looks: readonly (readonly [what: string, status: number, fields: JsonObject])[] = [
    ['with `"error": null`', 200, { error: null }],
    ['with empty errors', 200, { error: '', error_description: '' }],
    ['with `"error_description": null`', 200, { error_description: null }],
    ['with HTTP 201', 201, {}],
    ['with HTTP 203, from a proxy that transforms', 203, { error: null }],
  ];
  for (const [what, status, fields] of looks) {
    for (const rotation of ['none', 'strict'] as const) {
      it(`${what}, rotation: ${rotation}`, async (t) => {
        const { org, result } = await refreshThrough(t, rotation, status, (body) => ({
          ...body,
          ...fields,
        }));
        assertRefreshed(result, org);
        assert.equal(result.outputs['rotated'], String(rotation === 'strict'));
        assert.equal(
          result.outputs['refresh-token'],
          rotation === 'strict' ? org.families[0]?.current : undefined,
        );
        assert.equal(org.requests.length, 1);
      });
    }
  }

  it('with white space around its tokens, which are handed out without it', async (t) => {
    const { org, result } = await refreshThrough(t, 'strict', 200, (body) => ({
      ...body,
      access_token: ` ${body['access_token']}\n`,
      refresh_token: `${body['refresh_token']}\r\n`,
    }));
    assertRefreshed(result, org);
    assert.equal(result.outputs['access-token'], org.families[0]?.accessTokens[0]?.value);
    assert.equal(result.outputs['refresh-token'], org.families[0]?.current);
  });

  /** Refreshes through something that changes the status and the JSON of the answer. */
  async function refreshThrough(
    t: TestContext,
    rotation: 'none' | 'strict',
    status: number,
    change: (body: JsonObject) => JsonObject,
  ): Promise<{ org: SalesforceOrg; result: ActionResult }> {
    const { org, here } = await refreshScene(t, { rotation });
    const relay = createServer(async (request, response) => {
      const answer = await fetch(`${org.url}${request.url}`, {
        method: 'POST',
        headers: { 'content-type': 'application/x-www-form-urlencoded' },
        body: await text(request),
      });
      const body = parseJsonObject(await answer.text());
      response.writeHead(status, { 'content-type': 'application/json' });
      response.end(JSON.stringify(change(body ?? {})));
    });
    await once(relay.listen(0, '127.0.0.1'), 'listening');
    t.after(() => relay.close());
    const address = relay.address();
    assert.ok(typeof address === 'object' && address !== null);
    return { org, result: await here({ 'login-url': `http://127.0.0.1:${address.port}` }) };
  }
});

describe('rotation that nothing keeps', { concurrency }, () => {
  it('succeeds with the new refresh token and exactly one warning', async (t) => {
    const { org, token, result } = await refreshOnce(t, { rotation: 'strict' });
    const current = org.families[0]?.current;
    assert.notEqual(current, token);
    assert.deepEqual(
      result.outputs,
      expectedOutputs(org, { rotated: 'true', 'refresh-token': current }),
    );
    const [warning, ...more] = annotationsOf(result);
    assert.deepEqual(more, []);
    assert.match(
      warning ?? '',
      /^warning: .*stored secret is dead[\s\S]*output `refresh-token`.*`if: always\(\)`[\s\S]*rotation\.md$/,
    );
    assert.match(result.log, /Refresh token: rotated, handed out as the output `refresh-token`/);
  });

  it('is told with a token that a check keeps back, and only where there was one', async (t) => {
    for (const rotation of ['strict', 'none'] as const) {
      const wrong = { rotates: true, 'expected-org-id': '00D000000000001' };
      const { run } = await refreshScene(t, { rotation });
      const result = await run(wrong);
      assertFailed(result, 'org_mismatch');
      assert.equal(
        result.log.includes('Refresh token: rotated, handed out as the output `refresh-token`.'),
        rotation === 'strict',
      );
    }
  });

  it('is nothing to warn of where the workflow knows of it', async (t) => {
    const { org, result } = await refreshOnce(t, { rotation: 'strict' }, { rotates: true });
    assert.equal(result.outputs['refresh-token'], org.families[0]?.current);
    assert.deepEqual(annotationsOf(result), []);
  });

  it('carries on with the new token, and a lost one kills the family', async (t) => {
    const { org, run } = await refreshScene(t, { rotation: 'strict' });
    const first = await run();
    const second = await run({ 'refresh-token': first.outputs['refresh-token'] });
    assertRefreshed(second, org);
    assert.equal(org.reuses, 0);
    assertFailed(await run(), 'invalid_grant');
    assert.equal(org.reuses, 1);
    assert.equal(org.accessTokenAlive(second.outputs['access-token'] ?? ''), false);
  });

  it('is none where the same refresh token comes back', async (t) => {
    const { org, token, run } = await refreshScene(t);
    org.shape.fields = { refresh_token: token };
    const result = await run();
    assertRefreshed(result, org);
    assert.deepEqual(result.outputs, expectedOutputs(org));
    assert.deepEqual(annotationsOf(result), []);
  });

  it('is handed out even where the rest of the answer is refused', async (t) => {
    const { org, run } = await refreshScene(t, { rotation: 'strict' });
    org.shape.fields = { instance_url: 'https://evil.example' };
    const result = await run();
    assertFailed(result, 'instance_url_refused');
    const { 'error-code': _, ...outputs } = result.outputs;
    assert.deepEqual(outputs, { rotated: 'true', 'refresh-token': org.families[0]?.current });
  });
});

describe('a refresh that fails', { concurrency }, () => {
  it('hands nothing out, whatever was asked for, after one request', async (t) => {
    const { org, run } = await refreshScene(t);
    org.user.active = false;
    const result = await run({
      'export-env': true,
      'revoke-on-completion': true,
      verify: true,
    });
    assertFailed(result, 'invalid_grant');
    assertNothingHandedOut(result);
    assert.equal('rotated' in result.outputs, false, 'there was no token response');
    assert.equal(org.requests.length, 1);
  });

  it('hands nothing out but that nothing rotated, where the answer is refused', async (t) => {
    const { org, run } = await refreshScene(t);
    org.faults.push({ does: fault.patch({ instance_url: 'https://evil.example' }), when: 'after' });
    const result = await run({ 'export-env': true, 'revoke-on-completion': true });
    assertFailed(result, 'instance_url_refused');
    assertNothingHandedOut(result);
    assert.equal(result.outputs['rotated'], 'false');
    assert.equal(org.tokenRequests.length, 1);
  });
});
