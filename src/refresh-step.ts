import { secretTexts } from './credential/json-text.ts';
import { openTokenFile, type TokenFile } from './credential/token-file.ts';
import { ActionError, asActionError } from './errors/action-error.ts';
import { sectionOf } from './errors/catalogue.ts';
import { handOut } from './hand-out.ts';
import { type Deadline, startDeadline } from './http/deadline.ts';
import type { JsonObject } from './http/json.ts';
import type { Send } from './http/send.ts';
import { signInCommands } from './keeping/advice.ts';
import { keepNewToken } from './keeping/rotation.ts';
import type { RotationGuard } from './keeping/rotation-guard.ts';
import { revokeToken } from './post-step.ts';
import { type Effort, failureSummary, reportLines, reportSummary } from './report.ts';
import { type Environment, readContext } from './runner/context.ts';
import type { Workflow } from './runner/outputs.ts';
import { checkToken, type Findings } from './salesforce/checks.ts';
import { refresh } from './salesforce/refresh.ts';
import {
  hostToRevokeAt,
  instanceHostWarning,
  isTokenText,
  judgeTokenResponse,
  rotatedToken,
  secretsIn,
  type TokenResponse,
} from './salesforce/token-response.ts';
import {
  type Inputs,
  type RawInputs,
  readInputs,
  secretInputs,
  validateInputs,
} from './settings.ts';

