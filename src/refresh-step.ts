import { signInCommands } from './credential/advice.ts';
import { secretTexts } from './credential/json-text.ts';
import { keepNewToken } from './credential/rotation.ts';
import { holdGuard, type RotationGuard } from './credential/rotation-guard.ts';
import { openTokenFile, type TokenFile } from './credential/token-file.ts';
import { type Deadline, startDeadline } from './deadline.ts';
import { ActionError, asActionError, describe } from './errors.ts';
import { gitHubClient } from './github/api.ts';
import { gitHubEnvironment, type Seal } from './github/environment.ts';
import type { Send } from './http.ts';
import { type Inputs, type RawInputs, readInputs, secretInputs, validateInputs } from './inputs.ts';
import type { JsonObject } from './json.ts';
import type { Workflow } from './outputs.ts';
import { type Environment, readContext } from './run-context.ts';
import { refresh } from './salesforce/refresh.ts';
import {
  instanceHostWarning,
  isTokenText,
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
  readonly seal: Seal;
  /** Aborts when the run is cancelled. */
  readonly cancel: AbortSignal;
  /** From 0 to 1. */
  readonly random: () => number;
}

/** How long saving a rotated token may take. */
const saveMs = 30_000;
/** What a cancelled step has left: the runner kills it 10 s after the first signal. */
const cancelledAnswerMs = 6_000;
const cancelledSaveMs = 8_000;

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
    tools.workflow.fail(asCancelled(asActionError(thrown), tools.cancel));
    return false;
  }
}

/** The order of things: nothing is sent before all is checked, nothing handed out before all is judged. */
async function refreshStep(raw: RawInputs, tools: StepTools): Promise<void> {
  const { workflow, cancel } = tools;
  const inputs = validateInputs(raw, tools.env, (path) => readTokenFile(path, tools));
  sayWhere(raw, inputs, workflow);
  const deadline = startDeadline(inputs.timeoutMs, cancel);
  try {
    const guard = await holdRotationGuard(inputs, deadline, tools);
    const body = await sendRefresh(inputs, deadline, guard, tools);
    secretsIn(body).forEach(workflow.mask);
    await keepRotated(body, inputs, guard, tools);
    cancel.throwIfAborted();
    const token = judgeTokenResponse(body, inputs.allowedHosts, workflow.clean);
    handOut(token, body, inputs, workflow);
  } finally {
    deadline.release();
  }
}

function readTokenFile(path: string, { env, workflow }: StepTools): TokenFile {
  const file = openTokenFile(path);
  secretTexts(file.content).forEach(workflow.mask);
  if (file.isInside(readContext(env).workspace)) {
    workflow.notice(
      '`token-file` lies in the workspace, where artifacts, caches and commits can carry it away.',
    );
  }
  return file;
}

function sayWhere(raw: RawInputs, { login }: Inputs, workflow: Workflow): void {
  const { host } = login.url;
  if (/\n/.test(raw['sfdx-auth-url'] ?? '')) {
    workflow.warning(
      'The secret behind `sfdx-auth-url` has several lines, and the runner masks each of them, `{` and `}` too: store it as one line.',
    );
  }
  if (login.rewrittenFrom !== undefined) {
    workflow.notice(`${login.rewrittenFrom} does not serve OAuth: refreshing at ${host} instead.`);
  }
  if (login.deprecated) {
    workflow.warning(instanceHostWarning(host));
  }
  workflow.info(`Refreshing the access token at ${host}.`);
}

/** For a credential that is written back: makes sure that nobody else spends this copy. */
async function holdRotationGuard(
  { writeBack, refreshToken }: Inputs,
  deadline: Deadline,
  { env, workflow, send, seal, random }: StepTools,
): Promise<RotationGuard | undefined> {
  if (writeBack === undefined) {
    return undefined;
  }
  const { repository, apiUrl, runUrl } = readContext(env);
  const { secretName, environmentName, githubToken } = writeBack;
  const call = gitHubClient({
    send,
    token: githubToken,
    apiUrl,
    clean: workflow.clean,
    announce: workflow.info,
    random,
  });
  return await holdGuard(
    { secretName, environmentName, repository, refreshToken, runUrl },
    gitHubEnvironment(repository, environmentName, call, seal),
    deadline,
    workflow.info,
    workflow.warning,
  );
}

async function sendRefresh(
  inputs: Inputs,
  deadline: Deadline,
  guard: RotationGuard | undefined,
  { send, random, workflow, env }: StepTools,
): Promise<JsonObject> {
  const request = { ...inputs, endpoint: inputs.login.url, graceMs: cancelledAnswerMs };
  try {
    return await refresh(request, inputs, inputs.allowedHosts, {
      send,
      deadline,
      clean: workflow.clean,
      announce: workflow.info,
      random,
    });
  } catch (thrown) {
    const error = asActionError(thrown);
    if (error.mayBeSpent) {
      throw guard === undefined ? error : error.with({ fix: `${error.fix} ${guard.ifItStays}` });
    }
    await guard?.release();
    if (error.deadCredential) {
      throw error.with({ fix: `${error.fix}\n${signInAgain(inputs, env)}` });
    }
    throw error;
  }
}

function signInAgain({ login, clientId }: Inputs, env: Environment): string {
  return signInCommands(login.url.origin, clientId === 'PlatformCLI', readContext(env).repository);
}

/** Before the answer is judged in any other way: the refresh token that was sent may be dead by now. */
async function keepRotated(
  body: JsonObject,
  inputs: Inputs,
  guard: RotationGuard | undefined,
  { workflow, env, cancel }: StepTools,
): Promise<void> {
  const newToken = rotatedToken(body, inputs.refreshToken);
  workflow.setOutput('rotated', String(newToken !== undefined));
  if (newToken !== undefined) {
    await keepNewToken(newToken, inputs, readContext(env), guard, workflow, () =>
      startDeadline(saveMs, cancel, cancelledSaveMs),
    );
  } else if (isTokenText(body['access_token'])) {
    await guard?.release();
  }
}

function handOut(token: TokenResponse, body: JsonObject, inputs: Inputs, workflow: Workflow): void {
  workflow.mask(token.accessToken);
  if (inputs.maskInstanceUrl) {
    workflow.mask(token.instanceUrl);
  }
  updateTokenFile(inputs, body);
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

/** Every field of the response; the refresh token, where it is new, stands there already. */
function updateTokenFile({ tokenFile }: Inputs, body: JsonObject): void {
  try {
    tokenFile?.update(body);
  } catch (error) {
    throw ActionError.own('save_failed', `\`token-file\` can not be updated: ${describe(error)}.`, {
      cause: error,
      why: 'The file, or its folder, changed while the step was running.',
      fix: 'Check the rights of the file and of its folder, and the space on the disk. The refresh token in it is current.',
    });
  }
}

/** A cancelled run ends as such, unless that would hide that the credential may be lost. */
function asCancelled(error: ActionError, cancel: AbortSignal): ActionError {
  if (!cancel.aborted || error.mayBeSpent || error.code === 'save_failed') {
    return error;
  }
  return ActionError.own('cancelled', 'The run was cancelled before the token was handed out.', {
    cause: error,
  });
}
