import { nobody } from '../../__tests__/support/nobody.ts';
import { proxiedScene } from '../../__tests__/support/proxied-scene.ts';
import type { ProxyOptions } from '../../__tests__/support/proxy.ts';
import { refreshScene } from '../../__tests__/support/refresh-scene.ts';
import { type Fault, fault } from '../../__tests__/support/salesforce-org.ts';
import { type TestCertificates, testCertificates } from '../../__tests__/support/tls.ts';
import { atOrg, type Group, type Scenario, type Step } from './scenario.ts';

const withFault = (what: string, does: Fault, inputs: NonNullable<Step['inputs']> = {}): Scenario =>
  atOrg(what, ({ org }) => {
    org.faults.push({ does, count: 9 });
    return { inputs };
  });

/** An org behind a proxy, as login.salesforce.com. */
function behindProxy(
  what: string,
  options: ProxyOptions,
  address?: (url: URL) => string,
): Scenario {
  return {
    what,
    provoke: async (after) => {
      const { proxy, run } = await proxiedScene(after, options);
      const env = address && { https_proxy: address(new URL(proxy.url)) };
      return await run({ retries: 0, 'timeout-seconds': 3 }, env);
    },
  };
}

function withCertificate(what: string, flaw: 'untrusted' | 'expired' | 'wrongName'): Scenario {
  return {
    what,
    provoke: async (after) => {
      const certificates: TestCertificates = await testCertificates();
      const { run } = await refreshScene(after, { tls: certificates[flaw] });
      return await run({ retries: 0 }, { NODE_EXTRA_CA_CERTS: certificates.caFile });
    },
  };
}

const unreachable: Group = {
  title: 'The host is not reached',
  scenarios: [
    atOrg("The host's name does not resolve", () => ({
      inputs: { 'login-url': 'https://salesforce.invalid', 'allowed-hosts': 'salesforce.invalid' },
      env: { https_proxy: undefined },
    })),
    atOrg('Nothing listens on the host', () => ({ inputs: { 'login-url': nobody } })),
    atOrg('The proxy is not there', () => ({ inputs: { 'login-url': '' } })),
    behindProxy('The proxy does not let it through', { mode: { refuse: 403 } }),
    behindProxy(
      'The proxy wants a password',
      { auth: { username: 'ci', password: 'x' } },
      ({ host }) => `http://${host}`,
    ),
    behindProxy(
      'The proxy wants another password',
      { auth: { username: 'ci', password: 'x' } },
      ({ host }) => `http://ci:y@${host}`,
    ),
    behindProxy('The proxy never answers', { mode: 'silent' }),
    behindProxy('The proxy hangs up', { mode: 'hang-up' }),
    withCertificate('Nobody knows who signed the certificate', 'untrusted'),
    withCertificate('The certificate is over', 'expired'),
    withCertificate('The certificate is for another host', 'wrongName'),
    atOrg('The server does not speak TLS', ({ org }) => ({
      inputs: { 'login-url': `https://127.0.0.1:${org.port}` },
    })),
  ],
};

const noAnswer: Group = {
  title: 'No answer comes, or a broken one',
  scenarios: [
    withFault('The connection is reset', fault.reset()),
    withFault('The connection is closed', fault.close()),
    withFault('The answer breaks off', fault.breakOff()),
    withFault('No answer comes', fault.silence(), { 'timeout-seconds': 1 }),
    withFault('No answer comes, and too little time is left for another attempt', fault.silence(), {
      'timeout-seconds': 1,
      retries: 3,
    }),
    withFault('The answer drips', fault.dripBody(400), { 'timeout-seconds': 1 }),
    withFault('The answer never ends', fault.endless()),
    withFault('The connection is reset, and the app rotates', fault.reset(), { rotates: true }),
    withFault('A page with HTTP 500, and the app rotates', fault.page(500), { rotates: true }),
    withFault('A sign-in page, and the app rotates', fault.answer(200, '<html>Sign in</html>'), {
      rotates: true,
    }),
  ],
};

const strange: Group = {
  title: 'Something else answers',
  scenarios: [
    withFault('A sign-in page', fault.answer(200, '<html>Sign in</html>')),
    withFault('An empty body', fault.answer(200, '')),
    withFault('JSON without a token', fault.answer(200, { status: 'ok' })),
    withFault('HTTP 404', fault.page(404)),
    withFault('HTTP 403', fault.page(403)),
    withFault('HTTP 420, a host that is not ready', fault.page(420)),
    withFault('HTTP 429', fault.tooMany()),
    withFault('HTTP 429 that asks for ten minutes', fault.tooMany(600), { retries: 3 }),
    withFault('HTTP 503, maintenance', fault.page(503)),
    withFault('HTTP 503, three times', fault.page(503, { 'retry-after': '1' }), { retries: 2 }),
    withFault(
      'A redirect to a stranger',
      fault.redirect('https://evil.example/services/oauth2/token'),
    ),
    withFault('A redirect to another page', fault.redirect('https://acme.my.salesforce.com/login')),
    atOrg('A second redirect', ({ org }) => {
      org.faults.push({ does: fault.redirect(`${org.url}/services/oauth2/token`), count: 2 });
    }),
  ],
};

export const networkGroups: readonly Group[] = [unreachable, noAnswer, strange];
