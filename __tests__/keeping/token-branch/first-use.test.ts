import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { readmeOf } from '../../../src/keeping/token-branch/readme.ts';
import { fault } from '../../support/github/server.ts';
import { startProxy } from '../../support/proxy.ts';
import { assertFailed, assertRefreshed } from '../../support/refresh-scene.ts';
import { seedRotated, storedToken, unsealed } from '../../support/token-branch-file.ts';
import {
  branch,
  fileOf,
  repositoryName,
  type TokenBranchScene,
  tokenBranchScene,
} from '../../support/token-branch-scene.ts';

// The first use of a credential makes the branch, or the file; every other one takes three requests.

/** The requests to GitHub since the given one, the credential's file as `FILE`. */
const trace = ({ github, file }: TokenBranchScene, from = 0) =>
  github
    .trace()
    .slice(from)
    .map((line) => line.replace(file, 'FILE'));

const runUrl = (run: number) => `https://github.com/octo/demo/actions/runs/${run}/attempts/1`;

describe('token branch: the first use', { concurrency: 1 }, () => {
  it('makes the branch without history, with a README, and keeps the token there', async (t) => {
    const scene = await tokenBranchScene(t);
    const { org, github, repository, family, file, secret } = scene;
    const main = repository.head('main');
    const result = await scene.run({ run: 1 });
    assertRefreshed(result, org);
    assert.deepEqual(trace(scene), [
      'GET contents/FILE 404',
      'GET /repos/octo/demo 200',
      'GET git/ref/heads/salesforce-tokens 404',
      'POST git/trees 201',
      'POST git/commits 201',
      'POST git/refs 201',
      'PUT contents/FILE 200',
    ]);
    const commits = repository.commits(branch);
    assert.equal(commits.length, 2);
    assert.deepEqual(commits.at(-1)?.parents, []);
    assert.deepEqual(repository.paths(branch).sort(), ['README.md', file].sort());
    assert.equal(repository.head('main'), main);
    const documents = 'https://github.com/OWNER/refresh-salesforce-token/blob/v1/docs';
    assert.equal(repository.file(branch, 'README.md'), readmeOf(documents));
    assert.equal(org.tokenRequests[0]?.form['refresh_token'], secret);
    // The look that was taken is the first: its time is the holder's.
    const [taken = ''] = repository.versions(branch, file);
    const { holder, ...rest } = JSON.parse(taken);
    assert.deepEqual(rest, { about: `${documents}/rotation.md`, refreshes: 0 });
    const look = github.requests[0]?.answer?.headers?.['date'] ?? '';
    assert.match(
      holder.id,
      /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/,
    );
    assert.deepEqual(holder, {
      id: holder.id,
      run: runUrl(1),
      since: look === '' ? holder.since : new Date(look).toISOString(),
      seconds: 180,
    });
    assert.deepEqual(
      commits.map(({ message }) => message),
      [
        `Save refresh 1: ${runUrl(1)} (${holder.id}) [skip ci]`,
        `Take the credential: ${runUrl(1)} [skip ci]`,
      ],
    );
    const record = scene.record();
    assert.deepEqual(Object.keys(record ?? {}), ['about', 'refreshes', 'sealed']);
    assert.equal(record?.['refreshes'], 1);
    const issued = /"issued_at":"(\d+)"/.exec(org.tokenRequests[0]?.decided?.body ?? '')?.[1];
    assert.deepEqual(unsealed(scene), { refresh_token: family.current, issued_at: issued });
  });

  it('hands out the access token, and says where the refresh token is kept', async (t) => {
    const scene = await tokenBranchScene(t);
    const { outputs, log, summary, state, masks, annotations, stderr } = await scene.run({
      inputs: { 'job-summary': true },
    });
    const commit = `https://github.com/octo/demo/commit/${scene.repository.head(branch)}`;
    assert.equal(outputs['rotated'], 'true');
    assert.equal(outputs['reused'], 'false');
    assert.equal(outputs['refresh-token'], '');
    assert.equal('sfdx-auth-url' in outputs, false);
    assert.equal(state['token-branch'], '');
    const phrase = 'rotated, kept on the branch “salesforce-tokens” of octo/demo, as refresh 1';
    assert.ok(log.includes(`Refresh token: ${phrase} (${commit})`), log);
    assert.ok(summary.includes(`<a href="${commit}">${phrase}</a>`), summary);
    assert.ok(masks.includes(scene.family.current));
    assert.deepEqual(annotations, []);
    assert.equal(stderr, '');
  });

  it('saves the token all the same where the end of the job cannot be told about it', async (t) => {
    const scene = await tokenBranchScene(t);
    const result = await scene.here({
      workflow: {
        saveState: () => {
          throw new Error('ENOSPC: no space left on device');
        },
      },
    });
    assertRefreshed(result, scene.org);
    assert.equal(unsealed(scene)['refresh_token'], scene.family.current);
    assert.match(result.log, /^The end of the job could not be told .*: ENOSPC/m);
  });

  it('says where the token is left, where it cannot be saved in time', async (t) => {
    const scene = await tokenBranchScene(t);
    let ahead = 0n;
    const { bigint } = process.hrtime;
    t.mock.method(process.hrtime, 'bigint', () => bigint() + ahead);
    // The lease ends while GitHub fails.
    scene.github.intercept('PUT', () => {
      ahead = 181_000_000_000n;
      return fault.unavailable();
    });
    const result = await scene.here();
    assertFailed(result, 'save_failed');
    assert.equal(result.outputs['refresh-token'], scene.family.current);
    assert.match(result.log, /save the output `refresh-token`/);
    assert.notEqual(result.state['token-branch'], '');
  });

  it('takes three requests from then on, and sends what was kept', async (t) => {
    const scene = await tokenBranchScene(t);
    const { org, github, family, repository } = scene;
    await scene.run();
    for (const round of [2, 3, 4]) {
      const [from, current] = [github.requests.length, family.current];
      const { outputs, masks, log } = await scene.run({ run: round });
      assert.deepEqual(trace(scene, from), [
        'GET contents/FILE 200',
        'PUT contents/FILE 200',
        'PUT contents/FILE 200',
      ]);
      assert.equal(org.tokenRequests.at(-1)?.form['refresh_token'], current);
      // Before it can be printed by anything.
      assert.ok(masks.includes(current));
      assert.equal(outputs['rotated'], 'true');
      assert.match(log, new RegExp(`as refresh ${round} \\(`));
      assert.equal(scene.record()?.['refreshes'], round);
      assert.equal(unsealed(scene)['refresh_token'], family.current);
      assert.deepEqual(
        repository.commits(branch)[0]?.message.replace(/ \([\w-]+\)/, ''),
        `Save refresh ${round}: ${runUrl(round)} [skip ci]`,
      );
    }
    assert.equal(org.reuses, 0);
  });

  it('adds a file of its own to a branch that is there, and touches nothing else', async (t) => {
    const scene = await tokenBranchScene(t);
    const { org, github, repository, file } = scene;
    await scene.here();
    const other = org.newRefreshToken();
    const [before, from] = [repository.file(branch, file), github.requests.length];
    const result = await scene.here({ inputs: { 'refresh-token': other } });
    assertRefreshed(result, org);
    assert.deepEqual(
      github
        .trace()
        .slice(from)
        .map((line) => line.replace(fileOf(other), 'FILE')),
      [
        'GET contents/FILE 404',
        'GET /repos/octo/demo 200',
        'GET git/ref/heads/salesforce-tokens 200',
        'GET contents/README.md 200',
        'PUT contents/FILE 201',
        'PUT contents/FILE 200',
      ],
    );
    assert.equal(repository.file(branch, file), before);
    assert.equal(repository.paths(branch).length, 3);
  });

  it('shares one file between the token and all forms of the auth URL', async (t) => {
    const scene = await tokenBranchScene(t);
    const { org, repository, secret, family } = scene;
    const url = `force://${org.app.clientId}::${secret}@${org.myDomain}`;
    const json = JSON.stringify({ status: 0, result: { sfdxAuthUrl: url, alias: 'ci' } });
    const base64 = (text: string) => Buffer.from(text).toString('base64');
    assertRefreshed(await scene.here(), org);
    let refreshes = 1;
    for (const given of [url, base64(url), json, base64(json)]) {
      const result = await scene.here({
        inputs: { 'refresh-token': '', 'client-id': '', 'sfdx-auth-url': given },
      });
      assertRefreshed(result, org);
      refreshes += 1;
      assert.equal(scene.record()?.['refreshes'], refreshes);
      assert.equal(result.outputs['sfdx-auth-url'], '');
      assert.equal(result.outputs['refresh-token'], '');
      const newUrl = url.replace(secret, family.current);
      assert.ok(result.masks.includes(newUrl), 'the new auth URL is not masked');
    }
    assert.equal(repository.paths(branch).length, 2);
    assert.equal(org.reuses, 0);
  });
});

