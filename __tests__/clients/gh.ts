import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { describe, it, type TestContext } from 'node:test';
import { startGitHub } from '../support/github/server.ts';
import { environmentOfGh, openSecret } from '../support/real-gh.ts';

// The real gh at the look-alike of GitHub: that it is alike enough for what the sign-in asks of gh.

const program = process.env['GH'];
const repository = 'acme/deploy';

async function gh(t: TestContext) {
  const github = await startGitHub({
    tls: true,
    basePath: '/api/v3',
    repositories: { [repository]: { branches: { main: {} }, environments: ['production'] } },
  });
  t.after(() => github.close());
  const folder = mkdtempSync(join(tmpdir(), 'gh-'));
  t.after(() => rmSync(folder, { recursive: true, force: true, maxRetries: 3 }));
  const token = github.token({ settings: 'write', kind: 'fine-grained' });
  const path = process.env['PATH'];
  const env = environmentOfGh(program ?? '', { github, token, folder, path });
  const run = async (args: readonly string[], input = '') => {
    const child = spawn('gh', args, { env, stdio: 'pipe' });
    child.stdin.on('error', () => {});
    child.stdin.end(input);
    const [stdout, stderr, [code]] = await Promise.all([
      text(child.stdout),
      text(child.stderr),
      once(child, 'close'),
    ]);
    const exitCode: unknown = code;
    return { code: exitCode, said: stdout + stderr };
  };
  return { github, token, run, target: github.repository(repository), host: env['GH_HOST'] ?? '' };
}

describe('the real gh', { skip: program === undefined && 'gh is missing' }, () => {
  it('stores secrets of a repository and of an environment, by standard input', async (t) => {
    const { run, target, host } = await gh(t);
    const environment = target.environment('production');
    assert.ok(environment !== undefined);
    const value = '5Aep861_ü\n=';
    for (const repo of [repository, `${host}/${repository}`]) {
      const set = ['secret', 'set', 'SF_REFRESH_TOKEN', '--repo', repo];
      // It drops line breaks at the end.
      assert.deepEqual(await run(set, `${value}${repo}\n`), { code: 0, said: '' });
      assert.equal(await openSecret(target.vault, 'SF_REFRESH_TOKEN'), `${value}${repo}`);
      assert.equal((await run([...set, '--env', 'production'], value)).code, 0);
      assert.equal(await openSecret(environment, 'SF_REFRESH_TOKEN'), value);
    }
    const list = ['secret', 'list', '--repo', repository];
    assert.match((await run(list)).said, /^SF_REFRESH_TOKEN\t/);
    assert.match((await run([...list, '--env', 'production'])).said, /^SF_REFRESH_TOKEN\t/);
    // What the sign-in must never do: gh would store it.
    await run(['secret', 'set', 'EMPTY', '--repo', repository], '');
    assert.equal(await openSecret(target.vault, 'EMPTY'), '');
  });

  it('says what is missing', async (t) => {
    const { github, token, run, host } = await gh(t);
    const api = ['api', `repos/${repository}/environments/production`, '--jq', '.name'];
    assert.deepEqual(await run(api), { code: 0, said: 'production\n' });
    assert.match((await run(['auth', 'status'])).said, /Logged in to localhost:\d+ /);
    const view = ['repo', 'view', `${host}/${repository}`, '--json', 'name'];
    assert.deepEqual(await run(view), { code: 0, said: '{"name":"deploy"}\n' });
    const set = ['secret', 'set', 'X', '--repo', repository];
    const refused: [args: readonly string[], words: RegExp][] = [
      [[...set, '--env', 'gone'], /HTTP 404: Not Found/],
      [['api', 'repos/acme/gone'], /gh: Not Found \(HTTP 404\)/],
    ];
    for (const [args, words] of refused) {
      const { code, said } = await run(args, 'x');
      assert.equal(code, 1, said);
      assert.match(said, words);
    }
    github.token({ settings: 'read', kind: 'fine-grained' }, token);
    assert.match((await run(set, 'x')).said, /403.*Resource not accessible by personal access/);
    github.revoke(token);
    assert.match((await run(set, 'x')).said, /HTTP 401: Bad credentials/);
    assert.equal((await run(['auth', 'status'])).code, 1);
    assert.equal(github.repository(repository).vault.secrets.size, 0);
  });
});
