import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { ActionError } from '../../../src/errors/action-error.ts';
import type { BranchFile } from '../../../src/github/branch-file.ts';
import type { Deadline } from '../../../src/http/deadline.ts';
import { type Turn, takeTurn } from '../../../src/keeping/token-branch/turn.ts';
import type { BranchWorld } from '../../../src/keeping/token-branch/world.ts';
import { holderOf, textOf } from '../../support/token-branch-file.ts';
import {
  type Chance,
  type Fate,
  steady,
  VirtualBranch,
  VirtualTime,
  virtualWorld,
} from '../../support/virtual-branch.ts';

// Taking turns, in a time of its own: sequences that take minutes, or luck, on a real branch.

const stored = `5Aep861${'x'.repeat(60)}`;

interface Setting {
  readonly text?: string;
  readonly chance?: Partial<Chance>;
  /** What becomes of the writes, one after the other; then all goes well. */
  readonly fates?: readonly Fate[];
  readonly waitMs?: number;
  readonly world?: Partial<BranchWorld>;
  /** How many requests the hour has left, as each look tells. */
  readonly left?: number;
  readonly deadline?: Partial<Deadline>;
}

function scene({ text, chance = {}, fates = [], waitMs = 300_000, ...more }: Setting) {
  const { world = {}, left: requests, deadline = {} } = more;
  const time = new VirtualTime();
  const branch = new VirtualBranch(time, text);
  const left = [...fates];
  const said: string[] = [];
  const job = { ...steady, fate: () => left.shift() ?? ('well' as const), ...chance };
  const whole = virtualWorld(time, stored, { info: (line) => void said.push(line), ...world });
  const file = branch.seenWith(job);
  const counted: BranchFile = {
    ...file,
    look: async (...given) => {
      const look = await file.look(...given);
      const told = requests === undefined ? undefined : { requests, reset: new Date(time.now) };
      return { ...look, answer: { ...look.answer, left: told } };
    },
  };
  const take = (): Promise<Turn> => {
    const own = { ...time.deadline(60_000), ...deadline };
    return time.run(() => takeTurn<never>(counted, own, waitMs, whole, () => undefined));
  };
  return { time, branch, take, said };
}

const sealed = (token: string, refreshes = 1, holder?: unknown) =>
  textOf(stored, { refreshes, holder, sealed: { refresh_token: token } });

describe('taking turns: which token is sent', () => {
  it('is the one that the take replaced which arrived, not that of an earlier one', async () => {
    const { time, branch, take } = scene({
      text: sealed('first'),
      // Neither is answered: the first is lost on the way, the second is done.
      fates: ['lost before', 'lost after'],
    });
    // While the first is waited for in vain, another job takes, refreshes and saves.
    const other = time.run(async () => {
      await time.sleep(5_000);
      branch.put(sealed('second', 2));
    });
    const [turn] = await Promise.all([take(), other]);
    assert.equal(turn.seen.kept?.refresh_token, 'second');
    assert.equal(turn.seen.record.refreshes, 2);
    assert.equal(branch.text, turn.text);
  });

  it('counts its time from the look before the write that arrived', async () => {
    const { time, take } = scene({ text: sealed('first'), fates: ['lost before', 'lost after'] });
    const start = time.now;
    const turn = await take();
    // The first write took more than ten seconds, and is not the one that is there.
    assert.ok(turn.seen.at.monotonic - start > 10_000);
    assert.ok(time.now - turn.seen.at.monotonic > 10_000);
  });

  it('is found where a write arrives after everybody gave it up', async () => {
    // A second write with the same base is refused then: the first one is ours.
    const { time, branch, take } = scene({ text: sealed('first'), fates: [{ late: 900 }] });
    const start = time.now;
    const turn = await take();
    assert.equal(branch.text, turn.text);
    assert.equal(turn.seen.kept?.refresh_token, 'first');
    assert.ok(turn.seen.at.monotonic - start < 60_000);
  });

  it('is nobody’s where the time is up: what may have arrived is undone', async () => {
    const { branch, take } = scene({
      text: sealed('first'),
      fates: ['lost after'],
      // What a look shows is older than that write for good.
      chance: { lag: () => 1e9 },
      world: { retries: 0 },
    });
    await assert.rejects(take(), { code: 'timeout' } satisfies Partial<ActionError>);
    assert.equal(branch.writes.filter(({ done }) => done).length, 2);
    assert.equal(JSON.parse(branch.text ?? '').holder, undefined);
  });
});

