import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import {
  orgTypeOf,
  orgTypes,
  parseOrgId,
  parseOrgType,
  parseUsername,
  sameUsername,
} from '../../src/salesforce/expectations.ts';
import { to18Characters } from '../../src/salesforce/ids.ts';

const orgId = fc.stringMatching(/^00D[A-Za-z0-9]{12}$/);

describe('expected-org-id', () => {
  it('is taken with 15 characters, and with 18 whose check characters are right', () => {
    fc.assert(
      fc.property(orgId, (id) => {
        assert.equal(parseOrgId(id), to18Characters(id));
        assert.equal(parseOrgId(to18Characters(id)), to18Characters(id));
      }),
    );
  });

  it('is refused with wrong check characters, so also when the case of a letter was lost', () => {
    fc.assert(
      fc.property(orgId, fc.stringMatching(/^[A-Za-z0-9]{3}$/), (id, checks) => {
        const full = to18Characters(id);
        assert.equal(parseOrgId(id + checks), id + checks === full ? full : undefined);
        for (const text of [full.toLowerCase(), full.toUpperCase()]) {
          assert.equal(parseOrgId(text), text === full ? full : undefined);
        }
      }),
    );
    assert.equal(parseOrgId('00Dx0000000BV7zEAG'), '00Dx0000000BV7zEAG');
    assert.equal(parseOrgId('00DX0000000BV7zEAG'), undefined);
    assert.equal(parseOrgId('00Dx0000000BV7zEAH'), undefined);
    assert.equal(parseOrgId('00Dx0000000BV7zeag'), undefined);
  });

  it('tells orgs apart that differ only in case', () => {
    assert.notEqual(parseOrgId('00Da00000000001'), parseOrgId('00DA00000000001'));
  });

  it('is nothing but an org id', () => {
    for (const text of [
      '',
      '005x00000012Q9P',
      '00d000000000062',
      '00D00000000006',
      '00D0000000000620',
      '00D000000000062EA',
      '00D000000000062EAAA',
      '00D-00000000062',
      ' 00D000000000062',
      '00D000000000062\n',
      'acme.my.salesforce.com',
    ]) {
      assert.equal(parseOrgId(text), undefined, text);
    }
  });
});

describe('expected-username', () => {
  it('has the form of a mail address, of 80 characters at most', () => {
    const longest = `${'u'.repeat(68)}@example.com`;
    for (const name of ['ci@acme.com', 'ci@acme.com.uat', 'CI+x@acme', 'jörg@acme.de', longest]) {
      assert.equal(parseUsername(name), name);
    }
    for (const name of [
      '',
      'ci',
      '@acme.com',
      'ci@',
      'a@b@c',
      'c i@acme.com',
      'ci@ac\nme',
      'ci@ac\u200bme',
      `u${longest}`,
    ]) {
      assert.equal(parseUsername(name), undefined, JSON.stringify(name));
    }
  });

  it('is compared without regard to case, and to nothing else', () => {
    assert.ok(sameUsername('CI@Acme.com', 'ci@acme.COM'));
    assert.ok(!sameUsername('ci@acme.com', 'ci@acme.com.uat'));
    fc.assert(
      fc.property(fc.stringMatching(/^[a-zA-Z0-9.+]+@[a-zA-Z0-9.]+$/), (name) => {
        assert.ok(sameUsername(name.toUpperCase(), name.toLowerCase()));
        assert.ok(!sameUsername(name, `${name}x`));
      }),
    );
  });
});

describe('expected-org-type', () => {
  it('is one of four words, in lower case', () => {
    assert.deepEqual(orgTypes.map(parseOrgType), ['production', 'sandbox', 'scratch', 'developer']);
    for (const text of ['', 'Production', 'prod', 'production ', 'constructor', 'trial']) {
      assert.equal(parseOrgType(text), undefined);
    }
  });

  it('is found as the Salesforce CLI finds it', () => {
    const type = (isSandbox: boolean, expires: boolean, organizationType: string) =>
      orgTypeOf({ isSandbox, expires, organizationType });
    assert.equal(type(false, false, 'Enterprise Edition'), 'production');
    assert.equal(type(false, true, 'Enterprise Edition'), 'production');
    assert.equal(type(false, false, 'Developer Edition'), 'developer');
    assert.equal(type(false, true, 'Partner Developer Edition'), 'developer');
    assert.equal(type(true, false, 'Enterprise Edition'), 'sandbox');
    assert.equal(type(true, false, 'Developer Edition'), 'sandbox');
    assert.equal(type(true, true, 'Developer Edition'), 'scratch');
    assert.equal(type(true, true, 'Enterprise Edition'), 'scratch');
  });
});
