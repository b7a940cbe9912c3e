import { ActionError } from '../errors/action-error.ts';
import { nothingSent } from '../errors/catalogue.ts';
import { quoted } from '../errors/text.ts';
import type { Environment } from './context.ts';

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

/** @throws ActionError `input_invalid` */
export function booleanInput(raw: RawInputs, name: InputName, fallback: boolean): boolean {
  const value = raw[name];
  if (value === undefined) {
    return fallback;
  }
  // The spellings of YAML 1.2's core schema, as the toolkit takes them.
  if (!['true', 'True', 'TRUE', 'false', 'False', 'FALSE'].includes(value)) {
    throw notTaken(name, value, 'neither true nor false', {
      fix: `Set \`${name}\` to \`true\` or \`false\`, or leave it out (${fallback}). ${nothingSent}`,
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
    throw notTaken(name, value, `not a whole number from ${least} to ${most}`, {
      fix: `Set \`${name}\` to a whole number from ${least} to ${most}, or leave it out (${fallback}). ${nothingSent}`,
    });
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
 * @param is what it should be and is not, for the message: `an org ID`
 * @param form what it has to be, in full
 */
export function parsedInput<T>(
  raw: RawInputs,
  name: InputName,
  parse: (text: string) => T | undefined,
  is: string,
  form: string,
): T | undefined {
  const text = raw[name];
  const value = text === undefined ? undefined : parse(text);
  if (text !== undefined && value === undefined) {
    throw notTaken(name, text, `not ${is}`, {
      fix: `Set \`${name}\` to ${form}. ${nothingSent}`,
    });
  }
  return value;
}

/**
 * Says that the value of an input, none that is meant to be secret, is not what it should be.
 * @param flaw what it is not: `not an org ID`
 * @returns `input_invalid`
 */
export function notTaken(
  name: InputName,
  value: string,
  flaw: string,
  details: { readonly fix: string; readonly why?: string },
): ActionError {
  return ActionError.own(
    'input_invalid',
    `\`${name}\` is ${quoted(value)}, which is ${flaw}.`,
    details,
  );
}
