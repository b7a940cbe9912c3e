// Not for coverage: text has unit tests.

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { assertNothingHandedOut, explanation } from '../support/org-step.ts';
import { assertFailed, refreshScene } from '../support/refresh-scene.ts';
import type { ActionResult } from '../support/runner.ts';
import { fault, type SalesforceOrg } from '../support/salesforce-org.ts';

// Whoever answers can write what they like: it runs no command, floods no log, and shows no secret.

const concurrency = 6;

describe('remote text does no harm', { concurrency }, () => {
  const hostile = [
    '\n::set-output name=access-token::evil',
    '\r\n::add-mask::error',
    '\n  ::warning::from outside',
    ' ##[error]from outside ##[add-mask]Salesforce',
    '\u2028::stop-commands::x \u0085::error::y',
    '\u001b[31mred\u001b[0m \u0007\u0000\u202e::notice::z',
    '%0A::error::escaped %25',
  ];

  /** That only values which were sent, or which the org itself made, are masked. */
  function assertMasksAreOurs({ masks }: ActionResult, org: SalesforceOrg): void {
    const known = org.tokenRequests.flatMap(({ form, decided }) => {
      const made: unknown = JSON.parse(decided?.body ?? '{}');
      return [...Object.values(form), ...Object.values(Object(made))];
    });
    assert.deepEqual(
      masks.filter((mask) => !known.includes(mask) && mask !== org.url),
      [],
    );
  }

  /** That nothing happened but what the action itself wanted. */
  function assertHarmless(result: ActionResult, org: SalesforceOrg): void {
    assertNothingHandedOut(result);
    assert.equal(result.annotations.length, 1);
    assertMasksAreOurs(result, org);
    assert.doesNotMatch(result.stdout, /##\[/);
    assert.equal(result.summary, '');
    // Line feeds apart: each is one of ours.
    assert.doesNotMatch(result.stdout.replaceAll('\n', ''), /\p{Cc}|\p{Cf}|\p{Zl}|\p{Zp}/u);
    assert.ok(result.stdout.length < 4000, `${result.stdout.length} characters were printed`);
  }

  for (const text of hostile) {
    it(`as error, description and both: ${JSON.stringify(text)}`, async (t) => {
      const { org, run, here } = await refreshScene(t);
      for (const [error, description, code] of [
        [`a${text}`, 'b', 'http_400'],
        [text, text, 'http_400'],
        ['invalid_grant', `b${text}`, 'invalid_grant'],
      ] as const) {
        org.faults.push({ does: fault.oauthError(error, description) });
        const result = await (code === 'invalid_grant' ? run : here)();
        assertFailed(result, code);
        assertHarmless(result, org);
      }
    });
  }

  it('in headers, in a page, in fields of a token response', async (t) => {
    const { org, run } = await refreshScene(t);
    const command = '##[add-mask]error ::warning::x';
    for (const [does, code] of [
      [fault.answer(503, command, { 'retry-after': command, 'content-type': command }), 'http_503'],
      [fault.answer(200, `<html>\n::error::${command}`), 'response_invalid'],
      [fault.patch({ token_type: `x${command}` }), 'token_type_unsupported'],
      [fault.patch({ instance_url: `https://evil.example/${command}` }), 'response_invalid'],
      [
        fault.patch({ instance_url: 'https://##[add-mask]error::x.example' }),
        'instance_url_refused',
      ],
    ] as const) {
      org.faults.push({ does, when: 'after' });
      const result = await run({ retries: 0 });
      assertFailed(result, code);
      assertHarmless(result, org);
    }
  });

  it('in the line that announces a retry', async (t) => {
    const { org, run } = await refreshScene(t);
    const text = '\n::error::x ##[add-mask]error retry your request';
    org.faults.push({ does: fault.oauthError('unknown_error', text), count: 2 });
    const result = await run({ retries: 1 });
    assertFailed(result, 'unknown_error');
    assertHarmless(result, org);
    assert.match(result.log, /^Retry 1 of 1 in .*: : ?error/m);
  });

  it('in what a good answer says beside the token', async (t) => {
    const scope = 'api ##[add-mask]api ::error::x';
    const { org, run } = await refreshScene(t, { shape: { fields: { scope } } });
    const result = await run();
    assert.equal(result.conclusion, 'success', result.log);
    assert.equal(result.outputs['scope'], scope);
    assertMasksAreOurs(result, org);
    assert.doesNotMatch(result.stdout, /##\[/);
    assert.deepEqual(result.annotations, []);
  });

  it('however long it is', async (t) => {
    const { org, run } = await refreshScene(t);
    const long = 'long '.repeat(200_000);
    for (const [error, description, code] of [
      ['invalid_grant', long, 'invalid_grant'],
      ['x'.repeat(1_000_000), 'y', 'http_400'],
    ] as const) {
      org.faults.push({ does: fault.oauthError(error, description) });
      const result = await run();
      assertFailed(result, code);
      assertHarmless(result, org);
    }
    org.faults.push({ does: fault.oauthError('invalid_grant', long + long) });
    const result = await run();
    assertFailed(result, 'response_invalid');
    assert.match(explanation(result).what, /longer than 1 MiB/);
  });

  it('of another type than text', async (t) => {
    const { org, here } = await refreshScene(t);
    for (const error of [42, null, { error: 'x' }, ['invalid_grant'], true]) {
      org.faults.push({ does: fault.answer(400, { error, error_description: [error] }) });
      const result = await here();
      assertFailed(result, 'http_400');
      assertHarmless(result, org);
    }
  });

  it('that repeats a secret, in whatever form', async (t) => {
    const { org, token, run, here } = await refreshScene(t);
    const secret = 'top secret/+="key"';
    const base64 = (text: string) => Buffer.from(text).toString('base64');
    for (const value of [token, org.app.clientId, secret]) {
      const forms = [value, encodeURIComponent(value), base64(value), JSON.stringify(value)];
      for (const [error, description] of [
        ['invalid_grant', forms.join(' and ')],
        [value, 'no'],
      ] as const) {
        org.faults.push({ does: fault.oauthError(error, description) });
        const result = await (value === token ? run : here)({ 'client-secret': secret });
        const unmasked = result.stdout.replace(/^::add-mask::.*$/gm, '');
        for (const form of forms.map((text) => text.replace(/^"|"$/g, ''))) {
          assert.ok(!unmasked.includes(form), 'printed before the runner could mask it');
        }
        assertFailed(result, error === value ? 'http_400' : 'invalid_grant');
        assertHarmless(result, org);
      }
    }
  });
});
