import { secretTexts } from './credential/json-text.ts';
import { openTokenFile, type TokenFile } from './credential/token-file.ts';
import { type Counted, counted } from './effort.ts';
import { ActionError, asActionError } from './errors/action-error.ts';
import { handOut } from './hand-out.ts';
import { type Deadline, startDeadline } from './http/deadline.ts';
import type { JsonObject } from './http/json.ts';
import type { Send } from './http/send.ts';
import { type Given, signInAgain } from './keeping/advice.ts';
import type { Taken } from './keeping/keeper.ts';
import { keeperOf } from './keeping/keepers.ts';
import { failureSummary, moreAbout, reportLines, reportSummary } from './report.ts';
import { type Environment, readContext } from './runner/context.ts';
import { type RawInputs, readInputs } from './runner/inputs.ts';
import type { Workflow } from './runner/outputs.ts';
import { checkToken, type Findings } from './salesforce/checks.ts';
import type { CheckedUrl } from './salesforce/hosts.ts';
import { refresh } from './salesforce/refresh.ts';
import { revokeToken } from './salesforce/revoke.ts';
import {
  hostToRevokeAt,
  instanceHostWarning,
  isTokenText,
  judgeTokenResponse,
  rotatedToken,
  secretsIn,
  type TokenResponse,
} from './salesforce/token-response.ts';
import { type Settings, secretInputs, validateInputs } from './settings.ts';

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
/**
 * What a cancelled step has left: the runner sends its second signal 7.5 s after the first, which ends
 * some processes on Windows, and kills the step 2.5 s later.
 */
const cancelledAnswerMs = 6_000;
const cancelledSaveMs = 7_000;
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

/** The order of things: nothing is sent before all is checked, nothing handed out before all is judged. */
async function refreshStep(raw: RawInputs, given: StepTools): Promise<void> {
  const { workflow, cancel } = given;
  const settings = validateInputs(raw, given.env, (path) => readTokenFile(path, given));
  sayWhere(raw, settings.login, workflow);
  const deadline = startDeadline(settings.timeoutMs, cancel);
  const { tools: countedTools, effort } = counted(given.send, workflow.info);
  const tools = { ...given, ...countedTools };
  try {
    const keeper = await keeperOf(settings, readContext(given.env), tools, workflow);
    const taken = await keeper.take(deadline);
    const body = await sendRefresh(taken, settings, deadline, tools);
    secretsIn(body).forEach(workflow.mask);
    const refreshToken = await keepRotated(body, taken, tools);
    const { token, findings } = await judge(body, settings, deadline, tools);
    handOut(token, findings, body, settings, workflow);
    const report = { token, findings, refreshToken, effort: effort() };
    reportLines(report).forEach(workflow.info);
    if (settings.jobSummary) {
      workflow.summarize(reportSummary(report));
    }
  } finally {
    deadline.release();
  }
}

/** The step's tools; what using them costs is counted. */
type CountedTools = StepTools & Counted;

function readTokenFile(path: string, { env, workflow }: StepTools): TokenFile {
  const file = openTokenFile(path);
  // What is no token text is not printed either.
  secretTexts(file.content).filter(isTokenText).forEach(workflow.mask);
  if (file.isInside(readContext(env).workspace)) {
    workflow.notice(
      '`token-file` lies in the workspace, where artifacts, caches and commits can carry it away.',
    );
  }
  return file;
}

function sayWhere(raw: RawInputs, login: CheckedUrl, workflow: Workflow): void {
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

type Sending = Pick<
  Settings,
  'login' | 'clientId' | 'clientSecret' | 'allowedHosts' | 'rotates' | 'retries'
> &
  Given;

async function sendRefresh(
  taken: Taken,
  settings: Sending,
  deadline: Deadline,
  { send, random, workflow, env, retrying }: CountedTools,
): Promise<JsonObject> {
  const { refreshToken } = taken;
  const { login, clientId, clientSecret, allowedHosts, rotates, retries } = settings;
  const request = {
    endpoint: login.url,
    refreshToken,
    clientId,
    ...(clientSecret !== undefined && { clientSecret }),
    graceMs: cancelledAnswerMs,
  };
  const { clean, info: announce } = workflow;
  try {
    return await refresh(request, { rotates, retries }, allowedHosts, {
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
      const { ifItStays } = taken;
      throw ifItStays === undefined ? error : error.with({ fix: `${error.fix} ${ifItStays}` });
    }
    await taken.letGo();
    if (error.deadCredential) {
      throw error.with({
        fix: `${error.fix}\n${signInAgain(login.url, settings, readContext(env).repository)}`,
      });
    }
    throw error;
  }
}

/**
 * Before the answer is judged in any other way: the refresh token that was sent may be dead by now.
 * @returns what became of it, as a phrase
 */
async function keepRotated(
  body: JsonObject,
  taken: Taken,
  { workflow, cancel }: StepTools,
): Promise<string> {
  const { refresh_token: returned = body['access_token'] } = body;
  // An answer without a good token is no proof that the one that was sent is still good.
  const proven = isTokenText(returned);
  if (taken.ifItStays !== undefined && !proven) {
    workflow.warning(taken.ifItStays);
  }
  const newToken = rotatedToken(body, taken.refreshToken);
  if (newToken !== undefined) {
    const deadline = startDeadline(saveMs, cancel, cancelledSaveMs);
    return await taken.keep(newToken, deadline).finally(deadline.release);
  }
  workflow.setOutputs({ rotated: 'false' });
  if (proven) {
    await taken.letGo();
  }
  return 'not rotated';
}

type Judging = Pick<
  Settings,
  'allowedHosts' | 'login' | 'expected' | 'retries' | 'revokeOnCompletion'
>;

/** Whether the token may be handed out. One that may not is not left behind where the job would revoke it. */
async function judge(
  body: JsonObject,
  { allowedHosts, login, expected, retries, revokeOnCompletion }: Judging,
  deadline: Deadline,
  { workflow, cancel, send, random, retrying }: CountedTools,
): Promise<{ token: TokenResponse; findings: Findings }> {
  try {
    const token = judgeTokenResponse(body, allowedHosts, workflow.clean);
    token.notices.forEach(workflow.notice);
    token.warnings.forEach(workflow.warning);
    const { accessToken, instanceUrl, scope } = token;
    const findings = await checkToken(token, expected, {
      instanceUrl,
      accessToken,
      scope,
      clean: workflow.clean,
      repetition: { send, deadline, retries, answerMs: checkAnswerMs, random, retrying },
    });
    cancel.throwIfAborted();
    return { token, findings };
  } catch (error) {
    const { access_token: accessToken } = body;
    if (revokeOnCompletion && isTokenText(accessToken)) {
      const host = hostToRevokeAt(body, allowedHosts, login.url);
      await revokeToken(host, accessToken, { ...workflow, send, cancel, random });
    }
    throw error;
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
