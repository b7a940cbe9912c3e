'use strict';

var index = require('./index.js');
var fs = require('node:fs');

// Advice beside the catalogue's, all of it for what is loaded on demand.
/** Whether to run the job again, where requests may have been processed and no input says that the app rotates. */
const rerunUncertain =
  'Rerunning is safe unless the app rotates refresh tokens, which no input says: then replace the credential first.';
const statusLater = 'Look at https://status.salesforce.com and run the job again later.';
/** Where Dependabot, and where pull requests from forks get no rights. */
const skipDependabot =
  "Skip this job for Dependabot (`if: github.actor != 'dependabot[bot]'`), or";
const skipForks =
  'skip this job for forks (`if: github.event.pull_request.head.repo.full_name == github.repository`)';
/** For a `token-branch` that is not the name of a branch for tokens. */
const notForTokens = {
  fix: `Set \`token-branch\` to a name of its own, such as \`salesforce-tokens\`. ${index.nothingSent}`,
  why: 'The branch is for refresh tokens alone: it is made on first use, without history, and never merged.',
};
/** What to do instead where a token branch keeps the refresh token. */
const onTokenBranch = {
  answer_lost:
    'Run the job again: it waits until this run\u2019s hold on the credential is over, then sends the token that is on the branch. Only if Salesforce refuses that one, having processed this request after all, sign in again: the message of that run has the command.',
  save_failed: `Do not rerun yet. Following steps with \`if: always()\` can save the output \`refresh-token\`; the post step at the end of the job retries for up to a minute (check its log). If it succeeds, run the job again. If not, and no step saved the output, sign in again first: a spent token, sent again, revokes ${index.revokesAll}.`,
};

/** What the payload of the event says that started the run. */
/**
 * The default branch of the workflow's repository, by the payload of the event.
 * @returns undefined where the payload does not name it
 */
function defaultBranchOf(env) {
  const name = index.memberOf(index.memberOf(eventOf(env), 'repository'), 'default_branch');
  return typeof name === 'string' ? name : undefined;
}
/**
 * Whether this is the pull request of a fork, which gets no secrets, by the payload of the event.
 * @returns undefined where the payload does not tell
 */
function isFromFork(env) {
  // `pull_request_target` runs with the secrets of the base.
  if (!/^pull_request(_review(_comment)?)?$/.test(env['GITHUB_EVENT_NAME'] ?? '')) {
    return false;
  }
  const head = index.memberOf(index.memberOf(eventOf(env), 'pull_request'), 'head');
  const name = index.memberOf(index.memberOf(head, 'repo'), 'full_name');
  return typeof name === 'string' ? name !== env['GITHUB_REPOSITORY'] : undefined;
}
/** The payload of the event (GITHUB_EVENT_PATH); undefined where it cannot be read. */
function eventOf(env) {
  try {
    return index.parseJsonObject(fs.readFileSync(env['GITHUB_EVENT_PATH'] ?? '', 'utf8'));
  } catch {
    return undefined;
  }
}

/**
 * Says that inputs are empty, and the likely cause of it.
 *
 * @param what what happened: a whole sentence
 * @param wanted any of which would have done
 * @param explanation what to do; default: as for a secret
 * @returns `input_missing`
 */
function missingInput(what, wanted, env, explanation) {
  const strangers = unknownInputs(env);
  const meant = strangers.find(({ like }) => like !== undefined && wanted.includes(like));
  const advice =
    meant === undefined
      ? (explanation ?? emptySecret(env))
      : {
          fix: `Rename \`${meant.name}\` to \`${meant.like}\` under \`with:\`. ${index.nothingSent}`,
        };
  return index.ActionError.own(
    'input_missing',
    [what, ...strangers.map((one) => aboutStranger(one, meant))].join(' '),
    advice,
  );
}
/** @param meant the one that what to do is about: there the name that may be meant stands already */
function aboutStranger(stranger, meant) {
  const { name, like } = stranger;
  const question = like === undefined || stranger === meant ? '.' : `: did you mean \`${like}\`?`;
  return `\`${name}\` was set, but this action has no such input${question}`;
}
/** So many names are enough to see what is wrong. */
const mostNamed = 5;
/**
 * Inputs under other names: the runner hands over whatever stands under `with:`, and only warns.
 * Their names alone; the values may be secrets.
 */
function unknownInputs(env) {
  return Object.keys(env)
    .map((name) => /^INPUT_([\w .-]{1,40})$/i.exec(name)?.[1]?.toLowerCase())
    .filter((name) => name !== undefined)
    .filter((name) => !index.inputNames.some((known) => known === name))
    .map((name) => ({ name, like: likeliest(name) }))
    .sort((a, b) => Number(a.like === undefined) - Number(b.like === undefined))
    .slice(0, mostNamed);
}
/** What other tools and older how-tos call them. */
const otherNames = {
  token: 'refresh-token',
  'consumer-key': 'client-id',
  'consumer-secret': 'client-secret',
  'instance-url': 'login-url',
  'server-url': 'login-url',
  domain: 'login-url',
};
function likeliest(name) {
  const words = name.split(/[-_ .]+/);
  const joined = words.join('');
  return (
    otherNames[words.join('-')] ??
    index.inputNames.find((known) => known.replaceAll('-', '') === joined) ??
    index.inputNames.find((known) => words.every((word) => known.split('-').includes(word))) ??
    index.inputNames.find((known) => distance(known.replaceAll('-', ''), joined) <= 2)
  );
}
/** How many letters have to be put in, taken out or changed (Levenshtein). */
function distance(a, b) {
  let above = [...b, ''].map((_, column) => column);
  for (const [row, letter] of [...a].entries()) {
    const line = [row + 1];
    for (const [column, other] of [...b].entries()) {
      const [left = 0, up = 0, diagonal = 0] = [line[column], above[column + 1], above[column]];
      line.push(Math.min(left + 1, up + 1, diagonal + (letter === other ? 0 : 1)));
    }
    above = line;
  }
  return above.at(-1) ?? 0;
}
/** The likely cause of an empty secret. */
function emptySecret(env) {
  const { actor, isWithinComposite } = index.readContext(env);
  if (losesDashes(env)) {
    return {
      why: 'The runner hands inputs over as environment variables such as `INPUT_CLIENT-ID`, and something between it and this step, such as the shell of a container image, drops names with a dash in them.',
      fix: `Run the job without \`container:\`, or in an image whose \`sh\` keeps such variables (bash does, dash does not). ${index.nothingSent}`,
    };
  }
  if (actor === 'dependabot[bot]') {
    return {
      why: 'Dependabot started this run, and such runs cannot read Actions secrets, only Dependabot secrets.',
      fix: `${skipDependabot} store the secret under the same name for Dependabot too (Settings \u2192 Secrets and variables \u2192 Dependabot); with \`token-branch\`, it also needs \`permissions: contents: write\`. ${index.nothingSent}`,
    };
  }
  const fork = isFromFork(env);
  if (fork === true) {
    return {
      why: 'This pull request comes from a fork, and GitHub gives no secrets to those.',
      fix: `${skipForks.replace('s', 'S')}. ${index.nothingSent}`,
    };
  }
  return {
    fix: [
      'Find out why the secret is empty here:',
      ...(fork === undefined
        ? [`- The pull request comes from a fork, which gets no secrets: ${skipForks}.`]
        : []),
      ...(isWithinComposite
        ? [
            '- This step is in a composite action, which sees no secrets but those that it is given as inputs: pass it on there too.',
          ]
        : []),
      '- It does not exist here, or has another name: Settings \u2192 Secrets and variables \u2192 Actions lists them.',
      '- It belongs to an environment that the job does not name: add `environment: NAME` to the job.',
      '- This is a called workflow: its caller has to pass the secret on, for example with `secrets: inherit`.',
      index.nothingSent,
    ].join('\n'),
  };
}
/** The runner always sends the inputs that have a default, some with a dash in their name and some without. */
function losesDashes(env) {
  return (
    env['INPUT_RETRIES'] !== undefined && !Object.keys(env).some((name) => /^INPUT_.*-/i.test(name))
  );
}

