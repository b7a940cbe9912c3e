import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { domainToASCII } from 'node:url';
import fc from 'fast-check';
import { parseAllowedHosts } from '../../src/salesforce/allowed-hosts.ts';
import { HostRefusal } from '../../src/salesforce/host-refusal.ts';
import {
  type CheckedUrl,
  parseApiInstanceUrl,
  parseInstanceUrl,
  parseLoginUrl,
  parseRedirect,
} from '../../src/salesforce/hosts.ts';

const nothingListed = parseAllowedHosts('');
const endpoint = '/services/oauth2/token';

/** Where it leads, or why not. */
function outcome(parse: () => CheckedUrl | URL): string {
  try {
    const result = parse();
    return result instanceof URL ? result.href : result.url.href;
  } catch (error) {
    assert.ok(error instanceof HostRefusal, String(error));
    return error.kind;
  }
}

const login = (text: string, listed = '') =>
  outcome(() => parseLoginUrl(text, parseAllowedHosts(listed)));
const instance = (text: string, listed = '') =>
  outcome(() => parseInstanceUrl(text, parseAllowedHosts(listed)));
const redirect = (location: string, listed = '') =>
  outcome(() =>
    parseRedirect(
      location,
      new URL(`https://login.salesforce.com${endpoint}`),
      parseAllowedHosts(listed),
    ),
  );
const api = (text: string, listed = '') =>
  outcome(() => parseApiInstanceUrl(text, parseAllowedHosts(listed)));
const listing = (text: string) => {
  try {
    return [...parseAllowedHosts(text)];
  } catch (error) {
    assert.ok(error instanceof HostRefusal, String(error));
    return error.kind;
  }
};

// ---- The rules once more, said in another way: label by label. ----

const loginHosts = [
  'login.salesforce.com',
  'test.salesforce.com',
  'login.sfcrmproducts.cn',
  'test.sfcrmproducts.cn',
];
const myDomains = [
  'my.salesforce.com',
  'my-salesforce.com',
  'my.salesforce.mil',
  'my.sfcrmproducts.cn',
];
const userInterface: Readonly<Record<string, string>> = {
  'lightning.force.com': 'my.salesforce.com',
  'lightning.crmforce.mil': 'my.salesforce.mil',
  'lightning.sfcrmapps.cn': 'my.sfcrmproducts.cn',
  'my.salesforce-setup.com': 'my.salesforce.com',
  'my-lightning.com': 'my-salesforce.com',
};

/** The labels that stand before a domain; undefined where the host is no proper name below it. */
function labelsBelow(host: string, domain: string): string[] | undefined {
  const labels = host.split('.');
  const own = labels.splice(0, labels.length - domain.split('.').length);
  const proper = own.length > 0 && own.every((label) => /^[a-z0-9-]+$/.test(label));
  return proper && labels.join('.') === domain ? own : undefined;
}

/** The host that a token may go to over https when somebody names this one, or undefined. */
function servedBy(name: string, listed: readonly string[]): string | undefined {
  let host = domainToASCII(name);
  for (const [from, to] of Object.entries(userInterface)) {
    const own = labelsBelow(host, from);
    host = own === undefined ? host : [...own, to].join('.');
  }
  const own = labelsBelow(host, 'salesforce.com');
  const trusted =
    loginHosts.includes(host) ||
    myDomains.some((domain) => labelsBelow(host, domain) !== undefined) ||
    (own?.length === 1 && /^[a-z][a-z]+[0-9]+$/.test(own[0] ?? '') && /^\D{2,4}\d/.test(host)) ||
    listed.includes(host);
  return trusted ? host : undefined;
}

const label = fc.oneof(
  fc.constantFrom('acme', 'acme--dev', 'sandbox', 'my', 'login', 'test', 'na139', 'cs1', 'evil'),
  fc.constantFrom('lightning', 'salesforce', 'abcde1', 'a1', 'com', 'xn--mnchen-3ya', 'münchen'),
  fc.stringMatching(/^[a-z0-9]([a-z0-9-]{0,8}[a-z0-9])?$/),
);
const domain = fc.constantFrom(
  ...myDomains,
  ...Object.keys(userInterface),
  'salesforce.com',
  'force.com',
  'my.site.com',
  'listed.example.com',
  'listed.example.org',
  ...loginHosts,
  'sfcrmproducts.cn',
  'evil.com',
);
const listed = ['listed.example.com', 'x.listed.example.org'];

