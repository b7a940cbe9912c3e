// The same with jsforce.
import { appendFileSync } from 'node:fs';
import { createRequire } from 'node:module';

const { REFRESH_TOKEN, CLIENT_ID, LOGIN_URL, GITHUB_OUTPUT, JSFORCE } = process.env;
const { OAuth2 } = createRequire(`${JSFORCE}/`)('jsforce');
const oauth2 = new OAuth2({ loginUrl: LOGIN_URL, clientId: CLIENT_ID });
const { access_token, instance_url } = await oauth2.refreshToken(REFRESH_TOKEN);
console.log(`::add-mask::${access_token}`);
appendFileSync(GITHUB_OUTPUT, `access-token=${access_token}\ninstance-url=${instance_url}\n`);
