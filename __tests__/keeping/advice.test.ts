import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { signInCommands } from '../../src/keeping/advice.ts';
import { saveStep } from '../../src/keeping/save-step.ts';

describe('The advice for a dead credential', () => {
  it('signs in with the app and stores the token where it was', () => {
    const text = signInCommands({
      loginUrl: 'https://acme.my.salesforce.com',
      platformCli: false,
      repository: 'owner/name',
      secretName: 'SF_TOKEN',
      environmentName: 'the ci',
      asAuthUrl: false,
    });
    assert.deepEqual(text.split('\n'), [
      'Sign in again on your own machine, and store the new credential:',
      '  sf org login web --alias ci --instance-url https://acme.my.salesforce.com --client-id CONSUMER_KEY',
      `  sf org auth show-sfdx-auth-url --target-org ci --json | jq -r '.result.sfdxAuthUrl | split(":")[3] | split("@")[0]' \\`,
      '    | gh secret set SF_TOKEN --env "the ci" --repo owner/name',
      '  sf org logout --target-org ci --no-prompt',
    ]);
  });

  it('stores a whole auth URL, of the CLI’s own app, where that was given', () => {
    const lines = signInCommands({
      loginUrl: 'https://login.salesforce.com',
      platformCli: true,
      repository: '',
      secretName: 'SF_AUTH_URL',
      environmentName: undefined,
      asAuthUrl: true,
    }).split('\n');
    assert.match(lines[1] ?? '', /--instance-url https:\/\/login\.salesforce\.com$/);
    assert.match(lines[2] ?? '', /jq -r \.result\.sfdxAuthUrl \\$/);
    assert.equal(lines[3], '    | gh secret set SF_AUTH_URL');
  });
});

describe('The step that still saves a rotated token', () => {
  it('is YAML to copy, and puts no secret into a command line', () => {
    const text = saveStep({
      stepId: 'salesforce',
      output: 'refresh-token',
      secretName: 'SF_TOKEN',
      environmentName: 'ci',
    });
    assert.deepEqual(text.split('\n'), [
      "- if: always() && steps.salesforce.outputs.refresh-token != ''",
      '  run: printf %s "$NEW_CREDENTIAL" | gh secret set SF_TOKEN --env "ci" --repo "$GITHUB_REPOSITORY"',
      '  env:',
      `    NEW_CREDENTIAL: $\{{ steps.salesforce.outputs.refresh-token }}`,
      `    GH_TOKEN: $\{{ secrets.A_TOKEN_WITH_ENVIRONMENTS_WRITE }}`,
    ]);
  });
});