/** Collaborators of the step: the runner, the network, chance. */
export interface StepTools {
  readonly env: Environment;
  readonly workflow: Workflow;
  readonly send: Send;
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
/** Longest wait for one answer of the org, when it is asked about the token. */
const checkAnswerMs = 20_000;

/**
 * The step, start to end. Whatever goes wrong in it is said and ends it as failed.
 * @returns whether the token was handed out
 */
export async function runStep(tools: StepTools): Promise<boolean> {
  const { workflow, cancel } = tools;
  const raw = readInputs(tools.env);
  secretInputs(raw).forEach(workflow.mask);
  try {
    await refreshStep(raw, tools);
    return true;
  } catch (thrown) {
    const error = asCancelled(asActionError(thrown), cancel);
    const more = moreAbout(error, tools.env);
    workflow.fail(error, more);
    if (raw['job-summary']?.toLowerCase() === 'true') {
      workflow.summarize(failureSummary(error, more));
    }
    return false;
  }
}

/** The address of what the documents say about an error. */
export function moreAbout({ code }: ActionError, env: Environment): string {
  return `${readContext(env).documents}/troubleshooting.md#${sectionOf(code)}`;
}

/** The order of things: nothing is sent before all is checked, nothing handed out before all is judged. */
async function refreshStep(raw: RawInputs, given: StepTools): Promise<void> {
  const { workflow, cancel } = given;
  const inputs = validateInputs(raw, given.env, (path) => readTokenFile(path, given));
  sayWhere(raw, inputs, workflow);
  const deadline = startDeadline(inputs.timeoutMs, cancel);
  const { tools, effort } = measured(given);
  try {
    const guard = await holdRotationGuard(inputs, deadline, tools);
    const body = await sendRefresh(inputs, deadline, guard, tools);
    secretsIn(body).forEach(workflow.mask);
    const refreshToken = await keepRotated(body, inputs, guard, tools);
    const { token, findings } = await judge(body, inputs, deadline, tools);
    handOut(token, findings, body, inputs, workflow);
    const report = { token, findings, refreshToken, effort: effort() };
    reportLines(report).forEach(workflow.info);
    if (inputs.jobSummary) {
      workflow.summarize(reportSummary(report));
    }
  } finally {
    deadline.release();
  }
}

/** The step's tools, and what using them has cost so far. */
interface MeasuredTools extends StepTools {
  /** Tells the user about a retry: one line. */
  readonly retrying: (line: string) => void;
}

function measured(tools: StepTools): { tools: MeasuredTools; effort: () => Effort } {
  const start = performance.now();
  let requests = 0;
  let retries = 0;
  const send: Send = (request, limits) => {
    requests += 1;
    return tools.send(request, limits);
  };
  const retrying = (line: string) => {
    retries += 1;
    tools.workflow.info(line);
  };
  return {
    tools: { ...tools, send, retrying },
    effort: () => ({ requests, retries, ms: performance.now() - start }),
  };
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
  { env, workflow, send, random, retrying }: MeasuredTools,
): Promise<RotationGuard | undefined> {
  if (writeBack === undefined) {
    return undefined;
  }
  const { guardSecret } = await import('./keeping/environment-secret.ts');
  const tools = { send, random, retrying };
  return await guardSecret(writeBack, refreshToken, readContext(env), tools, deadline, workflow);
}

async function sendRefresh(
  inputs: Inputs,
  deadline: Deadline,
  guard: RotationGuard | undefined,
  { send, random, workflow, env, retrying }: MeasuredTools,
): Promise<JsonObject> {
  const request = { ...inputs, endpoint: inputs.login.url, graceMs: cancelledAnswerMs };
  const { clean, info: announce } = workflow;
  try {
    return await refresh(request, inputs, inputs.allowedHosts, {
      send,
      deadline,
      clean,
      announce,
      retrying,
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

function signInAgain({ login, clientId, authUrl, writeBack }: Inputs, env: Environment): string {
  return signInCommands({
    loginUrl: login.url.origin,
    platformCli: clientId === 'PlatformCLI',
    repository: readContext(env).repository,
    secretName: writeBack?.secretName ?? (authUrl ? 'SF_AUTH_URL' : 'SF_REFRESH_TOKEN'),
    environmentName: writeBack?.environmentName,
    asAuthUrl: authUrl !== undefined,
  });
}

/**
 * Before the answer is judged in any other way: the refresh token that was sent may be dead by now.
 * @returns what became of it, as a phrase
 */
async function keepRotated(
  body: JsonObject,
  inputs: Inputs,
  guard: RotationGuard | undefined,
  { workflow, env, cancel }: StepTools,
): Promise<string> {
  const { refresh_token: returned = body['access_token'] } = body;
  // An answer without a good token is no proof that the one that was sent is still good.
  const proven = isTokenText(returned);
  if (guard !== undefined && !proven) {
    workflow.warning(guard.ifItStays);
  }
  const newToken = rotatedToken(body, inputs.refreshToken);
  if (newToken !== undefined) {
    return await keepNewToken(newToken, inputs, readContext(env), guard, workflow, () =>
      startDeadline(saveMs, cancel, cancelledSaveMs),
    );
  }
  workflow.setOutputs({ rotated: 'false' });
  if (proven) {
    await guard?.release();
  }
  return 'not rotated';
}

/** Whether the token may be handed out. One that may not is not left behind where the job would revoke it. */
async function judge(
  body: JsonObject,
  inputs: Inputs,
  deadline: Deadline,
  tools: MeasuredTools,
): Promise<{ token: TokenResponse; findings: Findings }> {
  const { workflow, cancel } = tools;
  const { allowedHosts, revokeOnCompletion, login } = inputs;
  try {
    const token = judgeTokenResponse(body, allowedHosts, workflow.clean);
    token.notices.forEach(workflow.notice);
    const findings = await check(token, inputs, deadline, tools);
    cancel.throwIfAborted();
    return { token, findings };
  } catch (error) {
    const { access_token: accessToken } = body;
    if (revokeOnCompletion && isTokenText(accessToken)) {
      await revokeToken(hostToRevokeAt(body, allowedHosts, login.url), accessToken, tools);
    }
    throw error;
  }
}

/** The checks that the workflow asked for. */
async function check(
  token: TokenResponse,
  { expected, retries }: Inputs,
  deadline: Deadline,
  { send, random, workflow, retrying }: MeasuredTools,
): Promise<Findings> {
  const { accessToken, instanceUrl, scope } = token;
  return await checkToken(token, expected, {
    instanceUrl,
    accessToken,
    scope,
    clean: workflow.clean,
    repetition: { send, deadline, retries, answerMs: checkAnswerMs, random, retrying },
  });
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
