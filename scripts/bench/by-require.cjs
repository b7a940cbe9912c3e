// The request that the action makes, as one writes it by hand to be fast: no library, no check, no time limit.
// By `require`, since `import` loads more of Node; it ends as Node's documentation advises, by having nothing left to do.
const { REFRESH_TOKEN, CLIENT_ID, LOGIN_URL, GITHUB_OUTPUT } = process.env;
const { request } = require(LOGIN_URL.startsWith('https:') ? 'node:https' : 'node:http');
const { appendFileSync } = require('node:fs');
const headers = { 'content-type': 'application/x-www-form-urlencoded' };
const post = request(
  `${LOGIN_URL}/services/oauth2/token`,
  { method: 'POST', headers },
  (answer) => {
    let text = '';
    answer.setEncoding('utf8');
    answer.on('data', (chunk) => {
      text += chunk;
    });
    answer.on('end', () => {
      const { access_token, instance_url } = JSON.parse(text);
      console.log(`::add-mask::${access_token}`);
      appendFileSync(GITHUB_OUTPUT, `access-token=${access_token}\ninstance-url=${instance_url}\n`);
    });
  },
);
post.end(
  new URLSearchParams({
    grant_type: 'refresh_token',
    refresh_token: REFRESH_TOKEN,
    client_id: CLIENT_ID,
  }).toString(),
);
