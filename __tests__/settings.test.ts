import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import type { TokenFile } from '../src/credential/token-file.ts';
import { ActionError } from '../src/errors/action-error.ts';
import type { JsonObject } from '../src/http/json.ts';
import type { Environment } from '../src/runner/context.ts';
import { type InputName, inputNames, type RawInputs, readInputs } from '../src/runner/inputs.ts';
import { orgTypes } from '../src/salesforce/expectations.ts';
import { hostInput, type Settings, secretInputs, validateInputs } from '../src/settings.ts';

const token = '5Aep861.the_refresh-token.of_40-or-more_characters==';
const clientId = '3MVG9.the_consumer_key';
const base: RawInputs = { 'refresh-token': token, 'client-id': clientId };
const authUrl = `force://${clientId}:the-app-secret:${token}@acme.my.salesforce.com`;
// Any file that can be written stands in for those of the runner: nothing writes here.
const file = import.meta.filename;
const env: Environment = { GITHUB_OUTPUT: file, GITHUB_REPOSITORY: 'owner/name' };
const onBranch: RawInputs = { 'token-branch': 'salesforce-tokens', 'github-token': 'ghs_x' };

/** A token file with this content. */
function tokenFile(content: JsonObject): TokenFile {
  return {
    given: 'file.json',
    path: '/file.json',
    content,
    refreshToken: content['refresh_token'],
    instanceUrl: content['instance_url'],
    isInside: () => false,
    update: () => assert.fail('nothing is written while inputs are checked'),
  };
}

async function validate(
  changes: Readonly<Partial<Record<InputName, string | undefined>>>,
  environment: Environment = {},
  content: JsonObject = {},
): Promise<Settings> {
  const given = Object.entries({ ...base, ...changes }).filter(([, value]) => value !== undefined);
  const raw: RawInputs = Object.fromEntries(given);
  return await validateInputs(raw, { ...env, ...environment }, () => tokenFile(content));
}

/** The error that ends these inputs, which says that nothing was sent. */
async function refusal(...given: Parameters<typeof validate>): Promise<ActionError> {
  try {
    await validate(...given);
  } catch (error) {
    assert.ok(error instanceof ActionError, String(error));
    assert.match(error.fix, /Nothing was sent to Salesforce\.$/);
    return error;
  }
  assert.fail('the inputs were taken');
}

const fromFile = { 'refresh-token': undefined, 'token-file': 'file.json' };
const fromUrl = { 'refresh-token': undefined, 'client-id': undefined, 'sfdx-auth-url': authUrl };

describe('Inputs', () => {
  it('are read by the names that the runner gives them, trimmed; an empty one is none', () => {
    const read = readInputs({
      'INPUT_REFRESH-TOKEN': `\n ${token}\t`,
      'INPUT_CLIENT-ID': '',
      'INPUT_LOGIN-URL': '  ',
      INPUT_ROTATES: 'true',
      INPUT_CLIENT_SECRET: 'an underscore is another name',
      INPUT_UNKNOWN: 'x',
    });
    assert.deepEqual(read, { 'refresh-token': token, rotates: 'true' });
    const all = readInputs(
      Object.fromEntries(inputNames.map((name) => [`INPUT_${name.toUpperCase()}`, name])),
    );
    assert.deepEqual(Object.keys(all), [...inputNames]);
  });

  it('have the defaults of the contract', async () => {
    const inputs = await validate({});
    assert.equal(inputs.refreshToken, token);
    assert.equal(inputs.clientId, clientId);
    assert.equal(inputs.login.url.href, 'https://login.salesforce.com/services/oauth2/token');
    const { rotates, exportEnv, maskInstanceUrl, revokeOnCompletion, jobSummary } = inputs;
    assert.deepEqual(
      { rotates, exportEnv, maskInstanceUrl, revokeOnCompletion, jobSummary },
      {
        rotates: false,
        exportEnv: false,
        maskInstanceUrl: true,
        revokeOnCompletion: false,
        jobSummary: false,
      },
    );
    assert.deepEqual([inputs.timeoutMs, inputs.retries], [60_000, 3]);
    assert.deepEqual(inputs.expected, { verify: false });
    for (const name of ['clientSecret', 'authUrl', 'tokenFile', 'tokenBranch']) {
      assert.ok(!(name in inputs), name);
    }
  });

  it('are all taken over', async () => {
    const files = { GITHUB_ENV: file, GITHUB_STATE: file, GITHUB_STEP_SUMMARY: file };
    const inputs = await validate(
      {
        'client-secret': 'with inner space',
        'login-url': 'acme.my.salesforce.com',
        'allowed-hosts': 'h.example.com',
        rotates: 'True',
        'expected-org-id': '00Dx0000000BV7z',
        'expected-username': 'CI@acme.com',
        'expected-org-type': 'scratch',
        verify: 'TRUE',
        'export-env': 'true',
        'mask-instance-url': 'False',
        'revoke-on-completion': 'true',
        'job-summary': 'true',
        'timeout-seconds': '600',
        retries: '10',
      },
      files,
    );
    assert.equal(inputs.clientSecret, 'with inner space');
    assert.equal(inputs.login.url.host, 'acme.my.salesforce.com');
    assert.ok(inputs.allowedHosts.has('h.example.com'));
    const { rotates, exportEnv, maskInstanceUrl, revokeOnCompletion, jobSummary } = inputs;
    assert.deepEqual(
      [rotates, exportEnv, maskInstanceUrl, revokeOnCompletion, jobSummary],
      [true, true, false, true, true],
    );
    assert.deepEqual([inputs.timeoutMs, inputs.retries], [600_000, 10]);
    assert.deepEqual(inputs.expected, {
      verify: true,
      orgId: '00Dx0000000BV7zEAG',
      username: 'CI@acme.com',
      orgType: 'scratch',
    });
  });
});

