import assert from 'node:assert/strict';
import { once } from 'node:events';
import { readmeName, readmeOf } from '../../src/keeping/token-branch/readme.ts';
import { credentialKey, formatRecord } from '../../src/keeping/token-branch/record.ts';
import { seal, unseal } from '../../src/keeping/token-branch/seal.ts';
import { type Fault as GitHubFault, fault as gitHubFault } from './github/server.ts';
import { nobody } from './nobody.ts';
import { preloaded } from './preloaded.ts';
import type { Break, Outcome, Place, Row } from './rotation-table.ts';
import type { ActionResult, RunOptions, StartedAction } from './runner.ts';
import { type Fault as OrgFault, fault as orgFault } from './salesforce-org.ts';
import {
  type AfterTest,
  branch,
  repositoryName,
  type TokenBranchScene,
  tokenBranchScene,
} from './token-branch-scene.ts';

// Whatever breaks, nothing is ever mended by hand: the next run works, at once or when the time of the
// holder is up; or the token is truly gone, and somebody has to sign in again.

type Moment = 'before' | 'after';

/** The request to GitHub that a place stands for, before or after it is acted on. */
const atGitHub: Readonly<Partial<Record<Place, readonly [match: string, skip: number, Moment]>>> = {
  'before the look': ['GET /contents/*', 0, 'before'],
  'looked, not answered': ['GET /contents/*', 0, 'after'],
  'before the branch is made': ['POST /git/refs', 0, 'before'],
  'branch made, not answered': ['POST /git/refs', 0, 'after'],
  'before the take': ['PUT', 0, 'before'],
  'taken, not answered': ['PUT', 0, 'after'],
  'before the save': ['PUT', 1, 'before'],
  'saved, not answered': ['PUT', 1, 'after'],
  'before letting go': ['PUT', 1, 'before'],
  'let go, not answered': ['PUT', 1, 'after'],
};

/** A refresh that does no harm to the token: what is let go of. */
const harmless = orgFault.oauthError('invalid_grant', 'ip restricted');

/** Down for an hour, as it says: a step that only looks need not try again. */
const down = () => gitHubFault.answer(503, 'down', { 'retry-after': '3600' });

/** The run in which something is to break. */
interface Victim {
  readonly scene: TokenBranchScene;
  readonly step: StartedAction;
  /** Its own token for GitHub. */
  readonly token: string;
  /** Resolves when it knows that it is to end. */
  readonly sigtermSeen: Promise<void>;
}

/** Lets it break at a request that waits; `true` where the step is gone with that. */
async function strike(what: Break, { scene, step, token, sigtermSeen }: Victim): Promise<boolean> {
  const { github } = scene;
  switch (what) {
    case 'GitHub token ends':
      step.process.kill('SIGUSR2');
      github.revoke(token);
      return false;
    case 'GitHub down':
    case 'GitHub down for longer':
    case 'cancelled, GitHub down': {
      const untilOver = github.inject('*', down(), { times: Number.POSITIVE_INFINITY });
      step.result.then(() => untilOver.remove());
      if (what === 'cancelled, GitHub down') {
        step.cancel();
      } else {
        step.process.kill('SIGUSR2');
      }
      return false;
    }
    case 'cancelled, no answer':
      step.cancel();
      return false;
    case 'SIGTERM':
      step.process.kill('SIGTERM');
      await sigtermSeen;
      return false;
    case 'SIGKILL':
    case 'machine gone':
      step.process.kill('SIGKILL');
      await once(step.process, 'exit');
      return true;
    default:
      return false;
  }
}

function breakGitHub(what: Break, place: Place, victim: Victim): void {
  const [match, skip, when] = atGitHub[place] ?? ['*', 0, 'before'];
  const onTheWay = async (): Promise<GitHubFault | undefined> => {
    const gone = await strike(what, victim);
    switch (what) {
      case 'refused':
        return gitHubFault.error(403, 'Resource not accessible by integration');
      case 'HTTP 502':
        return gitHubFault.unavailable(502);
      case 'GitHub token ends':
        return when === 'after' ? gitHubFault.reset() : undefined;
      case 'GitHub down':
      case 'GitHub down for longer':
      case 'cancelled, GitHub down':
        return when === 'after' ? gitHubFault.reset() : down();
      default:
        return gone || what === 'connection lost' ? gitHubFault.reset() : undefined;
    }
  };
  victim.scene.github.intercept(match, onTheWay, { skip, when });
}

function breakSalesforce(what: Break, place: Place, victim: Victim): void {
  const inTheMiddle = place === 'in the middle of the answer';
  const when = place === 'refresh sent, not processed' ? 'before' : 'after';
  const remove = victim.scene.org.onRequest(async (): Promise<OrgFault | undefined> => {
    remove();
    if (inTheMiddle && what !== 'connection lost') {
      return orgFault.inTwo(() => strike(what, victim));
    }
    const gone = await strike(what, victim);
    switch (what) {
      case 'connection lost':
        return inTheMiddle ? orgFault.breakOff() : orgFault.reset();
      case 'refused':
        return harmless;
      case 'cancelled, no answer':
        return orgFault.silence();
      case 'HTTP 502':
        return orgFault.page(502);
      case 'HTTP 503':
        return orgFault.page(503, { 'retry-after': '1' });
      default:
        return gone ? orgFault.reset() : undefined;
    }
  }, when);
}

