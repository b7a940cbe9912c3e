// Not for coverage: turn and replace have unit tests.

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { ActionError } from '../../../src/errors/action-error.ts';
import { elapsedMs } from '../../../src/keeping/token-branch/clock.ts';
import { aboutOf, readmeOf } from '../../../src/keeping/token-branch/readme.ts';
import { formatRecord, leaseSeconds } from '../../../src/keeping/token-branch/record.ts';
import { replaceOwn, savedMessage } from '../../../src/keeping/token-branch/replace.ts';
import { seal } from '../../../src/keeping/token-branch/seal.ts';
import { takeTurn } from '../../../src/keeping/token-branch/turn.ts';
import { seededRandom } from '../../support/github/random.ts';
import { keyOf, openByHand } from '../../support/token-branch-file.ts';
import {
  type Chance,
  VirtualBranch,
  VirtualTime,
  virtualWorld,
} from '../../support/virtual-branch.ts';

// Jobs that want the same credential, on a branch that loses, delays and repeats, with clocks that differ
// and jobs that are held up or die: by chance, from seeds, in a time of its own. Whatever happens, no spent
// token is sent as long as the current one is on the branch.

const stored = `5Aep861${'x'.repeat(60)}`;

interface Troubles {
  /** How likely a write's answer is lost, in one of the ways; how likely a read is old. */
  readonly lost: number;
  readonly lag: number;
  /** How likely a job is held up before it sends, and how likely it dies after it did. */
  readonly heldUp: number;
  readonly dies: number;
  /** Whether the branch is there from the start. */
  readonly fresh: boolean;
}

/** What Salesforce knows: which token is current, and whether a spent one ever came. */
interface Family {
  current: string;
  spentSent: number;
  refreshes: number;
}

async function simulate(seed: number, jobs: number, troubles: Troubles) {
  const random = seededRandom(seed);
  const between = (least: number, most: number) => least + random() * (most - least);
  const time = new VirtualTime();
  const branch = new VirtualBranch(
    time,
    troubles.fresh ? undefined : formatRecord({ refreshes: 0 }, 'about'),
  );
  const family: Family = { current: stored, spentSent: 0, refreshes: 0 };
  const ends: string[] = [];
  /** Reuse while the current token was on the branch: what must never be. */
  let inexcusable = 0;

  const onBranch = () => {
    const { sealed } = JSON.parse(branch.text ?? '{}');
    return sealed === undefined
      ? stored
      : openByHand(sealed, keyOf(stored)).content['refresh_token'];
  };
  /** Salesforce, strictly: a spent token that comes again is what must not happen. */
  const refresh = (token: string): string | undefined => {
    if (token !== family.current) {
      family.spentSent += 1;
      inexcusable += onBranch() === family.current ? 1 : 0;
      return undefined;
    }
    family.refreshes += 1;
    family.current = `5Aep861${family.refreshes}.${'y'.repeat(60)}`;
    return family.current;
  };

  const job = async (index: number): Promise<string> => {
    const chance: Chance = {
      latency: () => between(50, 900),
      fate: () => {
        if (random() >= troubles.lost) {
          return 'well';
        }
        const kind = Math.floor(random() * 5);
        const kinds = ['lost before', 'lost after', 'limited', 'moved'] as const;
        return kinds[kind] ?? { late: between(0, 40_000) };
      },
      lag: () => (random() < troubles.lag ? between(0, 10_000) : 0),
      // Servers' clocks differ by a second.
      date: (now) => new Date(Math.floor((now + between(-1_000, 1_000)) / 1000) * 1000),
    };
    const world = virtualWorld(time, stored, { random });
    const run = { ...world.run, url: `https://github.com/acme/demo/actions/runs/${index}` };
    const whole = { ...world, run };
    const file = branch.seenWith(chance);
    const deadline = time.deadline(60_000);
    await time.sleep(between(0, 20_000));
    for (;;) {
      const turn = await takeTurn<never>(file, deadline, 1_800_000, whole, () => undefined);
      const heldMs = () => elapsedMs(turn.seen.at, world.clock());
      const replace = (text: string, message: string, forMs: number) =>
        replaceOwn(
          file,
          {
            text,
            message,
            replaces: turn.sha,
            holder: turn.holder.id,
            readme: readmeOf(run.documents),
          },
          () => heldMs() < leaseSeconds * 1000,
          { ...whole, deadline: time.deadline(forMs) },
        );
      await time.sleep(random() < troubles.heldUp ? between(0, 400_000) : between(50, 1_000));
      if (heldMs() > 30_000) {
        const { holder: _, ...record } = turn.seen.record;
        await replace(formatRecord(record, aboutOf(run.documents)), 'Let go', 10_000);
        if (deadline.remainingMs() === 0) {
          return 'timeout';
        }
        continue;
      }
      const newToken = refresh(turn.seen.kept?.refresh_token ?? stored);
      if (newToken === undefined) {
        return 'refused';
      }
      await time.sleep(between(300, 89_000));
      if (random() < troubles.dies) {
        return 'died';
      }
      const refreshes = turn.seen.record.refreshes + 1;
      const sealed = await seal({ refresh_token: newToken }, world.credential);
      const saved = await replace(
        formatRecord({ refreshes, sealed }, aboutOf(run.documents)),
        savedMessage(refreshes, turn.holder.id, run.url),
        leaseSeconds * 1000 - heldMs(),
      );
      return saved === undefined ? 'not saved' : 'saved';
    }
  };

  await Promise.all(
    Array.from({ length: jobs }, (_, index) =>
      time.run(async () => {
        try {
          ends.push(await job(index));
        } catch (error) {
          assert.ok(error instanceof ActionError, String(error));
          ends.push(error.code);
        }
      }),
    ),
  );
  return {
    family,
    ends,
    inexcusable,
    refreshesOnBranch: JSON.parse(branch.text ?? '{}').refreshes,
  };
}

