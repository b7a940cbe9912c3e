/**
 * What goes over the wire to GitHub, and the look-alike's answers, against the description of its REST
 * API that GitHub publishes. Usage: npm run test:openapi [-- exchanges.jsonl …]
 *
 * Without arguments the action asks all that it ever asks, and then a client everything that the
 * look-alike can be asked. Files hold exchanges as
 * the look-alike's `exchanges()` gives them, as JSON, one a line. The description (the npm package
 * @octokit/openapi, some 400 MB with all its variants) is installed in the user's cache, never as a
 * dependency of this project.
 */
import { readFileSync } from 'node:fs';
import type { Exchange } from '../__tests__/support/github/server.ts';
import { runAction } from './openapi/action.ts';
import { checkExchange, type Finding } from './openapi/check.ts';
import { isObject, type Json, loadDescription } from './openapi/description.ts';
import { runScenario } from './openapi/scenario.ts';
import { fail } from './tools.ts';

const files = process.argv.slice(2);
const exchanges =
  files.length === 0
    ? [...(await runAction()), ...(await runScenario())]
    : files.flatMap(readExchanges);
if (exchanges.length === 0) fail('There are no exchanges to check.');
const description = loadDescription();
const findings = exchanges.map((exchange) => checkExchange(exchange, description));
report(exchanges, findings);

function report(all: readonly Exchange[], found: readonly Finding[]): void {
  const statuses = Map.groupBy(found.keys(), (index) => found[index]?.operation ?? '');
  for (const [operation, indexes] of [...statuses].sort(([a], [b]) => a.localeCompare(b))) {
    const seen = [...indexes].map((index) => {
      const { status = 0 } = all[index] ?? {};
      return found[index]?.undescribed === undefined ? `${status}` : `${status} (not described)`;
    });
    console.log(`${operation}: ${[...new Set(seen)].sort().join(', ')}`);
  }
  const bad = found.flatMap(({ problems, operation }, index) =>
    problems.map((problem) => `${index + 1}. ${operation} ${all[index]?.status}: ${problem}`),
  );
  console.log(`${all.length} exchanges, ${bad.length} problems`);
  if (bad.length > 0) fail(bad.join('\n'));
}

function readExchanges(file: string): Exchange[] {
  const lines = readFileSync(file, 'utf8')
    .split('\n')
    .filter((line) => line.trim() !== '');
  return lines.map((line, index) => {
    const parsed: unknown = JSON.parse(line);
    if (!isObject(parsed)) fail(`${file}:${index + 1}: is no exchange`);
    return readExchange(parsed, `${file}:${index + 1}`);
  });
}

function readExchange(parsed: Json, place: string): Exchange {
  const { method, url, status, requestHeaders, responseHeaders } = parsed;
  if (typeof method !== 'string' || typeof url !== 'string' || typeof status !== 'number') {
    fail(`${place}: an exchange has method, url and status`);
  }
  const { requestBody, responseBody } = parsed;
  return {
    ...{ method, url, status, requestBody, responseBody },
    requestHeaders: texts(requestHeaders),
    responseHeaders: texts(responseHeaders),
  };
}

function texts(value: unknown): Record<string, string> {
  const entries = Object.entries(isObject(value) ? value : {});
  return Object.fromEntries(entries.map(([name, text]) => [name, String(text)]));
}
