import { type Answer, Refusal } from './answers.ts';
import { authorship } from './authors.ts';
import { describeGitCommit, describeRef, describeTree, nodeId, placesOf } from './bodies.ts';
import type { TreeEntry } from './git.ts';
import {
  attempt,
  isObject,
  listField,
  readFields,
  refuseEmpty,
  requiredText,
  type Scene,
  textField,
} from './scene.ts';

/** `POST …/git/blobs` */
export function postBlob({ repository, body, addresses }: Scene): Answer {
  refuseEmpty(repository);
  const fields = readFields(body, ['content']);
  const encoding = textField(fields, 'encoding') === 'base64' ? 'base64' : 'utf8';
  const sha = repository.objects.addBlob(Buffer.from(requiredText(fields, 'content'), encoding));
  const url = `${placesOf(repository, addresses).api}/git/blobs/${sha}`;
  return { status: 201, headers: { location: url }, body: { sha, url } };
}

/** `GET …/git/blobs/{sha}` */
export function getBlob({ repository, parameter: sha, addresses }: Scene): Answer {
  refuseEmpty(repository);
  const bytes = repository.objects.blob(sha);
  if (bytes === undefined) throw new Refusal(404, 'Not Found');
  return {
    status: 200,
    body: {
      sha,
      node_id: nodeId('B', sha),
      size: bytes.byteLength,
      url: `${placesOf(repository, addresses).api}/git/blobs/${sha}`,
      content: bytes.toString('base64').replace(/.{1,60}/g, '$&\n'),
      encoding: 'base64',
    },
  };
}

/** `POST …/git/trees`, with contents in the request or by the names of blobs. */
export function postTree({ repository, body, addresses }: Scene): Answer {
  refuseEmpty(repository);
  const { objects } = repository;
  const fields = readFields(body, ['tree']);
  const base = textField(fields, 'base_tree');
  // A commit's name does as well, as on GitHub.
  let tree = base === undefined ? undefined : (objects.commit(base)?.tree ?? base);
  if (tree !== undefined && objects.tree(tree) === undefined) throw new Refusal(404, 'Not Found');
  const entries = listField(fields, 'tree');
  if (entries.length === 0) throw new Refusal(422, 'Invalid tree info');
  for (const value of entries) {
    const { path, entry } = readTreeEntry(value, objects);
    tree = objects.withEntry(tree, path, entry);
  }
  const described = describeTree(repository, addresses, tree ?? objects.addTree([]));
  return { status: 201, headers: { location: described.url }, body: described };
}

/** `GET …/git/trees/{sha}`; a commit's name or a branch's does as well. */
export function getTree({ repository, parameter, age, addresses }: Scene): Answer {
  refuseEmpty(repository);
  const { objects } = repository;
  const commit = objects.commit(repository.headAsOf(parameter, age) ?? parameter);
  const sha = commit?.tree ?? parameter;
  if (objects.tree(sha) === undefined) throw new Refusal(404, 'Not Found');
  return { status: 200, body: describeTree(repository, addresses, sha) };
}

/** `POST …/git/commits` */
export function postCommit(scene: Scene): Answer {
  const { repository, body, addresses } = scene;
  refuseEmpty(repository);
  const { objects } = repository;
  const fields = readFields(body, ['message', 'tree']);
  const tree = requiredText(fields, 'tree');
  if (objects.tree(tree) === undefined) throw new Refusal(422, 'Tree SHA does not exist');
  const parents = listField(fields, 'parents').map((parent) => {
    if (typeof parent === 'string' && objects.commit(parent) !== undefined) return parent;
    throw new Refusal(422, 'Parent SHA does not exist or is not a commit object');
  });
  const message = requiredText(fields, 'message');
  const commit = objects.addCommit({ tree, parents, message, ...authorship(scene, fields) });
  const described = describeGitCommit(repository, addresses, commit);
  return { status: 201, headers: { location: described.url }, body: described };
}

/** `GET …/git/commits/{sha}` */
export function getGitCommit({ repository, parameter, addresses }: Scene): Answer {
  refuseEmpty(repository);
  const commit = repository.objects.commit(parameter);
  if (commit === undefined) throw new Refusal(404, 'Not Found');
  return { status: 200, body: describeGitCommit(repository, addresses, commit) };
}

/** `GET …/git/ref/heads/{branch}` */
export function getRef({ repository, parameter, age, addresses }: Scene): Answer {
  refuseEmpty(repository);
  const branch = branchOf(`refs/${parameter}`);
  const head = branch === undefined ? undefined : repository.headAsOf(branch, age);
  if (branch === undefined || head === undefined) throw new Refusal(404, 'Not Found');
  return { status: 200, body: describeRef(repository, addresses, branch, head) };
}

