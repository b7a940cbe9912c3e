import assert from 'node:assert/strict';
import { once } from 'node:events';
import { describe, it, type TestContext } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Fault as ApiFault, fault as apiFault } from '../support/github-api.ts';
import {
  type Break,
  markdownTable,
  type Outcome,
  type Place,
  type Row,
  rows,
} from '../support/rotation-table.ts';
import type { ActionResult, RunOptions, StartedAction } from '../support/runner.ts';
import { type Fault as OrgFault, fault as orgFault } from '../support/salesforce-org.ts';
import {
  repository,
  secretName,
  sendingName,
  stateName,
  type World,
  writeBackWorld,
} from '../support/write-back.ts';

// Whatever breaks, the old token is unspent, or the new one is saved, or it is handed out; or the
// answer is lost, and then the next run stops instead of making it worse.

type Moment = 'before' | 'after';

/** The request to GitHub that a place stands for, before or after it is acted on. */
const atGitHub: Readonly<Partial<Record<Place, readonly [match: string, when: Moment]>>> = {
  'before the secret is looked up': [`GET /secrets/${secretName}`, 'before'],
  'before the guard is made': ['POST /variables', 'before'],
  'guard made, not answered': ['POST /variables', 'after'],
  'before the spent tokens are read': [`GET /variables/${stateName}`, 'before'],
  'before the refresh is sent': [`GET /variables/${stateName}`, 'after'],
  'before the key is read': ['GET /secrets/public-key', 'before'],
  'before the secret is written': ['PUT', 'before'],
  'secret written, not answered': ['PUT', 'after'],
  'before the spent token is noted': [`PATCH /variables/${stateName}`, 'before'],
  'spent token noted, not answered': [`PATCH /variables/${stateName}`, 'after'],
  'before the guard is deleted': ['DELETE', 'before'],
  'guard deleted, not answered': ['DELETE', 'after'],
};

/** The first run, in which something is to break. */
interface Victim {
  readonly world: World;
  readonly step: StartedAction;
  /** Its own token for GitHub. */
  readonly token: string;
}

/** Lets it break at a request that waits; `true` where the request is gone with that. */
async function strike(what: Break, { world, step, token }: Victim): Promise<boolean> {
  const { api } = world;
  if (what === 'GitHub token ends') {
    api.revoke(token);
  }
  if (what.endsWith('GitHub down')) {
    const untilOver = api.inject('*', down(what), { times: 99 });
    step.result.then(untilOver.remove.bind(untilOver));
  }
  if (what.startsWith('cancelled')) {
    step.cancel();
  }
  if (what === 'SIGTERM') {
    step.process.kill('SIGTERM');
    await Promise.race([once(step.process, 'exit'), sleep(500)]);
  }
  if (what === 'SIGKILL') {
    step.process.kill('SIGKILL');
    await once(step.process, 'exit');
  }
  return what === 'SIGKILL';
}

/** A cancelled step has to stop by its own clock; another one is told that waiting is no use. */
function down(what: Break): ApiFault {
  return what === 'GitHub down'
    ? apiFault.answer(503, 'down', { 'retry-after': '3600' })
    : apiFault.unavailable(503);
}

function breakGitHub(what: Break, match: string, when: Moment, victim: Victim): void {
  victim.world.api.intercept(
    match,
    async (): Promise<ApiFault | undefined> => {
      const gone = await strike(what, victim);
      if (what === 'refused') {
        return apiFault.answer(403, { message: 'Resource not accessible by integration' });
      }
      if (what.endsWith('GitHub down')) {
        return down(what);
      }
      return gone || what === 'connection lost' ? apiFault.reset() : undefined;
    },
    { when },
  );
}

function breakSalesforce(what: Break, place: Place, victim: Victim): void {
  const inTheMiddle = place === 'in the middle of the answer';
  const when = place === 'refresh sent, not processed' ? 'before' : 'after';
  const remove = victim.world.org.onRequest(async (): Promise<OrgFault | undefined> => {
    remove();
    if (inTheMiddle && what.startsWith('SIG')) {
      // The body takes about a second, and a cancelled step waits for six.
      setTimeout(() => strike(what, victim), 300);
      return orgFault.dripBody(2);
    }
    const gone = await strike(what, victim);
    switch (what) {
      case 'connection lost':
        return inTheMiddle ? orgFault.breakOff() : orgFault.reset();
      case 'refused':
        return orgFault.oauthError('invalid_grant', 'ip restricted');
      case 'cancelled, no answer':
        return orgFault.silence();
      case 'HTTP 500':
        return orgFault.page(500);
      default:
        return gone ? orgFault.reset() : undefined;
    }
  }, when);
}

