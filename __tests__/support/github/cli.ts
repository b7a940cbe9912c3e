import { type Answer, Refusal } from './answers.ts';
import { type Addresses, isObject } from './scene.ts';
import type { Token } from './tokens.ts';
import type { World } from './world.ts';

// What the GitHub CLI asks, and nobody else here.

const LINKS = [
  ...['current_user_url', 'current_user_authorizations_html_url', 'authorizations_url'],
  ...['code_search_url', 'commit_search_url', 'emails_url', 'emojis_url', 'events_url'],
  ...['feeds_url', 'followers_url', 'following_url', 'gists_url', 'issue_search_url', 'issues_url'],
  ...['keys_url', 'label_search_url', 'notifications_url', 'organization_url'],
  ...['organization_repositories_url', 'organization_teams_url', 'public_gists_url'],
  ...['rate_limit_url', 'repository_url', 'repository_search_url', 'current_user_repositories_url'],
  ...['starred_url', 'starred_gists_url', 'user_url', 'user_organizations_url'],
  ...['user_repositories_url', 'user_search_url'],
];

/** `GET /`, by which it sees whether a token is good, and would see the scopes of a classic one. */
export function getRoot(token: Token | undefined, { api }: Addresses): Answer {
  if (token === undefined) throw new Refusal(401, 'Requires authentication');
  const links = LINKS.map((name) => [name, `${api}/${name.replace(/_url$/, '')}`]);
  return { status: 200, body: Object.fromEntries(links) };
}

/**
 * The two questions for which it takes GraphQL: who am I (`gh auth status`),
 * and what is this repository called (`gh repo view`).
 */
export function answerGraphql(json: unknown, authorized: boolean, world: World): Answer {
  if (!authorized) return { status: 401, body: { message: 'Bad credentials' } };
  const { query, variables } = isObject(json) ? json : {};
  const text = typeof query === 'string' ? query : '';
  if (/\bviewer\s*\{\s*login\s*\}/.test(text)) {
    return { status: 200, body: { data: { viewer: { login: 'octocat' } } } };
  }
  const { owner, name } = isObject(variables) ? variables : {};
  const repository = world.find(`${owner}/${name}`);
  if (/\brepository\(/.test(text) && repository !== undefined) {
    const { id, name: itsName } = repository;
    return { status: 200, body: { data: { repository: { id: `R_${id}`, name: itsName } } } };
  }
  const message = `Could not resolve to a Repository with the name '${owner}/${name}'.`;
  const errors = [{ type: 'NOT_FOUND', path: ['repository'], message }];
  return { status: 200, body: { data: { repository: null }, errors } };
}
