import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import {
  asked,
  assertNothingHandedOut,
  hereOn,
  orgFor,
  problem,
  runOn,
} from '../support/org-step.ts';
import { longId } from '../support/salesforce-org.ts';
import { tokenBranchScene } from '../support/token-branch-scene.ts';

// That the token is for the org and the user that the workflow expects, or is not handed out.

const id15 = '00D5e0000Ab1xYz';
const id18 = longId(id15);
const other15 = '00D5e0000Ab1xYZ';

describe('expected-org-id', () => {
  it('passes for the right org, in 15 or 18 characters, without any request', async (t) => {
    const org = await orgFor(t, { id: id15 });
    for (const expected of [id15, id18]) {
      const result = await runOn(org, { 'expected-org-id': expected });
      assert.equal(result.conclusion, 'success', result.log);
      assert.equal(result.outputs['org-id'], id18);
      assert.equal(result.outputs['api-version'], undefined);
      assert.match(result.log, /Checks that passed: expected-org-id\./);
    }
    assert.deepEqual(asked(org), ['POST token', 'POST token']);
  });

  it('refuses another org, and one whose id differs in case only', async (t) => {
    const org = await orgFor(t, { id: id15 });
    for (const expected of [other15, longId(other15), '00D000000000001']) {
      const result = await hereOn(org, { 'expected-org-id': expected });
      assert.equal(result.outputs['error-code'], 'org_mismatch');
      assertNothingHandedOut(result);
      assert.ok(problem(result).includes(id18), 'names what was found');
      assert.ok(problem(result).includes(longId(expected.slice(0, 15))), 'and what was expected');
    }
  });

  it('asks the org where Salesforce does not name it, and fails where it may not ask', async (t) => {
    const shape = { fields: { id: undefined } };
    const cases: [scopes: string[], asks: string[]][] = [
      [['id'], ['POST token', 'GET userinfo']],
      [['api'], ['POST token', 'GET data', 'GET query']],
      [['full'], ['POST token', 'GET userinfo']],
      [['web'], ['POST token']],
    ];
    for (const [scopes, asks] of cases) {
      const org = await orgFor(t, {
        id: id15,
        shape,
        app: { scopes: ['refresh_token', ...scopes] },
      });
      const right = await hereOn(org, { 'expected-org-id': id18 });
      assert.deepEqual(asked(org), asks);
      const wrong = await hereOn(org, { 'expected-org-id': longId(other15) });
      assertNothingHandedOut(wrong);
      if (asks.length > 1) {
        assert.equal(right.conclusion, 'success', right.log);
        assert.equal(wrong.outputs['error-code'], 'org_mismatch');
      } else {
        assert.equal(right.outputs['error-code'], 'verification_failed');
        assertNothingHandedOut(right);
        assert.match(problem(right), /scopes \(refresh_token web\) do not allow/);
      }
    }
  });

  it('does not believe an identity URL of a strange form', async (t) => {
    const shape = { fields: { id: `https://login.salesforce.com/id/${id18}/x/y` } };
    const org = await orgFor(t, { id: other15, shape });
    const result = await hereOn(org, { 'expected-org-id': id18 });
    assert.equal(result.outputs['error-code'], 'org_mismatch');
  });

  it('refuses an instance that serves another org than the token is for', async (t) => {
    const identity = `https://login.salesforce.com/id/${id18}/0055e0000000001AAA`;
    for (const [scope, inputs] of [
      ['id', { verify: true }],
      ['api', { 'expected-org-type': 'production' }],
    ] as const) {
      const app = { scopes: ['refresh_token', scope] };
      const org = await orgFor(t, { id: other15, app, shape: { fields: { id: identity } } });
      const result = await hereOn(org, { 'expected-org-id': id18, ...inputs });
      assert.equal(result.outputs['error-code'], 'org_mismatch');
      assert.ok(problem(result).includes(`serves the org ${longId(other15)}`));
      assertNothingHandedOut(result);
    }
  });
});

