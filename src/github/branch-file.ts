import { createHash } from 'node:crypto';
import type { Deadline } from '../http/deadline.ts';
import { RequestFailure } from '../http/failure.ts';
import { type JsonObject, memberOf } from '../http/json.ts';
import type { AskGitHub, GitHubAnswer } from './api.ts';
import { bodyOf, commitUrlOf, judgeWrite, shaOf, type Written } from './written.ts';

/** A file on a branch of a repository. */
export interface Place {
  /** `owner/name`. */
  readonly repository: string;
  readonly branch: string;
  /** A name at the root of the branch: letters, digits and dots. */
  readonly file: string;
}

/** What a look at the file shows. It may be old: GitHub's reads lag behind its writes, 10 s have been seen. */
export type Look =
  | {
      readonly kind: 'file';
      readonly sha: string;
      readonly text: string;
      readonly answer: GitHubAnswer;
    }
  | { readonly kind: 'absent'; readonly answer: GitHubAnswer }
  /** There is something, but no file of at most 64 KiB with those bytes. */
  | { readonly kind: 'unusable'; readonly answer: GitHubAnswer }
  | { readonly kind: 'refused'; readonly answer: GitHubAnswer };

/** What is to be known of a branch before the first write to it. */
export interface Surroundings {
  readonly defaultBranch: string;
  readonly branchExists: boolean;
  /** The README.md at the root of the branch. */
  readonly readme: string | undefined;
}

/** One file on a branch. Whoever writes says which version it replaces: a compare-and-swap. */
export interface BranchFile {
  readonly place: Place;
  /** @throws RequestFailure */
  look(deadline: Deadline, retries: number): Promise<Look>;
  /**
   * Never sent again by itself.
   * @param replaces the `sha` of the version that it replaces; undefined where there is none yet
   */
  write(
    text: string,
    replaces: string | undefined,
    message: string,
    deadline: Deadline,
  ): Promise<Written>;
  /** Makes the branch, without history, with these files: name → text. */
  makeBranch(
    files: Readonly<Record<string, string>>,
    message: string,
    deadline: Deadline,
    retries: number,
  ): Promise<Written>;
  /**
   * @returns the answer that refused, where one did
   * @throws RequestFailure
   */
  surroundings(deadline: Deadline, retries: number): Promise<Surroundings | GitHubAnswer>;
  /**
   * The messages of the newest commits of the file; empty where GitHub does not tell.
   * @throws RequestFailure
   */
  history(deadline: Deadline, retries: number): Promise<string[]>;
}

/** Reads may be that old, in milliseconds: 10 s and more have been reported. */
export const readLagMs = 15_000;
/** So long after a branch was made GitHub may not show it to every request (its own code retries for 10 s). */
export const newBranchMs = 15_000;
/** More is no file of ours, in bytes. */
export const maxFileBytes = 64 * 1024;

/** Git's name for a content: SHA-1 over a header and the bytes. */
export function blobSha(content: string | Buffer): string {
  const bytes = Buffer.from(content);
  return createHash('sha1').update(`blob ${bytes.length}\0`).update(bytes).digest('hex');
}