describe('token branch: where it is', { concurrency: 3 }, () => {
  it('is in another repository, where one is named; a ref of this one may have its name', async (t) => {
    const scene = await tokenBranchScene(t, {
      github: {
        repositories: {
          [repositoryName]: { branches: { main: { 'README.md': '# Demo\n' } } },
          'octo/vault': {
            branches: { trunk: { 'README.md': '# Vault\n' } },
            defaultBranch: 'trunk',
          },
        },
      },
    });
    const { org, github, repository, file } = scene;
    const token = github.token({ contents: 'write', repositories: ['octo/vault'], kind: 'app' });
    const inputs = {
      'token-repository': 'octo/vault',
      'github-token': token,
      'token-branch': 'main',
    };
    for (const _ of [1, 2]) {
      const result = await scene.here({ inputs });
      assertRefreshed(result, org);
      assert.match(result.log, /kept on the branch “main” of octo\/vault/);
    }
    assert.notEqual(github.repository('octo/vault').file('main', file), undefined);
    assert.deepEqual(repository.branches, ['main']);
    assert.ok(github.requests.every(({ url }) => url.startsWith('/repos/octo/vault')));
    assert.ok(
      github.requests.every(({ headers }) => headers['authorization'] === `Bearer ${token}`),
    );
  });

  it('is on GitHub Enterprise Server, whose API has a path', async (t) => {
    const scene = await tokenBranchScene(t, {
      github: {
        basePath: '/api/v3',
        web: 'https://github.acme.example',
        repositories: { [repositoryName]: { branches: { main: { 'README.md': '# Demo\n' } } } },
      },
    });
    const env = { GITHUB_SERVER_URL: 'https://github.acme.example' };
    for (const _ of [1, 2]) {
      const result = await scene.here({ env });
      assertRefreshed(result, scene.org);
      assert.match(
        result.log,
        /\(https:\/\/github\.acme\.example\/octo\/demo\/commit\/[0-9a-f]{40}\)/,
      );
    }
    const [{ message } = { message: '' }] = scene.repository.commits(branch);
    assert.match(
      message,
      /https:\/\/github\.acme\.example\/octo\/demo\/actions\/runs\/\d+\/attempts\/1/,
    );
  });

  it('is on a server without TLS, behind a proxy', async (t) => {
    const scene = await tokenBranchScene(t);
    const port = Number(new URL(scene.github.url).port);
    const proxy = await startProxy({ targets: { 'github.acme.example:80': port } });
    t.after(() => proxy.close());
    const env = { GITHUB_API_URL: 'http://github.acme.example', http_proxy: proxy.url };
    assertRefreshed(await scene.run({ env }), scene.org);
    assert.ok(proxy.requests.length > 0);
  });

  it('has a name with slashes, dots and letters of other alphabets', async (t) => {
    const scene = await tokenBranchScene(t);
    const name = 'ci/токены/sf.v1+x&y=z%20#1';
    for (const _ of [1, 2]) {
      assertRefreshed(await scene.here({ inputs: { 'token-branch': name } }), scene.org);
    }
    assert.deepEqual(scene.repository.branches.sort(), ['main', name].sort());
  });

  it('follows the runner to a version of the documents', async (t) => {
    const scene = await tokenBranchScene(t);
    const env = { GITHUB_ACTION_REPOSITORY: 'acme/refresh', GITHUB_ACTION_REF: 'v1.2.3' };
    assertRefreshed(await scene.here({ env }), scene.org);
    assert.equal(
      scene.record()?.['about'],
      'https://github.com/acme/refresh/blob/v1.2.3/docs/rotation.md',
    );
  });
});

