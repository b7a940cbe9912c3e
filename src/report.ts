import type { ActionError } from './errors.ts';
import type { Findings } from './salesforce/checks.ts';
import type { TokenResponse } from './salesforce/token-response.ts';

/** What the step did, for people. Nothing in it is secret. */
export interface Report {
  readonly token: TokenResponse;
  readonly findings: Findings;
  /** What became of the refresh token, as a phrase: `not rotated`, `rotated, saved in …`. */
  readonly refreshToken: string;
  readonly effort: Effort;
}

/** What the step cost. */
export interface Effort {
  readonly requests: number;
  readonly retries: number;
  /** From start to end, milliseconds. */
  readonly ms: number;
}

/** The report as a few plain lines for the log. */
export function reportLines(report: Report): string[] {
  const { token, findings, refreshToken, effort } = report;
  const org = [findings.orgType, 'org', findings.orgId]
    .filter((part) => part !== undefined)
    .join(' ');
  const user = findings.username === undefined ? '' : ` for ${findings.username}`;
  const issued = token.issuedAt === undefined ? '' : `, issued ${token.issuedAt.toISOString()}`;
  const scope = token.scope === undefined ? '' : `, scopes: ${token.scope}`;
  const passed = findings.passed.length === 0 ? 'none asked for' : findings.passed.join(', ');
  return [
    `New access token of ${org} at ${hostOf(token)}${user}${issued}${scope}.`,
    `Refresh token: ${refreshToken}. Checks that passed: ${passed}.`,
    `${effortText(effort)}.`,
  ];
}

/** The report for the summary of the run: a heading and a table, everything from outside escaped. */
export function reportSummary(report: Report): string {
  const { token, findings, refreshToken, effort } = report;
  return page('Salesforce access token refreshed', [
    ['Org', findings.orgId],
    ['Type', findings.orgType],
    ['User', findings.username ?? token.identity?.userId],
    ['Instance', hostOf(token)],
    ['Scopes', token.scope],
    [
      'Issued',
      token.issuedAt
        ?.toISOString()
        .replace('T', ' ')
        .replace(/\.\d+Z$/, ' UTC'),
    ],
    ['Refresh token', refreshToken],
    ['Checks that passed', findings.passed.join(', ') || 'none asked for'],
    ['Effort', effortText(effort)],
  ]);
}

/** A failure for the summary of the run. */
export function failureSummary(error: ActionError): string {
  return page('Salesforce access token not refreshed', [
    ['Error', error.code],
    ['What happened', error.message],
    ['Why', error.why],
    ['What to do', error.fix],
  ]);
}

function hostOf(token: TokenResponse): string {
  return new URL(token.instanceUrl).host;
}

function effortText({ requests, retries, ms }: Effort): string {
  const count = (n: number, one: string, many: string) => `${n} ${n === 1 ? one : many}`;
  return `${count(requests, 'request', 'requests')}, ${count(retries, 'retry', 'retries')}, ${(ms / 1000).toFixed(1)} s`;
}

/** HTML within Markdown: between its tags nothing is read as Markdown, as long as no line is empty. */
function page(title: string, rows: readonly (readonly [string, string | undefined])[]): string {
  const cells = rows
    .filter((row): row is [string, string] => row[1] !== undefined && row[1] !== '')
    .map(([name, value]) => `<tr><th align="left">${name}</th><td>${html(value)}</td></tr>`);
  return [`### ${title}`, '', '<table>', ...cells, '</table>', ''].join('\n');
}

/** Escapes text for HTML; what stands between backticks in our own messages becomes code. */
function html(text: string): string {
  const escaped = text.replace(/[&<>"'@]/g, (character) => `&#${character.charCodeAt(0)};`);
  const [first = '', ...more] = escaped.split(/\r\n?|\n/);
  const prose = first.replace(/`([^`]+)`/g, '<code>$1</code>');
  return more.length === 0 ? prose : `${prose}<pre>${more.join('&#10;')}</pre>`;
}
