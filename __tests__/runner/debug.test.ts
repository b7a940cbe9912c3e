import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { fault as gitHubFault } from '../support/github/server.ts';
import { orgFor } from '../support/org-step.ts';
import { proxiedScene } from '../support/proxied-scene.ts';
import { assertFailed, assertRefreshed, refreshScene } from '../support/refresh-scene.ts';
import type { ActionResult } from '../support/runner.ts';
import { fault } from '../support/salesforce-org.ts';
import { forms, returnedSecrets } from '../support/secrets.ts';
import { seedRotated } from '../support/token-branch-file.ts';
import { branch, tokenBranchScene } from '../support/token-branch-scene.ts';
import { setTheScene as tokenFileScene } from '../support/token-file.ts';

// What debug logging (RUNNER_DEBUG) tells: what was decided and why, and never a secret.

/** What the step told, without the seconds and the ports. */
function told({ stdout }: ActionResult): string[] {
  return [...stdout.matchAll(/^::debug::\d+\.\d{3} s: (.*)$/gm)].map(([, line = '']) =>
    line.replace(/127\.0\.0\.1:\d+/g, 'HOST').replace(/\d+ ms/g, 'N ms'),
  );
}

/** That it told these, in this order; others may stand between them. */
function assertTold(result: ActionResult, ...expected: readonly (string | RegExp)[]): void {
  const lines = told(result);
  let from = 0;
  for (const wanted of expected) {
    const at = lines.findIndex(
      (line, index) =>
        index >= from && (typeof wanted === 'string' ? line === wanted : wanted.test(line)),
    );
    assert.ok(at >= 0, `not told: ${wanted}\n${lines.join('\n')}`);
    from = at + 1;
  }
}

const debug = { debug: true };

describe('Debug logging', { concurrency: 4 }, () => {
  it('is silent where it is off', async (t) => {
    const { org, run } = await refreshScene(t);
    const result = await run();
    assertRefreshed(result, org);
    assert.ok(!result.stdout.includes('::debug::'));
  });

  it('tells which inputs arrived, whose host it was, and what was asked', async (t) => {
    const { org, run } = await refreshScene(t);
    const inputs = { verify: true, 'login-url': `${org.url}/services/oauth2/token` };
    const result = await run(inputs, {}, debug);
    assertRefreshed(result, org);
    assertTold(
      result,
      /^Node v\d+.* on \w+, runner github-hosted, event push of octo\/demo\. Inputs that arrived: refresh-token, client-id, login-url, /,
      /^The inputs are good: allowed-hosts=127\.0\.0\.1, .*verify=true, .*retries=3$/,
      'The token endpoint is HOST/services/oauth2/token: from `login-url`; `allowed-hosts` names it',
      'The refresh token is kept nowhere: a new one goes to the outputs',
      'POST HOST/services/oauth2/token → 200 in N ms',
      'Salesforce answered with no new refresh token',
      'Outputs: rotated',
      /^The answer is good\. The instance is HOST: `allowed-hosts` names it\. Issued at \d{4}-.*Z by Salesforce's clock, \d{4}-.*Z by this machine's$/,
      'GET HOST/services/data → 200 in N ms',
      'GET HOST/services/data/v66.0/query → 200 in N ms',
      /^Outputs: access-token, instance-url, /,
    );
  });

  it('tells why a request is sent again, or not', async (t) => {
    const { org, run } = await refreshScene(t);
    org.faults.push({ does: fault.tooMany(1) }, { does: fault.page(503, { 'retry-after': '99' }) });
    assertTold(
      await run({ retries: 1 }, {}, debug),
      'POST HOST/services/oauth2/token → 429 in N ms',
      'A failure of the class busy, retry 0 of 1, the app does not rotate: again',
      'POST HOST/services/oauth2/token → 503 in N ms',
      'A failure of the class busy, retry 1 of 1, the app does not rotate: give_up',
    );
    org.faults.push({ does: fault.reset(), path: 'data' });
    assertTold(
      await run({ retries: 0, verify: true }, {}, debug),
      /^GET HOST\/services\/data → no answer \(.*ECONNRESET.*\) in N ms$/,
      /^Not sent again: retry 0 of 0, the next one in N ms, N ms left$/,
    );
  });

  it('tells where a redirect led, and why it was followed', async (t) => {
    const { org, run } = await refreshScene(t);
    const other = await orgFor(t);
    org.faults.push({ does: fault.redirect(`${other.url}/services/oauth2/token`) });
    assertTold(
      await run({}, {}, debug),
      'POST HOST/services/oauth2/token → 302 in N ms',
      'The redirect to HOST is followed: `allowed-hosts` names it',
    );
  });

  it('names the proxy, never what it is signed in to with', async (t) => {
    const auth = { username: 'user', password: 'hush-hush' };
    const { run } = await proxiedScene(t, { auth });
    for (const [host, rule] of [
      ['login.salesforce.com', 'a login host of Salesforce'],
      ['acme.my.salesforce.com', 'a My Domain host of Salesforce (.my.salesforce.com)'],
      ['na1.salesforce.com', 'an instance host of Salesforce'],
    ] as const) {
      const inputs = { 'login-url': host, retries: 0 };
      const result = await run(inputs, {}, debug);
      assertTold(
        result,
        `The token endpoint is ${host}/services/oauth2/token: from \`login-url\`; it is ${rule}`,
        new RegExp(`^POST ${host}/services/oauth2/token through the proxy HOST → `),
      );
      assert.ok(!result.stdout.includes('hush'));
    }
    const broken = await run({}, { https_proxy: 'http://user:hush-hush@[' }, debug);
    assertFailed(broken, 'network_error');
    assertTold(broken, /^POST login\.salesforce\.com\/services\/oauth2\/token → no answer/);
    assert.ok(!broken.stdout.includes('hush'));
  });

  it('tells where the host came from, whatever named it, and where the token is kept', async (t) => {
    const { start } = await tokenFileScene(t);
    assertTold(
      await start({ debug: true, inputs: { rotates: true } }).result,
      /: from `token-file`; /,
      'The refresh token is kept in `token-file`; the app rotates: what may have been processed is never sent again',
    );
    const { run } = await refreshScene(t);
    const unset = { 'login-url': undefined, 'allowed-hosts': undefined, retries: 0 };
    const byDefault = await run(unset, {}, debug);
    assertTold(byDefault, /: the default; it is a login host of Salesforce$/);
    const token = '5Aep861abcdefghijklmnopqrstuvwxyz0123456789';
    const url = { 'sfdx-auth-url': `force://PlatformCLI::${token}@test.salesforce.com` };
    const given = { ...unset, 'refresh-token': undefined, 'client-id': undefined, ...url };
    assertTold(await run(given, {}, debug), /: from `sfdx-auth-url`; it is a login host/);
  });
});

