// Not for coverage: turn has unit tests.

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { type Fault, fault } from '../../support/github/server.ts';
import { assertFailed, assertRefreshed } from '../../support/refresh-scene.ts';
import {
  holderOf,
  putFile,
  seedRotated,
  storedToken,
  textOf,
  unsealed,
} from '../../support/token-branch-file.ts';
import {
  branch,
  fileOf,
  type TokenBranchScene,
  tokenBranchScene,
} from '../../support/token-branch-scene.ts';

// Taking the credential: what is done about each answer, and about none.

/** That every job got a token, no spent one was sent, and nobody holds the credential any more. */
function assertAllWell({ org, family, ...scene }: TokenBranchScene): void {
  assert.equal(org.reuses, 0);
  assert.equal(family.revoked, false);
  assert.equal(scene.record()?.['holder'], undefined);
}

const lost: readonly (readonly [what: string, fault: () => Fault])[] = [
  ['the connection is reset', fault.reset],
  ['the connection is closed', fault.close],
  ['the answer breaks off', fault.breakOff],
  ['GitHub answers with 502', () => fault.unavailable(502)],
  ['a page comes with 200', () => fault.page(200)],
  ['the answer is no JSON', () => fault.garbage(200)],
];

describe('token branch: an answer that is lost while taking', { concurrency: 4 }, () => {
  for (const [what, make] of lost) {
    for (const when of ['before', 'after'] as const) {
      it(`is looked for: ${what}, ${when} it was done`, async (t) => {
        const scene = await tokenBranchScene(t);
        const { org, github, repository } = scene;
        seedRotated(scene);
        github.inject('PUT', make(), { when });
        assertRefreshed(await scene.here({ inputs: { retries: when === 'before' ? 1 : 0 } }), org);
        assertAllWell(scene);
        // Where it was done, the id of the holder tells, and it is not done again.
        const puts = github.requestsTo('PUT').length;
        assert.equal(puts, when === 'before' ? 3 : 2);
        assert.equal(repository.commits(branch).length, 3);
      });
    }
  }

  for (const path of ['trees', 'commits', 'refs']) {
    for (const when of ['before', 'after'] as const) {
      it(`is looked for when the branch is made: git/${path}, ${when} it was done`, async (t) => {
        const scene = await tokenBranchScene(t);
        const { org, github, repository } = scene;
        github.inject(`POST /git/${path}`, fault.reset(), { when });
        assertRefreshed(await scene.run(), org);
        assertAllWell(scene);
        assert.equal(repository.commits(branch).length, 2);
      });
    }
  }

  it('ends the step where nothing was done and nothing may be sent again', async (t) => {
    const scene = await tokenBranchScene(t);
    const { org, github } = scene;
    seedRotated(scene);
    github.inject('PUT', fault.unavailable(502));
    const result = await scene.run({ inputs: { retries: 0 } });
    assertFailed(result, 'http_502');
    assert.match(result.log, /GitHub's API answered with HTTP 502/);
    assert.match(result.log, /neither Salesforce nor the credential did/);
    assert.equal(org.requests.length, 0);
    assertAllWell(scene);
  });

  it('is undone where the step ends without finding out', async (t) => {
    const scene = await tokenBranchScene(t);
    const { org, github } = scene;
    seedRotated(scene);
    github.inject('PUT', fault.reset(), { when: 'after' });
    // What the branch shows from now on is older than what was done.
    github.lag({ writes: 1 });
    const result = await scene.run({ inputs: { retries: 0 } });
    assertFailed(result, 'network_error');
    assert.equal(org.requests.length, 0);
    assertAllWell(scene);
  });
});

describe('token branch: somebody else was faster', { concurrency: 4 }, () => {
  for (const [what, text] of [
    ['is at … but expected …', 'is at'],
    ['expected to be at …', 'expected to be at'],
  ] as const) {
    it(`looks again after “${what}”: another credential's commit`, async (t) => {
      const scene = await tokenBranchScene(t);
      const { org, github, repository } = scene;
      seedRotated(scene);
      github.conflictText(text);
      github.intercept(
        'PUT',
        () => {
          repository.commit(branch, { 'other.json': '{}' });
          return undefined;
        },
        { when: 'during' },
      );
      // Nobody is waited for: it was the branch that moved, not the file.
      assertRefreshed(await scene.here({ inputs: { 'wait-seconds': 0, retries: 0 } }), org);
      assertAllWell(scene);
      assert.equal(repository.file(branch, 'other.json'), '{}');
    });
  }

  it('waits for the job that took it between the look and the write', async (t) => {
    const scene = await tokenBranchScene(t);
    const { org, github, family, repository, file } = scene;
    seedRotated(scene);
    const mine = repository.file(branch, file) ?? '';
    github.intercept('PUT', () => {
      const held = { ...JSON.parse(mine), holder: holderOf(Date.now()) };
      putFile(scene, JSON.stringify(held));
      return undefined;
    });
    // The job refreshes, saves and is gone once it was seen.
    github.intercept(
      'GET /contents/*',
      () => {
        seedRotated(scene, { refreshes: 2 });
        return undefined;
      },
      { skip: 2 },
    );
    const step = await scene.here();
    assertRefreshed(step, org);
    assert.match(step.log, /Waiting for https:\/\/github\.com\/octo\/demo\/actions\/runs\/77/);
    assert.equal(org.tokenRequests.length, 1);
    assert.equal(scene.record()?.['refreshes'], 3);
    assert.equal(family.spent.size, 3);
    assertAllWell(scene);
  });

  it('says so at once where nobody is to be waited for', async (t) => {
    const scene = await tokenBranchScene(t);
    const { org, github, repository, file } = scene;
    seedRotated(scene);
    const mine = repository.file(branch, file) ?? '';
    github.intercept('PUT', () => {
      putFile(scene, JSON.stringify({ ...JSON.parse(mine), holder: holderOf(Date.now()) }));
      return undefined;
    });
    const result = await scene.here({ inputs: { 'wait-seconds': 0 } });
    assertFailed(result, 'credential_in_flight');
    assert.equal(org.requests.length, 0);
    assert.equal(github.requestsTo('PUT').length, 1);
  });

  it('does not send a version again that GitHub called replaced, as long as reads may be old', async (t) => {
    const scene = await tokenBranchScene(t);
    const { github } = scene;
    seedRotated(scene);
    github.inject('PUT', fault.error(409, `${scene.file} does not match ${'1'.repeat(40)}`));
    const looks = github.requestsTo('GET').length;
    const result = await scene.here({ inputs: { 'wait-seconds': 5 } });
    assertFailed(result, 'credential_in_flight');
    assert.match(result.log, /Other jobs took the credential first, again and again/);
    assert.equal(github.requestsTo('PUT').length, 1);
    assert.ok(github.requestsTo('GET').length - looks >= 3);
  });

  it('makes one branch where two first uses meet, each with a credential of its own', async (t) => {
    const scene = await tokenBranchScene(t);
    const { org, github, repository } = scene;
    const other = org.newRefreshToken();
    const hold = github.hold('POST /git/refs');
    const first = scene.here();
    await hold.reached;
    const second = await scene.here({ inputs: { 'refresh-token': other } });
    assertRefreshed(second, org);
    hold.release();
    assertRefreshed(await first, org);
    assert.deepEqual(
      repository.paths(branch).sort(),
      ['README.md', scene.file, fileOf(other)].sort(),
    );
    assertAllWell(scene);
  });

  it('sends one refresh each where two first uses of one credential meet', async (t) => {
    const scene = await tokenBranchScene(t);
    const { org, github } = scene;
    const hold = github.hold('POST /git/refs');
    const first = scene.run();
    await hold.reached;
    assertRefreshed(await scene.run(), org);
    hold.release();
    assertRefreshed(await first, org);
    assert.equal(org.tokenRequests.length, 2);
    assertAllWell(scene);
  });
});

describe('token branch: a branch that GitHub does not show yet', { concurrency: 4 }, () => {
  it('is looked for again where writing says that it is not there', async (t) => {
    const scene = await tokenBranchScene(t);
    const { org, github } = scene;
    assertRefreshed(await scene.here(), org);
    github.inject('PUT', fault.error(404, `Branch ${branch} not found`), { times: 2 });
    assertRefreshed(await scene.here(), org);
    assertAllWell(scene);
    const other = org.newRefreshToken();
    github.inject('PUT', fault.error(404, `Branch ${branch} not found`), { times: 2 });
    assertRefreshed(await scene.here({ inputs: { 'refresh-token': other } }), org);
  });

  it('is saved to, once it was made', async (t) => {
    const scene = await tokenBranchScene(t);
    scene.github.lag({ newBranchWrites: 2 });
    assertRefreshed(await scene.here(), scene.org);
    assertAllWell(scene);
  });

  it('is not shown by reads for a while: the first use after it waits', async (t) => {
    const scene = await tokenBranchScene(t);
    const { org, github } = scene;
    assertRefreshed(await scene.here(), org);
    // What is read is what was before the branch.
    github.lag({ milliseconds: 6_000 });
    const from = github.requests.length;
    assertRefreshed(await scene.here(), org);
    assertAllWell(scene);
    assert.ok(github.requestsTo('PUT').filter(({ number }) => number > from).length <= 4);
  });
});

describe('token branch: a branch that is deleted while a job looks at it', {
  concurrency: 4,
}, () => {
  it('is made anew with what it kept, not taken for a first use', async (t) => {
    const scene = await tokenBranchScene(t);
    const { github, repository, org, family } = scene;
    seedRotated(scene);
    github.intercept('PUT', () => {
      repository.placeBranch(branch, undefined);
      return undefined;
    });
    assertRefreshed(await scene.run(), org);
    assert.equal(org.reuses, 0);
    assert.equal(unsealed(scene)['refresh_token'], family.current);
  });
});

describe('token branch: limits of GitHub', { concurrency: 4 }, () => {
  for (const [what, make] of [
    ['403 with Retry-After', () => fault.secondaryRateLimit(403, 1)],
    ['429 with Retry-After', () => fault.secondaryRateLimit(429, 1)],
    ['403 that only says so', () => fault.secondaryRateLimit(403)],
  ] as const) {
    it(`waits as long as it is told, and takes it then: ${what}`, async (t) => {
      const scene = await tokenBranchScene(t);
      seedRotated(scene);
      scene.github.inject('PUT', make());
      assertRefreshed(await scene.here({ inputs: { retries: 1 } }), scene.org);
      assertAllWell(scene);
      assert.equal(scene.github.requestsTo('PUT').length, 3);
    });

    it(`ends at once where nothing may be sent again: ${what}`, async (t) => {
      const scene = await tokenBranchScene(t);
      const { org, github } = scene;
      seedRotated(scene);
      const status = what.slice(0, 3);
      github.inject('PUT', make());
      assertFailed(await scene.here({ inputs: { retries: 0 } }), `http_${status}`);
      github.inject('GET', make());
      assertFailed(await scene.here({ inputs: { retries: 0 } }), `http_${status}`);
      assert.deepEqual([github.requestsTo('PUT').length, org.requests.length], [1, 0]);
      assertAllWell(scene);
    });
  }

  it('ends at once where that does not fit', async (t) => {
    const scene = await tokenBranchScene(t);
    seedRotated(scene);
    scene.github.inject('PUT', fault.secondaryRateLimit(403, 600));
    const result = await scene.here();
    assertFailed(result, 'http_403');
    assert.match(result.log, /secondary rate limit/);
    assert.match(result.log, /GitHub limits how often its API may be asked/);
    assert.equal(scene.org.requests.length, 0);
    assertAllWell(scene);
  });

  it('does not hammer where it is not told how long to wait', async (t) => {
    const scene = await tokenBranchScene(t);
    seedRotated(scene);
    const always = { times: Number.POSITIVE_INFINITY };
    scene.github.inject('PUT', fault.secondaryRateLimit(403), always);
    assertFailed(await scene.run({ inputs: { 'timeout-seconds': 12 } }), 'http_403');
    // After about 0, 1, 3 and 7 s; each pause is four fifths of that at the least.
    assert.ok(scene.github.requestsTo('PUT').length <= 5);
  });

  it('does not stumble over a reset that is no time', async (t) => {
    const scene = await tokenBranchScene(t);
    seedRotated(scene);
    const headers = { 'x-ratelimit-remaining': '0', 'x-ratelimit-reset': '9'.repeat(17) };
    scene.github.inject('GET', fault.answer(403, { message: 'API rate limit exceeded' }, headers));
    assertFailed(await scene.run({ inputs: { retries: 0 } }), 'http_403');
  });

  it('says when the limit is reset, where none are left to look', async (t) => {
    const scene = await tokenBranchScene(t);
    seedRotated(scene);
    const reset = new Date(Math.ceil(Date.now() / 1000) * 1000 + 1_800_000);
    scene.github.inject('GET', fault.primaryRateLimit(reset));
    const result = await scene.here({ inputs: { retries: 0 } });
    assertFailed(result, 'http_403');
    assert.ok(result.log.includes(`The limit is reset at ${reset.toISOString()}`), result.log);
    assert.equal(scene.org.requests.length, 0);
  });

  for (const [left, sends] of [
    // The look and the take each count as one.
    [12, true],
    [11, false],
    [10, false],
    [3, false],
  ] as const) {
    it(`${sends ? 'goes on' : 'lets go'} with ${left} requests left in the hour`, async (t) => {
      const scene = await tokenBranchScene(t);
      const { org, github, githubToken, family } = scene;
      seedRotated(scene);
      const current = family.current;
      github.quota(githubToken).remaining = left;
      const result = await scene.run();
      if (sends) {
        assertRefreshed(result, org);
      } else {
        assertFailed(result, 'http_429');
        assert.match(result.log, /only \d+ more requests before \d{4}-\d\d-\d\dT/);
        assert.equal(org.requests.length, 0);
        assert.equal(family.current, current);
      }
      assertAllWell(scene);
    });
  }
});

describe('token branch: looking', { concurrency: 4 }, () => {
  for (const [what, make] of [
    ...lost.slice(0, 4),
    ['a limit with Retry-After', () => fault.secondaryRateLimit(403, 1)],
    ['a limit that only says so', () => fault.secondaryRateLimit(403)],
  ] as const) {
    it(`is repeated where ${what}`, async (t) => {
      const scene = await tokenBranchScene(t);
      seedRotated(scene);
      scene.github.inject('GET', make());
      const result = await scene.here();
      assertRefreshed(result, scene.org);
      assert.match(result.log, /Retry 1 of 3 in/);
      assertAllWell(scene);
    });
  }

  it('ends with what GitHub answered, where that does not pass', async (t) => {
    const scene = await tokenBranchScene(t);
    seedRotated(scene);
    scene.github.inject('GET', fault.unavailable(503), { times: Number.POSITIVE_INFINITY });
    const result = await scene.here({ inputs: { retries: 1 } });
    assertFailed(result, 'http_503');
    assert.match(result.log, /GitHub's API answered with HTTP 503/);
    assert.equal(scene.org.requests.length, 0);
  });

  it('ends with a network error that is not blamed on Salesforce', async (t) => {
    const scene = await tokenBranchScene(t);
    scene.github.inject('GET', fault.reset(), { times: Number.POSITIVE_INFINITY });
    const result = await scene.here({ inputs: { retries: 0 } });
    assertFailed(result, 'network_error');
    assert.match(result.log, / failed \((GET|PUT)\): .*GitHub's API/);
    assert.equal(scene.org.requests.length, 0);
  });

  it('ends with a timeout where GitHub is silent', async (t) => {
    const scene = await tokenBranchScene(t);
    scene.github.inject('GET', fault.silence(), { times: Number.POSITIVE_INFINITY });
    const result = await scene.here({ inputs: { 'timeout-seconds': 1 } });
    assertFailed(result, 'timeout');
    assert.match(
      result.log,
      /Reading the file on the branch failed \(GET\): GitHub's API .* gave no complete answer within 0\.5 s/,
    );
  });

  it('does not mind a file that was let go before it was ever rotated', async (t) => {
    const scene = await tokenBranchScene(t);
    putFile(scene, textOf(storedToken(scene), {}));
    assertRefreshed(await scene.here(), scene.org);
    assertAllWell(scene);
  });
});
