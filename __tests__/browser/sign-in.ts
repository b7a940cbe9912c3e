import assert from 'node:assert/strict';
import { join } from 'node:path';
import { after, before, describe, it, type TestContext } from 'node:test';
import type { Browser } from '../support/chrome.ts';
import { Person, startTestBrowser } from '../support/person.ts';
import { signInScene, startSignIn } from '../support/sign-in.ts';

// A person signs in with a real browser, at the look-alike of Salesforce. What the pages say is tested
// without one as well; here it is whether a browser keeps to them.

const entry = join(import.meta.dirname, '..', '..', 'build', 'sign-in', 'index.js');
const target = ['--repo', 'acme/deploy', '--env', 'production'];

describe('signing in, in a real browser', () => {
  let browser: Browser;
  before(async () => {
    browser = await startTestBrowser();
  });
  after(() => browser.close());

  async function scene(t: TestContext) {
    const { org, options, env, programs } = await signInScene(t, {
      rotation: 'strict',
      app: { pkceRequired: true },
    });
    const person = await Person.at(browser);
    t.after(() => person.page.close());
    const running = startSignIn(t, [process.execPath, entry, ...options, ...target], env);
    const stored = () => programs.calls.filter(({ args }) => args[0] === 'secret');
    return { org, person, running, stored };
  }

  it('ends with the refresh token in a secret, and on a page that says so', async (t) => {
    const { org, person, running, stored } = await scene(t);
    await person.signIn(org, await running.address());
    assert.match(await person.read(), /Signed in\n/);
    // Its script has run, as its own security policy lets it: the code is out of the address.
    const { pathname, search } = new URL(person.page.url());
    assert.equal(pathname + search, '/');
    await person.takePictures('signed-in');
    const { code, stderr } = await running.result;
    assert.equal(code, 0, stderr);
    assert.deepEqual(person.errors, []);
    const [{ input = '' } = {}, ...others] = stored();
    assert.deepEqual(others, []);
    assert.equal(org.refreshTokenState(input), 'current');
    assert.equal(org.familyOf(input)?.user, org.user);
  });

  it('ends where the person says no, and stores nothing', async (t) => {
    const { org, person, running, stored } = await scene(t);
    await person.signIn(org, await running.address(), 'deny');
    assert.match(await person.read(), /Not signed in\n.*access_denied/s);
    await person.takePictures('denied');
    const { code, stderr } = await running.result;
    assert.equal(code, 1, stderr);
    assert.match(stderr, /access_denied/);
    assert.deepEqual(stored(), []);
    assert.deepEqual(org.families, []);
  });

  it('goes on where the person mistypes, or something else comes back', async (t) => {
    const { org, person, running } = await scene(t);
    const { page } = person;
    const address = await running.address();
    await page.goto(address.href);
    await person.takePictures('login');
    await person.logIn(org.user.username, 'wrong');
    await page.waitForSelector('#error');
    await person.takePictures('login-refused');
    await person.logIn(org.user.username, org.user.password);
    await page.waitForSelector('#oaapprove');
    await person.takePictures('consent');
    const callback = address.searchParams.get('redirect_uri') ?? '';
    await page.goto(`${callback}?code=aPrx&state=wrong`);
    await person.takePictures('not-this-sign-in');
    await page.goto(address.href);
    await page.waitForSelector('#oaapprove');
    await page.click('#oaapprove');
    const { code, stderr } = await running.result;
    assert.equal(code, 0, stderr);
  });

  it('waits where Salesforce shows a page of its own', async (t) => {
    const { org, person, running } = await scene(t);
    const address = await running.address();
    org.app.callbacks = [];
    await person.page.goto(address.href);
    await person.page.waitForSelector('#error');
    assert.match(await person.read(), /redirect_uri_mismatch/);
    await person.takePictures('redirect-uri-mismatch');
    assert.equal(running.process.exitCode, null);
  });
});
