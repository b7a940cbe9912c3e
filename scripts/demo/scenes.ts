import type { With } from './world.ts';

const expression = (name: string) => `\${{ ${name} }}`;

/** The step of a workflow whose app does not rotate refresh tokens. */
export function staticStep(orgId: string): With {
  return {
    'refresh-token': expression('secrets.SF_REFRESH_TOKEN'),
    'client-id': expression('secrets.SF_CLIENT_ID'),
    'login-url': expression('vars.SF_LOGIN_URL'),
    'expected-org-id': orgId,
  };
}

/** The step of a workflow whose app does. */
export function rotatingStep(orgId: string): With {
  return {
    ...staticStep(orgId),
    'token-branch': 'salesforce-tokens',
    'github-token': expression('github.token'),
  };
}
