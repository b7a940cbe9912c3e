/** Signing in through the browser: authorization code with PKCE (RFC 6749, 4.1; RFC 7636; RFC 8252). */
import { createHash, randomBytes } from 'node:crypto';
import { ActionError } from '../errors/action-error.ts';
import { scopesToGive, signInErrors, signInRefusals } from '../errors/sign-in.ts';
import type { Deadline } from '../http/deadline.ts';
import { RequestFailure } from '../http/failure.ts';
import type { JsonObject } from '../http/json.ts';
import type { Send } from '../http/send.ts';
import type { AllowedHosts } from './allowed-hosts.ts';
import { type Asked, type Clean, explainRefusal, judgeAnswer, judgeFailure } from './attempt.ts';
import { followRedirect } from './redirect.ts';
import {
  isTokenText,
  judgeTokenResponse,
  secretsIn,
  type TokenResponse,
} from './token-response.ts';

/** Who asks whom, for what, and where the answer is to go. */
export interface CodeRequest {
  /** The token endpoint; its host was checked. */
  readonly login: URL;
  readonly clientId: string;
  readonly clientSecret: string | undefined;
  readonly scope: string;
  /** One of the app's callbacks, to the letter. */
  readonly redirectUri: string;
  /** What ties the answer to the question (RFC 6749, 10.12). */
  readonly state: string;
  /** What ties the exchange to both (RFC 7636). Secret. */
  readonly verifier: string;
}

/** What the browser brings back. */
export type CodeAnswer =
  | { readonly kind: 'code'; readonly code: string }
  | { readonly kind: 'refused'; readonly said: JsonObject };

const theSignIn: Asked = { name: 'the sign-in', refusals: signInRefusals };

/** A new `state` or `verifier`: 256 bits, in 43 characters. */
export function newSecretText(): string {
  return randomBytes(32).toString('base64url');
}

/** Where the user signs in. */
export function authorizeUrl(request: CodeRequest): URL {
  const url = new URL(request.login);
  url.pathname = url.pathname.replace(/token$/, 'authorize');
  url.search = new URLSearchParams({
    response_type: 'code',
    client_id: request.clientId,
    redirect_uri: request.redirectUri,
    scope: request.scope,
    state: request.state,
    code_challenge: createHash('sha256').update(request.verifier).digest('base64url'),
    code_challenge_method: 'S256',
  }).toString();
  return url;
}

/** Reads an address that a browser was sent to; undefined where it is no answer to this request. */
export function readCodeAnswer(
  url: URL,
  { redirectUri, state }: Pick<CodeRequest, 'redirectUri' | 'state'>,
): CodeAnswer | undefined {
  const { searchParams } = url;
  if (url.origin + url.pathname !== redirectUri || searchParams.get('state') !== state) {
    return undefined;
  }
  const { code, error, error_description } = Object.fromEntries(searchParams);
  if (error) {
    return { kind: 'refused', said: { error, error_description } };
  }
  return code ? { kind: 'code', code } : undefined;
}

/** What a sign-in came to. */
export interface SignedIn {
  /** The token response. */
  readonly body: JsonObject;
  readonly token: TokenResponse;
  readonly refreshToken: string;
}

/**
 * Exchanges the code for tokens, and judges them.
 *
 * @param hide gets every secret as soon as there is one
 * @throws ActionError also where no refresh token came
 */
export async function redeem(
  answer: CodeAnswer,
  request: CodeRequest,
  allowed: AllowedHosts,
  tools: { send: Send; deadline: Deadline; clean: Clean; hide: (secret: string) => void },
): Promise<SignedIn> {
  [request.verifier, answer.kind === 'code' ? answer.code : ''].forEach(tools.hide);
  const body = await exchangeCode(answer, request, allowed, tools);
  secretsIn(body).forEach(tools.hide);
  const token = judgeTokenResponse(body, allowed, tools.clean);
  const { refresh_token: refreshToken } = body;
  if (!isTokenText(refreshToken)) {
    const what = `Salesforce issued no refresh token. The scopes: ${token.scope ?? 'not told'}.`;
    throw new ActionError('no_refresh_token', what, signInErrors.no_refresh_token);
  }
  return { body, token, refreshToken };
}

/**
 * The code for tokens (RFC 6749, 4.1.3): one POST, never repeated, for a code works once; redirected at
 * most once.
 *
 * @returns the body of the token response, not judged yet
 * @throws ActionError also where the answer is a refusal
 */
async function exchangeCode(
  answer: CodeAnswer,
  request: CodeRequest,
  allowed: AllowedHosts,
  { send, deadline, clean }: { send: Send; deadline: Deadline; clean: Clean },
): Promise<JsonObject> {
  if (answer.kind === 'refused') {
    const { error } = explainRefusal(answer.said, 0, theSignIn, clean);
    const fix = error.code === 'invalid_scope' ? scopesToGive(request.scope) : error.fix;
    throw error.with({ fix });
  }
  const body = new URLSearchParams({
    grant_type: 'authorization_code',
    code: answer.code,
    client_id: request.clientId,
    ...(request.clientSecret !== undefined && { client_secret: request.clientSecret }),
    redirect_uri: request.redirectUri,
    code_verifier: request.verifier,
  }).toString();
  const headers = {
    accept: 'application/json',
    'content-type': 'application/x-www-form-urlencoded',
  };
  let url = request.login;
  for (let redirected = false; ; redirected = true) {
    const { host } = url;
    const limits = { connectMs: 10_000, answerMs: deadline.totalMs, signal: deadline.signal };
    const outcome = await send({ method: 'POST', url, headers, body }, limits).then(
      (complete) => judgeAnswer(complete, host, clean, theSignIn),
      (error: unknown) => {
        if (error instanceof RequestFailure) {
          return judgeFailure(error, host, undefined, clean);
        }
        throw error;
      },
    );
    if (outcome.kind === 'token') {
      return outcome.body;
    }
    if (outcome.kind === 'failed') {
      throw outcome.error;
    }
    url = followRedirect(outcome.location, url, redirected, allowed, clean);
  }
}
