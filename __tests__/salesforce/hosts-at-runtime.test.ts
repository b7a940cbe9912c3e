// Not for coverage: hosts has unit tests.

import assert from 'node:assert/strict';
import { describe, it, type TestContext } from 'node:test';
import { assertNothingHandedOut, problem } from '../support/org-step.ts';
import { type ProxiedScene, proxiedScene } from '../support/proxied-scene.ts';
import { assertFailed, assertRefreshed, refreshScene } from '../support/refresh-scene.ts';
import type { ActionResult } from '../support/runner.ts';
import type { OrgOptions } from '../support/salesforce-org.ts';

// Which hosts get a token when the step runs: the refresh token at the login host, and the access
// token of later steps at the instance URL. Names lead to the org through a proxy, over TLS.

const concurrency = 6;
const myDomain = 'acme.my.salesforce.com';

/** An org that answers as this host. */
async function sceneAt(
  t: TestContext,
  host: string,
  options: OrgOptions = {},
): Promise<ProxiedScene> {
  const scene = await proxiedScene(t, {}, options);
  scene.proxy.targets.clear();
  scene.proxy.targets.set(host, scene.org.port);
  return scene;
}

function targets({ proxy }: ProxiedScene): string[] {
  return proxy.requests.map(({ target }) => target);
}

function annotationsOf({ annotations }: ActionResult): string[] {
  return annotations.map(({ level, message }) => `${level}: ${message}`);
}

describe('the login host', { concurrency }, () => {
  const plain: readonly (readonly [host: string, loginUrl: string | undefined, OrgOptions?])[] = [
    ['login.salesforce.com', undefined],
    ['login.salesforce.com', ''],
    ['login.salesforce.com', 'LOGIN.salesforce.com'],
    ['test.salesforce.com', 'test.salesforce.com', { kind: 'sandbox' }],
    [myDomain, `https://${myDomain}/`],
    [myDomain, `https://${myDomain}:443/services/oauth2/token`],
    [
      'acme--uat.sandbox.my.salesforce.com',
      'acme--uat.sandbox.my.salesforce.com',
      { kind: 'sandbox' },
    ],
    [
      'acme.my-salesforce.com',
      'acme.my-salesforce.com',
      { myDomain: 'acme.my-salesforce.com', instanceUrl: 'https://acme.my-salesforce.com' },
    ],
    [
      'login.sfcrmproducts.cn',
      'https://login.sfcrmproducts.cn',
      { myDomain: 'login.sfcrmproducts.cn', instanceUrl: 'https://acme.my.sfcrmproducts.cn' },
    ],
  ];
  for (const [host, loginUrl, options] of plain) {
    it(`\`${loginUrl ?? 'not set'}\` is ${host}, without a remark`, async (t) => {
      const scene = await sceneAt(t, host, options);
      const result = await scene.run({ 'login-url': loginUrl });
      assertRefreshed(result, scene.org);
      assert.deepEqual(targets(scene), [`${host}:443`]);
      assert.deepEqual(annotationsOf(result), []);
      assert.match(result.log, new RegExp(`^Refreshing the access token at ${host}\\.$`, 'm'));
    });
  }

  for (const given of ['acme.lightning.force.com', 'acme.my.salesforce-setup.com']) {
    it(`${given} is rewritten, with a notice, and never spoken to`, async (t) => {
      const scene = await sceneAt(t, myDomain);
      const result = await scene.run({ 'login-url': `https://${given}` });
      assertRefreshed(result, scene.org);
      assert.deepEqual(targets(scene), [`${myDomain}:443`]);
      assert.deepEqual(annotationsOf(result), [
        `notice: ${given} does not serve OAuth: refreshing at ${myDomain} instead.`,
      ]);
    });
  }

  it('of an instance works, with one warning that Salesforce blocks it', async (t) => {
    const host = 'na139.salesforce.com';
    const scene = await sceneAt(t, host, { myDomain: host });
    const result = await scene.run({ 'login-url': host });
    assertRefreshed(result, scene.org);
    assert.deepEqual(targets(scene), [`${host}:443`]);
    const [warning, ...more] = annotationsOf(result);
    assert.deepEqual(more, []);
    assert.match(
      warning ?? '',
      /^warning: na139\.salesforce\.com .* Spring '27: use the My Domain/,
    );
  });

  it('of an Experience Cloud site has to be listed, and keeps its path', async (t) => {
    const scene = await sceneAt(t, 'acme.my.site.com', { sitePath: '/customers' });
    const login = { 'login-url': 'https://acme.my.site.com/customers' };
    assertFailed(await scene.run(login), 'host_not_allowed');
    assert.equal(scene.org.connections, 0);
    const result = await scene.run({ ...login, 'allowed-hosts': 'acme.my.site.com' });
    assertRefreshed(result, scene.org);
    assert.equal(scene.org.requests[0]?.url, '/customers/services/oauth2/token');
  });

  it('on loopback has to be listed by the name it is spoken to', async (t) => {
    const { org, here } = await refreshScene(t);
    for (const allowed of ['', 'localhost', '[::1] login.salesforce.com', '127.0.0.1.example']) {
      assertFailed(await here({ 'allowed-hosts': allowed }), 'host_not_allowed');
    }
    assert.equal(org.connections, 0);
    assertRefreshed(await here({ 'allowed-hosts': 'localhost,\n127.0.0.1' }), org);
  });
});

