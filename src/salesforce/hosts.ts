/** Which hosts may see a token. Pure rules; sources: facts of Salesforce's host names, see ARCHITECTURE.md. */

/** The path of the token endpoint, below a host or an Experience Cloud site. */
export const tokenPath = '/services/oauth2/token';

/** What `allowed-hosts` adds: exact host names, and suffixes (`.example.com`) that stand for subdomains. */
export interface AllowedHosts {
  readonly exact: ReadonlySet<string>;
  readonly suffixes: readonly string[];
}

/** A rule broken: the text is no such URL (`malformed`), or its host may not see a token (`untrusted`). */
export class HostRefusal extends Error {
  readonly kind: 'malformed' | 'untrusted';
  readonly fix: string | undefined;

  constructor(kind: HostRefusal['kind'], message: string, fix?: string) {
    super(message);
    this.name = 'HostRefusal';
    this.kind = kind;
    this.fix = fix;
  }
}

/** Applies a rule, and turns its refusal into what to throw instead; other errors stay as they are. */
export function orRefuse<T>(rule: () => T, refused: (refusal: HostRefusal) => Error): T {
  try {
    return rule();
  } catch (error) {
    throw error instanceof HostRefusal ? refused(error) : error;
  }
}

/** A checked address, and what the user should know about it. */
export interface CheckedUrl {
  readonly url: URL;
  /** The host was rewritten to the one that serves OAuth and the API: from which. */
  readonly rewrittenFrom?: string;
  /** An instance host (`na139.salesforce.com`), which Salesforce blocks from Spring '27. */
  readonly deprecated: boolean;
}

const loginHosts: ReadonlySet<string> = new Set(['login.salesforce.com', 'test.salesforce.com']);
const myDomainSuffixes = ['.my.salesforce.com', '.my.salesforce.mil', '.my.sfcrmproducts.cn'];
const instanceHost = /^[a-z]{2,4}\d+\.salesforce\.com$/;
const loopbackHosts: ReadonlySet<string> = new Set(['127.0.0.1', '[::1]', 'localhost']);

/** Hosts of the user interface, and the My Domain hosts that serve OAuth and the API for them. */
const rewrites: readonly (readonly [from: string, to: string])[] = [
  ['.lightning.force.com', '.my.salesforce.com'],
  ['.lightning.crmforce.mil', '.my.salesforce.mil'],
  ['.lightning.sfcrmapps.cn', '.my.sfcrmproducts.cn'],
  ['.my.salesforce-setup.com', '.my.salesforce.com'],
];

/**
 * Salesforce's domains: every customer has names there, also below `sandbox.my.site.com`,
 * `cs1.force.com` and the like, so no wildcard is taken at or below them.
 */
const salesforceDomains = [
  'force.com',
  'site.com',
  'salesforce.com',
  'salesforce-sites.com',
  'salesforce-scrt.com',
  'salesforce-experience.com',
  'salesforce-setup.com',
  'salesforce.mil',
  'crmforce.mil',
  'sfcrmapps.cn',
  'sfcrmproducts.cn',
  'visualforce.com',
  'documentforce.com',
  'cloudforce.com',
  'database.com',
];

/**
 * Other suffixes under which strangers get names: a wildcard over them trusts everybody. Single
 * labels (`com`) and registries of countries (`co.uk`) are refused by rule, these by name.
 */
const sharedSuffixes: ReadonlySet<string> = new Set([
  'herokuapp.com',
  'github.io',
  'githubpreview.dev',
  'app.github.dev',
  'githubusercontent.com',
  'amazonaws.com',
  'cloudfront.net',
  'azurewebsites.net',
  'windows.net',
  'azurefd.net',
  'appspot.com',
  'run.app',
  'web.app',
  'firebaseapp.com',
  'workers.dev',
  'pages.dev',
  'vercel.app',
  'netlify.app',
  'ngrok.io',
  'ngrok.app',
  'ngrok-free.app',
  'trycloudflare.com',
  'nip.io',
  'sslip.io',
]);
const countryRegistry = /^(ac|co|com|edu|go|gob|gov|gv|mil|ne|net|or|org)\.[a-z]{2}$/;

