import assert from 'node:assert/strict';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { startAction } from '../../__tests__/support/runner.ts';
import { startOrg } from '../../__tests__/support/salesforce-org.ts';
import type { Experiment } from './experiment.ts';
import { randomFrom } from './random.ts';

/** What must always be in a token file: JSON, with the token that was sent or the one that came back. */
export const tokenFileKills: Experiment = {
  name: 'token-file-kills',
  about: 'a token file, kill -9 at random moments',
  async run({ short, seed }) {
    const times = short ? 30 : 1_000;
    const random = randomFrom(seed);
    const ends = { 'before the refresh': 0, 'between the two': 0, 'after the update': 0 };
    const org = await startOrg({ rotation: 'strict' });
    const folder = mkdtempSync(join(tmpdir(), 'soak-'));
    try {
      for (let round = 1; round <= times; round += 1) {
        const file = join(folder, `${round}.json`);
        const sent = org.newRefreshToken();
        const members = { refresh_token: sent, instance_url: org.url };
        writeFileSync(file, JSON.stringify(members), { mode: 0o600 });
        const step = startAction({
          inputs: {
            'token-file': file,
            'client-id': org.app.clientId,
            'allowed-hosts': '127.0.0.1',
          },
        });
        // Half of the kills come at any time, the others around the answer.
        const killed = random.pick([true, false])
          ? sleep(random.next() * 400)
          : new Promise<void>((resolve) => {
              const after = random.next() * 20;
              const forget = org.onRequest(() => {
                forget();
                setTimeout(resolve, after);
              }, 'after');
              step.result.then(() => resolve());
            });
        await killed;
        step.process.kill('SIGKILL');
        await step.result;
        const kept: unknown = JSON.parse(readFileSync(file, 'utf8'));
        const token = String(Object(kept)['refresh_token']);
        const state = org.refreshTokenState(token);
        if (token === sent) {
          ends[state === 'current' ? 'before the refresh' : 'between the two'] += 1;
        } else {
          assert.equal(state, 'current', `round ${round}: ${token} is nobody's`);
          ends['after the update'] += 1;
        }
        rmSync(file);
        for (const left of readdirSync(folder)) {
          assert.ok(left.startsWith('.') || left.endsWith('.tmp'), `round ${round} left ${left}`);
          rmSync(join(folder, left));
        }
      }
    } finally {
      await org.close();
      rmSync(folder, { recursive: true, force: true });
    }
    return Object.entries(ends)
      .map(([end, count]) => `${end} ${count}`)
      .join(', ');
  },
};
