import { ActionError } from '../errors/action-error.ts';
import { type Environment, readContext } from './context.ts';

/** Every input that `action.yml` declares. */
export const inputNames = [
  'refresh-token',
  'client-id',
  'client-secret',
  'sfdx-auth-url',
  'token-file',
  'login-url',
  'allowed-hosts',
  'rotates',
  'token-branch',
  'token-repository',
  'github-token',
  'wait-seconds',
  'reuse-minutes',
  'expected-org-id',
  'expected-username',
  'expected-org-type',
  'verify',
  'export-env',
  'mask-instance-url',
  'revoke-on-completion',
  'job-summary',
  'timeout-seconds',
  'retries',
] as const;
export type InputName = (typeof inputNames)[number];

/** The inputs as they were given, trimmed; an empty value is no value. */
export type RawInputs = Readonly<Partial<Record<InputName, string>>>;

/** Reads the inputs as the runner hands them over: `INPUT_<NAME>`, upper case, dashes stay. */
export function readInputs(env: Environment): RawInputs {
  const raw: Partial<Record<InputName, string>> = {};
  for (const name of inputNames) {
    const value = env[`INPUT_${name.toUpperCase()}`]?.trim();
    if (value !== undefined && value !== '') {
      raw[name] = value;
    }
  }
  return raw;
}

/**
 * An input that has to be there.
 * @param explanation why it may be empty, and what to do; default: as for a secret
 * @throws ActionError `input_missing`, with the likely cause
 */
export function required(
  raw: RawInputs,
  name: InputName,
  env: Environment,
  explanation = missingWhy(env),
): string {
  const value = raw[name];
  if (value !== undefined) {
    return value;
  }
  const misspelled = name.replaceAll('-', '_');
  if (env[`INPUT_${misspelled.toUpperCase()}`]) {
    throw ActionError.own('input_missing', `The input \`${name}\` is empty.`, {
      why: `There is an input \`${misspelled}\`, with an underscore, which this action does not know.`,
      fix: `Write \`${name}\`, with dashes. Nothing was sent.`,
    });
  }
  throw ActionError.own('input_missing', `The input \`${name}\` is empty.`, explanation);
}

/** The likely cause of an empty secret. */
function missingWhy(env: Environment): { why: string; fix: string } {
  const { actor, eventName } = readContext(env);
  if (actor === 'dependabot[bot]') {
    return {
      why: 'This run was started by Dependabot, whose runs get no Actions secrets, only those of its own store.',
      fix: "Skip this job for Dependabot (`if: github.actor != 'dependabot[bot]'`), or run it after the merge. Nothing was sent.",
    };
  }
  if (/^pull_request/.test(eventName)) {
    return {
      why: 'Secrets are empty in pull requests from forks. Otherwise the secret does not exist here, has another name, or belongs to an environment that the job does not name.',
      fix: 'Skip this job for forks (`if: github.event.pull_request.head.repo.full_name == github.repository`); otherwise create the secret, or name its `environment:` in the job. Nothing was sent.',
    };
  }
  return {
    why: 'The secret does not exist in this repository, has another name, or belongs to an environment that the job does not name (`environment:`); a called workflow only gets the secrets that its caller passes on.',
    fix: 'Create the secret (Settings → Secrets and variables → Actions), correct its name under `with:`, or name its `environment:` in the job. Nothing was sent.',
  };
}

/** @throws ActionError `input_invalid` */
export function booleanInput(raw: RawInputs, name: InputName, fallback: boolean): boolean {
  const value = raw[name];
  if (value === undefined) {
    return fallback;
  }
  // The spellings of YAML 1.2's core schema, as in @actions/core.
  if (!/^(true|True|TRUE|false|False|FALSE)$/.test(value)) {
    throw ActionError.own('input_invalid', `The input \`${name}\` is neither true nor false.`, {
      fix: `Set \`${name}\` to \`true\` or \`false\`, or leave it out (${fallback}). Nothing was sent.`,
    });
  }
  return value.toLowerCase() === 'true';
}

/** A whole number in these bounds. @throws ActionError `input_invalid` */
export function numberInput(
  raw: RawInputs,
  name: InputName,
  fallback: number,
  least: number,
  most: number,
): number {
  const value = raw[name];
  if (value === undefined) {
    return fallback;
  }
  const number = /^\d{1,9}$/.test(value) ? Number(value) : Number.NaN;
  if (!(number >= least && number <= most)) {
    throw ActionError.own(
      'input_invalid',
      `The input \`${name}\` is not a whole number from ${least} to ${most}.`,
      {
        fix: `Set \`${name}\` to a whole number from ${least} to ${most}, or leave it out (${fallback}). Nothing was sent.`,
      },
    );
  }
  return number;
}

/**
 * How often a failed request is sent again, at most: both stages ask.
 * @throws ActionError `input_invalid`
 */
export function retriesInput(raw: RawInputs): number {
  return numberInput(raw, 'retries', 3, 0, 10);
}

/**
 * An input that `parse` takes, or undefined where there is none.
 * @param form what it has to be, for the message
 */
export function parsedInput<T>(
  raw: RawInputs,
  name: InputName,
  parse: (text: string) => T | undefined,
  form: string,
): T | undefined {
  const text = raw[name];
  const value = text === undefined ? undefined : parse(text);
  if (text !== undefined && value === undefined) {
    throw ActionError.own('input_invalid', `The input \`${name}\` is not what it has to be.`, {
      fix: `Set \`${name}\` to ${form}. Nothing was sent.`,
    });
  }
  return value;
}
