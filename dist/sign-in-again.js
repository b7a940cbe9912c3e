'use strict';

var action = require('./action.js');

/** {@link signInCommand} for the credential that this step was given. */
function signInAgain(
  { login: { url }, allowedHosts, clientId, authUrl, tokenFile },
  { signInTarball: tarball, repository, serverUrl },
) {
  const server = serverUrl.replace(/^https?:\/\//, '');
  const host = server === 'github.com' || repository === '' ? '' : `${server}/`;
  return signInCommand({
    tarball,
    loginUrl: action.siteOf(url),
    allowedHost: allowedHosts.has(url.hostname) ? url.hostname : undefined,
    platformCli: clientId === action.cliClientId,
    store:
      tokenFile === undefined
        ? { repository: host + repository, asAuthUrl: authUrl !== undefined }
        : { file: tokenFile.given },
  });
}
/** How to sign in again: sentences, and the command to copy, on one line so that every shell takes it. */
function signInCommand({ tarball, loginUrl, allowedHost, platformCli, store }) {
  const options = [
    `--login-url ${loginUrl}`,
    ...(allowedHost === undefined ? [] : [`--allowed-hosts ${allowedHost}`]),
    ...(platformCli ? [] : ['--client-id CONSUMER_KEY']),
    ...('file' in store
      ? [`--to ${inShell(`file:${store.file}`)}`]
      : [
          `--secret ${store.asAuthUrl ? 'SF_AUTH_URL --as auth-url' : 'SF_REFRESH_TOKEN'}`,
          ...(store.repository === '' ? [] : [`--repo ${store.repository}`]),
        ]),
  ];
  const isFile = 'file' in store;
  const where = isFile
    ? 'To sign in again, run this where the file is, with Node 20.19 or newer (`--no-browser` prints the address to open elsewhere).'
    : 'To sign in again, run this on your own machine, with Node 20.19 or newer.';
  const toPutIn = [
    ...(platformCli ? [] : ["CONSUMER_KEY with the app's consumer key (`client-id`)"]),
    ...(isFile
      ? []
      : [`${store.asAuthUrl ? 'SF_AUTH_URL' : 'SF_REFRESH_TOKEN'} with the name of your secret`]),
  ].join(' and ');
  const environment = isFile ? '' : ', and add `--env NAME` if the secret lives in an environment';
  return [
    where,
    ...(toPutIn === '' ? [] : [`Replace ${toPutIn}${environment}.`]),
    'Salesforce keeps five sign-ins per user and app; a sixth revokes the oldest.',
  ]
    .join(' ')
    .concat(`\n  npx ${tarball} ${options.join(' ')}`);
}
/** As an argument for any shell; in quotation marks only where that is needed. */
function inShell(text) {
  return /^[\w./:\\~@+=,-]+$/.test(text) ? text : `"${text.replaceAll('"', '')}"`;
}

exports.signInAgain = signInAgain;
exports.signInCommand = signInCommand;
