import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { assertRefreshed, refreshScene } from './support/refresh-scene.ts';
import { fault, longId, tokenPath } from './support/salesforce-org.ts';

// The main job: a refresh token goes in, an access token comes out.

describe('A refresh', () => {
  it('hands out everything that the answer holds', async (t) => {
    const { org, run } = await refreshScene(t);
    const result = await run();
    assertRefreshed(result, org);
    const { 'access-token': accessToken, 'issued-at': issuedAt = '', ...rest } = result.outputs;
    assert.match(accessToken ?? '', /^00D/);
    assert.ok(Math.abs(Date.parse(issuedAt) - Date.now()) < 60_000, issuedAt);
    assert.match(issuedAt, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
    assert.deepEqual(rest, {
      rotated: 'false',
      'instance-url': org.url,
      'token-type': 'Bearer',
      scope: 'refresh_token api',
      'identity-url': `https://login.salesforce.com/id/${org.id}/${org.user.id}`,
      'org-id': org.id,
      'user-id': org.user.id,
    });
    assert.deepEqual(result.env, {});
    assert.deepEqual(result.state, {});
    assert.deepEqual(result.annotations, []);
  });

  it('is one POST with the token and the client id in its body, and nothing else', async (t) => {
    const { org, token, run } = await refreshScene(t);
    assertRefreshed(await run(), org);
    assert.equal(org.requests.length, 1);
    assert.equal(org.connections, 1);
    const [request] = org.requests;
    assert.equal(request?.method, 'POST');
    assert.equal(request.url, tokenPath);
    assert.deepEqual(request.form, {
      grant_type: 'refresh_token',
      refresh_token: token,
      client_id: org.app.clientId,
    });
    assert.equal(request.headers['content-type'], 'application/x-www-form-urlencoded');
    assert.equal(request.headers['accept'], 'application/json');
    assert.equal(request.headers['authorization'], undefined);
  });

  it('sends a secret as it is where the app demands one', async (t) => {
    const secret = 'a secret+with & inner = spaces%';
    const { org, run } = await refreshScene(t, {
      app: { secretRequired: true, clientSecret: secret },
    });
    assertRefreshed(await run({ 'client-secret': secret }), org);
    assert.equal(org.tokenRequests[0]?.form['client_secret'], secret);
  });

  it('leaves unset what an old answer does not hold', async (t) => {
    const { org, run } = await refreshScene(t, { shape: { old: true } });
    const result = await run();
    assertRefreshed(result, org);
    assert.equal(result.outputs['token-type'], 'Bearer');
    assert.ok(!('scope' in result.outputs));
  });

  it('does without an identity URL and a time', async (t) => {
    const { org, run } = await refreshScene(t, {
      shape: { fields: { id: undefined, issued_at: undefined } },
    });
    const result = await run();
    assertRefreshed(result, org);
    for (const name of ['identity-url', 'org-id', 'user-id', 'issued-at', 'api-instance-url']) {
      assert.ok(!(name in result.outputs), name);
    }
  });

  it('completes ids of 15 characters', async (t) => {
    const { org, run } = await refreshScene(t);
    const [orgId, userId] = [org.id.slice(0, 15), org.user.id.slice(0, 15)];
    org.faults.push({
      does: fault.patch({ id: `https://login.salesforce.com/id/${orgId}/${userId}` }),
      when: 'after',
    });
    const { outputs } = await run();
    assert.equal(outputs['org-id'], longId(orgId));
    assert.equal(outputs['user-id'], org.user.id);
    assert.equal(outputs['identity-url'], `https://login.salesforce.com/id/${orgId}/${userId}`);
  });

  it('takes JWT-based tokens', async (t) => {
    const { org, run } = await refreshScene(t, { shape: { jwt: true } });
    const result = await run();
    assertRefreshed(result, org);
    assert.match(result.outputs['access-token'] ?? '', /^eyJ/);
    assert.equal(result.outputs['api-instance-url'], 'https://api.salesforce.com');
  });

  it('gives the instance URL without a slash at its end', async (t) => {
    const { org, run } = await refreshScene(t, { shape: { trailingSlash: true } });
    assert.equal((await run()).outputs['instance-url'], org.url);
  });

  it('takes answers for users of an Experience Cloud site', async (t) => {
    const { org, run } = await refreshScene(t, {
      shape: { community: { url: 'https://acme.my.site.com/x', id: '0DB000000000001AAA' } },
    });
    assertRefreshed(await run(), org);
  });
});

describe('A refresh of an app that rotates', () => {
  it('hands the new token out, and warns once that nothing keeps it', async (t) => {
    const { org, token, run } = await refreshScene(t, { rotation: 'strict' });
    const result = await run();
    assertRefreshed(result, org);
    assert.equal(result.outputs['rotated'], 'true');
    assert.equal(org.refreshTokenState(token), 'spent');
    assert.equal(org.refreshTokenState(result.outputs['refresh-token'] ?? ''), 'current');
    assert.deepEqual(
      result.annotations.map(({ level, message }) => [
        level,
        /stored secret is dead/.test(message),
      ]),
      [['warning', true]],
    );
    const next = await run({ 'refresh-token': result.outputs['refresh-token'], rotates: true });
    assertRefreshed(next, org);
    assert.deepEqual(next.annotations, []);
    assert.equal(org.reuses, 0);
  });

  it('is no rotation where the same token comes back', async (t) => {
    const { org, token, run } = await refreshScene(t);
    org.faults.push({ does: fault.patch({ refresh_token: token }), when: 'after' });
    const { outputs, annotations } = await run();
    assert.equal(outputs['rotated'], 'false');
    assert.ok(!('refresh-token' in outputs));
    assert.deepEqual(annotations, []);
  });
});
