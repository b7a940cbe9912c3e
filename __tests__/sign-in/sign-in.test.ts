// Not for coverage: it starts the package that signs in.

import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import {
  chmodSync,
  existsSync,
  readFileSync,
  realpathSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { createServer, request } from 'node:http';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { after, before, describe, it, type TestContext } from 'node:test';
import { parseAuthUrl } from '../../src/credential/auth-url.ts';
import { runAction } from '../support/runner.ts';
import {
  fault,
  type OrgOptions,
  type SalesforceOrg,
  tokenPath,
} from '../support/salesforce-org.ts';
import {
  decide,
  packSignIn,
  type SignIn,
  type SignInScene,
  signInScene,
  startSignIn,
  temporaryFolder,
} from '../support/sign-in.ts';

// The package signs in at the look-alike of Salesforce: what the user sees, and where the token goes.

const skip = process.platform === 'win32' && 'the stand-ins for gh and browsers are scripts';
const toEnvironment = ['--repo', 'acme/deploy', '--env', 'production'];

describe('the sign-in', { skip }, () => {
  const built = temporaryFolder({ after });
  const entry = join(built, 'sign-in', 'index.js');
  before(() => packSignIn(built));

  function start({ t, options, env }: SignInScene, args: readonly string[], more = {}): SignIn {
    return startSignIn(t, [process.execPath, entry, ...options, ...args], { ...env, ...more });
  }

  /** A whole sign-in. */
  async function signIn(t: TestContext, args: readonly string[], org: OrgOptions = {}) {
    const scene = await signInScene(t, org);
    const running = start(scene, args);
    const page = await goThrough(scene.org, running);
    return { ...scene, ...page, ...(await running.result) };
  }

  async function goThrough(
    org: SalesforceOrg,
    running: SignIn,
    decision: 'allow' | 'deny' = 'allow',
  ) {
    const end = await decide(org, await running.address(), decision);
    const response = await fetch(end);
    return { end, status: response.status, headers: response.headers, page: await response.text() };
  }

  it('puts the refresh token into the secret of an environment, and says what to paste', async (t) => {
    const done = await signIn(t, toEnvironment);
    const { org, programs, stderr } = done;
    assert.equal(done.code, 0, stderr);
    assert.equal(done.stdout, '');
    const [stored] = programs.calls.filter(({ args }) => args[0] === 'secret');
    assert.deepEqual(stored?.args, [
      ...['secret', 'set', 'SF_REFRESH_TOKEN'],
      ...['--repo', 'acme/deploy', '--env', 'production'],
    ]);
    assert.equal(org.refreshTokenState(stored?.input ?? ''), 'current');
    assert.equal(programs.opened, /^http.*authorize\?.*$/m.exec(stderr)?.[0]);
    for (const said of [
      `Signed in as ${org.user.username}, to the production org ${org.id} at ${org.url}.`,
      'A refresh token came. Scopes: api refresh_token.',
      'Stored as the secret SF_REFRESH_TOKEN: --repo acme/deploy --env production.',
      'Salesforce keeps five sign-ins per user and app; a sixth revokes the oldest.',
      '    environment: "production"\n',
      '      contents: write',
      `          refresh-token: \${{ secrets.SF_REFRESH_TOKEN }}\n`,
      `          client-id: \${{ secrets.SF_CLIENT_ID }}\n`,
      `          login-url: \${{ vars.SF_LOGIN_URL }}\n`,
      '          token-branch: salesforce-tokens\n',
      `          github-token: \${{ github.token }}\n`,
      `          expected-org-id: ${org.id}\n`,
    ]) {
      assert.ok(stderr.includes(said), `${said} is missing in:\n${stderr}`);
    }
    const secrets = [stored?.input ?? '', done.end.searchParams.get('code') ?? ''];
    const bearer = org.requests.map(({ headers }) => headers['authorization']?.slice(7) ?? '');
    for (const secret of [...secrets, bearer.at(-1) ?? '']) {
      const told = [stderr, done.page, JSON.stringify(programs.calls.map(({ args }) => args))];
      assert.ok(secret !== '' && !told.join().includes(secret));
    }
  });

  it('names the commands for what the workflow reads and is not there', async (t) => {
    const scene = await signInScene(t);
    scene.programs.gh([/(CLIENT_ID|LOGIN_URL)$/, 'gh: Not Found (HTTP 404)']);
    const running = start(scene, toEnvironment);
    await goThrough(scene.org, running);
    const { stderr } = await running.result;
    const where = '--repo acme/deploy --env production --body';
    assert.ok(stderr.includes(`\ngh secret set SF_CLIENT_ID ${where} ${scene.org.app.clientId}\n`));
    assert.ok(stderr.includes(`\ngh variable set SF_LOGIN_URL ${where} ${scene.org.url}\n`));
  });

  it('names the secret itself where the token went to standard output', async (t) => {
    for (const [args, name] of [
      [['--to', 'stdout'], 'SF_REFRESH_TOKEN'],
      [['--to', 'stdout', '--as', 'auth-url', '--secret', 'MY_ORG'], 'MY_ORG'],
      [['--to', `file:${join(temporaryFolder(t), 'token.json')}`], undefined],
    ] as const) {
      const { stderr } = await signIn(t, args);
      const set = [...stderr.matchAll(/^gh secret set (\S+)$/gm)].map(([, found]) => found);
      assert.deepEqual(set, name === undefined ? [] : [name], stderr);
    }
  });

  it('quotes names for the shell that they are pasted into', async (t) => {
    const scene = await signInScene(t);
    const environment = "Bob's $HOME; `date`";
    scene.programs.gh([/LOGIN_URL$/, 'gh: Not Found (HTTP 404)']);
    const running = start(scene, ['--repo', 'acme/deploy', '--env', environment]);
    await goThrough(scene.org, running);
    const { stderr } = await running.result;
    const [command = ''] = /^gh variable set SF_LOGIN_URL .*$/m.exec(stderr) ?? [];
    const script = `gh() { printf '%s\n' "$@"; }\n${command}`;
    const words = execFileSync('/bin/sh', ['-c', script], { encoding: 'utf8' }).split('\n');
    assert.deepEqual(words.slice(3, 7), ['--repo', 'acme/deploy', '--env', environment], stderr);
  });

  it('takes the repository of the current folder', async (t) => {
    const { code, programs, stderr } = await signIn(t, []);
    assert.equal(code, 0, stderr);
    assert.ok(
      stderr.includes('Stored as the secret SF_REFRESH_TOKEN: --repo acme/deploy.'),
      stderr,
    );
    assert.ok(!stderr.includes('gh secret set'), stderr);
    assert.equal(programs.calls.filter(({ args }) => args[0] === 'repo').length, 1);
  });

  it('shows a page that loads nothing, keeps nothing and tells nothing', async (t) => {
    const { status, headers, page } = await signIn(t, ['--to', 'stdout']);
    assert.equal(status, 200);
    assert.match(page, /<h1>✅ Signed in<\/h1>/);
    assert.match(page, /You are signed in\. The terminal says what comes next; you can close/);
    assert.match(page, /color-scheme:light dark/);
    assert.match(
      headers.get('content-security-policy') ?? '',
      /^default-src 'none'; style-src 'sha/,
    );
    assert.equal(headers.get('cache-control'), 'no-store');
    assert.doesNotMatch(page, /(src|href)="(?!data:,")/);
  });

  it('writes the token alone to standard output', async (t) => {
    const { org, stdout, code, programs } = await signIn(t, ['--to', 'stdout']);
    assert.equal(code, 0);
    assert.equal(org.refreshTokenState(stdout.replace(/\n$/, '')), 'current');
    assert.deepEqual(programs.calls, []);
  });

  it('calls nothing stored that standard output did not take', async (t) => {
    const { env, options, org } = await signInScene(t);
    // Whoever should read it has gone already.
    const script = '{ "$0" "$@"; echo "exit code $?" >&2; } | :';
    const command = ['/bin/sh', '-c', script, process.execPath, entry, ...options] as const;
    const running = startSignIn(t, [...command, '--to', 'stdout'], env);
    await goThrough(org, running);
    const { stderr } = await running.result;
    assert.match(stderr, /Standard output could not be written: EPIPE[\s\S]*stored nowhere/);
    assert.match(stderr, /\nexit code 1\n$/);
    assert.doesNotMatch(stderr, /Written to|For the workflow|node:/);
  });

  it('stores the token though nobody reads any more what it says', async (t) => {
    const scene = await signInScene(t);
    const running = start(scene, toEnvironment);
    const end = await decide(scene.org, await running.address(), 'allow');
    running.process.stderr?.destroy();
    assert.equal((await fetch(end)).status, 200);
    assert.equal((await running.result).code, 0);
    const [stored] = scene.programs.calls.filter(({ args }) => args[0] === 'secret');
    assert.equal(scene.org.refreshTokenState(stored?.input ?? ''), 'current');
  });

  it('writes an auth URL as the action reads it', async (t) => {
    const { org, stdout, stderr } = await signIn(t, ['--to', 'stdout', '--as', 'auth-url']);
    const { clientId, host, refreshToken } = parseAuthUrl(stdout.trim());
    assert.deepEqual([clientId, host], [org.app.clientId, new URL(org.url).host]);
    assert.equal(org.refreshTokenState(refreshToken), 'current');
    assert.ok(stderr.includes(`sfdx-auth-url: \${{ secrets.SF_AUTH_URL }}`), stderr);
  });

  it('makes a token file that only its owner can read, and the action takes', async (t) => {
    const file = join(temporaryFolder(t), 'token.json');
    const { org, stderr } = await signIn(t, ['--to', `file:${file}`], { rotation: 'strict' });
    assert.equal(statSync(file).mode & 0o777, 0o600);
    assert.ok(stderr.includes(`token-file: ${JSON.stringify(file)}`), stderr);
    const inputs = { 'token-file': file, 'client-id': org.app.clientId, 'login-url': org.url };
    const run = await runAction({
      inputs: { ...inputs, 'allowed-hosts': '127.0.0.1', 'expected-org-id': org.id },
      env: { RUNNER_ENVIRONMENT: 'self-hosted' },
    });
    assert.equal(run.conclusion, 'success', run.log);
    assert.equal(run.outputs['rotated'], 'true');
  });

  it('names a token file in full, for the workflow has another folder', async (t) => {
    const { env, options, org } = await signInScene(t);
    const folder = realpathSync(temporaryFolder(t));
    const command = [process.execPath, entry, ...options, '--to', 'file:token.json'] as const;
    const running = startSignIn(t, command, env, folder);
    await goThrough(org, running);
    const { stderr } = await running.result;
    const full = JSON.stringify(join(folder, 'token.json'));
    assert.ok(stderr.includes(`token-file: ${full}\n`), stderr);
  });

  it('updates a token file in place', async (t) => {
    const file = join(temporaryFolder(t), 'token.json');
    writeFileSync(file, '{ "note": 1.0, "refresh_token": "old" }\n');
    chmodSync(file, 0o666);
    const { org, stderr } = await signIn(t, ['--to', `file:${file}`]);
    assert.match(
      stderr,
      /Warning: others can read it, by its mode 0666, which was left as it is\./,
    );
    assert.equal(statSync(file).mode & 0o777, 0o666);
    const text = readFileSync(file, 'utf8');
    assert.match(text, /^\{ "note": 1\.0, "refresh_token": "5Aep/);
    assert.equal(org.refreshTokenState(Object(JSON.parse(text)).refresh_token), 'current');
  });

  it('refuses whatever is not the answer, and goes on', async (t) => {
    const scene = await signInScene(t);
    const { port, org } = scene;
    const running = start(scene, ['--to', 'stdout']);
    const right = await decide(org, await running.address(), 'allow');
    const wrong = new URL(right);
    wrong.searchParams.set('state', 'x');
    const denied = new URL('?error=access_denied', right);
    let page = '';
    const ask = async (
      path: string,
      { host = `localhost:${port}`, method = 'GET', address = '127.0.0.1' } = {},
    ) => {
      const asked = request({ host: address, port, path, method, headers: { host } }).end();
      const [response] = await once(asked, 'response');
      page = await text(response);
      return response.statusCode;
    };
    const path = right.pathname + right.search;
    assert.equal(await ask(wrong.pathname + wrong.search), 400);
    assert.equal(await ask(denied.pathname + denied.search), 400);
    assert.equal(await ask(path, { host: `evil.example:${port}` }), 421);
    assert.equal(await ask(path, { host: 'localhost:1' }), 421);
    assert.equal(await ask(path, { method: 'POST' }), 405);
    assert.equal(await ask(`/other${right.search}`), 404);
    assert.equal(await ask(`//evil.example${path}`), 400);
    assert.equal(await ask('/favicon.ico'), 404);
    assert.match(page, /It still waits: its address is in the terminal\./);
    // A second right answer, while the first is being exchanged.
    const held = org.hold(tokenPath);
    const first = ask(path, { host: `127.0.0.1:${port}` });
    await held.reached;
    assert.equal(await ask(path), 409);
    assert.match(page, /This sign-in has its answer\. You can close this page\./);
    held.release();
    assert.equal(await first, 200);
    assert.equal((await running.result).code, 0);
    await assert.rejects(ask('/'), /ECONNREFUSED/);
  });

  it('explains a refusal, on the terminal and in the browser', async (t) => {
    const scene = await signInScene(t);
    const running = start(scene, toEnvironment);
    const { status, page } = await goThrough(scene.org, running, 'deny');
    const { code, stderr } = await running.result;
    assert.equal(code, 1);
    assert.equal(status, 400);
    for (const text of [stderr, page]) {
      assert.match(text, /refused the sign-in: “access_denied: end-user denied authorization”/);
      assert.match(text, /Somebody pressed “Deny”/);
    }
    assert.ok(!scene.programs.calls.some(({ args }) => args[0] === 'secret'));
  });

  it('names the scopes that were asked for where the app lacks one', async (t) => {
    const scene = await signInScene(t, { app: { scopes: ['api', 'refresh_token'] } });
    const running = start(scene, ['--to', 'stdout', '--scope', 'api id refresh_token']);
    const address = await running.address();
    const response = await fetch(address, { redirect: 'manual' });
    const end = response.headers.get('location');
    const page = await (await fetch(end ?? (await decide(scene.org, address, 'allow')))).text();
    const { code, stderr } = await running.result;
    assert.equal(code, 1);
    for (const said of [stderr, page]) {
      assert.match(said, /invalid_scope/);
      assert.match(
        said,
        /Asked for were: api, id, refresh_token\..*Access the identity URL service/,
      );
    }
  });

  for (const [what, does, said] of [
    [
      'a code that is dead',
      fault.oauthError('invalid_grant', 'expired authorization code'),
      /older/,
    ],
    [
      'a secret that is missing',
      fault.oauthError('invalid_client', 'invalid client credentials'),
      /SF_CLIENT_SECRET/,
    ],
    [
      'a lost answer',
      fault.reset(),
      /was cut after the request was sent|closed the connection without an answer|no complete answer/,
    ],
    [
      'an answer without a refresh token',
      fault.patch({ refresh_token: undefined }),
      /no refresh token/,
    ],
    [
      'an instance that is not Salesforce',
      fault.patch({ instance_url: 'https://x.example' }),
      /--allowed-hosts/,
    ],
    [
      'a redirect to elsewhere',
      fault.redirect('https://x.example/services/oauth2/token'),
      /a place that the code may not go to/,
    ],
  ] as const) {
    it(`ends in an error after ${what}`, async (t) => {
      const scene = await signInScene(t);
      scene.org.faults.push({ does, when: 'after', path: tokenPath });
      const running = start(scene, ['--to', 'stdout']);
      const { page } = await goThrough(scene.org, running);
      const { code, stdout, stderr } = await running.result;
      assert.deepEqual([code, stdout], [1, '']);
      assert.match(stderr, said);
      assert.match(page, /Not signed in/);
      assert.doesNotMatch(stderr, /`(login-url|client-id|allowed-hosts|client-secret)`/);
      assert.equal(scene.org.tokenRequests.length, 1);
    });
  }

  it('stores the token though the org says nothing of itself', async (t) => {
    const scene = await signInScene(t);
    scene.org.user.apiEnabled = false;
    const running = start(scene, ['--to', 'stdout']);
    await goThrough(scene.org, running);
    const { code, stdout, stderr } = await running.result;
    assert.equal(code, 0);
    assert.match(stdout, /^5Aep/);
    assert.match(stderr, /Not all could be found out: The user may not use the API/);
    assert.equal(stderr.split('Not all could be found out').length, 2);
    assert.ok(stderr.includes(`expected-org-id: ${scene.org.id}`));
  });

  it('takes the client secret from the environment, and gives it to nobody else', async (t) => {
    const scene = await signInScene(t, { app: { webServerSecretRequired: true } });
    const { clientSecret } = scene.org.app;
    scene.programs.gh([/SECRET$/, 'gh: Not Found (HTTP 404)']);
    const running = start(scene, toEnvironment, { SF_CLIENT_SECRET: clientSecret });
    await goThrough(scene.org, running);
    const { code, stderr } = await running.result;
    assert.equal(code, 0, stderr);
    assert.ok(!stderr.includes(clientSecret));
    assert.ok(scene.programs.calls.every(({ secret }) => secret === undefined));
    assert.ok(
      stderr.includes('\ngh secret set SF_CLIENT_SECRET --repo acme/deploy --env production\n'),
    );
    assert.ok(stderr.includes(`client-secret: \${{ secrets.SF_CLIENT_SECRET }}`));
  });

  describe('before the browser opens', () => {
    for (const [what, fails, said] of [
      [
        'nobody is logged in',
        [/^api/, 'To get started, please run:  gh auth login', 4],
        /Log in: `gh auth/,
      ],
      [
        'the repository is not seen',
        [/deploy$/, 'gh: Not Found (HTTP 404)'],
        /acme\/deploy cannot be read/,
      ],
      [
        'the environment is not there',
        [/production$/, 'gh: Not Found (HTTP 404)'],
        /no environment “production”/,
      ],
      ['no secret can be written', [/public-key$/, 'gh: Forbidden (HTTP 403)'], /right to write/],
    ] as const) {
      it(`says that ${what}`, async (t) => {
        const scene = await signInScene(t);
        scene.programs.gh(fails);
        const { code, stderr } = await start(scene, toEnvironment).result;
        assert.equal(code, 1);
        assert.match(stderr, said);
        assert.equal(scene.programs.opened, '');
        assert.deepEqual(scene.org.requests, []);
      });
    }

    it('says that gh is not installed', async (t) => {
      const scene = await signInScene(t);
      const running = start(scene, toEnvironment, { PATH: '/nowhere' });
      assert.match(
        (await running.result).stderr,
        /gh is not installed[\s\S]*https:\/\/cli\.github/,
      );
    });

    it('says that gh is there and cannot be run', async (t) => {
      const scene = await signInScene(t);
      chmodSync(join(scene.programs.folder, 'gh'), 0o644);
      const { code, stderr } = await start(scene, toEnvironment).result;
      assert.equal(code, 1);
      assert.match(stderr, /gh cannot be run \(EACCES\)\.\n.*`gh --version` runs/);
    });

    it('says that a file cannot be written', async (t) => {
      const folder = temporaryFolder(t);
      writeFileSync(join(folder, 'list.json'), '[]');
      for (const name of ['no/token.json', 'list.json']) {
        const scene = await signInScene(t);
        const { code, stderr } = await start(scene, ['--to', `file:${join(folder, name)}`]).result;
        assert.equal(code, 1);
        assert.match(stderr, /cannot be made|does not hold a JSON object/);
      }
    });

    it('says that the port is taken', async (t) => {
      const scene = await signInScene(t);
      const server = createServer().listen(scene.port, '127.0.0.1');
      t.after(() => server.close());
      await once(server, 'listening');
      const { code, stderr } = await start(scene, ['--to', 'stdout']).result;
      assert.equal(code, 1);
      assert.match(stderr, /EADDRINUSE[\s\S]*--no-browser/);
    });
  });

  it('tells what is lost where gh fails afterwards', async (t) => {
    const scene = await signInScene(t);
    scene.programs.gh([/^secret/, 'HTTP 502: Bad Gateway']);
    const running = start(scene, toEnvironment);
    await goThrough(scene.org, running);
    const { code, stderr } = await running.result;
    assert.equal(code, 1);
    assert.match(stderr, /could not be written\. gh says: HTTP 502: Bad Gateway\./);
    assert.match(stderr, /stored nowhere/);
  });

  it('takes the pasted address where no browser is opened, also with the port taken', async (t) => {
    for (const taken of [false, true]) {
      const scene = await signInScene(t);
      const server = createServer();
      t.after(() => server.close());
      if (taken) {
        await once(server.listen(scene.port, '127.0.0.1'), 'listening');
      }
      const running = start(scene, ['--to', 'stdout', '--no-browser']);
      const end = await decide(scene.org, await running.address(), 'allow');
      running.process.stdin?.write(`nonsense\n\n${end.href.replace('state=', 'state=x')}\n`);
      running.process.stdin?.write(`  ${end.href}  \n`);
      const { code, stdout, stderr } = await running.result;
      assert.equal(code, 0, stderr);
      assert.match(stdout, /^5Aep/);
      assert.equal(stderr.split('That is not it.').length, 3);
      const line = `Port ${scene.port} is taken by another program: your browser will end there; paste its address here`;
      assert.equal(stderr.includes(line), taken, stderr);
      assert.equal(scene.programs.opened, '');
    }
  });

  it('waits for the browser where the input ends', async (t) => {
    const scene = await signInScene(t);
    const running = start(scene, ['--to', 'stdout', '--no-browser']);
    running.process.stdin?.end();
    assert.equal((await goThrough(scene.org, running)).status, 200);
    assert.equal((await running.result).code, 0);
  });

  it('leaves nothing behind when it is stopped', async (t) => {
    const file = join(temporaryFolder(t), 'token.json');
    for (const signal of ['SIGINT', 'SIGTERM'] as const) {
      const scene = await signInScene(t);
      const running = start(scene, ['--to', `file:${file}`]);
      const end = await decide(scene.org, await running.address(), 'allow');
      running.process.kill(signal);
      const { code, stderr } = await running.result;
      assert.equal(code, 1);
      assert.match(stderr, /Cancelled\. Nothing was stored\.\n$/);
      await assert.rejects(fetch(end));
      assert.ok(!existsSync(file));
    }
  });

  it('gives up after five minutes', async (t) => {
    const scene = await signInScene(t);
    const soon = join(temporaryFolder(t), 'soon.mjs');
    writeFileSync(
      soon,
      `const { setTimeout: later } = globalThis;
       globalThis.setTimeout = (work, ms) => later(work, ms === 300_000 ? 500 : ms);`,
    );
    const running = start(scene, ['--to', 'stdout'], { NODE_OPTIONS: `--import ${soon}` });
    const { code, stderr } = await running.result;
    assert.equal(code, 1);
    assert.match(stderr, /Nobody came back from the browser in time/);
  });

  it('says what is wrong with the command line, and exits with 2', async (t) => {
    const scene = await signInScene(t);
    const bad: readonly (readonly [args: readonly string[], said: RegExp])[] = [
      [['--client-secret', 'hush-hush'], /SF_CLIENT_SECRET/],
      [['--client-secret=hush-hush'], /history of the shell/],
      [['hush-hush'], /Unexpected argument/],
      [['--nonsense'], /Unknown option '--nonsense'/],
      [['--port'], /--port/],
      [['--port', '99999'], /1024 to 65535/],
      [['--client-id', 'PlatformCLI'], /port 1717 alone/],
      [['--client-id', '5AepHush'], /--client-id holds what looks like a refresh token/],
      [['--as', 'x'], /--as is/],
      [['--to', 'x'], /--to is/],
      [['--to', 'file:x', '--as', 'auth-url'], /no --as/],
      [['--to', 'stdout', '--repo', 'a/b'], /go with --to gh/],
      [['--repo', 'a b'], /\[host\/\]owner\/name/],
      [['--secret', 'GITHUB_X'], /--secret is no name/],
      [['--scope', 'api'], /refresh_token in it/],
      [['--login-url', 'https://x.example'], /named in --allowed-hosts/],
      [['--login-url', 'http://acme.my.salesforce.com'], /not https/],
      [['--allowed-hosts', '*.example'], /wildcard/],
      [['--login-url', ''], /--login-url is missing/],
    ];
    for (const [args, said] of bad) {
      const { code, stderr } = await start(scene, args).result;
      assert.equal(code, 2, `${args}: ${stderr}`);
      assert.match(stderr, said);
      assert.doesNotMatch(stderr, /hush/i);
      assert.ok(stderr.split('\n').length <= 4, stderr);
    }
    assert.deepEqual(scene.programs.calls, []);
  });

  it('has a help that fits a screen', async (t) => {
    const { code, stdout } = await start(await signInScene(t), ['--help', '--to', 'x']).result;
    const lines = stdout.split('\n');
    assert.equal(code, 0);
    assert.ok(lines.length <= 24);
    assert.ok(lines.every((line) => line.length <= 80));
  });
});
