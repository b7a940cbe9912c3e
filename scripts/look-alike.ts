/**
 * A Salesforce look-alike with one user, and one of GitHub if wanted, for workflows and for trying things
 * out. Usage: see `help` below, or npm run look-alike -- --help
 *
 * In a workflow, what is printed are the outputs of the step.
 */
import { fork } from 'node:child_process';
import { appendFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { startOrg } from '../__tests__/support/salesforce-org.ts';

const help = `Usage: npm run look-alike [-- options]

Starts a Salesforce look-alike on this machine, prints its address, credentials and process id as lines
name=value, and serves until it is stopped (Ctrl+C, or the process of that id is ended).

  --rotates     its app rotates refresh tokens: each works once, and one that is sent again revokes all
                that came from the same sign-in
  --github      a GitHub look-alike too, with one repository: prints api-url, github-token, repository
  --background  goes on after the command is over, for ten minutes at most
  --help        this

Steps that use it need "allowed-hosts: 127.0.0.1", and its url as login-url. It also knows the Salesforce
CLI's own app, PlatformCLI, which does not rotate.
`;

const options = parse(process.argv.slice(2));

if (options.help) {
  process.stdout.write(help);
} else if (options.background) {
  const passed = process.argv.slice(2).filter((option) => option !== '--background');
  const server = fork(import.meta.filename, [...passed, '--serve'], {
    detached: true,
    stdio: 'ignore',
  });
  server.once('exit', (code) => {
    console.error(`The look-alike did not start (${code}).`);
    process.exit(1);
  });
  server.once('message', (message) => {
    print(String(message));
    process.exit();
  });
} else {
  const pairs = {
    ...(await startSalesforce(options.rotates)),
    ...(options.github ? await startGitHub() : {}),
    pid: process.pid,
  };
  const lines = Object.entries(pairs).map(([name, value]) => `${name}=${value}\n`);
  if (options.serve) {
    process.send?.(lines.join(''), () => process.disconnect());
    setTimeout(() => process.exit(), 10 * 60 * 1000);
  } else {
    print(lines.join(''));
  }
}

/** The options; ends the script where there are others. `serve` is what it starts itself with. */
function parse(args: string[]) {
  const type = 'boolean';
  const known = {
    rotates: { type, default: false },
    github: { type, default: false },
    background: { type, default: false },
    help: { type, default: false },
    serve: { type, default: false },
  } as const;
  try {
    return parseArgs({ args, options: known }).values;
  } catch (error) {
    console.error(`${error instanceof Error ? error.message : error}\n\n${help}`);
    process.exit(2);
  }
}

async function startSalesforce(rotates: boolean) {
  const scopes = ['refresh_token', 'api', 'id'];
  const org = await startOrg({ rotation: rotates ? 'strict' : 'none', app: { scopes } });
  org.addApp({ clientId: 'PlatformCLI', name: 'Salesforce CLI', scopes: [...scopes, 'web'] });
  return {
    url: org.url,
    'client-id': org.app.clientId,
    'refresh-token': org.newRefreshToken(),
    'org-id': org.id,
    username: org.user.username,
    password: org.user.password,
    callback: org.app.callbacks.join(' '),
  };
}

async function startGitHub() {
  // Loaded on demand: workflows that need no GitHub start sooner.
  const { startGitHub } = await import('../__tests__/support/github/server.ts');
  const repository = 'acme/deployments';
  const gitHub = await startGitHub({
    repositories: { [repository]: { branches: { main: { 'README.md': '# Deployments\n' } } } },
  });
  return {
    'api-url': gitHub.url,
    'github-token': gitHub.token({ contents: 'write', repositories: [repository] }),
    repository,
  };
}

function print(text: string): void {
  process.stdout.write(text);
  const outputs = process.env['GITHUB_OUTPUT'];
  if (outputs !== undefined) {
    appendFileSync(outputs, text);
  }
}
