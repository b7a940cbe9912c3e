/**
 * Every text in a JSON value whose name says that it is secret, at any depth: `access_token`,
 * `refreshToken`, `client_secret`, `signature`, `sfdxAuthUrl`, `password`, …
 */
export function secretTexts(value: unknown): string[] {
  if (typeof value !== 'object' || value === null) {
    return [];
  }
  return Object.entries(value).flatMap(([name, member]: [string, unknown]) => {
    if (typeof member !== 'string') {
      return secretTexts(member);
    }
    return /(token|secret|signature|password|assertion|authurl|auth_url)$/i.test(name)
      ? [member]
      : [];
  });
}
