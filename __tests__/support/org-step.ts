import assert from 'node:assert/strict';
import type { TestContext } from 'node:test';
import { type ActionResult, type RunOptions, runAction } from './runner.ts';
import { type OrgOptions, type SalesforceOrg, startOrg } from './salesforce-org.ts';
import { stepHere } from './step-here.ts';

/** An org that ends with the test, and so shows what its hooks had to object. */
export async function orgFor(t: TestContext, options: OrgOptions = {}): Promise<SalesforceOrg> {
  const org = await startOrg(options);
  t.after(() => org.close());
  return org;
}

/** What stands under `with:` of a step with a new credential of the org. */
export function inputsFor(org: SalesforceOrg): NonNullable<RunOptions['inputs']> {
  return {
    'refresh-token': org.newRefreshToken(),
    'client-id': org.app.clientId,
    'login-url': org.url,
    'allowed-hosts': '127.0.0.1',
  };
}

/** Runs the step on a credential of the org; `inputs` come on top of those that it takes. */
export async function runOn(
  org: SalesforceOrg,
  inputs: RunOptions['inputs'] = {},
  options: Omit<RunOptions, 'inputs'> = {},
): Promise<ActionResult> {
  return await runAction({ ...options, inputs: { ...inputsFor(org), ...inputs } });
}

/** The same as {@link runOn} without a process of its own: see {@link stepHere}. */
export async function hereOn(
  org: SalesforceOrg,
  inputs: RunOptions['inputs'] = {},
): Promise<ActionResult> {
  return await stepHere({ inputs: { ...inputsFor(org), ...inputs } });
}

/** What the org was asked, in order: `POST token`, `GET userinfo`, `GET data`, `GET query`. */
export function asked(org: SalesforceOrg): string[] {
  return org.requests.map(({ method, path }) => `${method} ${path.replace(/^.*\//, '')}`);
}

/** What the step says went wrong. */
export function problem({ annotations }: ActionResult): string {
  return annotations.find(({ level }) => level === 'error')?.message ?? 'no error';
}

/** The three parts of what the step says went wrong; empty where they don't stand in this order. */
export function explanation(result: ActionResult): { what: string; why: string; fix: string } {
  const [, what = '', fix = '', why = ''] =
    /^(.*?)\nWhat to do: (.*?)(?:\nWhy: (.*))?\nMore: https:\S+$/s.exec(problem(result)) ?? [];
  return { what, why, fix };
}

/** Asserts that nothing was handed out that a later step, or the end of the job, could use. */
export function assertNothingHandedOut(result: ActionResult): void {
  const { outputs, env, state } = result;
  assert.deepEqual(
    Object.keys(outputs).filter((name) => !['rotated', 'error-code'].includes(name)),
    [],
  );
  assert.deepEqual({ env, state }, { env: {}, state: {} });
}
