import { tokenPath } from './salesforce/addresses.ts';
import { type Answer, page } from './salesforce/answers.ts';
import { SignInPages } from './salesforce/authorize.ts';
import type { FaultQueue } from './salesforce/faults.ts';
import { answerMetadataRequest } from './salesforce/metadata.ts';
import type { App, OrgSettings, Rotation, User } from './salesforce/model.ts';
import type { OrgRequest } from './salesforce/requests.ts';
import { answerRestRequest } from './salesforce/rest.ts';
import { type Hold, type Hook, type Moment, OrgServer } from './salesforce/server.ts';
import { answerRevocation, answerUserInfo } from './salesforce/session.ts';
import { OrgState } from './salesforce/state.ts';
import { answerTokenRequest } from './salesforce/token-endpoint.ts';
import type { TlsIdentity } from './tls.ts';

export { authorizePath, tokenPath } from './salesforce/addresses.ts';
export type { Answer } from './salesforce/answers.ts';
export { type Fault, type FaultPlan, fault } from './salesforce/faults.ts';
export { longId } from './salesforce/ids.ts';
export type {
  AccessToken,
  App,
  Family,
  Login,
  OrgKind,
  RefreshTokenState,
  Rotation,
  Shape,
  User,
} from './salesforce/model.ts';
export type { Delivery, OrgRequest } from './salesforce/requests.ts';
export type { Hold, Hook, Moment } from './salesforce/server.ts';

export interface OrgOptions extends OrgSettings {
  /** Of the first app. Default: `none`. */
  readonly rotation?: Rotation;
  /** The rest of the first app. */
  readonly app?: Partial<App>;
  /** The first user. */
  readonly user?: Partial<User>;
  /** What `instance_url` says. Default: the server's own address. */
  readonly instanceUrl?: string;
  /** Serve https with this certificate. Default: http. */
  readonly tls?: TlsIdentity;
}

/** A server on loopback that behaves as Salesforce does for one org, with one user and one app. */
export async function startOrg(options: OrgOptions = {}): Promise<SalesforceOrg> {
  const org = new SalesforceOrg(options);
  await org.listen(options.instanceUrl);
  return org;
}

/** The running org; made by `startOrg`. */
export class SalesforceOrg extends OrgState {
  /** The app that is there from the start. */
  readonly app: App;
  /** The user who is there from the start. */
  readonly user: User;
  readonly #server: OrgServer;
  readonly #inFlight = new Set<string>();
  readonly #signInPages = new SignInPages(this);

  constructor(options: OrgOptions) {
    super(options);
    this.app = this.addApp({ rotation: options.rotation ?? 'none', ...options.app });
    this.user = this.addUser(options.user);
    this.#server = new OrgServer((request, work) => this.#answer(request, work), options.tls);
  }

  /** Starts to listen; `startOrg` does that. */
  async listen(instanceUrl?: string): Promise<void> {
    await this.#server.listen();
    this.instanceUrl = instanceUrl ?? this.url;
  }

  /** `http://127.0.0.1:<port>`, or with https. */
  get url(): string {
    return this.#server.url;
  }

  get port(): number {
    return this.#server.port;
  }

  /** Everything that arrived, in order. */
  get requests(): readonly OrgRequest[] {
    return this.#server.requests;
  }

  /** The requests to the token endpoint. */
  get tokenRequests(): readonly OrgRequest[] {
    return this.requests.filter(({ path }) => path.endsWith(tokenPath));
  }

  /** How many TCP connections are open now. */
  get openConnections(): number {
    return this.#server.openConnections;
  }

  /** Closes every connection, as a server does with those that were idle for too long. */
  breakConnections(): void {
    this.#server.breakConnections();
  }

  /** How many TCP connections were opened, failed TLS handshakes among them. */
  get connections(): number {
    return this.#server.connections;
  }

  /** What is to go wrong. */
  get faults(): FaultQueue {
    return this.#server.faults;
  }

  /** Runs a hook for every request, until the function that it gives is called. */
  onRequest(hook: Hook, when: Moment = 'before'): () => void {
    return this.#server.onRequest(hook, when);
  }

  /** Keeps the next request to the path waiting, by default a refresh while its token is in flight. */
  hold(path = tokenPath, when: Moment = 'during'): Hold {
    return this.#server.hold(path, when);
  }

  /** Ends every connection. Throws what a hook threw. May be called more than once. */
  async close(): Promise<void> {
    await this.#server.close();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  async #answer(request: OrgRequest, work: () => Promise<void>): Promise<Answer> {
    const { path } = request;
    if (path === tokenPath || path === this.sitePath + tokenPath) {
      return await answerTokenRequest(this, this.#inFlight, request, work);
    }
    await work();
    if (path === '/services/oauth2/userinfo' || /^\/id\/\w+\/\w+$/.test(path)) {
      return answerUserInfo(this, request);
    }
    if (path === '/services/oauth2/revoke') {
      return answerRevocation(this, request);
    }
    if (
      /^\/+services\/data(\/|$)/.test(path) &&
      !/^(login|test)\.salesforce\.com$/.test(request.host)
    ) {
      return answerRestRequest(this, request);
    }
    if (/^\/+services\/Soap\/m\/\d+\.\d$/.test(path)) {
      return answerMetadataRequest(this, request);
    }
    return (
      this.#signInPages.answer(request) ??
      page(404, 'Page not found', 'The page you are looking for does not exist.')
    );
  }
}