describe('taking turns: without a clock of GitHub’s', () => {
  it('a holder has to stand there unchanged for its seconds and two more', async () => {
    const { time, branch, take, said } = scene({
      // By its own account it is dead: but whose clock was that?
      text: sealed('first', 1, holderOf(0)),
      chance: { date: () => undefined },
    });
    const start = time.now;
    const turn = await take();
    assert.ok(turn.dead);
    assert.ok(time.now - start > 182_000 && time.now - start < 195_000);
    assert.equal(branch.text, turn.text);
    assert.match(said.join('\n'), /never let go: taking its place/);
    assert.equal(turn.holder.since.getTime() >= start + 182_000, true);
  });

  it('starts anew with each holder', async () => {
    const { time, branch, take } = scene({
      text: sealed('first', 1, holderOf(0)),
      chance: { date: () => undefined },
      waitMs: 900_000,
    });
    const start = time.now;
    const other = time.run(async () => {
      await time.sleep(150_000);
      branch.put(sealed('first', 1, holderOf(0, 0, { id: 'another' })));
    });
    await Promise.all([take(), other]);
    assert.ok(time.now - start > 332_000);
  });
});

describe('taking turns: what GitHub asks for', () => {
  it('a limit is waited for, as long as it says, and as often', async () => {
    const { time, take } = scene({
      text: sealed('first'),
      fates: ['limited', 'limited', 'limited'],
      world: { retries: 1 },
    });
    const start = time.now;
    const turn = await take();
    assert.ok(turn.holder.since.getTime() - start >= 6_000 - 1_000);
  });

  it('a limit ends it where nothing may be sent again', async () => {
    const { branch, take } = scene({
      text: sealed('first'),
      fates: ['limited'],
      world: { retries: 0 },
    });
    await assert.rejects(take(), { code: 'http_403' });
    assert.deepEqual([branch.looks, branch.writes.length], [1, 0]);
  });

  it('a limit that does not fit ends it', async () => {
    const { branch, take } = scene({
      text: sealed('first'),
      fates: ['limited'],
      deadline: { remainingMs: () => 1_999 },
    });
    await assert.rejects(take(), { code: 'http_403' });
    assert.equal(branch.writes.length, 0);
  });

  it('a branch that writes do not see yet is written to again, for 15 s', async () => {
    for (const seenAfterMs of [5_000, 60_000]) {
      const { time, branch, take } = scene({ text: sealed('first') });
      branch.madeAt = undefined;
      const other = time.run(async () => {
        await time.sleep(seenAfterMs);
        branch.madeAt ??= time.now;
      });
      const taking = take();
      if (seenAfterMs > 15_000) {
        await assert.rejects(taking, { code: 'token_branch_not_writable' });
        // With a look and a second's pause before each.
        const { length } = branch.writes;
        assert.ok(length > 10 && length <= 15, `${length} writes`);
      } else {
        assert.equal((await taking).text, branch.text);
      }
      await other;
    }
  });

  for (const [left, held, takes] of [
    [10, false, true],
    [9, false, false],
    [100, true, true],
    [99, true, false],
  ] as const) {
    it(`${left} requests left are ${takes ? 'enough' : 'too few'} where it is ${held ? 'held' : 'free'}`, async () => {
      const now = new VirtualTime().now;
      const { time, branch, take } = scene({
        text: sealed('first', 1, held ? holderOf(now) : undefined),
        left,
      });
      const other = time.run(async () => {
        await time.sleep(2_500);
        branch.put(sealed('second', 2));
      });
      const taking = take();
      if (takes) {
        assert.equal((await taking).text, branch.text);
      } else {
        await assert.rejects(taking, { code: 'http_429' });
        assert.equal(branch.writes.length, 0);
      }
      await other;
    });
  }

  it('whose time is up already waits for nobody', async () => {
    const { take } = scene({
      text: sealed('first', 1, holderOf(new VirtualTime().now)),
      deadline: { signal: AbortSignal.abort(new Error('the time is up')) },
    });
    await assert.rejects(take(), { code: 'timeout', message: /^`timeout-seconds` \(60\) ran out/ });
  });
});