var missingInput$1 = {
  __proto__: null,
  missingInput
};

/** No pause of our own is longer, in milliseconds. */
const longestPauseMs = 8_000;
/**
 * The pause before the next attempt: about 1, 2, 4, 8, 8, \u2026 seconds, with up to a fifth of jitter so
 * that matrix jobs don't march in step, and never shorter than the one before.
 *
 * @param retries how often the request was sent again already
 * @param previousMs the one before, as far as it was no longer than ours may be; 0 where there was none
 * @param random from 0 to 1
 * @returns milliseconds
 */
function nextPauseMs(retries, previousMs, random) {
  const base = Math.min(8, 2 ** retries) * 1000;
  return Math.max(previousMs, Math.min(longestPauseMs, Math.round(base * (0.8 + 0.4 * random))));
}
/** Reads `Retry-After` (RFC 9110, 10.2.3: seconds or a date) as milliseconds from the answer's own `Date`. */
function parseRetryAfter(value, date) {
  if (value === undefined) {
    return undefined;
  }
  if (/^\d{1,9}$/.test(value.trim())) {
    return Number(value) * 1000;
  }
  const now = Date.parse(date ?? '');
  const wait = Date.parse(value) - (Number.isNaN(now) ? Date.now() : now);
  return Number.isNaN(wait) ? undefined : Math.max(0, wait);
}

/**
 * Sends a request that may be repeated without harm (it reads, or writes the same again), until an answer
 * comes that stays. For the refresh see `salesforce/refresh.ts`.
 *
 * @returns the last answer, whatever its status
 * @throws RequestFailure where the last attempt got no answer
 */
async function sendRepeatedly(
  request,
  { send, deadline, retries, answerMs, random, retrying, debug },
) {
  let pauseMs = 0;
  for (let retry = 0; ; retry++) {
    const outcome = await send(request, {
      connectMs: Math.min(10_000, deadline.totalMs / 3),
      answerMs: Math.min(answerMs, deadline.totalMs / 2),
      signal: deadline.signal,
    }).catch(asFailure);
    const ownMs = nextPauseMs(retry, pauseMs, random());
    const asked = outcome instanceof index.RequestFailure ? 0 : retryAfterMs(outcome);
    const waitMs = Math.max(ownMs, asked);
    // A long `Retry-After` must not hold up all that follows.
    pauseMs = Math.min(longestPauseMs, waitMs);
    const mayPass = passes(outcome);
    if (!mayPass || retry >= retries || waitMs >= deadline.remainingMs()) {
      if (mayPass) {
        debug(
          () =>
            `Not sent again: retry ${retry} of ${retries}, the next one in ${waitMs} ms, ${Math.round(deadline.remainingMs())} ms left`,
        );
      }
      if (outcome instanceof index.RequestFailure) {
        throw outcome;
      }
      return outcome;
    }
    const why = outcome instanceof index.RequestFailure ? index.describe(outcome) : `HTTP ${outcome.status}`;
    retrying(
      `Retry ${retry + 1} of ${retries} in ${(waitMs / 1000).toFixed(1)} s, because ${request.url.host} gave: ${why}`,
    );
    await deadline.pause(waitMs);
  }
}
function asFailure(error) {
  if (error instanceof index.RequestFailure) {
    return error;
  }
  throw error;
}
function retryAfterMs({ headers }) {
  return parseRetryAfter(headers['retry-after'], headers.date) ?? 0;
}
/** What may be different the next time. GitHub's limits come as 403, and do not always say how long to wait. */
function passes(outcome) {
  if (outcome instanceof index.RequestFailure) {
    return outcome.kind === 'network' || outcome.kind === 'timeout';
  }
  const { status, headers, body } = outcome;
  const limited =
    headers['retry-after'] !== undefined ||
    headers['x-ratelimit-remaining'] === '0' ||
    /rate limit/i.test(body);
  return [408, 420, 429].includes(status) || status >= 500 || (status === 403 && limited);
}