/** A run in which it breaks as the row says, and the end of its job where there is one. */
async function runBroken(scene: TokenBranchScene, row: Row): Promise<ActionResult> {
  const { place, breaks: what } = row;
  const { github, org } = scene;
  const token = github.token({ contents: 'write', repositories: [repositoryName] });
  const beforeSending = place === 'before the refresh is sent';
  const unreachable = beforeSending && what === 'connection lost';
  // Looking is over at once where GitHub is down; saving goes on for as long as the credential is held.
  const saving = !/look|branch|take/.test(place);
  const sigtermSeen = Promise.withResolvers<void>();
  const options: RunOptions = {
    inputs: {
      'github-token': token,
      ...(unreachable && { 'login-url': nobody, retries: 0 }),
    },
    env: preloaded(what.startsWith('GitHub') && saving ? 30 : 1, 'SIGUSR2'),
    onLine: (line) => {
      if (line === 'SIGTERM seen') {
        sigtermSeen.resolve();
      }
      if (beforeSending && line.startsWith('Retry 1 ')) {
        strike(what, victim);
      }
    },
  };
  const victim = { scene, token, sigtermSeen: sigtermSeen.promise, step: scene.start(options) };
  victim.step.result.finally(() => sigtermSeen.resolve());
  if (place.endsWith('letting go') || place.startsWith('let go')) {
    org.faults.push({ does: harmless });
  }
  if (beforeSending) {
    // Turned away unprocessed; in the long pause that follows, nothing of it is under way.
    org.faults.push({ does: orgFault.page(503, { 'retry-after': '20' }) });
  } else if (atGitHub[place] !== undefined) {
    breakGitHub(what, place, victim);
  } else {
    breakSalesforce(what, place, victim);
  }
  const broken = await victim.step.result;
  org.faults.clear();
  if (what !== 'machine gone') {
    const stillDown = what === 'GitHub down for longer';
    const until = stillDown
      ? github.inject('*', down(), { times: Number.POSITIVE_INFINITY })
      : undefined;
    const noUse = stillDown || what === 'GitHub token ends';
    const post = await scene.post(broken, {
      inputs: { 'github-token': token },
      ...(noUse && { env: preloaded(30, 'start') }),
    });
    until?.remove();
    assert.equal(post.code, 0, 'the end of the job does not fail');
  }
  return broken;
}

/** A branch on which a refresh token is kept that was rotated before; or none, where it is to be made. */
async function prepare({ repository, family, secret, file }: TokenBranchScene, place: Place) {
  if (place.includes('branch')) {
    return;
  }
  const rotated = `${secret.slice(0, 20)}${[...secret.slice(20)].reverse().join('')}`;
  family.spent.set(family.current, 0);
  family.current = rotated;
  const documents = 'https://github.com/OWNER/refresh-salesforce-token/blob/v1/docs';
  const sealed = await seal({ refresh_token: rotated }, credentialKey(secret));
  repository.commit(branch, {
    [readmeName]: readmeOf(documents),
    [file]: formatRecord({ refreshes: 1, sealed }, `${documents}/rotation.md`),
  });
}

async function keptToken({ record, secret }: TokenBranchScene): Promise<unknown> {
  const { sealed } = record() ?? {};
  const content =
    typeof sealed === 'string' ? await unseal(sealed, credentialKey(secret)) : undefined;
  return content?.['refresh_token'];
}

/** What became of the refresh token, by what is left of it. */
async function fateOf(
  scene: TokenBranchScene,
  sent: string,
  { outputs, signal }: ActionResult,
): Promise<Outcome['token']> {
  const { current } = scene.family;
  if (current === sent) {
    return 'old one unspent';
  }
  if ((await keptToken(scene)) === current) {
    return 'new one saved';
  }
  return signal === null && outputs['refresh-token'] === current ? 'new one handed out' : 'lost';
}

/**
 * Lets a row of the table of faults happen, with the bundle, and asserts that it ends as the row says.
 * @param t where to leave the servers to be closed
 */
export async function letItHappen(t: AfterTest, row: Row): Promise<void> {
  const scene = await tokenBranchScene(t);
  const { org, github, family } = scene;
  await prepare(scene, row.place);
  const sent = family.current;
  const broken = await runBroken(scene, row);
  const ends =
    broken.signal === null ? (broken.outputs['error-code'] ?? broken.conclusion) : 'killed';
  const token = await fateOf(scene, sent, broken);
  const handedOut = broken.outputs['access-token'] !== undefined;
  const [alive, before] = [!family.revoked, org.tokenRequests.length];

  let next = await scene.run({ inputs: { 'wait-seconds': 0 } });
  let goesOn: Row['goesOn'] = 'at once';
  if (next.outputs['error-code'] === 'credential_in_flight') {
    assert.equal(
      org.tokenRequests.length,
      before,
      'who does not have the credential sends nothing',
    );
    goesOn = 'after the holder’s time';
    github.clock.advance(183_000);
    next = await scene.run({ inputs: { 'wait-seconds': 0 } });
  }
  const code = next.outputs['error-code'] ?? next.conclusion;
  const { place, breaks: what, cure } = row;
  const happened = { place, breaks: what, ends, token, goesOn, next: code, cure };
  const story = `${broken.log}\n--- next:\n${next.log}\n--- GitHub:\n${github.trace().join('\n')}`;
  assert.deepEqual(happened, row, story);
  assert.ok(alive, `nothing that breaks kills the family by itself\n${story}`);
  assert.equal(handedOut, ends === 'success', 'an access token from a green step, and no other');
  assert.equal(org.tokenRequests.length - before, 1, 'and it was asked once');

  const gone = cure === 'sign in again';
  assert.deepEqual([org.reuses, family.revoked], gone ? [1, true] : [0, false], story);
  if (gone) {
    assert.match(next.log, /took the new refresh token with it/, 'whose fault that is');
    const secret = org.newRefreshToken();
    next = await scene.run({ inputs: { 'refresh-token': secret, 'wait-seconds': 0 } });
    assert.equal(next.conclusion, 'success', next.log);
  }
}