describe('The secrets among the inputs', () => {
  it('are the credential and the token for GitHub', async () => {
    const secrets = await secretInputs({
      ...base,
      ...onBranch,
      'client-secret': 'the app secret',
      'login-url': 'acme.my.salesforce.com',
      'token-file': 'file.json',
    });
    assert.deepEqual(secrets, [token, clientId, 'the app secret', 'ghs_x']);
    const ofUrl = await secretInputs({ 'sfdx-auth-url': authUrl });
    assert.deepEqual(new Set(ofUrl), new Set([authUrl, clientId, 'the-app-secret', token]));
  });

  it('do not count the client id of the CLI, which everybody knows', async () => {
    assert.deepEqual(await secretInputs({ 'client-id': 'PlatformCLI' }), []);
    assert.deepEqual(await secretInputs({}), []);
    const url = `force://PlatformCLI::${token}@login.salesforce.com`;
    assert.deepEqual(new Set(await secretInputs({ 'sfdx-auth-url': url })), new Set([url, token]));
  });
});

describe('A credential that is missing', () => {
  const missing = { 'refresh-token': undefined };

  it('is named, with the likely causes', async () => {
    const error = await refusal(missing);
    assert.equal(error.code, 'input_missing');
    assert.equal(
      error.message,
      'No credential arrived: `sfdx-auth-url`, `refresh-token` and `token-file` are all empty.',
    );
    assert.match(error.fix, /another name[\s\S]*`environment: NAME`[\s\S]*called workflow/);
    assert.equal(error.why, undefined);
    assert.match((await refusal({ 'client-id': undefined })).message, /`client-id` is empty/);
    assert.match(
      (await refusal({ ...fromFile, 'client-id': undefined }, {}, { refresh_token: token }))
        .message,
      /`client-id` is empty/,
    );
  });

  it('is explained by a pull request from a fork, as far as the event tells', async (t) => {
    const folder = mkdtempSync(join(tmpdir(), 'event-'));
    t.after(() => rmSync(folder, { recursive: true, force: true }));
    const GITHUB_EVENT_PATH = join(folder, 'event.json');
    const skip = /github\.event\.pull_request\.head\.repo\.full_name/;
    const of = async (repo: unknown, event = 'pull_request') => {
      writeFileSync(GITHUB_EVENT_PATH, JSON.stringify({ pull_request: { head: { repo } } }));
      return await refusal(missing, { GITHUB_EVENT_NAME: event, GITHUB_EVENT_PATH });
    };
    const fork = await of({ full_name: 'stranger/name' });
    assert.match(fork.why ?? '', /comes from a fork/);
    assert.match(fork.fix, skip);
    const own = await of({ full_name: 'owner/name' });
    assert.doesNotMatch(own.fix, skip);
    // Deleted meanwhile: nobody knows.
    const unknown = await of(null);
    assert.match(unknown.fix, skip);
    assert.match(unknown.fix, /another name/);
    // It runs with the secrets of the base.
    assert.doesNotMatch(
      (await of({ full_name: 'stranger/name' }, 'pull_request_target')).fix,
      skip,
    );
    assert.doesNotMatch((await of({ full_name: 'stranger/name' }, 'schedule')).fix, skip);
  });

  it('is explained by a composite action, which sees no secrets', async () => {
    assert.match(
      (await refusal(missing, { GITHUB_ACTION_PATH: '/action' })).fix,
      /composite action/,
    );
    assert.doesNotMatch((await refusal(missing)).fix, /composite action/);
  });

  it('is explained by a shell that drops names with dashes', async () => {
    const lost = await refusal(missing, { INPUT_RETRIES: '3', INPUT_VERIFY: 'false' });
    assert.match(lost.why ?? '', /drops names with a dash/);
    assert.match(lost.fix, /`container:`/);
    const kept = await refusal(missing, { INPUT_RETRIES: '3', 'INPUT_WAIT-SECONDS': '300' });
    assert.match(kept.fix, /another name/);
  });

  it('is explained by Dependabot', async () => {
    const error = await refusal(missing, {
      GITHUB_ACTOR: 'dependabot[bot]',
      GITHUB_EVENT_NAME: 'pull_request',
    });
    assert.match(error.why ?? '', /Dependabot/);
    assert.match(error.fix, /github\.actor != 'dependabot\[bot\]'/);
  });

  it('is explained by other names under which something was given; its values are not shown', async () => {
    for (const [given, meant] of [
      ['refresh_token', 'refresh-token'],
      ['REFRESHTOKEN', 'refresh-token'],
      ['refesh-token', 'refresh-token'],
      ['token', 'refresh-token'],
      ['sfdx-url', 'sfdx-auth-url'],
      ['auth-url', 'sfdx-auth-url'],
      ['sfdx_auth_url', 'sfdx-auth-url'],
      ['SFDX_AUTH_URL', 'sfdx-auth-url'],
      ['tokenfile', 'token-file'],
      ['client_id', 'client-id'],
      ['consumer-key', 'client-id'],
    ]) {
      const name = given?.toLowerCase();
      const error = await refusal(missing, { [`INPUT_${given}`]: token });
      assert.ok(
        error.message.endsWith(` \`${name}\` was set, but this action has no such input.`),
        error.message,
      );
      assert.match(error.fix, new RegExp(`^Rename \`${name}\` to \`${meant}\``));
      assert.doesNotMatch(error.message + error.why + error.fix, /5Aep/);
    }
  });

  it('names five strangers at most, those with a likeness first, and no name that is none', async () => {
    const strangers = ['one', 'two', 'three', 'four', 'five', 'client_id', 'a\nb', 'x'.repeat(41)];
    const given = Object.fromEntries(strangers.map((name) => [`INPUT_${name}`, 'x']));
    const { message } = await refusal({ 'client-id': undefined }, given);
    const named = [...message.matchAll(/`([^`]+)` was set/g)].map(([, name]) => name);
    assert.deepEqual(named, ['client_id', 'one', 'two', 'three', 'four']);
    assert.match(message, /^`client-id` is empty\. /);
    assert.match(message, /`one` was set, but this action has no such input\./);
    assert.match((await refusal(missing, { INPUT_ONE: 'x' })).fix, /another name/);
  });
});

describe('Inputs that do not fit together', () => {
  const conflicts: readonly (readonly [RawInputs, RegExp])[] = [
    [{ 'sfdx-auth-url': authUrl }, /`refresh-token` and `sfdx-auth-url`/],
    [{ 'token-file': 'f' }, /`refresh-token` and `token-file`/],
    [
      { 'sfdx-auth-url': authUrl, 'token-file': 'f' },
      /`refresh-token`, `sfdx-auth-url` and `token-file` cannot/,
    ],
  ];
  it('are two credentials', async () => {
    for (const [changes, words] of conflicts) {
      const error = await refusal(changes);
      assert.equal(error.code, 'input_conflict');
      assert.match(error.message, words);
      assert.match(error.fix, /exactly one of/);
    }
  });

  it('are an auth URL and parts of one', async () => {
    for (const changes of [{ 'client-id': clientId }, { 'client-secret': 'x' }]) {
      const error = await refusal({ ...fromUrl, ...changes });
      assert.equal(error.code, 'input_conflict');
      assert.match(error.message, /`sfdx-auth-url` and `client-/);
    }
  });

  it('are a token file and a token branch', async () => {
    const error = await refusal({ ...fromFile, ...onBranch });
    assert.equal(error.code, 'input_conflict');
    assert.match(error.message, /`token-file` and `token-branch`/);
  });

  it('are what only makes sense with a token branch, without one', async () => {
    for (const changes of [{ 'token-repository': 'a/b' }, { 'reuse-minutes': '5' }]) {
      const error = await refusal(changes);
      assert.equal(error.code, 'input_conflict');
      assert.match(error.message, new RegExp(`\`${Object.keys(changes)[0]}\`.*\`token-branch\``));
    }
    const harmless = { 'github-token': 'ghs_x', 'reuse-minutes': '0', 'wait-seconds': '10' };
    assert.equal((await validate(harmless)).tokenBranch, undefined);
  });

  it('are reusing a token that others revoke', async () => {
    const inputs = { ...onBranch, 'reuse-minutes': '5', 'revoke-on-completion': 'true' };
    const error = await refusal(inputs, { GITHUB_STATE: file });
    assert.equal(error.code, 'input_conflict');
    assert.match(error.message, /`reuse-minutes` and `revoke-on-completion`/);
  });
});

