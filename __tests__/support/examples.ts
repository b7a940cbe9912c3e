import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { memberOf, parseJson } from '../../src/http/json.ts';
import {
  actionName,
  repository,
  runWorkflow,
  type WorkflowOptions,
  type WorkflowRun,
} from './act.ts';
import { type Client, clientsOf, findClients } from './clients.ts';
import { startGitHub } from './github/server.ts';
import { startProxy } from './proxy.ts';
import { type SalesforceOrg, startOrg } from './salesforce-org.ts';
import { testCertificates } from './tls.ts';

// An example runs as it does for a user who copied it. What is changed for that, and why:
//
// - `deployment:` is taken out, which act refuses (see act.ts for what that leaves
//   unproven);
// - secrets and variables get the values that fit the inputs they are given to, others a placeholder;
// - a step that installs a client finds one that is installed already;
// - actions of other people are replaced by the stand-ins below. `actions/checkout` is part of act.

/** The org's My Domain, which a proxy leads to the look-alike. */
const host = 'acme.my.salesforce.com';

/** Actions of other people: what a workflow needs of them, and no more. */
const standIns: Readonly<Record<string, (values: { gitHubToken: string }) => string>> = {
  'actions/create-github-app-token': ({ gitHubToken }) => composite({ token: gitHubToken }),
  // The Node that runs the tests is on the PATH.
  'actions/setup-node': () => composite({ 'node-version': process.version }),
};

function composite(outputs: Readonly<Record<string, string>>): string {
  return JSON.stringify({
    name: 'Stand-in',
    description: 'Stand-in',
    outputs: Object.fromEntries(
      Object.keys(outputs).map((name) => [
        name,
        { description: name, value: expression(`steps.out.outputs.${name}`) },
      ]),
    ),
    runs: {
      using: 'composite',
      steps: [
        {
          id: 'out',
          shell: 'bash',
          run: Object.entries(outputs)
            .map(([name, value]) => `echo "${name}=${value}" >> "$GITHUB_OUTPUT"`)
            .join('\n'),
        },
      ],
    },
  });
}

function expression(text: string): string {
  return `\${{ ${text} }}`;
}

/** What became of an example, and of the org that it ran against. */
export interface ExampleRun {
  readonly org: SalesforceOrg;
  /** The only run, or the last of them. */
  readonly run: WorkflowRun;
  readonly runs: readonly WorkflowRun[];
  /** The refresh token in the secret: the same in every run. */
  readonly refreshToken: string;
  /** How many refresh tokens were saved on the token branch; undefined where there is none. */
  readonly refreshes: number | undefined;
}

/** An example: a complete workflow for users to copy. */
export interface Example {
  /** The name of its file. */
  readonly name: string;
  readonly text: string;
  /** The clients of Salesforce that its steps install. */
  readonly clients: readonly Client[];
}

/** The workflows in examples/. */
export function readExamples(): Example[] {
  const folder = join(import.meta.dirname, '..', '..', 'examples');
  return globSync('*.yml', { cwd: folder })
    .sort()
    .map((name) => {
      const text = readFileSync(join(folder, name), 'utf8');
      return { name, text, clients: clientsOf(text) };
    });
}

export interface ExampleOptions extends WorkflowOptions {
  readonly dead?: boolean;
  /** How often it is run. Default: once. */
  readonly times?: number;
}

/** Whether an example keeps a refresh token that rotates. */
export function keepsToken({ text }: Example): boolean {
  return text.includes('token-branch:');
}

