import type { OrgRequest } from './requests.ts';
import type { OrgState } from './state.ts';

export const tokenPath = '/services/oauth2/token';
export const authorizePath = '/services/oauth2/authorize';

/** Whether the request came by a host, and a path, that the org has this endpoint at. */
export function isAtHome(org: OrgState, { host, path }: OrgRequest, endpoint: string): boolean {
  const loopback = ['127.0.0.1', '[::1]', 'localhost'].includes(host);
  if (path === org.sitePath + endpoint && org.sitePath !== '') {
    return host.endsWith('.my.site.com') || (loopback && org.acceptsLoopback);
  }
  return host === org.loginHost || host === org.myDomain || (loopback && org.acceptsLoopback);
}