describe('taking turns: pauses', () => {
  for (const [random, first] of [
    [0, 1_000],
    [0.5, 2_000],
    [1, 3_000],
  ] as const) {
    it(`grow from 2 s by 1.3 to 8 s, a half more or less (chance: ${random})`, async () => {
      const looks: number[] = [];
      const { time, take } = scene({
        text: sealed('first', 1, holderOf(1_790_000_000_000)),
        waitMs: 60_000,
        world: { random: () => random },
        chance: {
          latency: () => {
            looks.push(time.now);
            return 0;
          },
        },
      });
      await assert.rejects(take(), { code: 'credential_in_flight' });
      const pauses = looks.slice(1).map((at, i) => at - (looks[i] ?? 0));
      const expected = Array.from(
        { length: pauses.length },
        (_, i) => Math.min(8_000, 2_000 * 1.3 ** i) * (0.5 + random),
      );
      assert.equal(pauses[0], first);
      // The last one ends where the time to wait does.
      for (const [i, pause] of pauses.slice(0, -1).entries()) {
        assert.ok(Math.abs(pause - (expected[i] ?? 0)) < 1, `${pause} ms`);
      }
      assert.equal((looks.at(-1) ?? 0) - (looks[0] ?? 0), 60_000);
    });
  }

  it('come before the take as well, once one has waited: up to 1.5 s, and one more look', async () => {
    const { time, branch, take } = scene({
      text: sealed('first', 1, holderOf(1_790_000_000_000)),
      chance: { latency: () => 0 },
      world: { random: () => 1 },
    });
    const other = time.run(async () => {
      await time.sleep(2_900);
      branch.put(sealed('second', 2));
    });
    const start = time.now;
    const [turn] = await Promise.all([take(), other]);
    assert.equal(branch.looks, 3);
    assert.equal(turn.seen.at.monotonic - start, 3_000 + 1_500);
  });
});

describe('taking turns: a branch that writes do not find', () => {
  it('is waited for as long as a new one may take to be seen, and not for longer', async () => {
    const { time, branch, take } = scene({
      text: sealed('first'),
      // So that it takes nothing but the pauses.
      chance: { latency: () => 0 },
    });
    branch.madeAt = undefined;
    const start = time.now;
    await assert.rejects(take(), { code: 'token_branch_not_writable' });
    // Still at the 15th second; a second later it was too long.
    assert.equal(time.now - start, 16_000);
  });
});

describe('taking turns: being beaten', () => {
  it('makes the pauses in line short again', async () => {
    const { time, branch, take } = scene({
      text: sealed('first', 1, holderOf(1_790_000_000_000)),
      // Another credential's commit came first.
      fates: ['moved'],
      chance: { latency: () => 0 },
    });
    const start = time.now;
    const others = time.run(async () => {
      await time.sleep(1_000);
      branch.put(sealed('second', 2));
      await time.sleep(2_000);
      branch.put(sealed('second', 2, holderOf(time.now)));
      await time.sleep(1_000);
      branch.put(sealed('third', 3));
    });
    const [turn] = await Promise.all([take(), others]);
    assert.equal(turn.seen.kept?.refresh_token, 'third');
    // 2 s in line, two pauses by chance with a write between them, 2 s in line, a pause by chance.
    assert.equal(turn.seen.at.monotonic - start, 2_000 + 750 + 750 + 2_000 + 750);
  });

  it('by the commits of other credentials, again and again, ends when one waited long enough', async () => {
    const { time, branch, take } = scene({
      text: sealed('first'),
      chance: { fate: () => 'moved' },
      waitMs: 120_000,
    });
    const start = time.now;
    await assert.rejects(take(), { code: 'credential_in_flight' });
    assert.ok(time.now - start >= 120_000);
    // With a pause after each.
    assert.ok(branch.looks < 200);
  });

  it('is tried for ten seconds where nobody is to be waited for', async () => {
    const { time, take } = scene({
      text: sealed('first'),
      chance: { fate: () => 'moved' },
      waitMs: 0,
    });
    const start = time.now;
    await assert.rejects(take(), { code: 'credential_in_flight' });
    assert.ok(time.now - start >= 10_000 && time.now - start < 13_000);
  });

  it('to the making of the branch, with reads that do not show it, does not hammer', async () => {
    const { time, branch, take } = scene({ chance: { lag: () => 6_000 } });
    const other = time.run(async () => {
      await time.sleep(50);
      branch.put(textOf(stored, { holder: holderOf(time.now) }));
      await time.sleep(3_000);
      branch.put(sealed('second', 1));
    });
    const [turn] = await Promise.all([take(), other]);
    assert.equal(turn.seen.kept?.refresh_token, 'second');
    assert.ok(branch.writes.length < 15, `${branch.writes.length} writes`);
  });

  it('to the file, with reads that do not show it, waits instead of writing', async () => {
    const { time, branch, take } = scene({ chance: { lag: () => 6_000 } });
    branch.madeAt = 0;
    const other = time.run(async () => {
      await time.sleep(50);
      branch.put(textOf(stored, { holder: holderOf(time.now) }));
      await time.sleep(3_000);
      branch.put(sealed('second', 1));
    });
    const [turn] = await Promise.all([take(), other]);
    assert.equal(turn.seen.kept?.refresh_token, 'second');
    assert.ok(branch.writes.length <= 3, `${branch.writes.length} writes`);
  });
});
