/**
 * Ends the process where Node is too old for the rest. index.ts imports this before everything else, so
 * it comes to this before it fails on something that Node does not have.
 */
import { writeSync } from 'node:fs';
import { isSupported } from './node-version.ts';

const { node } = process.versions;
if (!isSupported(node)) {
  // The end of the job has nothing to do where the step failed, and never turns a job red.
  if (process.argv[2] === 'post') {
    process.exit(0);
  }
  // Written at once: a pipe may be asynchronous, and then lose what is in it at the exit.
  writeSync(
    1,
    `::error title=Salesforce token refresh failed::This action needs Node 24 (20.19 and 22.3 will do), and this runner started it with Node ${node}. Update the runner. Nothing was sent to Salesforce.\n`,
  );
  process.exit(1);
}
