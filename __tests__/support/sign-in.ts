import assert from 'node:assert/strict';
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { randomInt } from 'node:crypto';
import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { text } from 'node:stream/consumers';
import type { TestContext } from 'node:test';
import { Browser } from './browser.ts';
import { type OrgOptions, type SalesforceOrg, startOrg } from './salesforce-org.ts';
import { until } from './until.ts';

const root = join(import.meta.dirname, '..', '..');

/** Builds the package anew: the folder gets sign-in.tgz, and what is in it as sign-in/. */
export function packSignIn(folder: string): void {
  const script = join(root, 'scripts', 'pack-sign-in.ts');
  execFileSync(process.execPath, [script, folder], { stdio: ['ignore', 'inherit', 'inherit'] });
}

/** A new folder, which is deleted afterwards. */
export function temporaryFolder(t: { after(work: () => void): void }): string {
  const folder = mkdtempSync(join(tmpdir(), 'sign-in-'));
  t.after(() => rmSync(folder, { recursive: true, force: true, maxRetries: 3 }));
  return folder;
}

/**
 * A port that nothing listens on, and that no system gives away by itself to whoever asks for any port (Linux
 * from 32768 on, others from 49152 on): else another test could get it before the command listens.
 */
export async function freePort(): Promise<number> {
  for (;;) {
    const port = 20_000 + randomInt(12_000);
    const server = createServer().listen(port);
    const isFree = await new Promise<boolean>((resolve) => {
      server.once('listening', () => resolve(true)).once('error', () => resolve(false));
    });
    if (isFree) {
      await new Promise((resolve) => server.close(resolve));
      return port;
    }
  }
}

/** One use of the stand-in for `gh`. */
export interface GhCall {
  readonly args: readonly string[];
  readonly input: string;
  /** What it sees in SF_CLIENT_SECRET. */
  readonly secret: string | undefined;
}

/** Programs that the command starts. Each call is recorded. */
export class StandIns {
  readonly folder: string;

  constructor(t: Pick<TestContext, 'after'>) {
    this.folder = temporaryFolder(t);
    this.#write(
      'xdg-open',
      `require('fs').appendFileSync(__dirname + '/opened', process.argv[2]);`,
    );
    this.#write('open', `require('./xdg-open');`);
  }

  /** GitHub's client; what matches `fails` fails with these words, until the next call of this. */
  gh(...fails: readonly (readonly [args: RegExp, words: string, code?: number])[]): void {
    const rows = fails.map(
      ([args, words, code = 1]) => `[${args}, ${JSON.stringify(words)}, ${code}]`,
    );
    this.#write(
      'gh',
      `const args = process.argv.slice(2);
       let input = '';
       process.stdin.on('data', (chunk) => { input += chunk; }).on('end', () => {
         require('fs').appendFileSync(__dirname + '/calls', JSON.stringify({ args, input, secret: process.env.SF_CLIENT_SECRET }) + '\\n');
         const [, words, code] = [${rows.join(', ')}].find(([what]) => what.test(args.join(' '))) ?? [];
         if (words !== undefined) {
           process.stderr.write(words);
           process.exit(code);
         }
         process.stdout.write(args[0] === 'repo' ? 'https://github.com/acme/deploy\\n' : '{}');
       });`,
    );
  }

  get calls(): GhCall[] {
    return this.#read('calls')
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => {
        const { args, input, secret } = Object(JSON.parse(line));
        return { args, input, secret };
      });
  }

  /** The address that a browser was opened at; empty where none was. */
  get opened(): string {
    return this.#read('opened');
  }

  #read(name: string): string {
    const path = join(this.folder, name);
    return existsSync(path) ? readFileSync(path, 'utf8') : '';
  }

  #write(name: string, script: string): void {
    const path = join(this.folder, name);
    writeFileSync(path, `#!/usr/bin/env node\n${script}\n`);
    chmodSync(path, 0o755);
  }
}

/** What became of a sign-in. */
export interface SignInResult {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** A sign-in under way. */
export interface SignIn {
  readonly process: ChildProcess;
  /** What was said until now. */
  said(): string;
  /** The address to sign in at, as soon as it is printed. */
  address(): Promise<URL>;
  readonly result: Promise<SignInResult>;
}

/** An org, and an app whose callback has a port of its own. */
export interface SignInScene {
  readonly t: TestContext;
  readonly org: SalesforceOrg;
  readonly port: number;
  readonly programs: StandIns;
  readonly env: Readonly<Record<string, string>>;
  /** What every sign-in there needs. */
  readonly options: readonly string[];
}

export async function signInScene(t: TestContext, options: OrgOptions = {}): Promise<SignInScene> {
  const port = await freePort();
  const callbacks = [`http://localhost:${port}/OauthRedirect`];
  const org = await startOrg({ ...options, app: { callbacks, ...options.app } });
  t.after(() => org.close());
  const programs = new StandIns(t);
  programs.gh();
  return {
    t,
    org,
    port,
    programs,
    // No other program, the machine's own `gh` above all, and nothing of the machine's settings.
    env: { PATH: [programs.folder, dirname(process.execPath)].join(delimiter) },
    options: [
      ...['--login-url', org.url, '--allowed-hosts', '127.0.0.1', '--port', String(port)],
      ...['--client-id', org.app.clientId],
    ],
  };
}

/** Starts a program with these arguments, and nothing of this process's environment but `env`. */
export function startSignIn(
  t: TestContext,
  command: readonly [string, ...string[]],
  env: Readonly<Record<string, string>>,
  cwd?: string,
): SignIn {
  const [program, ...args] = command;
  const child = spawn(program, args, { env, cwd, stdio: ['pipe', 'pipe', 'pipe'] });
  t.after(() => child.kill('SIGKILL'));
  let stderr = '';
  child.stderr.setEncoding('utf8').on('data', (chunk: string) => {
    stderr += chunk;
  });
  child.stdin.on('error', () => {});
  const stdout = text(child.stdout);
  const result = new Promise<SignInResult>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code) => {
      stdout.then((out) => resolve({ code, stdout: out, stderr }), reject);
    });
  });
  const pattern = /^http\S+\/services\/oauth2\/authorize\?\S+$/m;
  return {
    process: child,
    said: () => stderr,
    address: async () => {
      await Promise.race([until(() => pattern.test(stderr)), result]);
      return new URL(pattern.exec(stderr)?.[0] ?? assert.fail(stderr));
    },
    result,
  };
}

/** Does at the look-alike what a user does; gives the address that the browser is sent to. */
export async function decide(
  org: SalesforceOrg,
  address: URL,
  decision: 'allow' | 'deny',
): Promise<URL> {
  const browser = new Browser(org);
  return await browser.decide(await browser.signIn(address.pathname + address.search), decision);
}
