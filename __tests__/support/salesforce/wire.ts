import { type ServerResponse, STATUS_CODES } from 'node:http';
import type { Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Answer } from './answers.ts';
import type { Fault } from './faults.ts';
import type { Delivery } from './requests.ts';

/** A client's side of one exchange, and the ways to end it. */
export class Wire {
  readonly #response: ServerResponse;
  readonly #socket: Socket | undefined;
  readonly #closing: AbortSignal;

  /** `socket` is the TCP connection, below TLS where there is TLS. */
  constructor(response: ServerResponse, socket: Socket | undefined, closing: AbortSignal) {
    this.#response = response;
    this.#socket = socket;
    this.#closing = closing;
    // A client that goes away in mid-answer is part of the game.
    response.on('error', () => {});
  }

  /** Sends the answer in full, unless the client is gone. */
  send(answer: Answer): Delivery {
    if (this.#gone) {
      return 'gone';
    }
    this.#response.writeHead(answer.status, headersOf(answer, true)).end(answer.body);
    return 'answered';
  }

  /** Ends the exchange as the fault says; `answer` is what would have been sent. */
  async fail(fault: Fault, answer: Answer): Promise<Delivery> {
    switch (fault.kind) {
      case 'answer':
        return this.send(fault.answer);
      case 'patch':
        return this.send({ ...answer, body: patch(answer.body, fault.fields) });
      case 'truncate':
        return this.send({ ...answer, body: half(answer.body) });
      case 'huge-head':
        return this.send({ ...answer, headers: { ...answer.headers, ...padding(fault.bytes) } });
      case 'silence':
        return 'pending';
      case 'reset':
        this.#reset();
        return 'spoiled';
      case 'close':
        this.#response.socket?.destroySoon();
        return 'spoiled';
      case 'raw':
        this.#response.socket?.write(fault.text);
        this.#response.socket?.destroySoon();
        return 'spoiled';
      case 'break':
        return await this.#breakOff(answer, fault.chunked);
      case 'drip':
        return await this.#drip(answer, fault.part, fault.everyMs);
      case 'in-two':
        return await this.#sendInTwo(answer, fault.rest);
      case 'endless':
        return await this.#pour(answer, fault.everyMs);
    }
  }

  /** Waits, but not longer than the server runs. */
  async pause(ms: number): Promise<void> {
    await sleep(ms, undefined, { signal: this.#closing }).catch(() => {});
  }

  #reset(): void {
    // Node can't reset a socket that it is closing already: it would stay open.
    if (this.#socket?.writableEnded === true) {
      this.#socket.destroy();
    } else {
      this.#socket?.resetAndDestroy();
    }
  }

  get #gone(): boolean {
    return this.#response.destroyed || this.#response.writableEnded || this.#closing.aborted;
  }

  async #breakOff(answer: Answer, chunked: boolean): Promise<Delivery> {
    this.#response.writeHead(answer.status, headersOf(answer, !chunked));
    await this.#write(half(answer.body));
    this.#response.socket?.destroySoon();
    return 'spoiled';
  }

  async #sendInTwo(answer: Answer, rest: () => Promise<unknown>): Promise<Delivery> {
    this.#response.writeHead(answer.status, headersOf(answer, true));
    const first = half(answer.body);
    await this.#write(first);
    await rest();
    if (this.#gone) {
      return 'gone';
    }
    this.#response.end(answer.body.slice(first.length));
    return 'answered';
  }

  async #drip(answer: Answer, part: 'body' | 'head', everyMs: number): Promise<Delivery> {
    const lines = Object.entries({ ...headersOf(answer, true), connection: 'close' });
    const head = [
      `HTTP/1.1 ${answer.status} ${STATUS_CODES[answer.status] ?? 'Unknown'}`,
      ...lines.map(([name, value]) => `${name}: ${value}`),
      '\r\n',
    ].join('\r\n');
    // By hand, since a ServerResponse sends its head in one piece.
    const socket = this.#response.socket;
    if (part === 'body') {
      socket?.write(head);
    }
    for (const byte of Buffer.from(part === 'head' ? head + answer.body : answer.body)) {
      await this.pause(everyMs);
      if (this.#gone || socket === null || socket.destroyed) {
        return 'gone';
      }
      socket.write(Uint8Array.of(byte));
    }
    socket?.destroySoon();
    return 'answered';
  }

  async #pour(answer: Answer, everyMs: number): Promise<Delivery> {
    this.#response.writeHead(answer.status, headersOf(answer, false));
    while (!this.#gone) {
      // Awaiting each write keeps this at the client's pace, and leaves room for everything else.
      await this.#write(everyMs > 0 ? ' ' : ' '.repeat(64 * 1024));
      if (everyMs > 0) {
        await this.pause(everyMs);
      }
    }
    return 'gone';
  }

  #write(text: string): Promise<void> {
    return new Promise((written) => this.#response.write(text, () => written()));
  }
}

function headersOf(answer: Answer, withLength: boolean): Record<string, string | number> {
  return {
    'strict-transport-security': 'max-age=63072000; includeSubDomains',
    'set-cookie': 'BrowserId=q6mVdmZpEe6; domain=.salesforce.com; path=/; Secure',
    ...answer.headers,
    ...(withLength && { 'content-length': Buffer.byteLength(answer.body) }),
  };
}

function half(text: string): string {
  return text.slice(0, Math.ceil(text.length / 2));
}

function patch(body: string, fields: Readonly<Record<string, unknown>>): string {
  const parsed: unknown = JSON.parse(body);
  return JSON.stringify(typeof parsed === 'object' ? { ...parsed, ...fields } : fields);
}

function padding(bytes: number): Record<string, string> {
  const kilobytes = Math.ceil(bytes / 1024);
  return Object.fromEntries(
    Array.from({ length: kilobytes }, (_, index) => [`x-padding-${index}`, 'x'.repeat(1024)]),
  );
}
