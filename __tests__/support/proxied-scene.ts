import { type ProxyOptions, startProxy, type TestProxy } from './proxy.ts';
import { type RefreshScene, refreshScene } from './refresh-scene.ts';
import type { OrgOptions } from './salesforce-org.ts';
import { testCertificates } from './tls.ts';
import type { AfterTest } from './token-branch-scene.ts';

/** An org that is only to be reached through a proxy, as login.salesforce.com. */
export interface ProxiedScene extends RefreshScene {
  readonly proxy: TestProxy;
}

/** Makes the scene; org and proxy go with the test. */
export async function proxiedScene(
  t: AfterTest,
  proxyOptions: ProxyOptions = {},
  orgOptions: OrgOptions = {},
): Promise<ProxiedScene> {
  const { caFile, key, cert } = await testCertificates();
  const instanceUrl = 'https://acme.my.salesforce.com';
  const scene = await refreshScene(t, { tls: { key, cert }, instanceUrl, ...orgOptions });
  const targets = { 'login.salesforce.com': scene.org.port };
  const proxy = await startProxy({ targets, ...proxyOptions });
  t.after(() => proxy.close());
  return {
    ...scene,
    proxy,
    run: (inputs = {}, env = {}, more = {}) =>
      scene.run(
        { 'login-url': undefined, 'allowed-hosts': undefined, ...inputs },
        { NODE_EXTRA_CA_CERTS: caFile, https_proxy: proxy.url, ...env },
        more,
      ),
  };
}
