import { checkHost, type Explanation, nothingSent, untrusted } from './catalogue.ts';

/** What kept an answer from coming, each a cause of its own. */
export type NoAnswer =
  | 'name_unknown'
  | 'name_not_looked_up'
  | 'refused'
  | 'cut'
  | 'broken_off'
  | 'closed'
  | 'unreachable'
  | 'proxy_refused'
  | 'proxy_unreachable'
  | 'untrusted'
  | 'no_tls'
  | 'not_connected'
  | 'not_answered'
  | 'time_up'
  | 'cancelled'
  | 'too_long'
  | 'other';

/** A request that got no answer, in words that are safe to print. */
export interface Connection {
  /** Host, and port where it is not the usual one. */
  readonly host: string;
  readonly service: 'login' | 'org' | 'github';
  /** Whether the request had left this machine. */
  readonly sent: boolean;
  /** Node's words or code; empty where there are none. */
  readonly detail: string;
  /** Host and port of the proxy; empty where there is none. */
  readonly proxy: string;
  /** How long was waited, and which limit that is: `10 s, the limit for connecting`. */
  readonly within: string;
  /** A longer `timeout-seconds` would have waited longer. */
  readonly longerHelps: boolean;
}

type Texts = Explanation & { readonly what: string };

/** What happened to a connection, and what to do about it. */
export function connectionFailure(cause: NoAnswer, about: Connection): Texts {
  const { host, service, sent, detail, proxy, within, longerHelps } = about;
  const code = detail === '' ? '' : ` (${detail})`;
  const statusPage =
    service === 'github' ? 'https://www.githubstatus.com' : 'https://status.salesforce.com';
  const name =
    service === 'login'
      ? 'Check `login-url` for a typo (Setup → My Domain shows the name). If it is right, check'
      : 'Check';
  const again = `Run the job again. If it happens again, look for a firewall or a proxy that cuts connections to ${host}, and at ${statusPage}.`;
  const notSent = service === 'org' ? ' The access token was not sent.' : ` ${nothingSent}`;
  const needsProxy = 'and whether its network demands a proxy (`https_proxy`).';
  const patience = longerHelps ? ', or raise `timeout-seconds`' : '';
  const later = `Check ${statusPage}, then run the job again${patience}.`;
  switch (cause) {
    case 'name_unknown':
      return {
        what: `There is no host ${host}: the name does not resolve${code}.`,
        fix: `${name} the DNS of the runner, ${needsProxy}`,
      };
    case 'name_not_looked_up':
      return {
        what: `The name ${host} could not be looked up: the DNS server of the runner gave no answer${code}.`,
        fix: `Run the job again. If it happens again, check the DNS of the runner, ${needsProxy}`,
      };
    case 'refused':
      return {
        what: `${host} refused the connection${code}.`,
        fix: `Check ${service === 'login' ? 'the host and the port in `login-url`, ' : ''}the firewall of the runner's network, and ${statusPage}; then run the job again.`,
      };
    case 'cut':
      return {
        what: `The connection to ${host} was cut ${sent ? 'after the request was sent, before its answer came' : 'before the request was sent'}${code}.`,
        fix: again,
      };
    case 'broken_off':
      return { what: `The answer of ${host} broke off in the middle.`, fix: again };
    case 'closed':
      return { what: `${host} closed the connection without an answer.`, fix: again };
    case 'unreachable':
      return {
        what: `The runner's network has no way to ${host}${code}.`,
        fix: `Check the firewall, the routes and the VPN of the runner, ${needsProxy}`,
      };
    case 'proxy_refused':
      return {
        what: `The proxy ${proxy} refused to connect to ${host} (HTTP ${detail}).`,
        fix:
          detail === '407'
            ? 'The proxy wants a user name and a password: set `https_proxy` to `http://user:password@host:port`.'
            : `Have ${host} allowed on the proxy; or, if the runner can reach it without, name it in \`no_proxy\`.`,
      };
    case 'proxy_unreachable':
      return {
        what: `Could not connect to the proxy ${proxy}: ${detail}.`,
        fix: 'Check `https_proxy`, which names the proxy, and whether the runner can reach it.',
      };
    case 'untrusted':
      return {
        what: `The runner does not trust the certificate of ${host}: ${detail}.`,
        fix: untrusted.fix + notSent,
        why: untrusted.why,
      };
    case 'no_tls':
      return {
        what: `${host} and the runner could not agree on a TLS connection${code}.`,
        fix: `Check the host and the port, and the proxy of the runner.${notSent}`,
      };
    case 'not_connected':
      return {
        what: `${host} accepted no connection within ${within}.`,
        fix: `Check the firewall and the proxy of the runner, and ${statusPage}; then run the job again${patience}.`,
      };
    case 'not_answered':
      return {
        what: `${host} took the request and gave no complete answer within ${within}.`,
        fix: later,
      };
    case 'time_up':
      return {
        what: `${host} had given no ${sent ? 'complete answer' : 'connection'} when ${within} was over.`,
        fix: later,
      };
    case 'cancelled':
      return {
        what: `The run was cancelled before ${host} answered.`,
        fix: 'Start the job again.',
      };
    case 'too_long':
      return {
        what: `The answer of ${host} is longer than 1 MiB.`,
        fix: checkHost,
      };
    case 'other':
      return {
        what: `${sent ? `${host} gave no complete answer` : `${host} could not be reached`}: ${detail}.`,
        fix: again,
      };
  }
}
