import { randomUUID } from 'node:crypto';
import { authorizePath, isAtHome } from './addresses.ts';
import { type Answer, page } from './answers.ts';
import { newCode } from './ids.ts';
import type { App, User } from './model.ts';
import { pages } from './pages.ts';
import { appBlocked, notApproved } from './refusals.ts';
import { type OrgRequest, readForm } from './requests.ts';
import type { OrgState } from './state.ts';

const consentPath = '/setup/secur/RemoteAccessAuthorizationPage.apexp';
const wrongLogin =
  "Please check your username and password. If you still can't log in, contact your Salesforce administrator.";

/** What an app asks for: a request to the authorize endpoint that stood all checks. */
interface Wish {
  readonly app: App;
  readonly redirectUri: string;
  readonly state: string | undefined;
  readonly scopes: readonly string[];
  readonly challenge: string | undefined;
}

/** The pages on which a person signs in and approves an app, and who is signed in by which cookie. */
export class SignInPages {
  readonly #org: OrgState;
  /** By the cookie `sid`. */
  readonly #signedIn = new Map<string, User>();
  /** By the ticket in the consent page; each is good for one answer. */
  readonly #pending = new Map<string, { readonly wish: Wish; readonly user: User }>();

  constructor(org: OrgState) {
    this.#org = org;
  }

  /** The answer where the request is for one of these pages. */
  answer(request: OrgRequest): Answer | undefined {
    const { method, path } = request;
    if (path === authorizePath || path === this.#org.sitePath + authorizePath) {
      return this.#authorize(request);
    }
    if (path === consentPath && method === 'POST') {
      return this.#decide(request);
    }
    const startUrl = request.query.get('startURL');
    if (path === '/' && method === 'GET' && startUrl !== null) {
      return pages.login(startUrl);
    }
    return path === '/' && method === 'POST' ? this.#logIn(request) : undefined;
  }

  #authorize(request: OrgRequest): Answer {
    const { query } = request;
    if (!isAtHome(this.#org, request, authorizePath)) {
      return page(404, 'URL No Longer Exists', 'You have attempted to reach a URL that is gone.');
    }
    const checked = readWish(this.#org, query);
    if ('status' in checked) {
      return checked;
    }
    const user = this.#userOf(request);
    if (user === undefined || query.get('prompt') === 'login') {
      // Comes back here with a user, and does not ask for a login once more.
      const rest = new URLSearchParams(query);
      rest.delete('prompt');
      const startURL = `${request.path}?${rest}`;
      return redirect(`/?${new URLSearchParams({ ec: '302', startURL })}`);
    }
    if (checked.app.approvalMissing === 'admin') {
      return sendBack(checked, {
        error: 'OAUTH_APP_ACCESS_DENIED',
        error_description: notApproved,
      });
    }
    // Whom an admin approved is asked nothing.
    return checked.app.preAuthorized
      ? this.#approve(checked, user)
      : this.#askConsent(checked, user);
  }

  #logIn(request: OrgRequest): Answer {
    const { username, pw, startURL = '' } = readForm(request) ?? {};
    const user = this.#org.users.find((one) => one.username === username && one.password === pw);
    if (user === undefined || !user.active || user.frozen) {
      return pages.login(startURL, wrongLogin);
    }
    const sid = randomUUID();
    this.#signedIn.set(sid, user);
    const isOurs = /^\/(?![/\\])/.test(startURL);
    return redirect(isOurs ? startURL : '/', {
      'set-cookie': `sid=${sid}; Path=/; HttpOnly; SameSite=Lax`,
    });
  }

  #askConsent(wish: Wish, user: User): Answer {
    const ticket = randomUUID();
    this.#pending.set(ticket, { wish, user });
    return pages.consent({
      app: wish.app.name,
      username: user.username,
      scopes: wish.scopes,
      action: consentPath,
      ticket,
    });
  }

  #decide(request: OrgRequest): Answer {
    const { ticket = '', decision } = readForm(request) ?? {};
    const asked = this.#pending.get(ticket);
    if (asked === undefined || asked.user !== this.#userOf(request)) {
      return pages.problem('invalid_request', 'this page was answered already; start again');
    }
    this.#pending.delete(ticket);
    return decision === 'allow'
      ? this.#approve(asked.wish, asked.user)
      : sendBack(asked.wish, {
          error: 'access_denied',
          error_description: 'end-user denied authorization',
        });
  }

  #approve(wish: Wish, user: User): Answer {
    const { app, redirectUri, scopes, challenge } = wish;
    const code = newCode();
    const issuedAt = Date.now();
    this.#org.codes.set(code, {
      app,
      user,
      scopes,
      redirectUri,
      challenge,
      issuedAt,
      spent: false,
    });
    return sendBack(wish, { code });
  }

  #userOf({ headers }: OrgRequest): User | undefined {
    const sid = /(?:^|;) *sid=([\w-]+)/.exec(headers['cookie'] ?? '')?.[1];
    return sid === undefined ? undefined : this.#signedIn.get(sid);
  }
}

/**
 * What the app asks for; or the answer that refuses it: on a page of Salesforce's own as long as nobody
 * vouches for the address to send the browser back to, and at that address from then on.
 */
function readWish(org: OrgState, query: URLSearchParams): Wish | Answer {
  const app = org.apps.find(({ clientId, known }) => known && clientId === query.get('client_id'));
  const redirectUri = query.get('redirect_uri') ?? '';
  if (app === undefined) {
    return pages.problem('invalid_client_id', 'client identifier invalid');
  }
  if (!app.callbacks.includes(redirectUri)) {
    return pages.problem('redirect_uri_mismatch', 'redirect_uri must match configuration');
  }
  if (app.blocked) {
    return pages.problem(appBlocked.error, appBlocked.description);
  }
  const asked = (query.get('scope') ?? '').split(' ').filter((scope) => scope !== '');
  const challenge = query.get('code_challenge') ?? undefined;
  const wish: Wish = {
    app,
    redirectUri,
    state: query.get('state') ?? undefined,
    scopes: asked.length === 0 ? app.scopes : asked,
    challenge,
  };
  const refuse = (error: string, error_description: string) =>
    sendBack(wish, { error, error_description });
  if (query.get('response_type') !== 'code') {
    return refuse('unsupported_response_type', 'response type not supported');
  }
  if (asked.some((scope) => !mayAsk(app, scope))) {
    return refuse('invalid_scope', 'the requested scope is not allowed');
  }
  if (challenge === undefined) {
    return app.pkceRequired ? refuse('invalid_request', 'missing required code challenge') : wish;
  }
  const isHash = /^[\w-]{43}$/.test(challenge) && query.get('code_challenge_method') === 'S256';
  return isHash ? wish : refuse('invalid_request', 'invalid code challenge');
}

/** `offline_access` is another name of `refresh_token`. */
function mayAsk({ scopes }: App, scope: string): boolean {
  const names = ['refresh_token', 'offline_access'];
  return names.includes(scope)
    ? names.some((name) => scopes.includes(name))
    : scopes.includes(scope);
}

function sendBack({ redirectUri, state }: Wish, fields: Readonly<Record<string, string>>): Answer {
  const query = new URLSearchParams({ ...fields, ...(state !== undefined && { state }) });
  return redirect(`${redirectUri}${redirectUri.includes('?') ? '&' : '?'}${query}`);
}

function redirect(location: string, headers: Answer['headers'] = {}): Answer {
  return { status: 302, headers: { location, 'cache-control': 'no-store', ...headers }, body: '' };
}