/** A run in which it breaks as the row says. */
async function runBroken(world: World, { place, breaks: what }: Row): Promise<ActionResult> {
  const token = world.api.token({ environments: 'write', repositories: [repository] });
  const unreachable = place === 'before the refresh is sent' && what === 'connection lost';
  const options: RunOptions = {
    inputs: {
      'github-token': token,
      ...(unreachable && { 'login-url': 'http://127.0.0.1:9', retries: 0 }),
    },
  };
  const victim = { world, token, step: world.start(options) };
  const request = atGitHub[place];
  if (request === undefined) {
    breakSalesforce(what, place, victim);
  } else if (!unreachable) {
    breakGitHub(what, ...request, victim);
  }
  return await victim.step.result;
}

/** What became of the refresh token, by what is left of it. */
function fateOf(world: World, sent: string, { outputs }: ActionResult, ends: string) {
  const { org, environment, family } = world;
  if (family.current === sent) {
    const maybeProcessed = org.tokenRequests.length > 0 && /^(killed|answer_lost)$/.test(ends);
    return maybeProcessed ? 'answer lost' : 'old one unspent';
  }
  if (environment.secret(secretName) === family.current) {
    return 'new one saved';
  }
  return outputs['refresh-token'] === family.current ? 'new one handed out' : 'answer lost';
}

/** Does what the messages say, and gives what the step after them in the job would see. */
function cure(world: World, { cure: how }: Row, { outputs }: ActionResult, sent: string): void {
  const { org, api, environment, family } = world;
  if (how.startsWith('saving it')) {
    environment.setSecret(secretName, outputs['refresh-token'] ?? '');
  }
  if (how.endsWith('15 minutes')) {
    api.clock.advance(16 * 60_000);
  }
  if (how === 'by hand') {
    // Login History shows whether the old one was spent.
    if (family.current !== sent) {
      environment.setSecret(secretName, org.newRefreshToken());
    }
    environment.deleteVariable(sendingName);
  }
}

async function letItHappen(t: TestContext, row: Row): Promise<void> {
  const world = await writeBackWorld(t);
  const { org, environment, family } = world;
  environment.setVariable(stateName, '{"spent":[]}');
  const sent = family.current;
  const broken = await runBroken(world, row);
  const ends =
    broken.signal === null ? (broken.outputs['error-code'] ?? broken.conclusion) : 'killed';
  const token = fateOf(world, sent, broken, ends);
  const guard = environment.variable(sendingName) === undefined ? 'free' : 'stays';
  const before = org.tokenRequests.length;
  const handedOut = broken.outputs['access-token'] !== undefined;

  const next = await world.run();
  const code = next.outputs['error-code'] ?? next.conclusion;
  assert.deepEqual(
    { place: row.place, breaks: row.breaks, ends, token, guard, next: code, cure: row.cure },
    row,
    `${broken.log}\n--- next:\n${next.log}\n--- GitHub:\n${world.api.trace().join('\n')}`,
  );
  assert.equal(handedOut, ends === 'success', 'an access token from a green step, and no other');
  assert.equal(org.tokenRequests.length - before, code === 'success' ? 1 : 0, 'stops unsent');
  assert.deepEqual([org.reuses, family.revoked], [0, false], 'the next run makes nothing worse');

  if (row.cure !== 'none needed') {
    cure(world, row, broken, sent);
    const later = await world.run();
    assert.equal(later.conclusion, 'success', later.log);
    assert.deepEqual([org.reuses, family.revoked], [0, false]);
  }
  if (row.token !== 'answer lost') {
    // A job that was started long ago, and still has the old copy.
    const late = await world.run({ copy: sent });
    assert.equal(late.outputs['error-code'], 'credential_spent', late.log);
    assert.deepEqual([org.reuses, family.revoked], [0, false]);
    assert.equal(environment.secret(secretName), family.current);
  }
}

describe('a fault in the middle of a rotation', { concurrency: 8 }, () => {
  for (const row of rows) {
    it(`${row.place}: ${row.breaks}`, async (t) => letItHappen(t, row));
  }
});

describe('the table of faults', () => {
  it('has a signal of either kind, and a lost connection, at every place', () => {
    const places = new Set(rows.map(({ place }) => place));
    assert.equal(places.size, 15);
    for (const place of places) {
      const there = rows.filter((row) => row.place === place).map((row) => row.breaks);
      for (const what of ['connection lost', 'SIGTERM', 'SIGKILL'] as const) {
        assert.ok(there.includes(what), `${place}: ${what}`);
      }
    }
  });

  it('never lets a next run go on where the answer may be lost', () => {
    const bad = (row: Outcome) => row.token === 'answer lost' && row.next === 'success';
    assert.deepEqual(rows.filter(bad), []);
  });

  it('can be printed', () => {
    const lines = markdownTable().split('\n');
    assert.equal(lines.length, rows.length + 2);
    assert.ok(lines.every((line) => line.split('|').length === 9));
  });
});
