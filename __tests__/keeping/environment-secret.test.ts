import assert from 'node:assert/strict';
import { describe, it, type TestContext } from 'node:test';
import { fault, type TokenOptions } from '../support/github-api.ts';
import { fault as orgFault } from '../support/salesforce-org.ts';
import {
  environmentName,
  fingerprint,
  forms,
  problem,
  repository,
  secretName,
  sendingName,
  spentFingerprints,
  stateName,
  type World,
  warnings,
  writeBackWorld,
} from '../support/write-back.ts';

// A rotated refresh token on its way back into the environment secret that it came from.

const holding = [`GET secrets/${secretName} 200`, 'POST variables 201'];
const releasing = [`GET variables/${sendingName} 200`, `DELETE variables/${sendingName} 204`];

/** Ends with the secret, the guard and the family as they were before, and nothing sent to the org. */
function assertUnspent({ org, environment, family, stored }: World): void {
  assert.equal(org.tokenRequests.length, 0);
  assert.equal(environment.secret(secretName), stored(family.current));
  assert.equal(environment.variable(sendingName), undefined);
}

/** Ends with everything in order: the new token stored, the old one noted, nothing held. */
function assertSaved(world: World, sent: string): void {
  const { org, environment, family, stored } = world;
  assert.notEqual(family.current, sent);
  assert.equal(environment.secret(secretName), stored(family.current));
  assert.deepEqual(spentFingerprints(world), { spent: [fingerprint(sent)] });
  assert.equal(environment.variable(sendingName), undefined);
  assert.deepEqual([org.reuses, family.revoked], [0, false]);
}

