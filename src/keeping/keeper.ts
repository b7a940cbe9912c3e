import type { Deadline } from '../http/deadline.ts';

/** Where the refresh token lives between runs: says which one to send, keeps a new one, lets go. */
export interface Keeper {
  /**
   * Takes the refresh token that is to be sent; where the place can do so, for this run alone.
   * @throws ActionError where it can not be taken; it is unspent then
   */
  take(deadline: Deadline): Promise<Taken>;
}

/** A refresh token that was taken from where it is kept. */
export interface Taken {
  readonly refreshToken: string;
  /**
   * Keeps a new refresh token, before anything else can fail.
   * @returns what became of it, as a phrase for the report: `rotated, saved in …`
   * @throws ActionError `save_failed`; it is in the outputs then, as far as they can be written
   */
  keep(newToken: string, deadline: Deadline): Promise<string>;
  /** Lets go of a token that stays good: nothing was sent, a definite refusal, or nothing rotated. */
  letGo(): Promise<void>;
  /** What to add to the advice where nobody knows whether the token was spent, so that it is not let go. */
  readonly ifItStays?: string;
}