describe('Debug logging with a token branch', { concurrency: 3 }, () => {
  it('tells of looks, takes and saves, by both clocks', async (t) => {
    const scene = await tokenBranchScene(t);
    scene.github.inject('PUT', gitHubFault.reset(), { when: 'after' });
    const path = `HOST/repos/octo/demo/contents/${scene.file}`;
    assertTold(
      await scene.run(debug),
      `The refresh token is kept on the branch “${branch}” of octo/demo; the app rotates: what may have been processed is never sent again`,
      `GET ${path} → 404 in N ms`,
      /^Look: no file; free; .*Z by GitHub's clock, .*Z by this machine's; \d+ requests left in the hour$/,
      'POST HOST/repos/octo/demo/git/refs → 201 in N ms',
      'Take: done',
      'Sending N ms after the look, within N ms',
      'Salesforce answered with a new refresh token',
      'Outputs: refresh-token, rotated',
      /^PUT .* → no answer \(/,
      'Save: unclear',
      'What a look says about it: done',
      'Outputs: refresh-token taken back',
    );
  });

  it('tells who is waited for, and for how long', async (t) => {
    const scene = await tokenBranchScene(t);
    const { org, github } = scene;
    seedRotated(scene);
    org.faults.push({ does: fault.reset() });
    const lost = await scene.run(debug);
    assertFailed(lost, 'answer_lost');
    assertTold(lost, 'A failure of the class lost, retry 0 of 3, the app rotates: answer_lost');
    const waiting = await scene.run({ debug: true, inputs: { 'wait-seconds': 1 } });
    assertFailed(waiting, 'credential_in_flight');
    assertTold(
      waiting,
      /^Look: version [0-9a-f]{7}, refresh 1, a token sealed in it; held by https:\S+ from .*Z, until .*Z at most; /,
      /^Waiting N ms for the holder; \d+ of N ms are over$/,
    );
    github.clock.advance(183_000);
    org.faults.push({ does: fault.oauthError('invalid_grant', 'ip restricted') });
    const freed = await scene.run(debug);
    assertTold(freed, 'Connecting to HOST ahead of time', 'Take: done', 'Letting go: done');
  });

  it('tells what the end of the job has to do', async (t) => {
    const scene = await tokenBranchScene(t);
    const result = await scene.run({ debug: true, inputs: { 'revoke-on-completion': true } });
    const end = await scene.post(result, debug);
    assertTold(
      end,
      'The end of the job: no new refresh token to save, an access token to revoke',
      'POST HOST/services/oauth2/revoke → 200 in N ms',
    );
    const state = { 'token-branch': '{}' };
    const unsaved = await scene.post({ ...result, state }, debug);
    assertTold(unsaved, /^The end of the job: a new refresh token to save, no access token/);
  });

  it('never shows a secret, at no moment and whatever goes wrong', async (t) => {
    const scene = await tokenBranchScene(t, {
      form: 'JSON in base64',
      org: { app: { scopes: ['api', 'id', 'refresh_token'] } },
    });
    const { org, github, family, secret, githubToken } = scene;
    const [printed, shown]: [string[], string[]] = [[], []];
    /** Every secret that there has been so far. */
    const secrets = new Set([secret, githubToken, org.app.clientId, family.current]);
    const collect = () => {
      for (const made of [family.current, ...family.spent.keys(), ...returnedSecrets(org)]) {
        secrets.add(made);
      }
      for (const { value } of family.accessTokens) {
        secrets.add(value);
      }
    };
    const onLine = (line: string) => void shown.push(line);
    const common = { 'revoke-on-completion': true, 'job-summary': true, verify: true };
    const options = { debug: true, onLine, inputs: common };
    const check = (result: ActionResult): ActionResult => {
      assert.ok(told(result).length > 0, result.log);
      printed.push(result.stdout.replace(/^::add-mask::.*$/gm, ''), result.stderr);
      collect();
      return result;
    };
    // What a run knows from the start; the current token only once it has looked.
    const given = [secret, githubToken, org.app.clientId].join(' ');
    const echo = () => `${given} ${family.current}`;
    // A first use, the end of its job, and what can't be revoked.
    const first = check(await scene.run(options));
    assert.equal(first.conclusion, 'success', first.log);
    org.faults.push({ path: 'revoke', does: fault.answer(400, { error: echo() }), count: 3 });
    check(await scene.post(first, options));
    // A save that GitHub refuses first, repeating what it was given; an access token that is reused.
    const inputs = { ...common, 'revoke-on-completion': false, 'reuse-minutes': 5 };
    github.inject('PUT', gitHubFault.error(403, echo()), { skip: 1 });
    org.faults.push({ does: fault.tooMany(1) });
    assert.equal(check(await scene.run({ ...options, inputs })).conclusion, 'success');
    assert.equal(check(await scene.run({ ...options, inputs })).outputs['reused'], 'true');
    // Refusals that repeat the credential, in every place where there is one.
    const evil = `https://evil.example/services/oauth2/token/${family.current}`;
    for (const does of [
      fault.oauthError('invalid_grant', `expired access/refresh token ${family.current}`),
      fault.oauthError(family.current, org.app.clientId),
      fault.answer(500, echo()),
      fault.redirect(evil),
      fault.patch({ instance_url: evil }),
    ]) {
      org.faults.push({ does, path: 'token', when: does.kind === 'patch' ? 'after' : 'before' });
      assert.equal(check(await scene.run(options)).conclusion, 'failure');
      github.clock.advance(183_000);
    }
    // A check that the org refuses; then GitHub, in looks and takes.
    org.onRequest(async ({ headers, path }) =>
      path.endsWith('userinfo')
        ? fault.answer(400, { error: headers['authorization'] ?? '' })
        : undefined,
    );
    check(await scene.run(options));
    for (const match of ['GET', 'PUT']) {
      github.inject(match, gitHubFault.error(422, given));
      assertFailed(check(await scene.run(options)), 'token_branch_not_writable');
    }
    // The process is killed before the new token is saved: the end of the job does that.
    const hold = github.hold('PUT', { skip: 1 });
    const killed = scene.start(options);
    await hold.reached;
    killed.process.kill('SIGKILL');
    const rest = check(await killed.result);
    hold.release();
    assert.match(check(await scene.post(rest, options)).log, /Saved the new refresh token/);

    assert.ok(secrets.size > 15, 'fewer secrets than there should be');
    for (const form of [...secrets].flatMap(forms)) {
      const leak = [...printed, ...shown].find((text) => text.includes(form));
      assert.equal(leak, undefined, 'a secret was shown');
    }
  });
});
