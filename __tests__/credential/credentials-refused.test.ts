// Not for coverage: the checks of credentials have unit tests.

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { ActionError } from '../../src/errors/action-error.ts';
import { readInputs } from '../../src/runner/inputs.ts';
import { failureText } from '../../src/runner/outputs.ts';
import { validateInputs } from '../../src/settings.ts';
import { assertNothingHandedOut, problem } from '../support/org-step.ts';
import { assertFailed, assertRefreshed, refreshScene } from '../support/refresh-scene.ts';
import { environment, resolveInputs } from '../support/runner/environment.ts';
import type { RunOptions } from '../support/runner.ts';

// Inputs that cannot be right: refused by name and with the cure, before a connection is made. Each
// kind is shown once with the whole action, which is started; the others are what its checks say.

/** What is wrong, what makes it so, the code, and words that the message has to have. */
type Row = readonly [
  what: string,
  given: { readonly inputs?: RunOptions['inputs']; readonly env?: RunOptions['env'] },
  code: string,
  ...words: readonly RegExp[],
];

const token = '5Aep861TSESvWeug.wZ4yRqf2X9bKd_0PmN7sLhT';
const clientId = '3MVG9lKcPoNINVBIPJjdw1J9LLM82HnFVVX19KY1uA5mu0Q';
const secret = '1955279925675241571ABCDEF0123456789';
const authUrl = `force://${clientId}:${secret}:${token}@acme.my.salesforce.com`;
const jwt = 'eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJ1aWQ6MDA1In0.c2lnbmF0dXJl';
const base64 = (text: string) => Buffer.from(text).toString('base64');
const cliJson = JSON.stringify({ status: 0, result: { sfdxAuthUrl: authUrl } });

function refuses(group: string, rows: readonly Row[]): void {
  describe(group, () => {
    for (const [what, given, code, ...words] of rows) {
      it(what, async () => {
        const error = await refusal(given);
        assert.equal(error.code, code);
        assertSays(failureText(error, 'https://docs.example/#x'), words);
      });
    }

    const [[what, given, code, ...words] = assert.fail('an empty table')] = rows;
    it(`${what}: the step ends red, and nothing was sent`, async (t) => {
      const { org, run } = await refreshScene(t);
      const result = await run(given.inputs, given.env);
      assert.equal(org.connections, 0, 'something was sent');
      assertFailed(result, code);
      assertNothingHandedOut(result);
      assertSays(problem(result), words);
    });
  });
}

function assertSays(said: string, words: readonly RegExp[]): void {
  for (const expected of words) {
    assert.match(said, expected);
  }
  assert.match(
    said,
    /^\S.*\nWhat to do: \S[\s\S]*Nothing was sent to Salesforce\.\n(Why: \S.*\n)?More: https:\S+$/,
  );
}

/** The error that the checks of the inputs end with. */
async function refusal({ inputs = {}, env = {} }: Row[1]): Promise<ActionError> {
  const base = {
    'refresh-token': `${token}x`,
    'client-id': clientId,
    'allowed-hosts': '127.0.0.1',
  };
  const { values } = resolveInputs(undefined, { ...base, ...inputs });
  // Any file that can be written stands in for the runner's: nothing writes here.
  const files = { GITHUB_OUTPUT: import.meta.filename, GITHUB_ENV: import.meta.filename };
  const given = environment(values, {}, { ...files, ...env });
  try {
    await validateInputs(readInputs(given), given, () => assert.fail('no token file was set'));
  } catch (error) {
    assert.ok(error instanceof ActionError, String(error));
    return error;
  }
  assert.fail('it was taken');
}

const asToken = (text: string): Row[1] => ({ inputs: { 'refresh-token': text } });
const named = /^The input `refresh-token` /;

