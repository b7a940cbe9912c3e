import type { Credential } from '../credential/from-inputs.ts';
import type { GitHubTools } from '../github/api.ts';
import type { RunContext } from '../runner/context.ts';
import type { Workflow } from '../runner/outputs.ts';
import type { WriteBack } from './environment-secret.ts';
import type { Keeper } from './keeper.ts';
import { keptNowhere } from './none.ts';
import { keptInFile } from './token-file.ts';

/** What says where the refresh token is kept. */
export interface Keeping
  extends Pick<Credential, 'refreshToken' | 'clientId' | 'authUrl' | 'tokenFile'> {
  /** The app rotates refresh tokens, and somebody keeps the new ones. */
  readonly rotates: boolean;
  readonly writeBack?: WriteBack;
}

/** The keeper of this refresh token. */
export async function keeperOf(
  { tokenFile, rotates, writeBack, ...credential }: Keeping,
  context: RunContext,
  tools: Pick<GitHubTools, 'send' | 'random' | 'retrying'>,
  workflow: Workflow,
): Promise<Keeper> {
  if (writeBack !== undefined) {
    // On demand, because most runs never need GitHub's API, the guard and the cryptography.
    const { keptInSecret } = await import(
      /* webpackChunkName: "environment-secret" */ './environment-secret.ts'
    );
    return keptInSecret(credential, writeBack, context, tools, workflow);
  }
  if (tokenFile !== undefined) {
    const outlivesTheJob = context.runnerEnvironment === 'self-hosted';
    return keptInFile(credential, tokenFile, outlivesTheJob, workflow);
  }
  return keptNowhere(credential, rotates, workflow);
}