describe('a rotated credential is written back', { concurrency: 8 }, () => {
  for (const form of forms) {
    it(`in the form it was given in: ${form}`, async (t) => {
      const world = await writeBackWorld(t, { form });
      const sent = world.family.current;
      const result = await world.run();
      assert.equal(result.conclusion, 'success', result.log);
      // The look-alike opens the box with libsodium: these are the bytes that arrived.
      assertSaved(world, sent);
      const { outputs, masks, log } = result;
      assert.equal(outputs['rotated'], 'true');
      assert.equal(outputs['refresh-token'], '');
      assert.equal(outputs['sfdx-auth-url'], form === 'token' ? undefined : '');
      const plainUrl = `force://${world.org.app.clientId}::${world.family.current}@`;
      assert.ok(masks.includes(world.family.current));
      assert.ok(masks.includes(world.stored(world.family.current)));
      assert.equal(
        masks.some((mask) => mask.startsWith(plainUrl)),
        form !== 'token',
      );
      assert.match(log, /rotated, saved in the secret SF_CREDENTIAL of the environment salesforce/);
    });
  }

  it('in the form it was given in: JSON over several lines, none of which is masked', async (t) => {
    const world = await writeBackWorld(t, { form: 'JSON' });
    const pretty = (token: string) =>
      `${JSON.stringify(JSON.parse(world.stored(token)), null, 2)}\n`;
    const result = await world.run({ copy: pretty(world.family.current) });
    assert.equal(result.conclusion, 'success', result.log);
    const { current } = world.family;
    assert.equal(world.environment.secret(secretName), pretty(current).trim());
    assert.ok(result.masks.includes(current));
    assert.ok(!result.masks.some((mask) => /[{}\n]/.test(mask)), 'braces wreck the log');
  });

  it('with exactly these requests to GitHub, around the one to Salesforce', async (t) => {
    const world = await writeBackWorld(t);
    let before = 0;
    world.org.onRequest(() => {
      before = world.api.requests.length;
    });
    assert.equal((await world.run()).conclusion, 'success');
    assert.deepEqual(world.api.trace().slice(0, before), [
      ...holding,
      `GET variables/${stateName} 404`,
    ]);
    assert.deepEqual(world.api.trace().slice(before), [
      'GET secrets/public-key 200',
      `PUT secrets/${secretName} 204`,
      `GET variables/${stateName} 404`,
      `PATCH variables/${stateName} 404`,
      'POST variables 201',
      `GET variables/${stateName} 200`,
      ...releasing,
    ]);
    const seen = world.api.requests.length;
    assert.equal((await world.run()).conclusion, 'success');
    assert.deepEqual(world.api.trace().slice(seen), [
      ...holding,
      `GET variables/${stateName} 200`,
      'GET secrets/public-key 200',
      `PUT secrets/${secretName} 204`,
      `GET variables/${stateName} 200`,
      `PATCH variables/${stateName} 204`,
      `GET variables/${stateName} 200`,
      ...releasing,
    ]);
    for (const { headers } of world.api.requests) {
      assert.equal(headers['accept'], 'application/vnd.github+json');
      assert.equal(headers['x-github-api-version'], '2022-11-28');
    }
  });

  it('after it was put out, which is taken back only once it is safe', async (t) => {
    const world = await writeBackWorld(t, { form: 'auth URL' });
    const sent = world.family.current;
    const step = world.start();
    const seen: Record<string, unknown> = {};
    world.api.onRequest(({ method, path }) => {
      const { 'refresh-token': token, 'sfdx-auth-url': url } = step.outputs();
      seen[`${method} ${path.replace(/.*\//, '')}`] = [token, url];
      return undefined;
    });
    assert.equal((await step.result).conclusion, 'success');
    const { current } = world.family;
    const out = [current, world.stored(current)];
    assert.notEqual(current, sent);
    assert.deepEqual(seen, {
      [`GET ${secretName}`]: [undefined, undefined],
      'GET public-key': out,
      [`PUT ${secretName}`]: out,
      [`GET ${stateName}`]: out,
      [`PATCH ${stateName}`]: out,
      'POST variables': out,
      [`GET ${sendingName}`]: out,
      [`DELETE ${sendingName}`]: out,
    });
  });

  it('and who holds it meanwhile is told, without the token', async (t) => {
    const world = await writeBackWorld(t);
    const sent = world.family.current;
    await world.run({ env: { GITHUB_RUN_ID: '42', GITHUB_RUN_ATTEMPT: '3' } });
    const [value = ''] = world.environment.variableHistory(sendingName);
    const { fingerprint: print, run, time, holder, ...rest } = JSON.parse(value);
    assert.deepEqual(rest, {});
    assert.equal(print, fingerprint(sent));
    assert.equal(run, `https://github.com/${repository}/actions/runs/42/attempts/3`);
    assert.ok(Math.abs(Date.parse(time) - Date.now()) < 60_000);
    assert.match(holder, /^[0-9a-f]{8}-[0-9a-f]{4}-4/);
  });

  it('and only the last fifty spent ones are remembered', async (t) => {
    const world = await writeBackWorld(t);
    const sent = fingerprint(world.family.current);
    const old = Array.from({ length: 50 }, (_, index) => fingerprint(String(index)));
    world.environment.setVariable(stateName, JSON.stringify({ spent: old }));
    await world.run();
    assert.deepEqual(spentFingerprints(world), { spent: [...old.slice(1), sent] });
  });

  it('on GitHub Enterprise Server, whose API has a path of its own', async (t) => {
    const world = await writeBackWorld(t, { basePath: '/api/v3' });
    const sent = world.family.current;
    const env = { GITHUB_API_URL: `${world.api.url}/`, GITHUB_SERVER_URL: 'https://ghe.example' };
    const result = await world.run({ env });
    assert.equal(result.conclusion, 'success', result.log);
    assertSaved(world, sent);
    const [value = ''] = world.environment.variableHistory(sendingName);
    assert.match(value, /"run":"https:\/\/ghe\.example\/octo\/demo\/actions\/runs\//);
  });

  it('with a key that GitHub replaces in between', async (t) => {
    const world = await writeBackWorld(t);
    const sent = world.family.current;
    const rotateKey = () => {
      world.environment.rotateKey();
      return undefined;
    };
    world.api.intercept('GET /secrets/public-key', rotateKey, { when: 'after', times: 2 });
    assert.equal((await world.run()).conclusion, 'success');
    assertSaved(world, sent);
    assert.deepEqual(
      world.api.requestsTo('PUT').map(({ status }) => status),
      [422, 422, 204],
    );
  });

  it('or left as it is where the app does not rotate; the guard is let go', async (t) => {
    const world = await writeBackWorld(t, { rotation: 'none' });
    const result = await world.run();
    assert.equal(result.conclusion, 'success', result.log);
    assert.equal(result.outputs['rotated'], 'false');
    assert.equal(result.outputs['refresh-token'], undefined);
    assert.deepEqual(world.api.trace(), [
      ...holding,
      `GET variables/${stateName} 404`,
      ...releasing,
    ]);
    assert.deepEqual(world.environment.variableNames, []);
    assert.equal(world.environment.secretHistory(secretName).length, 1);
  });

  it('unless what came back is no token: then the guard stays, and says so', async (t) => {
    for (const fields of [{ refresh_token: 'with blank' }, { refresh_token: null }]) {
      const world = await writeBackWorld(t);
      world.org.faults.push({ does: orgFault.patch(fields), when: 'after' });
      const result = await world.run();
      assert.equal(result.outputs['error-code'], 'response_invalid', result.log);
      assert.match(
        warnings(result).join(),
        /The rotation guard stays[\s\S]*gh variable delete SF_CREDENTIAL_SENDING/,
      );
      assert.equal((await world.run()).outputs['error-code'], 'credential_in_flight');
      assert.equal(world.org.reuses, 0);
    }
  });

  it('has 30 seconds and retries of its own, whatever time the refresh had', async (t) => {
    const world = await writeBackWorld(t);
    const sent = world.family.current;
    for (const match of ['GET /secrets/public-key', 'PUT', 'PATCH', 'DELETE']) {
      world.api.inject(match, fault.unavailable(503));
    }
    const result = await world.run({ inputs: { 'timeout-seconds': 3, retries: 0 } });
    assert.equal(result.conclusion, 'success', result.log);
    assert.ok(result.ms > 3_000, 'the pauses alone took longer than timeout-seconds');
    assertSaved(world, sent);
    assert.match(result.log, /Retry 1 of 5 in \S+ s, because 127\.0\.0\.1:\d+ gave: HTTP 503/);
  });
});

describe('what keeps it from being written is known before the token is spent', {
  concurrency: 8,
}, () => {
  const cases: readonly {
    readonly name: string;
    readonly code: string;
    readonly says: RegExp;
    readonly token?: TokenOptions;
    readonly env?: Readonly<Record<string, string>>;
    readonly inputs?: Readonly<Record<string, string>>;
    readonly prepare?: (world: World) => void;
  }[] = [
    {
      name: 'a token that may only read',
      code: 'secret_not_writable',
      says: /HTTP 403: “Resource not accessible by integration”[\s\S]*Environments: write/,
      token: { environments: 'read' },
    },
    {
      name: 'a fine-grained token that may only read',
      code: 'secret_not_writable',
      says: /HTTP 403: “Resource not accessible by personal access token”/,
      token: { environments: 'read', kind: 'fine-grained' },
    },
    {
      name: "the workflow's own GITHUB_TOKEN",
      code: 'secret_not_writable',
      says: /HTTP 403: “Resource not accessible by integration”[\s\S]*GITHUB_TOKEN of the workflow never can/,
      token: { kind: 'GITHUB_TOKEN' },
    },
    {
      name: 'a token that is no good',
      code: 'secret_not_writable',
      says: /HTTP 401: “Bad credentials”/,
      inputs: { 'github-token': 'ghs_expired' },
    },
    {
      name: 'a token made for another repository',
      code: 'secret_missing',
      says: /no secret SF_CREDENTIAL, or `github-token` can not see it[\s\S]*not made for this repository/,
      token: { environments: 'write', repositories: ['octo/other'] },
    },
    {
      name: 'an environment of another name',
      code: 'secret_missing',
      says: /The environment “staging” of octo\/demo has no secret SF_CREDENTIAL/,
      inputs: { 'secret-environment': 'staging' },
    },
    {
      name: 'no such secret',
      code: 'secret_missing',
      says: /has no secret SF_CREDENTIAL[\s\S]*gh secret set NAME --env ENVIRONMENT/,
      prepare: ({ environment }) => environment.deleteSecret(secretName),
    },
    {
      name: 'a secret at repository level',
      code: 'secret_missing',
      says: /exists at repository level\. Those are read when a run is queued/,
      token: { environments: 'write', secrets: 'read' },
      prepare: ({ api, environment }) => {
        environment.deleteSecret(secretName);
        api.repository(repository).setSecret(secretName, 'x');
      },
    },
    {
      name: 'a secret at organisation level',
      code: 'secret_missing',
      says: /exists at organization level\. Those are read when a run is queued/,
      token: { environments: 'write', secrets: 'read' },
      prepare: ({ api, environment }) => {
        environment.deleteSecret(secretName);
        api.organization('octo').setSecret(secretName.toLowerCase(), 'x');
      },
    },
    {
      name: 'a secret elsewhere, which the token can not see',
      code: 'secret_missing',
      says: /has no secret SF_CREDENTIAL(?![\s\S]*level)/,
      prepare: ({ api, environment }) => {
        environment.deleteSecret(secretName);
        api.repository(repository).setSecret(secretName, 'x');
      },
    },
    {
      name: 'a run of Dependabot',
      code: 'secret_not_writable',
      says: /started by Dependabot[\s\S]*github\.actor != 'dependabot\[bot\]'/,
      env: { GITHUB_ACTOR: 'dependabot[bot]' },
    },
    ...['', '[]', '{"spent":"x"}', '{"spent":[1]}', '{"spent":', '{}'].map((value) => ({
      name: `a list of spent tokens that says ${value || 'nothing'}`,
      code: 'secret_not_writable',
      says: /SF_CREDENTIAL_STATE does not hold the list[\s\S]*gh variable delete SF_CREDENTIAL_STATE --env "salesforce prod" --repo octo\/demo/,
      prepare: ({ environment }: World) => environment.setVariable(stateName, value),
    })),
  ];
  for (const { name, code, says, token, env, inputs, prepare } of cases) {
    it(name, async (t) => {
      const world = await writeBackWorld(t, token ? { token } : {});
      prepare?.(world);
      const stands = world.environment.secret(secretName);
      const result = await world.run({
        copy: world.family.current,
        ...(env && { env }),
        ...(inputs && { inputs }),
      });
      assert.deepEqual([result.conclusion, result.outputs], ['failure', { 'error-code': code }]);
      assert.match(problem(result), says);
      assert.match(problem(result), /Nothing was sent/);
      assert.deepEqual(warnings(result), []);
      assert.equal(world.org.tokenRequests.length, 0);
      assert.equal(world.environment.secret(secretName), stands);
      assert.equal(world.environment.variable(sendingName), undefined);
    });
  }
});

describe('faults of GitHub before the refresh', { concurrency: 8 }, () => {
  const calls = [`GET /secrets/${secretName}`, 'POST /variables', `GET /variables/${stateName}`];
  // A definite answer ends the step at once; of those that may pass, nothing is left after a retry.
  for (const call of calls) {
    for (const status of [401, 403, 422]) {
      it(`${call}: HTTP ${status} stops the step`, async (t) => {
        const world = await writeBackWorld(t);
        world.api.inject(call, fault.answer(status, { message: `no ::error::${status}` }));
        const result = await world.run();
        assert.equal(result.outputs['error-code'], 'secret_not_writable', result.log);
        assert.match(problem(result), new RegExp(`HTTP ${status}: “no `));
        assertUnspent(world);
      });
    }
    for (const [name, does] of [
      ['HTTP 500', fault.unavailable(500)],
      ['HTTP 429', fault.secondaryRateLimit(429, 1)],
      ['HTTP 403 with Retry-After', fault.secondaryRateLimit(403, 1)],
      ['reset', fault.reset()],
      ['closed', fault.close()],
      ['broken off', fault.breakOff()],
    ] as const) {
      it(`${call}: ${name} is tried again`, async (t) => {
        const world = await writeBackWorld(t);
        const sent = world.family.current;
        world.api.inject(call, does);
        const result = await world.run();
        assert.equal(result.conclusion, 'success', result.log);
        assertSaved(world, sent);
      });
    }
    it(`${call}: no answer within the time ends as such, unspent`, async (t) => {
      const world = await writeBackWorld(t);
      world.api.inject(call, fault.silence(), { times: 9 });
      const result = await world.run({ inputs: { 'timeout-seconds': 2 } });
      assert.equal(result.outputs['error-code'], 'timeout', result.log);
      assert.match(problem(result), /Nothing was sent to Salesforce/);
      assertUnspent(world);
    });
  }

  it('an answer that is no variable stops the step', async (t) => {
    const world = await writeBackWorld(t);
    world.api.inject(`GET /variables/${stateName}`, fault.answer(200, { name: stateName }));
    const result = await world.run();
    assert.match(problem(result), /answered without the value of the variable SF_CREDENTIAL_STATE/);
    assertUnspent(world);
  });

  it('limits and failures that stay are not blamed on the token', async (t) => {
    for (const [does, code] of [
      [fault.answer(503, 'down', { 'retry-after': '3600' }), 'http_503'],
      [fault.secondaryRateLimit(403), 'http_403'],
      [fault.secondaryRateLimit(429, 3600), 'http_429'],
    ] as const) {
      const world = await writeBackWorld(t);
      world.api.inject('GET', does);
      const result = await world.run();
      assert.equal(result.outputs['error-code'], code, result.log);
      assert.match(problem(result), /githubstatus\.com(?![\s\S]*Environments: write)/);
      assertUnspent(world);
    }
  });

  it('an answer that is lost does not hide that the guard is ours', async (t) => {
    for (const does of [fault.reset(), fault.breakOff(), fault.unavailable(502)]) {
      const world = await writeBackWorld(t);
      const sent = world.family.current;
      world.api.inject('POST /variables', does, { when: 'after' });
      const result = await world.run();
      assert.equal(result.conclusion, 'success', result.log);
      assertSaved(world, sent);
      assert.deepEqual(
        world.api.requestsTo(`GET /variables/${sendingName}`).map(({ status }) => status),
        [200, 200],
      );
    }
  });

  it('an API that can not be reached is said to be so', async (t) => {
    const world = await writeBackWorld(t);
    const result = await world.run({
      inputs: { 'timeout-seconds': 2 },
      env: { GITHUB_API_URL: 'http://127.0.0.1:9' },
    });
    assert.equal(result.outputs['error-code'], 'network_error', result.log);
    assert.match(problem(result), /ECONNREFUSED[\s\S]*githubstatus\.com/);
    assertUnspent(world);
  });

  it('a guard that can not be released is told, with the way to go on by hand', async (t) => {
    const world = await writeBackWorld(t, { rotation: 'none' });
    world.api.inject('DELETE', fault.answer(403, { message: 'no' }), { times: 9 });
    const result = await world.run();
    assert.equal(result.conclusion, 'success', result.log);
    assert.match(
      warnings(result).join(),
      /could not be released: GitHub answered DELETE with HTTP 403[\s\S]*unspent[\s\S]*gh variable delete SF_CREDENTIAL_SENDING --env "salesforce prod" --repo octo\/demo/,
    );
  });
});

describe('faults of GitHub after the refresh', { concurrency: 8 }, () => {
  const saveStep = (output: string) =>
    [
      `- if: always() && steps.sf.outputs.${output} != ''`,
      `  run: printf %s "$NEW_CREDENTIAL" | gh secret set ${secretName} --env "${environmentName}" --repo "$GITHUB_REPOSITORY"`,
      '  env:',
      `    NEW_CREDENTIAL: $${'{{'} steps.sf.outputs.${output} }}`,
      `    GH_TOKEN: $${'{{'} secrets.A_TOKEN_WITH_ENVIRONMENTS_WRITE }}`,
    ].join('\n');

  /** The secret could not be written: the token is in the outputs, and the message says how to save it. */
  async function assertHandedOut(
    t: TestContext,
    form: 'token' | 'auth URL',
    spoil: (world: World) => void,
  ): Promise<string> {
    const world = await writeBackWorld(t, { form });
    const sent = world.family.current;
    spoil(world);
    const result = await world.run({ env: { GITHUB_ACTION: 'sf' } });
    const { outputs } = result;
    assert.deepEqual([result.conclusion, outputs['error-code']], ['failure', 'save_failed']);
    assert.equal(outputs['refresh-token'], world.family.current);
    const url = form === 'token' ? undefined : world.stored(world.family.current);
    assert.equal(outputs['sfdx-auth-url'], url);
    assert.equal(outputs['access-token'], undefined, 'nothing to deploy with');
    const output = form === 'token' ? 'refresh-token' : 'sfdx-auth-url';
    assert.ok(problem(result).includes(saveStep(output)), problem(result));
    assert.ok(!result.log.includes(world.family.current));
    assert.equal(world.environment.secret(secretName), world.stored(sent));
    // The old copy can not be sent again, by whoever still has it.
    assert.deepEqual(spentFingerprints(world), { spent: [fingerprint(sent)] });
    assert.equal(world.environment.variable(sendingName), undefined);
    const again = await world.run();
    assert.equal(again.outputs['error-code'], 'credential_spent');
    // What the step in the message does.
    const credential = outputs[output] ?? '';
    world.environment.setSecret(secretName, credential);
    assert.equal((await world.run()).conclusion, 'success');
    assert.deepEqual([world.org.reuses, world.family.revoked], [0, false]);
    return problem(result);
  }

  for (const form of ['token', 'auth URL'] as const) {
    for (const call of ['GET /secrets/public-key', 'PUT']) {
      for (const status of [401, 403, 404, 409]) {
        it(`${call} answers ${status}: the ${form} is handed out`, async (t) => {
          const said = await assertHandedOut(t, form, ({ api }) => {
            api.inject(call, fault.answer(status, { message: 'no' }));
          });
          assert.match(said, new RegExp(`HTTP ${status}: “no”`));
        });
      }
    }
  }

  it('a box that is refused every time: the token is handed out', async (t) => {
    const said = await assertHandedOut(t, 'token', ({ api }) => {
      api.inject('PUT', fault.answer(422, { message: 'no' }), { times: 3 });
    });
    assert.match(said, /did not accept how the secret is sealed/);
  });

  it('a key that is none: the token is handed out', async (t) => {
    await assertHandedOut(t, 'token', ({ api }) => {
      api.inject('GET /secrets/public-key', fault.answer(200, { key_id: 1 }));
    });
    await assertHandedOut(t, 'token', ({ api }) => {
      api.inject('GET /secrets/public-key', fault.answer(200, { key_id: 'a', key: 'AAAA' }));
    });
  });

  const calls = [
    'GET /secrets/public-key',
    'PUT',
    `PATCH /variables/${stateName}`,
    'POST /variables',
    `GET /variables/${sendingName}`,
    'DELETE',
  ];
  for (const call of calls) {
    // The first POST makes the guard.
    const skip = call.startsWith('POST') ? 1 : 0;
    for (const [name, does] of [
      ['HTTP 500', fault.unavailable(500)],
      ['HTTP 429', fault.secondaryRateLimit(429, 1)],
      ['reset', fault.reset()],
      ['broken off', fault.breakOff()],
    ] as const) {
      for (const when of ['before', 'after'] as const) {
        it(`${call}: ${name} ${when} it is acted on is tried again`, async (t) => {
          const world = await writeBackWorld(t);
          const sent = world.family.current;
          const { hits } = world.api.inject(call, does, { when, skip });
          assert.equal(hits, 0);
          const result = await world.run();
          assert.equal(result.conclusion, 'success', result.log);
          assertSaved(world, sent);
          assert.deepEqual(warnings(result), []);
        });
      }
    }
  }

  for (const call of [`PATCH /variables/${stateName}`, `GET /variables/${sendingName}`, 'DELETE']) {
    it(`${call} refused: saved all the same, with a warning`, async (t) => {
      const world = await writeBackWorld(t);
      world.api.inject(call, fault.answer(403, { message: 'no' }), { times: 9 });
      const result = await world.run();
      assert.equal(result.conclusion, 'success', result.log);
      assert.equal(world.environment.secret(secretName), world.family.current);
      assert.equal(result.outputs['refresh-token'], '');
      assert.match(
        warnings(result).join(),
        /HTTP 403: “no”[\s\S]*within 15 minutes[\s\S]*gh variable delete SF_CREDENTIAL_SENDING/,
      );
      assert.notEqual(world.environment.variable(sendingName), undefined);
    });
  }
});
