import { createHash, randomUUID } from 'node:crypto';
import { ActionError, describe } from '../errors/action-error.ts';
import { GitHubError } from '../github/api.ts';
import type { Environment, Variable } from '../github/environment.ts';
import { type Deadline, startDeadline } from '../http/deadline.ts';
import { parseJsonObject } from '../http/json.ts';
import { RequestFailure } from '../http/send.ts';

/** Where a rotating credential lives, and who is asking. */
export interface GuardedSecret {
  readonly secretName: string;
  readonly environmentName: string;
  /** `owner/name`. */
  readonly repository: string;
  /** The refresh token as it was read: the copy that is about to be spent. */
  readonly refreshToken: string;
  /** The run's page, for whoever finds it in the way. */
  readonly runUrl: string;
}

/**
 * Held while a refresh is under way. Of all the runs that have the same copy of a secret, only the
 * holder may send it: GitHub refuses to create a variable that exists.
 */
export interface RotationGuard {
  /** What to do about a guard that has to stay, because nobody knows what became of the token. */
  readonly ifItStays: string;
  /** After nothing was sent, a definite refusal, or an answer without rotation. Takes 5 s at most. */
  release(): Promise<void>;
  /** After a rotation: writes the secret, marks the old token as spent, and releases. */
  save(secret: string, deadline: Deadline): Promise<void>;
}

/** Names of the two variables beside the secret. */
export const sendingName = (secretName: string) => `${secretName.toUpperCase()}_SENDING`;
export const stateName = (secretName: string) => `${secretName.toUpperCase()}_STATE`;

const rememberedSpent = 50;
/** No step lives that long: `timeout-seconds` is 600 at most, and saving has 30 s more. */
const leftoverAfterMs = 15 * 60 * 1000;
/**
 * Taking over is no atomic step at GitHub, so time makes it one. Who takes over must have looked
 * less than `lookMs` before its write was done, then waits for `settleMs` and looks again. Whoever
 * looked before our write has written before we look again, or is too late to go on itself.
 */
const lookMs = 5_000;
const settleMs = 7_000;
/** How far GitHub's reads are taken to lag behind its writes, where nothing tells. */
const lagMs = 2_000;

/** The first 16 hex digits of the refresh token's SHA-256: tells copies apart, gives nothing away. */
export function fingerprint(refreshToken: string): string {
  return createHash('sha256').update(refreshToken).digest('hex').slice(0, 16);
}

/**
 * The first half of the guard, before anything is sent.
 *
 * @param say tells the user something: one line
 * @param warn tells the user what went wrong without failing the step
 * @throws ActionError `secret_missing`, `secret_not_writable`, `credential_spent`,
 *   `credential_in_flight`, `network_error`; the refresh token is unspent then
 */
export async function holdGuard(
  secret: GuardedSecret,
  environment: Environment,
  deadline: Deadline,
  say: (line: string) => void,
  warn: (text: string) => void,
): Promise<RotationGuard> {
  const own = fingerprint(secret.refreshToken);
  const sending = sendingName(secret.secretName);
  const value = JSON.stringify({
    fingerprint: own,
    run: secret.runUrl,
    time: new Date().toISOString(),
    // Tells two jobs of one run apart that start in the same millisecond.
    holder: randomUUID(),
  });
  const guard: Guard = { secret, environment, sending, value, own, say, warn, held: 'no' };
  await asGuardError(secret, deadline, async () => {
    if (!(await environment.secretExists(secret.secretName, deadline))) {
      throw await missing(secret, environment, deadline);
    }
    await takeSending(guard, deadline);
  });
  return {
    ifItStays: `The rotation guard stays, so that no other run sends this copy. Where Setup → Login History shows a successful refresh by this run, sign in again and store the new credential; then, or where it shows none, ${freeByHand(secret)}`,
    release: () => release(guard),
    save: (text, limit) => save(guard, text, limit),
  };
}

