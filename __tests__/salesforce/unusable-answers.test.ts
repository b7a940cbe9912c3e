// Not for coverage: token-response has unit tests.

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { assertNothingHandedOut, explanation } from '../support/org-step.ts';
import { assertFailed, refreshScene } from '../support/refresh-scene.ts';
import { fault } from '../support/salesforce-org.ts';

// A complete answer that is no token response, or one with a flaw: refused, with nothing of it shown,
// and never asked for again.

const concurrency = 6;

describe('an answer that cannot be used is refused, and never asked for again:', {
  concurrency,
}, () => {
  const bodies: readonly (readonly [what: string, body: string])[] = [
    ['nothing', ''],
    ['white space', ' \r\n '],
    ['plain text', 'OK'],
    ['half of a token response', '{"access_token":"00D5e0000000001!AQ'],
    ['JSON that is a list', '[{"access_token":"00D5e0000000001!AQEAQ"}]'],
    ['JSON that is a text', '"00D5e0000000001!AQEAQ"'],
    ['null', 'null'],
    ['an empty object', '{}'],
    ['a form', 'access_token=00D5e0000000001!AQEAQ&token_type=Bearer'],
    ['an animal in UTF-16', Buffer.from('{"access_token":"x"}', 'utf16le').toString('latin1')],
  ];
  for (const [what, body] of bodies) {
    it(what, async (t) => {
      const { org, here } = await refreshScene(t);
      org.faults.push({ does: fault.answer(200, body) });
      const result = await here();
      assertFailed(result, 'response_invalid');
      assertNothingHandedOut(result);
      assert.equal(org.requests.length, 1);
      assert.match(explanation(result).fix, /`login-url`.*Setup → My Domain/);
      assert.doesNotMatch(result.stdout, /AQEAQ/);
    });
  }

  const flawed = 'hush-hush-hush';
  const fields: readonly (readonly [name: string, flaw: string, value: unknown])[] = [
    ['access_token', 'is missing', undefined],
    ['access_token', 'is of the type null', null],
    ['access_token', 'is of the type number', 42],
    ['access_token', 'is of the type array', [`${flawed}-x`]],
    ['access_token', 'is of the type object', { value: flawed }],
    ['access_token', 'is empty', ''],
    ['access_token', 'holds characters', `${flawed} x`],
    ['access_token', 'holds characters', `${flawed}\r\nX-Evil: y`],
    ['access_token', 'holds characters', `${flawed}\u0000`],
    ['access_token', 'holds characters', `${flawed}\u200b`],
    ['access_token', 'holds characters', `${flawed}é`],
    ['instance_url', 'is missing', undefined],
    ['instance_url', 'is of the type boolean', true],
    ['instance_url', 'is empty', ''],
    ['instance_url', 'holds characters', 'https://acme.my.salesforce.com\n'],
    ['token_type', 'is of the type number', 1],
    ['token_type', 'is of the type null', null],
    ['scope', 'is of the type array', ['api', 'refresh_token']],
    ['issued_at', 'is of the type number', 1469654465944],
    ['issued_at', 'holds characters', 'yesterday'],
    ['id', 'is of the type object', {}],
    ['api_instance_url', 'is of the type number', 7],
    ['refresh_token', 'is of the type null', null],
    ['refresh_token', 'is of the type number', 5],
    ['refresh_token', 'is empty', ''],
    ['refresh_token', 'holds characters', `${flawed} x`],
    ['refresh_token', 'holds characters', `${flawed}\n${flawed}`],
  ];
  for (const [name, flaw, value] of fields) {
    const shown = value === undefined ? '' : `: ${JSON.stringify(value)}`;
    it(`\`${name}\` ${flaw}${shown}`, async (t) => {
      const { org, here } = await refreshScene(t, { shape: { fields: { [name]: value } } });
      const result = await here({ 'export-env': true });
      assertFailed(result, 'response_invalid');
      assertNothingHandedOut(result);
      assert.equal(org.requests.length, 1);
      assert.ok(explanation(result).what.includes(`\`${name}\` ${flaw}`), explanation(result).what);
      assert.ok(!result.log.includes(flawed), 'the flawed value is not shown');
    });
  }

  for (const [flaw, fields, code] of [
    ['its shape', { issued_at: 5 }, 'response_invalid'],
    ['its type', { token_type: 'DPoP' }, 'token_type_unsupported'],
    ['its instance', { instance_url: 'https://evil.example' }, 'instance_url_refused'],
    ['no instance', { instance_url: 5 }, 'response_invalid'],
  ] as const) {
    it(`with a token that is revoked at once where the job asked for that: ${flaw}`, async (t) => {
      const { org, run } = await refreshScene(t, { shape: { fields } });
      const refused = await run({ 'revoke-on-completion': true });
      assertFailed(refused, code);
      assertNothingHandedOut(refused);
      assertFailed(await run(), code);
      const tokens = org.families[0]?.accessTokens ?? [];
      assert.deepEqual(
        tokens.map(({ revoked }) => revoked),
        [true, false],
      );
    });
  }

  it('a token of the type DPoP, with the reason', async (t) => {
    const { org, run } = await refreshScene(t, { shape: { tokenType: 'DPoP' } });
    const result = await run({ 'export-env': true });
    assertFailed(result, 'token_type_unsupported');
    assertNothingHandedOut(result);
    assert.equal(org.requests.length, 1);
    assert.match(explanation(result).what, /type “DPoP”, which a Bearer client cannot use/);
    assert.match(explanation(result).fix, /Turn off DPoP/);
  });
});
