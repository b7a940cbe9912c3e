import { ActionError } from './errors/action-error.ts';
import { nothingSent } from './errors/catalogue.ts';
import type { TokenBranch } from './keeping/keeper.ts';
import { type Environment, readContext } from './runner/context.ts';
import { type InputName, numberInput, type RawInputs } from './runner/inputs.ts';

const credentialSources = ['refresh-token', 'sfdx-auth-url', 'token-file'] as const;

/**
 * Refuses inputs that can't be given together, and a step without any credential.
 * @throws ActionError `input_conflict`, `input_missing`
 */
export async function checkCombination(raw: RawInputs, env: Environment): Promise<void> {
  const given = credentialSources.filter((name) => raw[name] !== undefined);
  if (given.length > 1) {
    throw conflict(
      given,
      'each of them is a credential of its own',
      'Give exactly one of `refresh-token`, `sfdx-auth-url` and `token-file`.',
    );
  }
  const parts = (['client-id', 'client-secret'] as const).filter((name) => raw[name] !== undefined);
  if (raw['sfdx-auth-url'] !== undefined && parts.length > 0) {
    throw conflict(
      ['sfdx-auth-url', ...parts],
      'the auth URL names the app already',
      `Leave out ${parts.map((name) => `\`${name}\``).join(' and ')}.`,
    );
  }
  if (given.length === 0) {
    const { missingInput } = await import('./runner/missing-input.ts');
    throw missingInput(
      'No credential arrived: `sfdx-auth-url`, `refresh-token` and `token-file` are all empty.',
      [...credentialSources, 'client-id'],
      env,
    );
  }
  if (raw['token-file'] !== undefined && raw['token-branch'] !== undefined) {
    throw conflict(
      ['token-file', 'token-branch'],
      'a rotated token is kept in one place',
      'Keep `token-branch`, and give the refresh token itself as `refresh-token`; on a self-hosted runner whose disk stays, `token-file` alone will do.',
    );
  }
}

/** Where nothing keeps a rotated token but the workflow, the workflow has to be able to read it. */
export function checkTokenCanBeSaved(raw: RawInputs, env: Environment): void {
  if (readContext(env).outputsCanBeRead) {
    return;
  }
  const output = raw['sfdx-auth-url'] === undefined ? 'refresh-token' : 'sfdx-auth-url';
  throw ActionError.own(
    'input_conflict',
    '`rotates` is `true`, but this step has no `id:`, so no other step can save the new refresh token.',
    {
      fix: `Set \`token-branch\`, which keeps it for you; or give this step \`id: salesforce\`, and save \`steps.salesforce.outputs.${output}\` in a following step with \`if: always()\`. ${nothingSent}`,
      why: 'If the app rotates refresh tokens, the stored one is dead after this refresh: a new one that nobody saves is lost.',
    },
  );
}

/**
 * Says that inputs cannot be given together.
 * @returns `input_conflict`
 */
export function conflict(names: readonly InputName[], because: string, fix: string): ActionError {
  const list = names
    .map((name) => `\`${name}\``)
    .join(', ')
    .replace(/, (?=[^,]*$)/, ' and ');
  return ActionError.own('input_conflict', `${list} cannot be given together: ${because}.`, {
    fix: `${fix} ${nothingSent}`,
  });
}

/** How long to wait for other jobs, and how old a token of theirs may be; in milliseconds. */
export type TokenBranchTimes = Pick<TokenBranch, 'waitMs' | 'reuseMs'>;

/**
 * The times that go with `token-branch`, and that nothing but times is given without it.
 * @throws ActionError `input_invalid`, `input_conflict`
 */
export function tokenBranchTimes(raw: RawInputs): TokenBranchTimes {
  const waitMs = numberInput(raw, 'wait-seconds', 300, 0, 1800) * 1000;
  const reuseMs = numberInput(raw, 'reuse-minutes', 0, 0, 60) * 60_000;
  const alone = (['token-repository', 'reuse-minutes'] as const).find(
    (name) => raw[name] !== undefined && (name !== 'reuse-minutes' || reuseMs > 0),
  );
  if (alone !== undefined && raw['token-branch'] === undefined) {
    throw ActionError.own(
      'input_conflict',
      `\`${alone}\` has no effect without \`token-branch\`, which is empty.`,
      {
        fix: `Name the branch that keeps the refresh token in \`token-branch\`, or leave \`${alone}\` out. ${nothingSent}`,
      },
    );
  }
  return { waitMs, reuseMs };
}
