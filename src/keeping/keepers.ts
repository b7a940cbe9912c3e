import type { Credential } from '../credential/from-inputs.ts';
import type { RunContext } from '../runner/context.ts';
import { type Expectations, expectsAnything } from '../salesforce/expectations.ts';
import type { Keeper, KeeperTools, TokenBranch } from './keeper.ts';
import { keptNowhere } from './none.ts';

/** What says where the refresh token is kept. */
export interface Keeping
  extends Pick<Credential, 'refreshToken' | 'clientId' | 'authUrl' | 'tokenFile'> {
  /** The app rotates refresh tokens, and somebody keeps the new ones. */
  readonly rotates: boolean;
  readonly tokenBranch?: TokenBranch;
  /** Where the refresh token will go. */
  readonly login: { readonly url: URL };
  /** What the org may have to be asked about, once it answered. */
  readonly expected: Expectations;
  /** How often a request that may be done twice is sent again, at most. */
  readonly retries: number;
}

/** The keeper of this refresh token. */
export async function keeperOf(
  { tokenFile, rotates, tokenBranch, login, expected, retries, ...credential }: Keeping,
  context: () => RunContext,
  tools: KeeperTools,
): Promise<Keeper> {
  if (tokenBranch !== undefined) {
    // On demand, because most runs need neither GitHub's API nor the cryptography.
    const { keptOnBranch } = await import('./token-branch/keeper.ts');
    const endpoint = { url: login.url, last: !expectsAnything(expected) };
    return keptOnBranch(credential, tokenBranch, endpoint, retries, context(), tools);
  }
  if (tokenFile !== undefined) {
    const { documents, runnerEnvironment } = context();
    const outlivesTheJob = runnerEnvironment === 'self-hosted';
    const { keptInFile } = await import('./token-file.ts');
    const more = `${documents}/rotation.md`;
    return keptInFile(credential, tokenFile, outlivesTheJob, more, tools);
  }
  return keptNowhere(credential, rotates, context, tools.workflow);
}
