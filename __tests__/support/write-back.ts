import { createHash } from 'node:crypto';
import type { TestContext } from 'node:test';
import { type Environment, type GitHubApi, startGitHub, type TokenOptions } from './github-api.ts';
import { type ActionResult, type RunOptions, type StartedAction, startAction } from './runner.ts';
import { type Family, type Rotation, type SalesforceOrg, startOrg } from './salesforce-org.ts';

/** The names that {@link writeBackWorld} uses. */
export const repository = 'octo/demo';
export const environmentName = 'salesforce prod';
export const secretName = 'SF_CREDENTIAL';
export const sendingName = `${secretName}_SENDING`;
export const stateName = `${secretName}_STATE`;

/** How a credential is stored, and given to the step. */
export type Form = 'token' | 'auth URL' | 'base64' | 'JSON' | 'JSON in base64';
export const forms: readonly Form[] = ['token', 'auth URL', 'base64', 'JSON', 'JSON in base64'];

export interface WorldOptions {
  /** Default: `token`. */
  readonly form?: Form;
  /** Default: `strict`. */
  readonly rotation?: Rotation;
  /** Of the GitHub API. Default: none. */
  readonly basePath?: string;
  /** What `github-token` may do. Default: write the environments of the repository. */
  readonly token?: TokenOptions;
}

/** An org whose app rotates, and the GitHub environment that its credential is stored in. */
export interface World {
  readonly org: SalesforceOrg;
  readonly api: GitHubApi;
  readonly environment: Environment;
  /** The refresh tokens of the credential, spent ones and the current one. */
  readonly family: Family;
  /** A refresh token in the form of the credential. */
  stored(refreshToken: string): string;
  /** The step in a job that starts now: it gets what the secret holds, unless `copy` says another. */
  start(options?: RunOptions & { readonly copy?: string }): StartedAction;
  run(options?: RunOptions & { readonly copy?: string }): Promise<ActionResult>;
}

/** Starts both servers; they end with the test, or by `close`. */
export async function writeBackWorld(t: TestContext, options: WorldOptions = {}): Promise<World> {
  const { form = 'token', rotation = 'strict', basePath = '' } = options;
  const [org, api] = await Promise.all([startOrg({ rotation }), startGitHub({ basePath })]);
  t.after(() => Promise.all([org.close(), api.close()]));
  const githubToken = api.token(
    options.token ?? { environments: 'write', repositories: [repository] },
  );
  const environment = api.environment(repository, environmentName);
  const stored = (token: string) => inForm(form, token, org);
  const token = org.newRefreshToken();
  const family = org.familyOf(token);
  if (family === undefined) {
    throw new Error('The org does not know its own token');
  }
  environment.setSecret(secretName, stored(token));
  const start: World['start'] = ({ inputs, env, copy, ...rest } = {}) => {
    const credential = copy ?? environment.secret(secretName) ?? '';
    return startAction({
      ...rest,
      inputs: {
        ...(form === 'token'
          ? { 'refresh-token': credential, 'client-id': org.app.clientId }
          : { 'sfdx-auth-url': credential }),
        'login-url': org.url,
        'allowed-hosts': '127.0.0.1',
        'secret-name': secretName,
        'secret-environment': environmentName,
        'github-token': githubToken,
        ...inputs,
      },
      env: { GITHUB_API_URL: api.url, GITHUB_REPOSITORY: repository, ...env },
    });
  };
  return {
    ...{ org, api, environment, family, stored, start },
    run: (how) => start(how).result,
  };
}

function inForm(form: Form, token: string, org: SalesforceOrg): string {
  const url = `force://${org.app.clientId}::${token}@${org.myDomain}`;
  const json = JSON.stringify({ status: 0, result: { sfdxAuthUrl: url, alias: 'ci' } });
  const base64 = (text: string) => Buffer.from(text).toString('base64');
  switch (form) {
    case 'token':
      return token;
    case 'auth URL':
      return url;
    case 'base64':
      return base64(url);
    case 'JSON':
      return json;
    case 'JSON in base64':
      return base64(json);
  }
}

/** The first 16 hex digits of the SHA-256: how the guard's variables name a refresh token. */
export function fingerprint(refreshToken: string): string {
  return createHash('sha256').update(refreshToken).digest('hex').slice(0, 16);
}

/** What `_STATE` says, `undefined` where there is none. */
export function spentFingerprints({ environment }: World): unknown {
  const state = environment.variable(stateName);
  return state === undefined ? undefined : JSON.parse(state);
}

/** The error that the step ended with, as people read it: what, why, what to do. */
export function problem({ annotations, log }: ActionResult): string {
  return annotations.find(({ level }) => level === 'error')?.message ?? `no error in:\n${log}`;
}

/** What the step said without failing. */
export function warnings({ annotations }: ActionResult): string[] {
  return annotations.filter(({ level }) => level === 'warning').map(({ message }) => message);
}