/** For an answer of GitHub's that is not what was asked for, and not the fault of the token: by its HTTP status. */
function explainGitHubStatus(status) {
  return status === 429
    ? {
        fix: 'Run the job again after the limit is reset; with many jobs, set `reuse-minutes`, so that they share a token.',
        why: 'GitHub limits how often its API may be asked: 1,000 requests an hour for the token of a workflow in one repository, 80 writes a minute.',
      }
    : {
        fix: 'Look at https://www.githubstatus.com, then run the job again.',
        why: "GitHub's API, or a proxy before it, failed: neither Salesforce nor the credential did.",
      };
}
/** For an answer that is neither a token nor an error of OAuth's: by its HTTP status. */
function explainStatus(status) {
  if (status === 429) {
    return {
      fix: 'Run the job again later, and refresh less often.',
      why: 'Salesforce, or a proxy before it, limits how often it may be asked.',
    };
  }
  if (status === 420 || status === 406) {
    return {
      fix: 'Check that the org still exists, then run the job again.',
      why: '\u201cWe are setting things up\u201d: the host is not ready yet. Deleted and expired scratch orgs answer like this for good.',
    };
  }
  if (status >= 500) {
    return {
      fix: statusLater,
      why: 'Salesforce, or a proxy before it, failed: maintenance or an outage.',
    };
  }
  return {
    fix: index.checkHost,
    why: 'What answered is not a token endpoint: the host is wrong, the org is gone, or a proxy answered in its place.',
  };
}

/** What happened to a connection, and what to do about it. */
function connectionFailure(cause, about) {
  const { host, service, sent, detail, proxy, within, longerHelps } = about;
  const code = detail === '' ? '' : ` (${detail})`;
  const statusPage =
    service === 'github' ? 'https://www.githubstatus.com' : 'https://status.salesforce.com';
  const name =
    service === 'login'
      ? 'Check `login-url` for a typo (Setup \u2192 My Domain shows the name). If it is right, check'
      : 'Check';
  const again = `Run the job again. If it happens again, look for a firewall or a proxy that cuts connections to ${host}, and at ${statusPage}.`;
  const notSent = service === 'org' ? ' The access token was not sent.' : ` ${index.nothingSent}`;
  const needsProxy = 'and whether its network demands a proxy (`https_proxy`).';
  const patience = longerHelps ? ', or raise `timeout-seconds`' : '';
  const later = `Check ${statusPage}, then run the job again${patience}.`;
  switch (cause) {
    case 'name_unknown':
      return {
        what: `There is no host ${host}: the name does not resolve${code}.`,
        fix: `${name} the DNS of the runner, ${needsProxy}`,
      };
    case 'name_not_looked_up':
      return {
        what: `The name ${host} could not be looked up: the DNS server of the runner gave no answer${code}.`,
        fix: `Run the job again. If it happens again, check the DNS of the runner, ${needsProxy}`,
      };
    case 'refused':
      return {
        what: `${host} refused the connection${code}.`,
        fix: `Check ${service === 'login' ? 'the host and the port in `login-url`, ' : ''}the firewall of the runner's network, and ${statusPage}; then run the job again.`,
      };
    case 'cut':
      return {
        what: `The connection to ${host} was cut ${sent ? 'after the request was sent, before its answer came' : 'before the request was sent'}${code}.`,
        fix: again,
      };
    case 'broken_off':
      return { what: `The answer of ${host} broke off in the middle.`, fix: again };
    case 'closed':
      return { what: `${host} closed the connection without an answer.`, fix: again };
    case 'unreachable':
      return {
        what: `The runner's network has no way to ${host}${code}.`,
        fix: `Check the firewall, the routes and the VPN of the runner, ${needsProxy}`,
      };
    case 'proxy_refused':
      return {
        what: `The proxy ${proxy} refused to connect to ${host} (HTTP ${detail}).`,
        fix:
          detail === '407'
            ? 'The proxy wants a user name and a password: set `https_proxy` to `http://user:password@host:port`.'
            : `Have ${host} allowed on the proxy; or, if the runner can reach it without, name it in \`no_proxy\`.`,
      };
    case 'proxy_unreachable':
      return {
        what: `Could not connect to the proxy ${proxy}: ${detail}.`,
        fix: 'Check `https_proxy`, which names the proxy, and whether the runner can reach it.',
      };
    case 'untrusted':
      return {
        what: `The runner does not trust the certificate of ${host}: ${detail}.`,
        fix: index.untrusted.fix + notSent,
        why: index.untrusted.why,
      };
    case 'no_tls':
      return {
        what: `${host} and the runner could not agree on a TLS connection${code}.`,
        fix: `Check the host and the port, and the proxy of the runner.${notSent}`,
      };
    case 'not_connected':
      return {
        what: `${host} accepted no connection within ${within}.`,
        fix: `Check the firewall and the proxy of the runner, and ${statusPage}; then run the job again${patience}.`,
      };
    case 'not_answered':
      return {
        what: `${host} took the request and gave no complete answer within ${within}.`,
        fix: later,
      };
    case 'time_up':
      return {
        what: `${host} had given no ${sent ? 'complete answer' : 'connection'} when ${within} was over.`,
        fix: later,
      };
    case 'cancelled':
      return {
        what: `The run was cancelled before ${host} answered.`,
        fix: 'Start the job again.',
      };
    case 'too_long':
      return {
        what: `The answer of ${host} is longer than 1 MiB.`,
        fix: index.checkHost,
      };
    case 'other':
      return {
        what: `${sent ? `${host} gave no complete answer` : `${host} could not be reached`}: ${detail}.`,
        fix: again,
      };
  }
}

