import {
  chmodSync,
  closeSync,
  fstatSync,
  mkdtempSync,
  openSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { type ActionResult, type RunOptions, type StartedAction, startAction } from './runner.ts';
import { type OrgOptions, type SalesforceOrg, startOrg } from './salesforce-org.ts';
import { stepHere } from './step-here.ts';
import type { AfterTest } from './token-branch-scene.ts';

/** An org, and a token file with a credential of it, in a folder of its own. */
export interface TokenFileScene {
  readonly org: SalesforceOrg;
  readonly folder: string;
  readonly file: string;
  /** The refresh token that is in the file. */
  readonly token: string;
  /** The file's first text. */
  readonly text: string;
  /** The file's text now. */
  readonly read: () => string;
  /** The file's members now. */
  readonly members: () => Record<string, unknown>;
  readonly start: (options?: RunOptions) => StartedAction;
  /** Runs the step without a process of its own: see {@link stepHere}. */
  readonly here: (options?: Pick<RunOptions, 'inputs' | 'env'>) => Promise<ActionResult>;
}

/** The access token that the file has before the first refresh. */
export const oldAccessToken = '00D5e0000000001!AQEAQOLDOLDOLDOLDOLDOLD';

/** Makes the scene. `write` makes the file's text; default: JSON, indented by two spaces. */
export async function setTheScene(
  t: AfterTest,
  options: OrgOptions = {},
  write = (members: Record<string, unknown>) => `${JSON.stringify(members, null, 2)}\n`,
): Promise<TokenFileScene> {
  const org = await startOrg(options);
  t.after(() => org.close());
  const folder = mkdtempSync(join(tmpdir(), 'token-file-'));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  const file = join(folder, '_salesforce.json');
  const token = org.newRefreshToken();
  const text = write({
    note: 'kept by hand',
    access_token: oldAccessToken,
    refresh_token: token,
    instance_url: org.url,
    issued_at: '1278448832702',
  });
  writeFileSync(file, text);
  chmodSync(file, 0o600);
  const withDefaults = (given: RunOptions): RunOptions => ({
    ...given,
    inputs: {
      'token-file': file,
      'client-id': org.app.clientId,
      'allowed-hosts': '127.0.0.1',
      ...given.inputs,
    },
  });
  const read = () => readFileSync(file, 'utf8');
  return {
    org,
    folder,
    file,
    token,
    text,
    read,
    members: () => parse(read()),
    start: (given = {}) => startAction(withDefaults(given)),
    here: (given = {}) => stepHere(withDefaults(given)),
  };
}

/** The number of a file that is held open, so that no other file can get the same one while the test runs. */
export function heldInode(t: TestContext, file: string): number {
  const held = openSync(file, 'r');
  t.after(() => closeSync(held));
  return fstatSync(held).ino;
}

/** The members of a JSON object; none of anything else. */
export function parse(text: string): Record<string, unknown> {
  const value: unknown = JSON.parse(text.replace(/^\uFEFF/, ''));
  return { ...(typeof value === 'object' ? value : {}) };
}
