import { hkdfSync } from 'node:crypto';
import { type GitHub, type GitHubOptions, type Repository, startGitHub } from './github/server.ts';
import { type ActionResult, type RunOptions, type StartedAction, startAction } from './runner.ts';
import { type Family, type OrgOptions, type SalesforceOrg, startOrg } from './salesforce-org.ts';
import { type HereOptions, stepHere } from './step-here.ts';

/** How a credential is stored, and given to the step. */
export type Form = 'token' | 'auth URL' | 'base64' | 'JSON' | 'JSON in base64';
export const forms: readonly Form[] = ['token', 'auth URL', 'base64', 'JSON', 'JSON in base64'];

export interface SceneOptions {
  /** Default: `token`. */
  readonly form?: Form;
  readonly org?: OrgOptions;
  readonly github?: GitHubOptions;
}

export interface StepOptions extends RunOptions {
  /** The number of the run. Default: counted up. */
  readonly run?: number;
}

/** An org whose app rotates, GitHub with an empty-handed repository, and a secret that never changes. */
export interface TokenBranchScene {
  readonly org: SalesforceOrg;
  readonly github: GitHub;
  readonly repository: Repository;
  /** The refresh tokens of the credential, spent ones and the current one. */
  readonly family: Family;
  /** What the secret holds. */
  readonly secret: string;
  readonly githubToken: string;
  /** Name of the credential's file on the branch. */
  readonly file: string;
  /** The file as it is now. */
  record(): Record<string, unknown> | undefined;
  start(options?: StepOptions): StartedAction;
  run(options?: StepOptions): Promise<ActionResult>;
  /** The same without a process of its own: see {@link stepHere}. */
  here(options?: HereOptions): Promise<ActionResult>;
  /** The end of the job of a step that is over. */
  post(step: ActionResult, options?: StepOptions): Promise<ActionResult>;
}

/** What a test gives to those who have something to close at its end. */
export interface AfterTest {
  after(close: () => unknown): void;
}

/** The names that {@link tokenBranchScene} uses. */
export const repositoryName = 'octo/demo';
export const branch = 'salesforce-tokens';

/** The file that a refresh token's credential has on the branch; stated here a second time, not imported. */
export function fileOf(refreshToken: string): string {
  const id = hkdfSync('sha256', refreshToken, '', 'refresh-salesforce-token/1/id', 16);
  return `${Buffer.from(id).toString('hex')}.json`;
}

/** Starts both servers; they end with the test. */
export async function tokenBranchScene(
  t: AfterTest,
  { form = 'token', org: orgOptions = {}, github: gitHubOptions = {} }: SceneOptions = {},
): Promise<TokenBranchScene> {
  const [org, github] = await Promise.all([
    startOrg({ rotation: 'strict', ...orgOptions }),
    startGitHub({
      repositories: { [repositoryName]: { branches: { main: { 'README.md': '# Demo\n' } } } },
      ...gitHubOptions,
    }),
  ]);
  t.after(() => Promise.all([org.close(), github.close()]));
  const githubToken = github.token({ contents: 'write', repositories: [repositoryName] });
  const token = org.newRefreshToken();
  const family = org.familyOf(token);
  if (family === undefined) {
    throw new Error('The org does not know its own token');
  }
  const secret = inForm(form, token, org);
  const file = fileOf(token);
  const repository = github.repository(repositoryName);
  let runs = 0;
  const withDefaults = ({ inputs, env, run, ...rest }: StepOptions): RunOptions => {
    runs += 1;
    return {
      ...rest,
      inputs: {
        ...(form === 'token'
          ? { 'refresh-token': secret, 'client-id': org.app.clientId }
          : { 'sfdx-auth-url': secret }),
        'login-url': org.url,
        'allowed-hosts': '127.0.0.1',
        'token-branch': branch,
        'github-token': githubToken,
        ...inputs,
      },
      env: {
        GITHUB_API_URL: github.url,
        GITHUB_REPOSITORY: repositoryName,
        GITHUB_REF_NAME: 'main',
        GITHUB_RUN_ID: String(run ?? 1000 + runs),
        ...env,
      },
    };
  };
  const start = (options: StepOptions = {}) => startAction(withDefaults(options));
  return {
    ...{ org, github, repository, family, secret, githubToken, file, start },
    record: () => {
      const text = repository.file(branch, file);
      return text === undefined ? undefined : Object(JSON.parse(text));
    },
    run: (options) => start(options).result,
    here: (options = {}) => stepHere({ ...options, ...withDefaults(options) }),
    post: (step, options = {}) =>
      startAction({ ...withDefaults(options), stage: 'post', state: step.state }).result,
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
