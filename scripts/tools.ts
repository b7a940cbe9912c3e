/**
 * Programs that only some checks need, built or installed on demand: pinned, and kept in a folder of
 * the user's cache under their version, so that only the first run waits for them.
 */
import { spawnSync } from 'node:child_process';
import {
  accessSync,
  constants,
  existsSync,
  mkdirSync,
  mkdtempSync,
  renameSync,
  rmSync,
  statSync,
} from 'node:fs';
import { homedir } from 'node:os';
import { delimiter, join, resolve } from 'node:path';
import type { ChromePlaces } from '../__tests__/support/chrome.ts';

const exe = process.platform === 'win32' ? '.exe' : '';

/** Says what is wrong and ends the script. */
export function fail(text: string): never {
  console.error(text);
  process.exit(1);
}

/** A program written in Go, from its module and version; ends the script where it can't be had. */
export function goProgram(module: string, version: string): string {
  const name = module.split('/').at(-1) ?? module;
  const bin = installed(`${name}-${version}`, `${name}${exe}`, (folder) => {
    need('go', ['version'], `${name} is built from its Go module: install Go 1.25 or newer.`);
    run('go', ['install', `${module}@${version}`], { GOBIN: folder });
  });
  return join(bin, name + exe);
}

/** act, which runs workflows; ends the script where it can't be had. */
export function actProgram(): string {
  return goProgram('github.com/nektos/act', 'v0.2.89');
}

/** A program from a Python package; ends the script where it can't be had. */
export function pythonProgram(name: string, version: string): string {
  return join(pythonPackage(name, version, name + exe), name + exe);
}

/**
 * The folder with the programs of a virtual environment that holds a Python package, `python` among
 * them; ends the script where it can't be had.
 */
export function pythonPackage(name: string, version: string, program = `python${exe}`): string {
  const windows = process.platform === 'win32';
  const python = windows ? 'python' : 'python3';
  const bin = windows ? 'Scripts' : 'bin';
  const folder = installed(`${name}-${version}`, join(bin, program), (fresh) => {
    need(python, ['-m', 'venv', '-h'], `${name} is a Python package: install Python 3 with venv.`);
    run(python, ['-m', 'venv', fresh]);
    const requirement = `${name}==${version}`;
    const options = ['--quiet', '--disable-pip-version-check', '--only-binary', ':all:'];
    run(join(fresh, bin, `python${exe}`), ['-m', 'pip', 'install', ...options, requirement]);
  });
  return join(folder, bin);
}

/** The folder `node_modules` with an npm package; ends the script where it can't be had. */
export function nodePackage(name: string, version: string): string {
  const folder = installed(
    `${name.replace('/', '-')}-${version}`,
    join('node_modules', name, 'package.json'),
    (fresh) => {
      const options = ['--no-audit', '--no-fund', '--no-package-lock', '--loglevel=error'];
      run('npm', ['install', '--prefix', fresh, ...options, `${name}@${version}`]);
    },
  );
  return join(folder, 'node_modules');
}

/**
 * A program of the machine, by the first of these names (or paths) that is there. Where none is, Debian's
 * package is installed if this is Debian and may be done; `undefined` where it can't be had.
 */
export function systemProgram(names: readonly string[], debianPackage: string): string | undefined {
  const found = onPath(names);
  if (found !== undefined || process.getuid?.() !== 0 || onPath(['apt-get']) === undefined) {
    return found;
  }
  console.log(`Installing Debian's package ${debianPackage}`);
  const apt = (...args: readonly string[]) =>
    spawnSync('apt-get', ['-qq', ...args], {
      stdio: ['ignore', 'ignore', 'inherit'],
      env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' },
    });
  apt('update');
  apt('install', '--yes', '--no-install-recommends', debianPackage);
  return onPath(names);
}

/**
 * A Chrome or Chromium (`CHROME_PATH` names another one), and what drives it and brings none of its own;
 * ends the script where there is none.
 */
export function realChrome(): ChromePlaces {
  const { CHROME_PATH: named = '' } = process.env;
  const usual = [
    ...['google-chrome', 'google-chrome-stable', 'chromium', 'chromium-browser', 'chrome'],
    '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
  ];
  const found = named === '' ? systemProgram(usual, 'chromium') : onPath([named]);
  if (found === undefined) {
    const what = named === '' ? 'Chrome or Chromium' : `${named}, which CHROME_PATH names,`;
    fail(`${what} is missing: install one (Debian: apt-get install chromium), or set CHROME_PATH.`);
  }
  return { CHROME_PATH: found, PUPPETEER: nodePackage('puppeteer-core', '25.16.0') };
}

/**
 * Variables for tests with the real `gh`: where it is, and where the library is that opens what it seals
 * (Node has no XSalsa20). None where it can't be had; those tests are skipped then.
 */
export function realGh(): Record<string, string> {
  // Elsewhere it trusts the system's certificates alone, and not the look-alike's.
  const gh = process.platform === 'linux' ? systemProgram(['gh'], 'gh') : undefined;
  if (gh === undefined) {
    console.log('The real gh is left out: that takes Linux, and gh (https://cli.github.com).');
    return {};
  }
  return { GH: gh, LIBSODIUM: nodePackage('libsodium-wrappers', '0.8.4') };
}

/** The path of the first of these names, or paths, that can be executed. */
function onPath(names: readonly string[]): string | undefined {
  const folders = (process.env['PATH'] ?? '').split(delimiter);
  return names
    .flatMap((name) =>
      name.includes('/') ? [name] : folders.map((folder) => resolve(folder, name)),
    )
    .find(isProgram);
}

function isProgram(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return statSync(path).isFile();
  } catch {
    return false;
  }
}

/**
 * The folder of a program, filled by `install` if the program isn't there. It gets its name last, or
 * is removed: an installation that was interrupted is no installation.
 */
function installed(name: string, program: string, install: (folder: string) => void): string {
  const cache = cacheFolder();
  const folder = join(cache, name);
  if (existsSync(join(folder, program))) {
    return folder;
  }
  console.log(`Installing ${name} in ${cache}`);
  mkdirSync(cache, { recursive: true });
  rmSync(folder, { recursive: true, force: true });
  const fresh = mkdtempSync(join(cache, 'new-'));
  process.once('exit', () => rmSync(fresh, { recursive: true, force: true }));
  install(fresh);
  if (!existsSync(join(fresh, program))) {
    fail(`Installing ${name} gave no ${program}.`);
  }
  renameSync(fresh, folder);
  return folder;
}

function cacheFolder(): string {
  const { env, platform } = process;
  const base =
    env['XDG_CACHE_HOME'] ??
    (platform === 'win32' ? env['LOCALAPPDATA'] : undefined) ??
    join(homedir(), platform === 'darwin' ? 'Library/Caches' : '.cache');
  return join(base, 'refresh-salesforce-token');
}

function need(command: string, args: readonly string[], missing: string): void {
  if (spawnSync(command, args, { stdio: 'ignore' }).status !== 0) {
    fail(`${command} is missing. ${missing}`);
  }
}

function run(command: string, args: readonly string[], env: Record<string, string> = {}): void {
  const { status, error } = spawnSync(command, args, {
    stdio: ['ignore', 'inherit', 'inherit'],
    env: { ...process.env, ...env },
  });
  if (status !== 0) {
    fail(`failed (${error?.message ?? status}): ${command} ${args.join(' ')}`);
  }
}
