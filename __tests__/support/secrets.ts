import assert from 'node:assert/strict';
import type { ActionResult } from './runner.ts';
import type { SalesforceOrg } from './salesforce-org.ts';

/** The forms in which a secret could stand somewhere. */
export function forms(secret: string): string[] {
  return [
    secret,
    encodeURIComponent(secret),
    new URLSearchParams({ '': secret }).toString().slice(1),
    Buffer.from(secret).toString('base64'),
    Buffer.from(secret).toString('base64url'),
    JSON.stringify(secret).slice(1, -1),
  ];
}

/**
 * That each secret was masked, and stands nowhere that people can read: not even in what the process
 * printed, but for the commands that mask, and not in what the runner makes of it.
 */
export function assertHidden(result: ActionResult, secrets: readonly string[]): void {
  const { stdout, stderr, log, annotations, summary, masks } = result;
  const printed = stdout.replace(/^::add-mask::.*$/gm, '');
  const shown = annotations.map(({ title = '', message }) => `${title}\n${message}`).join('\n');
  for (const secret of secrets) {
    assert.ok(secret.length > 0 && masks.includes(secret), 'a secret was not masked');
    for (const form of forms(secret)) {
      for (const place of [printed, stderr, log, shown, summary]) {
        assert.ok(!place.includes(form), `a secret is shown:\n${log}`);
      }
    }
  }
}

/** The secrets in the last answer of the token endpoint; what is no token text is none. */
export function returnedSecrets(org: SalesforceOrg): string[] {
  const body: unknown = JSON.parse(org.tokenRequests.at(-1)?.decided?.body ?? '{}');
  assert.ok(typeof body === 'object' && body !== null);
  return Object.entries(body)
    .filter(([name]) => ['access_token', 'refresh_token', 'signature', 'id_token'].includes(name))
    .map(([, value]) => String(value))
    .filter((value) => /^[\x21-\x7e]+$/.test(value));
}