describe('expected-username', () => {
  it('ignores case, and hands the name out as Salesforce writes it', async (t) => {
    for (const scopes of [['id'], ['api']]) {
      const org = await orgFor(t, { app: { scopes }, user: { username: 'Deploy@Acme.Example' } });
      const result = await hereOn(org, { 'expected-username': 'dePLOY@acme.example' });
      assert.equal(result.conclusion, 'success', result.log);
      assert.equal(result.outputs['username'], 'Deploy@Acme.Example');
    }
  });

  it('refuses another user, and names both', async (t) => {
    for (const scopes of [['id'], ['api']]) {
      const org = await orgFor(t, { app: { scopes } });
      const result = await runOn(org, { 'expected-username': 'boss@acme.example' });
      assert.equal(result.outputs['error-code'], 'user_mismatch');
      assert.match(problem(result), /for the user “ci@acme\.example”.*is “boss@acme\.example”/);
      assertNothingHandedOut(result);
    }
  });
});

describe('expected-org-type', () => {
  const kinds = ['production', 'sandbox', 'scratch', 'developer'] as const;

  it('tells the four kinds of orgs apart', async (t) => {
    for (const kind of kinds) {
      const org = await orgFor(t, { kind });
      const right = await hereOn(org, { 'expected-org-type': kind });
      assert.equal(right.conclusion, 'success', right.log);
      assert.equal(right.outputs['org-type'], kind);
      assert.equal(right.outputs['api-version'], '66.0');
      const wrong = await hereOn(org, {
        'expected-org-type': kind === 'sandbox' ? 'production' : 'sandbox',
      });
      assert.equal(wrong.outputs['error-code'], 'org_type_mismatch');
      assert.match(problem(wrong), new RegExp(`^The org is of the type ${kind}, but`));
      assertNothingHandedOut(wrong);
    }
  });

  it('believes the record, not the name of the host', async (t) => {
    const org = await orgFor(t, { kind: 'production' });
    org.organization = { IsSandbox: true };
    const result = await hereOn(org, { 'expected-org-type': 'production' });
    assert.match(problem(result), /^The org is of the type sandbox/);
  });

  it('asks nothing where the scopes do not allow it, and says which scope is missing', async (t) => {
    const org = await orgFor(t, { app: { scopes: ['refresh_token', 'id'] } });
    const result = await hereOn(org, { 'expected-org-type': 'production' });
    assert.equal(result.outputs['error-code'], 'verification_failed');
    assert.match(problem(result), /Manage user data via APIs \(api\)/);
    assert.deepEqual(asked(org), ['POST token']);
  });

  it('fails where the record does not say it', async (t) => {
    const org = await orgFor(t);
    for (const record of [{ IsSandbox: null }, { OrganizationType: null }]) {
      org.organization = record;
      const result = await hereOn(org, { 'expected-org-type': 'production' });
      assert.equal(result.outputs['error-code'], 'verification_failed');
      assert.match(problem(result), /View Setup and Configuration/);
      assertNothingHandedOut(result);
    }
  });
});

describe('checks: the cost', () => {
  const everything = { verify: true, 'expected-username': 'ci@acme.example' };
  const orgType = { 'expected-org-type': 'production' };
  const cases: [scopes: string, inputs: Record<string, string | boolean>, asks: string][] = [
    ['api id', {}, ''],
    ['id', { verify: true }, 'GET userinfo'],
    ['openid', { 'expected-username': 'ci@acme.example' }, 'GET userinfo'],
    ['full', everything, 'GET userinfo'],
    ['api', { verify: true }, 'GET data, GET query'],
    ['api', orgType, 'GET data, GET query'],
    ['api', { ...everything, ...orgType }, 'GET data, GET query, GET query'],
    ['api id', { ...everything, ...orgType }, 'GET userinfo, GET data, GET query'],
  ];
  for (const [scopes, inputs, asks] of cases) {
    const names = Object.keys(inputs).join(', ') || 'nothing';
    it(`${names} with ${scopes}: ${asks || 'no request'}, over one connection`, async (t) => {
      const org = await orgFor(t, { app: { scopes: scopes.split(' ') } });
      const result = await hereOn(org, inputs);
      assert.equal(result.conclusion, 'success', result.log);
      assert.equal(asked(org).join(', '), ['POST token', asks].filter(Boolean).join(', '));
      assert.equal(org.connections, 1);
      const requests = asked(org).length === 1 ? '1 request' : `${asked(org).length} requests`;
      assert.match(result.log, new RegExp(`^${requests}, 0 retries, \\d+\\.\\d s\\.$`, 'm'));
    });
  }

  it('asks the instance over one connection of its own', async (t) => {
    const org = await orgFor(t, { app: { scopes: ['api', 'id'] } });
    org.instanceUrl = `http://localhost:${org.port}`;
    const result = await runOn(org, {
      ...everything,
      ...orgType,
      'allowed-hosts': '127.0.0.1 localhost',
    });
    assert.equal(result.conclusion, 'success', result.log);
    assert.deepEqual(
      org.requests.map(({ host, connection }) => `${host} ${connection}`),
      ['127.0.0.1 1', 'localhost 2', 'localhost 2', 'localhost 2'],
    );
  });
});

