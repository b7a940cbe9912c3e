import { checkBypass, getProxyUrl } from '@actions/http-client/lib/proxy';
import { ActionError } from '../errors/action-error.ts';
import { proxyVariable } from './way.ts';

/**
 * The proxy for a URL, by `https_proxy`, `http_proxy` and `no_proxy`, also in capitals. A variable that
 * can't be used is refused: the library ignores most of those, and the request would go past the proxy.
 *
 * @returns the proxy, its user name and password decoded; undefined where none is to be used
 * @throws ActionError `network_error`, naming the variable and never its value
 */
export function proxyFor(url: URL): URL | undefined {
  const variable = proxyVariable(url);
  return variable === undefined || checkBypass(url) ? undefined : proxyNamedBy(variable, url);
}

function proxyNamedBy(variable: string, url: URL): URL {
  let proxy: URL | undefined;
  try {
    proxy = getProxyUrl(url);
  } catch {
    // Said below: the cause would repeat the value, which may hold a password.
  }
  // `proxy.example.com:3128` is a URL too, of the scheme `proxy.example.com` and without a host.
  if (!proxy?.hostname || !/^https?:$/.test(proxy.protocol)) {
    throw ActionError.own('network_error', `The variable ${variable} does not name a proxy.`, {
      why: 'It is not a URL of http or https: its port is wrong, its scheme is another or missing, or its user name or password has characters that are not percent-encoded.',
      fix: 'Write it as `http://host:port` or `http://user:password@host:port`, a `%` in the password as `%25`; or name the hosts that need no proxy in `no_proxy`. The request was not sent.',
    });
  }
  return proxy;
}