const jwt = 'eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJ4In0.c2lnbmF0dXJl';
const base64 = (text: string) => Buffer.from(text).toString('base64');
const cliJson = JSON.stringify({ status: 0, result: { sfdxAuthUrl: authUrl } });
const mistaken: readonly (readonly [what: string, text: string, words: RegExp])[] = [
  ['an opaque access token', '00Dx0000000BV7z!AR8A.abc', /access token, which cannot be refreshed/],
  ['an access token with a long id', '00Dx0000000BV7zEAG!AR8A.abc', /access token, which cannot/],
  ['a JWT access token', jwt, /access token \(JWT\)/],
  ['an auth URL', authUrl, /SFDX auth URL[\s\S]*`sfdx-auth-url`/],
  ['an auth URL in base64', base64(authUrl), /SFDX auth URL/],
  ['the CLI’s JSON', cliJson, /SFDX auth URL/],
  ['the CLI’s JSON in base64', base64(cliJson), /SFDX auth URL/],
  ['a consumer key', '3MVG9abcdef', /consumer key/],
  [
    'the placeholder of the CLI',
    "[REDACTED] Use 'sf org auth show-access-token' to view",
    /\[REDACTED\][\s\S]*show-sfdx-auth-url/,
  ],
  ['a masked value', '***', /asterisks/],
  ['an expression', `$\{{ secrets.SF_REFRESH_TOKEN }}`, /expression that was not evaluated/],
  ['a URL', 'https://login.salesforce.com', /holds a URL/],
  ['JSON', '{"refresh_token":"5Aep"}', /holds JSON/],
  ['a quoted value', `"${token}"`, /quotation marks/],
  ['a value with an inner space', '5Aep861 abc', /white space/],
  ['a value with a line break', '5Aep861\nabc', /line break/],
  ['a value with a control character', '5Aep861\u0007abc', /control character/],
  ['a value with an invisible character', `${token}\u200b`, /control character/],
  ['a value with a letter of another script', '5Аep861abc', /not ASCII/],
  ['a value pasted twice', token + token, /twice in a row/],
];

