/**
 * Commands that one can copy to replace a dead credential: sign in again with the Salesforce CLI, and
 * store the new refresh token.
 *
 * @param loginUrl where to sign in: scheme and host
 * @param platformCli whether the credential was made with the CLI's own app; another app has to be
 *   named, by the consumer key that is masked here
 * @param repository `owner/name`, or empty
 */
export function signInCommands(loginUrl: string, platformCli: boolean, repository: string): string {
  const app = platformCli ? '' : ' --client-id CONSUMER_KEY';
  const repo = repository === '' ? '' : ` --repo ${repository}`;
  return [
    'Sign in again on your own machine, and store the new credential:',
    `  sf org login web --alias ci --instance-url ${loginUrl}${app}`,
    '  sf org auth show-sfdx-auth-url --target-org ci --no-prompt --json | jq -r .result.sfdxAuthUrl | cut -d@ -f1 | cut -d: -f4 \\',
    `    | gh secret set SF_REFRESH_TOKEN${repo}`,
  ].join('\n');
}

/** What has to be known to save a rotated token by hand. */
export interface SaveRecipe {
  /** The `id:` of this step. */
  readonly stepId: string;
  /** The output that replaces the secret. */
  readonly output: 'refresh-token' | 'sfdx-auth-url';
  readonly secretName: string;
  readonly environmentName: string;
}

/**
 * The step of a workflow that still saves a rotated token, after this action could not.
 * @returns YAML to copy below this step
 */
export function saveStep({ stepId, output, secretName, environmentName }: SaveRecipe): string {
  const expression = (inner: string) => `$\{{ ${inner} }}`;
  return [
    `- if: always() && steps.${stepId}.outputs.${output} != ''`,
    `  run: printf %s "$NEW_CREDENTIAL" | gh secret set ${secretName} --env "${environmentName}" --repo "$GITHUB_REPOSITORY"`,
    '  env:',
    `    NEW_CREDENTIAL: ${expression(`steps.${stepId}.outputs.${output}`)}`,
    `    GH_TOKEN: ${expression('secrets.A_TOKEN_WITH_ENVIRONMENTS_WRITE')}`,
  ].join('\n');
}
