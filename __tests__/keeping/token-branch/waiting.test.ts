// Not for coverage: turn has unit tests.

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { fault } from '../../support/github/server.ts';
import { assertFailed, assertRefreshed } from '../../support/refresh-scene.ts';
import {
  holderOf,
  otherRun,
  putFile,
  seedRotated,
  storedToken,
  textOf,
} from '../../support/token-branch-file.ts';
import {
  branch,
  type TokenBranchScene,
  tokenBranchScene,
} from '../../support/token-branch-scene.ts';

// Standing in line: who is waited for, for how long, and who is not.

/** Lets the job that holds the credential refresh and save, as soon as it was looked at so often. */
function savesAfter(scene: TokenBranchScene, looks: number): void {
  scene.github.intercept(
    'GET /contents/*',
    () => {
      seedRotated(scene, { refreshes: 2 });
      return undefined;
    },
    { skip: looks - 1, when: 'after' },
  );
}

describe('token branch: another job holds the credential', { concurrency: 4 }, () => {
  it('is waited for, by name, and what it saved is sent', async (t) => {
    const scene = await tokenBranchScene(t);
    const { org } = scene;
    const holder = holderOf(Date.now(), 5_000);
    seedRotated(scene, { holder });
    savesAfter(scene, 1);
    const result = await scene.run();
    assertRefreshed(result, org);
    const until = new Date(Date.parse(holder.since) + 180_000).toISOString();
    assert.equal(
      result.log.split('\n').find((line) => line.startsWith('Waiting')),
      `Waiting for ${otherRun}, which has been refreshing the same credential since ${holder.since}, until ${until} at most.`,
    );
    assert.equal(org.tokenRequests.length, 1);
    assert.equal(org.reuses, 0);
    assert.equal(scene.record()?.['refreshes'], 3);
  });

  it('is named once, however often it is looked at; after the wait, everybody looks twice', async (t) => {
    const scene = await tokenBranchScene(t);
    seedRotated(scene, { holder: holderOf(Date.now()) });
    savesAfter(scene, 3);
    const result = await scene.here();
    assertRefreshed(result, scene.org);
    assert.equal(result.log.match(/^Waiting for/gm)?.length, 1);
    const looks = scene.github.requestsTo('GET');
    // Three at the holder, one at what it left, one more before it is taken.
    assert.equal(looks.length, 5);
    // What did not change is not sent again.
    assert.deepEqual(
      looks.map(({ status }) => status),
      [200, 304, 304, 200, 304],
    );
  });

  it('is not waited for longer than `wait-seconds`', async (t) => {
    const scene = await tokenBranchScene(t);
    const holder = holderOf(Date.now(), 60_000);
    seedRotated(scene, { holder });
    const result = await scene.here({ inputs: { 'wait-seconds': 2 } });
    assertFailed(result, 'credential_in_flight');
    const until = new Date(Date.parse(holder.since) + 180_000).toISOString();
    const says = `Another run is using this credential: ${otherRun} (since ${holder.since}, until ${until} at the latest; the branch “${branch}” of octo/demo; this job waited 2 s).`;
    assert.ok(result.log.includes(says), result.log);
    assert.match(result.log, /raise `wait-seconds`/);
    assert.equal(scene.org.requests.length, 0);
    assert.equal(scene.github.requestsTo('PUT').length, 0);
  });

  it('is not waited for at all with 0', async (t) => {
    const scene = await tokenBranchScene(t);
    seedRotated(scene, { holder: holderOf(Date.now()) });
    const result = await scene.here({ inputs: { 'wait-seconds': 0 } });
    assertFailed(result, 'credential_in_flight');
    assert.match(result.log, /`wait-seconds` is 0/);
    assert.equal(scene.github.requests.length, 1);
  });

  it('takes none of `timeout-seconds`', async (t) => {
    const scene = await tokenBranchScene(t);
    seedRotated(scene, { holder: holderOf(Date.now()) });
    // Three pauses are longer than the three seconds that the step has.
    savesAfter(scene, 3);
    const result = await scene.here({ inputs: { 'timeout-seconds': 4 } });
    assertRefreshed(result, scene.org);
    assert.ok(result.ms > 3_000);
  });

  it('prints nothing that it wrote into the file as a command', async (t) => {
    const scene = await tokenBranchScene(t);
    const run = 'x\n::set-output name=access-token::stolen\n::error::bad';
    seedRotated(scene, { holder: holderOf(Date.now(), 0, { run }) });
    const result = await scene.run({ inputs: { 'wait-seconds': 1 } });
    assertFailed(result, 'credential_in_flight');
    assert.doesNotMatch(result.stdout, /^::(set-output|error::bad)/m);
    seedRotated(scene, { holder: holderOf(Date.now(), 600_000, { run }) });
    scene.org.revokeFamily(scene.family);
    const dead = await scene.run();
    assertFailed(dead, 'invalid_grant');
    assert.doesNotMatch(dead.stdout, /^::(set-output|error::bad)/m);
  });
});