/** The file at `place`, by the contents and git data API. */
export function branchFile(place: Place, ask: AskGitHub): BranchFile {
  const { branch, file } = place;
  const root = `/repos/${place.repository.split('/').map(encodeURIComponent).join('/')}`;
  const contents = (name: string) => `${root}/contents/${encodeURIComponent(name)}`;
  const at = (name: string) => `${contents(name)}?ref=${encodeURIComponent(branch)}`;
  const tree = branch.split('/').map(encodeURIComponent).join('/');
  let known: (Look & { kind: 'file' }) | undefined;

  return {
    place,
    look: async (deadline, retries) => {
      const knownTag = known?.answer.tag;
      const answer = await ask(
        { method: 'GET', path: at(file), ...(knownTag !== undefined && { knownTag }) },
        deadline,
        retries,
      );
      const look =
        answer.status === 304 && known
          ? { ...known, answer: { ...answer, tag: knownTag } }
          : readLook(answer);
      known = look.kind === 'file' ? look : undefined;
      return look;
    },
    write: async (text, replaces, message, deadline) => {
      const content = Buffer.from(text).toString('base64');
      const sha = replaces === undefined ? {} : { sha: replaces };
      // No author and no committer: GitHub signs a bot's commits only without.
      const body = { message, content, branch, ...sha };
      const outcome = await once(ask, { method: 'PUT', path: contents(file), body }, deadline);
      const shown = memberOf(memberOf(bodyOf(outcome), 'content'), 'sha');
      return judgeWrite(outcome, shown === blobSha(text));
    },
    makeBranch: async (files, message, deadline, retries) => {
      const post = (path: string, body: JsonObject, again: number) =>
        once(ask, { method: 'POST', path: `${root}/git/${path}`, body }, deadline, again);
      const entries = Object.entries(files).map(([path, content]) => {
        return { path, mode: '100644', type: 'blob', content };
      });
      // Trees and commits are named after their content: to make one twice is to make it once.
      const made = await post('trees', { tree: entries }, retries);
      const treeSha = shaOf(made);
      if (treeSha === undefined) {
        return judgeWrite(made, false);
      }
      const commit = await post('commits', { message, tree: treeSha, parents: [] }, retries);
      const sha = shaOf(commit);
      if (sha === undefined) {
        return judgeWrite(commit, false);
      }
      const url = commitUrlOf(bodyOf(commit));
      const ref = await post('refs', { ref: `refs/heads/${branch}`, sha }, 0);
      const shown = memberOf(memberOf(bodyOf(ref), 'object'), 'sha');
      const written = judgeWrite(ref, shown === sha);
      return written.kind === 'done' ? { ...written, commitUrl: url } : written;
    },
    surroundings: async (deadline, retries) => {
      const get = (path: string) => ask({ method: 'GET', path }, deadline, retries);
      const repository = await get(root);
      const defaultBranch = memberOf(repository.body, 'default_branch');
      if (repository.status !== 200 || typeof defaultBranch !== 'string') {
        return repository;
      }
      const ref = await get(`${root}/git/ref/heads/${tree}`);
      // An empty repository has no refs at all, and says so with 409.
      const branchExists = ref.status === 200;
      if (!branchExists && ref.status !== 404 && ref.status !== 409) {
        return ref;
      }
      // By the commit, not the branch: a read that lags behind would miss the file.
      const commit = memberOf(memberOf(ref.body, 'object'), 'sha');
      const readmeAt = `${contents('README.md')}?ref=${encodeURIComponent(String(commit))}`;
      const readme = branchExists ? readLook(await get(readmeAt)) : undefined;
      if (readme?.kind === 'refused') {
        return readme.answer;
      }
      return {
        defaultBranch,
        branchExists,
        readme: readme?.kind === 'file' ? readme.text : undefined,
      };
    },
    history: async (deadline, retries) => {
      const query = new URLSearchParams({ sha: branch, path: file, per_page: '100' });
      const { body } = await ask(
        { method: 'GET', path: `${root}/commits?${query}` },
        deadline,
        retries,
      );
      const commits: unknown[] = Array.isArray(body) ? body : [];
      return commits
        .map((entry) => memberOf(memberOf(entry, 'commit'), 'message'))
        .filter((message) => typeof message === 'string');
    },
  };
}

async function once(
  ask: AskGitHub,
  request: Parameters<AskGitHub>[0],
  deadline: Deadline,
  retries = 0,
): Promise<GitHubAnswer | RequestFailure> {
  try {
    return await ask(request, deadline, retries);
  } catch (error) {
    if (error instanceof RequestFailure) {
      return error;
    }
    throw error;
  }
}

function readLook(answer: GitHubAnswer): Look {
  const { status, body } = answer;
  if (status === 404) {
    return { kind: 'absent', answer };
  }
  // A page with 200 is some proxy's, and says nothing about the branch.
  if (status !== 200 || body === undefined) {
    return { kind: 'refused', answer };
  }
  const [content, sha] = [memberOf(body, 'content'), memberOf(body, 'sha')];
  const plain = memberOf(body, 'type') === 'file' && memberOf(body, 'encoding') === 'base64';
  if (!plain || typeof content !== 'string') {
    return { kind: 'unusable', answer };
  }
  const bytes = Buffer.from(content, 'base64');
  if (bytes.length > maxFileBytes || typeof sha !== 'string' || blobSha(bytes) !== sha) {
    return { kind: 'unusable', answer };
  }
  return { kind: 'file', sha, text: bytes.toString(), answer };
}
