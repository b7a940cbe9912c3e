import { randomBytes } from 'node:crypto';
import type { ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Answer, bodyText } from './answers.ts';
import type { Fault } from './faults.ts';
import type { Delivery } from './requests.ts';

/** How an exchange ended: what goes into its record. */
export interface Ending {
  readonly delivery: Delivery;
  /** The status that was sent, if one was. */
  readonly status: number | undefined;
  readonly bytesSent: number;
}

/** A client's side of one exchange, and the ways to end it. */
export class Wire {
  readonly #response: ServerResponse;
  readonly #socket: Socket | undefined;
  readonly #stopped: AbortSignal;
  readonly #closed: Promise<void>;

  /** `socket` is the TCP connection, below TLS where there is TLS. */
  constructor(response: ServerResponse, socket: Socket | undefined, stopped: AbortSignal) {
    this.#response = response;
    this.#socket = socket;
    this.#stopped = stopped;
    // A client that goes away in mid-answer is part of the game.
    response.on('error', () => {});
    this.#closed = new Promise((resolve) => response.once('close', resolve));
  }

  /** Whether the client can still be answered. */
  get open(): boolean {
    return !this.#response.destroyed && !this.#response.writableEnded;
  }

  /** Sends the answer in full. */
  send(answer: Answer, date: number): Ending {
    if (!this.open) return ended('gone');
    const text = bodyText(answer);
    this.#head(answer, date, text);
    this.#response.end(text);
    return ended('answered', answer.status, Buffer.byteLength(text));
  }

  /** Ends the exchange as the fault says, `answer` being what would have been sent. */
  async fail(
    fault: Exclude<Fault, { kind: 'delay' }>,
    answer: Answer,
    date: number,
  ): Promise<Ending> {
    switch (fault.kind) {
      case 'answer':
        return this.send(fault.answer, date);
      case 'silence':
        return ended('pending');
      case 'close':
        this.#response.socket?.end();
        return ended('closed');
      case 'reset':
        // After end(), a reset can leave the process spinning at its exit.
        if (this.#socket?.writableEnded === true) this.#socket.destroy();
        else this.#socket?.resetAndDestroy();
        return ended('reset');
      case 'break':
        return ended('broken', answer.status, await this.#breakOff(answer, date));
      case 'endless':
        return ended('gone', answer.status, await this.#pour(answer, date));
      case 'drip':
        return this.#drip(fault.milliseconds, answer, date);
    }
  }

  /** Waits, but not longer than the server runs. */
  async pause(milliseconds: number): Promise<void> {
    await sleep(milliseconds, undefined, { signal: this.#stopped }).catch(() => {});
  }

  async #drip(milliseconds: number, answer: Answer, date: number): Promise<Ending> {
    const bytes = Buffer.from(bodyText(answer));
    this.#head(answer, date, bytes);
    this.#response.flushHeaders();
    for (const [index, byte] of bytes.entries()) {
      await this.pause(milliseconds);
      if (!this.open) return ended('gone', answer.status, index);
      this.#response.write(Uint8Array.of(byte));
    }
    this.#response.end();
    return ended('answered', answer.status, bytes.length);
  }

  #head(answer: Answer, date: number, body: string | Uint8Array | undefined): void {
    const response = this.#response;
    response.statusCode = answer.status;
    response.setHeader('date', new Date(date).toUTCString());
    response.setHeader('server', 'github.com');
    response.setHeader('x-github-media-type', 'github.v3; format=json');
    response.setHeader('x-github-request-id', requestId());
    response.setHeader('x-ratelimit-limit', '5000');
    response.setHeader('x-ratelimit-remaining', '4990');
    response.setHeader('x-ratelimit-reset', String(Math.ceil(date / 1000) + 3600));
    if (answer.body !== undefined) {
      response.setHeader('content-type', 'application/json; charset=utf-8');
    }
    if (body !== undefined && answer.status !== 204) {
      response.setHeader('content-length', Buffer.byteLength(body));
    }
    for (const [name, value] of Object.entries(answer.headers ?? {})) {
      response.setHeader(name, value);
    }
  }

  /** Resolves when the bytes have left, or the client has. */
  async #write(bytes: Uint8Array): Promise<void> {
    const written = new Promise<void>((resolve) => this.#response.write(bytes, () => resolve()));
    // The callback of a write never comes once the connection is gone.
    await Promise.race([written, this.#closed]);
  }

  async #breakOff(answer: Answer, date: number): Promise<number> {
    const response = this.#response;
    const bytes = Buffer.from(bodyText(answer));
    if (bytes.length === 0) {
      response.socket?.end('HTTP/1.1 2');
      return 0;
    }
    const half = bytes.subarray(0, Math.ceil(bytes.length / 2));
    this.#head(answer, date, bytes);
    await this.#write(half);
    // The half must arrive as such: a reset could make the client lose what it hasn't read yet.
    response.socket?.end();
    return half.length;
  }

  async #pour(answer: Answer, date: number): Promise<number> {
    const chunk = Buffer.alloc(64 * 1024, ' ');
    let sent = 0;
    this.#head(answer, date, undefined);
    while (this.open && !this.#stopped.aborted) {
      // Awaiting each write keeps this at the client's pace, and leaves room for everything else.
      await this.#write(chunk);
      sent += chunk.length;
    }
    return sent;
  }
}

function ended(delivery: Delivery, status?: number, bytesSent = 0): Ending {
  return { delivery, status, bytesSent };
}

function requestId(): string {
  const hex = randomBytes(16).toString('hex').toUpperCase();
  return [
    hex.slice(0, 4),
    hex.slice(4, 10),
    hex.slice(10, 17),
    hex.slice(17, 24),
    hex.slice(24),
  ].join(':');
}
