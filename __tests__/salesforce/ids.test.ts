import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { parseIdentityUrl, to18Characters } from '../../src/salesforce/ids.ts';

const id15 = (prefix: string) =>
  fc.stringMatching(/^[A-Za-z0-9]{12}$/).map((rest) => prefix + rest);

/** The check characters by the book: each block's bits, written as a binary number, from its end. */
function checkCharacters(id: string): string {
  return [0, 5, 10]
    .map((start) => {
      const bits = [...id.slice(start, start + 5)].reverse();
      const index = Number.parseInt(
        bits.map((c) => (c >= 'A' && c <= 'Z' ? '1' : '0')).join(''),
        2,
      );
      return String.fromCharCode(index < 26 ? 65 + index : 22 + index);
    })
    .join('');
}

describe('An id of 18 characters', () => {
  it('adds the check characters that Salesforce documents', () => {
    assert.equal(to18Characters('00Dx0000000BV7z'), '00Dx0000000BV7zEAG');
    assert.equal(to18Characters('001A0000006Vm9r'), '001A0000006Vm9rIAC');
    assert.equal(to18Characters('00D000000000062'), '00D000000000062EAA');
    assert.equal(to18Characters('ABCDEFGHIJKLMNO'), 'ABCDEFGHIJKLMNO555');
  });

  it('is the same from 15 and from 18, and tells ids apart that differ only in case', () => {
    fc.assert(
      fc.property(id15('00D'), id15('00D'), (one, other) => {
        const full = to18Characters(one);
        assert.equal(full, one + checkCharacters(one));
        assert.equal(to18Characters(full), full);
        assert.equal(to18Characters(`${one}xyz`), full);
        const lower = to18Characters(other).toLowerCase();
        assert.equal(lower === full.toLowerCase(), other === one);
      }),
    );
    const twins = ['00Da00000000001', '00DA00000000001'].map((id) =>
      to18Characters(id).toLowerCase(),
    );
    assert.notEqual(twins[0], twins[1]);
  });
});

describe('An identity URL', () => {
  it('names the org and the user, in 18 characters', () => {
    const host = fc.constantFrom(
      'login.salesforce.com',
      'test.salesforce.com',
      'a.my.site.com:8443',
    );
    const suffix = fc.constantFrom((id: string) => id, to18Characters);
    fc.assert(
      fc.property(host, id15('00D'), suffix, id15('005'), suffix, (at, org, shape, user, other) => {
        assert.deepEqual(parseIdentityUrl(`https://${at}/id/${shape(org)}/${other(user)}`), {
          orgId: to18Characters(org),
          userId: to18Characters(user),
        });
      }),
    );
  });

  it('of another shape names nobody', () => {
    for (const url of [
      '',
      'https://login.salesforce.com/id/',
      'http://login.salesforce.com/id/00Dx0000000BV7z/005x00000012Q9P',
      'https://login.salesforce.com/id/00Dx0000000BV7z',
      'https://login.salesforce.com/id/00Dx0000000BV7z/',
      'https://login.salesforce.com/id/00Dx0000000BV7z/005x00000012Q9P/',
      'https://login.salesforce.com/id/00Dx0000000BV7z/005x00000012Q9P?x',
      'https://login.salesforce.com/x/id/00Dx0000000BV7z/005x00000012Q9P',
      'https://login.salesforce.com/id/005x00000012Q9P/00Dx0000000BV7z',
      'https://login.salesforce.com/id/00Dx0000000BV7zE/005x00000012Q9P',
      'https://login.salesforce.com/id/00Dx0000000BV7/005x00000012Q9P',
      'https://login.salesforce.com/id/00Dx0000000BV-z/005x00000012Q9P',
      ' https://login.salesforce.com/id/00Dx0000000BV7z/005x00000012Q9P',
      'https://login.salesforce.com/id/00Dx0000000BV7z/005x00000012Q9P\n',
    ]) {
      assert.equal(parseIdentityUrl(url), undefined, url);
    }
  });
});
