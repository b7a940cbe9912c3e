import { createServer } from 'node:net';
import { startProxy } from '../../__tests__/support/proxy.ts';
import { runAction } from '../../__tests__/support/runner.ts';
import { type Fault, fault, startOrg } from '../../__tests__/support/salesforce-org.ts';
import { table } from './table.ts';

const timeoutSeconds = 6;

/** How long a step takes to give up, for each thing that can go wrong on the way, against its limit. */
export async function patience(home: string): Promise<string> {
  await using org = await startOrg();
  const step = async (inputs: Readonly<Record<string, string | number>>, env = {}) =>
    await runAction({
      inputs: {
        'refresh-token': org.newRefreshToken(),
        'client-id': org.app.clientId,
        'login-url': org.url,
        'allowed-hosts': '127.0.0.1',
        'timeout-seconds': timeoutSeconds,
        ...inputs,
      },
      env: { HOME: home, ...env },
    });
  const withFault = async (does: Fault) => {
    org.faults.push({ does, count: 99 });
    const result = await step({});
    org.faults.clear();
    return result;
  };
  const throughProxy = async (url: string) =>
    await step({ 'login-url': 'https://acme.my.salesforce.com' }, { https_proxy: url });
  await using silent = await startProxy({ mode: 'silent' });
  const gone = await freePort();

  const cases = [
    ['nobody listens', () => step({ 'login-url': `http://127.0.0.1:${gone}` })],
    ['the server never answers', () => withFault(fault.silence())],
    ['the answer drips, a byte a second', () => withFault(fault.dripBody(1000))],
    ['its head drips', () => withFault(fault.dripHead(1000))],
    ['an answer without end', () => withFault(fault.endless())],
    ['the connection is reset', () => withFault(fault.reset())],
    ['down for maintenance (503)', () => withFault(fault.page(503))],
    ['nobody listens at the proxy', () => throughProxy(`http://127.0.0.1:${gone}`)],
    ['the proxy never answers', () => throughProxy(silent.url)],
  ] as const;
  const rows: string[][] = [];
  for (const [what, run] of cases) {
    const { ms, outputs } = await run();
    rows.push([what, `\`${outputs['error-code']}\``, `${(ms / 1000).toFixed(1)} s`]);
  }
  return table([`with \`timeout-seconds: ${timeoutSeconds}\``, 'ends as', 'after'], rows);
}

/** A port that nobody listens on. */
async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  return address !== null && typeof address === 'object' ? address.port : 9;
}
