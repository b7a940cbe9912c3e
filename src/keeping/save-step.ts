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
