import type { Deadline } from '../http/deadline.ts';
import type { Ending } from '../http/ending.ts';
import type { JsonObject } from '../http/json.ts';
import type { HttpRequest, Send } from '../http/send.ts';
import type { Workflow } from '../runner/outputs.ts';

/** The branch on which a rotating refresh token is kept. */
export interface TokenBranch {
  /** `owner/name`. */
  readonly repository: string;
  readonly branch: string;
  readonly githubToken: string;
  /** How long to wait for another job that refreshes the same credential, in milliseconds. */
  readonly waitMs: number;
  /** How old an access token of another job may be to be handed out, in milliseconds; 0: never. */
  readonly reuseMs: number;
}

/** Collaborators of the keepers. */
export interface KeeperTools {
  readonly send: Send;
  /** From 0 to 1. */
  readonly random: () => number;
  /** Tells the user about a retry: one line. */
  readonly retrying: (line: string) => void;
  /** Aborts when the run is cancelled. */
  readonly cancel: Ending;
  readonly workflow: Workflow;
}

/** Where the refresh token lives between runs: says which one to send, keeps a new one, lets go. */
export interface Keeper {
  /**
   * Takes the refresh token that is to be sent, where the place can do so for this run alone; or finds
   * that none has to be sent.
   * @throws ActionError where it cannot be taken; it is unspent then
   */
  take(deadline: Deadline): Promise<Taken | Reusable>;
}

/** A token response that another job got a moment ago. Asked again, the keeper does not give it again. */
export interface Reusable {
  readonly kind: 'reusable';
  readonly body: JsonObject;
  readonly kept: Kept;
}

/** A refresh token that was taken from where it is kept. */
export interface Taken {
  readonly kind: 'taken';
  readonly refreshToken: string;
  /** Whether it may still be sent: asked as the last thing before it goes out. */
  readonly mayLeave?: () => boolean;
  /** The connection that was opened for it while it was taken, if it is still good. */
  readonly opened?: HttpRequest['opened'];
  /**
   * Keeps a new refresh token, before anything else can fail.
   * @param body the whole token response that it came with
   * @throws ActionError `save_failed`; it is in the outputs then, as far as they can be written
   */
  keep(newToken: string, body: JsonObject): Promise<Kept>;
  /** Lets go of a token that stays good: nothing was sent, or there was a definite refusal. */
  letGo(): Promise<void>;
  /** Lets go of a token that was used, and stays the one to use. */
  stays(): Promise<Kept>;
  /** What to do where nobody knows whether the token was spent, so that it is not let go. */
  readonly ifUnknown?: string;
  /** What to do where Salesforce says that the token is dead, and not why: by what the place knows about it. */
  readonly ifDead?: string;
}

/** What became of the refresh token, for the report. */
export interface Kept {
  /** A phrase: `not rotated`, `rotated, kept on …`. */
  readonly phrase: string;
  /** The page that shows it. */
  readonly url?: string;
  /** False where a new one is only in the outputs: the next run will not find it by itself. */
  readonly kept?: false;
}
