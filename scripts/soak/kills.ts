import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import { pick } from '../../__tests__/support/github/random.ts';
import type { ActionResult } from '../../__tests__/support/runner.ts';
import type { Experiment } from './experiment.ts';
import {
  assertSuccess,
  endOf,
  inParallel,
  inWorld,
  times,
  type World,
} from './token-branch-world.ts';

/** What a kill did: lost is the new token on its way to the step, or in its hands. */
type Fate = 'too late' | 'unspent' | 'saved' | 'answer lost' | 'token lost';

/** The holder's time, and a little. */
const holderMs = 183_000;

export const killing: readonly Experiment[] = [
  kill('killed', false, 'kill -9 at random moments'),
  kill('killed-with-post', true, 'the same, and the end of the job comes'),
];

function kill(name: string, withPost: boolean, about: string): Experiment {
  return {
    name,
    about,
    run: async ({ seed, kills: count, say }) => {
      const fates: Fate[] = [];
      const one = async (index: number) => {
        const seedOfCase = seed + index * 7;
        // Every other one is the first use, on a branch that is not there.
        fates.push(
          await inWorld({ seed: seedOfCase }, (world) => killOne(world, index % 2 === 0, withPost)),
        );
        if (fates.length % 50 === 0) {
          say(`${fates.length} of ${count}`);
        }
      };
      await inParallel(
        times(count, (index) => () => one(index)),
        4,
      );
      const of = (fate: Fate) => fates.filter((each) => each === fate).length;
      const real = count - of('too late');
      return `${count} runs, ${real} killed before their end: ${of('unspent')} unspent, ${of('saved')} saved, ${of('answer lost') + of('token lost')} truly lost (${of('answer lost')} of them before the answer had come); families killed though a good token was saved: 0`;
    },
  };
}

async function killOne(world: World, first: boolean, withPost: boolean): Promise<Fate> {
  const { org, github, family, random } = world;
  if (!first) {
    github.latency({});
    assertSuccess(await world.job().result);
    github.latency('github');
  }
  const sent = family.current;
  const victim = world.job();
  const seen = Promise.withResolvers<unknown>();
  github.onRequest(() => {
    seen.resolve(undefined);
    return undefined;
  });
  victim.result.finally(() => seen.resolve(undefined));
  await seen.promise;
  await sleep(pick([0, first ? 3_600 : 2_400], random));
  victim.process.kill('SIGKILL');
  const killed = await victim.result;
  github.latency({});
  // What was under way when it died is still carried out.
  await sleep(900);
  if (withPost) {
    const post = await world.post(killed);
    assert.equal(post.code, 0, post.log);
  }
  const fate = await fateOf(world, killed, sent);
  const lost = fate.endsWith('lost');
  assert.deepEqual([org.reuses, family.revoked], [0, false]);
  github.clock.advance(holderMs);
  const next = await world.job(undefined, { inputs: { 'wait-seconds': 0 } }).result;
  assert.equal(endOf(next), lost ? 'invalid_grant' : 'success', next.log);
  if (!lost) {
    await world.assertUnharmed();
  }
  return fate;
}

async function fateOf({ family, kept }: World, killed: ActionResult, sent: string): Promise<Fate> {
  if (killed.signal === null) {
    return 'too late';
  }
  if (family.current === sent) {
    return 'unspent';
  }
  if ((await kept()) === family.current) {
    return 'saved';
  }
  return killed.outputs['refresh-token'] === undefined ? 'answer lost' : 'token lost';
}
