import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { parseAuthUrl, secretsInAuthUrl } from '../../src/credential/auth-url.ts';
import { decodeBase64 } from '../../src/credential/checks.ts';
import { ActionError } from '../../src/errors/action-error.ts';

// The edges of an SFDX auth URL: what its pattern takes and what not, and every word of advice.

const base64 = (text: string) => Buffer.from(text).toString('base64');

/** An auth URL with these parts in the place of good ones. */
function url(parts: { id?: string; secret?: string; token?: string; host?: string } = {}): string {
  const { id = 'id', secret = 'sec', token = 'tok', host = 'a.my.salesforce.com' } = parts;
  return `force://${id}:${secret}:${token}@${host}`;
}

function refusalOf(text: string): ActionError {
  try {
    parseAuthUrl(text);
  } catch (error) {
    assert.ok(error instanceof ActionError, String(error));
    return error;
  }
  assert.fail(`it was taken: ${text}`);
}

describe('The pattern of an SFDX auth URL', () => {
  const taken: Readonly<Record<string, string>> = {
    'one equals sign after each part': url({ id: 'id=', secret: 'sec=', token: 'tok=' }),
    'two equals signs after each part': url({ id: 'id==', secret: 'sec==', token: 'tok==' }),
    'no secret': url({ secret: '' }),
    'a secret of equals signs alone': url({ secret: '==' }),
    'every letter that is allowed': url({ id: 'aZ0._-', secret: 'aZ0._-', token: 'aZ0._-' }),
    'a port of one digit': url({ host: 'localhost:1' }),
    'a port of five digits': url({ host: 'localhost:65535' }),
    'a slash at the end': `${url()}/`,
    'a slash after a port': `${url({ host: 'localhost:443' })}/`,
  };
  for (const [what, text] of Object.entries(taken)) {
    it(`takes ${what}`, () => {
      const parsed = parseAuthUrl(text);
      const [, id, secret, token, host] = /\/\/(.*?):(.*?):(.*?)@(.*?)\/?$/.exec(text) ?? [];
      assert.deepEqual(
        [parsed.clientId, parsed.clientSecret ?? '', parsed.refreshToken, parsed.host],
        [id, secret, token, host],
      );
      assert.equal(parsed.url, text);
    });
  }

  const refused: Readonly<Record<string, string>> = {
    'three equals signs after the client id': url({ id: 'id===' }),
    'three equals signs after the secret': url({ secret: 'sec===' }),
    'three equals signs after the token': url({ token: 'tok===' }),
    'an equals sign within': url({ token: 'to=k' }),
    'a client id of equals signs alone': url({ id: '==' }),
    'a token of equals signs alone': url({ token: '==' }),
    'a port of six digits': url({ host: 'localhost:123456' }),
    'a port of none': url({ host: 'localhost:' }),
    'a port alone': url({ host: ':443' }),
    'two slashes at the end': `${url()}//`,
    'a scheme in capitals': url().replace('force', 'FORCE'),
    'something before it': `x${url()}`,
    'a fourth part': url({ token: 'tok:more' }),
    'two hosts': url({ host: 'a@b' }),
  };
  for (const [what, text] of Object.entries(refused)) {
    it(`refuses ${what}`, () => {
      const { code, message, fix } = refusalOf(text);
      assert.equal(code, 'input_invalid');
      assert.match(fix, /Nothing was sent to Salesforce\.$/);
      assert.doesNotMatch(message + fix, /tok=|sec=|id=|localhost|my\.salesforce/);
    });
  }
});

describe('White space around an auth URL', () => {
  for (const [what, text] of Object.entries({
    'in base64': base64(` \t${url()}\r\n`),
    'in the JSON of the CLI': JSON.stringify({ sfdxAuthUrl: ` ${url()}\n` }),
    'in JSON in base64': base64(`\n{"result":{"sfdxAuthUrl":"\\t${url()} "}}\n`),
    'within base64': base64(url()).replace(/(.{8})/g, '$1 \n'),
  })) {
    it(`is dropped ${what}`, () => {
      assert.equal(parseAuthUrl(text).url, url());
    });
  }

  it('and a byte-order mark is dropped before JSON in base64, and nowhere else', () => {
    assert.equal(decodeBase64(base64(`\uFEFF${url()}`)), url());
    const text = `{"sfdxAuthUrl":"\uFEFF"}`;
    assert.equal(decodeBase64(base64(text)), text);
  });
});

