import { ActionError } from '../errors/action-error.ts';
import type { AllowedHosts } from './allowed-hosts.ts';
import type { Clean } from './attempt.ts';
import { orRefuse } from './host-refusal.ts';
import { parseRedirect } from './hosts.ts';

/**
 * Where a redirect of the token endpoint leads, if what was sent may go there as well.
 *
 * @param redirected whether one was followed already: there is never a second
 * @throws ActionError `redirect_refused`
 */
export function followRedirect(
  location: string,
  from: URL,
  redirected: boolean,
  allowed: AllowedHosts,
  clean: Clean,
): URL {
  if (redirected) {
    throw ActionError.own(
      'redirect_refused',
      `${from.host} redirects a second time, to “${clean(location)}”.`,
    );
  }
  const rule = () => parseRedirect(location, from, allowed).url;
  return orRefuse(rule, (refusal) => {
    const host = URL.parse(location, from.href)?.hostname ?? '';
    return ActionError.own(
      'redirect_refused',
      `${from.host} redirects to a place that the refresh token may not go to. ${clean(refusal.message)}`,
      {
        cause: refusal,
        fix: `Set \`login-url\` to the My Domain host of the org (Setup → My Domain)${host === '' ? '' : `; if “${clean(host)}” is right and you trust it with the refresh token, set \`login-url\` to it and name it in \`allowed-hosts\``}.`,
      },
    );
  });
}