/** A host near to a trusted one: labels before it or glued to it, dots, another domain behind it. */
const nearHost = fc
  .tuple(
    fc.array(label, { maxLength: 3 }),
    domain,
    fc.constantFrom('.', '.', '.', '', '-', '..', '。'),
    fc.constantFrom('', '', '', '', '.', '.evil.com', '。evil.com', '-evil.com', 'x'),
    fc.constantFrom('as is', 'as is', 'upper', 'wide'),
  )
  .map(([labels, base, glue, tail, shape]) => {
    const host = (labels.length === 0 ? '' : labels.join('.') + glue) + base + tail;
    if (shape === 'wide') {
      return host.replace(/[a-z]/, (c) => String.fromCharCode(c.charCodeAt(0) + 0xfee0));
    }
    return shape === 'upper' ? host.toUpperCase() : host;
  })
  .filter((host) => domainToASCII(host) !== '');

describe('The host that a token goes to', () => {
  it('is the one that the rules name, for any host near to a trusted one', () => {
    let accepted = 0;
    fc.assert(
      fc.property(
        nearHost,
        fc.constantFrom('', 'https://', 'HTTPS://'),
        fc.constantFrom('', ':443', ':8443'),
        (host, scheme, port) => {
          const served = servedBy(host, listed);
          const shownPort = port === ':443' ? '' : port;
          const expected =
            served === undefined ? 'untrusted' : `https://${served}${shownPort}${endpoint}`;
          accepted += served === undefined ? 0 : 1;
          assert.equal(login(scheme + host + port, listed.join(' ')), expected);
        },
      ),
      { numRuns: 5000 },
    );
    assert.ok(accepted > 500, 'the generator makes too few hosts that are right');
  });

  it('is judged alike wherever it is named', () => {
    fc.assert(
      fc.property(nearHost, (host) => {
        const served = servedBy(host, listed);
        const text = `https://${host}`;
        const expected = served === undefined ? 'untrusted' : `https://${served}`;
        const never = loginHosts.includes(served ?? '');
        assert.equal(
          redirect(text + endpoint, listed.join(',')),
          served === undefined ? expected : expected + endpoint,
        );
        assert.equal(
          instance(text, listed.join('\n')),
          never ? 'untrusted' : served === undefined ? expected : `${expected}/`,
        );
      }),
      { numRuns: 3000 },
    );
  });

  it('is one that Salesforce serves for OAuth', () => {
    for (const host of [
      ...loginHosts,
      ...myDomains.map((domain) => `acme.${domain}`),
      'acme--sbx.sandbox.my.salesforce.com',
      'acme-dev-ed.develop.my.salesforce.com',
      'acme.scratch.my.salesforce.com',
      'na139.salesforce.com',
    ]) {
      assert.equal(login(host), `https://${host}${endpoint}`);
      assert.equal(login(`https://${host}/`), `https://${host}${endpoint}`);
    }
  });

  it('is no host on which customers author pages, and none that only looks alike', () => {
    for (const host of [
      'acme.force.com',
      'acme.my.site.com',
      'acme.salesforce.com',
      ...myDomains,
      ...myDomains.map((domain) => `x${domain}`),
      ...Object.keys(userInterface),
      ...Object.keys(userInterface).map((domain) => `x${domain}`),
      'help.sfcrmproducts.cn',
      'login.my-salesforce.cn',
      'salesforce.com',
      'login.salesforce.com.evil.com',
      'loginxsalesforce.com',
      'login.salesforce.com.',
      'a.b.na139.salesforce.com',
      'abcde139.salesforce.com',
      '.my.salesforce.com',
      'acme..my.salesforce.com',
      'acme.visualforce.com',
      'xn--salesforce-xyz.com',
      'acme.my.ѕalesforce.com',
      '127.0.0.1',
      '[::1]',
      'localhost',
    ]) {
      assert.equal(login(`https://${host}`), 'untrusted', host);
    }
  });

  it('is the API’s where a host of the user interface was named, and that is told', () => {
    const given = parseLoginUrl('https://acme--uat.sandbox.lightning.force.com', nothingListed);
    assert.equal(given.url.host, 'acme--uat.sandbox.my.salesforce.com');
    assert.equal(given.rewrittenFrom, 'acme--uat.sandbox.lightning.force.com');
    for (const [from, to] of Object.entries(userInterface)) {
      assert.equal(login(`acme.${from}`), `https://acme.${to}${endpoint}`);
      assert.equal(instance(`https://acme.${from}`), `https://acme.${to}/`);
    }
    assert.equal(parseLoginUrl('a.my.salesforce.com', nothingListed).rewrittenFrom, undefined);
  });

  it('is marked where Salesforce is about to block it', () => {
    assert.equal(parseLoginUrl('na139.salesforce.com', nothingListed).deprecated, true);
    assert.equal(parseLoginUrl('login.salesforce.com', nothingListed).deprecated, false);
  });

  it('is spoken to over https, but for loopback hosts that were listed', () => {
    for (const host of ['login.salesforce.com', 'acme.my.salesforce.com']) {
      assert.equal(login(`http://${host}`), 'untrusted');
      assert.equal(login(`http://${host}`, host), 'untrusted');
    }
    const loopback = ['127.0.0.1', '[::1]', 'localhost'];
    for (const host of loopback) {
      assert.equal(login(`http://${host}:8080`), 'untrusted');
      assert.equal(login(`http://${host}:8080`, host), `http://${host}:8080${endpoint}`);
      assert.equal(login(`https://${host}:8080`, host), `https://${host}:8080${endpoint}`);
      assert.equal(instance(`http://${host}:8080`, host), `http://${host}:8080/`);
      assert.equal(redirect(`http://${host}:1${endpoint}`, host), `http://${host}:1${endpoint}`);
    }
    assert.equal(login('http://127.0.0.2', '127.0.0.2'), 'untrusted');
    assert.equal(login('http://localhost.example.com', 'localhost.example.com'), 'untrusted');
  });
});

