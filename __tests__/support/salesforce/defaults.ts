import { newClientId, newClientSecret, newId } from './ids.ts';
import type { App, User } from './model.ts';

/** The one callback of `PlatformCLI`, and of every app here unless a test says otherwise. */
const cliCallback = 'http://localhost:1717/OauthRedirect';

/** A user who may do everything; `number` tells the users of an org apart, the first is 0. */
export function newUser(number: number): User {
  return {
    id: newId('005'),
    username: `ci${number || ''}@acme.example`,
    password: 'correct horse battery staple',
    active: true,
    frozen: false,
    apiEnabled: true,
    anyApiClient: false,
    inLoginHours: true,
  };
}

/** An app that works, doesn't rotate and demands no secret. */
export function newApp(): App {
  return {
    clientId: newClientId(),
    clientSecret: newClientSecret(),
    name: 'Acme CI',
    kind: 'connected',
    callbacks: [cliCallback],
    secretRequired: false,
    webServerSecretRequired: false,
    pkceRequired: false,
    rotation: 'none',
    graceMs: 60_000,
    scopes: ['refresh_token', 'api'],
    known: true,
    installed: true,
    blocked: false,
    preAuthorized: false,
    refreshFlow: true,
    approvalMissing: 'nobody',
    ipRestricted: false,
    tokenPolicy: 'until-revoked',
  };
}
