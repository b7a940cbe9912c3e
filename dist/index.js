'use strict';

var action = require('./action.js');

// What a library calls that is deprecated (`tunnel`, to sign in to a proxy), no workflow can change.
process.noDeprecation = true;
const { env } = process;
const workflow = action.runnerWorkflow();
const cancellation = new AbortController();
// The runner sends SIGINT, then SIGTERM; on Windows CTRL_C, then CTRL_BREAK, where Node ends at once if
// nobody listens.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGBREAK']) {
  process.on(signal, () => cancellation.abort(new action.Cancelled()));
}
// A runner that is gone reads no more; that must not end the step before a rotated token is saved.
process.stdout.on('error', () => {});
// post.ts says so. The environment must not: a workflow can set anything there.
const atTheEnd = process.argv[2] === 'post';
/** The step must not end without a word, and the end of the job never turns it red. */
function stray(thrown) {
  const error = action.asActionError(thrown);
  if (atTheEnd) {
    workflow.warning(error.message);
  } else {
    workflow.fail(error, `${action.readContext(env).documents}/troubleshooting.md#${error.code}`);
  }
  process.exit(atTheEnd ? 0 : 1);
}
// Such as an error of a socket, outside of every promise.
process.on('uncaughtException', stray);
const { signal: cancel } = cancellation;
const ahead = action.connectAhead();
const tools = { env, workflow, send: action.createSend(ahead), ahead, cancel, random: Math.random };
async function runStage() {
  if (atTheEnd) {
    const { runPostStep } = await Promise.resolve().then(() => require('./end-of-job.js')).then(n => n.postStep);
    await runPostStep(tools);
  } else {
    // Failed until the token is handed out: whatever ends the process earlier leaves the step red.
    process.exitCode = 1;
    if (await action.runStep(tools)) {
      process.exitCode = 0;
    }
  }
  // Neither kept connections nor a proxy that never answers hold the process open. What was said has to
  // have reached the runner before: on some platforms a pipe is written later. One that nobody reads
  // holds it open no longer than this.
  setTimeout(() => process.exit(), 500).unref();
  process.stdout.write('', () => process.exit());
}
// Nothing is left that could go on, and the stage has not come to its end.
process.on('beforeExit', () => stray(new Error('it stopped before it was done')));
void runStage();