interface Guard {
  readonly secret: GuardedSecret;
  readonly environment: Environment;
  readonly sending: string;
  /** What stands in `_SENDING` while we hold it: nobody else writes the same. */
  readonly value: string;
  readonly own: string;
  /**
   * Whether `_SENDING` is ours. `maybe`: only GitHub knows. `keep`: letting go would let another run
   * in that must not go on, because we may have written over the value of one that does, or because
   * the token of the dead run before us is not noted as spent yet.
   */
  held: 'no' | 'maybe' | 'yes' | 'keep';
  readonly say: (line: string) => void;
  readonly warn: (text: string) => void;
}

/** Makes `_SENDING` ours, and only then looks whether our copy was spent: who spent it held it before. */
async function takeSending(guard: Guard, deadline: Deadline): Promise<void> {
  const { environment, sending, value, own, secret } = guard;
  try {
    for (let round = 0; !(await create(guard, deadline)); round++) {
      if (round === 5) {
        throw inFlight(guard, undefined, 'Several runs want it at once.');
      }
      const looked = performance.now();
      const standing = await environment.readVariable(sending, deadline);
      if (standing === undefined) {
        // Let go meanwhile, or GitHub's reads lag behind its writes.
        await deadline.pause(1_000);
        continue;
      }
      guard.held = standing.value === value ? 'yes' : 'no';
      if (guard.held === 'yes' || (await takeOver(guard, standing, looked, deadline))) {
        break;
      }
    }
    if ((await readSpent(guard, deadline)).includes(own)) {
      throw spent(secret);
    }
  } catch (error) {
    await release(guard);
    throw error;
  }
}

/** @returns false where it exists: perhaps as ours, when an answer was lost on the way */
async function create(guard: Guard, deadline: Deadline): Promise<boolean> {
  const { environment, sending, value } = guard;
  guard.held = 'maybe';
  try {
    const made = await environment.createVariable(sending, value, deadline);
    guard.held = made ? 'yes' : 'maybe';
    return made;
  } catch (error) {
    if (error instanceof GitHubError && error.status >= 400 && error.status < 500) {
      guard.held = 'no';
    }
    throw error;
  }
}

/**
 * Takes over what a dead run left behind.
 * @returns false where it was let go meanwhile
 * @throws ActionError where another run may be alive
 */
async function takeOver(
  guard: Guard,
  standing: Variable,
  looked: number,
  deadline: Deadline,
): Promise<boolean> {
  const { environment, sending, value, own } = guard;
  const holder = parseSending(standing.value);
  const spentOnes = await readSpent(guard, deadline);
  if (spentOnes.includes(own)) {
    throw spent(guard.secret);
  }
  const age = ageMs(standing);
  const leftover =
    holder !== undefined &&
    holder.fingerprint !== own &&
    (spentOnes.includes(holder.fingerprint) || age > leftoverAfterMs);
  if (!leftover) {
    throw inFlight(guard, standing.value);
  }
  guard.say(`Taking over the rotation guard that ${holder.run} left behind.`);
  guard.held = 'keep';
  const written = await environment.updateVariable(sending, value, deadline);
  if (performance.now() - looked > lookMs) {
    throw inFlight(guard, standing.value, 'GitHub answered too slowly to take it over safely.');
  }
  guard.held = written ? 'maybe' : 'no';
  if (!written) {
    return false;
  }
  await deadline.pause(settleMs);
  const now = await environment.readVariable(sending, deadline);
  if (now?.value !== value) {
    guard.held = 'no';
    if (now === undefined) {
      return false;
    }
    throw inFlight(guard, now.value);
  }
  // Ours is the copy that is stored now. That of the dead run may be spent, and `_SENDING` said so.
  guard.held = 'keep';
  if (!spentOnes.includes(holder.fingerprint)) {
    await addSpent(guard, holder.fingerprint, deadline);
  }
  guard.held = 'yes';
  return true;
}

