/** The look-alike of a benchmark, in a process of its own: its work must not count for anybody. */
import { startOrg } from '../../__tests__/support/salesforce-org.ts';
import { testCertificates } from '../../__tests__/support/tls.ts';

/** What the benchmark has to know about an org. */
export interface BenchOrg {
  readonly url: string;
  readonly clientId: string;
  /** Each of a user of its own. */
  readonly refreshTokens: readonly string[];
  /** A PEM file with the authority of its certificate. */
  readonly caFile: string;
}

if (import.meta.filename === process.argv[1]) {
  const { caFile, key, cert } = await testCertificates();
  const count = Number(process.argv[2] ?? 1);
  const orgs: BenchOrg[] = [];
  for (const options of [{}, { tls: { key, cert } }]) {
    const org = await startOrg(options);
    org.app.scopes.push('id');
    const refreshTokens = Array.from({ length: count }, (_, index) => {
      const { username } =
        index === 0 ? org.user : org.addUser({ username: `ci-${index}@acme.example` });
      return org.newRefreshToken({ username });
    });
    orgs.push({ url: org.url, clientId: org.app.clientId, refreshTokens, caFile });
  }
  process.send?.(orgs);
  process.once('disconnect', () => process.exit());
}
