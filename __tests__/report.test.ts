import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { ActionError } from '../src/errors/action-error.ts';
import { type Report, reportLines } from '../src/report.ts';
import { failureSummary, reportSummary } from '../src/summary.ts';

/** Where a failure's summary leads. */
const more = 'https://docs.example/#x';

/** The page of the commit that saved the refresh token. */
const commit = 'https://github.example/acme/deploy/commit/0a1b2c';

const full: Report = {
  token: {
    accessToken: '00D-the-access-token',
    instanceUrl: 'https://acme.my.salesforce.com',
    tokenType: 'Bearer',
    scope: 'api id',
    issuedAt: new Date('2026-03-02T10:20:30.400Z'),
    identity: { orgId: '00Dx0000000BV7zEAG', userId: '005x00000012Q9PAAU' },
    notices: [],
    warnings: [],
  },
  findings: {
    orgId: '00Dx0000000BV7zEAG',
    orgType: 'sandbox',
    username: 'ci@acme.com',
    passed: ['expected-org-id', 'verify'],
  },
  refreshToken: {
    phrase: 'rotated, kept on the branch “tokens” of acme/deploy, as refresh 17',
    url: commit,
  },
  effort: { requests: 3, retries: 1, ms: 1234 },
};
const bare: Report = {
  token: {
    accessToken: '00D-the-access-token',
    instanceUrl: 'http://127.0.0.1:8080',
    tokenType: 'Bearer',
    notices: [],
    warnings: [],
  },
  findings: { passed: [] },
  refreshToken: { phrase: 'not rotated' },
  effort: { requests: 1, retries: 0, ms: 0 },
};

/** The rows of the table, as a browser shows them. It fails where a line is not one row of the table. */
function rows(summary: string): [string, string][] {
  const lines = summary.split(/\r\n|\n|\r/);
  assert.deepEqual(lines.slice(0, 3), ['### ✅ Salesforce access token refreshed', '', '<table>']);
  assert.deepEqual(lines.slice(-2), ['</table>', '']);
  return lines.slice(3, -2).map((line) => {
    const [, name, cell] =
      /^<tr><th align="left">([^<>]+)<\/th><td>(.*)<\/td><\/tr>$/s.exec(line) ?? [];
    assert.ok(name !== undefined && cell !== undefined, `no row: ${line}`);
    return [name, shown(cell)];
  });
}

/** The paragraphs, lists and blocks of a failure; heads and text as a browser shows them, cases with their dash. */
function paragraphs(summary: string): [string, string][] {
  const lines = summary.split(/\r\n|\n|\r/);
  assert.deepEqual(lines.slice(0, 2), ['### ❌ No Salesforce access token', '']);
  assert.equal(lines.at(-1), '');
  return lines.slice(2, -1).map((line) => {
    const [, title = '', code = '', text] =
      /^<p>(?:<b>([\w ]+)<\/b>(?: \((<code>.*?<\/code>)\))?(?:<br>|(?=<\/p>)))?(.*)<\/p>$/s.exec(
        line,
      ) ?? [];
    const [, copy] = /^<pre>([^<>]*)<\/pre>$/s.exec(line) ?? [];
    const [, cases] = /^<ul><li>(.*)<\/li><\/ul>$/s.exec(line) ?? [];
    const list = cases && `- ${cases.replaceAll('</li><li>', '&#10;- ')}`;
    const content = text ?? copy ?? list;
    assert.ok(content !== undefined, `neither text, list nor block: ${line}`);
    return [title + shown(code), shown(content.replace(/<br>/g, '&#10;'))];
  });
}

/** The text of a cell, as Markdown. It fails where there is any markup but ours: one link, balanced `code`. */
function shown(whole: string): string {
  const [, url, linked] = /^<a href="(https:[^"<>]*)">(.*)<\/a>$/s.exec(whole) ?? [];
  const cell = linked ?? whole;
  const text = plain(cell);
  return url === undefined ? text : `[${text}](${plain(url)})`;
}