refuses('what is pasted as the refresh token is refused:', [
  ['an access token', asToken('00Dx0000000BV7z!AR8A.abc_def'), 'input_invalid', named, /`5Aep`/],
  ['an access token (JWT)', asToken(jwt), 'input_invalid', named, /access token \(JWT\)/, /`5Aep`/],
  ['an auth URL', asToken(authUrl), 'input_invalid', named, /give it to.*`sfdx-auth-url`/i],
  ['an auth URL in base64', asToken(base64(authUrl)), 'input_invalid', named, /`sfdx-auth-url`/],
  ['the JSON of the CLI', asToken(cliJson), 'input_invalid', named, /`sfdx-auth-url`/],
  ['its base64', asToken(base64(cliJson)), 'input_invalid', named, /`sfdx-auth-url`/],
  ['a consumer key', asToken(clientId), 'input_invalid', named, /client id/, /`5Aep`/],
  [
    'the placeholder of the CLI',
    asToken("[REDACTED] Use 'sf org auth show-sfdx-auth-url' to view"),
    'input_invalid',
    named,
    /\[REDACTED\]/,
    /`sf org auth show-sfdx-auth-url --target-org <alias>`/,
  ],
  ['the placeholder alone', asToken('[REDACTED]'), 'input_invalid', named, /show-sfdx-auth-url/],
  ['asterisks', asToken('***'), 'input_invalid', named, /masked log/],
  ['two tokens in one', asToken(token + token), 'input_invalid', named, /twice[\s\S]*once/],
  [
    'a space in it',
    asToken(`${token} ${token}x`),
    'input_invalid',
    named,
    /white space[\s\S]*one line/,
  ],
  ['a line break in it', asToken(`${token}\n${token}x`), 'input_invalid', named, /line break/],
  ['a tab in it', asToken(`${token}\t${token}x`), 'input_invalid', named, /white space/],
  ['a control character in it', asToken(`${token}\u001b[1m`), 'input_invalid', named, /control/],
  ['a byte order mark in it', asToken(`5Aep\ufeff${token}`), 'input_invalid', named, /white space/],
  ['quotation marks', asToken(`'${token}'`), 'input_invalid', named, /quotation marks/],
]);

const noToken = { 'refresh-token': '' };

refuses('a credential that is missing is explained:', [
  [
    'the refresh token',
    { inputs: noToken },
    'input_missing',
    /^No credential arrived: `sfdx-auth-url`, `refresh-token` and `token-file` are all empty\./,
    /belongs to an environment that the job does not name/,
    /has another name/,
  ],
  [
    'the client id',
    { inputs: { 'client-id': ' \n' } },
    'input_missing',
    /^`client-id` is empty\. It takes the consumer key/,
  ],
  ['everything', { inputs: { ...noToken, 'client-id': '' } }, 'input_missing', /`refresh-token`/],
  ...['pull_request', 'pull_request_review'].map(
    (event): Row => [
      `by a fork, on ${event}`,
      { inputs: noToken, env: { GITHUB_EVENT_NAME: event } },
      'input_missing',
      /comes from a fork, which gets no secrets/,
      /`if: github\.event\.pull_request\.head\.repo\.full_name == github\.repository`/,
    ],
  ),
  [
    'by Dependabot, also on a pull request',
    {
      inputs: noToken,
      env: { GITHUB_ACTOR: 'dependabot[bot]', GITHUB_EVENT_NAME: 'pull_request' },
    },
    'input_missing',
    /Dependabot started this run, and such runs cannot read Actions secrets/,
    /`if: github\.actor != 'dependabot\[bot\]'`/,
  ],
  [
    'by an underscore in the name of the input',
    { inputs: { ...noToken, refresh_token: token } },
    'input_missing',
    /`refresh_token` was set, but this action has no such input/,
    /Rename `refresh_token` to `refresh-token`/,
  ],
]);

refuses('an app that cannot be right is refused:', [
  [
    'a client id with a space in it',
    { inputs: { 'client-id': '3MVG9 abc' } },
    'input_invalid',
    /`client-id`/,
  ],
  [
    'a client id twice',
    { inputs: { 'client-id': clientId + clientId } },
    'input_invalid',
    /`client-id`.*twice/,
  ],
  [
    'a refresh token as client id',
    { inputs: { 'client-id': token } },
    'input_invalid',
    /`client-id`/,
    /`3MVG9`/,
  ],
  [
    'the same value for both',
    { inputs: { 'refresh-token': 'abcdef', 'client-id': 'abcdef' } },
    'input_invalid',
    /`client-id` is the same as the refresh token/,
  ],
  [
    'a secret of two lines',
    { inputs: { 'client-secret': 'a\nb' } },
    'input_invalid',
    /`client-secret`/,
    /one line/,
  ],
  [
    'a secret twice',
    { inputs: { 'client-secret': secret + secret } },
    'input_invalid',
    /`client-secret`.*twice/,
  ],
]);

const numbers = [
  ...['0', '601', '-1', '1.5', '1e2', '0x10', 'ten', '60s', '9'.repeat(400)].map(
    (value) => ['timeout-seconds', value, /from 1 to 600/] as const,
  ),
  ...['-1', '11', '3.0', 'none', '٣'].map((value) => ['retries', value, /from 0 to 10/] as const),
];
const booleans = ['rotates', 'mask-instance-url', 'verify', 'export-env', 'job-summary'].flatMap(
  (name) => ['yes', '1', 'tRUE', 'true false'].map((value) => [name, value] as const),
);

refuses('a new refresh token that nobody could save is refused:', [
  [
    'of a step without an id',
    { inputs: { rotates: true }, env: { GITHUB_ACTION: '__octo_refresh-salesforce-token' } },
    'input_conflict',
    /^`rotates` is `true`, but this step has no `id:`/,
    /give this step `id: salesforce`/,
    /steps\.salesforce\.outputs\.refresh-token/,
  ],
]);

