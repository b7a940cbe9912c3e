import assert from 'node:assert/strict';
import { describe, it, type TestContext } from 'node:test';
import { blobSha } from '../../../src/github/branch-file.ts';
import { type Replaced, replaceOwn } from '../../../src/keeping/token-branch/replace.ts';
import {
  type Fate,
  steady,
  VirtualBranch,
  VirtualTime,
  virtualWorld,
} from '../../support/virtual-branch.ts';

// Replacing our own take, again and again, in a time of its own.

const [take, saved] = ['our take', 'the new token'];

interface Course {
  readonly branch: VirtualBranch;
  readonly result: Replaced | undefined;
  readonly said: readonly string[];
  /** How often each read, whatever for, was to be repeated by itself. */
  readonly retries: readonly number[];
}

/** Saves in five minutes at most; these fates, one after the other, have the writes. */
async function save(t: TestContext, there: string | undefined, fates: Fate[]): Promise<Course> {
  const time = new VirtualTime();
  t.mock.method(process.hrtime, 'bigint', () => BigInt(Math.round(time.now * 1e6)));
  const branch = new VirtualBranch(time, there);
  const said: string[] = [];
  const retries: number[] = [];
  const file = branch.seenWith({ ...steady, fate: () => fates.shift() ?? 'well' });
  const counting = <T extends unknown[], R>(read: (...args: [...T, number]) => R) => {
    return (...args: [...T, number]) => {
      retries.push(Number(args.at(-1)));
      return read(...args);
    };
  };
  const result = await time.run(() =>
    replaceOwn(
      {
        ...file,
        look: counting(file.look),
        surroundings: counting(file.surroundings),
        history: counting(file.history),
      },
      { text: saved, replaces: blobSha(take), message: 'Save', holder: 'me', readme: '# x' },
      () => true,
      {
        ...virtualWorld(time, 'x', { info: (line) => void said.push(line) }),
        deadline: time.deadline(300_000),
      },
    ),
  );
  return { branch, result, said, retries };
}

describe('token branch: saving again and again', () => {
  it('pauses for 1, 2, 4, 8 and 8 seconds, each announced', async (t) => {
    const { branch, result, said } = await save(t, take, Array<Fate>(5).fill('lost before'));
    assert.ok(result);
    assert.equal(branch.text, saved);
    assert.deepEqual(
      said.map((line) => /again in (.*?) s:/.exec(line)?.[1]),
      ['1.0', '2.0', '4.0', '8.0', '8.0'],
    );
  });

  it('makes a file anew that is gone for longer than 15 s', async (t) => {
    const { branch, result, retries } = await save(t, undefined, []);
    assert.ok(result);
    assert.equal(branch.text, saved);
    // It is the whole that is repeated, with its pauses, and no single read.
    assert.deepEqual([...new Set(retries)], [0]);
  });
});
