import type { ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Answer, bodyText } from './answers.ts';
import type { Fault } from './faults.ts';
import type { Delivery } from './requests.ts';

/** How an exchange ended: what goes into its record. */
export interface Ending {
  readonly delivery: Delivery;
  /** What was sent, if something was. */
  readonly answer: Answer | undefined;
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
  send(answer: Answer): Ending {
    if (!this.open) return ended('gone');
    const bytes = Buffer.from(bodyText(answer));
    this.#head(answer, bytes.length);
    this.#response.end(bytes);
    return ended('answered', answer, bytes.length);
  }

  /** Ends the exchange as the fault says, `answer` being what is sent as far as something is. */
  async fail(fault: Exclude<Fault, { kind: 'delay' }>, answer: Answer): Promise<Ending> {
    switch (fault.kind) {
      case 'answer':
        return this.send(answer);
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
        return ended('broken', answer, await this.#breakOff(answer));
      case 'endless':
        return ended('gone', answer, await this.#pour(answer));
      case 'drip':
        return this.#drip(fault.milliseconds, answer);
    }
  }

  /** Waits, but not longer than the server runs. */
  async pause(milliseconds: number): Promise<void> {
    await sleep(milliseconds, undefined, { signal: this.#stopped }).catch(() => {});
  }

  async #drip(milliseconds: number, answer: Answer): Promise<Ending> {
    const bytes = Buffer.from(bodyText(answer));
    this.#head(answer, bytes.length);
    this.#response.flushHeaders();
    for (const [index, byte] of bytes.entries()) {
      await this.pause(milliseconds);
      if (!this.open) return ended('gone', answer, index);
      this.#response.write(Uint8Array.of(byte));
    }
    this.#response.end();
    return ended('answered', answer, bytes.length);
  }

  #head(answer: Answer, bytes: number | undefined): void {
    const response = this.#response;
    response.statusCode = answer.status;
    for (const [name, value] of Object.entries(answer.headers ?? {})) {
      response.setHeader(name, value);
    }
    if (bytes !== undefined && answer.status !== 204 && answer.status !== 304) {
      response.setHeader('content-length', bytes);
    }
  }

  /** Resolves when the bytes have left, or the client has. */
  async #write(bytes: Uint8Array): Promise<void> {
    const written = new Promise<void>((resolve) => this.#response.write(bytes, () => resolve()));
    // The callback of a write never comes once the connection is gone.
    await Promise.race([written, this.#closed]);
  }

  async #breakOff(answer: Answer): Promise<number> {
    const response = this.#response;
    const bytes = Buffer.from(bodyText(answer));
    if (bytes.length === 0) {
      response.socket?.end('HTTP/1.1 2');
      return 0;
    }
    const half = bytes.subarray(0, Math.ceil(bytes.length / 2));
    this.#head(answer, bytes.length);
    await this.#write(half);
    // The half must arrive as such: a reset could make the client lose what it hasn't read yet.
    response.socket?.end();
    return half.length;
  }

  async #pour(answer: Answer): Promise<number> {
    const chunk = Buffer.alloc(64 * 1024, ' ');
    let sent = 0;
    this.#head(answer, undefined);
    while (this.open && !this.#stopped.aborted) {
      // Awaiting each write keeps this at the client's pace, and leaves room for everything else.
      await this.#write(chunk);
      sent += chunk.length;
    }
    return sent;
  }
}

function ended(delivery: Delivery, answer?: Answer, bytesSent = 0): Ending {
  return { delivery, answer, status: answer?.status, bytesSent };
}
