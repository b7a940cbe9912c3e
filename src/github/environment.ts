import type { Deadline } from '../http/deadline.ts';
import { type CallGitHub, GitHubError } from './api.ts';

/** An environment variable, with GitHub's own times. */
export interface Variable {
  readonly value: string;
  /** When it was last written. */
  readonly writtenAt: Date | undefined;
  /** When GitHub answered, by the same clock. */
  readonly now: Date | undefined;
}

/** Seals text for a public key (libsodium's `crypto_box_seal`), both in base64. */
export type Seal = (text: string, publicKey: string) => string;

/**
 * The secrets and variables of one environment of one repository. Every method throws
 * {@link GitHubError} where GitHub refuses or can't be reached.
 */
export interface Environment {
  secretExists(name: string, deadline: Deadline): Promise<boolean>;
  writeSecret(name: string, value: string, deadline: Deadline): Promise<void>;
  readVariable(name: string, deadline: Deadline): Promise<Variable | undefined>;
  /** False where it exists already: GitHub lets one of many through, for certain. */
  createVariable(name: string, value: string, deadline: Deadline): Promise<boolean>;
  /** False where there is none. */
  updateVariable(name: string, value: string, deadline: Deadline): Promise<boolean>;
  /** Sent once: by the time it is sent again, somebody may have made another one. */
  deleteVariable(name: string, deadline: Deadline): Promise<void>;
  /** Where else a secret of that name exists, as far as the token can see. */
  secretElsewhere(
    name: string,
    deadline: Deadline,
  ): Promise<'repository' | 'organization' | undefined>;
}

/**
 * @param repository `owner/name`
 * @see https://docs.github.com/rest/actions/secrets and /rest/actions/variables
 */
export function gitHubEnvironment(
  repository: string,
  environment: string,
  call: CallGitHub,
  seal: Seal,
): Environment {
  const base = `/repos/${repository.split('/').map(encodeURIComponent).join('/')}`;
  const env = `${base}/environments/${encodeURIComponent(environment)}`;
  const variable = (name: string) => `${env}/variables/${encodeURIComponent(name)}`;
  const secret = (name: string) => `${env}/secrets/${encodeURIComponent(name)}`;
  return {
    secretExists: async (name, deadline) =>
      (await call('GET', secret(name), [200, 404], deadline)).status === 200,
    writeSecret: async (name, value, deadline) => {
      // The key may be replaced between reading and writing; then the write is refused with 422.
      for (let attempt = 1; ; attempt++) {
        const { body } = await call('GET', `${env}/secrets/public-key`, [200], deadline);
        const { key, key_id } = body;
        if (typeof key !== 'string' || typeof key_id !== 'string') {
          throw new GitHubError(200, 'GitHub answered without a public key for the environment.');
        }
        const sealed = { encrypted_value: seal(value, key), key_id };
        const { status } = await call('PUT', secret(name), [201, 204, 422], deadline, sealed);
        if (status !== 422) {
          return;
        }
        if (attempt === 3) {
          throw new GitHubError(422, 'GitHub did not accept how the secret is sealed (HTTP 422).');
        }
      }
    },
    readVariable: async (name, deadline) => {
      const { status, body, date } = await call('GET', variable(name), [200, 404], deadline);
      const { value } = body;
      if (status === 404) {
        return undefined;
      }
      if (typeof value !== 'string') {
        throw new GitHubError(status, `GitHub answered without the value of the variable ${name}.`);
      }
      return { value, writtenAt: latest(body['created_at'], body['updated_at']), now: date };
    },
    createVariable: async (name, value, deadline) => {
      const body = { name, value };
      return (await call('POST', `${env}/variables`, [201, 409], deadline, body)).status === 201;
    },
    updateVariable: async (name, value, deadline) => {
      const body = { name, value };
      return (await call('PATCH', variable(name), [204, 404], deadline, body)).status === 204;
    },
    deleteVariable: async (name, deadline) => {
      await call('DELETE', variable(name), [204, 404], deadline, undefined, 0);
    },
    secretElsewhere: async (name, deadline) => {
      const places = [
        ['repository', `${base}/actions/secrets/${encodeURIComponent(name)}`],
        ['organization', `${base}/actions/organization-secrets?per_page=100`],
      ] as const;
      for (const [place, path] of places) {
        const { status, body } = await call('GET', path, [200, 403, 404], deadline);
        if (status === 200 && (place === 'repository' || listNames(body['secrets'], name))) {
          return place;
        }
      }
      return undefined;
    },
  };
}

function listNames(secrets: unknown, name: string): boolean {
  return (
    Array.isArray(secrets) &&
    secrets.some((entry: unknown) => {
      const named = typeof entry === 'object' && entry !== null && 'name' in entry && entry.name;
      return typeof named === 'string' && named.toUpperCase() === name.toUpperCase();
    })
  );
}

/** The later of two ISO times, either of which may be missing. */
function latest(...times: readonly unknown[]): Date | undefined {
  const known = times.map((time) => Date.parse(String(time))).filter((ms) => !Number.isNaN(ms));
  return known.length === 0 ? undefined : new Date(Math.max(...known));
}