/** The code of ours for a request that got no answer. */
const failureCodes = {
  network: 'network_error',
  tls: 'tls_error',
  timeout: 'timeout',
  ended: 'timeout',
  oversized: 'response_invalid',
};
/** What happened, one cause at a time, and what to do about it. */
function explainNoAnswer(failure, { service, host = '', totalMs, clean }) {
  const { proxy, sent } = failure;
  const name = failure.host || host;
  const cause = causeOf(failure);
  return connectionFailure(cause, {
    host: service === 'github' ? ["GitHub's API", name && `(${name})`].join(' ').trim() : name,
    service,
    sent,
    proxy,
    detail: clean(detailOf(failure, cause)),
    ...limitReached(failure, totalMs),
  });
}
function causeOf({ kind, sent, message, cause }) {
  switch (kind) {
    case 'oversized':
      return 'too_long';
    case 'ended':
      return cause instanceof index.Cancelled ? 'cancelled' : 'time_up';
    case 'timeout':
      return sent ? 'not_answered' : 'not_connected';
    case 'tls':
      return /^(EPROTO|ERR_SSL_)/.test(index.errorCode(cause) ?? '') ? 'no_tls' : 'untrusted';
  }
  const tunnel = index.tunnelFailure(cause);
  if (tunnel !== undefined) {
    return tunnel.status === undefined ? 'proxy_unreachable' : 'proxy_refused';
  }
  if (message === index.brokenOff) {
    return 'broken_off';
  }
  if (message === index.closedEarly || (sent && /socket hang up/.test(message))) {
    return 'closed';
  }
  return networkCauses[index.errorCode(cause) ?? ''] ?? 'other';
}
/** By Node's `code`. */
const networkCauses = {
  ENOTFOUND: 'name_unknown',
  EAI_AGAIN: 'name_not_looked_up',
  EAI_FAIL: 'name_not_looked_up',
  ECONNREFUSED: 'refused',
  ECONNRESET: 'cut',
  ECONNABORTED: 'cut',
  EPIPE: 'cut',
  EHOSTUNREACH: 'unreachable',
  ENETUNREACH: 'unreachable',
  EHOSTDOWN: 'unreachable',
  ENETDOWN: 'unreachable',
};
function detailOf({ message, cause }, why) {
  const tunnel = index.tunnelFailure(cause);
  return (
    tunnel?.status ??
    tunnel?.words ??
    (why === 'other' || why === 'untrusted' ? message : (index.errorCode(cause) ?? message))
  );
}
/** How long was waited, and what set the limit. */
function limitReached({ kind, limitMs = 0, sent }, totalMs) {
  const total =
    totalMs === undefined ? 'the time for it' : `\`timeout-seconds\` (${totalMs / 1000})`;
  if (kind === 'ended') {
    return { within: total, longerHelps: totalMs !== undefined };
  }
  if (totalMs === undefined && limitMs < usualLimitMs) {
    return { within: `${index.seconds(limitMs)}, a share of the time that was left`, longerHelps: true };
  }
  const share = shares.find(([part]) => Math.abs(limitMs * part - (totalMs ?? 0)) < 1)?.[1];
  const fixed = sent ? 'the limit for one answer' : 'the limit for connecting';
  return {
    within: `${index.seconds(limitMs)}, ${share === undefined ? fixed : `${share} of ${total}`}`,
    longerHelps: share !== undefined,
  };
}
/** Of a request that others have limits for, too: less means that there was not much time left. */
const usualLimitMs = 10_000;
/** How the limits of one request are taken from the time for all of them. */
const shares = [
  [1, 'all'],
  [2, 'half'],
  [3, 'a third'],
];