describe('token branch: a holder that is dead', { concurrency: 4 }, () => {
  it('loses its place, and is named', async (t) => {
    const scene = await tokenBranchScene(t);
    const { org, family } = scene;
    const holder = holderOf(Date.now(), 200_000);
    seedRotated(scene, { holder });
    const current = family.current;
    const result = await scene.here({ inputs: { 'wait-seconds': 0 } });
    assertRefreshed(result, org);
    assert.ok(
      result.log.includes(
        `${otherRun} took the credential at ${holder.since} and never let go: taking its place.`,
      ),
      result.log,
    );
    assert.equal(org.tokenRequests[0]?.form['refresh_token'], current);
    assert.equal(scene.record()?.['holder'], undefined);
  });

  it("is told by GitHub's clock, not by this machine's", async (t) => {
    const scene = await tokenBranchScene(t);
    const { github, org } = scene;
    // By GitHub's clock it is an hour later.
    github.clock.advance(3_600_000);
    seedRotated(scene, { holder: holderOf(Date.now()) });
    assertRefreshed(await scene.here({ inputs: { 'wait-seconds': 0 } }), org);
    const [taken] = scene.repository.versions(branch, scene.file).slice(-2);
    const { since } = JSON.parse(taken ?? '').holder;
    assert.ok(Date.parse(since) > Date.now() + 3_000_000, 'the holder has another clock');
    seedRotated(scene, { holder: holderOf(github.clock.now()) });
    const result = await scene.here({ inputs: { 'wait-seconds': 0 } });
    assertFailed(result, 'credential_in_flight');
  });

  for (const [what, make, waits] of [
    ['180 s and no more', () => holderOf(Date.now(), 170_000), true],
    [
      'ten minutes, whatever it says',
      () => holderOf(Date.now(), 590_000, { seconds: 86_400 }),
      true,
    ],
    [
      'ten minutes and two seconds',
      () => holderOf(Date.now(), 610_000, { seconds: 86_400 }),
      false,
    ],
    ['half a minute ahead', () => holderOf(Date.now(), -30_000), true],
    ['more than a minute ahead', () => holderOf(Date.now(), -90_000), false],
  ] as const) {
    it(`is ${waits ? 'not ' : ''}one of ${what}`, async (t) => {
      const scene = await tokenBranchScene(t);
      seedRotated(scene, { holder: make() });
      const result = await scene.here({ inputs: { 'wait-seconds': 0 } });
      if (waits) {
        assertFailed(result, 'credential_in_flight');
      } else {
        assertRefreshed(result, scene.org);
      }
    });
  }

  it('took the new token with it: the message names the run', async (t) => {
    const scene = await tokenBranchScene(t);
    const { org, family } = scene;
    const holder = holderOf(Date.now(), 200_000);
    seedRotated(scene, { holder });
    // It refreshed, and ended before it saved.
    org.rotate(family);
    const result = await scene.here();
    assertFailed(result, 'invalid_grant');
    assert.ok(
      result.log.includes(
        `${otherRun} took the new refresh token with it: it held the credential from ${holder.since} on and ended without saving. Sign in again.`,
      ),
      result.log,
    );
    assert.match(result.log, / npx .*sign-in\.tgz /);
    // There is nothing left to hold it for.
    assert.equal(scene.record()?.['holder'], undefined);
  });
});