describe('What is pasted as a refresh token', () => {
  for (const [what, text, words] of mistaken) {
    it(`and is ${what} is refused by name, and not repeated`, async () => {
      const error = await refusal({ 'refresh-token': text });
      assert.equal(error.code, 'input_invalid');
      assert.match(error.message, /`refresh-token`/);
      assert.match(`${error.message} ${error.fix}`, words);
      assert.ok(text === '***' || !`${error.message}${error.why}${error.fix}`.includes(text));
    });
  }

  it('and is one is taken as it is', async () => {
    const usual = fc.stringMatching(/^5Aep[A-Za-z0-9._]{20,60}={0,2}$/);
    const unusual = fc.stringMatching(/^[B-Zf-z][A-Za-z0-9._~+/-]{5,18}$/);
    await fc.assert(
      fc.asyncProperty(fc.oneof(usual, unusual), async (text) => {
        fc.pre(text.slice(0, text.length / 2) !== text.slice(text.length / 2));
        assert.equal((await validate({ 'refresh-token': text })).refreshToken, text);
      }),
    );
    // What tells a mistake at the start of a value tells nothing in its middle.
    const middles = ['3MVG9x', '00Dx0000000BV7z!x', `.${jwt}`, '{', '"', '"b"', 'https://'];
    for (const middle of [...middles, 'bcabc', 'Zm9yY2U6Ly', `$\{{`]) {
      assert.equal((await validate({ 'refresh-token': `a${middle}` })).refreshToken, `a${middle}`);
    }
    assert.equal((await validate({ 'refresh-token': '**a' })).refreshToken, '**a');
    assert.equal((await validate({ 'client-id': '3MVG9.5Aep' })).clientId, '3MVG9.5Aep');
  });
});