describe('the returned instance URL', { concurrency }, () => {
  const refused: readonly (readonly [instanceUrl: string, word: RegExp])[] = [
    ['https://login.salesforce.com', /“login\.salesforce\.com” never serves the data API/],
    ['https://login.sfcrmproducts.cn', /“login\.sfcrmproducts\.cn” never serves the data API/],
    ['https://test.salesforce.com/', /“test\.salesforce\.com” never serves the data API/],
    ['https://evil.example', /“evil\.example”/],
    [`https://${myDomain}.evil.example`, /“acme\.my\.salesforce\.com\.evil\.example”/],
    [`https://evil.example/.${myDomain}`, /“evil\.example”/],
    ['https://acme.my.site.com', /“acme\.my\.site\.com”/],
    [`http://${myDomain}`, /not https/],
    ['http://127.0.0.1:8080', /not https/],
    ['https://127.0.0.1', /“127\.0\.0\.1”/],
    ['https://localhost:8443', /“localhost”/],
    [`https://${myDomain}@evil.example`, /user info/],
    [`https://${myDomain}?x=`, /query/],
    [`https://${myDomain}/services/apexrest`, /path/],
    ['javascript:alert(1)', /instance_url/],
  ];
  for (const [instanceUrl, words] of refused) {
    it(`${instanceUrl} is refused`, async (t) => {
      const { org, here } = await refreshScene(t, { instanceUrl });
      // Listed is another name of loopback than the one that the URL has.
      const host = instanceUrl.includes('localhost') ? '127.0.0.1' : 'localhost';
      const login = { 'login-url': `http://${host}:${org.port}`, 'allowed-hosts': host };
      const result = await here({ ...login, 'export-env': true });
      assertFailed(result, 'instance_url_refused');
      assertNothingHandedOut(result);
      assert.equal(result.outputs['rotated'], 'false');
      const said = problem(result);
      assert.match(
        said,
        /^Salesforce answered with an `instance_url` that the access token may not/,
      );
      assert.match(said, words);
      assert.match(said, /`allowed-hosts`.*Setup → My Domain/);
      assert.equal(org.requests.length, 1);
    });
  }

  it('is refused over TLS, too', async (t) => {
    const { org, run } = await proxiedScene(t, {}, { instanceUrl: 'https://evil.example' });
    assertFailed(await run(), 'instance_url_refused');
    assert.equal(org.requests.length, 1);
  });

  it('is not trusted for being the host that the refresh token went to', async (t) => {
    const { org, run } = await refreshScene(t);
    org.instanceUrl = `http://localhost:${org.port}`;
    assertFailed(await run(), 'instance_url_refused');
    assertRefreshed(await run({ 'allowed-hosts': '127.0.0.1 localhost' }), org);
  });

  it('may be on a host that is listed, and on none below it', async (t) => {
    const { org, run } = await proxiedScene(t, {}, { instanceUrl: 'https://api.acme.example' });
    const result = await run({ 'allowed-hosts': 'api.acme.example' });
    assertRefreshed(result, org);
    assert.equal(result.outputs['instance-url'], 'https://api.acme.example');
    assertFailed(await run({ 'allowed-hosts': 'acme.example' }), 'instance_url_refused');
  });

  it('is rewritten, with a notice, where it is a Lightning host', async (t) => {
    const { org, run } = await proxiedScene(
      t,
      {},
      { instanceUrl: 'https://acme.lightning.force.com' },
    );
    const result = await run();
    assertRefreshed(result, org);
    assert.equal(result.outputs['instance-url'], `https://${myDomain}`);
    assert.deepEqual(annotationsOf(result), [
      `notice: Salesforce named acme.lightning.force.com as the instance; its API is served at ${myDomain}.`,
    ]);
  });

  it('is remarked on once where it is an instance host', async (t) => {
    const { org, run } = await proxiedScene(t, {}, { instanceUrl: 'https://na139.salesforce.com' });
    const result = await run();
    assertRefreshed(result, org);
    assert.equal(result.outputs['instance-url'], 'https://na139.salesforce.com');
    const [remark, ...more] = annotationsOf(result);
    assert.deepEqual(more, []);
    assert.match(remark ?? '', /na139\.salesforce\.com is an instance host.* Spring '27/);
  });
});

describe('the returned API instance URL', { concurrency }, () => {
  for (const url of [
    'https://evil.example',
    'http://api.salesforce.com',
    'https://xapi.salesforce.com',
  ]) {
    it(`${url} costs its output and a warning, not the token`, async (t) => {
      const shape = { jwt: true, fields: { api_instance_url: url } };
      const { org, run } = await proxiedScene(t, {}, { shape });
      const result = await run();
      assertRefreshed(result, org);
      assert.equal(result.outputs['api-instance-url'], undefined);
      const [warning, ...more] = annotationsOf(result);
      assert.deepEqual(more, []);
      assert.match(warning ?? '', /^warning: The `api_instance_url` .* as `api-instance-url`\.$/);
    });
  }

  for (const url of ['https://api.salesforce.com', 'https://api.gov.salesforce.com']) {
    it(`${url} is handed out`, async (t) => {
      const shape = { jwt: true, fields: { api_instance_url: url } };
      const { org, run } = await proxiedScene(t, {}, { shape });
      const result = await run();
      assertRefreshed(result, org);
      assert.equal(result.outputs['api-instance-url'], url);
    });
  }
});
