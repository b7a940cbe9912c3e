import assert from 'node:assert/strict';
import { type ActionResult, type RunOptions, runAction } from './runner.ts';
import { type OrgOptions, type SalesforceOrg, startOrg } from './salesforce-org.ts';
import { stepHere } from './step-here.ts';
import type { AfterTest } from './token-branch-scene.ts';

/** An org, a refresh token of it, and the action to refresh it with. */
export interface RefreshScene {
  readonly org: SalesforceOrg;
  readonly token: string;
  /** Runs the action with these inputs over those that it can't do without. */
  run(
    inputs?: RunOptions['inputs'],
    env?: RunOptions['env'],
    options?: Omit<RunOptions, 'inputs' | 'env'>,
  ): Promise<ActionResult>;
  /** The same without a process of its own: see {@link stepHere}. */
  here(inputs?: RunOptions['inputs'], env?: RunOptions['env']): Promise<ActionResult>;
}

/** Longer than any step here may take, and what tells a slow machine from a process that hangs. */
const marginMs = 25_000;

/** Makes the scene; the org goes with the test. */
export async function refreshScene(t: AfterTest, options: OrgOptions = {}): Promise<RefreshScene> {
  const org = await startOrg(options);
  t.after(() => org.close());
  const token = org.newRefreshToken();
  const { url } = org;
  const withDefaults = (inputs: RunOptions['inputs']) => ({
    'refresh-token': token,
    'client-id': org.app.clientId,
    'login-url': url,
    'allowed-hosts': '127.0.0.1',
    ...inputs,
  });
  return {
    org,
    token,
    here: (inputs = {}, env = {}) => stepHere({ inputs: withDefaults(inputs), env }),
    run: (inputs = {}, env = {}, more = {}) =>
      runAction({
        inputs: withDefaults(inputs),
        env,
        watchdogMs: Number(inputs['timeout-seconds'] ?? 60) * 1000 + marginMs,
        ...more,
      }),
  };
}

/** That the step failed as it should: in time, red, with this code and an explanation, without a token. */
export function assertFailed(result: ActionResult, code: string): void {
  assert.equal(result.hung, false, 'the process hung');
  assert.equal(result.outputs['error-code'], code, result.log);
  assert.equal(result.code, 1);
  assert.equal(result.conclusion, 'failure');
  assert.equal(result.outputs['access-token'], undefined);
  assert.equal(result.annotations.filter(({ level }) => level === 'error').length, 1, result.log);
  assert.equal(result.stderr, '');
}

/** That the step handed out a token that is good. */
export function assertRefreshed(result: ActionResult, org: SalesforceOrg): void {
  assert.equal(result.hung, false, 'the process hung');
  assert.equal(result.code, 0, result.log);
  assert.ok(org.accessTokenAlive(result.outputs['access-token'] ?? ''));
  assert.equal(result.outputs['error-code'], undefined);
  assert.equal(result.stderr, '');
}

/** The announcements of retries, as the log has them. */
export interface Retry {
  readonly number: number;
  /** The limit that was told, if one was. */
  readonly of: number | undefined;
  readonly seconds: number;
  readonly reason: string;
}

/** The retries that the log announces, in order. */
export function retriesIn({ log }: ActionResult): Retry[] {
  return [...log.matchAll(/^Retry (\d+)(?: of (\d+))? in (\d+\.\d) s, because: (.+)$/gm)].map(
    ([, number, of, seconds, reason = '']) => ({
      number: Number(number),
      of: of === undefined ? undefined : Number(of),
      seconds: Number(seconds),
      reason,
    }),
  );
}