/** Runs an example, with a good credential or a dead one. */
export async function runExample(
  t: TestContext,
  example: Example,
  { dead = false, times = 1, ...options }: ExampleOptions = {},
): Promise<ExampleRun> {
  const original = example.text;
  const id = literal(original, 'expected-org-id') ?? literal(original, 'org-id');
  const username = literal(original, 'username');
  const { caFile, key, cert } = await testCertificates();
  const instanceUrl = `https://${host}`;
  const org = await startOrg({
    tls: { key, cert },
    instanceUrl,
    rotation: keepsToken(example) ? 'strict' : 'none',
    ...(id !== undefined && { id }),
    ...(username !== undefined && { user: { username } }),
  });
  t.after(() => org.close());
  // What the Salesforce CLI asks userinfo with.
  org.app.scopes.push('id');
  const proxy = await startProxy({
    targets: { [host]: org.port, 'login.salesforce.com': org.port },
  });
  t.after(() => proxy.close());
  const keptIn = tokenRepository(original);
  const branches = { main: { 'README.md': '# A repository\n' } };
  const gitHub = await startGitHub({
    repositories: { [repository]: { branches }, [keptIn]: { branches } },
  });
  t.after(() => gitHub.close());
  const refreshToken = org.newRefreshToken();
  if (dead) {
    org.revokeRefreshToken(refreshToken);
  }
  const branch = literal(original, 'token-branch') ?? 'salesforce-tokens';
  const [own, app] = (['actions', 'app'] as const).map((kind) =>
    gitHub.token({
      kind,
      contents: /^ +(permission-)?contents: write/m.test(original) ? 'write' : 'read',
      repositories: [kind === 'app' ? keptIn : repository],
    }),
  );
  const leg = firstOfMatrix(original);
  const { secrets, vars } = settings(original, {
    'refresh-token': refreshToken,
    'client-id': org.app.clientId,
    'sfdx-auth-url': `force://${org.app.clientId}::${refreshToken}@${host}`,
    'login-url': instanceUrl,
    'token-branch': branch,
    'expected-org-id': org.id,
    'expected-username': org.user.username,
    'expected-org-type': org.kind,
  });
  const runs: WorkflowRun[] = [];
  for (let number = 0; number < times; number++) {
    runs.push(
      await runWorkflow(t, adapted(original), {
        vars: vars ?? {},
        // Where act has it from, `github.token` is a secret.
        secrets: { ...secrets, GITHUB_TOKEN: own ?? '' },
        ...actionsOf(original, app ?? ''),
        ...(leg && { matrix: `${leg.key}:${leg.value}` }),
        apiUrl: gitHub.url,
        ...options,
        env: {
          https_proxy: proxy.url,
          NODE_EXTRA_CA_CERTS: caFile,
          CURL_CA_BUNDLE: caFile,
          ...options.env,
        },
      }),
    );
  }
  const run = runs.at(-1);
  if (run === undefined) {
    throw new Error('An example has to run once at least');
  }
  const kept = gitHub.repository(keptIn);
  const file = kept.paths(branch).find((path) => path.endsWith('.json'));
  const record = parseJson(kept.file(branch, file ?? '') ?? '');
  const refreshes = memberOf(record, 'refreshes');
  return {
    ...{ org, run, runs, refreshToken },
    refreshes: typeof refreshes === 'number' ? refreshes : undefined,
  };
}

/** The repository that has the token branch, where another one is named than the workflow's own. */
function tokenRepository(workflow: string): string {
  const name = /^ *token-repository: .*\/([\w.-]+)$/m.exec(workflow)?.[1];
  return name === undefined ? repository : `${repository.split('/')[0]}/${name}`;
}

/** What is written out for an input, if anything is. */
function literal(workflow: string, input: string): string | undefined {
  return new RegExp(`^ *${input}: *(?:\\$\\{\\{.*')?([\\w@.-]+)`, 'm').exec(workflow)?.[1];
}

/**
 * Of a matrix over environments, the first: each of them has a credential of its own, and the
 * look-alike's only one is for one org.
 */
function firstOfMatrix(workflow: string): { key: string; value: string } | undefined {
  const key = /^ *environment:\n *name: *\$\{\{ *matrix\.([\w-]+) *\}\}/m.exec(workflow)?.[1];
  const values = new RegExp(`^ *(?:- )?${key}: *(?:\\[ *|\\n *- *)?['"]?([\\w-]+)`, 'm');
  const value = key === undefined ? undefined : values.exec(workflow)?.[1];
  return key === undefined || value === undefined ? undefined : { key, value };
}

function adapted(workflow: string): string {
  return findClients(workflow.replace(/^ *deployment: .*\n/gm, ''));
}

/** Secrets and variables, by the inputs of the action that they are given to. */
function settings(
  workflow: string,
  values: Readonly<Record<string, string>>,
): Pick<WorkflowOptions, 'secrets' | 'vars'> {
  const given = { secrets: new Map<string, string>(), vars: new Map<string, string>() };
  for (const [, input = '', use = ''] of workflow.matchAll(/^ *(?:([\w-]+): )?(.*\$\{\{.*)$/gm)) {
    for (const [, kind, name = ''] of use.matchAll(/\b(secrets|vars)\.(\w+)/g)) {
      const store = kind === 'secrets' ? given.secrets : given.vars;
      const value = values[input];
      if (value !== undefined || !store.has(name)) {
        store.set(name, value ?? `placeholder-for-${name}`);
      }
    }
  }
  return { secrets: Object.fromEntries(given.secrets), vars: Object.fromEntries(given.vars) };
}

function actionsOf(
  workflow: string,
  gitHubToken: string,
): Pick<WorkflowOptions, 'refs' | 'actions'> {
  const refs = new Set<string>();
  const actions: Record<string, string> = {};
  for (const [, name = '', ref = ''] of workflow.matchAll(/^ *(?:- )?uses: *([^@\s]+)@(\S+)/gm)) {
    const standIn = standIns[name];
    if (name === actionName) {
      refs.add(ref);
    } else if (standIn !== undefined) {
      actions[`${name}@${ref}`] = standIn({ gitHubToken });
    } else if (name !== 'actions/checkout') {
      throw new Error(`An example uses ${name}: give it a stand-in in this file`);
    }
  }
  return { refs: [...refs], actions };
}
