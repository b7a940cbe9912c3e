import assert from 'node:assert/strict';
import type { SalesforceOrg } from './salesforce-org.ts';

/** The fields of a form or a query; `undefined` is left out. */
export type Fields = Readonly<Record<string, string | undefined>>;

export function fieldsOf(fields: Fields): URLSearchParams {
  const given = Object.entries(fields).flatMap(([name, value]): [string, string][] =>
    value === undefined ? [] : [[name, value]],
  );
  return new URLSearchParams(given);
}

/** A browser at the look-alike, with one cookie, that follows no redirect by itself. */
export class Browser {
  readonly #org: SalesforceOrg;
  #cookie = '';

  constructor(org: SalesforceOrg) {
    this.#org = org;
  }

  async go(path: string, form?: Fields) {
    const response = await fetch(new URL(path, this.#org.url), {
      redirect: 'manual',
      headers: { cookie: this.#cookie },
      ...(form !== undefined && { method: 'POST', body: fieldsOf(form) }),
    });
    const cookie = response.headers.getSetCookie().find((one) => one.startsWith('sid='));
    this.#cookie = cookie?.split(';')[0] ?? this.#cookie;
    const location = response.headers.get('location') ?? '';
    return { status: response.status, location, text: await response.text() };
  }

  /** Opens the authorize page, signs in, and gives the page that asks for consent. */
  async signIn(path: string, username = this.#org.user.username): Promise<string> {
    const toLogin = await this.go(path);
    assert.equal(toLogin.status, 302);
    const { text } = await this.go(toLogin.location);
    assert.match(text, /<label for="username">/);
    const startURL = (/name="startURL" value="([^"]*)"/.exec(text)?.[1] ?? '').replaceAll(
      '&amp;',
      '&',
    );
    const pw = this.#org.users.find((user) => user.username === username)?.password;
    const back = await this.go('/', { username, pw, startURL });
    assert.equal(back.status, 302);
    return back.location;
  }

  /** Answers the consent page; gives where the browser is sent. */
  async decide(page: string, decision: 'allow' | 'deny'): Promise<URL> {
    const { text } = await this.go(page);
    const ticket = /name="ticket" value="([^"]*)"/.exec(text)?.[1];
    const action = /<form id="editPage" method="post" action="([^"]*)"/.exec(text)?.[1] ?? '';
    const { status, location } = await this.go(action, { ticket, decision });
    assert.equal(status, 302, text);
    return new URL(location);
  }
}