function plain(cell: string): string {
  const markup = cell.match(/<[^>]*>?/g) ?? [];
  assert.match(markup.join(''), /^(<code><\/code>)*$/);
  assert.doesNotMatch(cell.replace(/<[^>]*>/g, ''), /[<>"'@]|&(?!#\d+;)/);
  return cell
    .replace(/<\/?code>/g, '`')
    .replace(/&#(\d+);/g, (_, code) => String.fromCharCode(Number(code)));
}

describe('The report in the log', () => {
  it('is three plain lines', () => {
    assert.deepEqual(reportLines(full), [
      'New access token of sandbox org 00Dx0000000BV7zEAG at acme.my.salesforce.com for ci@acme.com, issued 2026-03-02T10:20:30.400Z, scopes: api id.',
      `Refresh token: rotated, kept on the branch “tokens” of acme/deploy, as refresh 17 (${commit}). Checks that passed: expected-org-id, verify.`,
      '3 requests, 1 retry, 1.2 s.',
    ]);
  });

  it('leaves out what nobody knows', () => {
    assert.deepEqual(reportLines(bare), [
      'New access token of org at 127.0.0.1:8080.',
      'Refresh token: not rotated. Checks that passed: none asked for.',
      '1 request, 0 retries, 0.0 s.',
    ]);
  });

  it('never holds the token', () => {
    assert.doesNotMatch(reportLines(full).join() + reportSummary(full), /the-access-token/);
  });
});

describe('The summary of a success', () => {
  it('is a table', () => {
    assert.deepEqual(rows(reportSummary(full)), [
      ['Org', '`00Dx0000000BV7zEAG`'],
      ['Type', 'sandbox'],
      ['User', 'ci@acme.com'],
      ['Instance', '`acme.my.salesforce.com`'],
      ['Scopes', '`api` `id`'],
      ['Issued', '2026-03-02 10:20:30 UTC'],
      [
        'Refresh token',
        `[rotated, kept on the branch “tokens” of acme/deploy, as refresh 17](${commit})`,
      ],
      ['Checks that passed', '`expected-org-id` `verify`'],
      ['Effort', '3 requests, 1 retry, 1.2 s'],
    ]);
  });

  it('leaves out what nobody knows', () => {
    assert.deepEqual(rows(reportSummary(bare)), [
      ['Instance', '`127.0.0.1:8080`'],
      ['Refresh token', 'not rotated'],
      ['Checks that passed', 'none asked for'],
      ['Effort', '1 request, 0 retries, 0.0 s'],
    ]);
  });

  it('names the user by id where the name was not asked for', () => {
    const findings = { passed: [] };
    const user = rows(reportSummary({ ...full, findings })).find(([name]) => name === 'User');
    assert.deepEqual(user, ['User', '`005x00000012Q9PAAU`']);
  });
});

/** Text that would be markup, links, mentions or the end of the table, if it were not escaped. */
const hostile = fc
  .array(
    fc.oneof(
      fc.constantFrom('<', '>', '&', '"', "'", '`', '@org/team', '|', '\n', '\r', '\n\n', '&lt;'),
      fc.constantFrom('</td></tr></table>', '<script>', '![x](https://a.example)', '<!--', '**'),
      fc.string({ unit: 'binary', maxLength: 10 }),
    ),
    { minLength: 1, maxLength: 12 },
  )
  .map((parts) => `x${parts.join('')}`);

describe('Text from outside', () => {
  it('cannot leave its cell of a success', () => {
    fc.assert(
      fc.property(hostile, hostile, (username, scope) => {
        const { token, findings } = full;
        const report = { ...full, token: { ...token, scope }, findings: { ...findings, username } };
        const table = new Map(rows(reportSummary(report)));
        assert.equal(table.get('User'), username);
        const scopes = scope.split(' ').map((one) => `\`${one}\``);
        assert.equal(table.get('Scopes'), scopes.join(' '));
        assert.equal(table.size, 9);
      }),
      { numRuns: 1000 },
    );
  });

  it('cannot leave its paragraph of a failure', () => {
    fc.assert(
      fc.property(hostile, hostile, hostile, hostile, (code, what, why, fix) => {
        const summary = failureSummary(new ActionError(code, what, { why, fix }), more);
        const [happened, ...rest] = paragraphs(summary);
        assert.deepEqual(happened, [`What happened\`${code}\``, what]);
        assert.deepEqual(rest.slice(-2), [
          ['Why', why],
          ['More', `[${more}](${more})`],
        ]);
        const copied = (line: string) => line.replace(/^ {2}/, '');
        assert.equal(
          rest
            .slice(0, -2)
            .map(([, text]) => text)
            .join('\n'),
          fix.split('\n').map(copied).join('\n'),
        );
      }),
      { numRuns: 1000 },
    );
  });
});

describe('The summary of a failure', () => {
  it('tells what happened, what to do, why, and where to read on, in this order', () => {
    const error = ActionError.own('timeout', 'Set `retries` & go.', {
      why: 'Why.',
      fix: 'Wait.\nSign in:\n  npx x --secret "X"\n    --repo a/b',
    });
    const summary = failureSummary(error, more);
    assert.ok(summary.includes('<br>Set <code>retries</code> &#38; go.</p>'));
    assert.deepEqual(paragraphs(summary), [
      ['What happened`timeout`', 'Set `retries` & go.'],
      ['What to do', 'Wait.\nSign in:'],
      ['', 'npx x --secret "X"\n  --repo a/b'],
      ['Why', 'Why.'],
      ['More', `[${more}](${more})`],
    ]);
  });

  it('shows cases as a list, and says no empty why', () => {
    const fix = '- It never worked: look at `login-url`.\n- Else: wait.\nThen:\n  go';
    const error = ActionError.own('timeout', 'It failed.', { fix, why: undefined });
    assert.deepEqual(paragraphs(failureSummary(error, more)).slice(1), [
      ['What to do', ''],
      ['', '- It never worked: look at `login-url`.\n- Else: wait.'],
      ['', 'Then:'],
      ['', 'go'],
      ['More', `[${more}](${more})`],
    ]);
  });
});