/** What the token endpoint refuses, and what that means: data, as the catalogue. Loaded when a refresh fails. */
/** Only where it can show something that the answer does not say: refusals of a known user. */
const history = 'Setup \u2192 Login History shows the true cause.';
const whoLogsIn = 'Setup \u2192 Login History shows who logs in so often.';
const fixedEgress = 'A fixed address and a user of its own for the workflow keep clear of that.';
/** Salesforce's answers, the special before the general: the first that matches counts. */
const refusals = [
  {
    matches: /retry your request|^unknown_error:/,
    answers: ['unknown_error: retry your request', 'unknown_error'],
    retry: 'unknown_fate',
    why: 'Salesforce failed on its side, and does not say why.',
    fix: `Run the job again. If it happens again, look at https://status.salesforce.com. ${rerunUncertain}`,
  },
  {
    matches:
      /^(app_not_found|installation_error|invalid_distribution_state):|: external client app is not installed/,
    answers: [
      'app_not_found: External client app is not installed in this org',
      'installation_error',
      'invalid_distribution_state',
      'invalid_client: External client app is not installed in this org',
    ],
    retry: 'never',
    signIn: true,
    fix: [
      'Find out which it is:',
      `- \`login-url\` is login.salesforce.com or test.salesforce.com: set it to ${index.itsMyDomain}.`,
      '- The app is not in this org: install it, or check its distribution state (local or packaged).',
      '- The sandbox was refreshed: install the app there again, then sign in again.',
    ].join('\n'),
    why: 'Salesforce does not find the External Client App in the org that it looks in.',
  },
  {
    matches: /: (token )?request not supported on this domain/,
    answers: [
      'invalid_grant: request not supported on this domain',
      'invalid_request: token request not supported on this domain',
    ],
    retry: 'never',
    why: 'Salesforce does not refresh tokens on this host. The refresh token itself is not dead.',
    fix: `${index.myDomain}.`,
  },
  {
    matches:
      /^(rate_limit_exceeded:|login_rate_exceeded:|login rate exceeded:|.*: login rate exceeded)/,
    answers: [
      'rate_limit_exceeded: login rate exceeded',
      'LOGIN_RATE_EXCEEDED',
      'invalid_grant: login rate exceeded',
    ],
    retry: 'never',
    why: 'The user logged in too often: Salesforce allows 3,600 logins per user and hour.',
    fix: `Wait up to an hour, then refresh less often: once per workflow, not once per job. ${whoLogsIn}`,
  },
  {
    matches: /: maximum logins exceeded/,
    answers: ['invalid_grant: maximum logins exceeded'],
    retry: 'never',
    why: 'The user has reached a limit on logins for now. The refresh token itself is not dead.',
    fix: `Wait, then run the job again, and refresh less often. ${whoLogsIn}`,
  },
  {
    matches:
      /^invalid_grant: (token request is already being processed|expired authorization code)/,
    answers: [
      'invalid_grant: token request is already being processed',
      'invalid_grant: expired authorization code',
    ],
    retry: 'in_flight',
    why: 'Another job is using the same refresh token at this moment, and Salesforce takes one request per token at a time.',
    fix: 'Set `token-branch`, with which jobs take turns; or put the jobs that share the credential into one `concurrency` group; or give each its own credential.',
  },
  {
    matches: /^(invalid_grant: expired access\/refresh token|invalid_token:)/,
    answers: ['invalid_grant: expired access/refresh token', 'invalid_token'],
    retry: 'never',
    signIn: true,
    unexplained: true,
    fix: [
      index.deadToken.intro,
      index.deadToken.rotated,
      index.deadToken.neverWorked,
      index.deadToken.idle,
      index.deadToken.revoked,
    ].join('\n'),
    why: 'Salesforce gives this one answer no matter why the token is dead.',
  },
  {
    matches: /^invalid_grant: token validity expired/,
    answers: ['invalid_grant: token validity expired'],
    retry: 'never',
    signIn: true,
    why: "The validity period that the app's refresh token policy sets is over.",
    fix: "Sign in again. To make the next token last longer, change the refresh token policy in the app's OAuth policies.",
  },
  {
    matches: /^(inactive_user:|invalid_grant: inactive user)/,
    answers: ['inactive_user: user is inactive', 'invalid_grant: inactive user'],
    retry: 'never',
    fix: `Activate or unfreeze the user (Setup \u2192 Users), or sign in again as another user. ${history} ${fixedEgress}`,
    why: `The user of the token was deactivated or frozen: by an admin, or by Salesforce itself, which ${index.containment}.`,
    signIn: true,
  },
  {
    matches: /^(inactive_org:|invalid_grant: inactive organization)/,
    answers: ['inactive_org: organization is inactive', 'invalid_grant: inactive organization'],
    retry: 'never',
    why: 'The org is expired, locked or deleted.',
    fix: 'Check whether the org still exists. In place of a deleted sandbox or an expired scratch org, make a new one and sign in again there.',
    signIn: true,
  },
  {
    matches: /^invalid_grant: ip restricted/,
    answers: ['invalid_grant: ip restricted or invalid login hours'],
    retry: 'never',
    why: "The runner's address is not in the ranges that the app, the profile or the org allows, or the user may not log in at this hour.",
    fix: "Use a runner with a fixed, allowed address (hosted runners change theirs), or relax IP restrictions for refresh tokens in the app's policies. Setup \u2192 Login History shows the address that was refused.",
  },
  {
    matches: /^invalid_grant: authentication failure/,
    answers: ['invalid_grant: authentication failure'],
    retry: 'never',
    why: 'Salesforce does not tell the client the reason.',
    fix: history,
  },
  {
    matches: /^(login_error|invalid_session_level):/,
    answers: ['login_error', 'invalid_session_level'],
    retry: 'never',
    why: 'A policy of the user or the org refuses the login, or the app demands a session of a higher level than a refresh gives.',
    fix: `Check the session policies of the app (\u201cHigh assurance session required\u201d) and of the profile. ${history}`,
  },
  {
    matches: /^invalid_grant: user hasn.?t approved this consumer/,
    answers: ["invalid_grant: user hasn't approved this consumer"],
    retry: 'never',
    signIn: true,
    why: 'The user has not approved the app, or the approval was withdrawn.',
    fix: 'Sign in again to approve the app, or have an admin pre-authorize it by profile or permission set.',
  },
  {
    matches: /^invalid_grant:/,
    answers: ['invalid_grant: anything else'],
    retry: 'never',
    signIn: true,
    unexplained: true,
    why: 'Salesforce does not accept this refresh token, for a reason that this action does not know.',
    fix: `${history} If the token is dead, sign in again.`,
  },
  {
    matches: /^invalid_client_id:/,
    answers: ['invalid_client_id: client identifier invalid'],
    retry: 'never',
    why: 'This host knows no app with this consumer key: the key or the login host is wrong, or the app was deleted, or made in the last 10 minutes or so.',
    fix: 'Compare `client-id` with the consumer key of the app, and `login-url` with the org that has it.',
  },
  {
    matches: /^invalid_client: app must be installed/,
    answers: ['invalid_client: app must be installed into org'],
    retry: 'never',
    why: 'The app is not installed in the org, and since September 2025 orgs keep out apps that are not.',
    fix: 'Install the app in the org (Setup \u2192 Connected Apps OAuth Usage \u2192 Install), or give the user \u201cApprove Uninstalled Connected Apps\u201d.',
  },
  {
    matches: /^invalid_client:/,
    answers: ['invalid_client: invalid client credentials'],
    retry: 'never',
    why: 'The app demands its secret for the refresh flow and got none, or a wrong one; or this host has no app with this consumer key.',
    fix: 'Set `client-secret` to the consumer secret, or turn off \u201cRequire Secret for Refresh Token Flow\u201d in the app. If that is right already, compare `client-id` with the consumer key, and `login-url` with the org that has the app.',
  },
  {
    matches: /^invalid_app_access:/,
    answers: ['invalid_app_access: user is not admin approved to access this app'],
    retry: 'never',
    why: 'The app lets in only users that an admin approved, and this user is not among them.',
    fix: 'Assign the app to the user by profile or permission set.',
  },
  {
    matches: /^unauthorized_client:/,
    answers: ['unauthorized_client: this client may not use the refresh flow'],
    retry: 'never',
    signIn: true,
    why: 'The refresh token flow is not enabled for this app.',
    fix: 'Give the app the scope \u201cPerform requests at any time (refresh_token, offline_access)\u201d, then sign in again.',
  },
  {
    matches: /^unsupported_grant_type:/,
    answers: ['unsupported_grant_type: grant type not supported'],
    retry: 'never',
    why: 'The request did not reach Salesforce as it was sent: a proxy or a redirect on the way dropped or changed its content.',
    fix: `${index.myDomain} and check the proxy of the runner.`,
  },
  {
    matches: /^invalid_request:/,
    answers: ['invalid_request: anything else'],
    retry: 'never',
    why: 'Salesforce does not take the request on this host, or a proxy on the way damaged it.',
    fix: `${index.myDomain} and check the proxy of the runner.`,
  },
  {
    matches: /^invalid_scope:/,
    answers: ['invalid_scope: no valid scopes defined'],
    retry: 'never',
    why: 'The app has no OAuth scopes.',
    fix: 'Give the app the scopes \u201capi\u201d and \u201crefresh_token\u201d, then sign in again.',
    signIn: true,
  },
  {
    matches: /^oauth_flow_disabled:/,
    answers: ['oauth_flow_disabled: The external client app or the OAuth plugin is disabled.'],
    retry: 'never',
    why: 'The External Client App, its OAuth plugin, or its refresh token flow is turned off in this org.',
    fix: 'Enable the app, its OAuth plugin and its flow (Setup \u2192 External Client App Manager).',
  },
  {
    matches: /^(oauth|ecapp)_policy_not_found:/,
    answers: ['oauth_policy_not_found', 'ecapp_policy_not_found'],
    retry: 'never',
    why: 'The app has no OAuth policy in this org.',
    fix: 'Open the app in Setup \u2192 External Client App Manager \u2192 Policies, and save its policies once.',
  },
  {
    matches: /^(oauth_|(fail_close_)?app_blocked:)/,
    answers: [
      'OAUTH_APP_BLOCKED: this app is blocked by admin',
      'app_blocked',
      'fail_close_app_blocked',
    ],
    retry: 'never',
    why: 'An admin blocked the app, or a policy of the org keeps it out.',
    fix: 'Unblock the app (Setup \u2192 Connected Apps OAuth Usage, or External Client App Manager).',
  },
  {
    matches: /^(invalid_dpop_proof|use_dpop_nonce):/,
    answers: ['invalid_dpop_proof', 'use_dpop_nonce'],
    retry: 'never',
    why: 'The app binds its tokens to a key that only their holder has (DPoP: RFC 9449), and demands a proof that this action cannot give.',
    fix: index.ownErrors().token_type_unsupported.fix,
    signIn: true,
  },
  {
    matches: /^(app_attest_failed|client_blocked)(_retry)?:/,
    answers: [
      'app_attest_failed',
      'app_attest_failed_retry',
      'client_blocked',
      'client_blocked_retry',
    ],
    retry: 'never',
    why: 'The app demands an attestation that only genuine mobile apps can give.',
    fix: 'Use another app for the workflow, one without attestation, and sign in again with that.',
    signIn: true,
  },
  {
    matches: /^(temporarily_unavailable|service_unavailable|system_down|slow_down):/,
    answers: [
      'temporarily_unavailable: the server is overloaded',
      'service_unavailable',
      'system_down',
      'slow_down',
    ],
    retry: 'unknown_fate',
    why: 'Salesforce is overloaded or down.',
    fix: `${statusLater} ${rerunUncertain}`,
  },
  {
    matches: /^server_error:/,
    answers: ['server_error: the server failed'],
    retry: 'unknown_fate',
    why: 'Salesforce failed on its side.',
    fix: `${statusLater} ${rerunUncertain}`,
  },
];
/** For a refusal that is `unexplained`, where this very step sent the token a second time. */
const ownRetry = {
  fix: 'If the app rotates refresh tokens, set `rotates: true`, or better `token-branch`: then nothing that Salesforce may have processed is sent again. Sign in again.',
  why: `Salesforce may have processed the request whose answer was lost. If the app rotates refresh tokens, that spent this one, and sending it again revoked ${index.revokesAll}.`,
};
/** For an `error` value that no row of {@link refusals} knows. */
const unknownRefusal = {
  fix: `Search the Salesforce documentation for the error. ${history}`,
  why: 'This action does not know this error of Salesforce.',
};
/** The `error` in an entry of {@link Refusal.answers}, as an anchor has it. */
function codeOf(answer = '') {
  return answer.replace(/:.*$/, '').toLowerCase();
}
/** The anchor of the section on an error code in docs/troubleshooting.md. */
function sectionOf(code) {
  if (/^http_\d+$/.test(code)) {
    return 'http_status';
  }
  const anchor = codeOf(code);
  if (
    Object.hasOwn(index.ownErrors(), anchor) ||
    refusals.some(({ answers }) => answers.some((answer) => codeOf(answer) === anchor))
  ) {
    return anchor;
  }
  // `OAUTH_\u2026` and the like: a code without a section of its own, under one that explains it.
  const known = refusals.find(({ matches }) => matches.test(`${anchor}: `));
  return known === undefined ? 'another-error-of-salesforce' : codeOf(known.answers[0]);
}

