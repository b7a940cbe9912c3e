import type { IncomingMessage } from 'node:http';
import type { Answer } from './answers.ts';
import type { Delivery, OrgRequest } from './requests.ts';

/** The record while the exchange goes on. */
export interface RecordedRequest extends OrgRequest {
  body: string;
  form: Readonly<Record<string, string>>;
  decided: Answer | undefined;
  status: number | undefined;
  delivery: Delivery;
}

/** What is known of a request as soon as its head is there. */
export function startRecord(
  message: IncomingMessage,
  number: number,
  connection: number,
): RecordedRequest {
  const { method = '', url = '/' } = message;
  const question = url.indexOf('?');
  const headers = Object.fromEntries(
    Object.entries(message.headersDistinct).map(([name, values = []]) => [name, values.join(', ')]),
  );
  return {
    number,
    connection,
    method,
    url,
    path: question < 0 ? url : url.slice(0, question),
    query: new URLSearchParams(question < 0 ? '' : url.slice(question)),
    host: (headers['host'] ?? '').toLowerCase().replace(/:\d+$/, ''),
    headers,
    at: Date.now(),
    body: '',
    form: {},
    decided: undefined,
    status: undefined,
    delivery: 'pending',
  };
}

const longestBody = 1024 * 1024;

/** The body as text; `undefined` for a client that went away, or sends without end. */
export async function readBody(message: IncomingMessage): Promise<string | undefined> {
  const chunks: Buffer[] = [];
  let length = 0;
  try {
    for await (const chunk of message) {
      if (Buffer.isBuffer(chunk)) {
        chunks.push(chunk);
        length += chunk.length;
      }
      if (length > longestBody) {
        return undefined;
      }
    }
  } catch {
    return undefined;
  }
  return Buffer.concat(chunks).toString('utf8');
}
