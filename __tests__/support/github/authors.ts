import type { Signature } from './git.ts';
import { type Fields, isObject, type Scene } from './scene.ts';

/** Who a commit is by: as the request says, or whom the token is of. */
export function authorship(
  { repository, token }: Scene,
  fields: Fields,
): { readonly author: Signature; readonly committer: Signature; readonly signed: boolean } {
  const [name, email] =
    token?.kind === 'fine-grained'
      ? ['octocat', 'octocat@users.noreply.github.com']
      : token?.kind === 'app'
        ? ['example-app[bot]', '41600512+example-app[bot]@users.noreply.github.com']
        : ['github-actions[bot]', '41898282+github-actions[bot]@users.noreply.github.com'];
  const own = repository.signature(name, email);
  const given = {
    author: readSignature(fields['author'], own.seconds),
    committer: readSignature(fields['committer'], own.seconds),
  };
  const author = given.author ?? given.committer ?? own;
  if (given.author !== undefined || given.committer !== undefined) {
    return { author, committer: given.committer ?? author, signed: false };
  }
  // Signed by GitHub, and so committed by it; the commits of people are not.
  if (token?.kind === 'fine-grained') return { author, committer: author, signed: false };
  return { author, committer: repository.signature('GitHub', 'noreply@github.com'), signed: true };
}

function readSignature(value: unknown, now: number): Signature | undefined {
  if (!isObject(value)) return undefined;
  const { name, email, date } = value;
  if (typeof name !== 'string' || typeof email !== 'string') return undefined;
  const seconds = typeof date === 'string' ? Math.floor(Date.parse(date) / 1000) : now;
  return { name, email, seconds };
}
