import { hasUnprintable } from '../errors/text.ts';

/**
 * Says why a text can't be the name of a branch here: git would not take it (git-check-ref-format(1)),
 * or GitHub could read it as something else.
 *
 * @returns what it is instead, after “The input … ”; undefined for a good name
 */
export function branchNameFlaw(name: string): string | undefined {
  if (/^refs\//.test(name)) {
    return 'starts with `refs/`, and has to be the name alone';
  }
  if (/^[0-9a-f]{40}$/i.test(name)) {
    return 'looks like a commit';
  }
  const parts = name.split('/');
  const good =
    name.length <= 200 &&
    name !== 'HEAD' &&
    !name.startsWith('-') &&
    !hasUnprintable(name) &&
    !/[ ~^:?*[\\]|\.\.|@\{|^@$|\.$/.test(name) &&
    parts.every((part) => part !== '' && !part.startsWith('.') && !part.endsWith('.lock'));
  return good ? undefined : 'is not a name that git takes for a branch';
}
