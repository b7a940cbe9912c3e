import { ActionError } from './errors/action-error.ts';
import type { Deadline } from './http/deadline.ts';
import type { JsonObject } from './http/json.ts';
import type { Kept, Reusable } from './keeping/keeper.ts';
import type { Findings } from './salesforce/checks.ts';
import type { Check } from './salesforce/load-checks.ts';
import type { revokeToken } from './salesforce/revoke.ts';
import {
  hostToRevokeAt,
  isTokenText,
  judgeTokenResponse,
  secretsIn,
  type TokenResponse,
} from './salesforce/token-response.ts';
import type { Settings } from './settings.ts';
import type { CountedTools } from './step-tools.ts';

/** Longest wait for one answer of the org, when it is asked about the token. */
const checkAnswerMs = 20_000;

/** The step's tools, what checks a token, and what revokes one, where the workflow asks for that. */
export type JudgingTools = CountedTools & {
  readonly check: Check;
  readonly revoke?: typeof revokeToken | undefined;
};

/** A token response that was judged good, and what became of the refresh token. */
export interface Good {
  readonly body: JsonObject;
  readonly token: TokenResponse;
  readonly findings: Findings;
  readonly kept: Kept;
}

/** @returns undefined where the token turns out not to work: a new one will */
export async function judgeReusable(
  { body, kept }: Reusable,
  settings: Settings,
  deadline: Deadline,
  tools: JudgingTools,
): Promise<Good | undefined> {
  const { workflow } = tools;
  secretsIn(body).forEach(workflow.mask);
  try {
    const judged = await judge(body, settings, deadline, tools);
    workflow.info('Reusing the access token that another job got a moment ago.');
    workflow.setOutputs({ reused: 'true', rotated: 'false' });
    return { body, kept, ...judged };
  } catch (error) {
    if (error instanceof ActionError && error.code === 'verification_failed') {
      workflow.info(`The access token that another job got does not work: ${error.message}`);
      return undefined;
    }
    throw error;
  }
}

type Judging = Pick<Settings, 'allowedHosts' | 'login' | 'expected' | 'retries'>;

/** Whether the token may be handed out. One that may not is not left behind where the job would revoke it. */
export async function judge(
  body: JsonObject,
  { allowedHosts, login, expected, retries }: Judging,
  deadline: Deadline,
  { workflow, cancel, send, random, retrying, check, revoke }: JudgingTools,
): Promise<{ token: TokenResponse; findings: Findings }> {
  const { debug } = workflow;
  try {
    const token = judgeTokenResponse(body, allowedHosts, workflow.clean);
    token.notices.forEach(workflow.notice);
    for (const warning of token.warnings) {
      workflow.warning(warning);
    }
    const { accessToken, instanceUrl, scope } = token;
    if (workflow.debugging) {
      const { judgedText } = await import('./trace.ts');
      debug(() => judgedText(token, allowedHosts));
    }
    const findings = await check(token, expected, {
      instanceUrl,
      accessToken,
      scope,
      clean: workflow.clean,
      repetition: { send, deadline, retries, answerMs: checkAnswerMs, random, retrying, debug },
    });
    cancel.throwIfAborted();
    return { token, findings };
  } catch (error) {
    const { access_token: accessToken } = body;
    if (revoke !== undefined && isTokenText(accessToken)) {
      const host = hostToRevokeAt(body, allowedHosts, login.url);
      await revoke(host, accessToken, { ...workflow, send, cancel, retries, random });
    }
    throw error;
  }
}
