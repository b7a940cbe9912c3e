import {
  fault,
  longId,
  type OrgOptions,
  type SalesforceOrg,
} from '../../__tests__/support/salesforce-org.ts';
import { refusals } from '../../src/errors/refusals.ts';
import { atOrg, type Group, type Scenario, type Step } from './scenario.ts';

/** The state of an org, and what is asked of it. */
function when(
  what: string,
  change: (org: SalesforceOrg) => unknown,
  inputs: NonNullable<Step['inputs']> = {},
  options: OrgOptions = {},
): Scenario {
  return atOrg(
    what,
    ({ org }) => {
      change(org);
      return { inputs };
    },
    options,
  );
}

const states: Group = {
  title: 'Salesforce refuses, by the state of the org',
  scenarios: [
    when('The token was revoked', (org) => org.families.map((family) => org.revokeFamily(family))),
    when(
      'The token was used before, and the app rotates',
      (org) => org.families.map((family) => org.rotate(family)),
      {
        rotates: true,
      },
    ),
    when(
      'A token that the Salesforce CLI made was revoked',
      (org) => org.families.map((family) => org.revokeFamily(family)),
      {},
      {
        app: { clientId: 'PlatformCLI' },
      },
    ),
    when('The wrong login host', (org) => Object.assign(org, { acceptsLoopback: false })),
    when('The wrong client id', () => {}, { 'client-id': '3MVG9anotherConsumerKey.OfNobody' }),
    when('The app demands its secret', (org) => Object.assign(org.app, { secretRequired: true })),
    when('The wrong secret', (org) => Object.assign(org.app, { secretRequired: true }), {
      'client-secret': '0123456789ABCDEF',
    }),
    when('The user is frozen', (org) => Object.assign(org.user, { frozen: true })),
    when('The user is not active', (org) => Object.assign(org.user, { active: false })),
    when('Outside of the allowed addresses', (org) =>
      Object.assign(org.app, { ipRestricted: true }),
    ),
    when('The app is blocked', (org) => Object.assign(org.app, { blocked: true })),
    when(
      'An answer was lost, the request was sent again, and the app rotates',
      (org) => {
        org.faults.push({ does: fault.reset(), when: 'after' });
      },
      { retries: 1 },
      { rotation: 'strict' },
    ),
  ],
};

/** Every answer that the catalogue explains; the words that stand for others are left out. */
const catalogued: Group = {
  title: 'Salesforce refuses, answer by answer',
  asDocumented: true,
  scenarios: refusals
    .flatMap(({ answers }) => answers)
    .map((answer) => {
      const [error = '', description = ''] = answer.split(/: (.*)/);
      return when(`\`${answer}\``, (org) => {
        const said = description === 'anything else' ? 'a text that nobody knows' : description;
        org.faults.push({ does: fault.oauthError(error, said) });
      });
    }),
};

const others: Group = {
  title: 'Salesforce refuses with something new',
  asDocumented: true,
  scenarios: [
    when('An error that nobody knows', (org) => {
      org.faults.push({ does: fault.oauthError('quantum_decoherence', 'observe again') });
    }),
  ],
};

const id = `https://login.salesforce.com/id/${longId('00D5e0000Ab1xYz')}/0055e0000000001AAA`;
const withFields = (
  what: string,
  fields: Readonly<Record<string, unknown>>,
  inputs: NonNullable<Step['inputs']> = {},
) => when(what, () => {}, inputs, { shape: { fields } });

const judged: Group = {
  title: 'An answer that is not handed out',
  scenarios: [
    withFields('A token of another type', { token_type: 'DPoP' }),
    withFields('An instance that is not one of Salesforce', {
      instance_url: 'https://evil.example',
    }),
    withFields('No instance', { instance_url: undefined }),
    withFields('An access token with a line break', {
      access_token: '00D5e!AQ\nEA',
      refresh_token: '5Aep861x',
    }),
    withFields('A new refresh token that cannot be one', { refresh_token: 'a b' }),
    when('Another org', () => {}, { 'expected-org-id': '00D000000000001' }),
    when(
      'An instance of another org',
      () => {},
      { verify: true },
      {
        app: { scopes: ['refresh_token', 'id'] },
        shape: { fields: { id } },
      },
    ),
    withFields('An instance that does not know the user', { id }, { verify: true }),
    when('Another user', () => {}, { 'expected-username': 'boss@acme.example' }),
    when('Another kind of org', () => {}, { 'expected-org-type': 'sandbox' }),
    when(
      'A kind of org that the scopes keep to themselves',
      () => {},
      { 'expected-org-type': 'production' },
      {
        app: { scopes: ['refresh_token', 'id'] },
      },
    ),
    when(
      'A user that the scopes keep to themselves',
      () => {},
      { verify: true },
      {
        app: { scopes: ['refresh_token', 'web'] },
      },
    ),
    when('A user without “API Enabled”', (org) => Object.assign(org.user, { apiEnabled: false }), {
      verify: true,
    }),
    when(
      'An access token that is revoked already',
      (org) => {
        org.onRequest(async ({ path }) => {
          if (path.startsWith('/services/data')) {
            org.families.map((family) => org.revokeFamily(family));
          }
          return undefined;
        });
      },
      { verify: true },
    ),
    when(
      'The org does not answer the check',
      (org) => {
        org.faults.push({ does: fault.reset(), path: 'data' });
      },
      { verify: true },
    ),
    when(
      'The org is in maintenance at the check',
      (org) => {
        org.faults.push({ does: fault.page(503), path: 'data' });
      },
      { verify: true },
    ),
    when(
      'The check is redirected',
      (org) => {
        org.faults.push({ does: fault.redirect('https://other.my.salesforce.com/'), path: 'data' });
      },
      { verify: true },
    ),
  ],
};

export const salesforceGroups: readonly Group[] = [states, catalogued, others, judged];