const none: Troubles = { lost: 0, lag: 0, heldUp: 0, dies: 0, fresh: false };

describe('taking turns, by chance', () => {
  for (const [what, troubles, runs] of [
    ['nothing goes wrong', none, 5],
    ['the branch has to be made', { ...none, fresh: true }, 5],
    ['the branch has to be made, and reads are old', { ...none, fresh: true, lag: 0.7 }, 12],
    ['reads are old', { ...none, lag: 0.7 }, 12],
    ['jobs are held up', { ...none, heldUp: 0.3 }, 12],
  ] as const) {
    it(`every job gets its token, one after the other, where ${what}`, async () => {
      for (let seed = 1; seed <= runs; seed += 1) {
        const { family, ends, refreshesOnBranch } = await simulate(seed, 4, troubles);
        const good = ends.filter((end) => end === 'saved').length;
        assert.equal(family.spentSent, 0, `seed ${seed}: ${ends}`);
        // Whoever is held up for longer than its whole time may only say so.
        const excused = troubles.heldUp > 0 ? ends.filter((end) => end === 'timeout').length : 0;
        assert.equal(good + excused, 4, `seed ${seed}: ${ends}`);
        assert.equal(refreshesOnBranch, good);
      }
    });
  }

  for (const [what, troubles, runs] of [
    ['answers are lost, or come late', { ...none, lost: 0.3 }, 25],
    [
      'answers are lost, reads are old, and the branch has to be made',
      { ...none, lost: 0.3, lag: 0.5, fresh: true },
      25,
    ],
    ['everything at once, but nobody dies', { ...none, lost: 0.3, lag: 0.5, heldUp: 0.2 }, 30],
  ] as const) {
    it(`no spent token is ever sent where ${what}`, async () => {
      for (let seed = 1; seed <= runs; seed += 1) {
        const { family, ends } = await simulate(seed, 4, troubles);
        const unsaved = ends.filter((end) => end === 'not saved').length;
        assert.ok(family.spentSent === 0 || unsaved > 0, `seed ${seed}: ${ends}`);
        assert.ok(ends.includes('saved'), `seed ${seed}: ${ends}`);
      }
    });
  }

  it('no spent token is sent while the current one is on the branch, whoever dies', async () => {
    let deaths = 0;
    for (let seed = 1; seed <= 40; seed += 1) {
      const all = { lost: 0.3, lag: 0.5, heldUp: 0.15, dies: 0.15, fresh: seed % 2 === 0 };
      const { family, ends, inexcusable } = await simulate(seed, 5, all);
      const gone = ends.filter((end) => end === 'died' || end === 'not saved').length;
      assert.equal(inexcusable, 0, `seed ${seed}: ${ends}`);
      assert.ok(family.spentSent === 0 || gone > 0, `seed ${seed}: ${ends}`);
      deaths += gone;
    }
    assert.ok(deaths > 10);
  });
});
