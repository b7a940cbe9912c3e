export type OrgKind = 'production' | 'sandbox' | 'scratch' | 'developer';

/**
 * What a refresh does to the refresh token. `none`: it stays. `strict`: a new one replaces it, and
 * the old one coming again kills the family. `lenient`: the same, but for a grace period the old one
 * is answered again, with the token that is current.
 */
export type Rotation = 'none' | 'strict' | 'lenient';

/** A user; tests change what may be changed. */
export interface User {
  /** 18 characters. */
  readonly id: string;
  username: string;
  /** What the login page asks for; nothing else knows it. */
  password: string;
  active: boolean;
  frozen: boolean;
  /** The permission “API Enabled”. */
  apiEnabled: boolean;
  /** The permission “Use Any API Client”. */
  anyApiClient: boolean;
  /** Whether the user's login hours allow a login now. */
  inLoginHours: boolean;
}

/** A connected app or external client app, as it is installed in the org. */
export interface App {
  readonly clientId: string;
  readonly clientSecret: string;
  /** As the consent page shows it. */
  name: string;
  readonly kind: 'connected' | 'external';
  /** Where the authorization code may go: a `redirect_uri` has to be one of these to the letter. */
  callbacks: string[];
  /** “Require Secret for Refresh Token Flow”. */
  secretRequired: boolean;
  /** “Require Secret for Web Server Flow”: for exchanging a code. */
  webServerSecretRequired: boolean;
  /** “Require Proof Key for Code Exchange”; a proof that is offered is always checked. */
  pkceRequired: boolean;
  rotation: Rotation;
  /** How long `lenient` answers a spent token, milliseconds. */
  graceMs: number;
  scopes: string[];
  /** False for an app that is deleted, or too new to be known everywhere. */
  known: boolean;
  installed: boolean;
  blocked: boolean;
  /** Whether an admin approved it for its users: what API Access Control asks for. */
  preAuthorized: boolean;
  /** Whether the refresh flow is enabled. */
  refreshFlow: boolean;
  /** Who is missing an approval, if anybody. */
  approvalMissing: 'nobody' | 'user' | 'admin';
  /** Whether the client's address is outside the ranges that the app allows. */
  ipRestricted: boolean;
  /** The refresh token policy: until revoked, immediately expired, or its time is over. */
  tokenPolicy: 'until-revoked' | 'immediately-expire' | 'validity-expired';
}

export interface AccessToken {
  readonly value: string;
  readonly family: Family;
  /** Milliseconds since 1970. */
  readonly issuedAt: number;
  revoked: boolean;
}

/** One approval of an app by a user: a refresh token, all that it replaced, and their access tokens. */
export interface Family {
  readonly app: App;
  readonly user: User;
  /** What was approved; `undefined` for all that the app has. */
  readonly scopes: readonly string[] | undefined;
  /** `false` where nobody was given a refresh token, since no scope asked for one. */
  readonly lasting: boolean;
  current: string;
  /** Refresh tokens that were replaced, and when (milliseconds since 1970). */
  readonly spent: Map<string, number>;
  readonly accessTokens: AccessToken[];
  revoked: boolean;
}

/** An authorization code: what its owner approved, and what its exchange has to match. */
export interface Code {
  readonly app: App;
  readonly user: User;
  readonly scopes: readonly string[];
  readonly redirectUri: string;
  /** The SHA-256 hash of the code verifier in base64url, as PKCE has it. */
  readonly challenge: string | undefined;
  /** Milliseconds since 1970. */
  readonly issuedAt: number;
  /** A code is good for one try. */
  spent: boolean;
}

export type RefreshTokenState = 'current' | 'spent' | 'revoked' | 'unknown';

/** A refresh as Setup → Login History shows it: with its true cause. */
export interface Login {
  /** Milliseconds since 1970. */
  readonly at: number;
  readonly username: string | undefined;
  /** `success`, or why not. */
  readonly status: string;
}

/** How an org's token responses look. */
export interface Shape {
  /** Without `token_type` and `scope`, as orgs used to answer. */
  old?: boolean;
  /** `instance_url` ends in a slash. */
  trailingSlash?: boolean;
  /** JWT-based access tokens, with `token_format` and `api_instance_url`. */
  jwt?: boolean;
  /** Default: `Bearer`. */
  tokenType?: string;
  /** Experience Cloud: `sfdc_community_url` and `sfdc_community_id`. */
  community?: { readonly url: string; readonly id: string };
  /** Put over the fields of every token response; `undefined` takes one out. */
  fields?: Readonly<Record<string, unknown>>;
}

export interface OrgSettings {
  readonly kind?: OrgKind;
  /** 15 or 18 characters. Default: a new one. */
  readonly id?: string;
  /** Host name. Default: what My Domain `acme` is for an org of this kind. */
  readonly myDomain?: string;
  /** Path of an Experience Cloud site, which has a token endpoint too: `/customers`. */
  readonly sitePath?: string;
  /** How token responses look; may be changed in `org.shape` later. */
  readonly shape?: Shape;
}

/** A deployment by the Metadata API, over as soon as it is there. */
export interface Deployment {
  readonly id: string;
  /** Paths in the zip file that was sent: `classes/Hello.cls`. */
  readonly files: readonly string[];
}
