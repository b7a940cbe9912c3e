import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { ActionError } from '../../src/errors/action-error.ts';
import { cleanRemoteText } from '../../src/errors/text.ts';
import type { JsonObject } from '../../src/http/json.ts';
import { parseAllowedHosts } from '../../src/salesforce/allowed-hosts.ts';
import { instanceHostWarning } from '../../src/salesforce/hosts.ts';
import {
  hostToRevokeAt,
  isTokenText,
  judgeTokenResponse,
  rotatedToken,
  secretsIn,
} from '../../src/salesforce/token-response.ts';

const clean = (text: unknown) => cleanRemoteText(text, []);
const nothingListed = parseAllowedHosts('');

/** The two shapes of Salesforce's documentation. */
const oldShape = {
  id: 'https://login.salesforce.com/id/00Dx0000000BV7z/005x00000012Q9P',
  issued_at: '1278448832702',
  instance_url: 'https://na1.salesforce.com',
  signature: '0CmxinZir53Yex7nE0TD+zMpvIWYGb/bdJh6XfOH6EQ=',
  access_token: '00Dx0000000BV7z!AR8A.example_token',
};
const newShape = {
  ...oldShape,
  instance_url: 'https://acme.my.salesforce.com',
  scope: 'refresh_token api',
  token_type: 'Bearer',
  issued_at: '1469654465944',
};

const judge = (body: JsonObject, listed = nothingListed) => judgeTokenResponse(body, listed, clean);

function refused(body: JsonObject): ActionError {
  try {
    judge(body);
  } catch (error) {
    assert.ok(error instanceof ActionError);
    return error;
  }
  assert.fail('the answer was taken');
}

