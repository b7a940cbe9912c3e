import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { ActionResult } from '../support/runner.ts';
import {
  fingerprint,
  repository,
  secretName,
  sendingName,
  spentFingerprints,
  type World,
  writeBackWorld,
} from '../support/write-back.ts';

// Two jobs that start at once, with the same copy of the credential. All that one can see of the
// other are its requests. So the first is stopped before each of them, the second then goes on to
// each of its own, and waits there while the first goes on to its end. (After a request was acted on
// and before the next one, the world is the same: one stop does for both.)

/** What a run sends that nobody disturbs: eleven requests to GitHub, and one to Salesforce. */
const requestsOfOne = 12;

/** A run, and the request that it waits at. */
interface Racer {
  readonly result: Promise<ActionResult>;
  /** Settles when it waits, or is over; says which. */
  readonly stopped: Promise<'waits' | 'over'>;
  readonly goOn: () => void;
}

/** Starts a run that waits before its request number `stop`, counted from 0. */
function race(world: World, host: '127.0.0.1' | 'localhost', copy: string, stop: number): Racer {
  const { api, org } = world;
  const waits = Promise.withResolvers<'waits'>();
  const gate = Promise.withResolvers<undefined>();
  let seen = 0;
  const pass = async () => {
    seen += 1;
    if (seen === stop + 1) {
      waits.resolve('waits');
      await gate.promise;
    }
    return undefined;
  };
  // What tells the runs apart at GitHub and at Salesforce.
  const token = api.token({ environments: 'write', repositories: [repository] });
  const isOurs = ({ headers }: { headers: Readonly<Record<string, string>> }) =>
    headers['authorization'] === `Bearer ${token}`;
  api.intercept(isOurs, pass, { times: Number.POSITIVE_INFINITY });
  org.onRequest((request) => (request.host === host ? pass() : undefined));
  const { result } = world.start({
    copy,
    inputs: {
      'github-token': token,
      'login-url': `http://${host}:${org.port}`,
      'allowed-hosts': '127.0.0.1 localhost',
    },
  });
  return {
    result,
    stopped: Promise.race([waits.promise, result.then(() => 'over' as const)]),
    goOn: () => gate.resolve(undefined),
  };
}

/** Both runs, each stopped once. */
async function raceBoth(world: World, firstStop: number, secondStop: number) {
  const copy = world.environment.secret(secretName) ?? '';
  const first = race(world, '127.0.0.1', copy, firstStop);
  const firstDid = await first.stopped;
  const second = race(world, 'localhost', copy, secondStop);
  const secondDid = await second.stopped;
  first.goOn();
  const results = [await first.result];
  second.goOn();
  results.push(await second.result);
  return { results, firstDid, secondDid };
}

describe('of two jobs with the same copy exactly one sends it', { concurrency: 4 }, () => {
  for (let firstStop = 0; firstStop <= requestsOfOne; firstStop += 1) {
    it(`the first waits before its request ${firstStop + 1}, the second before each of its own`, async (t) => {
      // Once the second run is over without having waited, it would not wait further on either.
      let secondDid = 'waits';
      for (let secondStop = 0; secondDid === 'waits'; secondStop += 1) {
        const world = await writeBackWorld(t);
        const sent = world.family.current;
        const race = await raceBoth(world, firstStop, secondStop);
        const { org, environment, family } = world;
        const where = `second before ${secondStop + 1}: ${world.api.trace().join(', ')}`;
        assert.equal(race.firstDid, firstStop < requestsOfOne ? 'waits' : 'over', where);
        const codes = race.results.map(({ outputs }) => outputs['error-code'] ?? 'success');
        assert.match(
          codes.sort().join(),
          /^(credential_in_flight|credential_spent),success$/,
          where,
        );
        assert.deepEqual([org.tokenRequests.length, org.reuses], [1, 0], where);
        assert.deepEqual([family.revoked, family.spent.size], [false, 1], where);
        assert.equal(environment.secret(secretName), family.current, where);
        assert.deepEqual(spentFingerprints(world), { spent: [fingerprint(sent)] }, where);
        assert.equal(environment.variable(sendingName), undefined, where);
        secondDid = race.secondDid;
        await Promise.all([org.close(), world.api.close()]);
      }
    });
  }
});

for (const readLag of [0, 0, 1_500]) {
  it(`of eight jobs that start at once exactly one sends it, reads ${readLag} ms behind`, async (t) => {
    const world = await writeBackWorld(t);
    world.api.readLag = readLag;
    const results = await Promise.all(Array.from({ length: 8 }, () => world.run()));
    const { org, environment, family } = world;
    const winners = results.filter(({ conclusion }) => conclusion === 'success');
    assert.equal(winners.length, 1, results.map(({ log }) => log).join('\n'));
    assert.ok(org.accessTokenAlive(winners[0]?.outputs['access-token'] ?? ''));
    assert.deepEqual([org.tokenRequests.length, org.reuses, family.revoked], [1, 0, false]);
    assert.equal(environment.secret(secretName), family.current);
    assert.equal(environment.variable(sendingName), undefined);
  });
}

describe('a job that starts meanwhile, with what is stored by then, does no harm', {
  concurrency: 7,
}, () => {
  for (let firstStop = 1; firstStop < requestsOfOne; firstStop += 1) {
    it(`while the first waits before its request ${firstStop + 1}`, async (t) => {
      const world = await writeBackWorld(t);
      const { org, api, environment, family } = world;
      const first = race(world, '127.0.0.1', family.current, firstStop);
      assert.equal(await first.stopped, 'waits');
      const second = await world.run();
      first.goOn();
      const { log, conclusion } = await first.result;
      const where = `${log}\n${second.log}\n${api.trace().join(', ')}`;
      assert.match(second.outputs['error-code'] ?? '', /^(credential_(in_flight|spent))?$/, where);
      assert.deepEqual([org.reuses, family.revoked], [0, false], where);
      assert.equal(
        [conclusion, second.conclusion].filter((one) => one === 'success').length,
        org.tokenRequests.length,
        where,
      );
      assert.equal(environment.secret(secretName), family.current, where);
      assert.equal(environment.variable(sendingName), undefined, where);
      assert.equal((await world.run()).conclusion, 'success');
    });
  }
});
