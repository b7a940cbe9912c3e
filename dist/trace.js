'use strict';

var index = require('./index.js');
var proxyTunnel = require('./proxy-tunnel.js');

/**
 * A {@link Send} that tells of each request what it was, what came back, and how long that took. Host and
 * path alone: secrets are in bodies and headers, and the address of the instance is masked as a whole.
 */
function traced(send, { debug, clean }) {
  return async (request, limits) => {
    const start = index.now();
    const { method, url } = request;
    const tell = (what) =>
      debug(() => {
        const ms = Math.round(index.now() - start);
        return `${method} ${url.host}${url.pathname}${throughProxy(url)} \u2192 ${what()} in ${ms} ms`;
      });
    try {
      const answer = await send(request, limits);
      tell(() => String(answer.status));
      return answer;
    } catch (error) {
      tell(() => `no answer (${clean(index.describe(error))})`);
      throw error;
    }
  };
}
/** The host alone: user name and password are in the address too. */
function throughProxy(url) {
  try {
    const proxy = proxyTunnel.proxyFor(url);
    return proxy === undefined ? '' : ` through the proxy ${proxy.host}`;
  } catch {
    // The request failed for the same reason, and says so.
    return '';
  }
}

// What debug logging tells, where it is on: nothing secret.
/** Inputs whose values are shown once they were checked. Of the others the name says enough. */
const shown = [
  'allowed-hosts',
  'rotates',
  'token-branch',
  'token-repository',
  'wait-seconds',
  'reuse-minutes',
  'expected-org-id',
  'expected-username',
  'expected-org-type',
  'verify',
  'export-env',
  'mask-instance-url',
  'revoke-on-completion',
  'job-summary',
  'timeout-seconds',
  'retries',
];
/** What runs where, and which inputs arrived: before they were checked, any value may be a secret. */
function startText(raw, env) {
  const { eventName, repository, runnerEnvironment } = index.readContext(env);
  const names = Object.keys(raw).join(', ') || 'none';
  return `Node ${process.version} on ${process.platform}, runner ${runnerEnvironment}, event ${eventName} of ${repository}. Inputs that arrived: ${names}`;
}
/**
 * Tells what the inputs were taken for.
 * @returns what sends, and tells of each request: see {@link traced}
 */
function tracedStep(raw, settings, send, workflow) {
  for (const text of [settingsText(raw), loginText(settings), keeperText(settings)]) {
    workflow.debug(() => text);
  }
  return traced(send, workflow);
}
/** What the inputs were taken for. */
function settingsText(raw) {
  const values = shown.flatMap((name) => (raw[name] === undefined ? [] : `${name}=${raw[name]}`));
  return `The inputs are good: ${values.join(', ')}`;
}
/** Where the refresh token goes, and why it may. */
function loginText({ login, loginFrom, allowedHosts }) {
  const { host, hostname, pathname } = login.url;
  const from = loginFrom === undefined ? 'the default' : `from \`${loginFrom}\``;
  return `The token endpoint is ${host}${pathname}: ${from}; ${index.ruleFor(hostname, allowedHosts)}`;
}
/** Where the refresh token comes from, and where a new one would go. */
function keeperText({ tokenBranch, tokenFile, rotates }) {
  const rotation = rotates
    ? 'the app rotates: what may have been processed is never sent again'
    : '';
  if (tokenBranch !== undefined) {
    const { repository, branch } = tokenBranch;
    return `The refresh token is kept on the branch \u201c${branch}\u201d of ${repository}; ${rotation}`;
  }
  const place =
    tokenFile === undefined ? 'nowhere: a new one goes to the outputs' : 'in `token-file`';
  return [`The refresh token is kept ${place}`, rotation].filter((part) => part !== '').join('; ');
}
/** Where the token may go, and what the clocks say. */
function judgedText({ instanceUrl, issuedAt }, allowed) {
  const { host, hostname } = new URL(instanceUrl);
  const issued = issuedAt?.toISOString() ?? 'a time that it does not tell';
  return `The answer is good. The instance is ${host}: ${index.ruleFor(hostname, allowed)}. Issued at ${issued} by Salesforce's clock, ${new Date().toISOString()} by this machine's`;
}

exports.judgedText = judgedText;
exports.startText = startText;
exports.traced = traced;
exports.tracedStep = tracedStep;
