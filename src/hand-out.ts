import { fieldsToKeep } from './credential/answer-fields.ts';
import type { TokenFile } from './credential/token-file.ts';
import { ActionError, describe } from './errors/action-error.ts';
import type { JsonObject } from './http/json.ts';
import type { OutputName, Workflow } from './runner/outputs.ts';
import type { Findings } from './salesforce/checks.ts';
import type { TokenResponse } from './salesforce/token-response.ts';
import type { Settings } from './settings.ts';

/**
 * Hands out what was judged good: the token file's fields, the outputs, the environment, and what the
 * end of the job needs.
 *
 * @param body the token response as it came, for the token file
 */
export function handOut(
  token: TokenResponse,
  findings: Findings,
  body: JsonObject,
  settings: Pick<Settings, 'maskInstanceUrl' | 'revokeOnCompletion' | 'exportEnv' | 'tokenFile'>,
  workflow: Workflow,
): void {
  if (settings.maskInstanceUrl) {
    workflow.mask(token.instanceUrl);
  }
  if (settings.tokenFile !== undefined) {
    updateTokenFile(settings.tokenFile, body, workflow);
  }
  if (settings.revokeOnCompletion) {
    workflow.saveState({ 'access-token': token.accessToken, 'instance-url': token.instanceUrl });
  }
  const outputs: Partial<Record<OutputName, string | undefined>> = {
    'access-token': token.accessToken,
    'instance-url': token.instanceUrl,
    'token-type': token.tokenType,
    scope: token.scope,
    'issued-at': token.issuedAt?.toISOString(),
    'identity-url': token.identityUrl,
    'org-id': token.identity?.orgId,
    'user-id': token.identity?.userId,
    'api-instance-url': token.apiInstanceUrl,
    username: findings.username,
    'org-type': findings.orgType,
    'api-version': findings.apiVersion,
  };
  workflow.setOutputs(outputs);
  if (settings.exportEnv) {
    workflow.exportVariables({
      SF_ACCESS_TOKEN: token.accessToken,
      SF_INSTANCE_URL: token.instanceUrl,
    });
  }
}

/** The fields of the response; the refresh token, where it is new, stands there already. */
function updateTokenFile(tokenFile: TokenFile, body: JsonObject, workflow: Workflow): void {
  const fields = fieldsToKeep(body);
  const leftOut = Object.keys(body).length - Object.keys(fields).length;
  if (leftOut > 0) {
    workflow.notice(
      `The answer has more, or larger, fields than a token response does: ${leftOut} of them are not in \`token-file\`.`,
    );
  }
  try {
    tokenFile.update(fields);
  } catch (error) {
    throw ActionError.own('save_failed', `\`token-file\` cannot be updated: ${describe(error)}.`, {
      cause: error,
      why: 'The file, or its folder, changed while the step was running.',
      fix: 'Check the rights of the file and of its folder, and the space on the disk. The refresh token in it is current.',
    });
  }
}
