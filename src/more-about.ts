import type { ActionError } from './errors/action-error.ts';
import { sectionOf } from './errors/refusals.ts';
import { type Environment, readContext } from './runner/context.ts';

/** The address of what the documents say about an error. */
export function moreAbout({ code }: ActionError, env: Environment): string {
  return `${readContext(env).documents}/troubleshooting.md#${sectionOf(code)}`;
}
