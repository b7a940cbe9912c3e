import { asActionError } from './errors.ts';
import type { Seal } from './github/environment.ts';
import { createSend } from './http.ts';
import { runnerWorkflow } from './outputs.ts';
import { runStep } from './refresh-step.ts';

const workflow = runnerWorkflow();
const cancellation = new AbortController();
process.on('SIGINT', () => cancellation.abort());
process.on('SIGTERM', () => cancellation.abort());

/** A stray error outside of every promise, such as a socket's: the step must not end without a word. */
process.on('uncaughtException', (error) => {
  workflow.fail(asActionError(error));
  process.exit(1);
});

/** Loaded only where a secret is written: most runs never need the cryptography. */
const seal: Seal = async (text, publicKey) => {
  const { sealedBox } = await import('./github/sealed-box.ts');
  return sealedBox(text, publicKey);
};

// Failed until the token is handed out: whatever ends the process earlier leaves the step red.
process.exitCode = 1;
const { signal: cancel } = cancellation;
if (
  await runStep({
    env: process.env,
    workflow,
    send: createSend(),
    seal,
    cancel,
    random: Math.random,
  })
) {
  process.exitCode = 0;
}

// A proxy that never answers can hold its connection, and so the process, open for good.
setTimeout(() => process.exit(), 500).unref();
