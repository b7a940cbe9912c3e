import type { checkToken } from './checks.ts';
import { type Expectations, expectsAnything } from './expectations.ts';

/** Checks a token: see {@link checkToken}. */
export type Check = typeof checkToken;

/**
 * What checks a token. To be loaded before anything is sent: later, what can't be loaded would cost the
 * token. On demand, because most workflows expect nothing.
 */
export async function loadChecks(expected: Expectations): Promise<Check> {
  if (expectsAnything(expected)) {
    const { checkToken } = await import('./checks.ts');
    return checkToken;
  }
  return async ({ identity }) => ({ ...(identity && { orgId: identity.orgId }), passed: [] });
}
