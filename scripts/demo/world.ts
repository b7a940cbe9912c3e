import { startGitHub } from '../../__tests__/support/github/server.ts';
import { startProxy } from '../../__tests__/support/proxy.ts';
import { type ActionResult, runAction } from '../../__tests__/support/runner.ts';
import { startOrg } from '../../__tests__/support/salesforce-org.ts';
import { testCertificates } from '../../__tests__/support/tls.ts';

/** What stands under `with:` in a workflow, expressions as they are written there. */
export type With = Readonly<Record<string, string | number | boolean>>;

/** A user's repository with the action in its workflows, on this machine. */
export interface World extends AsyncDisposable {
  readonly orgId: string;
  /** The branch on which refresh tokens are kept. */
  readonly branch: string;
  /**
   * Somebody signs in and stores the credential in the secrets SF_REFRESH_TOKEN and SF_CLIENT_ID.
   * Gives the refresh token.
   */
  signIn(app: 'static' | 'rotating'): string;
  /** Somebody revokes the refresh token that the secret holds. */
  revoke(): void;
  /** The secret SF_REFRESH_TOKEN. */
  secret(): string;
  /** A run of the workflow: the step of the action in it. */
  run(inputs: With): Promise<ActionResult>;
  /** The messages of the token branch's commits, newest first. */
  commits(): string[];
}

const host = 'acme.my.salesforce.com';
const repository = 'acme/deployments';
const branch = 'salesforce-tokens';

/**
 * Starts look-alikes of an org and of GitHub. A proxy of this machine leads to the org, so that what
 * people see has the names that it would have on the real one.
 */
export async function startWorld(): Promise<World> {
  const { caFile, key, cert } = await testCertificates();
  const [org, github] = await Promise.all([
    startOrg({ tls: { key, cert }, instanceUrl: `https://${host}`, id: '00D5g000001kX2A' }),
    startGitHub({
      repositories: { [repository]: { branches: { main: { 'README.md': '# Deployments\n' } } } },
    }),
  ]);
  const proxy = await startProxy({ targets: { [host]: org.port } });
  const apps = { static: org.app, rotating: org.addApp({ rotation: 'strict' }) };
  const gitHubToken = github.token({ contents: 'write', repositories: [repository] });
  const values = new Map([
    ['github.token', gitHubToken],
    ['vars.SF_LOGIN_URL', `https://${host}`],
  ]);
  const secret = () => values.get('secrets.SF_REFRESH_TOKEN') ?? '';
  let runs = 1000;
  return {
    orgId: org.id,
    branch,
    secret,
    signIn(app) {
      const { clientId } = apps[app];
      const refreshToken = org.newRefreshToken({ clientId });
      values.set('secrets.SF_REFRESH_TOKEN', refreshToken);
      values.set('secrets.SF_CLIENT_ID', clientId);
      return refreshToken;
    },
    revoke: () => org.revokeRefreshToken(secret()),
    async run(inputs) {
      runs += 1;
      return await runAction({
        inputs: Object.fromEntries(
          Object.entries(inputs).map(([name, value]) => [name, evaluated(value, values)]),
        ),
        secrets: [...values].filter(([name]) => !name.startsWith('vars.')).map(([, it]) => it),
        env: {
          https_proxy: proxy.url,
          NODE_EXTRA_CA_CERTS: caFile,
          GITHUB_API_URL: github.url,
          GITHUB_REPOSITORY: repository,
          GITHUB_RUN_ID: String(runs),
          GITHUB_ACTION_REPOSITORY: 'OWNER/refresh-salesforce-token',
          GITHUB_ACTION_REF: 'v1',
        },
      });
    },
    commits: () =>
      github
        .repository(repository)
        .commits(branch)
        .map(({ message }) => message),
    async [Symbol.asyncDispose]() {
      await Promise.all([org.close(), github.close(), proxy.close()]);
    },
  };
}

/** The value of an input as the runner makes it: an expression becomes what it stands for. */
function evaluated(value: string | number | boolean, values: ReadonlyMap<string, string>) {
  const name = /^\$\{\{ ([\w.]+) \}\}$/.exec(String(value))?.[1];
  return name === undefined ? value : values.get(name);
}
