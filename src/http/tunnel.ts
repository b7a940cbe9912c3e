import * as tunnel from 'tunnel';
import { proxyFor } from './proxy.ts';
import type { Way } from './way.ts';

/**
 * The way to a URL through the proxy that the environment names (CONNECT); each request gets a connection of
 * its own. The certificates of the server and of the proxy are checked whatever the environment says: `tunnel`
 * takes these options here alone, not from the request.
 *
 * @returns undefined where `no_proxy` says that this URL needs none
 * @throws ActionError as {@link proxyFor}
 */
export function wayThroughProxy(url: URL): Way | undefined {
  const proxy = proxyFor(url);
  if (proxy === undefined) {
    return undefined;
  }
  const { hostname: host, port, username, password } = proxy;
  const overTls = proxy.protocol === 'https:';
  const options = {
    rejectUnauthorized: true,
    proxy: {
      host,
      port: Number(port) || (overTls ? 443 : 80),
      rejectUnauthorized: true,
      ...((username !== '' || password !== '') && { proxyAuth: `${username}:${password}` }),
    },
  };
  const [toTls, toPlain] = overTls
    ? [tunnel.httpsOverHttps, tunnel.httpOverHttps]
    : [tunnel.httpsOverHttp, tunnel.httpOverHttp];
  const agent = url.protocol === 'https:' ? toTls(options) : toPlain(options);
  return { agent, proxy: proxy.host };
}
