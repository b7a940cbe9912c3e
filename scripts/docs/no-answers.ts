import type { OwnCode } from '../../src/errors/catalogue.ts';
import { connectionFailure, type NoAnswer } from '../../src/errors/connection.ts';

/** A paragraph for each cause of a code; undefined for a code that has no such causes. */
export function noAnswersOf(code: OwnCode): string[] | undefined {
  const causes = Object.keys(noAnswers)
    .filter(isNoAnswer)
    .filter((cause) => noAnswers[cause] === code);
  return causes.length === 0 ? undefined : causes.map(noAnswer);
}

/** What can keep an answer from coming, each with the code that it ends in. */
const noAnswers = {
  name_unknown: 'network_error',
  name_not_looked_up: 'network_error',
  refused: 'network_error',
  unreachable: 'network_error',
  cut: 'network_error',
  closed: 'network_error',
  broken_off: 'network_error',
  proxy_refused: 'network_error',
  proxy_unreachable: 'network_error',
  untrusted: 'tls_error',
  no_tls: 'tls_error',
  not_connected: 'timeout',
  not_answered: 'timeout',
  time_up: 'timeout',
} as const satisfies Partial<Record<NoAnswer, OwnCode>>;

function isNoAnswer(text: string): text is keyof typeof noAnswers {
  return Object.hasOwn(noAnswers, text);
}

function noAnswer(cause: keyof typeof noAnswers): string {
  const limit = cause === 'not_connected' ? 'a third' : 'half';
  const { what, fix, why } = connectionFailure(cause, {
    host: 'acme.my.salesforce.com',
    service: 'login',
    sent: ['closed', 'broken_off', 'not_answered', 'time_up'].includes(cause),
    detail: details[cause] ?? '',
    proxy: 'proxy.acme.example:3128',
    within:
      cause === 'time_up'
        ? '`timeout-seconds` (60)'
        : `${limit === 'half' ? 15 : 10} s, ${limit} of \`timeout-seconds\` (30)`,
    longerHelps: true,
  });
  return `**“${what.replace(/\.$/, '')}”.** ${[fix, why ?? ''].join(' ').trim()}`;
}

/** What Node, or the proxy, says with it. */
const details: Readonly<Partial<Record<NoAnswer, string>>> = {
  name_unknown: 'ENOTFOUND',
  name_not_looked_up: 'EAI_AGAIN',
  refused: 'ECONNREFUSED',
  unreachable: 'ENETUNREACH',
  cut: 'ECONNRESET',
  proxy_refused: '407',
  proxy_unreachable: 'connect ECONNREFUSED 192.0.2.1:3128',
  untrusted: 'self-signed certificate in certificate chain (SELF_SIGNED_CERT_IN_CHAIN)',
  no_tls: 'EPROTO',
};
