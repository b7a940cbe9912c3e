import { nodeId, placesOf } from './bodies.ts';
import { isoSeconds } from './clock.ts';
import type { Repository } from './repository.ts';
import type { Addresses } from './scene.ts';
import type { Token } from './tokens.ts';

/** A repository in full, with every member that GitHub's description of it requires. */
export function describeRepository(
  repository: Repository,
  token: Token | undefined,
  addresses: Addresses,
) {
  const { api, web } = placesOf(repository, addresses);
  const { fullName, name, owner, id } = repository;
  const madeAt = isoSeconds(repository.madeAt);
  const may = token?.contents ?? 'none';
  return {
    id,
    node_id: nodeId('R', String(id)),
    name,
    full_name: fullName,
    private: repository.private,
    visibility: repository.private ? 'private' : 'public',
    owner: describeOwner(owner, addresses),
    html_url: web,
    description: null,
    fork: false,
    url: api,
    ...Object.fromEntries(LINKS.map(([key, path]) => [key, api + path])),
    git_url: `${web.replace(/^https?/, 'git')}.git`,
    ssh_url: `git@${new URL(web).host}:${fullName}.git`,
    clone_url: `${web}.git`,
    svn_url: web,
    mirror_url: null,
    homepage: null,
    language: null,
    forks_count: 0,
    forks: 0,
    stargazers_count: 0,
    watchers_count: 0,
    watchers: 0,
    size: repository.empty ? 0 : 1,
    default_branch: repository.defaultBranch,
    open_issues_count: 0,
    open_issues: 0,
    topics: [],
    has_issues: true,
    has_projects: true,
    has_wiki: true,
    has_pages: false,
    has_downloads: true,
    has_discussions: false,
    archived: repository.archived,
    disabled: false,
    license: null,
    pushed_at: madeAt,
    created_at: madeAt,
    updated_at: madeAt,
    network_count: 0,
    subscribers_count: 0,
    permissions: {
      admin: false,
      maintain: false,
      push: may === 'write',
      triage: false,
      pull: may !== 'none' || !repository.private,
    },
  };
}

function describeOwner(login: string, { api, web }: Addresses) {
  const url = `${api}/users/${login}`;
  return {
    login,
    id: 1,
    node_id: nodeId('O', login),
    avatar_url: 'https://avatars.githubusercontent.com/u/1?v=4',
    gravatar_id: '',
    url,
    html_url: `${web}/${login}`,
    followers_url: `${url}/followers`,
    following_url: `${url}/following{/other_user}`,
    gists_url: `${url}/gists{/gist_id}`,
    starred_url: `${url}/starred{/owner}{/repo}`,
    subscriptions_url: `${url}/subscriptions`,
    organizations_url: `${url}/orgs`,
    repos_url: `${url}/repos`,
    events_url: `${url}/events{/privacy}`,
    received_events_url: `${url}/received_events`,
    type: 'Organization',
    site_admin: false,
  };
}

const LINKS: readonly (readonly [key: string, path: string])[] = [
  ['archive_url', '/{archive_format}{/ref}'],
  ['assignees_url', '/assignees{/user}'],
  ['blobs_url', '/git/blobs{/sha}'],
  ['branches_url', '/branches{/branch}'],
  ['collaborators_url', '/collaborators{/collaborator}'],
  ['comments_url', '/comments{/number}'],
  ['commits_url', '/commits{/sha}'],
  ['compare_url', '/compare/{base}...{head}'],
  ['contents_url', '/contents/{+path}'],
  ['contributors_url', '/contributors'],
  ['deployments_url', '/deployments'],
  ['downloads_url', '/downloads'],
  ['events_url', '/events'],
  ['forks_url', '/forks'],
  ['git_commits_url', '/git/commits{/sha}'],
  ['git_refs_url', '/git/refs{/sha}'],
  ['git_tags_url', '/git/tags{/sha}'],
  ['hooks_url', '/hooks'],
  ['issue_comment_url', '/issues/comments{/number}'],
  ['issue_events_url', '/issues/events{/number}'],
  ['issues_url', '/issues{/number}'],
  ['keys_url', '/keys{/key_id}'],
  ['labels_url', '/labels{/name}'],
  ['languages_url', '/languages'],
  ['merges_url', '/merges'],
  ['milestones_url', '/milestones{/number}'],
  ['notifications_url', '/notifications{?since,all,participating}'],
  ['pulls_url', '/pulls{/number}'],
  ['releases_url', '/releases{/id}'],
  ['stargazers_url', '/stargazers'],
  ['statuses_url', '/statuses/{sha}'],
  ['subscribers_url', '/subscribers'],
  ['subscription_url', '/subscription'],
  ['tags_url', '/tags'],
  ['teams_url', '/teams'],
  ['trees_url', '/git/trees{/sha}'],
];
