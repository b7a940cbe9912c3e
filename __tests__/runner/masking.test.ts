// Not for coverage: what it looks at, other tests reach too.

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { memberOf } from '../../src/http/json.ts';
import { blobSha, fault as gitHubFault } from '../support/github/server.ts';
import { assertNothingHandedOut } from '../support/org-step.ts';
import { assertFailed, assertRefreshed, refreshScene } from '../support/refresh-scene.ts';
import type { ActionResult, RunOptions } from '../support/runner.ts';
import { type Fault, fault, type SalesforceOrg } from '../support/salesforce-org.ts';
import { assertHidden, forms, returnedSecrets } from '../support/secrets.ts';
import { branch, repositoryName, tokenBranchScene } from '../support/token-branch-scene.ts';
import { setTheScene as tokenFileScene } from '../support/token-file.ts';

// Every secret is masked before it can be printed, and never printed but in its mask; nothing is masked
// that would wreck the log, or keep an output from leaving the job.

const concurrency = 6;

/** The secrets of the inputs of a scene with a secret app. */
function inputSecrets(org: SalesforceOrg, token: string): string[] {
  return [token, org.app.clientId, org.app.clientSecret];
}

function base64Text(value: unknown): string {
  return Buffer.from(typeof value === 'string' ? value : '', 'base64').toString();
}

const everything = { 'export-env': true, 'revoke-on-completion': true, 'job-summary': true };

