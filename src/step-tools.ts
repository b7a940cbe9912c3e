import type { Ending } from './http/ending.ts';
import { now } from './http/now.ts';
import type { Send } from './http/send.ts';
import type { Environment } from './runner/context.ts';
import type { Workflow } from './runner/outputs.ts';

/** Collaborators of the step: the runner, the network, chance. */
export interface StepTools {
  readonly env: Environment;
  readonly workflow: Workflow;
  readonly send: Send;
  /** Aborts when the run is cancelled. */
  readonly cancel: Ending;
  /** From 0 to 1. */
  readonly random: () => number;
}

/** What the step cost. */
export interface Effort {
  readonly requests: number;
  readonly retries: number;
  /** From start to end, milliseconds. */
  readonly ms: number;
}

/** What the step sends with, so that what it costs is counted. */
export interface Counted {
  readonly send: Send;
  /** Tells the user about a retry: one line. */
  readonly retrying: (line: string) => void;
}

/** The step's tools; what using them costs is counted. */
export type CountedTools = StepTools & Counted;

/** Counts from now on. */
export function counted(
  plain: Send,
  say: (line: string) => void,
): { tools: Counted; effort: () => Effort } {
  const start = now();
  let requests = 0;
  let retries = 0;
  const send: Send = (request, limits) => {
    requests += 1;
    return plain(request, limits);
  };
  const retrying = (line: string) => {
    retries += 1;
    say(line);
  };
  return {
    tools: { send, retrying },
    effort: () => ({ requests, retries, ms: now() - start }),
  };
}
