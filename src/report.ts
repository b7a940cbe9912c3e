import type { ActionError } from './errors/action-error.ts';
import { sectionOf } from './errors/catalogue.ts';
import type { Kept } from './keeping/keeper.ts';
import { type Environment, readContext } from './runner/context.ts';
import type { Findings } from './salesforce/checks.ts';
import type { TokenResponse } from './salesforce/token-response.ts';
import type { Effort } from './step-tools.ts';

/** What the step did, for people. Nothing in it is secret. */
export interface Report {
  readonly token: TokenResponse;
  readonly findings: Findings;
  readonly refreshToken: Kept;
  readonly effort: Effort;
}

/** The address of what the documents say about an error. */
export function moreAbout({ code }: ActionError, env: Environment): string {
  return `${readContext(env).documents}/troubleshooting.md#${sectionOf(code)}`;
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
    `Refresh token: ${refreshToken.phrase}${refreshToken.url === undefined ? '' : ` (${refreshToken.url})`}. Checks that passed: ${passed}.`,
    `${effortText(effort)}.`,
  ];
}

/** The report for the summary of the run: a heading and a table, everything from outside escaped. */
export function reportSummary({ token, findings, refreshToken, effort }: Report): string {
  const issued = token.issuedAt
    ?.toISOString()
    .replace('T', ' ')
    .replace(/\.\d+Z$/, ' UTC');
  return page('✅ Salesforce access token refreshed', [
    '<table>',
    row('Org', code(findings.orgId)),
    row('Type', prose(findings.orgType)),
    row('User', prose(findings.username) || code(token.identity?.userId)),
    row('Instance', code(hostOf(token))),
    row('Scopes', code(...(token.scope?.split(' ') ?? []))),
    row('Issued', prose(issued)),
    row('Refresh token', link(prose(refreshToken.phrase), refreshToken.url)),
    row('Checks that passed', code(...findings.passed) || 'none asked for'),
    row('Effort', effortText(effort)),
    '</table>',
  ]);
}

/** A failure for the summary of the run. Paragraphs: commands are too wide for a table. */
export function failureSummary(error: ActionError, more: string): string {
  const { sentences, copy } = splitAdvice(error.fix);
  return page('❌ No Salesforce access token', [
    `<p><b>What happened</b> (<a href="${html(more)}">${code(error.code)}</a>)<br>${prose(error.message)}</p>`,
    `<p><b>Why</b><br>${prose(error.why)}</p>`,
    `<p><b>What to do</b><br>${sentences.map((line) => prose(line)).join('<br>')}</p>`,
    copy === '' ? '' : `<pre>${html(copy)}</pre>`,
  ]);
}

function hostOf(token: TokenResponse): string {
  return new URL(token.instanceUrl).host;
}

function effortText({ requests, retries, ms }: Effort): string {
  const count = (n: number, one: string, many: string) => `${n} ${n === 1 ? one : many}`;
  return `${count(requests, 'request', 'requests')}, ${count(retries, 'retry', 'retries')}, ${(ms / 1000).toFixed(1)} s`;
}

/** HTML within Markdown: in it nothing is read as Markdown, as long as no line is empty. */
function page(title: string, lines: readonly string[]): string {
  return [`### ${title}`, '', ...lines.filter((line) => line !== ''), ''].join('\n');
}

/** A row of the table; none without a value. */
function row(name: string, cell: string): string {
  return cell === '' ? '' : `<tr><th align="left">${name}</th><td>${cell}</td></tr>`;
}

/** Escapes text for HTML; a line break would end the HTML where it makes an empty line. */
function html(text: string): string {
  return text.replace(/[&<>"'@\r\n]/g, (character) => `&#${character.charCodeAt(0)};`);
}

/** Escaped; what stands between backticks in our own messages becomes code. */
function prose(text = ''): string {
  return html(text).replace(/`([^`]+)`/g, '<code>$1</code>');
}

function link(content: string, url: string | undefined): string {
  return url === undefined ? content : `<a href="${html(url)}">${content}</a>`;
}

function code(...texts: readonly (string | undefined)[]): string {
  return texts
    .filter((text) => text !== undefined)
    .map((text) => `<code>${html(text)}</code>`)
    .join(' ');
}

/** What to do, in sentences, and what is to be copied after them: indented commands, or YAML. */
function splitAdvice(fix: string): { sentences: string[]; copy: string } {
  const lines = fix.split('\n');
  const start = lines.findIndex((line) => /^( {2}|- )/.test(line));
  const toCopy = start < 0 ? [] : lines.slice(start);
  const indent = toCopy.every((line) => line.startsWith('  ')) ? 2 : 0;
  return {
    sentences: lines.slice(0, lines.length - toCopy.length),
    copy: toCopy.map((line) => line.slice(indent)).join('\n'),
  };
}
