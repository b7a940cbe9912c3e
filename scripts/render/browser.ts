import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { fail, nodePackage } from '../tools.ts';

/** What is used of puppeteer-core, which is fetched on demand: so its own types are not there. */
export interface Page {
  setViewport(size: { width: number; height: number }): Promise<void>;
  emulateMediaFeatures(features: readonly { name: string; value: string }[]): Promise<void>;
  goto(url: string, options: { waitUntil: 'load' }): Promise<unknown>;
  /** Waits until the expression is true. */
  waitForFunction(expression: string): Promise<unknown>;
  /** The value of an expression within the page. */
  evaluate(expression: string): Promise<unknown>;
  screenshot(options: {
    path: string;
    clip: { x: number; y: number; width: number; height: number };
    captureBeyondViewport: boolean;
  }): Promise<unknown>;
}

export interface Browser {
  newPage(): Promise<Page>;
  close(): Promise<void>;
}

interface Puppeteer {
  launch(options: {
    executablePath: string;
    args: readonly string[];
    headless: boolean;
  }): Promise<Browser>;
}

const names = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable', 'chrome'];

/** Starts a Chrome or Chromium of this machine (`CHROME_PATH` names another one), without a window. */
export async function startBrowser(): Promise<Browser> {
  const candidates = [process.env['CHROME_PATH'] ?? '', ...names];
  const executablePath = candidates.map(whereIs).find((path) => path !== '');
  if (executablePath === undefined) {
    fail(
      'Chrome or Chromium is missing: install one (Debian: apt-get install chromium), or name it in CHROME_PATH.',
    );
  }
  const folder = nodePackage('puppeteer-core', '25.16.0');
  const entry = join(folder, 'puppeteer-core', 'lib', 'puppeteer', 'puppeteer-core.js');
  const { default: puppeteer }: { default: Puppeteer } = await import(pathToFileURL(entry).href);
  return await puppeteer.launch({
    executablePath,
    headless: true,
    args: [
      '--hide-scrollbars',
      // Its sandbox takes rights that root in a container does not have.
      ...(process.getuid?.() === 0 ? ['--no-sandbox'] : []),
    ],
  });
}

/** The path of a program, empty where it isn't there. */
function whereIs(name: string): string {
  return name === '' ? '' : spawnSync('which', [name], { encoding: 'utf8' }).stdout.trim();
}
