import { type OwnCode, ownErrors } from './catalogue.ts';

/** The parts of an {@link ActionError} that its catalogue entry does not already say. */
export interface ErrorDetails {
  /** What to do about it: see {@link Explanation}; default: the catalogue's text for the code. */
  readonly fix?: string;
  /** Why it happens; default: the catalogue's text for the code. */
  readonly why?: string | undefined;
  readonly cause?: unknown;
  /** True where what to do includes signing in again: the step adds the command for it. */
  readonly signIn?: boolean;
  /** True where Salesforce calls the refresh token dead without saying what ended it. */
  readonly unexplained?: boolean;
  /** True where the app rotates and the refresh token may have been spent without an answer. */
  readonly mayBeSpent?: boolean;
}

/**
 * A failure as the user meets it: a stable code for `if:` conditions, what happened, what to do, and
 * why, where there is more to say than what happened. Every text in it is safe to print: remote parts
 * were cleaned where they were put in.
 */
export class ActionError extends Error {
  readonly code: string;
  readonly fix: string;
  readonly why: string | undefined;
  readonly signIn: boolean;
  readonly unexplained: boolean;
  readonly mayBeSpent: boolean;

  /** For one of our own codes, whose explanation comes from the catalogue. */
  static own(code: OwnCode, what: string, details: ErrorDetails = {}): ActionError {
    return new ActionError(code, what, { ...ownErrors()[code], ...details });
  }

  /** For a code that is Salesforce's, or `http_<status>`. */
  constructor(code: string, what: string, details: ErrorDetails & { readonly fix: string }) {
    super(what, { cause: details.cause });
    this.name = 'ActionError';
    this.code = code;
    this.fix = details.fix;
    this.why = details.why;
    this.signIn = details.signIn ?? false;
    this.unexplained = details.unexplained ?? false;
    this.mayBeSpent = details.mayBeSpent ?? false;
  }

  /** The same error with some of its parts replaced. */
  with(changes: ErrorDetails & { readonly what?: string }): ActionError {
    return new ActionError(this.code, changes.what ?? this.message, {
      why: this.why,
      fix: this.fix,
      cause: this.cause,
      signIn: this.signIn,
      unexplained: this.unexplained,
      mayBeSpent: this.mayBeSpent,
      ...changes,
    });
  }
}

/**
 * Whatever was thrown, as an error of ours: one that is none becomes `internal_error`, with its own
 * text as what happened, so that no path out of the step is silent.
 */
export function asActionError(thrown: unknown): ActionError {
  return thrown instanceof ActionError
    ? thrown
    : ActionError.own('internal_error', `Something unexpected happened: ${describe(thrown)}`, {
        cause: thrown,
      });
}

/** One line on anything thrown: an error's own words, with Node's code (`ECONNRESET`) where it has one. */
export function describe(thrown: unknown): string {
  if (!(thrown instanceof Error)) {
    return typeof thrown === 'string' ? thrown : `a thrown ${typeof thrown}`;
  }
  // A connection to a name with several addresses fails as an AggregateError without a message.
  const inner: unknown = thrown instanceof AggregateError ? thrown.errors[0] : undefined;
  const message = thrown.message || (inner === undefined ? thrown.name : describe(inner));
  const code = errorCode(thrown);
  return code === undefined || message.includes(code) ? message : `${message} (${code})`;
}

/** Node's `code` of an error, when it has one. */
export function errorCode(error: unknown): string | undefined {
  return error instanceof Error && 'code' in error && typeof error.code === 'string'
    ? error.code
    : undefined;
}
