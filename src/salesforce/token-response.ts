import { ActionError } from '../errors/action-error.ts';
import { jsonType } from '../errors/text.ts';
import { type JsonObject, parseJsonObject } from '../http/json.ts';
import type { HttpAnswer } from '../http/send.ts';
import type { AllowedHosts } from './allowed-hosts.ts';
import { orRefuse } from './host-refusal.ts';
import {
  instanceHostWarning,
  isAllowedAddress,
  parseApiInstanceUrl,
  parseInstanceUrl,
} from './hosts.ts';
import { type Identity, parseIdentityUrl } from './ids.ts';

/** A token response that was judged good: everything in it may be handed out. */
export interface TokenResponse {
  readonly accessToken: string;
  /** `https://host`, without a trailing slash. */
  readonly instanceUrl: string;
  readonly tokenType: 'Bearer';
  /** Space-separated. */
  readonly scope?: string;
  readonly issuedAt?: Date;
  readonly identityUrl?: string;
  readonly identity?: Identity;
  readonly apiInstanceUrl?: string;
  /** What the user should know about the host, in whole sentences. */
  readonly notices: readonly string[];
  /** What the answer holds that is not handed out, in whole sentences. */
  readonly warnings: readonly string[];
}

/** Whether a value can be a token at all: text that an HTTP header can carry, without white space. */
export function isTokenText(value: unknown): value is string {
  return typeof value === 'string' && /^[\x21-\x7e]+$/.test(value);
}

/**
 * The tokens of an answer, without the white space that servers and proxies put around them; one that
 * is no token text even then stays out.
 * @returns undefined where neither is usable, so that this is no token response
 */
function usableTokens(
  body: JsonObject,
): Readonly<Partial<Record<'access_token' | 'refresh_token', string>>> | undefined {
  const [accessToken, refreshToken] = [body['access_token'], body['refresh_token']].map((value) =>
    typeof value === 'string' ? value.trim() : value,
  );
  const tokens = {
    ...(isTokenText(accessToken) && { access_token: accessToken }),
    ...(isTokenText(refreshToken) && { refresh_token: refreshToken }),
  };
  return Object.keys(tokens).length === 0 ? undefined : tokens;
}

/**
 * The token response in an answer, its tokens as {@link usableTokens} has them.
 * @returns undefined where the answer is none
 */
export function tokensIn({ status, body: text }: HttpAnswer): JsonObject | undefined {
  const body = succeeded(status) ? parseJsonObject(text) : undefined;
  const tokens = body && usableTokens(body);
  // Whatever else stands in it: a proxy that rewrites JSON may well add `"error": null`.
  return tokens && { ...body, ...tokens };
}

/** Whether an HTTP status says that what was asked was done. */
export function succeeded(status: number): boolean {
  return status >= 200 && status < 300;
}

/** Why an answer without {@link usableTokens} is no token response. */
export function noUsableToken(body: JsonObject): ActionError {
  const { access_token: accessToken, refresh_token: refreshToken } = body;
  return accessToken === undefined && refreshToken !== undefined
    ? invalid('refresh_token', refreshToken)
    : invalid('access_token', accessToken);
}

/**
 * Every secret in the answer, for masking before anything else happens. What is no token text is
 * refused without a word of it: its lines as masks would cost memory, and hide common words.
 */
export function secretsIn(body: JsonObject): string[] {
  return ['access_token', 'refresh_token', 'signature', 'id_token']
    .map((name) => body[name])
    .map((value) => (typeof value === 'string' ? value.trim() : value))
    .filter(isTokenText);
}

/**
 * The new refresh token, where the app rotated: looked at before the answer is judged in any other
 * way, because the one that was sent is dead by now. The same one sent back is no rotation.
 *
 * @returns undefined where the app does not rotate
 * @throws ActionError `response_invalid`, with `mayBeSpent`, where there is one that cannot be kept
 */
export function rotatedToken(body: JsonObject, sent: string): string | undefined {
  const token = body['refresh_token'];
  if (token === undefined || token === sent) {
    return undefined;
  }
  if (!isTokenText(token)) {
    throw invalid('refresh_token', token).with({
      mayBeSpent: true,
      why: 'The answer brings a new refresh token that cannot be read, so the one that was sent is probably spent. Something on the way may have changed the answer.',
      fix: 'Sign in again and store the new credential; check the proxy of the runner before that, or the next new token is lost too.',
    });
  }
  return token;
}

/**
 * Judges a token response: types, token type, and whether its hosts may get the access token.
 *
 * @throws ActionError `response_invalid`, `token_type_unsupported`, `instance_url_refused`
 */
