import { type Answer, Refusal } from './answers.ts';
import { describeCommit, placesOf } from './bodies.ts';
import type { Commit } from './git.ts';
import type { Repository } from './repository.ts';
import { paginate, refuseEmpty, type Scene } from './scene.ts';
import { describeRepository } from './whole-repository.ts';

/** `GET /repos/{owner}/{repo}` */
export function getRepository({ repository, token, addresses }: Scene): Answer {
  return { status: 200, body: describeRepository(repository, token, addresses) };
}

/** `GET …/branches/{branch}` */
export function getBranch({ repository, parameter: branch, age, addresses }: Scene): Answer {
  const commit = repository.objects.commit(repository.headAsOf(branch, age) ?? '');
  if (commit === undefined) throw new Refusal(404, 'Branch not found');
  const { api, web } = placesOf(repository, addresses);
  const isDefault = branch === repository.defaultBranch;
  const enabled = repository.rules.protection(branch) !== undefined;
  const self = `${api}/branches/${encodeURIComponent(branch)}`;
  return {
    status: 200,
    body: {
      name: branch,
      commit: describeCommit(repository, addresses, commit),
      _links: { self, html: `${web}/tree/${branch}` },
      protected: repository.rules.protects(branch, isDefault),
      protection: {
        enabled,
        required_status_checks: { enforcement_level: 'off', contexts: [], checks: [] },
      },
      protection_url: `${self}/protection`,
    },
  };
}

/** `GET …/branches` */
export function listBranches(scene: Scene): Answer {
  const { repository, age, addresses } = scene;
  const { page, headers } = paginate(scene, repository.branchesAsOf(age).sort());
  const { api } = placesOf(repository, addresses);
  const body = page.map((name) => {
    const sha = repository.headAsOf(name, age) ?? '';
    const isDefault = name === repository.defaultBranch;
    return {
      name,
      commit: { sha, url: `${api}/commits/${sha}` },
      protected: repository.rules.protects(name, isDefault),
    };
  });
  return { status: 200, headers, body };
}

/** `GET …/commits?sha=&path=`: the commits of a branch, or those that changed a path. */
export function listCommits(scene: Scene): Answer {
  const { repository, query, age, addresses } = scene;
  refuseEmpty(repository);
  const from = query.get('sha') ?? repository.defaultBranch;
  const head = repository.headAsOf(from, age) ?? from;
  if (repository.objects.commit(head) === undefined) throw new Refusal(404, 'Not Found');
  const path = query.get('path') ?? '';
  const since = Date.parse(query.get('since') ?? '');
  const commits = [...repository.objects.history(head)]
    .filter((commit) => changes(repository, commit, path))
    .filter(({ committer }) => !(committer.seconds * 1000 < since));
  const { page, headers } = paginate(scene, commits);
  const body = page.map((commit) => describeCommit(repository, addresses, commit));
  return { status: 200, headers, body };
}

/** `GET …/commits/{ref}` */
export function getCommit({ repository, parameter: ref, age, addresses }: Scene): Answer {
  refuseEmpty(repository);
  const commit = repository.objects.commit(repository.headAsOf(ref, age) ?? ref);
  if (commit === undefined) throw new Refusal(422, `No commit found for SHA: ${ref}`);
  return {
    status: 200,
    body: {
      ...describeCommit(repository, addresses, commit),
      stats: { additions: 0, deletions: 0, total: 0 },
      files: [],
    },
  };
}

function changes({ objects }: Repository, commit: Commit, path: string): boolean {
  if (path === '') return true;
  const parent = objects.commit(commit.parents[0] ?? '');
  const before = parent === undefined ? undefined : objects.entryAt(parent.tree, path)?.sha;
  return objects.entryAt(commit.tree, path)?.sha !== before;
}
