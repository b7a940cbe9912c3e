import { type Answer, Refusal } from './answers.ts';
import type { Token, Tokens } from './tokens.ts';

type Headers = Readonly<Record<string, string>>;

const API_VERSIONS = ['2022-11-28', '2026-03-10'];
const DOCS = 'https://docs.github.com/rest';

/** What is looked at before the path: refuses, or gives the token, if there is one. */
export function admit(headers: Headers, tokens: Tokens): Token | undefined {
  checkApiVersion(headers['x-github-api-version']);
  checkAccept(headers['accept']);
  return authenticate(headers['authorization'], tokens);
}

/** GitHub turns away whoever sends no User-Agent, in text, before it looks at anything else. */
export function administrativeRules(): Answer {
  return {
    status: 403,
    headers: { 'content-type': 'text/html; charset=utf-8' },
    body: `Request forbidden by administrative rules. Please make sure your request has a User-Agent header (${DOCS}/overview/resources-in-the-rest-api#user-agent-required). Check https://developer.github.com for other possible causes.\r\n`,
  };
}

function checkApiVersion(version: string | undefined): void {
  if (version === undefined || API_VERSIONS.includes(version)) return;
  throw new Refusal(400, `"${version}" is not a supported version of the REST API.`);
}

function checkAccept(accept: string | undefined): void {
  if (!accept || /\*\/\*|application\/(\*|json|vnd\.github)/i.test(accept)) return;
  const text = `Unsupported 'Accept' header: '${accept}'. Must accept 'application/json'.`;
  throw new Refusal(415, text);
}

/** The token of the request; `undefined` where it brings none. */
function authenticate(authorization: string | undefined, tokens: Tokens): Token | undefined {
  if (authorization === undefined) return undefined;
  const token = tokens.find(bearer(authorization));
  if (token === undefined) throw new Refusal(401, 'Bad credentials');
  return token;
}

/** The token's text in an Authorization header; empty where there is none. */
export function bearer(authorization: string | undefined): string {
  return /^(?:bearer|token) +(\S+)$/i.exec(authorization ?? '')?.[1] ?? '';
}