describe('login-url', () => {
  it('may carry slashes and the path of the token endpoint, which are dropped', () => {
    for (const tail of ['', '/', '//', endpoint, `${endpoint}/`]) {
      assert.equal(
        login(`https://a.my.salesforce.com${tail}`),
        `https://a.my.salesforce.com${endpoint}`,
      );
    }
    assert.equal(login(`https://a.my.salesforce.com/${endpoint}`), 'malformed');
  });

  it('has another path only on a host that was listed, and keeps it there', () => {
    assert.equal(login('https://a.my.salesforce.com/portal'), 'malformed');
    assert.equal(login('https://a.my.salesforce.com/services/apexrest/x'), 'malformed');
    assert.equal(login('https://a.my.site.com/portal'), 'untrusted');
    const listed = 'a.my.site.com';
    for (const tail of ['', '/', endpoint, `${endpoint}/`]) {
      assert.equal(
        login(`https://a.my.site.com/portal${tail}`, listed),
        `https://a.my.site.com/portal${endpoint}`,
      );
    }
  });

  it('says how to write it where the path is refused', () => {
    assert.throws(
      () => parseLoginUrl('https://a.my.salesforce.com:8443/portal', nothingListed),
      (error) =>
        error instanceof HostRefusal &&
        error.fix?.includes('`https://a.my.salesforce.com:8443`') === true,
    );
  });

  it('holds nothing that could hide where it leads', () => {
    for (const text of [
      'https://login.salesforce.com@evil.com',
      'https://user:pass@login.salesforce.com',
      'https://login.salesforce.com?x=1',
      'https://login.salesforce.com/?',
      'https://login.salesforce.com#x',
      'https://login.salesforce.com/services/oauth2/token?a=b',
      'https://login.salesforce.com\\@evil.com',
      'https://login.salesforce.com\\.evil.com',
      'https://login.sales\tforce.com',
      'https://login.salesforce.com\n.evil.com',
      'https://login.sales\u200bforce.com',
      'https://login.sales\u00adforce.com',
      'login.salesforce.com evil.com',
      'ftp://login.salesforce.com',
      'javascript://login.salesforce.com',
      'file:///etc/passwd',
      'https://',
      'https:login.salesforce.com',
      'https://login.salesforce.com:99999',
      'https://login.salesforce.com:x',
      '',
      '/',
    ]) {
      assert.equal(login(text), 'malformed', JSON.stringify(text));
    }
  });

  it('never leads anywhere but to a trusted host, whatever is pasted', () => {
    const piece = fc.oneof(
      fc.constantFrom(
        'https://',
        'http://',
        '@',
        ':',
        '/',
        '\\',
        '?',
        '#',
        '%2e',
        '%40',
        '.',
        '//',
      ),
      fc.constantFrom('login.salesforce.com', 'evil.com', 'a.my.salesforce.com', endpoint, '443'),
      fc.string({ unit: 'binary', maxLength: 3 }),
    );
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 7 }), (pieces) => {
        const result = login(pieces.join(''));
        if (result !== 'malformed' && result !== 'untrusted') {
          const url = new URL(result);
          assert.equal(servedBy(url.hostname, []), url.hostname);
          assert.equal(url.href, `https://${url.host}${endpoint}`);
        }
      }),
      { numRuns: 5000 },
    );
  });
});