for (const debug of [false, true]) {
  describe(`the secrets of a refresh${debug ? ', with debug logging' : ''}`, {
    concurrency,
  }, () => {
    for (const jwt of [false, true]) {
      it(`are masked when it goes well (${jwt ? 'JWT' : 'opaque token'})`, async (t) => {
        const fields = { id_token: 'eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJ4In0.c2lnbmVk' };
        const app = { secretRequired: true };
        const { org, token, run } = await refreshScene(t, {
          rotation: 'strict',
          app,
          shape: { jwt, fields },
        });
        const inputs = { ...everything, 'client-secret': org.app.clientSecret };
        const result = await run(inputs, {}, { debug });
        assertRefreshed(result, org);
        const returned = returnedSecrets(org);
        assert.equal(returned.length, 4);
        assertHidden(result, [...inputSecrets(org, token), ...returned, org.url]);
        assert.equal(result.log.includes('##[debug]Set output access-token = ***'), debug);
        assert.equal(result.log.includes("##[debug]SF_ACCESS_TOKEN='***'"), debug);
      });
    }

    it('are masked when an input is refused', async (t) => {
      const { org, token, run } = await refreshScene(t);
      const secrets = { 'client-secret': org.app.clientSecret, 'github-token': 'github_pat_11A' };
      for (const wrong of [
        { retries: 'none' },
        { 'login-url': 'https://evil.example' },
        { 'allowed-hosts': '*' },
        { 'expected-org-id': 'x' },
        { 'token-branch': 'a..b' },
      ]) {
        const result = await run({ ...everything, ...secrets, ...wrong }, {}, { debug });
        assertNothingHandedOut(result);
        assertHidden(result, [...inputSecrets(org, token), secrets['github-token']]);
      }
    });

    const refusals: readonly (readonly [what: string, does: Fault, code: string])[] = [
      ['Salesforce refuses', fault.oauthError('invalid_grant', 'inactive user'), 'invalid_grant'],
      ['the answer is a page', fault.page(404), 'http_404'],
      ['the answer is lost', fault.reset(), 'network_error'],
    ];
    for (const [what, does, code] of refusals) {
      it(`are masked when ${what}`, async (t) => {
        const { org, token, run } = await refreshScene(t);
        org.faults.push({ does });
        const inputs = { ...everything, 'client-secret': org.app.clientSecret, retries: 0 };
        const result = await run(inputs, {}, { debug });
        assertFailed(result, code);
        assertHidden(result, inputSecrets(org, token));
      });
    }

    const flaws: readonly (readonly [name: string, value: unknown, code: string])[] = [
      ['token_type', 'DPoP', 'token_type_unsupported'],
      ['instance_url', 'https://evil.example', 'instance_url_refused'],
      ['instance_url', undefined, 'response_invalid'],
      ['issued_at', 5, 'response_invalid'],
      ['access_token', '00Dx0000000BV7z!AR8A abc_def', 'response_invalid'],
      ['access_token', '00Dx0000000BV7z!AR8A%0Aabc\u001b[1m', 'response_invalid'],
    ];
    for (const [name, value, code] of flaws) {
      it(`are masked when the answer is refused: ${name} ${JSON.stringify(value)}`, async (t) => {
        const shape = { fields: { [name]: value } };
        const { org, token, run } = await refreshScene(t, { rotation: 'strict', shape });
        const result = await run(everything, {}, { debug });
        assertFailed(result, code);
        const returned = returnedSecrets(org);
        assert.equal(returned.length, name === 'access_token' ? 2 : 3);
        assertHidden(result, [token, org.app.clientId, ...returned]);
        assert.ok(!result.stdout.includes('00Dx0000000BV7z!AR8A'));
      });
    }

    it('are masked when the token turns out to be for another org', async (t) => {
      const { org, token, run } = await refreshScene(t, { rotation: 'strict' });
      const wrong = { 'expected-org-id': '00D000000000001' };
      const result = await run({ ...everything, ...wrong }, {}, { debug });
      assertFailed(result, 'org_mismatch');
      // The request after the refresh revokes the token: its secret is the same.
      const { families } = org;
      const made = families.flatMap(({ current, accessTokens }) => [
        current,
        ...accessTokens.map(({ value }) => value),
      ]);
      assert.equal(made.length, 2);
      assertHidden(result, [token, org.app.clientId, ...made]);
    });

    for (const [form, reuse] of [
      ['token', 0],
      ['JSON in base64', 5],
    ] as const) {
      it(`are masked, and nowhere on GitHub, where a ${form} is kept on a branch`, async (t) => {
        const scene = await tokenBranchScene(t, { form });
        const { org, github, family, secret, githubToken, repository, run } = scene;
        // The second run has to write twice, and tells about it.
        github.inject('PUT /contents/*', gitHubFault.unavailable(), { skip: 2 });
        const inputs = { ...everything, 'revoke-on-completion': reuse === 0 };
        const results: ActionResult[] = [];
        for (const reuseMinutes of [0, reuse, reuse]) {
          results.push(await run({ inputs: { ...inputs, 'reuse-minutes': reuseMinutes }, debug }));
        }
        const kept = family.accessTokens.map(({ value }) => value);
        const made = [...family.spent.keys(), family.current, ...kept, ...returnedSecrets(org)];
        for (const result of results) {
          assert.equal(result.conclusion, 'success', result.log);
          assertHidden(result, [secret, githubToken, result.outputs['access-token'] ?? '']);
        }
        const [first, second, third] = results;
        assert.match(second?.log ?? '', /Writing to the token branch again/);
        assert.equal(third?.outputs['reused'], String(reuse > 0));
        assert.deepEqual(
          made.filter((token) => results.some(({ log, stderr }) => (log + stderr).includes(token))),
          [],
        );
        const texts = [
          ...repository.versions(branch, scene.file),
          ...repository.commits(branch).map(({ message }) => message),
          ...github.requests.map(({ url, body }) => url + body),
          ...github.requests.map(({ json }) => base64Text(memberOf(json, 'content'))),
          ...results.flatMap(({ state }) => state['token-branch'] ?? ''),
        ].join('\n');
        assert.ok(texts.includes('"sealed"') && first !== undefined);
        for (const token of [secret, org.app.clientId, githubToken, ...made]) {
          for (const seen of forms(token)) {
            assert.ok(!texts.includes(seen), 'a secret lies open on GitHub');
          }
        }
      });
    }

    it('are masked where GitHub lets nobody write, and at the end of the job', async (t) => {
      const scene = await tokenBranchScene(t);
      const { github, githubToken, secret, org, run, post } = scene;
      const refused = gitHubFault.error(403, `Resource not accessible by ${githubToken} ${secret}`);
      const refusal = github.inject('POST /git/trees', refused, { times: 9 });
      const result = await run({ inputs: everything, debug });
      assertFailed(result, 'token_branch_not_writable');
      assertHidden(result, [secret, githubToken, org.app.clientId]);
      refusal.remove();
      assert.equal((await run()).conclusion, 'success');
      github.inject('PUT /contents/*', gitHubFault.error(403, `No, ${githubToken}`));
      const { file, repository } = scene;
      const text = repository.file(branch, file) ?? '';
      const unsaved = { repository: repositoryName, branch, file, text: `${text}\n`, message: 'x' };
      const state = JSON.stringify({ ...unsaved, replaces: blobSha(text), holder: 'x' });
      const end = await post({ ...result, state: { 'token-branch': state } }, { debug });
      const told = end.log.replace(/^##\[debug\].*\n/gm, '');
      assert.match(told, /again in .*: HTTP 403 No, \*\*\*\nSaved the new refresh token/);
      assert.equal(end.code, 0);
      assertHidden(end, [githubToken]);
    });
  });
}

describe('masks', { concurrency }, () => {
  it('come before every other line, and are these', async (t) => {
    const { org, token, run } = await refreshScene(t, { rotation: 'strict' });
    const result = await run({ 'client-secret': org.app.clientSecret });
    assertRefreshed(result, org);
    const inputs = inputSecrets(org, token);
    const lines = result.stdout.split('\n');
    assert.deepEqual(
      lines.slice(0, inputs.length),
      inputs.map((secret) => `::add-mask::${secret}`),
    );
    const returned = returnedSecrets(org);
    assert.equal(returned.length, 3);
    assert.deepEqual(result.masks.toSorted(), [...inputs, ...returned, org.url].toSorted());
  });

  it('never hide `PlatformCLI`, which everybody knows', async (t) => {
    const { org, token, run } = await refreshScene(t, { app: { clientId: 'PlatformCLI' } });
    for (const dead of [false, true]) {
      org.app.tokenPolicy = dead ? 'immediately-expire' : 'until-revoked';
      const result = await run();
      assert.equal(result.conclusion, dead ? 'failure' : 'success');
      assertHidden(result, [token]);
      assert.equal(result.masks.includes('PlatformCLI'), false);
    }
  });

  it('never hide what is empty or very short: it would wreck the log', async (t) => {
    const { org, run } = await refreshScene(t);
    org.shape.fields = { signature: 'a', id_token: '' };
    const inputs: RunOptions['inputs'] = { 'client-secret': 'e', 'github-token': ' ' };
    const result = await run(inputs);
    assertFailed(result, 'invalid_client');
    assert.deepEqual(result.masks, [org.requests[0]?.form['refresh_token'], org.app.clientId]);
    const good = await run();
    assertRefreshed(good, org);
    assert.equal(
      good.masks.some((mask) => mask.length < 6),
      false,
    );
    assert.deepEqual([...result.annotations, ...good.annotations].length, 1);
  });

  it('are not flooded by an answer: what is no token text is not printed, and not masked', async (t) => {
    const lines = ['success', 'https://', 'deploy', 'salesforce'].join('\n');
    const access_token = `${lines}\n`.repeat(20_000);
    const { org, token, run } = await refreshScene(t, { shape: { fields: { access_token } } });
    const result = await run();
    assertFailed(result, 'response_invalid');
    // Nothing of an answer without a usable token is looked at, or printed.
    assert.equal(returnedSecrets(org).length, 1);
    assert.deepEqual(result.masks, [token, org.app.clientId]);
  });

  it('are not flooded by a token file', async (t) => {
    const password = 'success\ndeploy\n'.repeat(10_000);
    const scene = await tokenFileScene(t, {}, (members) =>
      JSON.stringify({ ...members, password, client_secret: 'a-secret' }),
    );
    const { conclusion, masks } = await scene.start().result;
    assert.equal(conclusion, 'success');
    assert.ok(masks.includes('a-secret') && masks.includes(scene.token));
    assert.ok(!masks.includes('success') && masks.length < 20);
  });

  it('hide each line of a value, but for the very short ones', async (t) => {
    const { run } = await refreshScene(t);
    const result = await run({ 'client-secret': 'first-line\r\n}\nsecond-line' });
    assertFailed(result, 'input_invalid');
    assert.ok(result.masks.includes('first-line') && result.masks.includes('second-line'));
    assert.equal(result.masks.includes('}'), false);
  });

  it('hide the instance URL as a whole, never its host, nor where it was asked for', async (t) => {
    const { org, run } = await refreshScene(t);
    const host = `127.0.0.1:${org.port}`;
    for (const mask of [true, false]) {
      const result = await run(
        { 'mask-instance-url': mask, 'export-env': true },
        {},
        { debug: true },
      );
      assertRefreshed(result, org);
      assert.equal(result.masks.includes(org.url), mask);
      assert.equal(
        result.log.includes(`Set output instance-url = ${mask ? '***' : org.url}`),
        true,
      );
      assert.equal(result.log.includes(`SF_INSTANCE_URL='${mask ? '***' : org.url}'`), true);
      const parts = [host, '127.0.0.1', String(org.port), 'http://'];
      assert.deepEqual(
        result.masks.filter((masked) => parts.includes(masked)),
        [],
      );
      assert.ok(result.log.includes(`Refreshing the access token at ${host}.`));
    }
  });

  it('leave what is no secret readable, and able to leave the job', async (t) => {
    const { run } = await refreshScene(t);
    const result = await run();
    for (const output of [
      'org-id',
      'user-id',
      'identity-url',
      'scope',
      'issued-at',
      'token-type',
    ]) {
      assert.ok(result.leavesJob(output), output);
    }
  });
});

describe('what is secret in other places', { concurrency }, () => {
  it('is what was pasted as a credential and refused, whatever it is: masked', async (t) => {
    const { org, run } = await refreshScene(t);
    for (const pasted of [
      '00Dx0000000BV7z!AR8A.abc_def',
      'eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJ4In0.c2lnbmVk',
      `force://${org.app.clientId}::5Aep861abcdefgh@login.salesforce.com`,
      '{"refresh_token":"5Aep861abcdefgh"}',
      '5Aep861abc defgh',
      `${org.app.clientId}${org.app.clientId}`,
    ]) {
      for (const input of ['refresh-token', 'client-id', 'client-secret']) {
        const result = await run({ [input]: pasted, retries: 0 }, {}, { debug: true });
        assert.equal(result.conclusion, 'failure');
        assertHidden(result, [pasted]);
      }
    }
  });

  it('is not repeated from a URL', async (t) => {
    const { org, run } = await refreshScene(t);
    const hush = 'hush-hush-hush';
    for (const inputs of [
      { 'login-url': `https://user:${hush}@login.salesforce.com` },
      { 'login-url': `${org.url}?token=${hush}` },
    ]) {
      const result = await run(inputs);
      assertFailed(result, 'input_invalid');
      assert.ok(!result.stdout.includes(hush));
    }
    const proxy = { https_proxy: `http://user:${hush}@127.0.0.1:9` };
    const login = { 'login-url': 'login.salesforce.com', retries: 0 };
    const result = await run(login, proxy, { debug: true });
    assertFailed(result, 'network_error');
    assert.ok(!result.stdout.includes(hush));
    const broken = await run(login, { https_proxy: `http://user:${hush}@[` });
    assertFailed(broken, 'network_error');
    assert.ok(!broken.stdout.includes(hush));
  });
});
