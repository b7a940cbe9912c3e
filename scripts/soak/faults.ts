import assert from 'node:assert/strict';
import { runAction } from '../../__tests__/support/runner.ts';
import {
  type Fault,
  type FaultPlan,
  fault,
  startOrg,
} from '../../__tests__/support/salesforce-org.ts';
import type { Experiment } from './experiment.ts';
import { randomFrom } from './random.ts';

const faults: readonly [Fault, ...Fault[]] = [
  fault.reset(),
  fault.close(),
  fault.breakOff(),
  fault.breakOff({ chunked: true }),
  fault.truncate(),
  fault.hugeHead(),
  fault.raw('SSH-2.0-OpenSSH_9.6\r\n'),
  fault.answer(200),
  fault.answer(200, {}),
  fault.page(200),
  fault.page(500),
  fault.page(502),
  fault.oauthError('server_error', 'oops', 500),
];

/** Turned away: Salesforce says these only where it has not processed the request. */
const refusals: readonly [Fault, ...Fault[]] = [fault.tooMany(1), fault.tooMany()];

/** Most of the time a step waits here, in pauses. */
const atOnce = 8;

/** What the credential must survive: a run never sends a refresh token that it may have spent. */
export const randomFaults: Experiment = {
  name: 'random-faults',
  about: 'a refresh with rotation, where something goes wrong at random',
  async run({ short, seed }) {
    const times = short ? 40 : 2_000;
    const random = randomFrom(seed);
    // All chance comes first: what goes on at the same time must not change its order.
    const rounds = Array.from({ length: times }, (_, round) => ({
      round: round + 1,
      plans: Array.from({ length: Math.floor(random.next() * 3) }, () => {
        const when = random.pick<'before' | 'after' | 'refused'>(['before', 'after', 'refused']);
        return when === 'refused'
          ? { does: random.pick(refusals), when: 'before' as const }
          : { does: random.pick(faults), when };
      }),
    }));
    const ends = new Map<string, number>();
    const work = async () => {
      for (let next = rounds.shift(); next !== undefined; next = rounds.shift()) {
        const end = await refreshOnce(next.plans, next.round);
        ends.set(end, (ends.get(end) ?? 0) + 1);
      }
    };
    await Promise.all(Array.from({ length: atOnce }, work));
    return [...ends].map(([end, count]) => `${end} ${count}`).join(', ');
  },
};

/** How the step ended: `refreshed`, or with which error code. */
async function refreshOnce(plans: readonly FaultPlan[], round: number): Promise<string> {
  const org = await startOrg({ rotation: 'strict' });
  try {
    org.faults.push(...plans);
    const { hung, conclusion, outputs, log } = await runAction({
      inputs: {
        'refresh-token': org.newRefreshToken(),
        'client-id': org.app.clientId,
        'login-url': org.url,
        'allowed-hosts': '127.0.0.1',
        rotates: true,
        retries: 2,
      },
    });
    const context = `round ${round}: ${log}`;
    assert.equal(hung, false, context);
    assert.equal(org.reuses, 0, context);
    assert.ok(
      org.families.every(({ revoked }) => !revoked),
      context,
    );
    if (conclusion === 'success') {
      assert.ok(org.accessTokenAlive(outputs['access-token'] ?? ''), context);
      assert.equal(org.refreshTokenState(outputs['refresh-token'] ?? ''), 'current', context);
      return 'refreshed';
    }
    const code = outputs['error-code'] ?? '';
    assert.ok(code !== '' && code !== 'internal_error', context);
    assert.ok(!('access-token' in outputs), context);
    return code;
  } finally {
    await org.close();
  }
}