describe('A host that is refused', () => {
  it('is named in the letters that it was written in, which is how the runner knows a secret, or not at all where it looks like one', () => {
    const pasted = '5Aep861TSESvWeug.wZ4yRqf2X9bKd';
    for (const [text, said] of [
      [pasted, `a text of ${pasted.length} characters, not shown`],
      [`https://${pasted}/x`, `a text of ${pasted.length} characters, not shown`],
      [`http://${pasted}`, `a text of ${pasted.length + 7} characters, not shown`],
      ['http://EVIL.example', '“http://EVIL.example”'],
      ['https://EVIL.example', '“EVIL.example”'],
      ['https://ｅvil.example', '“evil.example”'],
    ] as const) {
      for (const parse of [parseLoginUrl, parseInstanceUrl]) {
        assert.throws(
          () => parse(text, nothingListed),
          (error) =>
            error instanceof HostRefusal &&
            error.message.includes(said) &&
            !error.message.includes(pasted),
          text,
        );
      }
    }
  });
});

describe('A redirect of the token endpoint', () => {
  it('leads to a token endpoint, exactly', () => {
    const host = 'https://a.my.salesforce.com';
    assert.equal(redirect(host + endpoint), host + endpoint);
    assert.equal(redirect(endpoint), `https://login.salesforce.com${endpoint}`);
    assert.equal(redirect(`//a.my.salesforce.com${endpoint}`), host + endpoint);
    for (const tail of [
      '',
      '/',
      `${endpoint}/`,
      `${endpoint}?x=1`,
      `${endpoint}?`,
      `${endpoint}#x`,
      `/services/apexrest${endpoint}`,
      `/portal${endpoint}`,
      '/services/oauth2/token%2F',
    ]) {
      assert.equal(redirect(host + tail), 'untrusted', tail);
    }
    assert.equal(redirect(`https://a.my.site.com/portal${endpoint}`, 'a.my.site.com'), 'untrusted');
  });

  it('carries no user info and leads to no other scheme', () => {
    assert.equal(redirect(`https://u:p@a.my.salesforce.com${endpoint}`), 'untrusted');
    assert.equal(redirect(`http://a.my.salesforce.com${endpoint}`), 'untrusted');
    assert.equal(redirect(`ftp://a.my.salesforce.com${endpoint}`), 'untrusted');
    assert.equal(redirect('data:text/html,x'), 'untrusted');
  });

  it('that names no address is refused, not followed in a circle', () => {
    for (const location of ['', 'https://', 'http://[', '\\\\evil.com', `/\t${endpoint}`]) {
      assert.equal(redirect(location), 'malformed', JSON.stringify(location));
    }
  });
});

describe('instance_url', () => {
  it('is an origin, with or without a slash at its end', () => {
    assert.equal(instance('https://a.my.salesforce.com'), 'https://a.my.salesforce.com/');
    assert.equal(instance('https://a.my.salesforce.com/'), 'https://a.my.salesforce.com/');
    assert.equal(instance('https://a.my.salesforce.com/x'), 'malformed');
    assert.equal(instance('https://a.my.salesforce.com?x'), 'malformed');
    assert.equal(instance('https://u@a.my.salesforce.com'), 'malformed');
  });

  it('is no login host, which never serves the data API, even if it was listed', () => {
    for (const host of [...loginHosts, 'LOGIN.salesforce.com']) {
      assert.equal(instance(`https://${host}`), 'untrusted');
      assert.equal(instance(`https://${host}`, host), 'untrusted');
    }
  });
});

