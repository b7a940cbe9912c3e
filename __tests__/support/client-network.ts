import { quietCli } from './salesforce-cli.ts';
import { testCertificates } from './tls.ts';

const { caFile } = await testCertificates();

/** Variables that let the clients reach nothing but what the tests start. */
export const network = {
  // jsforce asks with fetch, which looks for a proxy only when told to.
  NODE_USE_ENV_PROXY: '1',
  REQUESTS_CA_BUNDLE: caFile,
  ...quietCli,
};
