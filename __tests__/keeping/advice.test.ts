import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { type Given, type SignIn, signInAgain, signInCommand } from '../../src/keeping/advice.ts';
import { readContext } from '../../src/runner/context.ts';

const sixth = 'Salesforce keeps five sign-ins per user and app; a sixth revokes the oldest.';

describe('The command that signs in again', () => {
  const about: SignIn = {
    tarball: 'https://x.example/sign-in.tgz',
    loginUrl: 'https://acme.my.salesforce.com',
    platformCli: false,
    store: { repository: 'owner/name', asAuthUrl: false },
  };

  it('names the app, and stores the token where it was', () => {
    assert.deepEqual(signInCommand(about).split('\n'), [
      `To sign in again, run this on your own machine, with Node 20.19 or newer. Replace CONSUMER_KEY with the app's consumer key (\`client-id\`) and SF_REFRESH_TOKEN with the name of your secret, and add \`--env NAME\` if the secret lives in an environment. ${sixth}`,
      '  npx https://x.example/sign-in.tgz --login-url https://acme.my.salesforce.com --client-id CONSUMER_KEY --secret SF_REFRESH_TOKEN --repo owner/name',
    ]);
  });

  it('stores a whole auth URL, of the CLI’s own app, where that was given', () => {
    const store = { repository: '', asAuthUrl: true };
    const [sentences, command] = signInCommand({ ...about, platformCli: true, store }).split('\n');
    assert.match(sentences ?? '', /\. Replace SF_AUTH_URL with the name of your secret, and add/);
    assert.match(
      command ?? '',
      /sign-in\.tgz --login-url https:\/\/acme\.my\.salesforce\.com --secret SF_AUTH_URL --as auth-url$/,
    );
  });

  it('writes a token file, which may be called anything', () => {
    for (const [file, argument] of [
      ['secrets/token.json', 'file:secrets/token.json'],
      ['C:\\runner\\token.json', 'file:C:\\runner\\token.json'],
      ['my "own" file; ls', '"file:my own file; ls"'],
      ['$HOME/x', '"file:$HOME/x"'],
    ] as const) {
      const text = signInCommand({ ...about, platformCli: true, store: { file } });
      const [sentences, command = ''] = text.split('\n');
      assert.equal(
        sentences,
        `To sign in again, run this where the file is, with Node 20.19 or newer (\`--no-browser\` prints the address to open elsewhere). ${sixth}`,
      );
      assert.ok(command.endsWith(` --to ${argument}`), command);
    }
    assert.match(
      signInCommand({ ...about, store: { file: 'x' } }),
      / Replace CONSUMER_KEY with the app's consumer key \(`client-id`\)\. Sal/,
    );
  });
});

describe('What a run knows', () => {
  const given: Given = {
    login: { url: new URL('https://acme.my.salesforce.com/services/oauth2/token') },
    allowedHosts: new Set(),
    clientId: 'PlatformCLI',
  };
  const command = (changes: Partial<Given>, env: Record<string, string> = {}) =>
    signInAgain(
      { ...given, ...changes },
      readContext({ GITHUB_REPOSITORY: 'owner/name', ...env }),
    ).split('\n')[1];
  const latest = 'npx https://github.com/OWNER/refresh-salesforce-token/releases/latest/download';

  it('fills in the options', () => {
    assert.equal(
      command({}),
      `  ${latest}/sign-in.tgz --login-url https://acme.my.salesforce.com --secret SF_REFRESH_TOKEN --repo owner/name`,
    );
  });

  it('keeps the path of a site, and names a host that nobody else knows', () => {
    const login = { url: new URL('https://acme.example:8443/site/services/oauth2/token') };
    const site = command({ login, allowedHosts: new Set(['acme.example']) });
    assert.match(
      site ?? '',
      / --login-url https:\/\/acme\.example:8443\/site --allowed-hosts acme\.example /,
    );
  });

  it('names the server of the repository, where that is not github.com', () => {
    const server = { GITHUB_SERVER_URL: 'https://ghe.example' };
    assert.match(command({}, server) ?? '', / --repo ghe\.example\/owner\/name$/);
    assert.doesNotMatch(command({}, { ...server, GITHUB_REPOSITORY: '' }) ?? '', /--repo/);
  });

  it('takes the package of its own release, else the latest', () => {
    for (const [ref, where] of [
      ['v1.2.3', 'octo/fork/releases/download/v1.2.3/'],
      ['v1', 'octo/fork/releases/latest/download/'],
      ['main', 'octo/fork/releases/latest/download/'],
      ['v1.2.3-rc.1', 'octo/fork/releases/latest/download/'],
      ['0123456789012345678901234567890123456789', 'octo/fork/releases/latest/download/'],
    ] as const) {
      const used = { GITHUB_ACTION_REPOSITORY: 'octo/fork', GITHUB_ACTION_REF: ref };
      assert.ok(command({}, used)?.includes(` https://github.com/${where}sign-in.tgz `), ref);
    }
  });
});
