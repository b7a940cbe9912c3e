// Not for coverage: report has unit tests.

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { orgFor, runOn } from './support/org-step.ts';
import { fault } from './support/salesforce-org.ts';
import { branch, repositoryName, tokenBranchScene } from './support/token-branch-scene.ts';
import { notOnWindows } from './support/windows.ts';

// What a person reads about the step: the table in the run's summary, the same in the log.

const asked = { 'job-summary': true };

/** The rows of the table: its HTML is ours, so that this pattern finds all of it. */
function rows(summary: string): Record<string, string> {
  const cells = summary.matchAll(/^<tr><th align="left">(.*?)<\/th><td>(.*?)<\/td><\/tr>$/gm);
  return Object.fromEntries([...cells].map(([, name = '', value = '']) => [name, text(value)]));
}

/** HTML as it reads. */
function text(html: string): string {
  return html
    .replace(/<[^>]*>/g, '')
    .replace(/&#(\d+);/g, (_, code: string) => String.fromCharCode(Number(code)));
}

describe('job-summary', () => {
  it('is a heading and a table of all that was found and done', async (t) => {
    const org = await orgFor(t, {
      kind: 'sandbox',
      app: { scopes: ['refresh_token', 'api', 'id'] },
    });
    org.faults.push({ path: 'userinfo', does: fault.page(503) });
    const result = await runOn(org, {
      ...asked,
      verify: true,
      'expected-org-id': org.id,
      'expected-org-type': 'sandbox',
    });
    const { Issued: issued, Effort: effort, ...others } = rows(result.summary);
    assert.deepEqual(others, {
      Org: org.id,
      Type: 'sandbox',
      User: 'ci@acme.example',
      Instance: `127.0.0.1:${org.port}`,
      Scopes: 'refresh_token api id',
      'Refresh token': 'not rotated',
      'Checks that passed': 'expected-org-id expected-org-type verify',
    });
    assert.match(effort ?? '', /^5 requests, 1 retry, \d+\.\d s$/);
    const issuedAt = result.outputs['issued-at'] ?? '';
    assert.equal(issued, issuedAt.replace('T', ' ').replace(/\.\d+Z$/, ' UTC'));
    const [heading, empty, ...table] = result.summary.trimEnd().split('\n');
    assert.equal(heading, '### ✅ Salesforce access token refreshed');
    assert.equal(empty, '');
    assert.deepEqual([table.at(0), table.at(-1)], ['<table>', '</table>']);
    assert.ok(!table.includes(''), 'an empty line would end the HTML');
  });

  it('has no row for what is not known', async (t) => {
    const org = await orgFor(t, {
      shape: { old: true, fields: { id: undefined, issued_at: undefined } },
    });
    const result = await runOn(org, asked);
    assert.deepEqual(Object.keys(rows(result.summary)), [
      'Instance',
      'Refresh token',
      'Checks that passed',
      'Effort',
    ]);
    assert.equal(rows(result.summary)['Checks that passed'], 'none asked for');
  });

  it('names the user by id where nobody asked for the name', async (t) => {
    const org = await orgFor(t);
    assert.equal(rows((await runOn(org, asked)).summary)['User'], org.user.id);
  });

  it('tells where a rotated refresh token is kept, or that nobody saved it', async (t) => {
    const { org, repository, run } = await tokenBranchScene(t);
    for (const refresh of [1, 2]) {
      const { summary, log } = await run({ inputs: asked });
      const told = `rotated, kept on the branch “${branch}” of ${repositoryName}, as refresh ${refresh}`;
      assert.equal(rows(summary)['Refresh token'], told, log);
      const commit = repository.commits(branch)[0]?.sha ?? '';
      const page = `https://github.com/${repositoryName}/commit/${commit}`;
      assert.ok(summary.includes(`<td><a href="${page}">${told}</a></td>`), summary);
      assert.ok(log.includes(`Refresh token: ${told} (${page}). `), log);
    }
    const unsaved = await runOn(org, { ...asked, rotates: true });
    assert.equal(
      rows(unsaved.summary)['Refresh token'],
      'rotated, handed out as the output refresh-token',
    );
  });

  it('tells whose access token was reused, and that nothing was sent to Salesforce', async (t) => {
    const { org, run } = await tokenBranchScene(t);
    const inputs = { ...asked, 'reuse-minutes': 5 };
    const first = await run({ inputs });
    assert.match(rows(first.summary)['Effort'] ?? '', /^\d+ requests, 0 retries, /);
    const { summary, log, outputs } = await run({ inputs });
    assert.equal(
      rows(summary)['Refresh token'],
      `kept on the branch “${branch}” of ${repositoryName}, as refresh 1`,
      log,
    );
    assert.match(rows(summary)['Effort'] ?? '', /^1 request, 0 retries, /);
    assert.match(log, /^Reusing the access token that another job got a moment ago\.$/m);
    assert.equal(outputs['access-token'], first.outputs['access-token']);
    assert.equal(org.tokenRequests.length, 1);
  });

  it('says on failure what happened, what to do, why and more; commands stand in a block', async (t) => {
    const org = await orgFor(t);
    const { summary } = await runOn(org, { ...asked, 'refresh-token': '5Aep861.dead' });
    const [heading, , happened, advice, cases, again, block, why, more] = summary
      .split('\n')
      .map((line, index) => (index < 2 ? line : text(line)));
    assert.ok(summary.includes('<ul><li>') && summary.includes('\n<pre>npx '), summary);
    assert.equal(heading, '### ❌ No Salesforce access token');
    assert.match(happened ?? '', /^What happened \(invalid_grant\)Salesforce refused the refresh/);
    assert.equal(
      advice,
      'What to doSign in again, unless the token never worked. Pick the case that fits (“the app” is the connected app or External Client App):',
    );
    assert.match(cases ?? '', /^It worked exactly once: .*It never worked: /);
    assert.match(again ?? '', /^To sign in again, run this/);
    assert.match(block ?? '', /^npx .* --secret SF_REFRESH_TOKEN --repo octo\/demo$/);
    assert.match(why ?? '', /^WhySalesforce gives this one answer/);
    assert.match(more ?? '', /^Morehttps:.*#invalid_grant$/);
  });

  it('comes for a failed check, and for inputs that are wrong, too', async (t) => {
    const org = await orgFor(t);
    for (const [inputs, code] of [
      [{ 'expected-org-type': 'sandbox' }, 'org_type_mismatch'],
      [{ 'expected-org-type': 'sandboxes' }, 'input_invalid'],
      [{ 'refresh-token': '' }, 'input_missing'],
    ] as const) {
      const { summary } = await runOn(org, { 'job-summary': 'TRUE', ...inputs });
      assert.ok(text(summary).includes(`What happened (${code})`), summary);
    }
  });

  it('is not written unless asked for', async (t) => {
    const org = await orgFor(t);
    assert.equal((await runOn(org)).summary, '');
    assert.equal((await runOn(org, { 'expected-org-type': 'sandbox' })).summary, '');
    assert.equal((await runOn(org, { 'job-summary': 'perhaps' })).summary, '');
  });

  it('needs the file that the runner names, before anything is sent', async (t) => {
    const org = await orgFor(t);
    const result = await runOn(org, asked, { env: { GITHUB_STEP_SUMMARY: undefined } });
    assert.equal(result.outputs['error-code'], 'input_missing', result.log);
    assert.deepEqual(org.requests, []);
  });

  it('that cannot be written is worth a warning, not the token', {
    skip: notOnWindows('there is no /dev/full'),
  }, async (t) => {
    const org = await orgFor(t);
    const env = { GITHUB_STEP_SUMMARY: '/dev/full' };
    const result = await runOn(org, asked, { env });
    assert.equal(result.conclusion, 'success', result.log);
    assert.match(result.annotations[0]?.message ?? '', /^The summary could not be written: ENOSPC/);
    assert.equal(result.annotations.length, 1);
  });
});

describe('job-summary: text from outside', () => {
  it('is escaped, and no secret is in it', async (t) => {
    const evil = '<img/src=x>|`"&\'@octocat';
    const org = await orgFor(t, {
      user: { username: `${evil}@acme.example` },
      // Quotation marks are no characters of a scope.
      app: { scopes: ['refresh_token', 'id', evil.replace('"', '')] },
    });
    const result = await runOn(org, { ...asked, verify: true });
    assert.equal(rows(result.summary)['User'], `${evil}@acme.example`);
    assert.equal(rows(result.summary)['Scopes'], `refresh_token id ${evil.replace('"', '')}`);
    assert.ok(!/<img|@octocat|&'/.test(result.summary), result.summary);
    for (const secret of [
      result.outputs['access-token'],
      result.outputs['instance-url'],
      org.app.clientId,
    ]) {
      assert.ok(secret && !result.summary.includes(secret));
    }
  });

  it('of a refusal is escaped as well, and carries no secret that it repeats', async (t) => {
    const org = await orgFor(t);
    const refreshToken = org.newRefreshToken();
    const said = `<script>\n\n# ${refreshToken} </p>`;
    org.faults.push({ does: fault.oauthError('invalid_grant', said) });
    const { summary } = await runOn(org, { ...asked, 'refresh-token': refreshToken });
    assert.ok(text(summary).includes('invalid_grant: <script> # *** </p>'), summary);
    assert.ok(!summary.includes('<script>') && !summary.includes(refreshToken));
  });
});

describe('the log', () => {
  it('always tells in three plain lines what was refreshed', async (t) => {
    const org = await orgFor(t, { kind: 'sandbox' });
    const everything = { verify: true, 'expected-org-type': 'sandbox', 'expected-org-id': org.id };
    const [asUsual, checked] = [await runOn(org), await runOn(org, { ...asked, ...everything })];
    const host = `127\\.0\\.0\\.1:${org.port}`;
    assert.match(
      asUsual.log,
      new RegExp(
        [
          `^Refreshing the access token at ${host}\\.`,
          `New access token of org ${org.id} at ${host}, issued \\S+Z, scopes: refresh_token api\\.`,
          'Refresh token: not rotated\\. Checks that passed: none asked for\\.',
          '1 request, 0 retries, \\d+\\.\\d s\\.\n$',
        ].join('\n'),
      ),
    );
    assert.match(
      checked.log,
      new RegExp(
        [
          `\nNew access token of sandbox org ${org.id} at ${host} for ci@acme\\.example, issued .*`,
          'Refresh token: not rotated\\. Checks that passed: expected-org-id, expected-org-type, verify\\.',
          '4 requests, 0 retries, \\d+\\.\\d s\\.\n$',
        ].join('\n'),
      ),
    );
  });

  it('carries out no command that hides in a scope or a name', async (t) => {
    const org = await orgFor(t, {
      user: { username: '##[error]x@acme.example' },
      app: { scopes: ['id', '##[add-mask]sandbox', '::error::x'] },
    });
    const result = await runOn(org, { verify: true });
    assert.equal(result.conclusion, 'success', result.log);
    assert.ok(!result.stdout.includes('##['), result.stdout);
    assert.deepEqual(result.annotations, []);
  });
});
