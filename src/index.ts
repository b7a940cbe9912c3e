import { asActionError } from './errors.ts';
import { send } from './http.ts';
import { runnerWorkflow } from './outputs.ts';
import { runStep } from './refresh-step.ts';

const workflow = runnerWorkflow();

/** A stray error outside of every promise, such as a socket's: the step must not end without a word. */
process.on('uncaughtException', (error) => {
  workflow.fail(asActionError(error));
  process.exit(1);
});

// Failed until the token is handed out: whatever ends the process earlier leaves the step red.
process.exitCode = 1;
if (await runStep({ env: process.env, workflow, send, random: Math.random })) {
  process.exitCode = 0;
}

// A proxy that never answers can hold its connection, and so the process, open for good.
setTimeout(() => process.exit(), 500).unref();
