// Not for coverage: it is about the package that signs in.

import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { delimiter, dirname, join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import {
  decide,
  packSignIn,
  signInScene,
  startSignIn,
  temporaryFolder,
} from '../support/sign-in.ts';

// What `npx …/sign-in.tgz` gets: one readable file, and nothing to install with it.

describe('the package that signs in', () => {
  const built = temporaryFolder({ after });
  const path = (name: string) => join(built, 'sign-in', name);
  before(() => packSignIn(built));

  it('is one file of at most 250 KB, not minified, and its licences', () => {
    const files = ['LICENSE', 'index.js', 'licenses.txt', 'package.json'];
    assert.deepEqual(readdirSync(join(built, 'sign-in')).sort(), files);
    const bundle = readFileSync(path('index.js'), 'utf8');
    assert.ok(Buffer.byteLength(bundle) <= 250_000, `${Buffer.byteLength(bundle)} bytes`);
    assert.ok(Math.max(...bundle.split('\n').map((line) => line.length)) < 1000);
    assert.match(bundle, /^#!\/usr\/bin\/env node\n/);
    const licences = readFileSync(path('licenses.txt'), 'utf8');
    const listed = [...licences.matchAll(/^(\S+) \d+\.\d+\.\d+ \(/gm)].map(([, name]) => name);
    assert.deepEqual(listed, ['@actions/http-client', 'tunnel']);
  });

  it('has nothing to install, and nothing of the runner or of GitHub branches in it', () => {
    const about = Object(JSON.parse(readFileSync(path('package.json'), 'utf8')));
    assert.deepEqual(Object.keys(about.bin), [about.name]);
    for (const member of ['dependencies', 'optionalDependencies', 'scripts']) {
      assert.equal(about[member], undefined);
    }
    const bundle = readFileSync(path('index.js'), 'utf8');
    assert.doesNotMatch(bundle, /::add-mask::|JWEInvalid|GITHUB_OUTPUT/);
  });

  it('is the same to the byte when it is packed again, elsewhere, by one who shares no files', (t) => {
    const again = temporaryFolder(t);
    const umask = process.umask(0o077);
    try {
      packSignIn(again);
    } finally {
      process.umask(umask);
    }
    const hashes = [built, again].map((folder) =>
      createHash('sha256')
        .update(readFileSync(join(folder, 'sign-in.tgz')))
        .digest('hex'),
    );
    assert.equal(hashes[0], hashes[1]);
  });

  it('runs by npx, with an empty cache and no registry', async (t) => {
    const npx = npxCommand();
    const scene = await signInScene(t);
    const home = temporaryFolder(t);
    const packed = readFileSync(join(built, 'sign-in.tgz'));
    const server = createServer((_, response) => response.end(packed)).listen(0, '127.0.0.1');
    t.after(() => server.close());
    await once(server, 'listening');
    const { port } = Object(server.address());
    // npx starts what it installed through a shell.
    const shell = process.platform === 'win32' ? [] : ['/usr/bin', '/bin'];
    const env = {
      PATH: [scene.env['PATH'], ...shell].join(delimiter),
      HOME: home,
      USERPROFILE: home,
      npm_config_cache: join(home, 'cache'),
      npm_config_registry: 'http://127.0.0.1:9/',
      npm_config_fetch_retries: '0',
    };
    const tarball = `http://127.0.0.1:${port}/sign-in.tgz`;
    const args = ['--yes', tarball, ...scene.options, '--to', 'stdout'];
    const running = startSignIn(t, [...npx, ...args], env, home);
    await fetch(await decide(scene.org, await running.address(), 'allow'));
    const { code, stdout, stderr } = await running.result;
    assert.equal(code, 0, stderr);
    assert.equal(scene.org.refreshTokenState(stdout.trim()), 'current');
  });
});

describe('npm run --silent sign-in', () => {
  it('has nothing of npm on standard output, from a clone where nothing is installed', (t) => {
    const folder = temporaryFolder(t);
    const write = (name: string, content: unknown) =>
      writeFileSync(join(folder, name), JSON.stringify(content));
    const about = readFileSync(join(import.meta.dirname, '../../package.json'), 'utf8');
    const { 'sign-in': script } = Object(JSON.parse(about)).scripts;
    // The same script, where a dependency in the folder is all that there is to install.
    mkdirSync(join(folder, 'one'));
    write('one/package.json', { name: 'one', version: '1.0.0' });
    const member = { name: 'clone', version: '1.0.0', dependencies: { one: 'file:one' } };
    write('package.json', { ...member, scripts: { 'sign-in': script } });
    const link = { resolved: 'one', link: true };
    const packages = { '': member, one: { version: '1.0.0' }, 'node_modules/one': link };
    write('package-lock.json', { lockfileVersion: 3, requires: true, packages });
    mkdirSync(join(folder, 'scripts'));
    writeFileSync(join(folder, 'scripts/start.mjs'), `console.log(process.argv.slice(2).join());`);
    const [node, npx] = npxCommand();
    const npm = join(dirname(npx), 'npm-cli.js');
    const args = [npm, 'run', '--silent', 'sign-in', '--', '--to', 'stdout'];
    const done = spawnSync(node, args, { cwd: folder, encoding: 'utf8' });
    assert.equal(done.stdout, 'sign-in,--to,stdout\n', done.stderr);
    assert.match(done.stderr, /added 1 package/);
  });
});

/** npm's own script, started by this Node. */
function npxCommand(): [string, string] {
  const npm = process.env['npm_execpath'];
  const found = npm ?? execFileSync('npm', ['root', '--global'], { encoding: 'utf8' }).trim();
  const folder = npm === undefined ? join(found, 'npm', 'bin') : dirname(npm);
  return [process.execPath, join(folder, 'npx-cli.js')];
}