describe('The app', () => {
  it('is refused where it is no app', async () => {
    const cases: readonly (readonly [string, RegExp])[] = [
      [token, /the same as the refresh token/],
      ['5Aep861another', /looks like a refresh token/],
      ['3MVG9 abc', /white space/],
      ['3MVG9\u0000abc', /control character/],
      ['3MVG9é', /not ASCII/],
      [clientId + clientId, /twice in a row/],
    ];
    for (const [text, words] of cases) {
      const error = await refusal({ 'client-id': text });
      assert.equal(error.code, 'input_invalid');
      assert.match(error.message, /`client-id`/);
      assert.match(error.message, words);
      assert.doesNotMatch(error.message + error.fix, /3MVG9.+abc|5Aep861/);
    }
  });

  it('has a secret of one line', async () => {
    for (const [text, words] of [
      ['hid\nden', /line break/],
      ['hid\u0000den', /control character/],
      ['0123456789'.repeat(2), /twice in a row/],
    ] as const) {
      const error = await refusal({ 'client-secret': text });
      assert.equal(error.code, 'input_invalid');
      assert.match(error.message, words);
      assert.doesNotMatch(error.message + error.fix, /hid|0123/);
    }
  });
});

describe('Booleans', () => {
  const names = [
    'rotates',
    'verify',
    'export-env',
    'mask-instance-url',
    'revoke-on-completion',
    'job-summary',
  ] as const;
  it('are true or false as YAML writes them', async () => {
    for (const name of names) {
      for (const text of ['yes', '1', 'on', 'tRUE', 'true false', 'null']) {
        const error = await refusal({ [name]: text });
        assert.equal(error.code, 'input_invalid');
        assert.match(
          error.message,
          new RegExp(`^\`${name}\` is “.*”, which is neither true nor false\\.$`),
        );
        assert.match(error.fix, name === 'mask-instance-url' ? /\(true\)/ : /\(false\)/);
      }
    }
  });
});

describe('Numbers', () => {
  const bounds = [
    ['timeout-seconds', 1, 600],
    ['retries', 0, 10],
  ] as const;
  for (const [name, least, most] of bounds) {
    it(`\`${name}\` is a whole number from ${least} to ${most}`, async () => {
      await fc.assert(
        fc.asyncProperty(
          fc.oneof(fc.integer({ min: -5, max: 1200 }), fc.integer()),
          async (number) => {
            if (number >= least && number <= most) {
              const { timeoutMs, retries } = await validate({ [name]: String(number) });
              assert.equal(name === 'retries' ? retries : timeoutMs / 1000, number);
            } else {
              assert.equal((await refusal({ [name]: String(number) })).code, 'input_invalid');
            }
          },
        ),
      );
      for (const text of [
        '1.5',
        '1e1',
        '0x5',
        '+5',
        '5 s',
        'five',
        '1_0',
        '٣',
        '9'.repeat(30),
        'NaN',
      ]) {
        const error = await refusal({ [name]: text });
        assert.equal(error.code, 'input_invalid');
        assert.ok(
          error.message.endsWith(`, which is not a whole number from ${least} to ${most}.`),
          error.message,
        );
      }
    });
  }
});

describe('Expectations', () => {
  it('that cannot be met are refused', async () => {
    for (const [name, text, words] of [
      ['expected-org-id', '00Dx0000000BV7zEAH', /upper and lower case count/],
      ['expected-username', 'nobody', /mail address/],
      ['expected-org-type', 'prod', /`production`, `sandbox`, `scratch` or `developer`/],
    ] as const) {
      const error = await refusal({ [name]: text });
      assert.equal(error.code, 'input_invalid');
      assert.ok(
        error.message.startsWith(`\`${name}\` is “${text}”, which is not a`),
        error.message,
      );
      assert.match(error.fix, words);
    }
  });

  it('name every type of org that there is', async () => {
    const { fix } = await refusal({ 'expected-org-type': 'prod' });
    assert.deepEqual(
      [...fix.matchAll(/`([a-z]+)`/g)].map(([, type]) => type),
      orgTypes,
    );
  });
});

