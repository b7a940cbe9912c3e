import type { GivenAuthUrl } from '../../credential/auth-url.ts';
import type { Credential } from '../../credential/from-inputs.ts';
import { describe } from '../../errors/action-error.ts';
import { gitHubClient } from '../../github/api.ts';
import { type BranchFile, branchFile, maxFileBytes } from '../../github/branch-file.ts';
import { connectAhead } from '../../http/ahead.ts';
import { cancelledSaveMs, startDeadline } from '../../http/deadline.ts';
import type { JsonObject } from '../../http/json.ts';
import type { RunContext } from '../../runner/context.ts';
import type { Workflow } from '../../runner/outputs.ts';
import type { Keeper, KeeperTools, Reusable, Taken, TokenBranch } from '../keeper.ts';
import { keepNewToken } from '../rotation.ts';
import { ifDead, ifUnknown, notSaved } from './advice.ts';
import { clockOfThisMachine, elapsedMs } from './clock.ts';
import { nameOf } from './failures.ts';
import type { Seen } from './look.ts';
import { aboutOf, readmeOf } from './readme.ts';
import { credentialKey, formatRecord, leaseSeconds } from './record.ts';
import { type Replaced, type Replacement, replaceOwn, savedMessage } from './replace.ts';
import { reusableAnswer } from './reuse.ts';
import { seal } from './seal.ts';
import { letGoMessage, type Turn, takeTurn } from './turn.ts';
import { unsavedState } from './unsaved.ts';
import type { BranchWorld } from './world.ts';

/** The refresh token has to leave so soon after the look that it comes from: others count from there. */
const sendWithinMs = 30_000;
/** How long letting go may take; whoever cannot let go in it is waited for by the next run. */
const letGoMs = 10_000;
const leaseMs = leaseSeconds * 1000;
/** How long to try to save at the least, where the answer came late: the machine may have slept. */
const lateSaveMs = 10_000;

/** Where the refresh token will go, once it is taken; `last` if no other request to that host follows. */
interface Endpoint {
  readonly url: URL;
  readonly last: boolean;
}

/**
 * The refresh token on a branch, encrypted with a key that only the one that was given yields: see
 * docs/rotation.md. The one door to all that this needs.
 */
export function keptOnBranch(
  { refreshToken: given, authUrl }: Pick<Credential, 'refreshToken' | 'authUrl'>,
  tokenBranch: TokenBranch,
  endpoint: Endpoint,
  retries: number,
  context: RunContext,
  tools: KeeperTools,
): Keeper {
  const { cancel, random, workflow } = tools;
  const ahead = connectAhead();
  const credential = credentialKey(given);
  const { repository, branch, githubToken: token, waitMs, reuseMs } = tokenBranch;
  const ask = gitHubClient({ ...tools, ...workflow, token, apiUrl: context.apiUrl });
  const file = branchFile({ repository, branch, file: `${credential.id}.json` }, ask);
  const { runUrl: url, documents, actor, eventName } = context;
  const world: BranchWorld = {
    credential,
    run: { url, documents, actor, eventName },
    clock: clockOfThisMachine,
    connect: () => {
      workflow.debug(() => `Connecting to ${endpoint.url.host} ahead of time`);
      return ahead.open(endpoint.url, endpoint.last);
    },
    opened: ahead.take,
    random,
    cancel,
    info: workflow.info,
    debug: workflow.debug,
    mask: workflow.mask,
    clean: workflow.clean,
    retries,
  };
  /** Access tokens that were found once already: asked again, the step wants a better one. */
  const found = new Set<unknown>();
  const reuse = (seen: Seen): Reusable | undefined => {
    const body = reusableAnswer(seen, reuseMs);
    if (body === undefined || found.has(body['access_token'])) {
      return undefined;
    }
    found.add(body['access_token']);
    return {
      kind: 'reusable',
      body,
      kept: { phrase: `kept ${placeOf(file, seen.record.refreshes)}` },
    };
  };
  return {
    take: async (deadline) => {
      const turn = await takeTurn(file, deadline, waitMs, world, reuse);
      return 'kind' in turn
        ? turn
        : takenBy(turn, { given, authUrl, reuseMs, file, world, workflow });
    },
  };
}

/** What a turn is worked with. */
interface Work {
  readonly given: string;
  readonly authUrl: GivenAuthUrl | undefined;
  readonly reuseMs: number;
  readonly file: BranchFile;
  readonly world: BranchWorld;
  readonly workflow: Workflow;
}