const theRefresh = { name: 'the refresh', refusals };
const redirects = new Set([301, 302, 303, 307, 308]);
/** Judges a complete answer of the token endpoint at `host` that holds no usable token. */
function judgeRefusal(answer, host, clean, asked = theRefresh) {
  const { status } = answer;
  if (redirects.has(status)) {
    return { kind: 'redirect', location: answer.headers.location ?? '' };
  }
  const body = index.parseJsonObject(answer.body);
  if (isText(body?.['error']) || isText(body?.['error_description'])) {
    return refusal(body ?? {}, answer, asked, clean);
  }
  if (index.succeeded(status) && body !== undefined) {
    return failed(answer, index.noUsableToken(body), 'unreadable');
  }
  if (status !== 200) {
    return failed(answer, statusError(answer, host), classOfStatus(answer));
  }
  const error = index.ActionError.own(
    'response_invalid',
    `${host} answered with ${nature(answer.body)} instead of a token response.`,
  );
  return failed(answer, error, 'unreadable');
}
function isText(value) {
  return typeof value === 'string' && value.trim() !== '';
}
/**
 * Judges a request that got no complete answer.
 * @param totalMs what the limits were taken from: `timeout-seconds`, in milliseconds
 */
function judgeFailure(failure, host, totalMs, clean) {
  const { what, ...advice } = explainNoAnswer(failure, { service: 'login', host, totalMs, clean });
  const error = index.ActionError.own(failureCodes[failure.kind], what, { ...advice, cause: failure });
  const lost = failure.sent ? 'lost' : 'unsent';
  const retry = {
    tls: 'never',
    oversized: 'unreadable',
    ended: lost,
    timeout: lost,
    network: lost,
  };
  return { kind: 'failed', error, retry: retry[failure.kind] };
}
function failed(answer, error, retry) {
  const retryAfterMs = askedToWaitMs(answer);
  return { kind: 'failed', error, retry, ...(retryAfterMs !== undefined && { retryAfterMs }) };
}
function askedToWaitMs({ headers }) {
  return parseRetryAfter(headers['retry-after'], headers.date);
}
/** An OAuth error answer (RFC 6749, 5.2), explained by the catalogue. */
function refusal(body, answer, asked, clean) {
  const { error, known, hasCode } = explainRefusal(body, answer.status, asked, clean);
  return failed(answer, error, classOfRefusal(known?.retry, hasCode, answer));
}
/**
 * An error of OAuth's, `{error, error_description}`, explained by the catalogue.
 * @param status of the answer that it came in; 0 where it came through the browser
 */