describe('Base64 at its edges', () => {
  it('has two equals signs at its end at most, and nothing else around it', () => {
    const text = base64('{"a":1}');
    assert.match(text, /[^=]==$/);
    for (const known of [text, text.replace('==', '='), text.replace('==', '')]) {
      assert.equal(decodeBase64(known), '{"a":1}');
    }
    for (const other of [`${text}=`, `!${text}`, `${text}!`, `.${text}`]) {
      assert.equal(decodeBase64(other), undefined, other);
    }
  });

  it('is known by what is in it in any letters: only then can the text say what is wrong', () => {
    for (const inner of ['Force://x', '[redacted] Use sf', '[REDACTED]']) {
      assert.equal(decodeBase64(base64(inner)), inner);
    }
    assert.match(refusalOf(base64('[redacted] Use sf')).message, /placeholder `\[REDACTED\]/);
    assert.match(refusalOf(base64('FORCE://a:b:c@d')).message, /does not start with `force:\/\/`/);
  });
});

describe('What is wrong with an auth URL', () => {
  const form = 'Its form is `force://<clientId>:<clientSecret>:<refreshToken>@<host>`.';
  const rows: readonly (readonly [text: string, what: string, fix: string])[] = [
    [
      '[redacted] Use sf',
      "holds the Salesforce CLI's placeholder `[REDACTED] …` instead of an auth URL",
      'The CLI no longer prints it in `sf org display --verbose`: use `sf org auth show-sfdx-auth-url --target-org <alias>`.',
    ],
    ['5Aep861', 'does not start with `force://`', form],
    [url({ token: 'to k' }), 'holds white space or a line break', 'Store it again, as one line.'],
    ['force://id:sec:tok', 'names no host after the refresh token', form],
    [`${url({ host: '' })}/`, 'names no host after the refresh token', form],
    [
      'force://tok@a.my.salesforce.com',
      'is the short form `force://<refreshToken>@<host>`, which names no app',
      `The Salesforce CLI refuses it as well. ${form} For tokens of the CLI's own app it starts with \`force://PlatformCLI::\`.`,
    ],
    [
      'force://id:tok@a.my.salesforce.com',
      'is the short form `force://<refreshToken>@<host>`, which names no app',
      `The Salesforce CLI refuses it as well. ${form} For tokens of the CLI's own app it starts with \`force://PlatformCLI::\`.`,
    ],
    [url({ id: '' }), 'names no client id', form],
    [url({ token: '' }), 'holds no refresh token', form],
    [url({ id: 'PlatformCLI', secret: '', token: '' }), 'holds no refresh token', form],
    [
      url({ host: 'a.my.salesforce.com:443?x' }),
      'has something after its host',
      `${form} Remove what follows the host.`,
    ],
    [
      url({ host: 'a.my.salesforce.com:44/x' }),
      'has something after its host',
      `${form} Remove what follows the host.`,
    ],
    [url({ token: 't$k' }), 'holds a character that cannot be part of it', form],
    [url({ host: 'a.my.salesforce.com:/x' }), 'holds a character that cannot be part of it', form],
    // Of no client id and no token, but with all of the colons: it is not the short form.
    ['force://::@a.my.salesforce.com', 'names no client id', form],
    ['force://id::@a.my.salesforce.com', 'holds no refresh token', form],
    [
      '{"result":',
      'starts like JSON, but is none',
      'Store the output of `sf org auth show-sfdx-auth-url --json` whole and unchanged, best as one line.',
    ],
    [
      '{"result":{}}',
      'is JSON without the member `sfdxAuthUrl`',
      'Store the output of `sf org auth show-sfdx-auth-url --target-org <alias> --no-prompt --json`.',
    ],
  ];
  for (const [text, what, fix] of rows) {
    it(`is said, and what to do: ${what} (${text})`, () => {
      const error = refusalOf(text);
      assert.equal(error.message, `The input \`sfdx-auth-url\` ${what}.`);
      assert.equal(error.fix, `${fix} Nothing was sent to Salesforce.`);
    });
  }
});

describe('The secrets of an auth URL that cannot be used', () => {
  for (const [text, secrets] of [
    [' force://id-1:sec-1:tok-1@h', ['id-1', 'sec-1', 'tok-1']],
    ['force://:sec-1:tok-1@h', ['sec-1', 'tok-1']],
    ['force://id-1::tok-1@h', ['id-1', 'tok-1']],
    ['force://id-1:sec-1:@h', ['id-1', 'sec-1']],
    ['force://tok-1@h', ['tok-1']],
    ['force://id-1:sec-1:tok-1', ['id-1', 'sec-1', 'tok-1']],
  ] as const) {
    it(`are its parts: ${text}`, () => {
      assert.deepEqual(new Set(secretsInAuthUrl(text)), new Set([text, ...secrets]));
    });
  }

  it('are none in text that only has one somewhere', () => {
    const text = 'SF_AUTH_URL=force://id-1:sec-1:tok-1@h';
    assert.deepEqual(secretsInAuthUrl(text), [text, text]);
  });
});
