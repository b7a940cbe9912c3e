import { createHmac, randomBytes } from 'node:crypto';

const digits = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';
const checkDigits = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ012345';

/** The 18-character form of a 15-character id: each check character tells the capitals of five. */
export function longId(id15: string): string {
  let checks = '';
  for (const at of [0, 5, 10]) {
    const capitals = [...id15.slice(at, at + 5)].map((char, bit) =>
      /[A-Z]/.test(char) ? 1 << bit : 0,
    );
    checks += checkDigits[capitals.reduce((sum, bit) => sum + bit, 0)] ?? '';
  }
  return id15 + checks;
}

/** Whether two ids, of 15 or 18 characters, name the same record. */
export function sameId(one: string, other: string): boolean {
  return one.slice(0, 15) === other.slice(0, 15);
}

let serial = 0;

/** A new 18-character id; the prefix of three tells the kind of record (`00D` org, `005` user). */
export function newId(prefix: string): string {
  serial += 1;
  // Scattered by a prime, so that ids have capitals and small letters as real ones do.
  let number = 7_368_787 * (serial + 40);
  let text = '';
  while (text.length < 9) {
    text = (digits[number % 62] ?? '0') + text;
    number = Math.floor(number / 62);
  }
  return longId(`${prefix}5e0${text}`);
}

/** An opaque access token of the org (15 or 18 characters). */
export function newAccessToken(orgId: string): string {
  return `${orgId.slice(0, 15)}!AQEAQ${letters(91)}`;
}

/** A JWT-based access token with these claims; its signature is noise. */
export function newJwt(claims: Readonly<Record<string, unknown>>): string {
  const header = {
    tnk: 'core/prod/00D000000000000',
    ver: '1.0',
    kid: 'CORE.00D000000000000.1',
    tty: 'sfdc-core-token',
    typ: 'JWT',
    alg: 'RS256',
  };
  const part = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url');
  return `${part(header)}.${part(claims)}.${randomBytes(256).toString('base64url')}`;
}

/** A refresh token. */
export function newRefreshToken(): string {
  return `5Aep861${letters(80)}`;
}

/** An authorization code; real ones end so, which is percent-encoded in an address. */
export function newCode(): string {
  return `aPrx${letters(82)}==`;
}

/** A consumer key. */
export function newClientId(): string {
  return `3MVG9${letters(80)}`;
}

/** A consumer secret. */
export function newClientSecret(): string {
  return randomBytes(32).toString('hex').toUpperCase();
}

/** The `signature` of a token response. */
export function sign(clientSecret: string, identityUrl: string, issuedAt: string): string {
  return createHmac('sha256', clientSecret)
    .update(identityUrl + issuedAt)
    .digest('base64');
}

function letters(length: number): string {
  const alphabet = `${digits}._`;
  return [...randomBytes(length)].map((byte) => alphabet[byte % alphabet.length]).join('');
}
