import type { ClientRequest } from 'node:http';
import { now } from './now.ts';
import { proxyVariable, type Way } from './way.ts';

/** A request that nothing is written of yet, and its connection, which is being opened. */
export interface Opening {
  readonly way: Way;
  readonly outgoing: ClientRequest;
  /** When the connection stood, by {@link now}; undefined before. */
  readonly stoodAt: number | undefined;
  /** Calls back when the connection stands, at once where it does already. */
  whenItStands(then: () => void): void;
}

/** Node's client for a URL, loaded when it is needed: most of what http does not need is TLS. */
function clientFor(url: URL) {
  return url.protocol === 'https:'
    ? process.getBuiltinModule('node:https')
    : process.getBuiltinModule('node:http');
}

/**
 * What makes connections for a URL, through a proxy where the environment names one. Only to servers whose
 * certificates are good: the environment, which a later step can set, must not decide whom a token goes to.
 *
 * @param keepAlive whether connections stay open for requests that follow; through a proxy, none does
 * @throws ActionError `network_error` where the environment names a proxy that can't be used
 */
export async function wayTo(url: URL, keepAlive: boolean): Promise<Way> {
  if (proxyVariable(url) !== undefined) {
    const { wayThroughProxy } = await import('./tunnel.ts');
    const way = wayThroughProxy(url);
    if (way !== undefined) {
      return way;
    }
  }
  const { Agent } = clientFor(url);
  return { agent: new Agent({ keepAlive, rejectUnauthorized: true }) };
}

/** Opens a connection for a request, or takes one that the way has. */
export function open(url: URL, method: string, way: Way): Opening {
  const outgoing = clientFor(url).request(url, { method, agent: way.agent });
  let stoodAt: number | undefined;
  let tell = () => {};
  const stands = () => {
    stoodAt = now();
    tell();
  };
  outgoing.on('socket', (socket) => {
    const secure = url.protocol === 'https:';
    if (outgoing.reusedSocket || (!secure && !socket.connecting)) {
      // Through a proxy, http gets a tunnel that stands already.
      stands();
    } else {
      socket.once(secure ? 'secureConnect' : 'connect', stands);
    }
  });
  return {
    way,
    outgoing,
    get stoodAt() {
      return stoodAt;
    },
    whenItStands: (then) => {
      tell = then;
      if (stoodAt !== undefined) {
        then();
      }
    },
  };
}
