// Not for coverage: it is about a document.

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { describe, it, type TestContext } from 'node:test';
import { notOnWindows } from '../support/windows.ts';

// The way to sign in with the Salesforce CLI that docs/troubleshooting.md shows: `gh` stores whatever it
// gets, so it must never get an empty value.

const document = readFileSync(
  join(import.meta.dirname, '..', '..', 'docs', 'troubleshooting.md'),
  'utf8',
);
const [, script = ''] = /```sh\n(sf org login web [\s\S]*?)```/.exec(document) ?? [];

/** Runs the script with stand-ins; jq's takes the place of the filter, by the same rules. */
function run(t: TestContext, answer: string, hasJq = true) {
  const folder = mkdtempSync(join(tmpdir(), 'cli-sign-in-'));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  const stored = join(folder, 'stored');
  const command = (name: string, text: string) =>
    writeFileSync(join(folder, name), `#!/bin/sh\n${text}\n`, { mode: 0o755 });
  writeFileSync(join(folder, 'answer.json'), answer);
  command('sf', `case "$*" in *show-sfdx-auth-url*) cat '${folder}/answer.json' ;; esac`);
  command('gh', `cat > '${stored}'`);
  if (hasJq) {
    writeFileSync(
      join(folder, 'jq.mjs'),
      `import { readFileSync } from 'node:fs';
       const { sfdxAuthUrl } = JSON.parse(readFileSync(0, 'utf8')).result;
       const pattern = /capture\\("(.*?)"\\)/.exec(process.argv[3])[1];
       const { token } = new RegExp(pattern).exec(sfdxAuthUrl)?.groups ?? process.exit(4);
       console.log(token);`,
    );
    command('jq', `exec '${process.execPath}' '${folder}/jq.mjs' "$@"`);
  } else {
    command('jq', 'exit 127');
  }
  const PATH = [folder, process.env['PATH']].join(delimiter);
  const { stderr } = spawnSync('sh', ['-c', script], { env: { PATH }, encoding: 'utf8' });
  return { stored: existsSync(stored) ? readFileSync(stored, 'utf8') : undefined, stderr };
}

describe('Signing in with the Salesforce CLI', {
  skip: notOnWindows('it is for POSIX shells'),
}, () => {
  it('stores the refresh token', (t) => {
    for (const secret of ['', 'the-secret']) {
      const sfdxAuthUrl = `force://PlatformCLI:${secret}:5Aep861.the_token==@acme.my.salesforce.com`;
      const { stored, stderr } = run(t, JSON.stringify({ result: { sfdxAuthUrl } }));
      assert.equal(stored, '5Aep861.the_token==', stderr);
    }
  });

  it('stores nothing, and says so, where there is none', (t) => {
    for (const answer of [
      '',
      '{"result":{}}',
      '{"result":{"sfdxAuthUrl":null}}',
      '{"result":{"sfdxAuthUrl":"[REDACTED] Use it"}}',
      '{"result":{"sfdxAuthUrl":"force://PlatformCLI::@acme.my.salesforce.com"}}',
      'not JSON',
    ]) {
      const { stored, stderr } = run(t, answer);
      assert.equal(stored, undefined, answer);
      assert.match(stderr, /Nothing was stored/);
    }
    const sfdxAuthUrl = 'force://PlatformCLI::x@acme.my.salesforce.com';
    const { stored } = run(t, JSON.stringify({ result: { sfdxAuthUrl } }), false);
    assert.equal(stored, undefined, 'without jq');
  });
});
