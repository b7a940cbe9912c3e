import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { generate } from 'selfsigned';

/** A server's private key and certificate, both PEM. */
export interface TlsIdentity {
  readonly key: string;
  readonly cert: string;
}

/** A certificate authority of the tests, and servers to trust and not to trust. */
export interface TestCertificates extends TlsIdentity {
  /** The authority's certificate, PEM. */
  readonly ca: string;
  /** A file with it, for `NODE_EXTRA_CA_CERTS`; goes with the process. */
  readonly caFile: string;
  /** For the same names as `key` and `cert`, but signed by nobody else. */
  readonly untrusted: TlsIdentity;
  /** By the authority and for the same names, but over since 2021. */
  readonly expired: TlsIdentity;
  /** By the authority, but for `elsewhere.example` only. */
  readonly wrongName: TlsIdentity;
}

const names = [
  ...['login.salesforce.com', 'test.salesforce.com', '*.my.salesforce.com'],
  // A wildcard stands for one label only: sandboxes and the like have one more.
  ...['*.sandbox.my.salesforce.com', '*.scratch.my.salesforce.com', '*.develop.my.salesforce.com'],
  ...['*.my-salesforce.com', 'login.sfcrmproducts.cn'],
  ...['*.lightning.force.com', '*.my.site.com', 'na139.salesforce.com'],
  ...['api.github.com', 'localhost'],
];
// The last one is the slow end of the benchmark's network.
const addresses = ['127.0.0.1', '::1', '10.9.0.2'];

let cached: Promise<TestCertificates> | undefined;

/** The certificates of this process; made on first use. */
export function testCertificates(): Promise<TestCertificates> {
  cached ??= create();
  return cached;
}

async function create(): Promise<TestCertificates> {
  const { cert: ca, private: caKey } = await generate(
    [{ name: 'commonName', value: 'Test Authority' }],
    {
      ...kind,
      extensions: [
        { name: 'basicConstraints', cA: true, critical: true },
        { name: 'keyUsage', keyCertSign: true, cRLSign: true, critical: true },
      ],
    },
  );
  const authority = { key: caKey, cert: ca };
  const [trusted, untrusted, expired, wrongName] = await Promise.all([
    identity(names, addresses, { ca: authority }),
    identity(names, addresses, {}),
    identity(names, addresses, {
      ca: authority,
      notBeforeDate: new Date('2020-01-01'),
      notAfterDate: new Date('2021-01-01'),
    }),
    identity(['elsewhere.example'], [], { ca: authority }),
  ]);
  return { ...trusted, ca, caFile: store(ca), untrusted, expired, wrongName };
}

const kind = { algorithm: 'sha256', keyType: 'ec' } as const;

async function identity(
  dnsNames: readonly string[],
  ips: readonly string[],
  options: {
    readonly ca?: { readonly key: string; readonly cert: string };
    readonly notBeforeDate?: Date;
    readonly notAfterDate?: Date;
  },
): Promise<TlsIdentity> {
  const subject = [{ name: 'commonName', value: dnsNames[0] ?? 'test' }];
  const { private: key, cert } = await generate(subject, {
    ...kind,
    ...options,
    extensions: [
      { name: 'basicConstraints', cA: false, critical: true },
      { name: 'extKeyUsage', serverAuth: true },
      {
        name: 'subjectAltName',
        altNames: [
          ...dnsNames.map((value) => ({ type: 2 as const, value })),
          ...ips.map((ip) => ({ type: 7 as const, ip })),
        ],
      },
    ],
  });
  return { key, cert };
}

function store(ca: string): string {
  const folder = mkdtempSync(join(tmpdir(), 'test-ca-'));
  process.once('exit', () => rmSync(folder, { recursive: true, force: true }));
  const file = join(folder, 'ca.pem');
  writeFileSync(file, ca);
  return file;
}
