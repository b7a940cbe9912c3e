import { ActionError, asActionError } from './errors/action-error.ts';
import { handOut } from './hand-out.ts';
import { type Deadline, startDeadline } from './http/deadline.ts';
import type { JsonObject } from './http/json.ts';
import { type Good, type JudgingTools, judge, judgeReusable } from './judge.ts';
import type { Keeper, Kept, Taken } from './keeping/keeper.ts';
import { keeperOf } from './keeping/keepers.ts';
import { reportLines } from './report.ts';
import { readContext } from './runner/context.ts';
import { type RawInputs, readInputs } from './runner/inputs.ts';
import type { Workflow } from './runner/outputs.ts';
import type { CheckedUrl } from './salesforce/hosts.ts';
import { instanceHostWarning } from './salesforce/hosts.ts';
import { loadChecks } from './salesforce/load-checks.ts';
import { rotatedToken, secretsIn } from './salesforce/token-response.ts';
import { sendRefresh } from './send-refresh.ts';
import { type Settings, secretInputs, validateInputs } from './settings.ts';
import { counted, type StepTools } from './step-tools.ts';

/**
 * The step, start to end. Whatever goes wrong in it is said and ends it as failed.
 * @returns whether the token was handed out
 */
export async function runStep(tools: StepTools): Promise<boolean> {
  const { workflow } = tools;
  const raw = readInputs(tools.env);
  (await secretInputs(raw)).forEach(workflow.mask);
  if (workflow.debugging) {
    const { startText } = await import('./trace.ts');
    workflow.debug(() => startText(raw, tools.env));
  }
  try {
    await refreshStep(raw, tools);
    return true;
  } catch (thrown) {
    // On demand, as all that only a failure needs.
    const { tellFailure } = await import('./tell-failure.ts');
    await tellFailure(asActionError(thrown), raw, tools);
    return false;
  }
}

/** The order of things: nothing is sent before all is checked, nothing handed out before all is judged. */
async function refreshStep(raw: RawInputs, given: StepTools): Promise<void> {
  const { workflow, cancel } = given;
  const settings = await validateInputs(raw, given.env, await tokenFileReader(raw, given));
  const send = workflow.debugging
    ? (await import('./trace.ts')).tracedStep(raw, settings, given.send, workflow)
    : given.send;
  sayWhere(raw, settings.login, workflow);
  const deadline = startDeadline(settings.timeoutMs, cancel);
  const { tools: countedTools, effort } = counted(send, workflow.info);
  try {
    const check = await loadChecks(settings.expected);
    const revoke = settings.revokeOnCompletion
      ? (await import('./salesforce/revoke.ts')).revokeToken
      : undefined;
    const tools = { ...given, ...countedTools, check, revoke };
    const keeper = await keeperOf(settings, () => readContext(given.env), tools);
    const good = await obtain(keeper, settings, deadline, tools);
    const { token, findings, body, kept } = good;
    handOut(token, findings, body, settings, workflow);
    const report = { token, findings, refreshToken: kept, effort: effort() };
    reportLines(report).forEach(workflow.info);
    if (settings.jobSummary) {
      const { reportSummary } = await import('./summary.ts');
      workflow.summarize(reportSummary(report));
    }
  } catch (thrown) {
    const { withSignIn } = await import('./tell-failure.ts');
    throw withSignIn(asActionError(thrown), settings, given.env);
  } finally {
    deadline.release();
  }
}

/** Takes the refresh token, sends it, keeps the new one, and judges the answer, in this order. */
async function obtain(
  keeper: Keeper,
  settings: Settings,
  deadline: Deadline,
  tools: JudgingTools,
): Promise<Good> {
  for (;;) {
    const taken = await keeper.take(deadline);
    if (taken.kind === 'reusable') {
      const good = await judgeReusable(taken, settings, deadline, tools);
      if (good !== undefined) {
        return good;
      }
      continue;
    }
    const body = await sendRefresh(taken, settings, deadline, tools);
    if (body !== undefined) {
      secretsIn(body).forEach(tools.workflow.mask);
      // Keeping has time of its own: the checks that follow have what was left before it.
      const resume = deadline.suspend();
      const kept = await keepRotated(body, taken, tools).finally(resume);
      const judged = await judge(body, settings, deadline, tools).catch((thrown) => {
        throw withKept(thrown, kept);
      });
      return { body, kept, ...judged };
    }
  }
}

/** Says with a token that is not handed out what became of a new refresh token: that one counts. */
function withKept(thrown: unknown, { phrase }: Kept): unknown {
  return thrown instanceof ActionError && phrase.startsWith('rotated')
    ? thrown.with({ fix: `${thrown.fix}\nRefresh token: ${phrase}.` })
    : thrown;
}

/** What reads `token-file`; undefined where there is none. */
async function tokenFileReader(raw: RawInputs, { env, workflow }: StepTools) {
  if (raw['token-file'] === undefined) {
    return undefined;
  }
  const { tokenFileOpener } = await import('./token-file-input.ts');
  return tokenFileOpener(readContext(env).workspace, workflow);
}

function sayWhere(raw: RawInputs, login: CheckedUrl, workflow: Workflow): void {
  const { host } = login.url;
  if (raw['sfdx-auth-url']?.includes('\n')) {
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

/** Before the answer is judged in any other way: the refresh token that was sent may be dead by now. */
async function keepRotated(body: JsonObject, taken: Taken, { workflow }: StepTools): Promise<Kept> {
  const newToken = rotatedToken(body, taken.refreshToken);
  workflow.debug(() => `Salesforce answered with ${newToken ? 'a' : 'no'} new refresh token`);
  if (newToken !== undefined) {
    return await taken.keep(newToken, body);
  }
  const kept = await taken.stays();
  workflow.setOutputs({ rotated: 'false' });
  return kept;
}
