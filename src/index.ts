import './require-node.ts';
import { asActionError } from './errors/action-error.ts';
import { Cancelled } from './http/deadline.ts';
import { createSend } from './http/send.ts';
import { runPostStep } from './post-step.ts';
import { runStep } from './refresh-step.ts';
import { moreAbout } from './report.ts';
import { runnerWorkflow } from './runner/outputs.ts';

// What a library calls that is deprecated (`tunnel`, to sign in to a proxy), no workflow can change.
process.noDeprecation = true;

const { env } = process;
const workflow = runnerWorkflow();
const cancellation = new AbortController();
// The runner sends SIGINT, then SIGTERM; on Windows CTRL_C, then CTRL_BREAK, where Node ends at once if
// nobody listens.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGBREAK'] as const) {
  process.on(signal, () => cancellation.abort(new Cancelled()));
}
// A runner that is gone reads no more; that must not end the step before a rotated token is saved.
process.stdout.on('error', () => {});

// post.ts says so. The environment must not: a workflow can set anything there.
const atTheEnd = process.argv[2] === 'post';

/** A stray error outside of every promise, such as a socket's: the step must not end without a word. */
process.on('uncaughtException', (error) => {
  if (atTheEnd) {
    workflow.warning(asActionError(error).message);
  } else {
    const stray = asActionError(error);
    workflow.fail(stray, moreAbout(stray, env));
  }
  process.exit(atTheEnd ? 0 : 1);
});

const { signal: cancel } = cancellation;
const tools = { env, workflow, send: createSend(), cancel, random: Math.random };

async function runStage(): Promise<void> {
  if (atTheEnd) {
    await runPostStep(tools);
  } else {
    // Failed until the token is handed out: whatever ends the process earlier leaves the step red.
    process.exitCode = 1;
    if (await runStep(tools)) {
      process.exitCode = 0;
    }
  }
  // A proxy that never answers can hold its connection, and so the process, open for good.
  setTimeout(() => process.exit(), 500).unref();
}

void runStage();
