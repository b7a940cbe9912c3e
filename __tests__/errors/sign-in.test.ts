import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { ActionError } from '../../src/errors/action-error.ts';
import { type OwnCode, ownErrors } from '../../src/errors/catalogue.ts';
import { onTerminal, paragraphs, signInErrors, signInRefusals } from '../../src/errors/sign-in.ts';

describe('what is said to those who sign in', () => {
  it('has an explanation of every answer that it knows, the special before the general', () => {
    for (const row of signInRefusals) {
      for (const answer of row.answers) {
        const text = answer.includes(':') ? answer : `${answer}: `;
        const first = signInRefusals.find(({ matches }) => matches.test(text.toLowerCase()));
        assert.ok(first !== undefined, answer);
      }
    }
    for (const [said, why] of [
      ['access_denied: end-user denied authorization', /“Deny”/],
      ['invalid_grant: expired authorization code', /older than 15 minutes/],
      ['redirect_uri_mismatch: redirect_uri must match configuration', /to the letter/],
      ['invalid_client: invalid client credentials', /web server flow/],
      ['invalid_client: app must be installed into org', /not installed in the org/],
      ['invalid_client_id: client identifier invalid', /consumer key/],
      ['oauth_app_access_denied: user is not admin approved to access this app', /approved/],
      ['invalid_grant: odd', /the code that the browser brought/],
      ['oauth_app_blocked: this app is blocked by admin', /blocked the app/],
    ] as const) {
      assert.match(signInRefusals.find(({ matches }) => matches.test(said))?.why ?? '', why);
    }
  });

  it('speaks of options, not of a workflow', () => {
    const codes: OwnCode[] = [
      ...(['network_error', 'tls_error', 'timeout', 'redirect_refused'] as const),
      ...(['response_invalid', 'instance_url_refused', 'token_file_invalid'] as const),
    ];
    const texts = [
      ...codes.map((code) => ownErrors()[code]),
      ...signInRefusals,
      ...Object.values(signInErrors),
    ].flatMap((row) => ['why' in row ? (row.why ?? '') : '', row.fix].map(onTerminal));
    for (const text of texts) {
      assert.doesNotMatch(text, /`[a-z]+-[a-z-]+`/);
      assert.doesNotMatch(text, /\b(runner|run the job|workspace|this action|the step)\b/i);
    }
    assert.equal(
      onTerminal(
        'The input `client-id` is odd. Run the job again. Nothing was sent to Salesforce.',
      ),
      '--client-id is odd. Sign in again.',
    );
  });

  it('does not call an input what came from Salesforce, or was an option', () => {
    for (const [said, here] of [
      ['The input `refresh-token` holds a URL.', 'The refresh token that came holds a URL.'],
      ['The input `sfdx-auth-url` holds no host.', 'The auth URL holds no host.'],
      ['`token-file` (“x”) cannot be made.', 'The file (“x”) cannot be made.'],
      [
        ownErrors().token_file_invalid.why ?? '',
        'A new refresh token goes back into this file, so it has to be possible to read, write and replace it.',
      ],
      [
        ownErrors().redirect_refused.why ?? '',
        'A redirect decides where the code goes, so this command follows only one, over https, to the token endpoint of an allowed host.',
      ],
    ] as const) {
      assert.equal(onTerminal(said), here);
    }
  });

  it('is a line each for what happened, what to do, and why', () => {
    const error = new ActionError('x', 'What.', { fix: 'Set `login-url`.\n  x', why: 'A runner.' });
    assert.deepEqual(paragraphs(error), ['What.', 'Set --login-url.', '  x', 'Why: A machine.']);
  });
});
