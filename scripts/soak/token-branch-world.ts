import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import { pick, seededRandom } from '../../__tests__/support/github/random.ts';
import type { Lag } from '../../__tests__/support/github/server.ts';
import type { ActionResult, StartedAction } from '../../__tests__/support/runner.ts';
import { type Family, tokenPath } from '../../__tests__/support/salesforce-org.ts';
import {
  fileOf,
  repositoryName,
  type StepOptions,
  type TokenBranchScene,
  tokenBranchScene,
} from '../../__tests__/support/token-branch-scene.ts';
import { credentialKey } from '../../src/keeping/token-branch/record.ts';
import { unseal } from '../../src/keeping/token-branch/seal.ts';

/** A credential as it is stored in a secret for good. */
export interface Stored {
  readonly secret: string;
  readonly family: Family;
}

/** An org with strict reuse detection, GitHub, and any number of credentials on one branch. */
export interface World extends TokenBranchScene {
  /** From 0 to 1, decided by the seed. */
  readonly random: () => number;
  /** The first is the scene's own. */
  readonly credentials: readonly Stored[];
  /** Starts a job with a credential; default: the first. */
  job(credential?: Stored, options?: StepOptions): StartedAction;
  /** The refresh token that is kept on the branch now; undefined where there is none. */
  kept(credential?: Stored): Promise<string | undefined>;
  /**
   * The promise of all promises: no spent token was ever sent, no family killed, and what is kept is good.
   * @throws where it is broken
   */
  assertUnharmed(): Promise<void>;
}

export interface WorldOptions {
  readonly seed: number;
  /** As measured: GitHub's requests 80 to 900 ms, a refresh 300 to 700 ms. Default: yes. */
  readonly latency?: boolean;
  readonly credentials?: number;
  readonly lag?: Lag;
}

/** Reads are up to 6 s behind, writes to a new branch refused for 2 s. */
export const lagging: Lag = { milliseconds: [0, 6_000], chance: 0.8, newBranchMilliseconds: 2_000 };

/** Longer than any job may stand in line and work. */
const watchdogMs = 420_000;

/** Starts both servers for `work`, and ends them after it. */
export async function inWorld<T>(
  { seed, latency = true, credentials: count = 1, lag }: WorldOptions,
  work: (world: World) => Promise<T>,
): Promise<T> {
  const scene = await tokenBranchScene({ after: () => {} }, { github: { seed } });
  const { org, github, repository } = scene;
  const random = seededRandom(seed);
  if (latency) {
    github.latency('github');
    org.onRequest(async ({ path }) => {
      if (path.endsWith(tokenPath)) {
        await sleep(pick([300, 700], random));
      }
    }, 'during');
  }
  if (lag) {
    github.lag(lag);
  }
  const first = { secret: scene.secret, family: scene.family };
  const credentials = [first];
  while (credentials.length < count) {
    // A user each: the sixth approval of one user and app ends the first.
    const secret = org.newRefreshToken({ username: org.addUser().username });
    const family = org.familyOf(secret);
    assert.ok(family);
    credentials.push({ secret, family });
  }
  const kept = async ({ secret }: Stored = first) => {
    const text = repository.file('salesforce-tokens', fileOf(secret)) ?? '{}';
    const { sealed }: { sealed?: string } = JSON.parse(text);
    const content = sealed === undefined ? {} : await unseal(sealed, credentialKey(secret));
    const token = content?.['refresh_token'];
    return typeof token === 'string' ? token : undefined;
  };
  const world: World = {
    ...scene,
    ...{ random, credentials, kept },
    job: ({ secret } = first, { inputs, ...rest } = {}) =>
      scene.start({ watchdogMs, ...rest, inputs: { 'refresh-token': secret, ...inputs } }),
    assertUnharmed: async () => {
      assert.equal(org.reuses, 0, 'a spent refresh token was sent');
      for (const credential of credentials) {
        assert.equal(credential.family.revoked, false, 'a family was killed');
        const used = credential.family.spent.size > 0;
        assert.equal(
          await kept(credential),
          used ? credential.family.current : undefined,
          'what is kept is not the current token',
        );
      }
    },
  };
  try {
    return await work(world);
  } finally {
    await Promise.all([org.close(), github.close()]);
  }
}

/** Another token for GitHub, as each job has one. */
export function gitHubToken({ github }: World): string {
  return github.token({ contents: 'write', repositories: [repositoryName] });
}

/** @throws with the log, where the job did not succeed */
export function assertSuccess({ conclusion, log, stderr }: ActionResult): void {
  assert.equal(conclusion, 'success', `${log}\n${stderr}`);
}

/** How a job ended: `success`, an error code, or the signal that ended it. */
export function endOf({ conclusion, outputs, signal }: ActionResult): string {
  return signal ?? outputs['error-code'] ?? conclusion;
}

/** Runs tasks, so many at a time. */
export async function inParallel(
  tasks: readonly (() => Promise<void>)[],
  atOnce: number,
): Promise<void> {
  const queue = tasks.values();
  const worker = async () => {
    for (const task of queue) {
      await task();
    }
  };
  await Promise.all(Array.from({ length: atOnce }, worker));
}

/** `50–66 s` of milliseconds. */
export function spanOf(times: readonly number[]): string {
  const seconds = (ms: number) => Math.round(ms / 1000);
  const [least, most] = [seconds(Math.min(...times)), seconds(Math.max(...times))];
  return least === most ? `${least} s` : `${least}–${most} s`;
}

/** Numbers from 0, and what is made of each. */
export function times<T>(count: number, make: (index: number) => T): T[] {
  return Array.from({ length: count }, (_, index) => make(index));
}
