import './require-node.ts';
import { asActionError } from './errors/action-error.ts';
import { Cancelled } from './http/deadline.ts';
import { Ender } from './http/ending.ts';
import { createSend } from './http/send.ts';
import { runStep } from './refresh-step.ts';
import { readContext } from './runner/context.ts';
import { runnerWorkflow } from './runner/outputs.ts';

/** Starts a stage in this process, which ends with it: the step, or the end of the job where post.ts says so. */
export function start(): void {
  // What a library calls that is deprecated (`tunnel`, to sign in to a proxy), no workflow can change.
  process.noDeprecation = true;

  const { env } = process;
  const workflow = runnerWorkflow();
  const cancel = new Ender();
  // The runner sends SIGINT, then SIGTERM; on Windows CTRL_C, then CTRL_BREAK, where Node ends at once if
  // nobody listens.
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGBREAK'] as const) {
    process.on(signal, () => cancel.abort(new Cancelled()));
  }
  // A runner that is gone reads no more; that must not end the step before a rotated token is saved.
  process.stdout.on('error', () => {});

  // post.ts says so. The environment must not: a workflow can set anything there.
  const atTheEnd = process.argv[2] === 'post';

  /** The step must not end without a word, and the end of the job never turns it red. */
  function stray(thrown: unknown): never {
    const error = asActionError(thrown);
    if (atTheEnd) {
      workflow.warning(error.message);
    } else {
      workflow.fail(error, `${readContext(env).documents}/troubleshooting.md#${error.code}`);
    }
    process.exit(atTheEnd ? 0 : 1);
  }

  // Such as an error of a socket, outside of every promise.
  process.on('uncaughtException', stray);

  const tools = { env, workflow, send: createSend(), cancel, random: Math.random };

  async function runStage(): Promise<void> {
    if (atTheEnd) {
      const { runPostStep } = await import('./post-step.ts');
      await runPostStep(tools);
    } else {
      // Failed until the token is handed out: whatever ends the process earlier leaves the step red.
      process.exitCode = 1;
      if (await runStep(tools)) {
        process.exitCode = 0;
      }
    }
    // Neither kept connections nor a silent proxy hold the process open. What was said has to have reached the
    // runner before (a pipe may be written later); one that nobody reads holds it no longer than this.
    setTimeout(() => process.exit(), 500).unref();
    process.stdout.write('', () => process.exit());
  }

  // Nothing is left that could go on, and the stage has not come to its end.
  process.on('beforeExit', () => stray(new Error('it stopped before it was done')));

  void runStage();
}

/** What a stage is made of, for tests that run the step without a process of its own. */
export { createSend, runStep };

// Not where post.ts does, nor where a test does, or a file that is loaded on demand takes something from here.
if (import.meta.main) {
  start();
}
