import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { parseAuthUrl } from '../../src/credential/auth-url.ts';
import { whyRefusedNextTime } from '../../src/credential/from-inputs.ts';

// Whether the next run takes a new refresh token in the place of the old one.

describe('a new refresh token', () => {
  const clientId = 'PlatformCLI';
  const authUrl = parseAuthUrl('force://PlatformCLI::5Aep861old@acme.my.salesforce.com');
  const good = '5Aep861TSESvWeug.x';

  it('is taken where it looks like one, in an auth URL too', () => {
    for (const given of [{ clientId }, { clientId, authUrl }]) {
      assert.equal(whyRefusedNextTime(good, given), undefined);
    }
  });

  it('is refused where it cannot stand in an auth URL, which a plain input takes', () => {
    const token = `${good}@b`;
    assert.match(whyRefusedNextTime(token, { clientId, authUrl }) ?? '', /auth URL|auth-url/i);
    assert.equal(whyRefusedNextTime(token, { clientId }), undefined);
  });

  it('is refused where it is the client id, or an access token', () => {
    for (const token of [clientId, '00Dx0000000BV7z!AR8A.abc_def']) {
      assert.notEqual(whyRefusedNextTime(token, { clientId }), undefined, token);
    }
  });
});
