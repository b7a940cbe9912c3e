import { createInterface } from 'node:readline';
import { Writable } from 'node:stream';
import { cleanRemoteText, safeLine, secretForms } from '../../src/errors/text.ts';
import type { Ending } from '../../src/http/ending.ts';

export type Terminal = ReturnType<typeof openTerminal>;

/**
 * Where the user is. All that is said goes to standard error, without what was hidden: standard output
 * is for the result.
 * @param cancellation by Ctrl-C, which is a key like others while a line is read
 */
export function openTerminal(cancellation: AbortController) {
  const { stdin, stderr } = process;
  // Nobody listens any more (a pipe whose reader has gone): the credential is stored all the same.
  stderr.on('error', () => {});
  const { signal } = cancellation;
  /** Whether somebody is there who can be asked. */
  const interactive = stdin.isTTY === true;
  const secrets = new Set<string>();
  const nowhere = new Writable({ write: (_chunk, _encoding, done) => done() });
  /** The lines of standard input, trimmed, until it ends or `until` aborts. */
  async function* lines(until: Ending, prompt = '', hidden = true) {
    const output = hidden ? nowhere : stderr;
    // On a terminal it takes over the echo, and shows what its output shows.
    const reader = createInterface({ input: stdin, output, terminal: interactive, prompt });
    reader.on('SIGINT', () => cancellation.abort());
    until.addEventListener('abort', () => reader.close());
    stderr.write(hidden ? prompt : '');
    reader.prompt();
    try {
      for await (const line of reader) {
        stderr.write(hidden && interactive ? '\n' : '');
        yield line.trim();
      }
    } finally {
      reader.close();
    }
  }
  return {
    interactive,
    /** Aborts when the user gives up. */
    signal,
    lines,
    hide: (secret: string) => secret !== '' && secrets.add(secret),
    clean: (text: unknown) => cleanRemoteText(text, secretForms(secrets)),
    say: (text: string) => {
      const safe = text.split('\n').map((line) => safeLine(line, secretForms(secrets)));
      stderr.write(`${safe.join('\n')}\n`);
    },
    /** @param otherwise is thrown where nobody can be asked, or answers */
    ask: async (question: string, otherwise: unknown, hidden = false) => {
      const asks = interactive && !signal.aborted;
      for await (const line of asks ? lines(signal, question, hidden) : []) {
        return line;
      }
      signal.throwIfAborted();
      throw otherwise;
    },
  };
}
