/** Runs within the slow network: see network.ts. Usage: network-inside.ts <log> <home> <rounds> */
import { readFileSync, writeFileSync } from 'node:fs';
import { type AddressInfo, connect } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { createServer } from 'node:tls';
import { startGitHub } from '../../__tests__/support/github/server.ts';
import { startOrg } from '../../__tests__/support/salesforce-org.ts';
import { testCertificates } from '../../__tests__/support/tls.ts';
import { byHand, stepCommand } from './contestants.ts';
import { type Command, startMeasurer } from './measurer.ts';
import { type Trip, workMs } from './network.ts';

const [log = '', home = '', rounds = '1'] = process.argv.slice(2);
const { caFile, key, cert } = await testCertificates();
const [org, rotating, github] = await Promise.all([
  startOrg({ myDomain: '10.9.0.2' }),
  startOrg({ myDomain: '10.9.0.2', rotation: 'strict' }),
  startGitHub({
    repositories: { 'octo/demo': { branches: { main: { 'README.md': '# Demo\n' } } } },
  }),
]);
for (const each of [org, rotating]) {
  each.onRequest(() => sleep(workMs.refresh), 'during');
}
const ever = { times: Number.POSITIVE_INFINITY, when: 'during' } as const;
github.intercept('GET', () => sleep(workMs.read), ever);
github.intercept('PUT', () => sleep(workMs.write), ever);

/** TLS in front of a look-alike, at the slow end; gives its address there. */
async function atTheSlowEnd(port: number): Promise<string> {
  const server = createServer({ key, cert, noDelay: true }, (outer) => {
    const inner = connect({ port, host: '127.0.0.1', noDelay: true });
    outer.on('error', () => inner.destroy());
    inner.on('error', () => outer.destroy());
    outer.pipe(inner).pipe(outer);
  });
  await new Promise<void>((resolve) => server.listen(0, '10.9.0.1', resolve));
  const { port: ours }: AddressInfo = Object(server.address());
  return `https://10.9.0.2:${ours}`;
}

const output = join(home, 'output');
const benchOrg = async (each: typeof org) => ({
  url: await atTheSlowEnd(each.port),
  clientId: each.app.clientId,
  refreshTokens: [each.newRefreshToken()],
  caFile,
});
const plain = await benchOrg(org);
const kept = await benchOrg(rotating);
const githubUrl = await atTheSlowEnd(Number(new URL(github.url).port));
const step = (of: typeof plain, inputs = {}, env = {}): Command =>
  stepCommand(of, of.refreshTokens[0] ?? '', output, home, {
    inputs: { 'allowed-hosts': '10.9.0.2 127.0.0.1', ...inputs },
    env,
  });
const commands: Record<string, Command> = {
  'a refresh': step(plain),
  'the same by hand': byHand(plain, output, home),
  '`token-branch`': step(
    kept,
    {
      'token-branch': 'salesforce-tokens',
      'github-token': github.token({ contents: 'write', repositories: ['octo/demo'] }),
    },
    {
      GITHUB_API_URL: githubUrl,
      GITHUB_REPOSITORY: 'octo/demo',
      GITHUB_STATE: output,
    },
  ),
};

const measurer = startMeasurer();
try {
  for (let round = 0; round <= Number(rounds); round++) {
    for (const [name, command] of Object.entries(commands)) {
      writeFileSync(output, '');
      writeFileSync(log, '');
      await measurer.run(command);
      const seen = readFileSync(log, 'utf8').trim().split('\n');
      const times = (letter: string) =>
        seen
          .map((line) => line.split(' '))
          .filter(([, what]) => what === letter)
          .map(([at]) => Number(at) * 1000);
      const trip: Trip = {
        name,
        ms: Math.max(...times('D')) - Math.min(...times('S')),
        connections: times('S').length,
      };
      // The first round makes the branch, and fills the caches of the disk.
      if (round > 0) {
        console.log(JSON.stringify(trip));
      }
    }
  }
} catch (error) {
  console.error(error);
  process.exit(1);
}
process.exit();
