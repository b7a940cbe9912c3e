/** Which hosts may see a token. Pure rules on parsed names; the names are those that Salesforce serves. */

import { hasUnprintable, looksSecret, quoted } from '../errors/text.ts';
import { type AllowedHosts, areLabels } from './allowed-hosts.ts';
import { HostRefusal } from './host-refusal.ts';

/** The path of the token endpoint, below a host or an Experience Cloud site. */
export const tokenPath = '/services/oauth2/token';

/** The login URL of a token endpoint; that of a site has a path. */
export function siteOf({ origin, pathname }: URL): string {
  return origin + pathname.slice(0, -tokenPath.length);
}

/** A checked address, and what the user should know about it. */
export interface CheckedUrl {
  readonly url: URL;
  /** The host was rewritten to the one that serves OAuth and the API: from which. */
  readonly rewrittenFrom?: string;
  /** An instance host (`na139.salesforce.com`), which Salesforce blocks from Spring '27. */
  readonly deprecated: boolean;
}

/** Where anybody of Salesforce signs in; they serve OAuth alone, never the data API. */
const loginHosts: ReadonlySet<string> = new Set([
  'login.salesforce.com',
  'test.salesforce.com',
  'login.sfcrmproducts.cn',
  'test.sfcrmproducts.cn',
]);
const myDomainSuffixes = [
  '.my.salesforce.com',
  '.my-salesforce.com',
  '.my.salesforce.mil',
  '.my.sfcrmproducts.cn',
];
const instanceHost = /^[a-z]{2,4}\d+\.salesforce\.com$/;
const loopbackHosts: ReadonlySet<string> = new Set(['127.0.0.1', '[::1]', 'localhost']);

/** Hosts of the user interface, and the My Domain hosts that serve OAuth and the API for them. */
const rewrites: readonly (readonly [from: string, to: string])[] = [
  ['.lightning.force.com', '.my.salesforce.com'],
  ['.lightning.crmforce.mil', '.my.salesforce.mil'],
  ['.lightning.sfcrmapps.cn', '.my.sfcrmproducts.cn'],
  ['.my.salesforce-setup.com', '.my.salesforce.com'],
  ['.my-lightning.com', '.my-salesforce.com'],
];

/** Which rule lets a token go to a host, in words; undefined where none does. */
export function ruleFor(host: string, allowed: AllowedHosts): string | undefined {
  if (allowed.has(host)) {
    return '`allowed-hosts` names it';
  }
  if (loginHosts.has(host)) {
    return 'it is a login host of Salesforce';
  }
  if (instanceHost.test(host)) {
    return 'it is an instance host of Salesforce';
  }
  const suffix = myDomainSuffixes.find((end) => hasLabelsBefore(host, end));
  return suffix && `it is a My Domain host of Salesforce (${suffix})`;
}

/** At least one well-formed label stands before the suffix. */
function hasLabelsBefore(host: string, suffix: string): boolean {
  return host.endsWith(suffix) && areLabels(host.slice(0, -suffix.length));
}

/**
 * Whether a token may go to this URL's host over this scheme; a host of the user interface is
 * rewritten to the one that serves the API.
 * @param text the URL as it was written, for messages
 * @throws HostRefusal `untrusted`
 */
export function checkHost(given: URL, allowed: AllowedHosts, text = given.href): CheckedUrl {
  const url = new URL(given);
  const rewrite = rewrites.find(([from]) => hasLabelsBefore(url.hostname, from));
  if (rewrite) {
    url.hostname = url.hostname.slice(0, -rewrite[0].length) + rewrite[1];
  }
  const host = url.hostname;
  const plain = url.protocol === 'http:' && allowed.has(host) && loopbackHosts.has(host);
  if (url.protocol !== 'https:' && !plain) {
    throw new HostRefusal(
      'untrusted',
      `${shown(`${given.protocol}//${asWritten(given.hostname, text)}`)} is not https.`,
      'Use https. Plain http is only taken on a loopback host that `allowed-hosts` names.',
    );
  }
  if (ruleFor(host, allowed) === undefined) {
    throw new HostRefusal(
      'untrusted',
      `${shown(asWritten(host, text))} is not a host that Salesforce is known to serve.`,
    );
  }
  return {
    url,
    deprecated: instanceHost.test(host),
    ...(rewrite && { rewrittenFrom: given.hostname }),
  };
}

/** In quotation marks, unless it looks like a secret that was pasted here, which nobody has masked. */
function shown(text: string): string {
  return looksSecret(text) ? `${quoted(text)},` : `“${text}”`;
}

/**
 * The host in the letters that it was written in. What was pasted by mistake can be a secret: the runner
 * hides it as it was stored, and URLs have their hosts in lower case.
 */
function asWritten(host: string, text: string): string {
  const start = text.toLowerCase().indexOf(host);
  return start < 0 ? host : text.slice(start, start + host.length);
}

/** Whether a text is an address at an allowed host, spelt as URLs are, with a path and nothing else. */
export function isAllowedAddress(text: string, allowed: AllowedHosts): boolean {
  const url = URL.parse(text);
  if (url === null || url.origin + url.pathname !== text) {
    return false;
  }
  try {
    return checkHost(url, allowed).rewrittenFrom === undefined;
  } catch {
    return false;
  }
}

/** Parses a URL or a bare host, and refuses everything in it that could hide where it really goes. */
function parseUrl(text: string): URL {
  if (/[\s\\]/.test(text) || hasUnprintable(text)) {
    throw new HostRefusal('malformed', 'It holds white space, a backslash or a control character.');
  }
  if (/[@?#]/.test(text)) {
    throw new HostRefusal(
      'malformed',
      'It holds user info, a query or a fragment (“@”, “?”, “#”).',
    );
  }
  const url = URL.parse(/^[A-Za-z][A-Za-z0-9+.-]*:\/\//.test(text) ? text : `https://${text}`);
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
  const checked = checkHost(parseUrl(text), allowed, text);
  const { url } = checked;
  const path = url.pathname.replace(/\/+$/, '');
  const site = path.endsWith(tokenPath) ? path.slice(0, -tokenPath.length) : path;
  if (site !== '' && !allowed.has(url.hostname)) {
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
  if (location === '' || target === null || location.includes('\\') || hasUnprintable(location)) {
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
 * Login hosts never serve the data API, so they are refused here.
 * @returns the origin alone as `url`
 * @throws HostRefusal
 */
export function parseInstanceUrl(text: string, allowed: AllowedHosts): CheckedUrl {
  const checked = checkHost(parseUrl(text), allowed, text);
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
 * subdomains, Government Cloud's `https://api.gov.salesforce.com`, or a host that is good enough for
 * an instance URL.
 * @throws HostRefusal
 */
export function parseApiInstanceUrl(text: string, allowed: AllowedHosts): URL {
  const url = parseUrl(text);
  const known =
    url.hostname === 'api.gov.salesforce.com' ||
    hasLabelsBefore(`x.${url.hostname}`, '.api.salesforce.com');
  return known && url.protocol === 'https:' && url.pathname === '/'
    ? url
    : parseInstanceUrl(text, allowed).url;
}

/** What to say about a host such as `na139.salesforce.com`. */
export function instanceHostWarning(host: string): string {
  return `${host} is an instance host, and Salesforce blocks those from Spring '27: use the My Domain host (Setup → My Domain).`;
}
