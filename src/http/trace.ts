import { describe } from '../errors/action-error.ts';
import { now } from './now.ts';
import { proxyFor } from './proxy.ts';
import type { Send } from './send.ts';

/** Tells one line where debug logging is on; it is only made there. */
export type Debug = (line: () => string) => void;

/** Where what happened is told. */
export interface TraceTools {
  readonly debug: Debug;
  /** Cleans remote text for printing. */
  readonly clean: (remote: unknown) => string;
}

/**
 * A {@link Send} that tells of each request what it was, what came back, and how long that took. Host and
 * path alone: secrets are in bodies and headers, and the address of the instance is masked as a whole.
 */
export function traced(send: Send, { debug, clean }: TraceTools): Send {
  return async (request, limits) => {
    const start = now();
    const { method, url } = request;
    const tell = (what: () => string) =>
      debug(() => {
        const ms = Math.round(now() - start);
        return `${method} ${url.host}${url.pathname}${throughProxy(url)} → ${what()} in ${ms} ms`;
      });
    try {
      const answer = await send(request, limits);
      tell(() => String(answer.status));
      return answer;
    } catch (error) {
      tell(() => `no answer (${clean(describe(error))})`);
      throw error;
    }
  };
}

/** The host alone: user name and password are in the address too. */
function throughProxy(url: URL): string {
  try {
    const proxy = proxyFor(url);
    return proxy === undefined ? '' : ` through the proxy ${proxy.host}`;
  } catch {
    // The request failed for the same reason, and says so.
    return '';
  }
}
