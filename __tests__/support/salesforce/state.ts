import { newApp, newUser } from './defaults.ts';
import { longId, newAccessToken, newId, newJwt, newRefreshToken } from './ids.ts';
import type {
  AccessToken,
  App,
  Code,
  Deployment,
  Family,
  Login,
  OrgKind,
  OrgSettings,
  RefreshTokenState,
  Shape,
  User,
} from './model.ts';

const myDomains: Record<OrgKind, string> = {
  production: 'acme.my.salesforce.com',
  sandbox: 'acme--uat.sandbox.my.salesforce.com',
  scratch: 'acme-dev-7842-dev-ed.scratch.my.salesforce.com',
  developer: 'acme-dev-ed.develop.my.salesforce.com',
};
/** A user's sixth approval of an app ends the first. */
const mostApprovals = 5;

/** An org: its users, apps and tokens. Everything that isn't readonly is for tests to change. */
export class OrgState {
  /** 18 characters. */
  readonly id: string;
  readonly kind: OrgKind;
  readonly myDomain: string;
  readonly sitePath: string;
  /** What `instance_url` says. */
  instanceUrl: string;
  active = true;
  /** How long access tokens live, milliseconds. */
  sessionMs = 2 * 60 * 60 * 1000;
  /** How long an authorization code may be exchanged, milliseconds. */
  codeMs = 15 * 60 * 1000;
  /** Logins that are left in this hour. */
  loginsLeft = Number.POSITIVE_INFINITY;
  /** What a refresh gets whose token is being refreshed already. */
  inFlightDescription = 'token request is already being processed';
  /** What a request gets that comes by a host that isn't the org's. */
  wrongHost: 'expired' | 'unsupported' | 'redirect' = 'expired';
  /** Whether 127.0.0.1, ::1 and localhost are as good as the org's own hosts. */
  acceptsLoopback = true;
  /** Whether a refresh gives the same access token again while its session lives. */
  repeatsAccessToken = false;
  /** `false`: REST is switched off for the whole org. */
  restEnabled = true;
  /** API Access Control: REST only for apps that an admin approved, or users who may use any. */
  apiAccessControl = false;
  /** Newest last. An org serves its old versions for years: all from 31.0 on. */
  apiVersions = Array.from({ length: 36 }, (_, index) => `${31 + index}.0`);
  /** Put over the fields of the record `Organization`: `IsSandbox`, `TrialExpirationDate`, … */
  organization: Record<string, string | boolean | null> = {};
  readonly shape: Shape;
  readonly history: Login[] = [];
  /** How often a spent refresh token was sent: the thing that must not happen. */
  reuses = 0;
  readonly users: User[] = [];
  readonly apps: App[] = [];
  readonly families: Family[] = [];
  /** Every authorization code that was given out. */
  readonly codes = new Map<string, Code>();
  readonly deployments: Deployment[] = [];
  /** The ids of package versions that can be installed. */
  packageVersions = ['04t000000000001AAA'];
  /** Records of the type `PackageInstallRequest`. */
  readonly installRequests: Readonly<Record<string, string | null>>[] = [];
  /** Apex test classes. */
  testClasses = ['AccountServiceTest'];

  constructor(settings: OrgSettings) {
    this.id = longId((settings.id ?? newId('00D')).slice(0, 15));
    this.kind = settings.kind ?? 'production';
    this.myDomain = settings.myDomain ?? myDomains[this.kind];
    this.sitePath = settings.sitePath ?? '';
    this.shape = { ...settings.shape };
    this.instanceUrl = `https://${this.myDomain}`;
  }

  /** `login.salesforce.com`, or `test.salesforce.com` for a sandbox or scratch org. */
  get loginHost(): string {
    return `${this.kind === 'sandbox' || this.kind === 'scratch' ? 'test' : 'login'}.salesforce.com`;
  }

  /** Adds a user, who may do everything unless told otherwise. */
  addUser(user: Partial<User> = {}): User {
    const added = { ...newUser(this.users.length), ...user };
    this.users.push(added);
    return added;
  }

  /** Adds an app that works, doesn't rotate and demands no secret unless told otherwise. */
  addApp(app: Partial<App> = {}): App {
    const added = { ...newApp(), ...app };
    this.apps.push(added);
    return added;
  }

