// Not for coverage: it is about a script.

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { describe, it, type TestContext } from 'node:test';
import { strippedTypes } from '../support/stripped.ts';

// `npm run look-alike`, in the background: otherwise it would not end.

const script = join(import.meta.dirname, '..', '..', 'scripts', 'look-alike.ts');

function lookAlike(...args: string[]) {
  return spawnSync(process.execPath, [...strippedTypes, script, ...args], {
    env: { PATH: process.env['PATH'] ?? '' },
    encoding: 'utf8',
    timeout: 60_000,
  });
}

/** What it prints, by name, and a function that refreshes the token. */
function start(t: TestContext, ...args: string[]) {
  const { status, stdout, stderr } = lookAlike('--background', ...args);
  assert.equal(status, 0, stderr);
  const lines = stdout.trimEnd().split('\n');
  const printed = new Map(lines.map((line) => [line.split('=')[0], line.replace(/^[^=]*=/, '')]));
  const get = (name: string) => printed.get(name) ?? '';
  t.after(() => process.kill(Number(get('pid'))));
  const refresh = async (token: string) => {
    const response = await fetch(`${get('url')}/services/oauth2/token`, {
      method: 'POST',
      body: new URLSearchParams({
        grant_type: 'refresh_token',
        client_id: get('client-id'),
        refresh_token: token,
      }),
    });
    const { status } = response;
    const answer: Record<string, unknown> = Object(await response.json());
    return { status, answer };
  };
  return { names: [...printed.keys()], get, refresh };
}

const names = ['url', 'client-id', 'refresh-token', 'org-id', 'username', 'password', 'callback'];

describe('The look-alike to try things out with', () => {
  it('does not rotate, and has no GitHub, unless told to', async (t) => {
    const { names: printed, get, refresh } = start(t);
    assert.deepEqual(printed, [...names, 'pid']);
    const { status, answer } = await refresh(get('refresh-token'));
    assert.equal(status, 200);
    assert.equal(answer['refresh_token'], undefined);
    assert.deepEqual(String(answer['scope']).split(' ').sort(), ['api', 'id', 'refresh_token']);
  });

  it('rotates, and has a GitHub, where told to', async (t) => {
    const { names: printed, get, refresh } = start(t, '--rotates', '--github');
    assert.deepEqual(printed, [...names, 'api-url', 'github-token', 'repository', 'pid']);
    const { answer } = await refresh(get('refresh-token'));
    assert.equal((await refresh(get('refresh-token'))).status, 400);
    // A spent token revokes the family.
    assert.equal((await refresh(String(answer['refresh_token']))).status, 400);
    const response = await fetch(
      `${get('api-url')}/repos/${get('repository')}/contents/README.md`,
      {
        headers: { authorization: `Bearer ${get('github-token')}`, 'user-agent': 'test' },
      },
    );
    assert.equal(response.status, 200);
  });

  it("knows the Salesforce CLI's own app", async (t) => {
    const { get } = start(t);
    const callback = encodeURIComponent('http://localhost:1717/OauthRedirect');
    const query = `response_type=code&client_id=PlatformCLI&redirect_uri=${callback}`;
    const response = await fetch(`${get('url')}/services/oauth2/authorize?${query}`);
    assert.match(await response.text(), /id="Login"/);
  });

  it('says how it is used, and what it does not know', () => {
    assert.match(lookAlike('--help').stdout, /--rotates .*--github .*--background /s);
    const { status, stdout, stderr } = lookAlike('--rotate');
    assert.deepEqual([status, stdout], [2, '']);
    assert.match(stderr, /'--rotate'.*Usage: npm run look-alike/s);
  });
});