export function judgeTokenResponse(
  body: JsonObject,
  allowed: AllowedHosts,
  clean: (text: unknown) => string,
): TokenResponse {
  const tokenType = optionalText(body, 'token_type') ?? 'Bearer';
  if (tokenType.toLowerCase() !== 'bearer') {
    throw ActionError.own(
      'token_type_unsupported',
      `Salesforce issued a token of the type “${clean(tokenType)}”, which a Bearer client cannot use.`,
    );
  }
  const accessToken = body['access_token'];
  if (!isTokenText(accessToken)) {
    throw invalid('access_token', accessToken);
  }
  const instance = body['instance_url'];
  if (!isTokenText(instance)) {
    throw invalid('instance_url', instance);
  }
  const checked = orRefuse(
    () => parseInstanceUrl(instance, allowed),
    (refusal) =>
      ActionError.own(
        'instance_url_refused',
        `Salesforce answered with an \`instance_url\` that the access token may not go to: ${clean(refusal.message)}`,
        { cause: refusal },
      ),
  );
  const scope = good(body, 'scope', scopesOf);
  const issuedAt = optionalText(body, 'issued_at');
  const identified = good(body, 'id', (identityUrl) => {
    const identity = parseIdentityUrl(identityUrl);
    return identity && isAllowedAddress(identityUrl, allowed)
      ? { identityUrl, identity }
      : undefined;
  });
  const apiInstance = good(body, 'api_instance_url', (text) => apiOrigin(text, allowed));
  const { host } = checked.url;
  return {
    accessToken,
    instanceUrl: checked.url.origin,
    tokenType: 'Bearer',
    notices: [
      ...(checked.rewrittenFrom === undefined
        ? []
        : [
            `Salesforce named ${checked.rewrittenFrom} as the instance; its API is served at ${host}.`,
          ]),
      ...(checked.deprecated ? [instanceHostWarning(host)] : []),
    ],
    warnings: [scope, identified, apiInstance].flatMap(({ warning }) => warning ?? []),
    ...(scope.value !== undefined && { scope: scope.value }),
    ...(issuedAt !== undefined && { issuedAt: parseIssuedAt(issuedAt) }),
    ...identified.value,
    ...(apiInstance.value !== undefined && { apiInstanceUrl: apiInstance.value }),
  };
}

/** Which outputs a member of the answer is for, and what it has to be. */
const handedOut = {
  scope: ['`scope`', 'scopes as RFC 6749 has them, of 1,000 characters at most'],
  id: ['`identity-url`, `org-id` and `user-id`', 'an identity URL at a known host'],
  api_instance_url: ['`api-instance-url`', 'the address of a known host'],
} as const;

/** An optional member: one that is not good costs its outputs and a warning, never the token. */
function good<T>(
  body: JsonObject,
  name: keyof typeof handedOut,
  parse: (text: string) => T | undefined,
): { readonly value?: T; readonly warning?: string } {
  const text = body[name];
  if (text === undefined || text === '') {
    return {};
  }
  if (typeof text !== 'string') {
    throw invalid(name, text);
  }
  const value = parse(text);
  const [outputs, form] = handedOut[name];
  return value === undefined
    ? { warning: `The \`${name}\` of the answer is not ${form}: not handed out as ${outputs}.` }
    : { value };
}

/** Characters of RFC 6749, 3.3. Far longer ones could only burden what takes them on. */
function scopesOf(text: string): string | undefined {
  const scopes = text.trim().split(/ +/).join(' ');
  return /^[\x20\x21\x23-\x5b\x5d-\x7e]{1,1000}$/.test(scopes) ? scopes : undefined;
}

function apiOrigin(text: string, allowed: AllowedHosts): string | undefined {
  try {
    return parseApiInstanceUrl(text, allowed).origin;
  } catch {
    return undefined;
  }
}

/**
 * Where to revoke the access token of an answer that is not handed out: at the instance, or, where
 * the answer names none that can be trusted, at the host that issued it.
 * @returns `https://host`
 */
export function hostToRevokeAt(body: JsonObject, allowed: AllowedHosts, issuer: URL): string {
  const { instance_url: instance } = body;
  try {
    return parseInstanceUrl(isTokenText(instance) ? instance : '', allowed).url.origin;
  } catch {
    return issuer.origin;
  }
}

function optionalText(body: JsonObject, name: string): string | undefined {
  const value = body[name];
  if (value === undefined) {
    return undefined;
  }
  if (typeof value !== 'string' || value === '' || /[^\x20-\x7e]/.test(value)) {
    throw invalid(name, value);
  }
  return value;
}

/** `issued_at` is a string of milliseconds: the documentation says seconds, every sample is ms. */
function parseIssuedAt(text: string): Date {
  const date = new Date(/^\d+$/.test(text) ? Number(text) : Number.NaN);
  if (Number.isNaN(date.getTime())) {
    throw invalid('issued_at', text);
  }
  return date;
}

/** Says what is wrong with a member without repeating it: it may be a token with a flaw. */
function invalid(name: string, value: unknown): ActionError {
  const flaw =
    value === undefined
      ? 'is missing'
      : typeof value !== 'string'
        ? `is of the type ${jsonType(value)}, and should be a string`
        : value === ''
          ? 'is empty'
          : 'holds characters that cannot be part of it';
  return ActionError.own(
    'response_invalid',
    `The answer cannot be used as a token response: \`${name}\` ${flaw}.`,
  );
}
