import { testCertificates } from './tls.ts';

const { caFile } = await testCertificates();

/** Variables that let the clients reach nothing but what the tests start. */
export const network = {
  CI: 'true',
  // jsforce asks with fetch, which looks for a proxy only when told to.
  NODE_USE_ENV_PROXY: '1',
  REQUESTS_CA_BUNDLE: caFile,
  // Everything that the Salesforce CLI would do on its own account.
  SF_AUTOUPDATE_DISABLE: 'true',
  SF_DISABLE_AUTOUPDATE: 'true',
  SF_DISABLE_DNS_CHECK: 'true',
  SF_DISABLE_LOG_FILE: 'true',
  SF_DISABLE_TELEMETRY: 'true',
  SF_SKIP_NEW_VERSION_CHECK: 'true',
  SF_USE_GENERIC_UNIX_KEYCHAIN: 'true',
};
