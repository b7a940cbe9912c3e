/** What an identity URL says: `https://login.salesforce.com/id/<org>/<user>`, ids in 18 characters. */
export interface Identity {
  readonly orgId: string;
  readonly userId: string;
}

const identityUrl = () =>
  /^https:\/\/[^/]+\/id\/(00D[A-Za-z0-9]{12}(?:[A-Za-z0-9]{3})?)\/(005[A-Za-z0-9]{12}(?:[A-Za-z0-9]{3})?)$/;

/** Reads the org and the user out of an identity URL; undefined where it has another shape. */
export function parseIdentityUrl(url: string): Identity | undefined {
  const [, org, user] = identityUrl().exec(url) ?? [];
  return org === undefined || user === undefined
    ? undefined
    : { orgId: to18Characters(org), userId: to18Characters(user) };
}

/**
 * The 18-character form of a Salesforce id. The first 15 characters are the id, case-sensitive; the
 * last three encode which of them are upper case, five by five, as A–Z and 0–5.
 *
 * @param id 15 or 18 characters; check characters that came along are computed anew
 */
export function to18Characters(id: string): string {
  const base = id.slice(0, 15);
  let checks = '';
  for (let block = 0; block < 15; block += 5) {
    let bits = 0;
    for (let i = 0; i < 5; i++) {
      const letter = base.charAt(block + i);
      bits |= letter >= 'A' && letter <= 'Z' ? 1 << i : 0;
    }
    checks += 'ABCDEFGHIJKLMNOPQRSTUVWXYZ012345'.charAt(bits);
  }
  return base + checks;
}
