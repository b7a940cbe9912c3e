import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

/** What is used of puppeteer-core, which is fetched on demand: so its own types are not there. */
export interface Page {
  /** Until everything is loaded. */
  goto(url: string): Promise<unknown>;
  url(): string;
  setViewport(size: { readonly width: number; readonly height: number }): Promise<void>;
  emulateMediaFeatures(
    features: readonly { readonly name: string; readonly value: string }[],
  ): Promise<void>;
  /** Waits until there is such an element. */
  waitForSelector(selector: string): Promise<unknown>;
  /** Waits until the expression is true, on whatever page is shown then. */
  waitForFunction(expression: string): Promise<unknown>;
  type(selector: string, text: string): Promise<void>;
  click(selector: string): Promise<void>;
  /** The value of an expression within the page. */
  evaluate(expression: string): Promise<unknown>;
  screenshot(options: {
    readonly path: string;
    readonly fullPage?: boolean;
    readonly clip?: { x: number; y: number; width: number; height: number };
    readonly captureBeyondViewport?: boolean;
  }): Promise<unknown>;
  on(event: 'pageerror' | 'console', listener: (said: unknown) => void): void;
  setDefaultTimeout(milliseconds: number): void;
  close(): Promise<void>;
}

export interface Browser {
  newPage(): Promise<Page>;
  close(): Promise<void>;
}

interface Puppeteer {
  launch(options: {
    readonly executablePath: string;
    readonly args: readonly string[];
    readonly headless: boolean;
    readonly timeout: number;
    readonly protocolTimeout: number;
  }): Promise<Browser>;
}

/** Where a browser is, and the folder with puppeteer-core, by the names of variables. */
export interface ChromePlaces {
  readonly CHROME_PATH: string;
  readonly PUPPETEER: string;
}

/** A browser on a busy machine takes its time; whatever hangs is over then. */
const patienceMs = 120_000;

/** Starts a Chrome or Chromium without a window. */
export async function startBrowser(
  { CHROME_PATH: executablePath, PUPPETEER: folder }: ChromePlaces,
  more: readonly string[] = [],
): Promise<Browser> {
  const entry = join(folder, 'puppeteer-core', 'lib', 'puppeteer', 'puppeteer-core.js');
  const { default: puppeteer }: { default: Puppeteer } = await import(pathToFileURL(entry).href);
  return await puppeteer.launch({
    executablePath,
    headless: true,
    timeout: patienceMs,
    protocolTimeout: patienceMs,
    args: [
      '--hide-scrollbars',
      // The memory that a container's processes share is too small for it.
      '--disable-dev-shm-usage',
      // Its sandbox takes rights that root in a container does not have.
      ...(process.getuid?.() === 0 ? ['--no-sandbox'] : []),
      ...more,
    ],
  });
}

/** A new page that waits as long as a busy machine takes. */
export async function newPage(browser: Browser): Promise<Page> {
  const page = await browser.newPage();
  page.setDefaultTimeout(patienceMs);
  return page;
}
