import { now } from './now.ts';
import { type Opening, open, wayTo } from './opening.ts';

/** A connection that is opened before it is certain that anything will be sent over it. */
export interface Ahead {
  /**
   * Opens the connection for a POST to this URL, in the time that another server takes to answer.
   * @param last whether no other request to that host follows
   * @returns gives it up
   */
  open(url: URL, last?: boolean): () => void;
  /** The connection that was opened for this URL, if it is still good. It is given only once. */
  take(url: URL): Promise<Opening | undefined>;
}

/**
 * One that stood for longer is not used: the server may be about to close it, and of a request that it
 * meets then nobody knows whether it was carried out. In milliseconds; GitHub needs less for a write.
 */
const longestIdleMs = 3_000;

/** Opens one connection at a time. What goes wrong with it is not told: the request connects anew. */
export function connectAhead(): Ahead {
  let current: { readonly url: URL; opening?: Opening } | undefined;
  const giveUp = () => {
    const { opening } = current ?? {};
    current = undefined;
    opening?.outgoing.destroy();
  };
  const takeNow = (url: URL) => {
    const { url: to, opening } = current ?? {};
    if (to?.origin !== url.origin || now() - (opening?.stoodAt ?? now()) > longestIdleMs) {
      giveUp();
      return undefined;
    }
    current = undefined;
    return opening;
  };
  return {
    open: (url, last = false) => {
      giveUp();
      const mine: NonNullable<typeof current> = { url };
      current = mine;
      const end = () => {
        if (current === mine) {
          giveUp();
        }
      };
      wayTo(url, !last).then((way) => {
        if (current === mine) {
          mine.opening = open(url, 'POST', way);
          // Whoever answers before anything was asked can't mean this request.
          mine.opening.outgoing.on('error', end).on('close', end).on('response', end);
        }
      }, end);
      return end;
    },
    take: async (url) => {
      if (current !== undefined) {
        // It may have been closed together with the answer that was waited for.
        await new Promise((resolve) => setImmediate(resolve));
      }
      return takeNow(url);
    },
  };
}