/** `GET …/git/matching-refs/heads/{beginning}` */
export function matchRefs({ repository, parameter, age, addresses }: Scene): Answer {
  refuseEmpty(repository);
  const refs = repository
    .branchesAsOf(age)
    .filter((name) => `heads/${name}`.startsWith(parameter))
    .sort()
    .map((name) => describeRef(repository, addresses, name, repository.headAsOf(name, age) ?? ''));
  return { status: 200, body: refs };
}

/** `POST …/git/refs` */
export function postRef(scene: Scene): Answer {
  const { repository, body, addresses } = scene;
  refuseEmpty(repository);
  const fields = readFields(body, ['ref', 'sha']);
  const ref = requiredText(fields, 'ref');
  const branch = branchOf(ref);
  if (branch === undefined) {
    throw new Refusal(422, `Reference name must start with 'refs/heads/': ${ref}`);
  }
  if (!isRefName(branch)) throw new Refusal(422, `${ref} is not a valid ref name.`);
  const commit = repository.objects.commit(requiredText(fields, 'sha'));
  if (commit === undefined) throw new Refusal(422, 'Object does not exist');
  if (repository.head(branch) !== undefined) {
    throw new Refusal(422, 'Reference already exists');
  }
  const clash = (name: string) => name.startsWith(`${branch}/`) || branch.startsWith(`${name}/`);
  // A name can't be a folder of names at the same time.
  if (repository.branches.some(clash)) throw new Refusal(422, 'Reference update failed');
  const { signed } = commit;
  repository.rules.checkRef(attempt(scene, branch, { change: 'create', signed }));
  repository.setHead(branch, commit.sha);
  repository.made.set(branch, { at: repository.clock.now(), writes: 0 });
  const described = describeRef(repository, addresses, branch, commit.sha);
  return { status: 201, headers: { location: encodeURI(described.url) }, body: described };
}

/** `PATCH …/git/refs/heads/{branch}` */
export function patchRef(scene: Scene): Answer {
  const { repository, parameter, body, addresses } = scene;
  refuseEmpty(repository);
  const { objects } = repository;
  const fields = readFields(body, ['sha']);
  const { branch, head } = existingRef(scene);
  const commit = objects.commit(requiredText(fields, 'sha'));
  if (commit === undefined) throw new Refusal(422, 'Object does not exist');
  const fastForward = [...objects.history(commit.sha)].some(({ sha }) => sha === head);
  if (!fastForward && fields['force'] !== true) {
    throw new Refusal(422, 'Update is not a fast forward');
  }
  const rest = { change: 'update', signed: commit.signed, fastForward } as const;
  repository.rules.checkRef(attempt(scene, parameter.replace(/^heads\//, ''), rest));
  repository.setHead(branch, commit.sha);
  return { status: 200, body: describeRef(repository, addresses, branch, commit.sha) };
}

/** `DELETE …/git/refs/heads/{branch}` */
export function deleteRef(scene: Scene): Answer {
  const { repository } = scene;
  const { branch } = existingRef(scene);
  if (branch === repository.defaultBranch) {
    throw new Refusal(422, 'Cannot delete the default branch');
  }
  repository.rules.checkRef(attempt(scene, branch, { change: 'delete' }));
  repository.setHead(branch, undefined);
  return { status: 204 };
}

function existingRef({ repository, parameter }: Scene) {
  const branch = branchOf(`refs/${parameter}`);
  const head = branch === undefined ? undefined : repository.head(branch);
  if (branch === undefined || head === undefined) {
    throw new Refusal(422, 'Reference does not exist');
  }
  return { branch, head };
}

function readTreeEntry(
  value: unknown,
  objects: Scene['repository']['objects'],
): { readonly path: string; readonly entry: TreeEntry | undefined } {
  if (!isObject(value)) throw new Refusal(422, 'Invalid tree info');
  const { path, mode = '100644', sha, content } = value;
  if (typeof path !== 'string' || typeof mode !== 'string') {
    throw new Refusal(422, 'Must supply a valid tree.path');
  }
  // So a file is taken out of `base_tree`.
  if (sha === null) return { path, entry: undefined };
  if (typeof content === 'string') {
    return { path, entry: { mode, type: 'blob', sha: objects.addBlob(Buffer.from(content)) } };
  }
  if (typeof sha !== 'string')
    throw new Refusal(422, 'Must supply either tree.sha or tree.content');
  if (objects.blob(sha) !== undefined) return { path, entry: { mode, type: 'blob', sha } };
  if (objects.tree(sha) !== undefined) return { path, entry: { mode, type: 'tree', sha } };
  throw new Refusal(422, `tree.sha ${sha} is not a valid blob`);
}

function branchOf(ref: string): string | undefined {
  return /^refs\/heads\/(.+)$/.exec(ref)?.[1];
}

/** What `git check-ref-format` says of a branch's name. */
function isRefName(name: string): boolean {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what git refuses
  const refused = /[\x00-\x20\x7f~^:?*[\\]|\.\.|@\{|\/\/|^[/.-]|\/\.|[/.]$|\.lock(\/|$)/;
  return !refused.test(name) && name !== '@';
}
