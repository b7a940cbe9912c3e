/** Only `HttpClient.getAgentDispatcher` makes one; proxies for requests go through the package `tunnel`. */
export class ProxyAgent {
  constructor() {
    throw new Error('undici is not part of this bundle: see stand-ins/undici/package.json');
  }
}
