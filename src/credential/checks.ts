import { ActionError } from '../errors/action-error.ts';
import { nothingSent } from '../errors/catalogue.ts';
import { hasUnprintable } from '../errors/text.ts';

/** The Salesforce CLI's own app; it has no secret. */
export const cliClientId = 'PlatformCLI';

/** How somebody gets a refresh token for this input, for the messages about what it is not. */
const wantsToken =
  'Store the refresh token itself: it usually starts with `5Aep`, and follows the second colon of the auth URL (`force://client:secret:TOKEN@host`).';

/** What people paste as a refresh token, and what to tell them. The shapes are hints for messages. */
function mistakenForToken(): readonly (readonly [shape: RegExp, what: string, fix: string])[] {
  return [
    [
      /\[REDACTED\]/i,
      "holds the Salesforce CLI's placeholder `[REDACTED] …` instead of a token",
      'The CLI no longer prints secrets in `sf org display`: use `sf org auth show-sfdx-auth-url --target-org <alias>`.',
    ],
    [/^\*+$/, 'holds only asterisks, as a masked log shows a secret', wantsToken],
    [
      /^\$\{\{/,
      'holds an expression that was not evaluated',
      'Write the expression of the secret under `with:` of this step, as the README shows.',
    ],
    [
      /^force:\/\/|^Zm9yY2U6Ly|sfdxAuthUrl/,
      'holds an SFDX auth URL',
      'Give it to the input `sfdx-auth-url` instead, without `refresh-token` and `client-id`.',
    ],
    [/^00D[A-Za-z0-9]{12,15}!/, 'holds an access token, which cannot be refreshed', wantsToken],
    [
      /^eyJ[\w-]+\.eyJ[\w-]+\./,
      'holds an access token (JWT), which cannot be refreshed',
      wantsToken,
    ],
    [/^3MVG9/, "holds a consumer key, the app's client id", wantsToken],
    [/^https?:\/\//, 'holds a URL', wantsToken],
    [/^\{/, 'holds JSON', wantsToken],
    [/^["'].*["']$/, 'stands in quotation marks', 'Store it without the quotation marks.'],
  ];
}

/**
 * A refresh token as it was pasted, if it can be one.
 * @throws ActionError `input_invalid`
 */
export function checkRefreshToken(text: string, name = 'refresh-token'): string {
  // Of the shapes of something else, none begins so.
  if (!/^5Aep[\w.]+$/.test(text)) {
    checkNotMistaken(name, text);
  }
  checkNoBlanks(name, text);
  checkNotDoubled(name, text);
  return text;
}

function checkNotMistaken(name: string, text: string): void {
  // JSON around an auth URL may come in base64, which looks like a token.
  const decoded = decodeBase64(text) ?? '';
  const value = decoded.includes('sfdxAuthUrl') ? decoded : text;
  for (const [shape, what, fix] of mistakenForToken()) {
    if (shape.test(value)) {
      throw refused(name, what, fix);
    }
  }
}

/**
 * A client id as it was pasted, if it can be one.
 * @throws ActionError `input_invalid`
 */
export function checkClientId(text: string, refreshToken: string, name = 'client-id'): string {
  if (text === refreshToken) {
    throw refused(
      name,
      'is the same as the refresh token',
      'Set it to the consumer key of the app.',
    );
  }
  if (text.startsWith('5Aep')) {
    throw refused(
      name,
      'holds what looks like a refresh token',
      'Set it to the consumer key of the app that issued the token; it usually starts with `3MVG9`.',
    );
  }
  checkNoBlanks(name, text);
  checkNotDoubled(name, text);
  return text;
}

/**
 * A client secret as it was pasted, if it can be one. It may hold inner spaces.
 * @throws ActionError `input_invalid`
 */
export function checkClientSecret(text: string, name = 'client-secret'): string {
  if (hasUnprintable(text)) {
    throw refused(
      name,
      'holds a line break or a control character',
      'Store the consumer secret again, as one line.',
    );
  }
  checkNotDoubled(name, text);
  return text;
}

function checkNoBlanks(name: string, text: string): void {
  if (/^[\x21-\x7e]+$/.test(text)) {
    return;
  }
  if (/\s/.test(text) || hasUnprintable(text)) {
    throw refused(
      name,
      'holds white space, a line break or a control character in its middle',
      'It was probably wrapped or copied with something beside it: store it again, as one line.',
    );
  }
  throw refused(
    name,
    'holds a character that is not ASCII',
    'It was probably changed by a word processor or a chat program: copy it from its source again.',
  );
}

/** Pasting twice is a common slip in a field that shows nothing. Short values may repeat by nature. */
function checkNotDoubled(name: string, text: string): void {
  const half = text.length / 2;
  if (text.length >= 20 && text.slice(0, half) === text.slice(half)) {
    throw refused(name, 'holds the same value twice in a row', 'Store it again, once.');
  }
}

function refused(name: string, what: string, fix: string): ActionError {
  return ActionError.own('input_invalid', `The input \`${name}\` ${what}.`, {
    fix: `${fix} ${nothingSent}`,
  });
}

/** The text behind base64, where it is an auth URL or JSON; undefined where the text is no such base64. */
export function decodeBase64(text: string): string | undefined {
  const compact = text.replace(/\s+/g, '');
  if (!/^[A-Za-z0-9+/_-]+={0,2}$/.test(compact)) {
    return undefined;
  }
  const decoded = Buffer.from(compact, 'base64')
    .toString()
    .replace(/^\uFEFF/, '')
    .trim();
  return /^(force:|\{|\[REDACTED\])/i.test(decoded) ? decoded : undefined;
}
