import { createHash } from 'node:crypto';
import type { Answer } from './answers.ts';
import type { App, Code } from './model.ts';
import {
  checkClient,
  checkFields,
  checkLogin,
  invalidGrant,
  type Refusal,
  refuse,
} from './refusals.ts';
import type { OrgState } from './state.ts';
import { answerWithToken } from './token-response.ts';

/** Answers an exchange of an authorization code for tokens. */
export function exchangeCode(
  org: OrgState,
  form: Readonly<Record<string, string>>,
  app: App | undefined,
): Answer {
  const refusal =
    checkFields(form, ['code', 'client_id', 'redirect_uri']) ??
    checkClient(app, form['client_secret'], app?.webServerSecretRequired === true);
  const code = org.codes.get(form['code'] ?? '');
  if (refusal !== undefined) {
    return refuse(org, code?.user.username, refusal);
  }
  if (code === undefined || code.app !== app) {
    const cause = code === undefined ? 'no such code' : 'another client id';
    return refuse(org, code?.user.username, invalidGrant('invalid authorization code', cause));
  }
  const wrong = checkCode(org, code, form) ?? checkLogin(org, code.app, code.user);
  // Good for one try, also one that fails: else a verifier could be guessed.
  code.spent = true;
  if (wrong !== undefined) {
    return refuse(org, code.user.username, wrong);
  }
  const family = org.approve(code.app, code.user, code.scopes);
  return answerWithToken(org, family, family.lasting);
}

function checkCode(
  org: OrgState,
  code: Code,
  form: Readonly<Record<string, string>>,
): Refusal | undefined {
  if (code.spent || Date.now() >= code.issuedAt + org.codeMs) {
    const cause = code.spent ? 'code came again' : 'code too old';
    return invalidGrant('expired authorization code', cause);
  }
  if (form['redirect_uri'] !== code.redirectUri) {
    const description = 'redirect_uri must match configuration';
    return { error: 'redirect_uri_mismatch', description };
  }
  const verifier = form['code_verifier'];
  const proof = verifier && createHash('sha256').update(verifier).digest('base64url');
  return proof === code.challenge ? undefined : invalidGrant('invalid code verifier');
}
