import type { Ahead } from '../../http/ahead.ts';
import type { Ending } from '../../http/ending.ts';
import type { Debug } from '../../http/trace.ts';
import type { Clock } from './clock.ts';
import type { CredentialKey } from './record.ts';

/** What the run is, for messages, commits and whoever waits for it. Nothing in it is secret. */
export interface RunOfBranch {
  /** The page of the run's attempt. */
  readonly url: string;
  /** Where the documents are: a folder's address, without a slash. */
  readonly documents: string;
  readonly actor: string;
  readonly eventName: string;
}

/** Collaborators and settings of everything that is done on the token branch. */
export interface BranchWorld {
  readonly credential: CredentialKey;
  readonly run: RunOfBranch;
  readonly clock: Clock;
  /** Connects to where the token will be sent, once it is taken; what it returns gives that up. */
  readonly connect: () => () => void;
  /** The connection that {@link connect} opened, if it is still good. */
  readonly opened: Ahead['take'];
  /** From 0 to 1. */
  readonly random: () => number;
  /** Aborts when the run is cancelled. */
  readonly cancel: Ending;
  /** Tells the user something: one line. */
  readonly info: (line: string) => void;
  readonly debug: Debug;
  /** Hides a secret from now on. */
  readonly mask: (secret: string) => void;
  /** Cleans remote text for printing. */
  readonly clean: (remote: unknown) => string;
  /** How often a request that may be done twice is sent again, at most. */
  readonly retries: number;
}
