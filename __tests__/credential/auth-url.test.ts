import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { parseAuthUrl, secretsInAuthUrl } from '../../src/credential/auth-url.ts';
import { decodeBase64 } from '../../src/credential/checks.ts';
import { ActionError } from '../../src/errors/action-error.ts';

const base64 = (text: string) => Buffer.from(text).toString('base64');
const wrapped = (text: string, width = 76, end = '\n') =>
  (base64(text).match(new RegExp(`.{1,${width}}`, 'g')) ?? []).join(end);

const part = fc.stringMatching(/^[a-zA-Z0-9._-]{1,40}={0,2}$/);
const host = fc.stringMatching(/^[a-zA-Z0-9-]{1,10}(\.[a-zA-Z0-9-]{1,10}){0,3}(:[0-9]{1,5})?$/);
const authUrl = fc.record({
  clientId: fc.oneof(fc.constant('PlatformCLI'), part),
  clientSecret: fc.option(part, { nil: '' }),
  refreshToken: part,
  host,
  slash: fc.constantFrom('', '/'),
});
type Parts = typeof authUrl extends fc.Arbitrary<infer T> ? T : never;

const plain = ({ clientId, clientSecret, refreshToken, host }: Parts) =>
  `force://${clientId}:${clientSecret}:${refreshToken}@${host}`;

/** The forms that people store. */
const forms: Readonly<Record<string, (url: string) => string>> = {
  plain: (url) => url,
  base64,
  'base64 of `echo`, with a line end inside': (url) => base64(`${url}\n`),
  'base64 wrapped over lines': (url) => wrapped(url),
  'base64 wrapped as Windows does': (url) => wrapped(url, 64, '\r\n'),
  'base64 for URLs, without padding': (url) => Buffer.from(url).toString('base64url'),
  'the CLI’s JSON': cliJson,
  'the CLI’s JSON over several lines': (url) => JSON.stringify(JSON.parse(cliJson(url)), null, 2),
  'JSON with the URL alone': (url) => JSON.stringify({ sfdxAuthUrl: url }),
  'JSON in base64': (url) => base64(cliJson(url)),
  'JSON with a byte-order mark in wrapped base64': (url) => wrapped(`\uFEFF${cliJson(url)}\n`),
};

function cliJson(url: string): string {
  return JSON.stringify({
    status: 0,
    result: { accessToken: 'another-secret', sfdxAuthUrl: url, alias: 'ci' },
    warnings: ['This command will expose sensitive information'],
  });
}

describe('An SFDX auth URL', () => {
  for (const [name, store] of Object.entries(forms)) {
    it(`given as ${name} is read, and takes another token`, () => {
      fc.assert(
        fc.property(authUrl, part, (parts, newToken) => {
          const url = plain(parts);
          const given = parseAuthUrl(store(url + parts.slash));
          assert.equal(given.clientId, parts.clientId);
          assert.equal(
            given.clientSecret,
            parts.clientSecret === '' ? undefined : parts.clientSecret,
          );
          assert.equal(given.refreshToken, parts.refreshToken);
          assert.equal(given.host, parts.host.toLowerCase());
          const lower = { ...parts, host: parts.host.toLowerCase() };
          const expected = plain({ ...lower, refreshToken: newToken });
          assert.equal(given.withToken(newToken), expected);
        }),
      );
    });

    it(`given as ${name} is masked in all that is secret in it, but never its host`, () => {
      fc.assert(
        fc.property(authUrl, (parts) => {
          const url = plain(parts);
          const text = store(url);
          const secrets = secretsInAuthUrl(text);
          assert.ok(secrets.includes(parts.refreshToken));
          assert.ok(secrets.includes(url));
          assert.equal(
            secrets.includes('PlatformCLI'),
            [parts.clientSecret, parts.refreshToken].includes('PlatformCLI'),
          );
          if (parts.clientId !== 'PlatformCLI') {
            assert.ok(secrets.includes(parts.clientId));
          }
          assert.ok(parts.clientSecret === '' || secrets.includes(parts.clientSecret));
          assert.ok(!secrets.includes(''));
          const tokens = [parts.clientId, parts.clientSecret, parts.refreshToken];
          assert.ok(tokens.includes(parts.host) || !secrets.includes(parts.host));
          // A runner masks each line of a value: of JSON that would be braces and harmless names.
          assert.equal(secrets.includes(text), !(text.startsWith('{') && text.includes('\n')));
        }),
      );
    });
  }

  it('keeps the parts that people ask about', () => {
    const { url, clientId, clientSecret, refreshToken, host } = parseAuthUrl(
      'force://PlatformCLI::5Aep861.x_y==@Acme.my.salesforce.com/',
    );
    assert.deepEqual(
      { url, clientId, clientSecret, refreshToken, host },
      {
        url: 'force://PlatformCLI::5Aep861.x_y==@Acme.my.salesforce.com/',
        clientId: 'PlatformCLI',
        clientSecret: undefined,
        refreshToken: '5Aep861.x_y==',
        host: 'acme.my.salesforce.com',
      },
    );
  });

  it('masks another secret in the JSON around it', () => {
    assert.ok(secretsInAuthUrl(cliJson('force://a:b:c@d')).includes('another-secret'));
  });

  it('is masked before anybody knows whether it can be used', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => Array.isArray(secretsInAuthUrl(text))),
    );
    assert.deepEqual(secretsInAuthUrl(''), []);
    assert.ok(
      secretsInAuthUrl('force://5Aep-short-form@acme.my.salesforce.com').includes(
        '5Aep-short-form',
      ),
    );
    assert.ok(secretsInAuthUrl('force://id:secret:token').includes('token'));
  });
});

