import { isoSeconds } from './clock.ts';
import { type Commit, SIGNATURE, type Signature, type TreeEntry } from './git.ts';
import type { Repository } from './repository.ts';
import type { Addresses } from './scene.ts';

/** Where a repository is found, in the API and on the site. */
export function placesOf(repository: Repository, { api, web }: Addresses) {
  const { fullName } = repository;
  return { api: `${api}/repos/${fullName}`, web: `${web}/${fullName}` };
}

/** The members that files and folders have in common, as in a listing of a folder. */
export function describeEntry(
  repository: Repository,
  addresses: Addresses,
  ref: string,
  path: string,
  entry: TreeEntry,
) {
  const { api, web } = placesOf(repository, addresses);
  const encoded = path.split('/').map(encodeURIComponent).join('/');
  const folder = entry.type === 'tree';
  const size = folder ? 0 : (repository.objects.blob(entry.sha)?.byteLength ?? 0);
  const self = `${api}/contents/${encoded}?ref=${encodeURIComponent(ref)}`;
  const git = `${api}/git/${folder ? 'trees' : 'blobs'}/${entry.sha}`;
  const html = `${web}/${folder ? 'tree' : 'blob'}/${ref}/${encoded}`;
  // Files of private repositories are fetched with a token that goes with the address.
  const suffix = repository.private ? '?token=LOOKALIKE' : '';
  const download = `https://raw.githubusercontent.com/${repository.fullName}/${ref}/${encoded}${suffix}`;
  return {
    name: path.split('/').at(-1) ?? '',
    path,
    sha: entry.sha,
    size,
    url: self,
    html_url: html,
    git_url: git,
    download_url: folder ? null : download,
    type: folder ? 'dir' : 'file',
    _links: { self, git, html },
  };
}

/** Base64 as GitHub sends it: lines of 60 characters, the last with its end too. */
export function wrappedBase64(content: Uint8Array): string {
  return Buffer.from(content)
    .toString('base64')
    .replace(/.{1,60}/g, '$&\n');
}

/** A commit as the git data API shows it, and the contents API beside a file. */
export function describeGitCommit(repository: Repository, addresses: Addresses, commit: Commit) {
  const { api, web } = placesOf(repository, addresses);
  return {
    sha: commit.sha,
    node_id: nodeId('C', commit.sha),
    url: `${api}/git/commits/${commit.sha}`,
    html_url: `${web}/commit/${commit.sha}`,
    author: describeSignature(commit.author),
    committer: describeSignature(commit.committer),
    tree: { sha: commit.tree, url: `${api}/git/trees/${commit.tree}` },
    message: commit.message,
    parents: commit.parents.map((sha) => ({
      sha,
      url: `${api}/git/commits/${sha}`,
      html_url: `${web}/commit/${sha}`,
    })),
    verification: describeVerification(commit),
  };
}

/** A commit as lists of commits and branches show it. */
export function describeCommit(repository: Repository, addresses: Addresses, commit: Commit) {
  const { api, web } = placesOf(repository, addresses);
  return {
    sha: commit.sha,
    node_id: nodeId('C', commit.sha),
    commit: {
      author: describeSignature(commit.author),
      committer: describeSignature(commit.committer),
      message: commit.message,
      tree: { sha: commit.tree, url: `${api}/git/trees/${commit.tree}` },
      url: `${api}/git/commits/${commit.sha}`,
      comment_count: 0,
      verification: describeVerification(commit),
    },
    url: `${api}/commits/${commit.sha}`,
    html_url: `${web}/commit/${commit.sha}`,
    comments_url: `${api}/commits/${commit.sha}/comments`,
    author: null,
    committer: null,
    parents: commit.parents.map((sha) => ({
      sha,
      url: `${api}/commits/${sha}`,
      html_url: `${web}/commit/${sha}`,
    })),
  };
}

export function describeRef(
  repository: Repository,
  addresses: Addresses,
  branch: string,
  sha: string,
) {
  const { api } = placesOf(repository, addresses);
  return {
    ref: `refs/heads/${branch}`,
    node_id: nodeId('REF', `refs/heads/${branch}`),
    url: `${api}/git/refs/heads/${branch}`,
    object: { sha, type: 'commit', url: `${api}/git/commits/${sha}` },
  };
}

export function describeTree(repository: Repository, addresses: Addresses, sha: string) {
  const { api } = placesOf(repository, addresses);
  const entries = [...(repository.objects.tree(sha) ?? [])];
  return {
    sha,
    url: `${api}/git/trees/${sha}`,
    tree: entries.map(([path, { mode, type, sha: name }]) => ({
      path,
      mode,
      type,
      sha: name,
      ...(type === 'blob' ? { size: repository.objects.blob(name)?.byteLength ?? 0 } : {}),
      url: `${api}/git/${type}s/${name}`,
    })),
    truncated: false,
  };
}

export function nodeId(kind: string, name: string): string {
  return `${kind}_${Buffer.from(name).toString('base64url')}`;
}

function describeSignature({ name, email, seconds }: Signature) {
  return { name, email, date: isoSeconds(seconds * 1000) };
}

function describeVerification(commit: Commit) {
  if (!commit.signed) {
    return {
      verified: false,
      reason: 'unsigned',
      signature: null,
      payload: null,
      verified_at: null,
    };
  }
  return {
    verified: true,
    reason: 'valid',
    signature: SIGNATURE,
    payload: `tree ${commit.tree}\n`,
    verified_at: isoSeconds(commit.committer.seconds * 1000),
  };
}