describe('api_instance_url', () => {
  it('is api.salesforce.com, a host below it, Government Cloud’s, or what an instance URL can be', () => {
    assert.equal(api('https://api.salesforce.com'), 'https://api.salesforce.com/');
    assert.equal(api('https://eu.api.salesforce.com'), 'https://eu.api.salesforce.com/');
    assert.equal(api('https://api.gov.salesforce.com/'), 'https://api.gov.salesforce.com/');
    assert.equal(api('https://a.my.salesforce.com'), 'https://a.my.salesforce.com/');
    assert.equal(api('https://api.example.com', 'api.example.com'), 'https://api.example.com/');
  });

  it('is nothing else', () => {
    for (const text of [
      'http://api.salesforce.com',
      'http://api.gov.salesforce.com',
      'https://x.api.gov.salesforce.com',
      'https://gov.salesforce.com',
      'https://evilapi.salesforce.com',
      'https://api.salesforce.com.evil.com',
      'https://api.salesforce.com/x',
      'https://login.salesforce.com',
    ]) {
      assert.equal(api(text), 'untrusted', text);
    }
    assert.equal(api('https://u@api.salesforce.com'), 'malformed');
  });
});

describe('allowed-hosts', () => {
  it('is separated by commas, spaces and lines', () => {
    assert.deepEqual(listing(''), []);
    assert.deepEqual(listing(' a.example,b.example ,\n\tc.example\r\nd.example '), [
      'a.example',
      'b.example',
      'c.example',
      'd.example',
    ]);
  });

  it('knows a host by the name that URLs have', () => {
    assert.deepEqual(listing('EXAMPLE.com'), ['example.com']);
    assert.deepEqual(listing('münchen.example'), ['xn--mnchen-3ya.example']);
    assert.deepEqual(listing('::1 [::1] 127.1 localhost'), ['[::1]', '127.0.0.1', 'localhost']);
  });

  it('stands for any port of exactly this host', () => {
    assert.equal(
      login('https://h.example.com:8443', 'h.example.com'),
      `https://h.example.com:8443${endpoint}`,
    );
    for (const host of ['x.h.example.com', 'xh.example.com', '.h.example.com', 'h.example.com.']) {
      assert.equal(login(`https://${host}`, 'h.example.com'), 'untrusted', host);
    }
  });

  it('takes no wildcard, whatever stands behind it, and says so', () => {
    for (const name of [
      '*',
      '*.com',
      '*com',
      '*.acme.com',
      '*.my.salesforce.com',
      '*.blob.core.windows.net',
      '*.127.0.0.1',
      '*.[::1]',
      'x.*.acme.com',
      '*.*.acme.com',
      'acme.*',
      '*.acme.com:443',
      '＊.acme.com',
    ]) {
      assert.equal(listing(name), 'malformed', name);
      assert.equal(listing(`good.example, ${name}`), 'malformed', name);
    }
    assert.throws(() => parseAllowedHosts('good.example *.acme.com'), /“\*\.acme\.com” is a wild/);
  });

  it('knows letters, digits, dots and dashes, and nothing else', () => {
    for (const char of '!"$&\'()+;<=>^_`{|}~·§\u200b\u00ad\u2044') {
      const parsed = URL.parse(`https://a${char}c.example`)?.hostname;
      const expected = parsed === 'ac.example' || /^[a-z0-9.-]+$/.test(parsed ?? '$');
      assert.equal(
        listing(`a${char}c.example`).toString(),
        expected ? parsed : 'malformed',
        JSON.stringify(char),
      );
    }
    for (const name of ['b$c', 'a_b.example', 'a~b.example', "a'b.example", 'a&b.example']) {
      assert.equal(listing(name), 'malformed', name);
    }
  });

  it('takes bare names only, and says so', () => {
    for (const name of [
      'https://acme.com',
      'acme.com/path',
      'acme.com:443',
      '.acme.com',
      'acme.com.',
      'acme.com。',
      'acme..com',
      'user@acme.com',
      'acme.com?x',
      'acme.com#x',
      'ac%6de.com',
      'ac\u0000me.com',
      '[::1',
      '1.2.3.4.5',
    ]) {
      assert.equal(listing(name), 'malformed', name);
    }
  });

  it('names the entry that is wrong', () => {
    assert.throws(() => parseAllowedHosts('good.example bad.example:1'), /“bad\.example:1”/);
  });
});