function explainRefusal(said, status, asked, clean) {
  const error = clean(isText(said['error']) ? said['error'] : '');
  const description = clean(said['error_description'] ?? '');
  const text = `${plain(error)}: ${plain(description)}`;
  const known = asked.refusals.find((row) => row.matches.test(text));
  // The code is for `if:` conditions; what is no plain word can't be compared there.
  const code = /^[\w .-]+$/.test(error) ? error : `http_${status}`;
  const words = [error, description].filter((part) => part !== '').join(': ');
  const http = status === 0 ? '' : ` (HTTP ${status})`;
  const what = `Salesforce refused ${asked.name}${http}: \u201c${words}\u201d.`;
  return {
    error: new index.ActionError(code, what, known ?? unknownRefusal),
    known,
    hasCode: error !== '',
  };
}
function classOfRefusal(known, hasCode, answer) {
  if (known === 'never' || known === 'in_flight') {
    return known;
  }
  const { status } = answer;
  if (known === 'unknown_fate') {
    // Salesforce gives these with 400 as well.
    const byStatus = classOfStatus(answer);
    return byStatus === 'unreadable' ? known : byStatus;
  }
  // A code that nobody knows is OAuth's where it comes as OAuth's do (RFC 6749, 5.2); with another
  // status it may be from something on the way.
  const isOAuths = hasCode && (index.succeeded(status) || status === 400 || status === 401);
  return isOAuths ? 'never' : classOfStatus(answer);
}
/** For comparing: capitals vary, and a trailing period comes and goes. */
function plain(text) {
  return text.toLowerCase().trim().replace(/\.$/, '');
}
function statusError(answer, host) {
  return new index.ActionError(
    `http_${answer.status}`,
    `${host} answered with HTTP ${answer.status} and ${nature(answer.body)} instead of a token response.`,
    explainStatus(answer.status),
  );
}
function classOfStatus(answer) {
  const { status } = answer;
  // An edge answers 503 also when the server behind it died after the request was forwarded; only
  // who says when to come again has turned it away.
  if (status === 429 || (status === 503 && askedToWaitMs(answer) !== undefined)) {
    return 'busy';
  }
  if (status === 420 || status === 406) {
    return 'setting_up';
  }
  // 408 and every 5xx: what answers so may stand behind the server that did the work.
  if (status >= 500 || status === 408) {
    return 'unknown_fate';
  }
  return 'unreadable';
}
function isHtml(body) {
  return /^\s*(<!doctype html|<html|<head|<\?xml|<!--)/i.test(body);
}
/** Says what a body is without repeating any of it: it may be a token response with a flaw. */
function nature(body) {
  if (body.trim() === '') {
    return 'an empty body';
  }
  if (isHtml(body)) {
    return 'an HTML page';
  }
  return index.parseJsonObject(body) === undefined ? 'text that is no JSON object' : 'a JSON object';
}

/**
 * Where a redirect of the token endpoint leads, if what was sent may go there as well.
 *
 * @param redirected whether one was followed already: there is never a second
 * @throws ActionError `redirect_refused`
 */