describe('A token that rotates', () => {
  const unnamed = { GITHUB_ACTION: '__octo_refresh-salesforce-token' };

  it('is refused where nothing keeps it and no step can read it', async () => {
    const error = await refusal({ rotates: 'true' }, unnamed);
    assert.equal(error.code, 'input_conflict');
    assert.match(error.message, /`rotates`.*no `id:`/);
    assert.match(error.fix, /`steps\.salesforce\.outputs\.refresh-token`.*`if: always\(\)`/);
    const fromAuthUrl = await refusal({ ...fromUrl, rotates: 'true' }, unnamed);
    assert.equal(fromAuthUrl.code, 'input_conflict');
    assert.match(fromAuthUrl.fix, /`steps\.salesforce\.outputs\.sfdx-auth-url`/);
  });

  it('is taken where the step has an id, or the token is kept, or the step is within an action', async () => {
    for (const step of ['salesforce', '_x', undefined]) {
      assert.equal((await validate({ rotates: 'true' }, { GITHUB_ACTION: step })).rotates, true);
    }
    assert.equal(
      (await validate({ ...fromFile, rotates: 'true' }, unnamed, { refresh_token: token })).rotates,
      true,
    );
    const within = { GITHUB_ACTION: '__self', GITHUB_ACTION_PATH: '/work/_actions/octo/login/v1' };
    assert.equal((await validate({ rotates: 'true' }, within)).rotates, true);
    assert.equal((await validate({ rotates: 'false' }, unnamed)).rotates, false);
    assert.equal((await validate({}, unnamed)).rotates, false);
  });
});

describe('Hosts among the inputs', () => {
  it('that are not trusted are told from text that is no host', async () => {
    const untrusted = await refusal({ 'login-url': 'https://evil.com' });
    assert.equal(untrusted.code, 'host_not_allowed');
    assert.match(untrusted.message, /`login-url`[\s\S]*“evil\.com”/);
    assert.match(untrusted.fix, /`allowed-hosts`/);
    const malformed = await refusal({ 'login-url': 'https://user@login.salesforce.com' });
    assert.equal(malformed.code, 'input_invalid');
    assert.match(malformed.message, /`login-url`[\s\S]*user info/);
    const plain = await refusal({ 'login-url': 'http://login.salesforce.com' });
    assert.equal(plain.code, 'host_not_allowed');
    assert.match(plain.fix, /Use https/);
  });

  it('may not be wildcards, nor anything else but names', async () => {
    for (const text of ['*', '*.com', '*.acme.example', 'b$c', 'https://x.example']) {
      const error = await refusal({ 'allowed-hosts': text });
      assert.equal(error.code, 'input_invalid');
      assert.ok(error.message.includes('`allowed-hosts`') && error.message.includes(`“${text}”`));
    }
  });

  it('are not blamed for a bug in our own rules', async () => {
    const bug = new TypeError('a bug');
    const parse = () => {
      throw bug;
    };
    assert.throws(
      () => hostInput('login-url', parse),
      (error) => error === bug,
    );
  });

  it('come from the credential where `login-url` is empty', async () => {
    const { host } = (await validate(fromUrl)).login.url;
    assert.equal(host, 'acme.my.salesforce.com');
    const other = { ...fromUrl, 'login-url': 'test.salesforce.com' };
    assert.equal((await validate(other)).login.url.host, 'test.salesforce.com');
    const content = { refresh_token: token, instance_url: 'https://b.my.salesforce.com' };
    assert.equal((await validate(fromFile, {}, content)).login.url.host, 'b.my.salesforce.com');
    const bare = { refresh_token: token };
    assert.equal((await validate(fromFile, {}, bare)).login.url.host, 'login.salesforce.com');
  });

  it('are checked there too, and over https', async () => {
    const evil = await refusal({ ...fromUrl, 'sfdx-auth-url': `force://a:b:c@evil.com` });
    assert.equal(evil.code, 'host_not_allowed');
    assert.match(evil.message, /`sfdx-auth-url`/);
    const listed = {
      ...fromUrl,
      'allowed-hosts': '127.0.0.1',
      'sfdx-auth-url': 'force://a:b:c@127.0.0.1:8443',
    };
    assert.equal((await validate(listed)).login.url.origin, 'https://127.0.0.1:8443');
    const file = await refusal(
      fromFile,
      {},
      { refresh_token: token, instance_url: 'https://evil.com' },
    );
    assert.equal(file.code, 'host_not_allowed');
    assert.match(file.message, /`token-file`/);
  });
});

