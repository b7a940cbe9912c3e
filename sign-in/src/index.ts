#!/usr/bin/env node
import { asActionError } from '../../src/errors/action-error.ts';
import { paragraphs } from '../../src/errors/sign-in.ts';
import { createSend } from '../../src/http/send.ts';
import { isSupported } from '../../src/node-version.ts';
import { help, parseOptions, UsageError } from './options.ts';
import { signIn } from './sign-in.ts';
import { openTerminal } from './terminal.ts';

// What a library calls that is deprecated (`tunnel`, to sign in to a proxy), no user can change.
process.noDeprecation = true;
// Nobody else is to know it, such as the programs that this one starts.
const { SF_CLIENT_SECRET: clientSecret } = process.env;
delete process.env['SF_CLIENT_SECRET'];

const cancellation = new AbortController();
for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGBREAK'] as const) {
  process.once(name, () => cancellation.abort());
}
const terminal = openTerminal(cancellation);
try {
  if (!isSupported(process.versions.node)) {
    throw new UsageError('This takes Node 20.19, 22.3 or newer.');
  }
  const options = parseOptions(process.argv.slice(2), clientSecret);
  if (options === undefined) {
    process.stdout.write(help);
  } else {
    await signIn(options, terminal, createSend());
  }
} catch (thrown) {
  const error = asActionError(thrown);
  process.exitCode = thrown instanceof UsageError ? 2 : 1;
  if (thrown instanceof UsageError) {
    terminal.say(`${thrown.message}\n--help says more. Nothing was done.`);
  } else if (terminal.signal.aborted && !/^(cancelled|not_stored)$/.test(error.code)) {
    terminal.say('\nCancelled. Nothing was stored.');
  } else {
    terminal.say(`\n${paragraphs(error).join('\n')}`);
  }
}
// A proxy that never answers can hold its connection, and so the process, open for good.
setTimeout(() => process.exit(), 500).unref();
