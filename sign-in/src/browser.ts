/** The way through the user's browser, and back. */
import { spawn } from 'node:child_process';
import { asActionError } from '../../src/errors/action-error.ts';
import { paragraphs } from '../../src/errors/sign-in.ts';
import { startDeadline } from '../../src/http/deadline.ts';
import { Ender, type Ending } from '../../src/http/ending.ts';
import { showPage } from '../../src/http/page.ts';
import * as grant from '../../src/salesforce/code-grant.ts';
import { type Arrival, listenForAnswer } from '../../src/salesforce/loopback.ts';
import type { Terminal } from './terminal.ts';

/**
 * Sends the user to the authorize page, and waits until the browser is back: by itself, or in that its
 * last address is pasted. It then shows what came of the answer.
 * @param opens whether to open a browser, and to insist on being reached by it
 * @throws ActionError `port_in_use`, `timeout`, or what `then` throws
 */
export async function throughBrowser<T>(
  request: grant.CodeRequest,
  opens: boolean,
  terminal: Terminal,
  then: (answer: grant.CodeAnswer) => Promise<T>,
): Promise<T> {
  const deadline = startDeadline(5 * 60_000, terminal.signal);
  const until = new Ender(deadline.signal);
  try {
    const { arrival, taken } = await listenForAnswer(request, until, opens);
    const ways: Promise<Pick<Arrival, 'answer'> & Partial<Arrival>>[] = [arrival];
    const address = grant.authorizeUrl(request).href;
    terminal.say(`Sign in as the user that the workflow is to work as:\n\n${address}\n`);
    terminal.say('Waiting for that, five minutes at most.');
    if (opens) {
      openBrowser(address);
    }
    if (!opens || terminal.interactive) {
      const other = `Port ${new URL(request.redirectUri).port} is taken by another program: your browser will end there;`;
      const when = taken ? other : 'Should the browser end on an error,';
      terminal.say(`${when} paste its address here (it is not shown).`);
      ways.push(pasted(request, terminal, until));
    }
    const { answer, response } = await Promise.race(ways);
    try {
      const result = await then(answer);
      const next = 'You are signed in. The terminal says what comes next; you can close this page.';
      await showPage(response, 200, 'Signed in', [next]);
      return result;
    } catch (error) {
      await showPage(response, 400, 'Not signed in', paragraphs(asActionError(error)));
      throw error;
    }
  } finally {
    until.abort(undefined);
    deadline.release();
  }
}

/** Where the input ends without it, the answer may still come another way. */
async function pasted(request: grant.CodeRequest, terminal: Terminal, until: Ending) {
  for await (const line of terminal.lines(until)) {
    const url = URL.parse(line);
    const answer = url === null ? undefined : grant.readCodeAnswer(url, request);
    if (answer !== undefined) {
      return { answer };
    }
    if (line !== '') {
      terminal.say(`That is not it. It starts with ${request.redirectUri}?code= and has a state=.`);
    }
  }
  return await new Promise<never>(() => {});
}

/** If there is one. Without a shell: an address has `&` in it. */
function openBrowser(address: string): void {
  const { platform } = process;
  const command = platform === 'win32' ? 'rundll32' : platform === 'darwin' ? 'open' : 'xdg-open';
  const args = platform === 'win32' ? ['url.dll,FileProtocolHandler', address] : [address];
  const child = spawn(command, args, { detached: true, stdio: 'ignore' });
  child.on('error', () => {}).unref();
}
