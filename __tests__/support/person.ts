import { join } from 'node:path';
import { type Browser, newPage, type Page, startBrowser } from './chrome.ts';
import type { SalesforceOrg } from './salesforce-org.ts';

// What a person does and sees in a real browser, for the tests that `npm run test:browser` runs.

const pictures = join(import.meta.dirname, '..', '..', 'build', 'browser');
const widths = [1000, 500];
const schemes = ['light', 'dark'];

/** Starts the browser that was found; it reaches nothing but this machine. */
export async function startTestBrowser(): Promise<Browser> {
  const { CHROME_PATH, PUPPETEER } = process.env;
  if (CHROME_PATH === undefined || PUPPETEER === undefined) {
    throw new Error('These tests are run by npm run test:browser.');
  }
  const rules = '--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE localhost, EXCLUDE 127.0.0.1';
  return await startBrowser({ CHROME_PATH, PUPPETEER }, [rules]);
}

/** A person in front of a page of their own. */
export class Person {
  readonly page: Page;
  /** What scripts and styles of the pages complain of. */
  readonly errors: string[] = [];

  private constructor(page: Page) {
    this.page = page;
    page.on('pageerror', (error) => this.errors.push(String(error)));
    page.on('console', (said) => this.errors.push(String(Object(said).text?.())));
  }

  static async at(browser: Browser): Promise<Person> {
    return new Person(await newPage(browser));
  }

  /** Signs in and answers; ends on the page that the command shows. */
  async signIn(
    { user }: SalesforceOrg,
    address: URL,
    decision: 'allow' | 'deny' = 'allow',
  ): Promise<void> {
    await this.page.goto(address.href);
    await this.logIn(user.username, user.password);
    await this.page.waitForSelector('#oaapprove');
    await this.page.click(decision === 'allow' ? '#oaapprove' : '#oadeny');
    const { origin } = new URL(address.searchParams.get('redirect_uri') ?? '');
    await this.page.waitForFunction(
      `location.origin === '${origin}' && document.readyState === 'complete'`,
    );
  }

  /** Fills the login page in and sends it. */
  async logIn(username: string, password: string): Promise<void> {
    await this.page.waitForSelector('#Login');
    await this.page.type('#username', username);
    await this.page.type('#password', password);
    await this.page.click('#Login');
  }

  /** What is to be read on the page. */
  async read(): Promise<string> {
    return String(await this.page.evaluate('document.body.innerText'));
  }

  /** Takes pictures of what the page shows: light and dark, wide and narrow. */
  async takePictures(name: string): Promise<void> {
    for (const width of widths) {
      await this.page.setViewport({ width, height: 700 });
      for (const value of schemes) {
        await this.page.emulateMediaFeatures([{ name: 'prefers-color-scheme', value }]);
        const path = join(pictures, `${name}-${width}-${value}.png`);
        await this.page.screenshot({ path, fullPage: true });
      }
      const over = await this.page.evaluate('document.documentElement.scrollWidth - innerWidth');
      if (Number(over) > 0) {
        throw new Error(`${name} is ${over} px too wide for a window of ${width}`);
      }
    }
  }
}