refuses('what is no number, or out of bounds, is refused:', [
  ...numbers.map(
    ([name, value, bounds]): Row => [
      `${name}: ${value.slice(0, 20)}`,
      { inputs: { [name]: value } },
      'input_invalid',
      new RegExp(`^\`${name}\` is .*, which is not a whole number`),
      bounds,
    ],
  ),
]);

refuses('what is no boolean is refused:', [
  ...booleans.map(
    ([name, value]): Row => [
      `${name}: ${value}`,
      { inputs: { [name]: value } },
      'input_invalid',
      new RegExp(`^\`${name}\` is “${value}”, which is neither true nor false`),
      /Set `[a-z-]+` to `true` or `false`/,
    ],
  ),
]);

const asLogin = (url: string): Row[1] => ({ inputs: { 'login-url': url } });

refuses('a login host that is not to be trusted is refused:', [
  ...[
    'https://evil.example',
    'login.salesforce.com.evil.example',
    'https://evilsalesforce.com',
    'https://xlogin.salesforce.com',
    'https://acme.my.site.com/customers',
    'https://acme.secure.force.com',
    'https://help.salesforce.com',
    'https://169.254.169.254',
    'localhost',
    'http://127.0.0.2:8080',
    'https://[::1]',
    'http://login.salesforce.com',
    'https://ｅvil.example',
  ].map((url): Row => [url, asLogin(url), 'host_not_allowed', /^The input `login-url` /]),
  [
    'the cure names My Domain and `allowed-hosts`',
    asLogin('https://evil.example'),
    'host_not_allowed',
    /“evil\.example”/,
    /Setup → My Domain/,
    /`allowed-hosts`/,
  ],
]);

refuses('a login URL that hides where it leads is refused:', [
  ...[
    'https://login.salesforce.com@evil.example',
    'https://user:pass@login.salesforce.com',
    'https://login.salesforce.com?x=y',
    'https://login.salesforce.com/?',
    'https://login.salesforce.com#x',
    'https://login.salesforce.com\\@evil.example',
    'https://login. salesforce.com',
    'https://login.salesforce.com/services/apexrest/services/oauth2/token',
    'ftp://login.salesforce.com',
    'javascript:alert(1)',
    'https://',
  ].map((url): Row => [url, asLogin(url), 'input_invalid', /^The input `login-url` /]),
]);

refuses('what is no exact name in `allowed-hosts` is refused:', [
  ...['*', '*.com', '*.acme.example', '*.my.salesforce.com', 'a.*.example', '*a.example'].map(
    (entry): Row => [
      entry,
      { inputs: { 'allowed-hosts': `127.0.0.1, ${entry}` } },
      'input_invalid',
      /^The input `allowed-hosts` .*is a wildcard/,
      new RegExp(`“${entry.replaceAll('*', '\\*')}”`),
      /Name each host itself/,
    ],
  ),
  ...['https://a.example', 'a.example:443', 'a.example/x', 'a b$c'].map(
    (entry): Row => [
      entry,
      { inputs: { 'allowed-hosts': `127.0.0.1\n${entry}` } },
      'input_invalid',
      /^The input `allowed-hosts` .*is not a host name/,
      /Write the bare host/,
    ],
  ),
]);

refuses('an environment without safety is refused:', [
  [
    'NODE_TLS_REJECT_UNAUTHORIZED=0',
    { env: { NODE_TLS_REJECT_UNAUTHORIZED: '0' } },
    'insecure_tls',
    /NODE_TLS_REJECT_UNAUTHORIZED=0/,
    /NODE_EXTRA_CA_CERTS/,
  ],
]);

describe('nothing of this is too strict:', { concurrency: 6 }, () => {
  const fine: readonly (readonly [what: string, inputs: RunOptions['inputs']])[] = [
    ['white space around every value', { retries: ' 0 ', rotates: ' True\n' }],
    ['the least and the most', { 'timeout-seconds': '600', retries: '10' }],
    ['leading zeros', { 'timeout-seconds': '060', retries: '00' }],
    ['an empty value is the default', { 'timeout-seconds': '', retries: '', rotates: '' }],
  ];
  for (const [what, inputs] of fine) {
    it(what, async (t) => {
      const { org, token: good, run } = await refreshScene(t);
      const app = { 'refresh-token': `\n ${good}\t`, 'client-id': ` ${org.app.clientId}\r\n` };
      assertRefreshed(await run({ ...inputs, ...app }), org);
    });
  }

  it('NODE_TLS_REJECT_UNAUTHORIZED with another value', async (t) => {
    const { org, run } = await refreshScene(t);
    assertRefreshed(await run({}, { NODE_TLS_REJECT_UNAUTHORIZED: '1' }), org);
  });
});