describe('A token response', () => {
  it('is read whole', () => {
    assert.deepEqual(judge(newShape), {
      accessToken: oldShape.access_token,
      instanceUrl: 'https://acme.my.salesforce.com',
      tokenType: 'Bearer',
      scope: 'refresh_token api',
      issuedAt: new Date('2016-07-27T21:21:05.944Z'),
      identityUrl: oldShape.id,
      identity: { orgId: '00Dx0000000BV7zEAG', userId: '005x00000012Q9PAAU' },
      notices: [],
      warnings: [],
    });
  });

  it('of the old shape has neither type nor scope, and an instance host is warned about', () => {
    const token = judge(oldShape);
    assert.equal(token.tokenType, 'Bearer');
    assert.ok(!('scope' in token));
    assert.deepEqual(token.notices, [instanceHostWarning('na1.salesforce.com')]);
  });

  it('needs an access token and an instance URL, and nothing else', () => {
    const { access_token, instance_url } = newShape;
    assert.deepEqual(judge({ access_token, instance_url }), {
      accessToken: access_token,
      instanceUrl: instance_url,
      tokenType: 'Bearer',
      notices: [],
      warnings: [],
    });
  });

  it('with a JWT names the address of the API beside it', () => {
    const jwt = { ...newShape, access_token: 'eyJ0.eyJz.c2ln', token_format: 'jwt' };
    const withApi = judge({ ...jwt, api_instance_url: 'https://api.salesforce.com' });
    assert.equal(withApi.apiInstanceUrl, 'https://api.salesforce.com');
    assert.deepEqual(withApi.warnings, []);
    for (const url of [
      'https://api.evil.com',
      'http://api.salesforce.com',
      'https://api.salesforce.com/x',
      'https://api.salesforce.com@evil.com',
      'not a url\n',
    ]) {
      const without = judge({ ...jwt, api_instance_url: url });
      assert.equal(without.accessToken, jwt.access_token);
      assert.ok(!('apiInstanceUrl' in without), url);
      assert.match(
        without.warnings.join('|'),
        /^The `api_instance_url` [^|]*`api-instance-url`\.$/,
      );
    }
  });

  it('is of the type Bearer in any capitals, but of no other', () => {
    assert.equal(judge({ ...newShape, token_type: 'bearer' }).tokenType, 'Bearer');
    const error = refused({ ...newShape, token_type: 'DPoP' });
    assert.equal(error.code, 'token_type_unsupported');
    assert.match(error.message, /“DPoP”/);
    assert.match(error.fix, /DPoP/);
  });

  it('names its instance as an origin, and rewrites a host of the user interface, with a notice', () => {
    assert.equal(
      judge({ ...newShape, instance_url: 'https://a.my.salesforce.com/' }).instanceUrl,
      'https://a.my.salesforce.com',
    );
    const token = judge({ ...newShape, instance_url: 'https://a.lightning.force.com' });
    assert.equal(token.instanceUrl, 'https://a.my.salesforce.com');
    assert.deepEqual(token.notices, [
      'Salesforce named a.lightning.force.com as the instance; its API is served at a.my.salesforce.com.',
    ]);
  });

  it('sends the access token to no host that is not trusted', () => {
    for (const url of [
      'https://evil.com',
      'https://login.salesforce.com',
      'http://a.my.salesforce.com',
      'https://a.my.salesforce.com@evil.com',
      'https://a.my.salesforce.com/path',
      'https://a.my.site.com',
      'javascript:alert(1)',
    ]) {
      const error = refused({ ...newShape, instance_url: url });
      assert.equal(error.code, 'instance_url_refused', url);
      assert.match(error.fix, /Setup → My Domain/);
    }
    const listed = parseAllowedHosts('a.my.site.com');
    const url = 'https://a.my.site.com';
    assert.equal(judge({ ...newShape, instance_url: url }, listed).instanceUrl, url);
  });

  it('is not blamed for a bug in our own rules', () => {
    const bug = new TypeError('a bug');
    class Broken extends Set<string> {
      override has(): boolean {
        throw bug;
      }
    }
    assert.throws(
      () => judge(newShape, new Broken()),
      (error) => error === bug,
    );
  });

  it('has its scopes separated by one space each', () => {
    assert.equal(judge({ ...newShape, scope: ' api  id ' }).scope, 'api id');
    const every = String.fromCharCode(...Array.from({ length: 94 }, (_, i) => 33 + i));
    const allowed = every.replace('"', '').replace('\\', '');
    assert.equal(judge({ ...newShape, scope: allowed }).scope, allowed);
    assert.equal(judge({ ...newShape, scope: 'x'.repeat(1000) }).scope?.length, 1000);
    assert.deepEqual(judge({ ...newShape, scope: allowed }).warnings, []);
  });

  it('has no scopes of other characters, nor of more than 1,000, which costs a warning', () => {
    for (const scope of [
      ' ',
      'api"',
      'api\\id',
      'api\nid',
      'api\u00e9',
      'api\t id',
      'api\u0000',
      'x'.repeat(1001),
      'api '.repeat(300_000),
    ]) {
      const token = judge({ ...newShape, scope });
      assert.ok(!('scope' in token), JSON.stringify(scope.slice(0, 20)));
      assert.match(
        token.warnings.join('|'),
        /^The `scope` of the answer is not [^|]* as `scope`\.$/,
      );
    }
    assert.deepEqual(judge({ ...newShape, scope: '' }).warnings, []);
  });

  it('tells its time in milliseconds', () => {
    for (const text of ['soon', '-1', '1.5', '9'.repeat(20), ' 1']) {
      assert.equal(refused({ ...newShape, issued_at: text }).code, 'response_invalid', text);
    }
    assert.equal(
      judge({ ...newShape, issued_at: '0' }).issuedAt?.toISOString(),
      '1970-01-01T00:00:00.000Z',
    );
  });

  it('has an identity URL of exactly one shape, at a host that is allowed', () => {
    const ids = '/id/00Dx0000000BV7z/005x00000012Q9P';
    for (const host of [
      'login.salesforce.com',
      'test.salesforce.com',
      'acme.my.salesforce.com',
      'na1.salesforce.com',
      'listed.example.com',
    ]) {
      const id = `https://${host}${ids}`;
      const token = judge({ ...newShape, id }, parseAllowedHosts('listed.example.com'));
      assert.equal(token.identityUrl, id);
      assert.equal(token.identity?.orgId, '00Dx0000000BV7zEAG');
      assert.deepEqual(token.warnings, []);
    }
    for (const id of [
      `https://evil.example${ids}`,
      `https://listed.example.com${ids}`,
      `https://acme.lightning.force.com${ids}`,
      `http://login.salesforce.com${ids}`,
      `https://LOGIN.salesforce.com${ids}`,
      `https://login.salesforce.com@evil.example${ids}`,
      `https://u:p@login.salesforce.com${ids}`,
      `https://login.salesforce.com?${ids}`,
      `https://login.salesforce.com#${ids}`,
      `https://login.salesforce.com\\@evil.example${ids}`,
      `https://x"; curl evil.example${ids}`,
      `https://login.salesforce.com${ids}?x`,
      `https://login.salesforce.com${ids}#x`,
      `https://login.salesforce.com${ids}/`,
      `https://login.salesforce.com${ids}\n`,
      `https://login.salesforce.com/x/..${ids}`,
      'https://login.salesforce.com/id/somebody',
      `x"; curl`,
    ]) {
      const token = judge({ ...newShape, id });
      assert.ok(!('identityUrl' in token) && !('identity' in token), JSON.stringify(id));
      assert.match(token.warnings.join('|'), /^The `id` of the answer is not [^|]*`identity-url`/);
    }
  });

  it('with a wrong type, an empty text or a character that cannot be, is refused without showing it', () => {
    const members = [
      'access_token',
      'instance_url',
      'token_type',
      'scope',
      'issued_at',
      'id',
      'api_instance_url',
    ];
    const flaws: readonly (readonly [unknown, RegExp])[] = [
      [12345, /of the type number/],
      [null, /of the type null/],
      [['hidden-value'], /of the type array/],
      [{ a: 'hidden-value' }, /of the type object/],
      [true, /of the type boolean/],
      ['', /is empty/],
      ['hidden-value\n', /characters that cannot be part of it/],
      ['hidden-\u0000value', /characters that cannot be part of it/],
      ['hidden-välue', /characters that cannot be part of it/],
    ];
    for (const name of members) {
      const mayBeLeftOut = ['scope', 'id', 'api_instance_url'].includes(name);
      for (const [value, words] of flaws) {
        if (mayBeLeftOut && typeof value === 'string') {
          assert.doesNotMatch(judge({ ...newShape, [name]: value }).warnings.join(), /hidden/);
          continue;
        }
        const error = refused({ ...newShape, [name]: value });
        assert.equal(error.code, 'response_invalid', name);
        assert.match(error.message, words);
        assert.ok(error.message.includes(`\`${name}\``));
        assert.doesNotMatch(error.message, /hidden/);
      }
    }
    for (const name of ['access_token', 'instance_url']) {
      assert.match(
        refused({ ...newShape, [name]: undefined }).message,
        new RegExp(`\`${name}\` is missing`),
      );
      assert.equal(refused({ ...newShape, [name]: 'inner space' }).code, 'response_invalid');
    }
  });

  it('is either taken, with a token that a header can carry, or refused with a code', () => {
    const value = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.jsonValue(),
      fc.constantFrom('Bearer', 'https://a.my.salesforce.com'),
    );
    const body = fc.record(Object.fromEntries(Object.keys(newShape).map((name) => [name, value])), {
      requiredKeys: [],
    });
    fc.assert(
      fc.property(body, fc.boolean(), (changes, mostlyRight) => {
        try {
          const token = judge(mostlyRight ? { ...newShape, ...changes } : changes);
          assert.ok(isTokenText(token.accessToken));
          assert.equal(new URL(token.instanceUrl).origin, token.instanceUrl);
        } catch (error) {
          assert.ok(error instanceof ActionError, String(error));
        }
      }),
      { numRuns: 1000 },
    );
  });
});