describe('A token file', () => {
  it('gives the refresh token', async () => {
    const inputs = await validate(fromFile, {}, { refresh_token: ` ${token}\n` });
    assert.equal(inputs.refreshToken, token);
    assert.equal(inputs.clientId, clientId);
    assert.equal(inputs.tokenFile?.path, '/file.json');
  });

  it('without one that can be used is refused, whatever stands there', async () => {
    const contents: readonly (readonly [JsonObject, RegExp])[] = [
      [{}, /holds no `refresh_token`/],
      [{ refresh_token: '' }, /holds no `refresh_token`/],
      [{ refresh_token: ' ' }, /holds no `refresh_token`/],
      [{ refresh_token: 5 }, /holds no `refresh_token`/],
      [{ refresh_token: '00Dx0000000BV7z!AR8A' }, /access token, which cannot be refreshed/],
      [{ refresh_token: token, instance_url: 5 }, /`instance_url` in `token-file` is no text/],
    ];
    for (const [content, words] of contents) {
      const error = await refusal(fromFile, {}, content);
      assert.equal(error.code, 'token_file_invalid');
      assert.match(error.message, words);
    }
  });
});

describe('An auth URL', () => {
  it('is the whole credential', async () => {
    const { refreshToken, clientId: app, clientSecret, authUrl: given } = await validate(fromUrl);
    assert.deepEqual([refreshToken, app, clientSecret], [token, clientId, 'the-app-secret']);
    assert.equal(given?.withToken('new'), authUrl.replace(token, 'new'));
  });
});

describe('A token branch', () => {
  const state = { GITHUB_STATE: file };

  it('lies in this repository, and implies that the app rotates', async () => {
    const inputs = await validate({ ...onBranch, rotates: 'false' }, state);
    assert.deepEqual(inputs.tokenBranch, {
      repository: 'owner/name',
      branch: 'salesforce-tokens',
      githubToken: 'ghs_x',
      waitMs: 300_000,
      reuseMs: 0,
    });
    assert.equal(inputs.rotates, true);
  });

  it('is taken over with all that belongs to it, for an auth URL too', async () => {
    const more = {
      'token-repository': 'acme/tokens.x',
      'wait-seconds': '0',
      'reuse-minutes': '60',
    };
    const { tokenBranch } = await validate({ ...fromUrl, ...onBranch, ...more }, state);
    assert.equal(tokenBranch?.repository, 'acme/tokens.x');
    assert.deepEqual([tokenBranch?.waitMs, tokenBranch?.reuseMs], [0, 3_600_000]);
    for (const most of [{ 'wait-seconds': '1801' }, { 'reuse-minutes': '61' }]) {
      assert.equal((await refusal({ ...onBranch, ...most }, state)).code, 'input_invalid');
    }
  });

  it('needs a token of one line', async () => {
    const error = await refusal({ ...onBranch, 'github-token': undefined }, state);
    assert.equal(error.code, 'input_missing');
    assert.match(error.message, /^`token-branch` is set, and `github-token`, .* is empty\.$/);
    const misspelt = { ...state, INPUT_GITHUB_TOKEN: 'ghs_y' };
    const { fix } = await refusal({ ...onBranch, 'github-token': undefined }, misspelt);
    assert.match(fix, /^Rename `github_token` to `github-token`/);
    for (const text of ['a b', 'a\nb', 'a\u0000b']) {
      assert.match(
        (await refusal({ ...onBranch, 'github-token': text }, state)).message,
        /`github-token`/,
      );
    }
  });

  it('needs a name that git takes, and not that of a commit', async () => {
    for (const name of ['a b', 'refs/heads/x', 'a..b', '-x', 'x.lock', 'a~1', 'f'.repeat(40)]) {
      const error = await refusal({ ...onBranch, 'token-branch': name }, state);
      assert.equal(error.code, 'input_invalid');
      assert.match(error.message, /`token-branch`/);
    }
    for (const name of ['a/b', 'tokens.v2', 'ü', 'f'.repeat(39)]) {
      assert.equal(
        (await validate({ ...onBranch, 'token-branch': name }, state)).tokenBranch?.branch,
        name,
      );
    }
  });

  it('is not the branch of this run, but may be called so in another repository', async () => {
    for (const ref of ['GITHUB_REF_NAME', 'GITHUB_HEAD_REF']) {
      const run = { ...state, [ref]: 'salesforce-tokens' };
      assert.match(
        (await refusal(onBranch, run)).message,
        /is the branch or tag that this run is about/,
      );
      await validate({ ...onBranch, 'token-repository': 'acme/tokens' }, run);
    }
  });

  it('is not the default branch, where the event names it, but may be called so in another repository', async (t) => {
    const folder = mkdtempSync(join(tmpdir(), 'event-'));
    t.after(() => rmSync(folder, { recursive: true, force: true }));
    const GITHUB_EVENT_PATH = join(folder, 'event.json');
    const run = { ...state, GITHUB_EVENT_PATH };
    const other = { ...onBranch, 'token-repository': 'acme/tokens' };
    for (const [event, refused] of [
      ['{"repository": {"default_branch": "salesforce-tokens"}}', true],
      ['{"repository": {"default_branch": "main"}}', false],
      ['{"repository": {"default_branch": 1}}', false],
      ['{"schedule": "17 5 * * 1"}', false],
      ['no JSON', false],
    ] as const) {
      writeFileSync(GITHUB_EVENT_PATH, event);
      if (refused) {
        assert.match(
          (await refusal(onBranch, run)).message,
          /is the default branch of the repository/,
        );
      } else {
        await validate(onBranch, run);
      }
      await validate(other, run);
    }
  });

  it('needs a refresh token that makes a good key', async () => {
    const short = await refusal(
      { ...onBranch, 'refresh-token': `5Aep861${'x'.repeat(32)}` },
      state,
    );
    assert.equal(short.code, 'input_invalid');
    assert.match(short.message, /only 39 characters.*takes 40 or more/);
    await validate({ ...onBranch, 'refresh-token': `5Aep861${'x'.repeat(33)}` }, state);
  });

  it('needs a repository', async () => {
    for (const repository of ['', 'name', 'a/b/c', undefined]) {
      const missing = await refusal(onBranch, { ...state, GITHUB_REPOSITORY: repository });
      assert.equal(missing.code, 'input_missing');
      assert.match(missing.message, /GITHUB_REPOSITORY/);
    }
    for (const name of ['https://github.com/a/b', '../user', 'acme/..', './.']) {
      const given = { ...onBranch, 'token-repository': name };
      assert.match(
        (await refusal(given, state)).message,
        /`token-repository` is “.*”, which is not a repository/,
      );
    }
  });
});

