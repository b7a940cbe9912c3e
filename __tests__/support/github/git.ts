import { createHash } from 'node:crypto';
import { Refusal } from './answers.ts';

/** Who wrote a commit, and when; whole seconds since 1970. */
export interface Signature {
  readonly name: string;
  readonly email: string;
  readonly seconds: number;
}

export interface Commit {
  readonly sha: string;
  readonly tree: string;
  readonly parents: readonly string[];
  readonly message: string;
  readonly author: Signature;
  readonly committer: Signature;
  /** Whether GitHub signed it, which it does for bots that leave author and committer to it. */
  readonly signed: boolean;
}

export interface TreeEntry {
  /** `100644`, `100755`, `040000`, `120000` or `160000`. */
  readonly mode: string;
  readonly type: 'blob' | 'tree' | 'commit';
  readonly sha: string;
}

/** Names to entries, in git's order. */
export type Tree = ReadonlyMap<string, TreeEntry>;

/** The objects of a repository, under their real names: SHA-1 over what git itself would store. */
export class Objects {
  readonly #blobs = new Map<string, Buffer>();
  readonly #trees = new Map<string, Tree>();
  readonly #commits = new Map<string, Commit>();

  addBlob(content: Uint8Array): string {
    const sha = objectName('blob', content);
    this.#blobs.set(sha, Buffer.from(content));
    return sha;
  }

  addTree(entries: Iterable<readonly [name: string, entry: TreeEntry]>): string {
    // git sorts by bytes, and a folder as if its name ended in a slash.
    const key = ([name, { type }]: readonly [string, TreeEntry]) =>
      Buffer.from(type === 'tree' ? `${name}/` : name);
    const sorted = [...entries].sort((a, b) => Buffer.compare(key(a), key(b)));
    const bytes = sorted.map(([name, { mode, sha }]) =>
      Buffer.concat([Buffer.from(`${mode.replace(/^0/, '')} ${name}\0`), Buffer.from(sha, 'hex')]),
    );
    const sha = objectName('tree', Buffer.concat(bytes));
    this.#trees.set(sha, new Map(sorted));
    return sha;
  }

  addCommit(commit: Omit<Commit, 'sha'>): Commit {
    const lines = [
      `tree ${commit.tree}`,
      ...commit.parents.map((parent) => `parent ${parent}`),
      `author ${signatureLine(commit.author)}`,
      `committer ${signatureLine(commit.committer)}`,
      // GitHub's real signature differs for every commit; that there is one is what counts here.
      ...(commit.signed ? [`gpgsig ${SIGNATURE.replaceAll('\n', '\n ')}`] : []),
    ];
    const text = `${lines.join('\n')}\n\n${commit.message}`;
    const sha = objectName('commit', Buffer.from(text));
    const added = { ...commit, sha };
    this.#commits.set(sha, added);
    return added;
  }

  blob(sha: string): Buffer | undefined {
    return this.#blobs.get(sha);
  }

  tree(sha: string): Tree | undefined {
    return this.#trees.get(sha);
  }

  commit(sha: string): Commit | undefined {
    return this.#commits.get(sha);
  }

  /** What is at a path below a tree; the empty path is the tree itself. */
  entryAt(tree: string, path: string): TreeEntry | undefined {
    let entry: TreeEntry | undefined = { mode: '040000', type: 'tree', sha: tree };
    for (const name of path === '' ? [] : path.split('/')) {
      entry = entry?.type === 'tree' ? this.tree(entry.sha)?.get(name) : undefined;
    }
    return entry;
  }

  /** The tree with something else at a path; `undefined` removes it, and folders that get empty. */
  withEntry(tree: string | undefined, path: string, entry: TreeEntry | undefined): string {
    const [name = '', ...rest] = path.split('/');
    const entries = new Map(tree === undefined ? [] : this.tree(tree));
    if (rest.length === 0) {
      if (entry === undefined) entries.delete(name);
      else entries.set(name, entry);
      return this.addTree(entries);
    }
    const below = entries.get(name);
    if (below !== undefined && below.type !== 'tree') {
      throw new Refusal(422, `${name} is a file, not a directory`);
    }
    const sha = this.withEntry(below?.sha, rest.join('/'), entry);
    if (this.tree(sha)?.size === 0) entries.delete(name);
    else entries.set(name, { mode: '040000', type: 'tree', sha });
    return this.addTree(entries);
  }

  /** All files below a tree, by path. */
  *files(tree: string, prefix = ''): Generator<[path: string, entry: TreeEntry]> {
    for (const [name, entry] of this.tree(tree) ?? []) {
      if (entry.type === 'tree') yield* this.files(entry.sha, `${prefix}${name}/`);
      else yield [prefix + name, entry];
    }
  }

  /** A commit and what it grew out of, newest first, along the first parents. */
  *history(head: string | undefined): Generator<Commit> {
    let commit = head === undefined ? undefined : this.commit(head);
    while (commit !== undefined) {
      yield commit;
      const [parent] = commit.parents;
      commit = parent === undefined ? undefined : this.commit(parent);
    }
  }
}

/** The SHA-1 by which git knows an object. */
export function objectName(type: 'blob' | 'tree' | 'commit', content: Uint8Array): string {
  const head = `${type} ${content.byteLength}\0`;
  return createHash('sha1').update(head).update(content).digest('hex');
}

/** Stands where GitHub puts its own signature under a commit. */
export const SIGNATURE = [
  '-----BEGIN PGP SIGNATURE-----',
  '',
  'bG9vay1hbGlrZQ==',
  '-----END PGP SIGNATURE-----',
].join('\n');

function signatureLine({ name, email, seconds }: Signature): string {
  return `${name} <${email}> ${seconds} +0000`;
}