const redacted = "[REDACTED] Use 'sf org auth show-sfdx-auth-url' to view";
const refusals: readonly (readonly [what: string, text: string, words: RegExp])[] = [
  ['the short form', 'force://5Aep-token@acme.my.salesforce.com', /short form[\s\S]*PlatformCLI::/],
  ['no host', 'force://id:sec:tok@', /names no host/],
  ['no host but a slash', 'force://id:sec:tok@/', /names no host/],
  ['no host and no @', 'force://id:sec:tok', /names no host/],
  [
    'a path after the host',
    'force://id:sec:tok@a.my.salesforce.com/path',
    /something after its host/,
  ],
  [
    'a query after the host',
    'force://id:sec:tok@a.my.salesforce.com?x=1',
    /something after its host/,
  ],
  [
    'a fragment after the host',
    'force://id:sec:tok@a.my.salesforce.com#x',
    /something after its host/,
  ],
  [
    'a path after the port',
    'force://id:sec:tok@a.my.salesforce.com:443/x',
    /something after its host/,
  ],
  [
    'a second host',
    'force://id:sec:tok@a.my.salesforce.com@evil.example',
    /something after its host/,
  ],
  [
    'a line after the host',
    'force://id:sec:tok@a.my.salesforce.com\nalias: ci',
    /white space or a line break/,
  ],
  ['no token', 'force://PlatformCLI::@a.my.salesforce.com', /holds no refresh token/],
  ['an inner space', 'force://id:sec:to k@a.my.salesforce.com', /white space or a line break/],
  ['a line break', 'force://id:sec:to\nk@a.my.salesforce.com', /white space or a line break/],
  ['a forbidden character', 'force://id:s$c:tok@a.my.salesforce.com', /a character that cannot be/],
  ['no client id', 'force://:sec:tok@a.my.salesforce.com', /names no client id/],
  ['the placeholder of the CLI', redacted, /\[REDACTED\][\s\S]*show-sfdx-auth-url/],
  [
    'the placeholder within the URL',
    'force://PlatformCLI::[REDACTED]@a.my.salesforce.com',
    /\[REDACTED\]/,
  ],
  ['another scheme', 'https://a.my.salesforce.com', /does not start with `force:\/\/`/],
  ['a name before it', 'SF_AUTH_URL=force://id:sec:tok@a.my.salesforce.com', /does not start with/],
  ['a bare token', '5Aep861abc', /does not start with `force:\/\/`/],
];

describe('What is no SFDX auth URL', () => {
  for (const [what, text, words] of refusals) {
    const shapes = {
      plain: text,
      base64: base64(text),
      json: cliJson(text),
      both: base64(cliJson(text)),
    };
    it(`(${what}) is refused by name, in every form, and not repeated`, () => {
      for (const [shape, given] of Object.entries(shapes)) {
        // Base64 of something else than an auth URL could as well be a token.
        const known = /^(force:|\[)/.test(text) || shape !== 'base64';
        const error = refusalOf(given);
        const said = `${error.message} ${error.fix}`;
        assert.equal(error.code, 'input_invalid');
        assert.match(said, known ? words : /does not start with `force:\/\/`/);
        assert.match(error.message, /`sfdx-auth-url`/);
        assert.match(error.fix, /Nothing was sent to Salesforce\.$/);
        assert.doesNotMatch(said, /5Aep|a\.my\.salesforce|tok@/);
      }
    });
  }

  it('(broken JSON) is told from JSON without an auth URL', () => {
    for (const text of ['{"result":', base64('{"sfdxAuthUrl":')]) {
      assert.match(refusalOf(text).message, /starts like JSON, but is none/);
    }
    for (const json of [
      {},
      { result: {} },
      { result: { username: 'ci@acme.example' } },
      { result: { sfdxAuthUrl: null } },
      { sfdxAuthUrl: 5 },
      { result: { url: 'force://a:b:c@d' } },
    ]) {
      assert.match(
        refusalOf(JSON.stringify(json)).message,
        /JSON without the member `sfdxAuthUrl`/,
      );
    }
  });

  it('is never anything but an error that names the input', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: 'binary' }),
        fc.constantFrom('', 'force://', '{"', '{'),
        (text, start) => {
          assert.equal(refusalOf(start + text).code, 'input_invalid');
        },
      ),
    );
  });
});

function refusalOf(text: string): ActionError {
  try {
    parseAuthUrl(text);
  } catch (error) {
    assert.ok(error instanceof ActionError, String(error));
    return error;
  }
  assert.fail(`it was taken: ${text}`);
}

describe('Base64', () => {
  it('is told from text that only looks like it', () => {
    assert.equal(decodeBase64(base64('force://a:b:c@d')), 'force://a:b:c@d');
    assert.equal(decodeBase64(base64('{"a":1}')), '{"a":1}');
    for (const text of [
      '',
      '5Aep861abc',
      base64('something else'),
      base64('an auth URL: force://a:b:c@d'),
      'force://a:b:c@d',
      '{}',
      'Zm9y!',
    ]) {
      assert.equal(decodeBase64(text), undefined, text);
    }
  });
});
