/**
 * A Salesforce look-alike with one user and one app, for workflows and for trying things out.
 * Usage: npm run look-alike [-- --background]
 *
 * It prints its address, credentials and process id, and serves until it is stopped. With
 * `--background` it goes on after the command is over, for ten minutes at most. In a workflow, what is
 * printed are the outputs of the step.
 */
import { fork } from 'node:child_process';
import { appendFileSync } from 'node:fs';
import { startOrg } from '../__tests__/support/salesforce-org.ts';

const [mode] = process.argv.slice(2);

if (mode === '--background') {
  const server = fork(import.meta.filename, ['--serve'], { detached: true, stdio: 'ignore' });
  server.once('exit', (code) => {
    console.error(`The look-alike did not start (${code}).`);
    process.exit(1);
  });
  server.once('message', (message) => {
    print(String(message));
    process.exit();
  });
} else {
  const org = await startOrg();
  const lines = Object.entries({
    url: org.url,
    'client-id': org.app.clientId,
    'refresh-token': org.newRefreshToken(),
    'org-id': org.id,
    username: org.user.username,
    password: org.user.password,
    callback: org.app.callbacks.join(' '),
    pid: process.pid,
  }).map(([name, value]) => `${name}=${value}\n`);
  if (mode === '--serve') {
    process.send?.(lines.join(''), () => process.disconnect());
    setTimeout(() => process.exit(), 10 * 60 * 1000);
  } else {
    print(lines.join(''));
  }
}

function print(text: string): void {
  process.stdout.write(text);
  const outputs = process.env['GITHUB_OUTPUT'];
  if (outputs !== undefined) {
    appendFileSync(outputs, text);
  }
}