async function release(guard: Guard): Promise<void> {
  if (guard.held === 'no' || guard.held === 'keep') {
    return;
  }
  try {
    await letGo(guard, lookMs);
  } catch (error) {
    guard.warn(
      `The rotation guard could not be released: ${describe(error)} The refresh token is unspent, but the next run will find it in the way: ${freeByHand(guard.secret)}`,
    );
  }
}

/**
 * Deletes our own `_SENDING`, and nobody else's, in less time than anybody needs to take it over.
 * A deletion whose answer was lost may be done, and another run's value may stand there since: so
 * it is not repeated without another look.
 */
async function letGo(guard: Guard, withinMs: number): Promise<void> {
  const { environment, sending, value } = guard;
  const deadline = startDeadline(Math.min(lookMs, withinMs));
  let failure: unknown;
  try {
    for (;;) {
      const standing = await environment.readVariable(sending, deadline);
      const ours = standing?.value === value;
      if (!ours && failure !== undefined) {
        return;
      }
      // Reads may lag behind our own write. What we hold for certain is there where nothing shows; a
      // value of another run is of one before us, or of one that took over: the next look tells.
      if (ours || (standing === undefined && guard.held === 'yes')) {
        try {
          await environment.deleteVariable(sending, deadline);
          return;
        } catch (error) {
          failure = error;
        }
      }
      if (deadline.remainingMs() <= lagMs) {
        break;
      }
      await deadline.pause(lagMs);
    }
  } finally {
    deadline.release();
  }
  if (failure !== undefined) {
    throw failure;
  }
}

async function save(guard: Guard, text: string, deadline: Deadline): Promise<void> {
  const { environment, secret, own, warn } = guard;
  let unsaved: unknown;
  try {
    await environment.writeSecret(secret.secretName, text, deadline);
  } catch (error) {
    unsaved = error;
  }
  // Also where the secret could not be written: the copy that stands there is spent all the same.
  try {
    await addSpent(guard, own, deadline);
    await letGo(guard, deadline.remainingMs());
  } catch (error) {
    warn(
      `The rotation guard could not note that the old refresh token (${own}) is spent, and stays in place: ${describe(error)} The next run within 15 minutes may find it in the way: ${freeByHand(secret)}`,
    );
  }
  if (unsaved !== undefined) {
    throw ActionError.own(
      'save_failed',
      `Salesforce rotated the refresh token, and the new one could not be written to the secret ${secret.secretName}: ${describe(unsaved)}`,
      { cause: unsaved },
    );
  }
}

/** Safe without a lock of its own: only the holder of `_SENDING` writes `_STATE`. */
async function addSpent(guard: Guard, dead: string, deadline: Deadline): Promise<void> {
  const { environment, secret } = guard;
  const before = (await readSpent(guard, deadline)).filter((entry) => entry !== dead);
  const value = JSON.stringify({ spent: [...before, dead].slice(-rememberedSpent) });
  const name = stateName(secret.secretName);
  if (!(await environment.updateVariable(name, value, deadline))) {
    await environment.createVariable(name, value, deadline);
  }
  // GitHub's reads can lag behind its writes, and the next holder will read this list.
  while (!(await readSpent(guard, deadline)).includes(dead)) {
    await deadline.pause(500);
  }
}

/** @throws ActionError where the variable holds something else: then nobody knows what was spent */
async function readSpent({ environment, secret }: Guard, deadline: Deadline): Promise<string[]> {
  const name = stateName(secret.secretName);
  const variable = await environment.readVariable(name, deadline);
  if (variable === undefined) {
    return [];
  }
  const entries: unknown = parseJsonObject(variable.value)?.['spent'];
  if (!Array.isArray(entries) || !entries.every((entry) => typeof entry === 'string')) {
    throw ActionError.own(
      'secret_not_writable',
      `The environment variable ${name} does not hold the list of spent fingerprints, so nobody can tell whether this copy of the refresh token was used.`,
      {
        why: 'The rotation guard writes `{"spent": […]}` there; something else changed it.',
        fix: `Delete it if you know that the stored credential is current: \`gh variable delete ${name} ${where(secret)}\`. Nothing was sent.`,
      },
    );
  }
  return entries;
}

