import { type Answer, Refusal } from './answers.ts';
import { nodeId, placesOf } from './bodies.ts';
import { isoSeconds } from './clock.ts';
import { paginate, readFields, requiredText, type Scene } from './scene.ts';
import { Environment, type Vault } from './vault.ts';

// Below `actions/` these are the repository's, below `environments/{name}/` that environment's.

/** `GET …/environments/{environment}` */
export function getEnvironment({ repository, environment, addresses }: Scene): Answer {
  const found = find({ repository, environment });
  if (!(found instanceof Environment)) throw new Refusal(404, 'Not Found');
  const { api, web } = placesOf(repository, addresses);
  const madeAt = isoSeconds(found.madeAt);
  const body = {
    id: 161088068,
    node_id: nodeId('EN', found.name),
    name: found.name,
    url: `${api}/environments/${encodeURIComponent(found.name)}`,
    html_url: `${web}/deployments/activity_log?environments_filter=${encodeURIComponent(found.name)}`,
    created_at: madeAt,
    updated_at: madeAt,
    protection_rules: [],
    deployment_branch_policy: null,
  };
  return { status: 200, body };
}

/** `GET …/secrets/public-key` */
export function getPublicKey(scene: Scene): Answer {
  const { keyId, keys } = find(scene);
  return { status: 200, body: { key_id: keyId, key: keys.public.toString('base64') } };
}

/** `GET …/secrets` */
export function listSecrets(scene: Scene): Answer {
  const names = [...find(scene).secrets.keys()].sort();
  const { page, headers } = paginate(scene, names);
  const secrets = page.map((name) => describeSecret(find(scene), name));
  return { status: 200, headers, body: { total_count: names.length, secrets } };
}

/** `GET …/secrets/{name}`: never its value. */
export function getSecret(scene: Scene): Answer {
  return { status: 200, body: describeSecret(find(scene), scene.parameter.toUpperCase()) };
}

/** `PUT …/secrets/{name}` */
export function putSecret(scene: Scene): Answer {
  const { secrets, keyId } = find(scene);
  const fields = readFields(scene.body, ['encrypted_value', 'key_id']);
  const name = checkName(scene.parameter, 'Secret');
  const sealed = requiredText(fields, 'encrypted_value');
  if (requiredText(fields, 'key_id') !== keyId) throw new Refusal(422, 'Invalid key_id');
  // An ephemeral public key and an authenticator go before what is sealed, which may be empty.
  const isBox = /^[A-Za-z0-9+/]+={0,2}$/.test(sealed) && Buffer.from(sealed, 'base64').length >= 48;
  if (!isBox) throw new Refusal(422, 'Bad request - Could not decrypt the encrypted value.');
  const now = scene.repository.clock.now();
  const before = secrets.get(name);
  secrets.set(name, { sealed, madeAt: before?.madeAt ?? now, changedAt: now });
  return before === undefined ? { status: 201, body: {} } : { status: 204 };
}

/** `GET …/variables` */
export function listVariables(scene: Scene): Answer {
  const names = [...find(scene).variables.keys()].sort();
  const { page, headers } = paginate(scene, names);
  const variables = page.map((name) => describeVariable(find(scene), name));
  return { status: 200, headers, body: { total_count: names.length, variables } };
}

/** `GET …/variables/{name}` */
export function getVariable(scene: Scene): Answer {
  return { status: 200, body: describeVariable(find(scene), scene.parameter.toUpperCase()) };
}

/** `POST …/variables` */
export function postVariable(scene: Scene): Answer {
  const { variables } = find(scene);
  const fields = readFields(scene.body, ['name', 'value']);
  const name = checkName(requiredText(fields, 'name'), 'Variable');
  if (variables.has(name)) throw new Refusal(409, 'Already exists - Variable already exists');
  const now = scene.repository.clock.now();
  variables.set(name, { value: requiredText(fields, 'value'), madeAt: now, changedAt: now });
  return { status: 201, body: {} };
}

/** `PATCH …/variables/{name}` */
export function patchVariable(scene: Scene): Answer {
  const { variables } = find(scene);
  const name = scene.parameter.toUpperCase();
  const before = variables.get(name);
  if (before === undefined) throw new Refusal(404, 'Not Found');
  const value = requiredText(readFields(scene.body, ['value']), 'value');
  variables.set(name, { ...before, value, changedAt: scene.repository.clock.now() });
  return { status: 204 };
}

function find({ repository, environment }: Pick<Scene, 'repository' | 'environment'>): Vault {
  const found = environment === '' ? repository.vault : repository.environment(environment);
  if (found === undefined) throw new Refusal(404, 'Not Found');
  return found;
}

function checkName(name: string, kind: 'Secret' | 'Variable'): string {
  if (/^(?!GITHUB_)[A-Z_][A-Z0-9_]*$/i.test(name)) return name.toUpperCase();
  throw new Refusal(
    422,
    `${kind} names can only contain alphanumeric characters ([a-z], [A-Z], [0-9]) or underscores (_). Spaces are not allowed. Must start with a letter ([a-z], [A-Z]) or underscores (_).`,
  );
}

function describeSecret({ secrets }: Vault, name: string) {
  const found = secrets.get(name);
  if (found === undefined) throw new Refusal(404, 'Not Found');
  return { name, ...times(found) };
}

function describeVariable({ variables }: Vault, name: string) {
  const found = variables.get(name);
  if (found === undefined) throw new Refusal(404, 'Not Found');
  return { name, value: found.value, ...times(found) };
}

function times(entry: { readonly madeAt: number; readonly changedAt: number }) {
  return { created_at: isoSeconds(entry.madeAt), updated_at: isoSeconds(entry.changedAt) };
}
