import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { text } from 'node:stream/consumers';
import { after, before, describe, it, type TestContext } from 'node:test';
import { parse } from 'yaml';
import type { Browser } from '../support/chrome.ts';
import { type GitHub, startGitHub } from '../support/github/server.ts';
import { Person, startTestBrowser } from '../support/person.ts';
import { environmentOfGh, openSecret } from '../support/real-gh.ts';
import { runAction } from '../support/runner.ts';
import { type SignInScene, signInScene, startSignIn, temporaryFolder } from '../support/sign-in.ts';

// From nothing to a pipeline with a token that rotates: sign in, store the secret, paste what was printed,
// run it twice.

const repository = 'acme/deploy';
const environment = 'production';
const branch = 'salesforce-tokens';
const gh = process.env['GH'];
const entry = join(import.meta.dirname, '..', '..', 'build', 'sign-in', 'index.js');

describe('the whole way', () => {
  let browser: Browser;
  before(async () => {
    browser = await startTestBrowser();
  });
  after(() => browser.close());

  async function servers(t: TestContext) {
    const github = await startGitHub({
      tls: true,
      basePath: '/api/v3',
      repositories: { [repository]: { branches: { main: {} }, environments: [environment] } },
    });
    t.after(() => github.close());
    const scene = await signInScene(t, { rotation: 'strict', app: { pkceRequired: true } });
    return { github, scene };
  }

  /** Signs in; gives what was said. */
  async function signIn(
    { t, org, options, env }: SignInScene,
    more: Readonly<Record<string, string>> = {},
  ): Promise<string> {
    const target = ['--repo', repository, '--env', environment];
    const command = [process.execPath, entry, ...options, ...target] as const;
    const running = startSignIn(t, command, { ...env, ...more });
    const person = await Person.at(browser);
    t.after(() => person.page.close());
    await person.signIn(org, await running.address());
    const { code, stderr } = await running.result;
    assert.equal(code, 0, stderr);
    return stderr;
  }

  /** Pastes the workflow, and runs its step twice, with the same secret. */
  async function deployTwice(
    github: GitHub,
    { t, org }: SignInScene,
    said: string,
    stored: Readonly<Record<string, string>>,
  ): Promise<void> {
    const certificate = join(temporaryFolder(t), 'certificate.pem');
    writeFileSync(certificate, github.certificate ?? '');
    const { 'secrets.SF_REFRESH_TOKEN': secret = '' } = stored;
    const context: Readonly<Record<string, string>> = {
      'secrets.SF_CLIENT_ID': org.app.clientId,
      'vars.SF_LOGIN_URL': org.url,
      ...stored,
      'github.token': github.token({ contents: 'write', repositories: [repository] }),
    };
    const inputs = inputsIn(said, context);
    assert.equal(inputs['token-branch'], branch);
    assert.equal(inputs['expected-org-id'], org.id);
    const seen = new Set<string>();
    for (const run of ['1001', '1002']) {
      const { conclusion, log, outputs } = await runAction({
        inputs,
        secrets: Object.values(context),
        env: {
          GITHUB_API_URL: github.url,
          GITHUB_REPOSITORY: repository,
          GITHUB_REF_NAME: 'main',
          GITHUB_RUN_ID: run,
          NODE_EXTRA_CA_CERTS: certificate,
        },
      });
      assert.equal(conclusion, 'success', log);
      assert.ok(org.accessTokenAlive(outputs['access-token'] ?? ''));
      seen.add(org.familyOf(secret)?.current ?? '');
    }
    // Each run has rotated it, and the secret, which is spent since the first, is still good.
    assert.deepEqual([seen.size, seen.has(secret), org.reuses], [2, false, 0]);
    assert.equal(org.refreshTokenState(secret), 'spent');
    assert.equal(github.repository(repository).paths(branch).length > 0, true);
  }

  it('with a stand-in for gh, which sees what the secret gets', async (t) => {
    const { github, scene } = await servers(t);
    const said = await signIn(scene);
    const stored = scene.programs.calls.filter(({ args }) => args[0] === 'secret');
    const [{ input = '' } = {}] = stored;
    await deployTwice(github, scene, said, { 'secrets.SF_REFRESH_TOKEN': input });
  });

  it('with the real gh', { skip: gh === undefined && 'gh is missing' }, async (t) => {
    const { github, scene } = await servers(t);
    const path = [scene.env['PATH'], process.env['PATH']].join(delimiter);
    const token = github.token({ settings: 'write', kind: 'fine-grained' });
    const folder = temporaryFolder(t);
    const env = environmentOfGh(gh ?? '', { github, token, folder, path });
    const said = await signIn(scene, env);
    assert.deepEqual(scene.programs.calls, [], 'the stand-in was called');
    const vault = github.repository(repository).environment(environment);
    assert.ok(vault !== undefined);
    assert.deepEqual([...vault.secrets.keys()], ['SF_REFRESH_TOKEN']);
    const secret = await openSecret(vault, 'SF_REFRESH_TOKEN');
    assert.equal(scene.org.refreshTokenState(secret), 'current');
    await pasteCommands(said, env);
    const clientId = await openSecret(vault, 'SF_CLIENT_ID');
    const loginUrl = vault.variables.get('SF_LOGIN_URL')?.value;
    await deployTwice(github, scene, said, {
      'secrets.SF_REFRESH_TOKEN': secret,
      'secrets.SF_CLIENT_ID': clientId,
      ...(loginUrl !== undefined && { 'vars.SF_LOGIN_URL': loginUrl }),
    });
  });
});

/** Runs the commands that were printed for pasting. */
async function pasteCommands(said: string, env: Readonly<Record<string, string>>): Promise<void> {
  const commands = said.match(/^ *gh (secret|variable) set .*$/gm) ?? [];
  assert.equal(commands.length, 2, said);
  for (const command of commands) {
    const child = spawn('sh', ['-c', command], { env, stdio: ['ignore', 'ignore', 'pipe'] });
    const [stderr, [code]] = await Promise.all([text(child.stderr), once(child, 'close')]);
    // Debian 12 has gh 2.23, which is older than its variables.
    assert.ok(code === 0 || stderr.includes('unknown command "variable"'), stderr);
  }
}

/** The inputs of the step that was printed for pasting, with the values of their expressions. */
function inputsIn(
  said: string,
  context: Readonly<Record<string, string>>,
): Readonly<Record<string, string>> {
  const [yaml = ''] = /^jobs:\n(?: .*\n)+/m.exec(`${said}\n`) ?? [];
  const [job] = Object.values(Object(Object(parse(yaml)).jobs));
  const { environment: where, permissions, steps } = Object(job);
  assert.equal(where, environment, said);
  assert.deepEqual(permissions, { contents: 'write' });
  const entries = Object.entries(Object(steps[0]).with).map(([name, value]) => [
    name,
    String(value).replace(/\$\{\{ ([\w.]+) \}\}/g, (_, expression: string) => {
      const known = context[expression];
      assert.ok(known !== undefined, expression);
      return known;
    }),
  ]);
  return Object.fromEntries(entries);
}