describe('The refresh token of an answer', () => {
  it('is a new one only where it differs from the one that was sent', () => {
    assert.equal(rotatedToken({}, 'old'), undefined);
    assert.equal(rotatedToken({ refresh_token: 'old' }, 'old'), undefined);
    assert.equal(rotatedToken({ refresh_token: 'new' }, 'old'), 'new');
  });

  it('that cannot be kept is an error, which does not show it', () => {
    for (const token of ['', 'new token', 'new\n', 'nëw', 5, null, ['new']]) {
      assert.throws(
        () => rotatedToken({ refresh_token: token }, 'old'),
        (error) =>
          error instanceof ActionError &&
          error.code === 'response_invalid' &&
          error.mayBeSpent &&
          /^Sign in again/.test(error.fix) &&
          !/n[eë]w/.test(error.message),
      );
    }
  });
});

describe('The secrets of an answer', () => {
  it('are its tokens and its signature, whatever else is wrong with it', () => {
    assert.deepEqual(
      secretsIn({ ...newShape, refresh_token: ' new\n', id_token: 'eyJ.eyJ.sig', extra: 'x' }),
      [newShape.access_token, 'new', newShape.signature, 'eyJ.eyJ.sig'],
    );
    assert.deepEqual(secretsIn({ access_token: 1, refresh_token: null }), []);
  });

  it('are none that is no token text, for that is never printed', () => {
    const common = ['error', 'success', 'deploy'].join('\n');
    assert.deepEqual(
      secretsIn({ ...newShape, access_token: common, refresh_token: 'bad one', signature: 'ä' }),
      [],
    );
  });
});

describe('the host to revoke a token at', () => {
  it('is the instance where that can be trusted, else the one that issued it', () => {
    const issuer = new URL('https://login.salesforce.com/services/oauth2/token');
    const hostFor = (instance_url: unknown) =>
      hostToRevokeAt({ instance_url }, nothingListed, issuer);
    assert.equal(hostFor('https://acme.my.salesforce.com/'), 'https://acme.my.salesforce.com');
    for (const instance of ['https://evil.example', 'nonsense', '', undefined, 5, 'a b']) {
      assert.equal(hostFor(instance), 'https://login.salesforce.com');
    }
  });
});
