// Not for coverage: what it looks at, other tests reach too.

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { fault as gitHubFault } from '../../support/github/server.ts';
import type { ActionResult } from '../../support/runner.ts';
import { fault } from '../../support/salesforce-org.ts';
import {
  forms,
  type TokenBranchScene,
  tokenBranchScene,
} from '../../support/token-branch-scene.ts';

// No token is anywhere but where it belongs: not in what GitHub gets, nor in what people can read.

/** All spellings of a text that a careless step could leave behind. */
function spellings(secret: string): string[] {
  const base64 = Buffer.from(secret).toString('base64');
  return [secret, encodeURIComponent(secret), base64.replace(/=*$/, '').slice(0, -1)];
}

/** Every byte that GitHub got, but for the header that carries its own token. */
function everythingSent({ github }: TokenBranchScene): string {
  return github.requests
    .flatMap(({ method, url, headers, body, json }) => {
      const { authorization: _, ...rest } = headers;
      const content = Object(json)['content'];
      const decoded = typeof content === 'string' ? Buffer.from(content, 'base64').toString() : '';
      return [method, url, JSON.stringify(rest), body, decoded];
    })
    .join('\n');
}

function assertNoSecret(scene: TokenBranchScene, results: readonly ActionResult[]): void {
  const { family, org, secret, githubToken, repository, file } = scene;
  const refreshTokens = [family.current, ...family.spent.keys()];
  const accessTokens = family.accessTokens.map(({ value }) => value);
  const secrets = [secret, ...refreshTokens, ...accessTokens, org.app.clientSecret];
  const sent = everythingSent(scene);
  const kept = repository.branches.flatMap((name) => [
    ...repository.commits(name).map(({ message }) => message),
    ...repository.versions(name, file),
    repository.file(name, 'README.md') ?? '',
  ]);
  const places: Record<string, string> = {
    'what GitHub got': sent,
    'the branch': kept.join('\n'),
    ...Object.fromEntries(
      results.flatMap(({ log, summary, state, env, stdout }, run) => [
        [`log ${run}`, log],
        [`summary ${run}`, summary],
        [`state ${run}`, JSON.stringify(state)],
        [`environment ${run}`, JSON.stringify(env)],
        // Before the runner masks: but for the masks themselves.
        [`stdout ${run}`, stdout.replace(/^::add-mask::.*$/gm, '')],
      ]),
    ),
  };
  for (const [place, text] of Object.entries(places)) {
    for (const value of [...secrets, githubToken].filter((it) => it.length > 0)) {
      for (const spelling of spellings(value)) {
        assert.ok(!text.includes(spelling), `${place} holds a secret`);
      }
    }
  }
  // Every one of them is masked, the ones that were sealed too.
  const masks = new Set(results.flatMap((result) => result.masks));
  for (const value of org.tokenRequests.map(({ form }) => form['refresh_token'] ?? '')) {
    assert.ok(masks.has(value), 'a token that was sent is not masked');
  }
}

describe('token branch: no secret is left behind', { concurrency: 3 }, () => {
  for (const form of forms) {
    it(`where all goes well, from a secret that is a ${form}`, async (t) => {
      const scene = await tokenBranchScene(t, { form });
      const results = [];
      for (const inputs of [
        {},
        { 'reuse-minutes': 5, 'job-summary': true },
        { 'reuse-minutes': 5 },
      ]) {
        results.push(await scene.run({ inputs, debug: true }));
      }
      assert.ok(results.every(({ conclusion }) => conclusion === 'success'));
      assertNoSecret(scene, results);
    });
  }

  it('where answers are lost, echo what was sent, and the end of the job has to save', async (t) => {
    const scene = await tokenBranchScene(t);
    const { org, github } = scene;
    const options = { debug: true, inputs: { 'job-summary': true } };
    const results = [await scene.run(options)];
    github.inject('PUT', gitHubFault.unavailable(), { when: 'after' });
    github.inject('PUT', gitHubFault.reset(), { skip: 1, when: 'after' });
    results.push(await scene.run(options));
    // A server that repeats what it was sent.
    const stop = org.onRequest(({ form }) => {
      stop();
      const words = `bad token ${form?.['refresh_token']}`;
      return fault.oauthError('invalid_grant', words);
    });
    results.push(await scene.run(options));
    github.inject(
      'PUT',
      gitHubFault.error(403, `No, ${scene.githubToken} ${scene.family.current}`),
    );
    results.push(await scene.run(options));
    const hold = github.hold('PUT', { skip: 1 });
    const step = scene.start(options);
    await hold.reached;
    step.process.kill('SIGKILL');
    const killed = await step.result;
    results.push(killed, await scene.post(killed, options));
    const outputs = killed.outputs['refresh-token'];
    assert.equal(outputs, scene.family.current);
    assertNoSecret(scene, results);
  });
});