describe('token branch: a branch of somebody else is never touched', { concurrency: 3 }, () => {
  for (const [what, files] of [
    ['with another README.md', { 'README.md': '# Develop\n', 'src/x.ts': 'x' }],
    ['without a README.md', { 'src/x.ts': 'x' }],
    ['with a folder named README.md', { 'README.md/x': 'x' }],
  ] as const) {
    it(`is refused ${what}`, async (t) => {
      const scene = await tokenBranchScene(t);
      const { org, github, repository } = scene;
      repository.commit('develop', files);
      const head = repository.head('develop');
      const result = await scene.here({ inputs: { 'token-branch': 'develop' } });
      assertFailed(result, 'input_invalid');
      assert.match(
        result.log,
        /`token-branch` cannot be “develop”: there is such a branch in octo\/demo/,
      );
      assert.match(result.log, /Nothing was sent to Salesforce/);
      assert.equal(repository.head('develop'), head);
      assert.ok(github.requests.every(({ method }) => method === 'GET'));
      assert.equal(org.requests.length, 0);
    });
  }

  it('is refused where it is the default branch', async (t) => {
    const scene = await tokenBranchScene(t);
    const { org, github, repository } = scene;
    const head = repository.head('main');
    const result = await scene.here({
      inputs: { 'token-branch': 'main' },
      env: { GITHUB_REF_NAME: 'feature' },
    });
    assertFailed(result, 'input_invalid');
    assert.match(result.log, /cannot be “main”: it is the default branch of octo\/demo/);
    assert.equal(repository.head('main'), head);
    assert.ok(github.requests.every(({ method }) => method === 'GET'));
    assert.equal(org.requests.length, 0);
  });

  it('asks about the branch only where the file is not there', async (t) => {
    const scene = await tokenBranchScene(t);
    seedRotated(scene);
    assertRefreshed(await scene.here(), scene.org);
    assert.equal(scene.github.requestsTo('GET').length, 1);
    assert.notEqual(storedToken(scene), scene.org.tokenRequests[0]?.form['refresh_token']);
  });
});
