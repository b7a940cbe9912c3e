import { ActionError } from './errors/action-error.ts';
import { type Environment, readContext } from './runner/context.ts';
import { type InputName, type RawInputs, required } from './runner/inputs.ts';

const credentialSources = ['refresh-token', 'sfdx-auth-url', 'token-file'] as const;

/**
 * Refuses inputs that can't be given together, and a step without any credential.
 * @throws ActionError `input_conflict`, `input_missing`
 */
export function checkCombination(raw: RawInputs, env: Environment): void {
  const given = credentialSources.filter((name) => raw[name] !== undefined);
  if (given.length > 1) {
    throw conflict(given, 'each of them is a credential of its own');
  }
  const parts = (['client-id', 'client-secret'] as const).filter((name) => raw[name] !== undefined);
  if (raw['sfdx-auth-url'] !== undefined && parts.length > 0) {
    throw conflict(['sfdx-auth-url', ...parts], 'the auth URL names the app already');
  }
  if (given.length === 0) {
    required(raw, 'refresh-token', env);
  }
  if (raw['token-file'] !== undefined && raw['secret-name'] !== undefined) {
    throw conflict(['token-file', 'secret-name'], 'a rotated token is kept in one place');
  }
}

/** Where nothing keeps a rotated token but the workflow, the workflow has to be able to read it. */
export function checkTokenCanBeSaved(raw: RawInputs, rotates: boolean, env: Environment): void {
  const kept = raw['token-file'] !== undefined || raw['secret-name'] !== undefined;
  if (!rotates || kept || readContext(env).outputsCanBeRead) {
    return;
  }
  const output = raw['sfdx-auth-url'] === undefined ? 'refresh-token' : 'sfdx-auth-url';
  throw ActionError.own(
    'input_conflict',
    '`rotates` is `true`, and nothing could save the new refresh token: this step has no `id:`.',
    {
      why: `Without an \`id:\`, no other step can read the output \`${output}\`, and the stored token is dead after one refresh.`,
      fix: `Give this step an \`id:\` (\`id: salesforce\`), and save \`steps.salesforce.outputs.${output}\` in a following step with \`if: always()\`. Nothing was sent.`,
    },
  );
}

function conflict(names: readonly InputName[], why: string): ActionError {
  const list = names.map((name) => `\`${name}\``).join(' and ');
  return ActionError.own('input_conflict', `${list} can not be given together: ${why}.`);
}