  /** A user signs in and approves an app; gives the refresh token. Default: the first of each. */
  newRefreshToken(by: { readonly clientId?: string; readonly username?: string } = {}): string {
    const app = this.apps.find(({ clientId }) => clientId === (by.clientId ?? clientId));
    const user = this.users.find(({ username }) => username === (by.username ?? username));
    if (app === undefined || user === undefined) {
      throw new Error('This org has no such app or user');
    }
    return this.approve(app, user).current;
  }

  /**
   * A user approves an app, for these scopes or all that it has. Without `refresh_token` (or
   * `offline_access`) among them the refresh token is for nobody, and no approval is used up.
   */
  approve(app: App, user: User, scopes?: readonly string[]): Family {
    const lasting =
      scopes === undefined || scopes.includes('refresh_token') || scopes.includes('offline_access');
    const approvals = this.families.filter(
      (family) => family.app === app && family.user === user && family.lasting && !family.revoked,
    );
    if (lasting && approvals.length >= mostApprovals && approvals[0] !== undefined) {
      this.revokeFamily(approvals[0]);
    }
    const family: Family = {
      app,
      user,
      scopes,
      lasting,
      current: newRefreshToken(),
      spent: new Map(),
      accessTokens: [],
      revoked: false,
    };
    this.families.push(family);
    return family;
  }

  /** The family that a refresh token belongs to, current or spent. */
  familyOf(refreshToken: string): Family | undefined {
    return this.families.find(
      ({ current, spent }) => current === refreshToken || spent.has(refreshToken),
    );
  }

  refreshTokenState(refreshToken: string): RefreshTokenState {
    const family = this.familyOf(refreshToken);
    if (family === undefined) {
      return 'unknown';
    }
    if (family.current !== refreshToken) {
      return 'spent';
    }
    return family.revoked ? 'revoked' : 'current';
  }

  /** The access token of that value, dead or alive. */
  accessToken(value: string): AccessToken | undefined {
    return this.families
      .flatMap(({ accessTokens }) => accessTokens)
      .find((token) => token.value === value);
  }

  accessTokenAlive(value: string): boolean {
    const token = this.accessToken(value);
    return token !== undefined && this.isAlive(token);
  }

  isAlive(token: AccessToken): boolean {
    const { user } = token.family;
    return (
      !token.revoked && user.active && this.active && Date.now() < token.issuedAt + this.sessionMs
    );
  }

  /** Ends a refresh token, as an admin or `/services/oauth2/revoke` does, and its access tokens. */
  revokeRefreshToken(refreshToken: string): void {
    const family = this.familyOf(refreshToken);
    if (family !== undefined) {
      this.revokeFamily(family);
    }
  }

  revokeFamily(family: Family): void {
    family.revoked = true;
    for (const token of family.accessTokens) {
      token.revoked = true;
    }
  }

  /** Replaces the family's refresh token by a new one. */
  rotate(family: Family): void {
    family.spent.set(family.current, Date.now());
    family.current = newRefreshToken();
  }

  /** A new access token; or the last one again, where the org repeats it. */
  issueAccessToken(family: Family): AccessToken {
    const last = family.accessTokens.at(-1);
    if (this.repeatsAccessToken && last !== undefined && this.isAlive(last)) {
      return last;
    }
    const issuedAt = Date.now();
    const value = this.shape.jwt === true ? this.#jwt(family, issuedAt) : newAccessToken(this.id);
    const token: AccessToken = { value, family, issuedAt, revoked: false };
    family.accessTokens.push(token);
    return token;
  }

  #jwt(family: Family, issuedAt: number): string {
    const { app, user } = family;
    const seconds = Math.floor(issuedAt / 1000);
    return newJwt({
      scp: scopesOf(family).join(' '),
      aud: [`https://${this.myDomain}`, 'https://api.salesforce.com'],
      sub: `uid:${user.id}`,
      iss: `https://${this.myDomain}`,
      client_id: app.clientId,
      iat: seconds,
      nbf: seconds,
      exp: seconds + Math.floor(this.sessionMs / 1000),
      sfi: this.id,
    });
  }
}

/** What the tokens of an approval are good for. */
export function scopesOf({ app, scopes }: Family): readonly string[] {
  return scopes ?? app.scopes;
}