describe('The environment of the step', () => {
  it('checks certificates', async () => {
    const error = await refusal({}, { NODE_TLS_REJECT_UNAUTHORIZED: '0' });
    assert.equal(error.code, 'insecure_tls');
    assert.match(error.fix, /NODE_EXTRA_CA_CERTS/);
    await validate({}, { NODE_TLS_REJECT_UNAUTHORIZED: '1' });
  });

  it('has a file for everything that is handed out', async () => {
    const needs: readonly (readonly [string, RawInputs])[] = [
      ['GITHUB_OUTPUT', {}],
      ['GITHUB_ENV', { 'export-env': 'true' }],
      ['GITHUB_STATE', { 'revoke-on-completion': 'true' }],
      ['GITHUB_STATE', onBranch],
      ['GITHUB_STEP_SUMMARY', { 'job-summary': 'true' }],
    ];
    for (const [name, changes] of needs) {
      for (const value of [undefined, '']) {
        const error = await refusal(changes, { [name]: value });
        assert.equal(error.code, 'input_missing');
        assert.ok(error.message.includes(`${name} is not set`));
      }
      await validate(changes, { [name]: file });
    }
  });
});

describe('Any inputs at all', () => {
  it('are taken, or refused with a code of ours', async () => {
    const value = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.constantFrom(
        'true',
        '5',
        token,
        clientId,
        authUrl,
        cliJson,
        'acme.my.salesforce.com',
        'ghs_x',
        'owner/name',
        '*',
      ),
    );
    const raw = fc.record(Object.fromEntries(inputNames.map((name) => [name, value])), {
      requiredKeys: [],
    });
    const codes = new Set<string>();
    await fc.assert(
      fc.asyncProperty(raw, async (given) => {
        try {
          await validateInputs(readInputs(asEnvironment(given)), env, () => tokenFile({}));
          codes.add('taken');
        } catch (error) {
          assert.ok(error instanceof ActionError, String(error));
          codes.add(error.code);
        }
      }),
      { numRuns: 500 },
    );
    assert.ok(!codes.has('internal_error'));
  });
});

function asEnvironment(raw: Readonly<Record<string, string | undefined>>): Environment {
  return Object.fromEntries(
    Object.entries(raw).map(([name, value]) => [`INPUT_${name.toUpperCase()}`, value]),
  );
}
