import type { Agent } from 'node:http';
import * as tunnel from 'tunnel';

/**
 * An agent whose connections go through a proxy (CONNECT); each request gets one of its own.
 *
 * The environment must not decide whom a token goes to, so the certificates of the server and of the
 * proxy are checked whatever it says: `tunnel` takes these options here alone, not from the request.
 *
 * @param proxy with its user name and password decoded, where it has them
 */
export function tunnelThrough(proxy: URL, url: URL): Agent {
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
  if (url.protocol === 'https:') {
    return overTls ? tunnel.httpsOverHttps(options) : tunnel.httpsOverHttp(options);
  }
  return overTls ? tunnel.httpOverHttps(options) : tunnel.httpOverHttp(options);
}
