import { signInCommands } from './credential/sign-in.ts';
import { startDeadline } from './deadline.ts';
import { ActionError, asActionError } from './errors.ts';
import type { Send } from './http.ts';
import {
  type Environment,
  type Inputs,
  type RawInputs,
  readContext,
  readInputs,
  secretInputs,
  validateInputs,
} from './inputs.ts';
import type { Workflow } from './outputs.ts';
import type { CheckedUrl } from './salesforce/hosts.ts';
import { refresh } from './salesforce/refresh.ts';
import {
  instanceHostWarning,
  type JsonObject,
  judgeTokenResponse,
  rotatedToken,
  secretsIn,
  type TokenResponse,
} from './salesforce/token-response.ts';

/** Collaborators of the step: the runner, the network, chance. */
export interface StepTools {
  readonly env: Environment;
  readonly workflow: Workflow;
  readonly send: Send;
  /** From 0 to 1. */
  readonly random: () => number;
}

/**
 * The step, start to end. Whatever goes wrong in it is said and ends it as failed.
 * @returns whether the token was handed out
 */
export async function runStep(tools: StepTools): Promise<boolean> {
  const raw = readInputs(tools.env);
  secretInputs(raw).forEach(tools.workflow.mask);
  try {
    await refreshStep(raw, tools);
    return true;
  } catch (thrown) {
    tools.workflow.fail(asActionError(thrown));
    return false;
  }
}

/** The order of things: nothing is sent before all is checked, nothing handed out before all is judged. */
async function refreshStep(raw: RawInputs, tools: StepTools): Promise<void> {
  const { workflow } = tools;
  const inputs = validateInputs(raw, tools.env);
  sayWhere(inputs.login, workflow);
  const body = await sendRefresh(inputs, tools);
  secretsIn(body).forEach(workflow.mask);
  keepRotated(body, inputs, workflow);
  const token = judgeTokenResponse(body, inputs.allowedHosts, workflow.clean);
  handOut(token, inputs, workflow);
}

function sayWhere(login: CheckedUrl, workflow: Workflow): void {
  const { host } = login.url;
  if (login.rewrittenFrom !== undefined) {
    workflow.notice(`${login.rewrittenFrom} does not serve OAuth: refreshing at ${host} instead.`);
  }
  if (login.deprecated) {
    workflow.warning(instanceHostWarning(host));
  }
  workflow.info(`Refreshing the access token at ${host}.`);
}

async function sendRefresh(inputs: Inputs, tools: StepTools): Promise<JsonObject> {
  const { send, random, workflow } = tools;
  const deadline = startDeadline(inputs.timeoutMs);
  const request = { ...inputs, endpoint: inputs.login.url };
  try {
    return await refresh(request, inputs, inputs.allowedHosts, {
      send,
      deadline,
      clean: workflow.clean,
      announce: workflow.info,
      random,
    });
  } catch (error) {
    throw error instanceof ActionError && error.deadCredential
      ? error.with({ fix: `${error.fix}\n${signInAgain(inputs, tools.env)}` })
      : error;
  } finally {
    deadline.release();
  }
}

function signInAgain({ login, clientId }: Inputs, env: Environment): string {
  return signInCommands(login.url.origin, clientId === 'PlatformCLI', readContext(env).repository);
}

/** Before the answer is judged in any other way: the refresh token that was sent may be dead by now. */
function keepRotated(body: JsonObject, inputs: Inputs, workflow: Workflow): void {
  const newToken = rotatedToken(body, inputs.refreshToken);
  workflow.setOutput('rotated', String(newToken !== undefined));
  if (newToken === undefined) {
    return;
  }
  workflow.setOutput('refresh-token', newToken);
  if (!inputs.rotates) {
    workflow.warning(
      'Salesforce rotated the refresh token: the stored secret is dead now, and the next run will fail. ' +
        'The new one is in the output `refresh-token`: save it in a following step (`if: always()`) and set `rotates: true`.',
    );
  }
}

function handOut(token: TokenResponse, inputs: Inputs, workflow: Workflow): void {
  workflow.mask(token.accessToken);
  if (inputs.maskInstanceUrl) {
    workflow.mask(token.instanceUrl);
  }
  token.notices.forEach(workflow.notice);
  workflow.setOutput('access-token', token.accessToken);
  workflow.setOutput('instance-url', token.instanceUrl);
  workflow.setOutput('token-type', token.tokenType);
  if (token.scope !== undefined) {
    workflow.setOutput('scope', token.scope);
  }
  if (token.issuedAt !== undefined) {
    workflow.setOutput('issued-at', token.issuedAt.toISOString());
  }
  if (token.identityUrl !== undefined) {
    workflow.setOutput('identity-url', token.identityUrl);
  }
  if (token.identity !== undefined) {
    workflow.setOutput('org-id', token.identity.orgId);
    workflow.setOutput('user-id', token.identity.userId);
  }
  if (token.apiInstanceUrl !== undefined) {
    workflow.setOutput('api-instance-url', token.apiInstanceUrl);
  }
  const org = token.identity === undefined ? '' : ` of org ${token.identity.orgId}`;
  const { host } = new URL(token.instanceUrl);
  const since = token.issuedAt === undefined ? '' : `, issued ${token.issuedAt.toISOString()}`;
  workflow.info(`Got a new access token${org} at ${host}${since}.`);
}
