import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { type BranchFile, blobSha } from '../../../src/github/branch-file.ts';
import { RequestFailure } from '../../../src/http/failure.ts';
import { replaceOwn, savedMessage } from '../../../src/keeping/token-branch/replace.ts';
import {
  type Chance,
  type Fate,
  steady,
  VirtualBranch,
  VirtualTime,
  virtualWorld,
} from '../../support/virtual-branch.ts';

// Replacing our own take, in a time of its own: until it is certain, or the time is up.

const ours = '{"holder":"me"}';
const saved = '{"refreshes":2}';
const others = '{"holder":"somebody else"}';

interface Setting {
  readonly chance?: Partial<Chance>;
  /** What becomes of the writes, one after the other; then all goes well. */
  readonly fates?: readonly Fate[];
  readonly lettingGo?: boolean;
  readonly retries?: number;
  readonly leaseMs?: number;
  readonly totalMs?: number;
  /** Changes what the job sees of the file. */
  readonly seen?: (file: BranchFile) => Partial<BranchFile>;
}

function scene({ chance, fates = [], seen = () => ({}), ...more }: Setting = {}) {
  const { lettingGo = false, retries, leaseMs = 180_000, totalMs = 60_000 } = more;
  const time = new VirtualTime();
  const start = time.now;
  const branch = new VirtualBranch(time, ours);
  const left = [...fates];
  const said: string[] = [];
  const file = branch.seenWith({ ...steady, fate: () => left.shift() ?? 'well', ...chance });
  const replace = () =>
    time.run(() =>
      replaceOwn(
        { ...file, ...seen(file) },
        {
          text: saved,
          replaces: blobSha(ours),
          message: savedMessage(2, 'me', 'https://a.example'),
          lettingGo,
          ...(retries !== undefined && { retries }),
          holder: 'me',
          readme: 'about',
        },
        () => time.now - start < leaseMs,
        {
          ...virtualWorld(time, 'x'.repeat(50), { info: (line) => void said.push(line) }),
          deadline: time.deadline(totalMs),
        },
      ),
    );
  return { time, branch, replace, said };
}

const lost = () => Promise.reject(new RequestFailure('network', true, 'it broke'));

describe('replacing our own take', () => {
  it('is done with one write where nothing is in its way', async () => {
    const { branch, replace, said } = scene();
    assert.deepEqual(await replace(), { commitUrl: undefined });
    assert.equal(branch.text, saved);
    assert.deepEqual([branch.writes.length, branch.looks, said], [1, 0, []]);
  });

  it('is seen to be done where the answer was lost', async () => {
    const { branch, replace } = scene({ fates: ['lost after'] });
    assert.ok(await replace());
    assert.equal(branch.writes.length, 1);
  });

  it('is done again where it was lost on the way, and told', async () => {
    const { branch, replace, said } = scene({ fates: ['lost before', 'limited'] });
    assert.ok(await replace());
    assert.equal(branch.text, saved);
    assert.deepEqual(said, [
      'Writing to the token branch again in 1.0 s: no complete answer within 10 s',
      // As long as GitHub asks for.
      'Writing to the token branch again in 2.0 s: HTTP 403 secondary rate limit',
    ]);
  });

  it('is done again as often as it may be; that another commit was faster does not count', async () => {
    for (const [retries, done] of [
      [0, false],
      [1, true],
    ] as const) {
      const fates = ['moved', 'lost before', 'moved'] as const;
      const { branch, replace } = scene({ fates, lettingGo: true, retries });
      assert.equal((await replace()) !== undefined, done);
      assert.equal(branch.text === saved, done);
    }
  });

  it('is done again where a look fails as well', async () => {
    const { branch, replace } = scene({ fates: ['lost before'], seen: () => ({ look: lost }) });
    assert.ok(await replace());
    assert.equal(branch.text, saved);
  });

  it('is found in the history where another job went on from it already', async () => {
    const { time, branch, replace } = scene({ fates: ['lost after'] });
    const other = time.run(async () => {
      await time.sleep(5_000);
      branch.put(others, 'Take the credential: https://b.example');
    });
    assert.ok((await Promise.all([replace(), other]))[0]);
    assert.equal(branch.text, others);
  });

  it('is not taken for done by another holder’s save', async () => {
    const { branch, replace } = scene({ leaseMs: 0 });
    branch.put(others, savedMessage(2, 'somebody else', 'https://b.example'));
    assert.equal(await replace(), undefined);
    assert.equal(branch.text, others);
  });

  it('goes on while the lease runs, whatever a look shows: it is old', async () => {
    const { time, branch, replace } = scene({ totalMs: 30_000 });
    branch.put(others);
    const start = time.now;
    assert.equal(await replace(), undefined);
    assert.ok(time.now - start >= 30_000);
  });

  it('ends where it is another’s for so long that no look is that old', async () => {
    const { time, branch, replace } = scene({ leaseMs: 0, totalMs: 600_000 });
    branch.put(others);
    const start = time.now;
    assert.equal(await replace(), undefined);
    assert.ok(time.now - start > 15_000 && time.now - start < 40_000, `${time.now - start}`);
    assert.equal(branch.text, others);
  });

  it('is not needed where nothing has to be kept', async () => {
    const { branch, replace } = scene({ lettingGo: true });
    branch.put(others);
    assert.ok(await replace());
    assert.deepEqual([branch.writes.length, branch.looks], [1, 0]);
  });

  it('hides no fault of ours', async () => {
    const fault = new TypeError('a bug');
    const { replace } = scene({
      fates: ['lost before'],
      seen: () => ({ look: () => Promise.reject(fault) }),
    });
    await assert.rejects(replace(), fault);
  });
});

describe('replacing what was deleted', () => {
  it('makes the file anew, once it is certain that it is gone', async () => {
    const { time, branch, replace } = scene();
    branch.put(undefined);
    const start = time.now;
    assert.ok(await replace());
    assert.ok(time.now - start > 15_000);
    assert.equal(branch.text, saved);
    assert.equal(branch.writes.filter(({ done }) => done).length, 1);
  });

  it('makes the branch anew', async () => {
    const { time, branch, replace } = scene();
    branch.put(undefined);
    branch.madeAt = undefined;
    const start = time.now;
    assert.ok(await replace());
    assert.ok(time.now - start > 15_000);
    assert.equal(branch.text, saved);
    assert.equal(branch.madeAt !== undefined, true);
  });

  it('is not made anew where it comes to light again', async () => {
    const { time, branch, replace } = scene({ chance: { lag: () => 0 } });
    branch.put(undefined);
    const other = time.run(async () => {
      await time.sleep(9_000);
      branch.put(ours);
    });
    assert.ok((await Promise.all([replace(), other]))[0]);
    assert.deepEqual(
      branch.writes.filter(({ done }) => done).map(({ text }) => text),
      [saved],
    );
  });

  for (const [what, surroundings] of [
    ['is not told', lost],
    ['is refused', async () => ({ ...refusal })],
  ] as const) {
    it(`waits where the state of the branch ${what}`, async () => {
      const { branch, replace } = scene({ totalMs: 40_000, seen: () => ({ surroundings }) });
      branch.put(undefined);
      branch.madeAt = undefined;
      assert.equal(await replace(), undefined);
      assert.equal(branch.text, undefined);
    });
  }
});

const refusal = {
  ...{ status: 403, body: undefined, message: 'No', tag: undefined, date: undefined },
  ...{ limited: false, waitMs: 0, left: undefined },
};