/**
 * Reads `allowed-hosts`: `host` or `*.host`, separated by commas, spaces or lines.
 * @throws HostRefusal naming the entry
 */
export function parseAllowedHosts(text: string): AllowedHosts {
  const exact = new Set<string>();
  const suffixes: string[] = [];
  for (const entry of text.split(/[\s,]+/).filter((part) => part !== '')) {
    const wildcard = entry.startsWith('*');
    const name = hostName(entry.replace(/^\*\.?/, ''));
    if (entry === '*' || (wildcard && name !== undefined && isShared(name))) {
      throw new HostRefusal(
        'untrusted',
        `“${entry}” would trust hosts on which strangers can put pages of their own.`,
        'Name the hosts themselves, or a wildcard over a domain that only you hold.',
      );
    }
    if (name === undefined || (wildcard && !entry.startsWith('*.'))) {
      throw new HostRefusal(
        'malformed',
        `“${entry}” is not a host name.`,
        'Write the bare host (`host.example.com`, any port) or `*.host.example.com`, without `https://`, port or path.',
      );
    }
    if (wildcard) {
      suffixes.push(`.${name}`);
    } else {
      exact.add(name);
    }
  }
  return { exact, suffixes };
}

/** The host name as URLs have it (lower case, punycode, IPv4 in four parts), or undefined if it is none. */
function hostName(text: string): string | undefined {
  const bracketed = text === '::1' ? '[::1]' : text;
  if (!/^(\[[0-9a-f:.]+\]|[^\s/\\@:?#*%[\]]+)$/i.test(bracketed)) {
    return undefined;
  }
  // Looked at as parsed: other scripts have full stops of their own.
  const name = URL.parse(`https://${bracketed}`)?.hostname ?? '';
  return areLabels(name) ? name : undefined;
}

/** Labels between single dots, none of them empty. */
function areLabels(name: string): boolean {
  return name.split('.').every((label) => label !== '');
}

function isShared(name: string): boolean {
  return (
    !name.includes('.') ||
    /(^|\.)[0-9]+$/.test(name) ||
    name.startsWith('[') ||
    countryRegistry.test(name) ||
    salesforceDomains.some((domain) => `.${name}`.endsWith(`.${domain}`)) ||
    sharedSuffixes.has(name)
  );
}

/** Whether the user named this host; the only way for loopback, plain http and paths. */
function isListed(host: string, allowed: AllowedHosts): boolean {
  return (
    allowed.exact.has(host) ||
    allowed.suffixes.some(
      (suffix) => host.endsWith(suffix) && areLabels(host.slice(0, -suffix.length)),
    )
  );
}

function isSalesforceHost(host: string): boolean {
  return (
    loginHosts.has(host) ||
    myDomainSuffixes.some((suffix) => hasLabelsBefore(host, suffix)) ||
    instanceHost.test(host)
  );
}

/** At least one well-formed label stands before the suffix. */
function hasLabelsBefore(host: string, suffix: string): boolean {
  return host.endsWith(suffix) && /^[a-z0-9-]+(\.[a-z0-9-]+)*$/.test(host.slice(0, -suffix.length));
}

/**
 * Whether a token may go to this URL's host over this scheme; a host of the user interface is
 * rewritten to the one that serves the API.
 * @throws HostRefusal `untrusted`
 */
export function checkHost(given: URL, allowed: AllowedHosts): CheckedUrl {
  const url = new URL(given);
  const rewrite = rewrites.find(([from]) => hasLabelsBefore(url.hostname, from));
  if (rewrite) {
    url.hostname = url.hostname.slice(0, -rewrite[0].length) + rewrite[1];
  }
  const host = url.hostname;
  const listed = isListed(host, allowed);
  if (
    url.protocol !== 'https:' &&
    !(url.protocol === 'http:' && listed && loopbackHosts.has(host))
  ) {
    throw new HostRefusal(
      'untrusted',
      `“${given.protocol}//${given.hostname}” is not https.`,
      'Use https. Plain http is only taken on a loopback host that `allowed-hosts` names.',
    );
  }
  if (!listed && !isSalesforceHost(host)) {
    throw new HostRefusal(
      'untrusted',
      `“${host}” is not a host that Salesforce is known to serve.`,
    );
  }
  return {
    url,
    deprecated: instanceHost.test(host),
    ...(rewrite && { rewrittenFrom: given.hostname }),
  };
}

/** Parses a URL or a bare host, and refuses everything in it that could hide where it really goes. */
function parseUrl(text: string): URL {
  if (/[\s\\\p{C}]/u.test(text)) {
    throw new HostRefusal('malformed', 'It holds white space, a backslash or a control character.');
  }
  if (/[@?#]/.test(text)) {
    throw new HostRefusal(
      'malformed',
      'It holds user info, a query or a fragment (“@”, “?”, “#”).',
    );
  }
  const url = URL.parse(/^[a-z][a-z0-9+.-]*:\/\//i.test(text) ? text : `https://${text}`);
  if (url === null || url.hostname === '') {
    throw new HostRefusal('malformed', 'It is neither a URL nor a host name.');
  }
  if (url.protocol !== 'https:' && url.protocol !== 'http:') {
    throw new HostRefusal('malformed', `Its scheme “${url.protocol}” is not https.`);
  }
  return url;
}

/**
 * Where to refresh: `login-url` as it was given (URL or bare host) → the token endpoint.
 * @throws HostRefusal
 */
export function parseLoginUrl(text: string, allowed: AllowedHosts): CheckedUrl {
  const checked = checkHost(parseUrl(text), allowed);
  const { url } = checked;
  const site = url.pathname.replace(/\/+$/, '').replace(/\/services\/oauth2\/token$/, '');
  if (site !== '' && !isListed(url.hostname, allowed)) {
    throw new HostRefusal(
      'malformed',
      'It has a path, and only an Experience Cloud site on a host in `allowed-hosts` can have one.',
      `Write it without a path: \`https://${url.host}\`.`,
    );
  }
  url.pathname = site + tokenPath;
  return checked;
}

/**
 * Where a redirect of the token endpoint leads. The path must be exactly the token endpoint's: a
 * longer one that merely ends so can be customer code (`/services/apexrest/…`).
 * @throws HostRefusal
 */
export function parseRedirect(location: string, from: URL, allowed: AllowedHosts): CheckedUrl {
  const target = URL.parse(location, from.href);
  if (location === '' || target === null || /[\\\p{C}]/u.test(location)) {
    throw new HostRefusal('malformed', 'The redirect leads nowhere: its address is no URL.');
  }
  const checked = checkHost(target, allowed);
  if (checked.url.href !== checked.url.origin + tokenPath) {
    throw new HostRefusal(
      'untrusted',
      `The redirect to “${target.hostname}” does not lead to a token endpoint (${tokenPath}).`,
    );
  }
  return checked;
}

/**
 * Where later steps will send the access token: the `instance_url` of a token response.
 * `login.` and `test.` never serve the data API, so they are refused here.
 * @returns the origin alone as `url`
 * @throws HostRefusal
 */
export function parseInstanceUrl(text: string, allowed: AllowedHosts): CheckedUrl {
  const checked = checkHost(parseUrl(text), allowed);
  if (loginHosts.has(checked.url.hostname)) {
    throw new HostRefusal('untrusted', `“${checked.url.hostname}” never serves the data API.`);
  }
  if (checked.url.pathname !== '/') {
    throw new HostRefusal('malformed', 'It has a path, and an instance URL is a host alone.');
  }
  return checked;
}

/**
 * The `api_instance_url` beside a JWT-based token: `https://api.salesforce.com`, one of its
 * subdomains, or a host that is good enough for an instance URL.
 * @throws HostRefusal
 */
export function parseApiInstanceUrl(text: string, allowed: AllowedHosts): URL {
  const url = parseUrl(text);
  const known =
    url.protocol === 'https:' && hasLabelsBefore(`x.${url.hostname}`, '.api.salesforce.com');
  return known && url.pathname === '/' ? url : parseInstanceUrl(text, allowed).url;
}
