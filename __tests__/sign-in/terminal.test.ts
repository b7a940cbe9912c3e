// Not for coverage: it starts the package that signs in.

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, it, type TestContext } from 'node:test';
import {
  decide,
  packSignIn,
  type SignInScene,
  signInScene,
  startSignIn,
  temporaryFolder,
} from '../support/sign-in.ts';
import { until } from '../support/until.ts';

// Where somebody sits at a terminal: Python's standard library makes one.

const python = spawnSync('python3', ['-c', 'import pty']).status === 0;
/** What the program says comes on standard output, as a terminal has one stream alone. */
const inTerminal = `
import os, pty, sys
sys.exit(os.waitstatus_to_exitcode(pty.spawn(sys.argv[1:])))
`;

/** Shows how the terminal is left; goes on after Ctrl-C, which the whole terminal gets. */
const shell = 'trap : INT; "$0" "$@"; code=$?; stty -a; exit $code';

describe('the sign-in at a terminal', { skip: !python && 'there is no python3' }, () => {
  const built = temporaryFolder({ after });
  const entry = join(built, 'sign-in', 'index.js');
  before(() => packSignIn(built));

  function start(t: TestContext, { env }: SignInScene, args: readonly string[]) {
    const path = { PATH: `${env['PATH']}:/usr/bin:/bin`, TERM: 'xterm' };
    const command = ['-c', inTerminal, '/bin/sh', '-c', shell, process.execPath, entry, ...args];
    const { process: child, result } = startSignIn(t, ['python3', ...command], path);
    let said = '';
    child.stdout?.on('data', (chunk) => {
      said += chunk;
    });
    const seen = async (text: string) => {
      await Promise.race([until(() => said.includes(text)), result]);
      assert.ok(said.includes(text), `${text} is missing in: ${said}`);
    };
    return {
      seen,
      /** Types a line after something was seen. */
      type: async (after: string, line: string) => {
        await seen(after);
        child.stdin?.write(line);
      },
      address: async () => {
        await seen('five minutes');
        return new URL(/http\S+authorize\S+/.exec(said)?.[0] ?? '');
      },
      said: () => said,
      result,
    };
  }

  it('asks for what is missing, and shows no secret that is typed', async (t) => {
    const scene = await signInScene(t, { app: { webServerSecretRequired: true } });
    const { org, options, programs } = scene;
    const given = options.filter((_, index) => index > 1);
    const running = start(t, scene, [...given, '--repo', 'acme/deploy']);
    await running.type("The org's My Domain", `${org.url}\r`);
    await running.type('Consumer secret', `${org.app.clientSecret}\r`);
    const end = await decide(org, await running.address(), 'allow');
    await running.type('paste its address', `${end.href}\r`);
    const { code } = await running.result;
    assert.equal(code, 0, running.said());
    const [stored] = programs.calls.filter(({ args }) => args[0] === 'secret');
    assert.equal(org.refreshTokenState(stored?.input ?? ''), 'current');
    const said = running.said();
    for (const secret of [org.app.clientSecret, end.searchParams.get('code') ?? '', end.search]) {
      assert.ok(!said.includes(secret), said);
    }
  });

  it('stores again where what was in the way is mended', async (t) => {
    const scene = await signInScene(t);
    const { org, options, programs } = scene;
    programs.gh([/^secret/, 'HTTP 502']);
    const running = start(t, scene, [...options, '--repo', 'acme/deploy']);
    await running.type('Consumer secret', '\r');
    await fetch(await decide(org, await running.address(), 'allow'));
    await running.seen('try again? [Y/n]');
    programs.gh();
    await running.type('try again? [Y/n]', '\r');
    assert.equal((await running.result).code, 0, running.said());
    const stored = programs.calls.filter(({ args }) => args[0] === 'secret');
    assert.deepEqual(
      stored.map(({ input }) => org.refreshTokenState(input)),
      ['current', 'current'],
    );
  });

  it('says what is lost where nobody mends it', async (t) => {
    const scene = await signInScene(t);
    scene.programs.gh([/^secret/, 'HTTP 502']);
    const running = start(t, scene, [...scene.options, '--repo', 'acme/deploy']);
    await running.type('Consumer secret', '\r');
    await fetch(await decide(scene.org, await running.address(), 'allow'));
    await running.type('try again? [Y/n]', 'n\r');
    assert.equal((await running.result).code, 1);
    assert.match(running.said(), /stored nowhere/);
  });

  it('asks for the repository where the folder does not tell it, and checks the answer', async (t) => {
    const scene = await signInScene(t);
    const { org, options, programs } = scene;
    programs.gh([/^repo/, 'no git remotes found']);
    for (const [answer, code] of [
      ['acme', 1],
      ['acme/deploy', 0],
    ] as const) {
      const running = start(t, scene, options);
      await running.type('Consumer secret', '\r');
      await running.type('Repository of the workflow', `${answer}\r`);
      if (code === 0) {
        await fetch(await decide(org, await running.address(), 'allow'));
      }
      assert.equal((await running.result).code, code, running.said());
    }
    const kinds = programs.calls.map(({ args }) => args.slice(0, 2).join(' '));
    assert.deepEqual(kinds.slice(0, 3), ['repo view', 'repo view', 'api repos/acme/deploy']);
  });

  it('asks for no repository where nobody is logged in', async (t) => {
    const scene = await signInScene(t);
    scene.programs.gh([/./, 'To get started, please run:  gh auth login', 4]);
    const running = start(t, scene, scene.options);
    await running.type('Consumer secret', '\r');
    assert.equal((await running.result).code, 1);
    assert.match(running.said(), /Log in: `gh auth login`/);
    assert.doesNotMatch(running.said(), /Repository of the workflow/);
  });

  it('ends on Ctrl-C while gh does not answer, and asks nothing', async (t) => {
    const scene = await signInScene(t);
    const script = '#!/usr/bin/env node\nsetInterval(() => {}, 1000); console.error("waits");';
    writeFileSync(join(scene.programs.folder, 'gh'), script);
    const running = start(t, scene, scene.options);
    await running.type('Consumer secret', '\r');
    await running.type('Asking gh', '\x03');
    assert.equal((await running.result).code, 1);
    assert.match(running.said(), /Cancelled\. Nothing was stored\./);
    assert.doesNotMatch(running.said(), /Repository of the workflow/);
  });

  it('ends on Ctrl-C, wherever it is', async (t) => {
    const scene = await signInScene(t);
    for (const [options, at] of [
      [scene.options.filter((_, index) => index > 1), "The org's My Domain"],
      [scene.options, 'Consumer secret'],
      [[...scene.options, '--to', 'stdout'], 'paste its address'],
    ] as const) {
      const running = start(t, scene, options);
      if (at === 'paste its address') {
        await running.type('Consumer secret', '\r');
      }
      await running.type(at, '\x03');
      assert.equal((await running.result).code, 1);
      assert.match(running.said(), /Cancelled\. Nothing was stored\./);
      assert.match(running.said(), /[; ]icanon[; ][\s\S]*[; ]echo[; ]/);
    }
  });
});
