import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { credentialKey } from '../../../src/keeping/token-branch/record.ts';
import { seal, unseal } from '../../../src/keeping/token-branch/seal.ts';
import { idOf, keyOf, openByHand, sealByHand } from '../../support/token-branch-file.ts';

// What is sealed on the token branch: JWE (RFC 7516), against a second implementation. Another party's
// tool is asked by `npm run test:clients`.

const token =
  '5Aep861TSESvWeug_xvFHRBTTbf_YrTWgEyjBJrfGZ0dRbgwEQ2UF9DZhpfZMHJaMPIKJvLVlTjZ4rNDjTBPA8i';
const credential = credentialKey(token);
const contents = fc.dictionary(fc.string(), fc.jsonValue(), { noNullPrototype: true });

/** A JWE whose parts were changed. */
const changed = (sealed: string, change: (parts: string[]) => void) => {
  const parts = sealed.split('.');
  change(parts);
  return parts.join('.');
};
const encode = (text: string) => Buffer.from(text).toString('base64url');

describe('token branch: sealing', () => {
  it('makes five parts: exactly this header, no key, 96 bits of chance, a tag of 128', async () => {
    const parts = (await seal({ refresh_token: 'x' }, credential)).split('.');
    const bytes = parts.map((part) => Buffer.from(part, 'base64url'));
    assert.equal(bytes[0]?.toString(), `{"alg":"dir","enc":"A256GCM","kid":"${idOf(token)}"}`);
    assert.deepEqual(
      bytes.slice(1).map(({ length }) => length),
      [0, 12, '{"refresh_token":"x"}'.length, 16],
    );
  });

  it('never repeats itself', async () => {
    const sealed = await Promise.all(Array.from({ length: 50 }, () => seal({}, credential)));
    assert.equal(new Set(sealed.map((text) => text.split('.')[2])).size, 50);
  });

  it('is opened by a second implementation', async () => {
    await fc.assert(
      fc.asyncProperty(contents, async (content) => {
        const opened = openByHand(await seal(content, credential), keyOf(token));
        assert.deepEqual(opened.content, JSON.parse(JSON.stringify(content)));
      }),
      { numRuns: 30 },
    );
  });

  it('opens what a second implementation sealed', async () => {
    await fc.assert(
      fc.asyncProperty(contents, async (content) => {
        const text = JSON.stringify(content);
        const sealed = sealByHand(text, keyOf(token), idOf(token));
        assert.deepEqual(await unseal(sealed, credential), JSON.parse(text));
      }),
      { numRuns: 30 },
    );
  });

  for (const [what, spoil] of [
    ['another key', () => sealByHand('{}', keyOf(`${token}x`), credential.id)],
    [
      'a tag that is not its own',
      (it: string) => changed(it, (p) => p.splice(4, 1, 'A'.repeat(22))),
    ],
    [
      'a header that was changed',
      (it: string) =>
        changed(it, (p) => p.splice(0, 1, encode('{"alg":"dir","enc":"A256GCM","kid":"other"}'))),
    ],
    ['a key in it', (it: string) => changed(it, (p) => p.splice(1, 1, encode('k'.repeat(32))))],
    ['a part too few', (it: string) => changed(it, (p) => p.pop())],
    ['a part too many', (it: string) => changed(it, (p) => p.push('A'))],
    ['nothing in it', () => ''],
    ['text that is no JSON', () => sealByHand('refresh token', keyOf(token), credential.id)],
    ['JSON that is no object', () => sealByHand('["x"]', keyOf(token), credential.id)],
    [
      'another way of encrypting',
      () => 'eyJhbGciOiJBMjU2S1ciLCJlbmMiOiJBMjU2R0NNIn0.AAAA.AAAA.AAAA.AAAA',
    ],
  ] as const) {
    it(`is not opened: ${what}`, async () => {
      assert.equal(await unseal(spoil(await seal({}, credential)), credential), undefined);
    });
  }
});
