import type { Agent, ClientRequest } from 'node:http';
import { now } from './now.ts';
import { proxyFor } from './proxy.ts';

/** A request that nothing is written of yet, and its connection, which is being opened. */
export interface Opening {
  readonly agent: Agent;
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
 * What makes connections for a URL, through a proxy where the environment names one. Only to servers
 * whose certificates are good: the environment must not decide whom a token goes to. A later step can set
 * it, and the end of the job would take it over.
 *
 * @param keepAlive whether connections stay open for requests that follow; through a proxy, none does
 * @throws ActionError `network_error` where the environment names a proxy that can't be used
 */
export async function agentFor(url: URL, keepAlive: boolean): Promise<Agent> {
  const proxy = proxyFor(url);
  if (proxy !== undefined) {
    const { tunnelThrough } = await import('./tunnel.ts');
    return tunnelThrough(proxy, url);
  }
  const { Agent } = clientFor(url);
  return new Agent({ keepAlive, rejectUnauthorized: true });
}

/** Opens a connection for a request, or takes one of the agent's. */
export function open(url: URL, method: string, agent: Agent): Opening {
  const outgoing = clientFor(url).request(url, { method, agent });
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
    agent,
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