describe('token branch: what a refusal means', { concurrency: 3 }, () => {
  it('says of a first use that the token was used elsewhere, and how to restore a branch', async (t) => {
    const scene = await tokenBranchScene(t);
    const { org, family, repository, file } = scene;
    org.rotate(family);
    const result = await scene.here();
    assertFailed(result, 'invalid_grant');
    assert.match(
      result.log,
      /This was the first use of the stored token on the branch “salesforce-tokens” of octo\/demo/,
    );
    assert.match(
      result.log,
      /a step without `token-branch`, or with another branch or `token-repository`, or another tool/,
    );
    assert.match(
      result.log,
      /gh api -X PATCH repos\/octo\/demo\/git\/refs\/heads\/salesforce-tokens/,
    );
    assert.match(result.log, / npx .*sign-in\.tgz /);
    assert.deepEqual(JSON.parse(repository.file(branch, file) ?? ''), {
      about: scene.record()?.['about'],
      refreshes: 0,
    });
  });

  it('says which refresh was refused where nobody is known to have lost one', async (t) => {
    const scene = await tokenBranchScene(t);
    seedRotated(scene, { refreshes: 17 });
    scene.org.revokeFamily(scene.family);
    const result = await scene.here();
    assertFailed(result, 'invalid_grant');
    assert.match(result.log, /The dead token is the one that refresh no\. 17 saved there/);
    assert.match(
      result.log,
      /- Something else used this single-use token: a step without `token-branch`/,
    );
  });
});

describe('token branch: jobs take turns', () => {
  it('five jobs of a matrix get a token each, with a refresh each, one after the other', async (t) => {
    const scene = await tokenBranchScene(t);
    const { org, family, repository } = scene;
    let [under, most] = [0, 0];
    org.onRequest(() => {
      under += 1;
      most = Math.max(most, under);
    });
    org.onRequest(() => {
      under -= 1;
    }, 'after');
    const results = await Promise.all(Array.from({ length: 5 }, () => scene.run()));
    for (const result of results) {
      assertRefreshed(result, org);
    }
    assert.equal(org.tokenRequests.length, 5);
    assert.equal(most, 1);
    assert.equal(org.reuses, 0);
    assert.equal(family.revoked, false);
    assert.equal(scene.record()?.['refreshes'], 5);
    assert.equal(scene.record()?.['holder'], undefined);
    const saves = repository.commits(branch).filter(({ message }) => message.startsWith('Save'));
    assert.equal(saves.length, 5);
  });

  it('two jobs that saw the same file: one is faster, and both get a token', async (t) => {
    const scene = await tokenBranchScene(t);
    const { org, github } = scene;
    putFile(scene, textOf(storedToken(scene), {}));
    const hold = github.hold('PUT');
    const first = scene.run();
    await hold.reached;
    assertRefreshed(await scene.run(), org);
    hold.release();
    assertRefreshed(await first, org);
    assert.equal(org.reuses, 0);
    assert.equal(scene.record()?.['refreshes'], 2);
  });

  it('goes on where looking in line fails for a moment', async (t) => {
    const scene = await tokenBranchScene(t);
    seedRotated(scene, { holder: holderOf(Date.now()) });
    scene.github.inject('GET', fault.unavailable(), { skip: 1 });
    savesAfter(scene, 2);
    assertRefreshed(await scene.here(), scene.org);
  });
});