describe('a check that fails', () => {
  const wrong = { 'expected-org-id': '00D000000000001' };

  it('hands out nothing, whatever was asked for', async (t) => {
    const org = await orgFor(t, { kind: 'sandbox' });
    for (const expectation of [
      wrong,
      { 'expected-username': 'boss@acme.example' },
      { 'expected-org-type': 'production' },
    ]) {
      const result = await runOn(org, {
        ...expectation,
        'export-env': true,
        'revoke-on-completion': true,
        'job-summary': true,
      });
      assert.equal(result.code, 1);
      assertNothingHandedOut(result);
      assert.equal(result.outputs['rotated'], 'false');
    }
  });

  it('comes after a rotated token was kept on its branch', async (t) => {
    const { org, family, record, run } = await tokenBranchScene(t);
    const result = await run({ inputs: wrong });
    assert.equal(result.outputs['error-code'], 'org_mismatch', result.log);
    assert.equal(result.outputs['access-token'], undefined);
    assert.equal(result.outputs['refresh-token'], '');
    assert.equal(result.outputs['rotated'], 'true');
    assert.equal(record()?.['refreshes'], 1);
    const sent = family.current;
    assert.equal((await run()).conclusion, 'success');
    assert.equal(org.tokenRequests.at(-1)?.form['refresh_token'], sent);
  });

  it('comes after a rotated token was written to its file, which gets nothing else', async (t) => {
    const org = await orgFor(t, { rotation: 'strict' });
    const folder = await mkdtemp(join(tmpdir(), 'token-'));
    t.after(() => rm(folder, { recursive: true }));
    const file = join(folder, 'token.json');
    const refreshToken = org.newRefreshToken();
    await writeFile(file, JSON.stringify({ refresh_token: refreshToken, access_token: 'old' }));
    const result = await runOn(
      org,
      { ...wrong, 'refresh-token': undefined, 'token-file': file },
      { env: { RUNNER_ENVIRONMENT: 'self-hosted' } },
    );
    assert.equal(result.outputs['error-code'], 'org_mismatch', result.log);
    const kept: unknown = JSON.parse(await readFile(file, 'utf8'));
    assert.deepEqual(kept, {
      refresh_token: org.familyOf(refreshToken)?.current,
      access_token: 'old',
    });
    assert.equal(org.refreshTokenState(refreshToken), 'spent');
  });
});

describe('malformed expectations', () => {
  const cases = {
    'expected-org-id': [
      '00D5e0000Ab1xY',
      `${id15}AAA`,
      id18.toLowerCase(),
      '0055e0000000001AAA',
      `${id18}, ${id18}`,
      `${id15}é`,
    ],
    'expected-username': ['ci', 'ci@', '@acme.example', 'c i@acme.example', 'a@b@c'],
    'expected-org-type': ['Production', 'prod', 'sandbox,scratch'],
    verify: ['yes', '1'],
    'export-env': ['on'],
    'revoke-on-completion': ['no'],
    'job-summary': ['0'],
  };
  for (const [name, values] of Object.entries(cases)) {
    it(`${name}: refused before anything is sent`, async (t) => {
      const org = await orgFor(t);
      for (const value of values) {
        const result = await hereOn(org, { [name]: value });
        assert.equal(result.outputs['error-code'], 'input_invalid', value);
        assert.ok(problem(result).includes(`\`${name}\``));
        assertNothingHandedOut(result);
      }
      assert.deepEqual(asked(org), []);
    });
  }

  it('empty ones are none', async (t) => {
    const org = await orgFor(t);
    const result = await hereOn(org, {
      'expected-org-id': ' ',
      'expected-username': '',
      'expected-org-type': '\n',
      verify: '',
    });
    assert.equal(result.conclusion, 'success', result.log);
    assert.deepEqual(asked(org), ['POST token']);
  });
});