function followRedirect(location, from, redirected, allowed, clean) {
  if (redirected) {
    throw index.ActionError.own(
      'redirect_refused',
      `${from.host} redirects a second time, to \u201c${clean(location)}\u201d.`,
    );
  }
  const rule = () => index.parseRedirect(location, from, allowed).url;
  return index.orRefuse(rule, (refusal) => {
    const host = URL.parse(location, from.href)?.hostname ?? '';
    return index.ActionError.own(
      'redirect_refused',
      `${from.host} redirects to a place that the refresh token may not go to. ${clean(refusal.message)}`,
      {
        cause: refusal,
        fix: `Set \`login-url\` to the My Domain host of the org (Setup \u2192 My Domain)${host === '' ? '' : `; if \u201c${clean(host)}\u201d is right and you trust it with the refresh token, set \`login-url\` to it and name it in \`allowed-hosts\``}.`,
      },
    );
  });
}

/**
 * Whether a request that failed so is sent again. Sending a refresh token that was rotated out
 * revokes its whole family, with access tokens that other jobs are using: hence the difference.
 */
function decideRetry(failure, policy, history) {
  const within = policy.retries > 0 && history.retries < policy.retries ? 'again' : 'give_up';
  const seen = history.failures[failure] ?? 0;
  switch (failure) {
    case 'never':
      return 'give_up';
    case 'unsent':
    case 'busy':
      return within;
    case 'in_flight':
      // Matrix jobs share a token and stand in line; who rotates has only one holder, and it is not us.
      return policy.rotates || policy.retries === 0 ? 'give_up' : 'again';
    case 'unknown_fate':
      return policy.rotates ? 'answer_lost' : within;
    case 'setting_up':
      if (policy.rotates) {
        return 'answer_lost';
      }
      return seen <= 2 ? within : 'give_up';
    case 'lost':
      if (policy.rotates) {
        return 'answer_lost';
      }
      return seen <= 1 ? within : 'give_up';
    case 'unreadable':
      return policy.rotates ? 'answer_lost' : 'give_up';
  }
}

/**
 * Remembers every attempt at one refresh, from the first that failed.
 * @param first the token endpoint that the user named
 */
function afterFailures(first, policy, allowed, tools) {
  const { deadline, clean } = tools;
  const failures = {};
  let redirected = false;
  let retries = 0;
  let pauseMs = 0;
  let uncertain;
  return async (outcome, endpoint) => {
    const attempt =
      outcome instanceof index.RequestFailure
        ? judgeFailure(outcome, endpoint.host, deadline.totalMs, clean)
        : judgeRefusal(outcome, endpoint.host, clean);
    if (attempt.kind === 'redirect') {
      const target = followRedirect(attempt.location, endpoint, redirected, allowed, clean);
      const { host, hostname } = target;
      tools.debug(() => `The redirect to ${host} is followed: ${index.ruleFor(hostname, allowed)}`);
      redirected = true;
      tools.announce(
        `${first.host} redirects to ${host}: following. Set \`login-url\` to that host to save the way.`,
      );
      return target;
    }
    failures[attempt.retry] = (failures[attempt.retry] ?? 0) + 1;
    const decision = decideRetry(attempt.retry, policy, { retries, failures });
    tools.debug(
      () =>
        `A failure of the class ${attempt.retry}, retry ${retries} of ${policy.retries}, the app ${policy.rotates ? 'rotates' : 'does not rotate'}: ${decision}`,
    );
    if (decision !== 'again') {
      const last = withRerun(withOwnRetry(attempt, uncertain), policy, uncertain);
      throw lastError(last, decision === 'answer_lost', retries);
    }
    if (mayBeProcessed.has(attempt.retry)) {
      uncertain ??= { number: retries + 1, error: attempt.error };
    }
    const ownMs = nextPauseMs(retries, pauseMs, tools.random());
    const waitMs = Math.max(ownMs, attempt.retryAfterMs ?? 0);
    // A long `Retry-After` must not hold up all that follows.
    pauseMs = Math.min(longestPauseMs, waitMs);
    if (waitMs >= deadline.remainingMs()) {
      throw outOfTime(withRerun(attempt, policy, uncertain), waitMs, deadline, retries);
    }
    retries += 1;
    const limit = attempt.retry === 'in_flight' ? '' : ` of ${policy.retries}`;
    tools.retrying(
      `Retry ${retries}${limit} in ${(waitMs / 1000).toFixed(1)} s, because: ${attempt.error.message}`,
    );
    await deadline.pause(waitMs);
    return endpoint;
  };
}
const mayBeProcessed = new Set(['unknown_fate', 'setting_up', 'lost']);
/** Where the token may be dead because this step itself sent it again, that is what to say. */
function withOwnRetry(attempt, uncertain) {
  const { error } = attempt;
  return uncertain === undefined || !error.unexplained
    ? attempt
    : {
        ...attempt,
        error: error.with({
          what: `${error.message} Before that, the answer to attempt ${uncertain.number} was lost: ${uncertain.error.message}`,
          unexplained: false,
          ...ownRetry,
        }),
      };
}
/** Says whether the job may be run again, where that was the advice and it is known. */
function withRerun(attempt, { rotates }, uncertain) {
  const { error, retry } = attempt;
  const sure = retry === 'unsent' && uncertain === undefined;
  const unsure = retry !== 'never' && (mayBeProcessed.has(retry) || uncertain !== undefined);
  const more = sure ? index.nothingSent : unsure && !rotates ? rerunUncertain : '';
  const fix = error.fix.includes(more) ? error.fix : `${error.fix} ${more}`;
  return { ...attempt, error: error.with({ fix }) };
}
/** The failure to end with: as it was, or `answer_lost` around it. */
function lastError(attempt, answerLost, retries) {
  const { error } = attempt;
  const tries = retries === 0 ? '' : ` That was attempt ${retries + 1}, the last.`;
  if (!answerLost) {
    return error.with({ what: error.message + tries });
  }
  return index.ActionError.own(
    'answer_lost',
    `The answer to the refresh was lost at ${new Date().toISOString()}: ${error.message.replace(/^The /, 'the ')}${tries}`,
    {
      cause: error,
      mayBeSpent: true,
      // What stays so however often the job runs: a wrong host, a proxy.
      ...(attempt.retry === 'unreadable' && {
        fix: `${index.ownErrors().answer_lost.fix} If the same happens again: ${error.fix}`,
      }),
    },
  );
}
function outOfTime(attempt, waitMs, deadline, retries) {
  const { error } = attempt;
  const limit = `\`timeout-seconds\` (${deadline.totalMs / 1000})`;
  const after = retries === 0 ? '' : ` after attempt ${retries + 1}`;
  const what = error.message.replace(/\.$/, '');
  const leaving = what.includes(limit) ? 'no time was left' : `${limit} left no time`;
  const asked =
    attempt.retryAfterMs === waitMs
      ? `. It asks to wait ${Math.ceil(waitMs / 1000)} s before the next attempt, longer than ${limit} leaves${after}`
      : `; ${leaving} for another attempt${after}`;
  return error.with({ what: `${what}${asked}.` });
}

var afterFailures$1 = {
  __proto__: null,
  afterFailures
};

/** {@link signInCommand} for the credential that this step was given. */
function signInAgain(
  { login: { url }, allowedHosts, clientId, authUrl, tokenFile },
  { signInTarball: tarball, repository, serverUrl },
) {
  const server = serverUrl.replace(/^https?:\/\//, '');
  const host = server === 'github.com' || repository === '' ? '' : `${server}/`;
  return signInCommand({
    tarball,
    loginUrl: index.siteOf(url),
    allowedHost: allowedHosts.has(url.hostname) ? url.hostname : undefined,
    platformCli: clientId === index.cliClientId,
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

/** Says that and why the step failed: in the log, as `error-code`, and in the summary. */
async function tellFailure(thrown, raw, { workflow, cancel, env }) {
  const error = asCancelled(thrown, cancel);
  const more = `${index.readContext(env).documents}/troubleshooting.md#${sectionOf(error.code)}`;
  workflow.fail(error, more);
  if (raw['job-summary']?.toLowerCase() === 'true') {
    const { failureSummary } = await Promise.resolve().then(() => require('./summary.js'));
    workflow.summarize(failureSummary(error, more));
  }
}
/** The same failure; where the cure is to sign in again, with the command for that. */
function withSignIn(error, given, env) {
  return error.signIn
    ? error.with({ fix: `${error.fix}\n${signInAgain(given, index.readContext(env))}` })
    : error;
}
/** A cancelled run ends as such, unless that would hide that the credential may be lost. */
function asCancelled(error, cancel) {
  if (!cancel.aborted || error.mayBeSpent || error.code === 'save_failed') {
    return error;
  }
  return index.ActionError.own('cancelled', 'The run was cancelled before the token was handed out.', {
    cause: error,
  });
}

var tellFailure$1 = {
  __proto__: null,
  tellFailure,
  withSignIn
};

exports.afterFailures = afterFailures$1;
exports.defaultBranchOf = defaultBranchOf;
exports.explainGitHubStatus = explainGitHubStatus;
exports.explainNoAnswer = explainNoAnswer;
exports.failureCodes = failureCodes;
exports.missingInput = missingInput;
exports.missingInput$1 = missingInput$1;
exports.nextPauseMs = nextPauseMs;
exports.notForTokens = notForTokens;
exports.onTokenBranch = onTokenBranch;
exports.parseRetryAfter = parseRetryAfter;
exports.sendRepeatedly = sendRepeatedly;
exports.skipDependabot = skipDependabot;
exports.skipForks = skipForks;
exports.tellFailure = tellFailure$1;
