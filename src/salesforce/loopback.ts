/** How the browser comes back: a redirect to loopback (RFC 8252, 7.3 and 8.3). */
import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { ActionError, describe, errorCode } from '../errors/action-error.ts';
import { signInErrors } from '../errors/sign-in.ts';
import type { Ending } from '../http/ending.ts';
import { showPage } from '../http/page.ts';
import { type CodeAnswer, type CodeRequest, readCodeAnswer } from './code-grant.ts';

/** The right answer, and where a browser waits for a page about it. */
export interface Arrival {
  readonly answer: CodeAnswer;
  readonly response: ServerResponse;
}

/**
 * Takes the first right answer, and refuses whatever else comes. On both loopback addresses, as far as the
 * machine has them: browsers differ in what they take `localhost` for.
 *
 * @param until ends the listening; `arrival` then rejects with ActionError `timeout`
 * @param insists whether a port that is taken is an error
 * @returns also whether another program has the port: then the browser may end there
 * @throws ActionError `port_in_use`
 */
export async function listenForAnswer(
  request: Pick<CodeRequest, 'redirectUri' | 'state'>,
  until: Ending,
  insists: boolean,
): Promise<{ readonly arrival: Promise<Arrival>; readonly taken: boolean }> {
  let taken = false;
  const port = Number(new URL(request.redirectUri).port);
  let arrived: ((arrival: Arrival) => void) | undefined;
  const arrival = new Promise<Arrival>((resolve, reject) => {
    arrived = resolve;
    const what = 'Nobody came back from the browser in time.';
    const late = new ActionError('timeout', what, signInErrors.nobody_came);
    until.addEventListener('abort', () => reject(late));
  });
  // Whoever waits for it hears of it; whoever gave up before does not.
  arrival.catch(() => {});
  for (const host of ['127.0.0.1', '::1']) {
    const server = createServer((incoming, response) => {
      const answer = arrived === undefined ? 409 : judge(incoming, request);
      if (typeof answer === 'number') {
        showPage(response, answer, ...refusalPage(answer));
      } else {
        arrived?.({ answer, response });
        arrived = undefined;
      }
    });
    until.addEventListener('abort', () => {
      server.close();
      server.closeAllConnections();
    });
    server.listen({ host, port, ipv6Only: true });
    try {
      await once(server, 'listening');
    } catch (error) {
      taken ||= errorCode(error) === 'EADDRINUSE';
      // Not every machine has both.
      if (insists && !/^(EADDRNOTAVAIL|EAFNOSUPPORT)$/.test(errorCode(error) ?? '')) {
        const what = `Nothing can listen on port ${port}: ${describe(error)}.`;
        throw new ActionError('port_in_use', what, signInErrors.port_in_use);
      }
    }
  }
  return { arrival, taken };
}

function refusalPage(status: number): [title: string, lines: readonly string[]] {
  return status === 409
    ? ['Already answered', ['This sign-in has its answer. You can close this page.']]
    : ['Not the answer to this sign-in', ['It still waits: its address is in the terminal.']];
}

/** @returns the answer, or the status that says why it is none */
function judge(
  { method, url: path = '', headers: { host = '' } }: IncomingMessage,
  request: Pick<CodeRequest, 'redirectUri' | 'state'>,
): CodeAnswer | number {
  const home = new URL(request.redirectUri);
  // A name that somebody points at this machine (DNS rebinding) must not bring its page here.
  if (!['localhost', '127.0.0.1', '[::1]'].some((name) => host === `${name}:${home.port}`)) {
    return 421;
  }
  const url = URL.parse(path, home.href);
  if (url?.pathname !== home.pathname) {
    return 404;
  }
  return method === 'GET' ? (readCodeAnswer(url, request) ?? 400) : 405;
}
