import { type ChildProcess, fork, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { isJsonObject } from '../../src/http/json.ts';
import type { BenchOrg } from './org.ts';

/** A process to be started; nothing of this one's environment gets into it. */
export interface Command {
  readonly argv: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  readonly cwd: string;
}

/** What a process cost: wall time, CPU time of all its threads, and peak memory. */
export interface Cost {
  readonly code: number;
  readonly ms: number;
  readonly cpuMs: number;
  readonly mb: number;
}

/** Runs commands and says what each cost; ends with `close`. */
export interface Measurer {
  /** Runs a command, which has to end well. */
  run(command: Command): Promise<Cost>;
  /** Starts all at once; they may fail. */
  runAll(commands: readonly Command[]): Promise<Cost[]>;
  close(): void;
}

/** @throws where there is no Python, which can ask the kernel what one child cost, as Node can't */
export function startMeasurer(): Measurer {
  if (spawnSync('python3', ['--version']).status !== 0) {
    throw new Error('The benchmark measures with Python: install Python 3.9 or newer.');
  }
  const child = spawn('python3', [join(import.meta.dirname, 'measure.py')], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const runAll = async (commands: readonly Command[]) => {
    child.stdin.write(`${JSON.stringify(commands)}\n`);
    const { value } = await lines.next();
    const costs: unknown = JSON.parse(String(value));
    return Array.isArray(costs) ? costs.map(asCost) : [];
  };
  return {
    runAll,
    run: async (command) => {
      const [cost] = await runAll([command]);
      if (cost?.code !== 0) {
        throw new Error(`It ended with ${cost?.code}: ${command.argv.join(' ')}`);
      }
      return cost;
    },
    close: () => child.stdin.end(),
  };
}

function asCost(value: unknown): Cost {
  const { code, ms, cpuMs, mb } = isJsonObject(value) ? value : {};
  return { code: Number(code), ms: Number(ms), cpuMs: Number(cpuMs), mb: Number(mb) };
}

/** The orgs of a benchmark: one over plain http, one over TLS, with so many credentials each. */
export async function startOrgs(
  credentials: number,
): Promise<{ plain: BenchOrg; tls: BenchOrg; close(): void }> {
  const child: ChildProcess = fork(join(import.meta.dirname, 'org.ts'), [String(credentials)]);
  const [orgs]: unknown[] = await once(child, 'message');
  const [plain, tls] = Array.isArray(orgs) ? orgs.map(asOrg) : [];
  if (plain === undefined || tls === undefined) {
    throw new Error('The look-alike did not start');
  }
  return { plain, tls, close: () => child.disconnect() };
}

function asOrg(value: unknown): BenchOrg {
  const { url, clientId, caFile, refreshTokens } = isJsonObject(value) ? value : {};
  return {
    url: String(url),
    clientId: String(clientId),
    caFile: String(caFile),
    refreshTokens: Array.isArray(refreshTokens) ? refreshTokens.map(String) : [],
  };
}

/** The middle of the values, or the mean of the two that are. */
export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length / 2;
  const [low = Number.NaN, high = low] = [
    sorted[Math.ceil(middle) - 1],
    sorted[Math.floor(middle)],
  ];
  return (low + high) / 2;
}
