import type { Clock } from './clock.ts';
import { type Commit, Objects, objectName, type Signature } from './git.ts';
import { type Protection, Rules, type Ruleset } from './rules.ts';
import { Environment, Vault } from './vault.ts';

interface Version {
  /** The commit; `undefined` where the branch was deleted. */
  readonly head: string | undefined;
  /** From when on a read with lag sees this version. */
  readonly since: number;
  /** How many changes of this repository's branches came before it. */
  readonly change: number;
}

/** How old a read may be. */
export interface Age {
  readonly milliseconds: number;
  /** In changes of the repository's branches. */
  readonly writes: number;
}

const NOW: Age = { milliseconds: 0, writes: 0 };

/** Paths and contents; `null` removes a file. Text is UTF-8. */
export type Files = Readonly<Record<string, string | Uint8Array | null>>;

export interface RepositoryOptions {
  /** Default: true. */
  readonly private?: boolean;
  /** Default: main. */
  readonly defaultBranch?: string;
  /** What is on which branch; each gets one commit. Without any the repository is empty. */
  readonly branches?: Readonly<Record<string, Files>>;
  /** Names of environments. */
  readonly environments?: readonly string[];
}

/**
 * A git repository, for tests to set and see. What a test sees is always the truth, and what a test
 * does is seen at once, by reads with lag too.
 */
export class Repository {
  readonly id: number;
  readonly clock: Clock;
  /** Milliseconds since 1970 by the server's clock. */
  readonly madeAt: number;
  readonly objects = new Objects();
  readonly rules = new Rules();
  /** Its secrets and variables; environments have their own. */
  readonly vault = new Vault();
  private: boolean;
  /** From when on every write is refused. */
  archived = false;
  defaultBranch: string;
  /** Branches that requests made: when, and how many files were written to them since. */
  readonly made = new Map<string, { readonly at: number; writes: number }>();
  readonly #branches = new Map<string, Version[]>();
  readonly #environments: readonly Environment[];
  #fullName: string;
  #changes = 0;

