/**
 * Every workflow in examples/ runs as a user would run it after copying it, with a good credential and
 * with a dead one. What is changed for that, and why:
 *
 * - `deployment:` and `queue:` are taken out, which act refuses (see support/act.ts for what that
 *   leaves unproven), and so are login URLs that are written out: they lead to the real Salesforce;
 * - the action's defaults of `login-url` and `allowed-hosts` lead to the look-alike, so that a
 *   workflow that sets neither gets there too;
 * - secrets and variables get the values that fit the inputs they are given to, others a placeholder;
 * - actions of other people are replaced by the stand-ins below. `actions/checkout` is part of act.
 */
import assert from 'node:assert/strict';
import { globSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { describe, it, type TestContext } from 'node:test';
import { actionName, repository, runWorkflow, type WorkflowOptions } from '../support/act.ts';
import { startGitHub } from '../support/github-api.ts';
import { startOrg } from '../support/salesforce-org.ts';

const root = join(import.meta.dirname, '..', '..');

describe('the examples', () => {
  for (const file of globSync('examples/*.yml', { cwd: root }).sort()) {
    const workflow = readFileSync(join(root, file), 'utf8');

    it(`${basename(file)} is green with a good credential`, async (t) => {
      const { org, run, refreshToken, stored } = await runExample(t, workflow);
      assert.ok(run.succeeded, run.log);
      assert.ok(org.tokenRequests.length > 0, `nothing was refreshed:\n${run.log}`);
      assert.equal(org.reuses, 0);
      if (workflow.includes('secret-name:')) {
        assert.notEqual(stored(), refreshToken, 'the rotated token was not saved');
        assert.equal(org.refreshTokenState(stored()), 'current');
      }
      const accessTokens = org.families.flatMap((family) => family.accessTokens);
      for (const secret of [refreshToken, stored(), ...accessTokens.map(({ value }) => value)]) {
        assert.ok(!run.log.includes(secret), 'a secret is in the log');
      }
    });

    it(`${basename(file)} is red with a dead credential, and says so`, async (t) => {
      const { org, run } = await runExample(t, workflow, { dead: true });
      assert.equal(run.succeeded, false, run.log);
      assert.ok(org.tokenRequests.length > 0, `nothing was refreshed:\n${run.log}`);
      assert.match(run.annotations.join('\n'), /::error title=.*invalid_grant::/);
    });
  }
});

/** Actions of other people: what a workflow needs of them, and no more. */
const standIns: Readonly<Record<string, (values: { gitHubToken: string }) => string>> = {
  'actions/create-github-app-token': ({ gitHubToken }) => composite({ token: gitHubToken }),
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

async function runExample(t: TestContext, original: string, { dead = false } = {}) {
  const savesItself = original.includes('secret-name:');
  const [id, username] = [literal(original, 'org-id'), literal(original, 'username')];
  const org = await startOrg({
    rotation: savesItself ? 'strict' : 'none',
    ...(id !== undefined && { id }),
    ...(username !== undefined && { user: { username } }),
  });
  t.after(() => org.close());
  const gitHub = await startGitHub();
  t.after(() => gitHub.close());
  const refreshToken = org.newRefreshToken();
  if (dead) {
    org.revokeRefreshToken(refreshToken);
  }
  const authUrl = `force://${org.app.clientId}::${refreshToken}@127.0.0.1:${org.port}`;
  const leg = savesItself ? firstOfMatrix(original) : undefined;
  const environmentName = leg?.value ?? literal(original, 'secret-environment') ?? 'salesforce';
  const secretName = literal(original, 'secret-name') ?? 'SF_CREDENTIAL';
  const environment = gitHub.environment(repository, environmentName);
  environment.setSecret(secretName, original.includes('sfdx-auth-url:') ? authUrl : refreshToken);
  const gitHubToken = gitHub.token({ environments: 'write' });

  const run = await runWorkflow(t, adapted(original), {
    ...settings(original, {
      'refresh-token': refreshToken,
      'client-id': org.app.clientId,
      'sfdx-auth-url': authUrl,
      'login-url': org.url,
      'allowed-hosts': '127.0.0.1',
      'github-token': gitHubToken,
      'secret-name': secretName,
      'secret-environment': environmentName,
      'expected-org-id': org.id,
      'expected-username': org.user.username,
      'expected-org-type': org.kind,
    }),
    ...actionsOf(original, gitHubToken),
    ...(leg && { matrix: `${leg.key}:${leg.value}` }),
    apiUrl: gitHub.url,
    actionYml: (yml) =>
      withDefault(withDefault(yml, 'login-url', org.url), 'allowed-hosts', '127.0.0.1'),
  });
  const stored = () => (environment.secret(secretName) ?? '').replace(/^force:.*:(.*?)@.*$/, '$1');
  return { org, run, refreshToken, stored };
}

/** What is written out for an input, if anything is. */
function literal(workflow: string, input: string): string | undefined {
  return new RegExp(`^ *${input}: *(?:\\$\\{\\{.*')?([\\w@.-]+)`, 'm').exec(workflow)?.[1];
}

/**
 * Of a matrix over environments, the first: each of them has a credential of its own, and the
 * look-alike's only one can't be sent by two jobs.
 */
function firstOfMatrix(workflow: string): { key: string; value: string } | undefined {
  const key = /^ *secret-environment: *\$\{\{.*\bmatrix\.([\w-]+) *\}\}/m.exec(workflow)?.[1];
  const values = new RegExp(`^ *(?:- )?${key}: *(?:\\[ *|\\n *- *)?['"]?([\\w-]+)`, 'm');
  const value = key === undefined ? undefined : values.exec(workflow)?.[1];
  return key === undefined || value === undefined ? undefined : { key, value };
}

function adapted(workflow: string): string {
  return workflow
    .replace(/^ *(deployment|queue): .*\n/gm, '')
    .replace(/, *(deployment|queue): *\w+/g, '')
    .replace(/^ *login-url: *['"]?https?:.*\n/gm, '');
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

/** The input's default in action.yml, replaced or added. */
function withDefault(yml: string, input: string, value: string): string {
  const start = yml.indexOf(`\n  ${input}:\n`);
  assert.ok(start >= 0, `action.yml has no input ${input}`);
  const end = start + `\n  ${input}:\n`.length;
  assert.ok(!/^ {4}default:/.test(yml.slice(end).split('\n')[1] ?? ''), `${input} has a default`);
  return `${yml.slice(0, end)}    default: '${value}'\n${yml.slice(end)}`;
}
