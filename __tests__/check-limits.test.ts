import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it, type TestContext } from 'node:test';
import type { HttpAnswer, HttpLimits, Send } from '../src/http/send.ts';
import { runStep } from '../src/refresh-step.ts';
import type { OutputName, Workflow } from '../src/runner/outputs.ts';

// What the step asks of the network, seen from within: limits that no test from outside can wait for.

const token = {
  access_token: '00D5e0000000001!AQEA.x',
  instance_url: 'https://acme.my.salesforce.com',
};
const user = { organization_id: '00D5e0000000001', preferred_username: 'ci@acme.example' };
const ok = (body: unknown): HttpAnswer => ({
  status: 200,
  headers: {},
  body: JSON.stringify(body),
});

interface Ran {
  readonly handedOut: boolean;
  readonly outputs: Readonly<Partial<Record<OutputName, string | undefined>>>;
  readonly limits: Readonly<Record<string, HttpLimits>>;
  /** Notices and warnings, in order. */
  readonly remarks: readonly string[];
}

/** Runs the step against a network that answers at once. */
async function run(
  t: TestContext,
  inputs: Readonly<Record<string, string>>,
  answers: Readonly<Record<string, HttpAnswer>> = {},
  workspace = '.',
): Promise<Ran> {
  const folder = mkdtempSync(join(tmpdir(), 'refresh-step-'));
  t.after(() => rmSync(folder, { recursive: true }));
  const output = join(folder, 'output');
  writeFileSync(output, '');
  const outputs: Partial<Record<OutputName, string | undefined>> = {};
  const limits: Record<string, HttpLimits> = {};
  const remarks: string[] = [];
  const nothing = () => {};
  const workflow: Workflow = {
    mask: nothing,
    clean: String,
    setOutputs: (changes) => Object.assign(outputs, changes),
    exportVariables: nothing,
    saveState: nothing,
    summarize: nothing,
    info: nothing,
    debugging: false,
    debug: nothing,
    notice: (text) => void remarks.push(`notice: ${text}`),
    warning: (text) => void remarks.push(`warning: ${text}`),
    fail: ({ code }) => Object.assign(outputs, { 'error-code': code }),
  };
  const send: Send = async ({ url }, limit) => {
    const name = url.pathname.replace(/^.*\//, '');
    limits[name] = limit;
    const answer = { token: ok(token), userinfo: ok(user), ...answers }[name];
    return answer ?? assert.fail(`nothing is to be asked at ${url.pathname}`);
  };
  const given = { 'refresh-token': '5Aep861TSESvWeug', 'client-id': 'PlatformCLI', ...inputs };
  const handedOut = await runStep({
    env: {
      GITHUB_OUTPUT: output,
      GITHUB_WORKSPACE: workspace,
      ...Object.fromEntries(
        Object.entries(given).map(([name, value]) => [`INPUT_${name.toUpperCase()}`, value]),
      ),
    },
    workflow,
    send,
    cancel: new AbortController().signal,
    random: () => 0.5,
  });
  return { handedOut, outputs, limits, remarks };
}

describe('The step', () => {
  it('remarks on a login host that is rewritten, or that Salesforce blocks', async (t) => {
    const rewritten = await run(t, { 'login-url': 'acme.lightning.force.com' });
    assert.deepEqual(rewritten.remarks, [
      'notice: acme.lightning.force.com does not serve OAuth: refreshing at acme.my.salesforce.com instead.',
    ]);
    const { remarks } = await run(t, { 'login-url': 'na139.salesforce.com' });
    assert.equal(remarks.length, 1);
    assert.match(remarks[0] ?? '', /^warning: na139\.salesforce\.com is an instance host/);
  });

  it('remarks on a credential of several lines, and on a token file in the workspace', async (t) => {
    const none = { 'refresh-token': '', 'client-id': '' };
    const url = 'force://PlatformCLI::5Aep861TSESvWeug@acme.my.salesforce.com';
    const json = JSON.stringify({ result: { sfdxAuthUrl: url } }, null, 2);
    const lines = await run(t, { ...none, 'sfdx-auth-url': json });
    assert.ok(lines.handedOut);
    assert.match(
      lines.remarks.join('|'),
      /^warning: The secret behind `sfdx-auth-url` has several/,
    );
    const folder = mkdtempSync(join(tmpdir(), 'workspace-'));
    t.after(() => rmSync(folder, { recursive: true }));
    const file = join(folder, 'token.json');
    const content = { refresh_token: '5Aep861TSESvWeug', instance_url: token.instance_url };
    for (const [workspace, remarked] of [
      [folder, true],
      [join(folder, 'other'), false],
    ] as const) {
      writeFileSync(file, JSON.stringify(content));
      const inputs = { ...none, 'client-id': 'PlatformCLI', 'token-file': file };
      const { handedOut, remarks } = await run(t, inputs, {}, workspace);
      assert.ok(handedOut);
      assert.equal(/notice: `token-file` lies in the workspace/.test(remarks.join()), remarked);
    }
  });

  it('waits 20 seconds for one answer of a check, and half of a shorter limit', async (t) => {
    for (const [seconds, ms] of [
      ['600', 20_000],
      ['60', 20_000],
      ['10', 5000],
    ] as const) {
      const { handedOut, limits } = await run(t, { verify: 'true', 'timeout-seconds': seconds });
      assert.ok(handedOut);
      assert.equal(limits['userinfo']?.answerMs, ms, seconds);
    }
  });

  it('waits 8.5 seconds (on Windows 6.5) for the answer to a refresh once it was cancelled', async (t) => {
    const { limits } = await run(t, {});
    assert.equal(limits['token']?.graceMs, process.platform === 'win32' ? 6500 : 8500);
  });

  it('says nothing about rotation, and goes no further, where an answer holds no good token', async (t) => {
    for (const rotates of ['true', 'false']) {
      for (const answer of [{}, { ...token, access_token: 'a b' }, { ...token, access_token: 5 }]) {
        const { handedOut, outputs } = await run(t, { rotates }, { token: ok(answer) });
        assert.equal(handedOut, false);
        assert.deepEqual(outputs, {
          'error-code': rotates === 'true' ? 'answer_lost' : 'response_invalid',
        });
      }
    }
  });

  it('keeps a new refresh token of an answer whose access token is no good', async (t) => {
    const answer = ok({ ...token, access_token: 'a b', refresh_token: '5Aep862new' });
    const { handedOut, outputs } = await run(t, {}, { token: answer });
    assert.equal(handedOut, false);
    assert.deepEqual(outputs, {
      'refresh-token': '5Aep862new',
      'sfdx-auth-url': undefined,
      rotated: 'true',
      'error-code': 'response_invalid',
    });
  });
});