  constructor(fullName: string, id: number, clock: Clock, options: RepositoryOptions = {}) {
    if (!/^[^/]+\/[^/]+$/.test(fullName)) {
      throw new Error(`A repository is written owner/name, not ${fullName}`);
    }
    this.#fullName = fullName;
    this.id = id;
    this.clock = clock;
    this.madeAt = clock.now();
    this.private = options.private ?? true;
    this.defaultBranch = options.defaultBranch ?? 'main';
    this.#environments = (options.environments ?? []).map(
      (name) => new Environment(name, this.madeAt),
    );
    for (const [branch, files] of Object.entries(options.branches ?? {})) {
      this.commit(branch, files, 'Initial commit');
    }
  }

  /** `owner/name`, as it was created; requests may write it in another case. */
  get fullName(): string {
    return this.#fullName;
  }

  get owner(): string {
    return this.#fullName.split('/', 1)[0] ?? '';
  }

  get name(): string {
    return this.#fullName.split('/')[1] ?? '';
  }

  /** Used by the server, which knows of redirects. */
  setFullName(fullName: string): void {
    this.#fullName = fullName;
  }

  // ------------------------------------------------------------------------- what a test sees

  /** Names of branches, in the order in which they were made. */
  get branches(): string[] {
    return this.branchesAsOf(NOW);
  }

  /** The commit at the end of a branch; `undefined` where there is no such branch. */
  head(branch: string): string | undefined {
    return this.headAsOf(branch, NOW);
  }

  /** An environment; its name is told in any case. */
  environment(name: string): Environment | undefined {
    return this.#environments.find((one) => one.name.toLowerCase() === name.toLowerCase());
  }

  /** A file's text, read as UTF-8; `undefined` where there is no such file or branch. */
  file(branch: string, path: string): string | undefined {
    const sha = this.fileSha(branch, path);
    return sha === undefined ? undefined : this.objects.blob(sha)?.toString('utf8');
  }

  /** The blob's name. */
  fileSha(branch: string, path: string): string | undefined {
    const tree = this.#treeOf(branch);
    const entry = tree === undefined ? undefined : this.objects.entryAt(tree, path);
    return entry?.type === 'blob' ? entry.sha : undefined;
  }

  /** All paths of files on a branch. */
  paths(branch: string): string[] {
    const tree = this.#treeOf(branch);
    return tree === undefined ? [] : [...this.objects.files(tree)].map(([path]) => path);
  }

  /** The commits of a branch, newest first. */
  commits(branch: string): Commit[] {
    return [...this.objects.history(this.head(branch))];
  }

  /** Every text that a file of the branch had, oldest first, without repetitions. */
  versions(branch: string, path: string): string[] {
    const shas = this.commits(branch)
      .reverse()
      .map(({ tree }) => this.objects.entryAt(tree, path)?.sha)
      .filter((sha, index, all) => sha !== undefined && sha !== all[index - 1]);
    return shas.map((sha) => this.objects.blob(sha ?? '')?.toString('utf8') ?? '');
  }

  // ------------------------------------------------------------------------ what a test does

  /** Puts a commit on a branch, past every rule. A branch that isn't there begins with it, without history. */
  commit(branch: string, files: Files, message = 'Change files'): Commit {
    const parent = this.head(branch);
    let tree = this.#treeOf(branch) ?? this.objects.addTree([]);
    for (const [path, content] of Object.entries(files)) {
      const sha = content === null ? undefined : this.objects.addBlob(Buffer.from(content));
      const entry =
        sha === undefined ? undefined : ({ mode: '100644', type: 'blob', sha } as const);
      tree = this.objects.withEntry(tree, path, entry);
    }
    const author = this.signature('octocat', 'octocat@users.noreply.github.com');
    const parents = parent === undefined ? [] : [parent];
    const commit = { tree, parents, message, author, committer: author, signed: false };
    const { sha } = this.objects.addCommit(commit);
    this.placeBranch(branch, sha);
    return { ...commit, sha };
  }

  /** Makes, moves or (`undefined`) deletes a branch, past every rule. */
  placeBranch(branch: string, head: string | undefined): void {
    this.#add(branch, { head, since: Number.NEGATIVE_INFINITY, change: Number.NEGATIVE_INFINITY });
  }

  /** Branch protection for a name or pattern; `undefined` takes it away. */
  protect(pattern: string, protection: Protection | undefined): void {
    this.rules.protect(pattern, protection);
  }

  /** Adds a ruleset, of the repository or its organisation. */
  ruleset(ruleset: Ruleset): void {
    this.rules.add(ruleset);
  }

  // ------------------------------------------------------------------------- for the endpoints

  get empty(): boolean {
    return this.branches.length === 0;
  }

  branchesAsOf(age: Age): string[] {
    return [...this.#branches.keys()].filter((name) => this.headAsOf(name, age) !== undefined);
  }

  headAsOf(branch: string, { milliseconds, writes }: Age): string | undefined {
    const [time, change] = [this.clock.now() - milliseconds, this.#changes - writes];
    const versions = this.#branches.get(branch) ?? [];
    return versions.findLast((version) => version.since <= time && version.change <= change)?.head;
  }

  /** Makes, moves or (`undefined`) deletes a branch, as a request does. */
  setHead(branch: string, head: string | undefined): void {
    this.#changes += 1;
    this.#add(branch, { head, since: this.clock.now(), change: this.#changes });
  }

  signature(name: string, email: string): Signature {
    return { name, email, seconds: Math.floor(this.clock.now() / 1000) };
  }

  #treeOf(branch: string): string | undefined {
    const head = this.head(branch);
    return head === undefined ? undefined : this.objects.commit(head)?.tree;
  }

  #add(branch: string, version: Version): void {
    const versions = this.#branches.get(branch) ?? [];
    versions.push(version);
    this.#branches.set(branch, versions);
  }
}

/** The name that git gives a file with this content. */
export function blobSha(content: string | Uint8Array): string {
  return objectName('blob', Buffer.from(content));
}
