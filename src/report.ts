import type { Kept } from './keeping/keeper.ts';
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

/** Where the token is for. */
export function hostOf(token: TokenResponse): string {
  return new URL(token.instanceUrl).host;
}

/** What the step cost, in words. */
export function effortText({ requests, retries, ms }: Effort): string {
  const count = (n: number, one: string, many: string) => `${n} ${n === 1 ? one : many}`;
  return `${count(requests, 'request', 'requests')}, ${count(retries, 'retry', 'retries')}, ${(ms / 1000).toFixed(1)} s`;
}
