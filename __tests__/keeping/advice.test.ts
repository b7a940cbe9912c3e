import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { signInCommands } from '../../src/keeping/advice.ts';

describe('The advice for a dead credential', () => {
  it('signs in with the app and stores the token where it was', () => {
    const text = signInCommands({
      loginUrl: 'https://acme.my.salesforce.com',
      platformCli: false,
      repository: 'owner/name',
      secretName: 'SF_TOKEN',
      asAuthUrl: false,
    });
    assert.deepEqual(text.split('\n'), [
      'Sign in again on your own machine, and store the new credential (put the name of your secret, and `--env NAME` where it lives in an environment):',
      '  sf org login web --alias ci --instance-url https://acme.my.salesforce.com --client-id CONSUMER_KEY',
      `  sf org auth show-sfdx-auth-url --target-org ci --json | jq -r '.result.sfdxAuthUrl | split(":")[3] | split("@")[0]' \\`,
      '    | gh secret set SF_TOKEN --repo owner/name',
      '  sf org logout --target-org ci --no-prompt',
    ]);
  });

  it('stores a whole auth URL, of the CLI’s own app, where that was given', () => {
    const lines = signInCommands({
      loginUrl: 'https://login.salesforce.com',
      platformCli: true,
      repository: '',
      secretName: 'SF_AUTH_URL',
      asAuthUrl: true,
    }).split('\n');
    assert.match(lines[1] ?? '', /--instance-url https:\/\/login\.salesforce\.com$/);
    assert.match(lines[2] ?? '', /jq -r \.result\.sfdxAuthUrl \\$/);
    assert.equal(lines[3], '    | gh secret set SF_AUTH_URL');
  });
});
