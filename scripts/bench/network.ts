import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { isJsonObject } from '../../src/http/json.ts';
import { median } from './measurer.ts';
import { table } from './table.ts';

/** How long a packet takes in each direction, in milliseconds. */
export const oneWayMs = 60;
/** How long the look-alikes take to answer, in milliseconds: about as long as the real ones. */
export const workMs = { refresh: 400, read: 100, write: 600 } as const;

/** What one step did on the network. */
export interface Trip {
  readonly name: string;
  /** From the first SYN to the last byte of an answer, in milliseconds. */
  readonly ms: number;
  /** How many connections were opened. */
  readonly connections: number;
}

/** The steps, and what they have to wait for: round trips, and answers. */
export const trips: Readonly<
  Record<string, { readonly roundTrips: number; readonly workMs: number }>
> = {
  // TCP, TLS 1.3, and the request.
  'a refresh': { roundTrips: 3, workMs: workMs.refresh },
  'the same by hand': { roundTrips: 3, workMs: workMs.refresh },
  // TCP and TLS with GitHub, look, take, keep, and the refresh.
  '`token-branch`': {
    roundTrips: 6,
    workMs: workMs.read + 2 * workMs.write + workMs.refresh,
  },
};

/**
 * How long steps wait for the network, where a packet takes its time: a namespace with a network of its own,
 * whose one link is slow.
 * @throws where the system has no such namespaces, or no TUN devices
 */
export function network(home: string, rounds: number): string {
  const here = import.meta.dirname;
  const log = join(home, 'packets');
  const { stdout, status } = spawnSync(
    'unshare',
    [
      ...[
        '--map-root-user',
        '--net',
        'python3',
        join(here, 'slow_network.py'),
        String(oneWayMs),
        log,
      ],
      ...[process.execPath, join(here, 'network-inside.ts'), log, home, String(rounds)],
    ],
    { encoding: 'utf8', stdio: ['ignore', 'pipe', 'inherit'] },
  );
  if (status !== 0) {
    throw new Error('There is no slow network: it takes Linux, unshare(1) and /dev/net/tun.');
  }
  const all = stdout.trim().split('\n').map(asTrip);
  return table(
    ['over TLS 1.3', 'connections', 'round trips', 'and answers', 'makes', 'measured'],
    Object.entries(trips).map(([name, { roundTrips, workMs: answersMs }]) => {
      const mine = all.filter((trip) => trip.name === name);
      return [
        name,
        [...new Set(mine.map(({ connections }) => connections))].join(', '),
        String(roundTrips),
        `${answersMs} ms`,
        `${roundTrips * 2 * oneWayMs + answersMs} ms`,
        `${median(mine.map(({ ms }) => ms)).toFixed(0)} ms`,
      ];
    }),
  );
}

function asTrip(line: string): Trip {
  const value: unknown = JSON.parse(line);
  const { name, ms, connections } = isJsonObject(value) ? value : {};
  return { name: String(name), ms: Number(ms), connections: Number(connections) };
}