function parseSending(value: string): { fingerprint: string; run: string } | undefined {
  const { fingerprint: print, run } = parseJsonObject(value) ?? {};
  return typeof print === 'string' ? { fingerprint: print, run: String(run) } : undefined;
}

/** By GitHub's own clock; 0 where it can not be told. */
function ageMs({ writtenAt, now }: Variable): number {
  return writtenAt === undefined || now === undefined ? 0 : now.getTime() - writtenAt.getTime();
}

function spent(secret: GuardedSecret): ActionError {
  return ActionError.own(
    'credential_spent',
    `This copy of the secret ${secret.secretName} (fingerprint ${fingerprint(secret.refreshToken)}) was used already, so it was not sent.`,
  );
}

function inFlight(guard: Guard, standing: string | undefined, reason = ''): ActionError {
  const holder = standing === undefined ? undefined : parseSending(standing);
  const who = holder === undefined ? 'Another run' : `The run ${holder.run}`;
  return ActionError.own(
    'credential_in_flight',
    `${who} holds the credential ${guard.secret.secretName}: it is refreshing it, or never reported back. ${reason}`.trim(),
    {
      fix: `Wait for that run and start this job again. If it is over: look at Setup → Login History. Where it shows a successful refresh by that run, sign in again and store the new credential; then, or where it shows none, ${freeByHand(guard.secret)} Nothing was sent.`,
    },
  );
}

function freeByHand(secret: GuardedSecret): string {
  return `delete the variable with \`gh variable delete ${sendingName(secret.secretName)} ${where(secret)}\`.`;
}

function where(secret: GuardedSecret): string {
  return `--env "${secret.environmentName}" --repo ${secret.repository}`;
}

async function missing(
  { secretName, environmentName, repository }: GuardedSecret,
  environment: Environment,
  deadline: Deadline,
): Promise<ActionError> {
  const place = await environment.secretElsewhere(secretName, deadline);
  const what = `The environment “${environmentName}” of ${repository} has no secret ${secretName}, or \`github-token\` can not see it.`;
  return ActionError.own('secret_missing', what, {
    ...(place && {
      why: `A secret of that name exists at ${place} level. Those are read when a run is queued, so a rotating credential can not live there.`,
    }),
  });
}

/** GitHub's refusals, as errors of ours. */
async function asGuardError(
  secret: GuardedSecret,
  deadline: Deadline,
  work: () => Promise<void>,
): Promise<void> {
  try {
    await work();
  } catch (error) {
    if (!(error instanceof GitHubError)) {
      throw error;
    }
    throw gitHubError(error, secret, deadline);
  }
}

/** Whether waiting helps, or another `github-token`. */
function gitHubError(error: GitHubError, secret: GuardedSecret, deadline: Deadline): ActionError {
  const { status, cause, message } = error;
  const fix =
    'Check the network of the runner and https://www.githubstatus.com, then run the job again. Nothing was sent to Salesforce.';
  if (status === 0) {
    const late = cause instanceof RequestFailure && ['timeout', 'ended'].includes(cause.kind);
    const code = late || deadline.signal.aborted ? 'timeout' : 'network_error';
    return ActionError.own(code, message, { cause: error, fix });
  }
  if (status === 429 || status >= 500 || /rate limit/i.test(message)) {
    const why = "GitHub's API is down, or limits how much is asked of it.";
    return new ActionError(`http_${status}`, message, { cause: error, why, fix });
  }
  return ActionError.own(
    'secret_not_writable',
    `The environment “${secret.environmentName}” of ${secret.repository} can not be written: ${message}`,
    { cause: error },
  );
}
