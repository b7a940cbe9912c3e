import { type Answer, Refusal } from './answers.ts';
import { authorship } from './authors.ts';
import { describeEntry, describeGitCommit, wrappedBase64 } from './bodies.ts';
import type { Change } from './rules.ts';
import { attempt, type Fields, readFields, requiredText, type Scene, textField } from './scene.ts';

const CONTENTS = 'https://docs.github.com/v3/repos/contents/';
const MEBIBYTE = 1024 * 1024;

/** `GET …/contents/{path}?ref=`: a file, or what a folder holds. */
export function getContents(scene: Scene): Answer {
  const { repository, parameter: path, age, addresses, headers } = scene;
  const { objects } = repository;
  const head = repository.headAsOf(repository.defaultBranch, age);
  if (head === undefined && repository.branchesAsOf(age).length === 0) {
    throw new Refusal(404, 'This repository is empty.', CONTENTS);
  }
  const ref = scene.query.get('ref') ?? repository.defaultBranch;
  const branch = ref.replace(/^refs\/heads\//, '');
  const commit = objects.commit(repository.headAsOf(branch, age) ?? ref);
  if (commit === undefined) {
    throw new Refusal(404, `No commit found for the ref ${ref}`, CONTENTS);
  }
  const entry = objects.entryAt(commit.tree, path);
  if (entry === undefined) throw new Refusal(404, 'Not Found');
  const describe = (at: string, it: typeof entry) =>
    describeEntry(repository, addresses, ref, at, it);
  if (entry.type === 'tree') {
    const prefix = path === '' ? '' : `${path}/`;
    const entries = [...(objects.tree(entry.sha) ?? [])];
    return { status: 200, body: entries.map(([name, it]) => describe(prefix + name, it)) };
  }
  const bytes = objects.blob(entry.sha) ?? Buffer.alloc(0);
  if (/application\/vnd\.github(\.v3)?\.raw/.test(headers['accept'] ?? '')) {
    const type = { 'content-type': 'application/vnd.github.raw+json; charset=utf-8' };
    return { status: 200, headers: type, body: bytes.toString('utf8') };
  }
  // Larger files are only to be had raw.
  const content =
    bytes.byteLength > MEBIBYTE
      ? { content: '', encoding: 'none' }
      : { content: wrappedBase64(bytes), encoding: 'base64' };
  const { _links, ...rest } = describe(path, entry);
  return { status: 200, body: { ...rest, ...content, _links } };
}

/** `PUT …/contents/{path}`: makes or changes a file, if it and its branch are as expected. */
export async function putContents(scene: Scene): Promise<Answer> {
  const fields = readFields(scene.body, ['message', 'content']);
  const content = decodeBase64(requiredText(fields, 'content'));
  const before = readFile(scene, fields, 'PUT');
  const exists = before.sha !== undefined;
  const sha = scene.repository.objects.addBlob(content);
  const change = exists ? 'update' : 'create';
  const commit = await replace(scene, fields, before, sha, change, content.toString('latin1'));
  const entry = { mode: '100644', type: 'blob', sha } as const;
  const { repository, addresses, parameter: path } = scene;
  return {
    status: exists ? 200 : 201,
    body: {
      content: describeEntry(repository, addresses, before.branch, path, entry),
      commit: describeGitCommit(repository, addresses, commit),
    },
  };
}

/** `DELETE …/contents/{path}`; its members may come as parameters too. */
export async function deleteContents(scene: Scene): Promise<Answer> {
  const given = JSON.stringify(Object.fromEntries(scene.query));
  const fields = readFields(scene.body === '' ? given : scene.body, ['message', 'sha']);
  const before = readFile(scene, fields, 'DELETE');
  if (before.sha === undefined) throw new Refusal(404, 'Not Found');
  const commit = await replace(scene, fields, before, undefined, 'delete', '');
  const { repository, addresses } = scene;
  return {
    status: 200,
    body: { content: null, commit: describeGitCommit(repository, addresses, commit) },
  };
}

/** A file and its branch at the moment at which GitHub looks at them. */
interface Before {
  readonly branch: string;
  /** The commit; `undefined` in an empty repository. */
  readonly head: string | undefined;
  /** The blob; `undefined` where there is no such file. */
  readonly sha: string | undefined;
}

function readFile(scene: Scene, fields: Fields, method: 'PUT' | 'DELETE'): Before {
  const { repository, parameter: path } = scene;
  if (path === '' || path.split('/').some((part) => ['', '.', '..', '.git'].includes(part))) {
    throw new Refusal(422, 'path contains a malformed path component');
  }
  const given = textField(fields, 'branch') ?? repository.defaultBranch;
  const branch = given.replace(/^refs\/heads\//, '');
  const head = repository.head(branch);
  // The first file of a repository makes its default branch; no other is made that way.
  const first = repository.empty && branch === repository.defaultBranch;
  if ((head === undefined && !first) || (method === 'PUT' && isTooNew(scene, branch))) {
    throw new Refusal(404, `Branch ${branch} not found`);
  }
  const expected = textField(fields, 'sha');
  const sha = repository.fileSha(branch, path);
  if (sha === undefined) return { branch, head, sha };
  if (expected === undefined) {
    throw new Refusal(422, 'Invalid request.\n\n"sha" wasn\'t supplied.');
  }
  if (expected !== sha) throw new Refusal(409, `${path} does not match ${expected}`);
  return { branch, head, sha };
}

/** Whether the part of GitHub that writes files hasn't heard of the branch yet. */
function isTooNew({ repository, conduct }: Scene, branch: string): boolean {
  const made = repository.made.get(branch);
  if (made === undefined) return false;
  made.writes += 1;
  const { newBranchMilliseconds = 0, newBranchWrites = 0 } = conduct.lag;
  const age = repository.clock.now() - made.at;
  return age < newBranchMilliseconds || made.writes <= newBranchWrites;
}

async function replace(
  scene: Scene,
  fields: Fields,
  { branch, head }: Before,
  sha: string | undefined,
  change: Change,
  content: string,
) {
  const { repository, parameter: path, conduct } = scene;
  const { objects } = repository;
  const authors = authorship(scene, fields);
  const rest = {
    change: head === undefined ? 'create' : 'update',
    signed: authors.signed,
  } as const;
  repository.rules.checkFile(attempt(scene, branch, { ...rest, content }), change);
  const parent = head === undefined ? undefined : objects.commit(head);
  const entry = sha === undefined ? undefined : ({ mode: '100644', type: 'blob', sha } as const);
  const commit = objects.addCommit({
    tree: objects.withEntry(parent?.tree, path, entry),
    parents: parent === undefined ? [] : [parent.sha],
    message: requiredText(fields, 'message'),
    ...authors,
  });
  await scene.pass();
  const now = repository.head(branch);
  if (now !== head) {
    const [at, was] = [now ?? ZERO, head ?? ZERO];
    throw new Refusal(
      409,
      conduct.conflict === 'is at'
        ? `is at ${at} but expected ${was}`
        : `Reference refs/heads/${branch} expected to be at ${was}`,
    );
  }
  repository.setHead(branch, commit.sha);
  return commit;
}

const ZERO = '0'.repeat(40);

function decodeBase64(text: string): Buffer {
  const compact = text.replace(/\s/g, '');
  if (!/^[A-Za-z0-9+/]*={0,2}$/.test(compact) || compact.length % 4 !== 0) {
    throw new Refusal(422, 'content is not valid Base64');
  }
  return Buffer.from(compact, 'base64');
}