function takenBy(turn: Turn, work: Work): Taken {
  const { file, world, workflow, given, authUrl } = work;
  const { seen, holder } = turn;
  const sent = seen.kept?.refresh_token ?? given;
  const place = file.place;
  const heldMs = () => elapsedMs(seen.at, world.clock());
  // Late, it is still safe: only our own take is ever replaced.
  const savingMs = () => Math.max(leaseMs - heldMs(), lateSaveMs);
  const giveBack = async (): Promise<Replaced | undefined> => {
    const { holder: _, ...record } = seen.record;
    const text = formatRecord(record, aboutOf(world.run.documents));
    const { run, retries } = world;
    const written = { text, message: letGoMessage(run.url), lettingGo: true, retries };
    return await replace(turn, written, letGoMs, work);
  };
  return {
    kind: 'taken',
    refreshToken: sent,
    mayLeave: () => {
      const ms = heldMs();
      world.debug(() => `Sending ${Math.round(ms)} ms after the look, within ${sendWithinMs} ms`);
      return ms <= sendWithinMs;
    },
    opened: world.opened,
    ifUnknown: ifUnknown(holder),
    ifDead: ifDead(turn, place, world.clean),
    letGo: async () => {
      await giveBack();
    },
    stays: async () => {
      const replaced = await giveBack();
      if (seen.record.refreshes === 0) {
        workflow.warning(
          '`token-branch` is not needed: the app did not rotate the refresh token. Drop it, `github-token` and `contents: write`, and save two commits a run.',
        );
      }
      const url = replaced?.commitUrl;
      return { phrase: 'not rotated', ...(url !== undefined && { url }) };
    },
    keep: (newToken, body) =>
      keepNewToken(newToken, authUrl, workflow, undefined, async () => {
        const refreshes = seen.record.refreshes + 1;
        const text = await sealedRecord(refreshes, newToken, body, work);
        const message = savedMessage(refreshes, holder.id, world.run.url);
        note(unsavedState(place, turn, text, message), workflow);
        const saved = await replace(turn, { text, message }, savingMs(), work);
        if (saved === undefined) {
          throw notSaved(place, authUrl !== undefined);
        }
        note('', workflow);
        const url = saved.commitUrl;
        return { name: placeOf(file, refreshes), safe: true, ...(url !== undefined && { url }) };
      }),
  };
}

/** For the end of the job. A full disk must not keep the token from the branch. */
function note(state: string, workflow: Workflow): void {
  try {
    workflow.saveState({ 'token-branch': state });
  } catch (error) {
    workflow.info(`The end of the job could not be told about the new token: ${describe(error)}`);
  }
}

/**
 * The file with the new refresh token; for those who reuse the access token, with the whole answer, as
 * far as the next run takes a file of that size.
 */
async function sealedRecord(
  refreshes: number,
  newToken: string,
  body: JsonObject,
  { reuseMs, world }: Work,
): Promise<string> {
  const recordOf = async (answer: JsonObject) => {
    const sealed = await seal({ ...answer, refresh_token: newToken }, world.credential);
    return formatRecord({ refreshes, sealed }, aboutOf(world.run.documents));
  };
  const { issued_at } = body;
  const text = await recordOf(reuseMs > 0 ? body : { issued_at });
  return Buffer.byteLength(text) > maxFileBytes ? await recordOf({}) : text;
}

/** Replaces what we took, for as long as that is promised. */
async function replace(
  { seen, sha, holder }: Turn,
  written: Omit<Replacement, 'replaces' | 'holder' | 'readme'>,
  forMs: number,
  { file, world }: Work,
): Promise<Replaced | undefined> {
  const deadline = startDeadline(Math.max(0, forMs), world.cancel, cancelledSaveMs);
  const readme = readmeOf(world.run.documents);
  const replacement = { ...written, replaces: sha, holder: holder.id, readme };
  try {
    const leaseRuns = () => elapsedMs(seen.at, world.clock()) < leaseMs;
    return await replaceOwn(file, replacement, leaseRuns, { ...world, deadline });
  } finally {
    deadline.release();
  }
}

/** `on the branch “…” of acme/deploy, as refresh 17`. */
function placeOf({ place }: BranchFile, refreshes: number): string {
  return `on ${nameOf(place)}, as refresh ${refreshes}`;
}
