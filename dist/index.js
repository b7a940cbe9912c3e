'use strict';

var fs = require('node:fs');

/**
 * Whether this action runs on a version of Node: on 20.19, 22.3 and whatever is newer, which have `URL.parse`
 * and `process.getBuiltinModule`.
 *
 * @param version as in `process.versions.node`: `20.19.0`
 */
function isSupported(version) {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  return major > 22 || (major === 22 && minor >= 3) || (major === 20 && minor >= 19);
}

/**
 * Ends the process where Node is too old for the rest. index.ts imports this before everything else, so
 * it comes to this before it fails on something that Node does not have.
 */
const { node } = process.versions;
if (!isSupported(node)) {
  // The end of the job has nothing to do where the step failed, and never turns a job red.
  if (process.argv[2] === 'post') {
    process.exit(0);
  }
  // Written at once: a pipe may be asynchronous, and then lose what is in it at the exit.
  fs.writeSync(
    1,
    `::error title=Salesforce token refresh failed::This action needs Node 24 (20.19 and 22.3 will do), and this runner started it with Node ${node}. Update the runner. Nothing was sent to Salesforce.\n`,
  );
  process.exit(1);
}

/**
 * What can go wrong, as data: the messages and docs/troubleshooting.md are made from it. A new error of ours
 * goes into `ownErrors`; what Salesforce answers stands in refusals.ts, which is loaded when it does.
 */
/** How to go on with a new credential where a token branch keeps the old one; the same in every document. */
const startOver =
  'sign in again and store the new credential in the same secret. The next run then makes a file of its own, and the old one can be deleted.';
/** Ends what to do wherever it is certain. */
const nothingSent = 'Nothing was sent to Salesforce.';
const itsMyDomain = 'the My Domain host of the org (Setup \u2192 My Domain)';
const myDomain = `Set \`login-url\` to ${itsMyDomain}`;
const otherOrg =
  'The credential is for a different org from the one that the workflow expects: the wrong secret or environment';
/** What a token that was spent and sent again does. */
const revokesAll = 'every token that came from that sign-in';
/** What answered is no token endpoint. */
const checkHost$1 =
  'Check `login-url` (Setup \u2192 My Domain names the host) and the proxy of the runner.';
/** A certificate that nobody vouches for, without what was sent by then. */
const untrusted = {
  fix: "Set NODE_EXTRA_CA_CERTS, in `env:` of the job or on the runner, to your company's CA certificate: a PEM file on the runner.",
  why: "Usually a company proxy intercepts TLS and presents its own certificate; less often the host name or the runner's clock is wrong. Rerunning will not help.",
};
/** What to do about each of our own errors, and why it happens. Made when it is asked for: most runs have none. */
function ownErrors() {
  return {
    input_missing: {
      fix: `Set it under \`with:\` of this step. ${nothingSent}`,
    },
    input_invalid: {
      fix: `Correct it under \`with:\` of this step, or in the secret that it comes from. ${nothingSent}`,
    },
    input_conflict: {
      fix: `Leave out one of the inputs that the message names, or add the one that it asks for. ${nothingSent}`,
    },
    token_file_invalid: {
      fix: `Check the path (relative to the workspace), the content (a JSON token response with a \`refresh_token\`), and the rights of the file and of its folder; on Windows, close other programs that have it open. ${nothingSent}`,
      why: 'A new refresh token goes back into this file, so the step makes sure beforehand that it can be read, written and replaced.',
    },
    host_not_allowed: {
      fix: `Use ${itsMyDomain}. If you trust this host with the refresh token, name it in \`allowed-hosts\`. ${nothingSent}`,
      why: "A refresh token is worth a password, so it goes only to Salesforce's own hosts: login.salesforce.com, test.salesforce.com and My Domain hosts (*.my.salesforce.com, *.my-salesforce.com, *.my.salesforce.mil), in China login.sfcrmproducts.cn, test.sfcrmproducts.cn and *.my.sfcrmproducts.cn, and instance hosts (na139.salesforce.com).",
    },
    insecure_tls: {
      fix: `Remove it from the environment. To trust a company certificate, set NODE_EXTRA_CA_CERTS to its PEM file instead. ${nothingSent}`,
      why: 'It turns off every certificate check, so anybody between the runner and Salesforce could read the refresh token.',
    },
    network_error: {
      fix: 'Check the network of the runner, then run the job again.',
    },
    tls_error: {
      fix: `${untrusted.fix} ${nothingSent}`,
      why: untrusted.why,
    },
    timeout: {
      fix: 'Run the job again, or raise `timeout-seconds`.',
    },
    redirect_refused: {
      fix: `${myDomain}.`,
      why: 'A redirect decides where the refresh token goes, so the step follows only one, over https, to the token endpoint of an allowed host.',
    },
    response_invalid: {
      fix: checkHost$1,
      why: 'Something other than the token endpoint answered: a proxy, a login page, or a wrong host.',
    },
    answer_lost: {
      fix: "Look at Setup \u2192 Login History of the token's user: it lists every refresh, with its app. If there is one at this time, sign in again; if not, or if the app does not rotate refresh tokens after all, run the job again.",
      why: `Salesforce may have processed the request. If the app rotates refresh tokens, the old one is then spent and the new one is gone; sending the old one again would revoke ${revokesAll}, so the step did not.`,
      signIn: true,
    },
    token_type_unsupported: {
      fix: "Turn off DPoP (sender-constrained tokens) in the app's OAuth settings, then sign in again.",
      signIn: true,
      why: 'The app binds its tokens to a key that only their holder has (DPoP: RFC 9449); nothing else can use them.',
    },
    instance_url_refused: {
      fix: 'If you trust this host with the access token, name it in `allowed-hosts`; otherwise check `login-url` (Setup \u2192 My Domain).',
      why: "Later steps send the access token to the instance URL, so it has to be one of Salesforce's own API hosts.",
    },
    token_branch_not_writable: {
      fix: `Give the job \`permissions: contents: write\`, pass \`github-token: \${{ github.token }}\`, and leave the branch out of branch protection and rulesets. A called workflow needs the permission in the calling job too. ${nothingSent}`,
    },
    token_branch_invalid: {
      fix: `Put its last good version back (open the history of the file on GitHub, and commit that text again), or start over: ${startOver} ${nothingSent}`,
      why: 'Only this action writes the file: somebody changed it, or it was damaged.',
      signIn: true,
    },
    credential_in_flight: {
      fix: `Run the job again, or raise \`wait-seconds\` (to 900, say). With many jobs at once, set \`reuse-minutes\` (to 10, say) to share an access token. ${nothingSent}`,
      why: 'Only one job at a time may refresh a credential that rotates. If that job died, its hold expires 180 seconds after it was taken.',
    },
    save_failed: {
      fix: 'Save the output `refresh-token` in a following step with `if: always()`. If no step did, sign in again before the next run.',
      why: 'Salesforce has rotated the refresh token: the stored one is dead, and the new one is only in the outputs of this step.',
      signIn: true,
    },
    org_mismatch: {
      fix: 'Correct the secret, the `environment:` of the job, or `expected-org-id` (Setup \u2192 Company Information). No access token was handed out.',
      why: `${otherOrg}, or a sandbox that got a new ID when it was refreshed.`,
    },
    user_mismatch: {
      fix: 'Sign in again as the expected user, or correct `expected-username`. No access token was handed out.',
      why: 'Another user was signed in when the credential was made.',
      signIn: true,
    },
    org_type_mismatch: {
      fix: 'Correct the secret, the `environment:` of the job, or `expected-org-type`. No access token was handed out.',
      why: `${otherOrg}.`,
    },
    verification_failed: {
      fix: 'Check the permissions of the user and the policies of the app. No access token was handed out.',
    },
    cancelled: {
      fix: 'Start the job again.',
      why: 'Somebody cancelled it, or a newer run in the same concurrency group did.',
    },
    internal_error: {
      fix: 'Please report it, with the log of this step, in the issues of the repository that the action comes from. Secrets are masked in the log, but read it before you post it.',
      why: 'The action does not know this error: it is probably a bug in it.',
    },
  };
}
/** Help articles 005318944 and 005319571. Whether hosted runners count as such is not documented. */
const containment =
  'since April 2026 freezes users whose traffic comes from anonymizing VPNs or proxies, or suddenly from another network or place';
/** What may have ended a refresh token, by what was seen of it before: Salesforce says the same of all of them. */
const deadToken = {
  intro:
    'Sign in again, unless the token never worked. Pick the case that fits (\u201cthe app\u201d is the connected app or External Client App):',
  rotated:
    '- It worked exactly once: the app rotates refresh tokens, so a stored one works only once. Set `token-branch` before you sign in.',
  neverWorked:
    '- It never worked: `login-url` or `client-id` does not match what the token was issued for. Correct that; the token may still be good.',
  idle: '- It was unused for longer than the app allows (often 30 days): it expired. Run the workflow on a schedule.',
  revoked: `- Otherwise it was revoked: by an admin, by a sixth sign-in of the same user with the same app, or by Salesforce, which ${containment}. Setup \u2192 Login History shows more. Unfreeze a frozen user first (Setup \u2192 Users).`,
};

/**
 * A failure as the user meets it: a stable code for `if:` conditions, what happened, what to do, and
 * why, where there is more to say than what happened. Every text in it is safe to print: remote parts
 * were cleaned where they were put in.
 */
class ActionError extends Error {
  code;
  fix;
  why;
  signIn;
  unexplained;
  mayBeSpent;
  /** For one of our own codes, whose explanation comes from the catalogue. */
  static own(code, what, details = {}) {
    return new ActionError(code, what, { ...ownErrors()[code], ...details });
  }
  /** For a code that is Salesforce's, or `http_<status>`. */
  constructor(code, what, details) {
    super(what, { cause: details.cause });
    this.name = 'ActionError';
    this.code = code;
    this.fix = details.fix;
    this.why = details.why;
    this.signIn = details.signIn ?? false;
    this.unexplained = details.unexplained ?? false;
    this.mayBeSpent = details.mayBeSpent ?? false;
  }
  /** The same error with some of its parts replaced. */
  with(changes) {
    return new ActionError(this.code, changes.what ?? this.message, {
      why: this.why,
      fix: this.fix,
      cause: this.cause,
      signIn: this.signIn,
      unexplained: this.unexplained,
      mayBeSpent: this.mayBeSpent,
      ...changes,
    });
  }
}
/**
 * Whatever was thrown, as an error of ours: one that is none becomes `internal_error`, with its own
 * text as what happened, so that no path out of the step is silent.
 */
function asActionError(thrown) {
  return thrown instanceof ActionError
    ? thrown
    : ActionError.own('internal_error', `Something unexpected happened: ${describe(thrown)}`, {
        cause: thrown,
      });
}
/** One line on anything thrown: an error's own words, with Node's code (`ECONNRESET`) where it has one. */
function describe(thrown) {
  if (!(thrown instanceof Error)) {
    return typeof thrown === 'string' ? thrown : `a thrown ${typeof thrown}`;
  }
  // A connection to a name with several addresses fails as an AggregateError without a message.
  const inner = thrown instanceof AggregateError ? thrown.errors[0] : undefined;
  const message = thrown.message || (inner === undefined ? thrown.name : describe(inner));
  const code = errorCode(thrown);
  return code === undefined || message.includes(code) ? message : `${message} (${code})`;
}
/** Node's `code` of an error, when it has one. */
function errorCode(error) {
  return error instanceof Error && 'code' in error && typeof error.code === 'string'
    ? error.code
    : undefined;
}

/**
 * Whoever holds it can end what listens to it. An AbortController does as much, but Node makes its signals
 * of an EventTarget, which takes it a hundredth of a step's time.
 */
class Ender {
  aborted = false;
  reason;
  #listeners = new Set();
  /** @param other ends it as well */
  constructor(other) {
    other?.addEventListener('abort', () => this.abort(other.reason));
  }
  /** Ends it, once: what is said later does not count. */
  abort(reason) {
    if (this.aborted) {
      return;
    }
    this.aborted = true;
    this.reason = reason;
    for (const listener of this.#listeners) {
      listener();
    }
  }
  addEventListener(_type, listener) {
    this.#listeners.add(listener);
  }
  removeEventListener(_type, listener) {
    this.#listeners.delete(listener);
  }
  throwIfAborted() {
    if (this.aborted) {
      throw this.reason;
    }
  }
}

/**
 * Milliseconds by a clock that nobody can set, from some moment on. Not `performance.now()`: Node loads all
 * that belongs to `performance` first, which takes it longer than most of what a step does.
 */
function now() {
  return Number(process.hrtime.bigint()) / 1e6;
}

/** Why a {@link Deadline} ended early: the run was cancelled. */
class Cancelled extends Error {
  /** When, by {@link now}. */
  at;
  constructor(at = now()) {
    super('the run was cancelled');
    this.name = 'Cancelled';
    this.at = at;
  }
}
/**
 * What a cancelled step has left: the runner kills it 10 s after its first signal, on Windows 7.5 s
 * (actions/runner, ProcessInvoker). Saving has until then, and an answer has to come before.
 */
const cancelledSaveMs = process.platform === 'win32' ? 7_000 : 9_000;
const cancelledAnswerMs = cancelledSaveMs - 500;
/** What is longer fires at once (Node's documentation of setTimeout): a `Retry-After` may be. */
const longestTimerMs = 2 ** 31 - 1;
/**
 * Starts the clock (a monotonic one: the wall clock may be set while we wait).
 *
 * @param cancel ends the deadline when it aborts, best with {@link Cancelled}
 * @param graceMs how long the deadline goes on after it was cancelled, at most
 */
function startDeadline(totalMs, cancel, graceMs = 0) {
  const start = now();
  let end = start + totalMs;
  const ender = new Ender();
  const timeUp = () => ender.abort(new Error('the time is up'));
  let timer = setTimeout(timeUp, totalMs);
  let suspendedAt;
  const onCancel = () => {
    // A deadline that starts later has what is left: the runner counts from its signal.
    const reason = cancel?.reason;
    const cancelledAt = reason instanceof Cancelled ? reason.at : now();
    end = Math.min(end, cancelledAt + graceMs);
    clearTimeout(timer);
    if (graceMs === 0) {
      ender.abort(new Cancelled());
    } else {
      const leftMs = Math.max(0, end - now());
      timer = setTimeout(() => ender.abort(new Cancelled()), leftMs);
    }
  };
  if (cancel?.aborted) {
    onCancel();
  } else {
    cancel?.addEventListener('abort', onCancel);
  }
  return {
    totalMs,
    signal: ender,
    remainingMs() {
      return ender.aborted ? 0 : Math.max(0, end - (suspendedAt ?? now()));
    },
    pause(ms) {
      return new Promise((resolve) => {
        const done = () => {
          clearTimeout(pauseTimer);
          ender.removeEventListener('abort', done);
          resolve();
        };
        const pauseTimer = setTimeout(done, ender.aborted ? 0 : Math.min(ms, longestTimerMs));
        ender.addEventListener('abort', done);
      });
    },
    suspend(since = now()) {
      suspendedAt = since;
      clearTimeout(timer);
      return () => {
        if (suspendedAt !== undefined && !cancel?.aborted) {
          end += now() - suspendedAt;
          timer = setTimeout(timeUp, end - now());
        }
        suspendedAt = undefined;
      };
    },
    release() {
      clearTimeout(timer);
      cancel?.removeEventListener('abort', onCancel);
    },
  };
}

/** The messages of connections that were closed too early. */
const closedEarly = 'the connection closed without an answer';
const brokenOff = 'the connection broke in the middle of the answer';
/**
 * Why there is no complete answer.
 *
 * `sent` decides whether a request may be repeated: false means that not a byte of it left this
 * machine, for certain; true, that the peer may have read and processed it.
 */
class RequestFailure extends Error {
  kind;
  sent;
  /** Whom it was for, with the port where it is not the usual one; empty where nobody says. */
  host;
  /** Host and port of the proxy between; empty where there is none. */
  proxy;
  /** The limit for what it was doing (connecting, or waiting for the answer), in milliseconds. */
  limitMs;
  constructor(kind, sent, message, cause, { host = '', proxy = '', limitMs } = {}) {
    super(message, { cause });
    this.name = 'RequestFailure';
    this.kind = kind;
    this.sent = sent;
    this.host = host;
    this.proxy = proxy;
    this.limitMs = limitMs;
  }
}
/** The request was not sent, because `mayLeave` said no. */
class Withheld extends Error {
  constructor() {
    super('the request came too late to be sent');
    this.name = 'Withheld';
  }
}
/** `0.5 s`, from milliseconds. */
function seconds(ms) {
  return `${Math.round(ms / 100) / 10} s`;
}

/** Certificate refusals carry OpenSSL's verify codes, handshake failures `EPROTO` or `ERR_SSL_\u2026`. */
function isTlsError(error) {
  return /^(ERR_TLS_|ERR_SSL_|EPROTO|CERT_|CRL_|ERROR_IN_|UNABLE_TO_|DEPTH_ZERO_|SELF_SIGNED_|HOSTNAME_MISMATCH|INVALID_(CA|PURPOSE)|PATH_LENGTH_)/.test(
    errorCode(error) ?? '',
  );
}
/** What Node's messages about certificates end with. */
function withoutAdvice(message) {
  return message.replace(/; if the root CA is installed locally, .*--use-system-ca/, '');
}
/**
 * Node's message; the tunnel to a proxy calls all its failures `ECONNRESET`, which misleads. Without
 * Node's advice on certificates: a step cannot choose how Node is started.
 */
function plainMessage(error) {
  const tunnel = tunnelFailure(error);
  return tunnel === undefined
    ? withoutAdvice(describe(error))
    : `no connection through the proxy: ${tunnel.status ?? tunnel.words}`;
}
/**
 * Why there is no tunnel through a proxy: the status that it answered with, or why it could not be reached.
 * @returns undefined for any other error
 */
function tunnelFailure(error) {
  const [, kind, words = ''] =
    (error instanceof Error &&
      /^tunneling socket could not be established, (statusCode|cause)=(.*)$/s.exec(
        error.message,
      )) ||
    [];
  return kind === undefined
    ? undefined
    : { status: kind === 'statusCode' ? words : undefined, words: withoutAdvice(words) };
}

/** The variable of the environment that names a proxy for such a URL, also in capitals; undefined where none does. */
function proxyVariable(url) {
  const lower = url.protocol === 'https:' ? 'https_proxy' : 'http_proxy';
  return [lower, lower.toUpperCase()].find((name) => process.env[name]);
}

/** Node's client for a URL, loaded when it is needed: most of what http does not need is TLS. */
function clientFor(url) {
  return url.protocol === 'https:'
    ? process.getBuiltinModule('node:https')
    : process.getBuiltinModule('node:http');
}
/**
 * What makes connections for a URL, through a proxy where the environment names one. Only to servers whose
 * certificates are good: the environment, which a later step can set, must not decide whom a token goes to.
 *
 * @param keepAlive whether connections stay open for requests that follow; through a proxy, none does
 * @throws ActionError `network_error` where the environment names a proxy that can't be used
 */
async function wayTo(url, keepAlive) {
  if (proxyVariable(url) !== undefined) {
    const { wayThroughProxy } = await Promise.resolve().then(() => require('./proxy-tunnel.js')).then(n => n.tunnel);
    const way = wayThroughProxy(url);
    if (way !== undefined) {
      return way;
    }
  }
  const { Agent } = clientFor(url);
  return { agent: new Agent({ keepAlive, rejectUnauthorized: true }) };
}
/** Opens a connection for a request, or takes one that the way has. */
function open(url, method, way) {
  const outgoing = clientFor(url).request(url, { method, agent: way.agent });
  let stoodAt;
  let tell = () => {};
  const stands = () => {
    stoodAt = now();
    tell();
  };
  outgoing.on('socket', (socket) => {
    const secure = url.protocol === 'https:';
    if (outgoing.reusedSocket || (!secure && !socket.connecting)) {
      // Through a proxy, http gets a tunnel that stands already.
      stands();
    } else {
      socket.once(secure ? 'secureConnect' : 'connect', stands);
    }
  });
  return {
    way,
    outgoing,
    get stoodAt() {
      return stoodAt;
    },
    whenItStands: (then) => {
      tell = then;
      if (stoodAt !== undefined) {
        then();
      }
    },
  };
}

/** Far more than any answer that means something here; an endless one may not fill the memory. */
const maxBodyBytes = 1024 * 1024;
/**
 * Makes a {@link Send} that keeps one connection per host open for the requests that follow (through a proxy,
 * each gets its own). It sends each request as it is: no redirects followed, no retries, nothing logged, and
 * only to servers whose certificates are good (NODE_EXTRA_CA_CERTS adds authorities).
 *
 * Not by the toolkit's client, which can't tell a request that was never sent from one whose answer was lost.
 */
function createSend() {
  const ways = new Map();
  return async (request, limits) => {
    const { method, url, fresh, last = false } = request;
    const known = fresh ? undefined : ways.get(url.origin);
    const opening =
      (await request.opened?.(url)) ?? open(url, method, known ?? (await wayTo(url, !last)));
    ways.set(url.origin, opening.way);
    return await sendThrough(opening, request, limits);
  };
}
function sendThrough(opening, request, limits) {
  return new Promise((resolve, reject) => {
    const { outgoing } = opening;
    outgoing.setHeader('user-agent', 'refresh-salesforce-token');
    for (const [name, value] of Object.entries(request.headers)) {
      outgoing.setHeader(name, value);
    }
    if (request.body !== undefined) {
      outgoing.setHeader('content-length', Buffer.byteLength(request.body));
    }
    let sent = false;
    let timer = setTimeout(
      () => fail('timeout', `no connection within ${seconds(limits.connectMs)}`),
      limits.connectMs,
    );
    const onAbort = () => {
      const { reason } = limits.signal;
      const grace = sent && reason instanceof Cancelled ? (limits.graceMs ?? 0) : 0;
      if (grace > 0) {
        clearTimeout(timer);
        timer = setTimeout(() => failUnlessAnswered('ended', describe(reason), reason), grace);
      } else {
        failUnlessAnswered('ended', describe(reason), reason);
      }
    };
    let settled = false;
    const settle = () => {
      settled = true;
      clearTimeout(timer);
      limits.signal.removeEventListener('abort', onAbort);
    };
    const fail = (kind, message, cause) => {
      settle();
      outgoing.destroy();
      const { host } = request.url;
      const limitMs = sent ? limits.answerMs : limits.connectMs;
      const { proxy } = opening.way;
      reject(new RequestFailure(kind, sent, message, cause, { host, limitMs, proxy }));
    };
    // After the process stood still (a machine that slept), timers run before the answer is read that
    // came meanwhile: it gets its turn first.
    const failUnlessAnswered = (...failure) => {
      if (sent) {
        setImmediate(() => settled || fail(...failure));
      } else {
        fail(...failure);
      }
    };
    const connected = () => {
      if (request.mayLeave?.() === false) {
        settle();
        outgoing.destroy();
        reject(new Withheld());
        return;
      }
      sent = true;
      outgoing.end(request.body);
      clearTimeout(timer);
      timer = setTimeout(
        () =>
          failUnlessAnswered('timeout', `no complete answer within ${seconds(limits.answerMs)}`),
        limits.answerMs,
      );
    };
    // Stays on after the request is over: a late error without a listener would end the process.
    outgoing.on('error', (error) => {
      fail(!sent && isTlsError(error) ? 'tls' : 'network', plainMessage(error), error);
    });
    let answered = false;
    // After 101 Switching Protocols Node closes the connection, with neither an answer nor an error.
    outgoing.on('close', () => {
      if (!answered) {
        fail('network', closedEarly);
      }
    });
    outgoing.on('response', (incoming) => {
      answered = true;
      readBody(incoming).then(
        (body) => {
          settle();
          resolve({ status: incoming.statusCode ?? 0, headers: incoming.headers, body });
        },
        (error) => {
          if (error instanceof RequestFailure) {
            fail(error.kind, error.message);
          } else {
            fail('network', brokenOff, error);
          }
        },
      );
    });
    if (limits.signal.aborted) {
      onAbort();
      return;
    }
    limits.signal.addEventListener('abort', onAbort);
    opening.whenItStands(connected);
  });
}
/** Not by `for await`: what a stream needs for that takes Node longer to make than the answer to come. */
function readBody(incoming) {
  return new Promise((resolve, reject) => {
    const chunks = [];
    let size = 0;
    incoming.on('data', (chunk) => {
      size += chunk.length;
      chunks.push(chunk);
      if (size > maxBodyBytes) {
        reject(new RequestFailure('oversized', true, 'the answer is longer than 1 MiB'));
      }
    });
    // Not by TextDecoder, which Node makes when it is first asked for.
    incoming.on('end', () => resolve(textOf(chunks)));
    incoming.on('error', reject);
    // Without an error before it where the connection is destroyed from this side.
    incoming.on('close', () => reject(new Error('aborted')));
  });
}
function textOf(chunks) {
  return Buffer.concat(chunks)
    .toString()
    .replace(/^\uFEFF/, '');
}

/** What a token response is for; these are taken whatever else comes. */
const essential = new Set(['access_token', 'refresh_token', 'instance_url']);
/** Real answers have up to 25 fields in 4 KiB: what is far beyond that is not for keeping. */
const mostOthers = 64;
const mostBytes = 64 * 1024;
/**
 * The fields of an answer that a token file takes over, in their order: at most 64, 64 KiB in all as
 * JSON, beside the tokens and the instance URL. So no answer makes the file grow without end.
 */
function fieldsToKeep(answer) {
  let others = 0;
  let bytes = 0;
  return Object.fromEntries(
    Object.entries(answer).filter(([name, value]) => {
      if (essential.has(name)) {
        return true;
      }
      const size = Buffer.byteLength(name) + sizeOf(value);
      if (others >= mostOthers || bytes + size > mostBytes) {
        return false;
      }
      others += 1;
      bytes += size;
      return true;
    }),
  );
}
/** Bytes of a value as JSON. */
function sizeOf(value) {
  try {
    return Buffer.byteLength(JSON.stringify(value));
  } catch {
    // Nested too deep to be written, though it could be read.
    return Number.POSITIVE_INFINITY;
  }
}

/**
 * Hands out what was judged good: the token file's fields, the outputs, the environment, and what the
 * end of the job needs.
 *
 * @param body the token response as it came, for the token file
 */
function handOut(token, findings, body, settings, workflow) {
  if (settings.maskInstanceUrl) {
    workflow.mask(token.instanceUrl);
  }
  if (settings.tokenFile !== undefined) {
    updateTokenFile(settings.tokenFile, body, workflow);
  }
  if (settings.revokeOnCompletion) {
    workflow.saveState({ 'access-token': token.accessToken, 'instance-url': token.instanceUrl });
  }
  const outputs = {
    'access-token': token.accessToken,
    'instance-url': token.instanceUrl,
    'token-type': token.tokenType,
    scope: token.scope,
    'issued-at': token.issuedAt?.toISOString(),
    'identity-url': token.identityUrl,
    'org-id': token.identity?.orgId,
    'user-id': token.identity?.userId,
    'api-instance-url': token.apiInstanceUrl,
    username: findings.username,
    'org-type': findings.orgType,
    'api-version': findings.apiVersion,
  };
  workflow.setOutputs(outputs);
  if (settings.exportEnv) {
    workflow.exportVariables({
      SF_ACCESS_TOKEN: token.accessToken,
      SF_INSTANCE_URL: token.instanceUrl,
    });
  }
}
/** The fields of the response; the refresh token, where it is new, stands there already. */
function updateTokenFile(tokenFile, body, workflow) {
  const fields = fieldsToKeep(body);
  const leftOut = Object.keys(body).length - Object.keys(fields).length;
  if (leftOut > 0) {
    workflow.notice(
      `The answer has more, or larger, fields than a token response does: ${leftOut} of them are not in \`token-file\`.`,
    );
  }
  try {
    tokenFile.update(fields);
  } catch (error) {
    throw ActionError.own('save_failed', `\`token-file\` cannot be updated: ${describe(error)}.`, {
      cause: error,
      why: 'The file, or its folder, changed while the step was running.',
      fix: 'Check the rights of the file and of its folder, and the space on the disk. The refresh token in it is current.',
    });
  }
}

/** Longest piece of remote text that is worth printing, in UTF-16 code units. */
const remoteTextLimit = 200;
/**
 * Makes a line safe to print on a runner's log: control characters become spaces, invisible ones go (a secret
 * split by one would survive), secrets become `***`, and nothing is left that the runner would execute: it takes
 * `::command::` at a line's start and `##[command]` anywhere (actions/runner, ActionCommand.cs).
 *
 * @param forms what to blank: see {@link secretForms}
 * @returns one line of text
 */
function safeLine(text, forms) {
  let line = isPlain(text)
    ? text
    : text
        .replace(unicode('[\\p{Cf}\\p{Cn}\\p{Co}\\p{Cs}]+'), '')
        .replace(unicode('[\\p{Cc}\\p{Zl}\\p{Zp}]+'), ' ');
  for (const form of forms) {
    line = line.replaceAll(form, '***');
  }
  return line.replace(/^(\s*:):/, '$1 :').replaceAll('##[', '## [');
}
/**
 * {@link safeLine} for text that came from outside: also without `::` anywhere, trimmed, and cut to
 * about 200 characters.
 *
 * @param remote anything: what is no text becomes its JSON type in angle brackets
 */
function cleanRemoteText(remote, forms) {
  if (typeof remote !== 'string') {
    return `<${jsonType(remote)}>`;
  }
  const line = safeLine(remote, forms)
    .replace(/:(?=:)/g, ': ')
    .trim();
  // A character that the cut splits would leave half of it behind.
  return line.length > remoteTextLimit
    ? `${line.slice(0, remoteTextLimit).replace(unicode('\\p{Cs}$'), '')}\u2026`
    : line;
}
/** Whether a text has control characters in it, or others that can't be seen, or that are none. */
function hasUnprintable(text) {
  return !isPlain(text) && unicode('\\p{C}').test(text);
}
/** Printable ASCII, as most texts are. */
function isPlain(text) {
  return /^[\x20-\x7e]*$/.test(text);
}
/**
 * A pattern with classes of Unicode, made when it is needed: Node looks up the characters of a literal
 * one when it reads the file, for all of them longer than the step takes to check its inputs.
 */
function unicode(pattern) {
  return new RegExp(pattern, 'gu');
}
/** Longest piece of an input that a message shows. */
const longestShown = 60;
/** How tokens, keys and auth URLs begin, or what stands in them. */
const secretShapes = () =>
  /5Aep|00D\w{12,15}!|eyJ[\w-]|3MVG9|force:|authUrl|\bgh[a-z]_|github_pat_|-----BEGIN|[?&]\w*token=/i;
/**
 * A value that is not meant to be secret, in quotation marks, for a message: cleaned, and cut. A secret
 * that was pasted into the wrong input is not shown: nobody has masked it there.
 */
function quoted(value) {
  if (looksSecret(value)) {
    return `a text of ${value.length} characters, not shown because it looks like a secret`;
  }
  const line = cleanRemoteText(value, []);
  return `\u201c${line.length > longestShown ? `${line.slice(0, longestShown).replace(unicode('\\p{Cs}$'), '')}\u2026` : line}\u201d`;
}
/** Whether a text has the shape of a secret: better one too many. */
function looksSecret(text) {
  // Paths and addresses are long, and harmless.
  const runs = text.split(/[\s,;/\\]+/);
  return (
    secretShapes().test(text) ||
    runs.some(
      (run) =>
        /[0-9a-f]{24}|[0-9A-F]{24}|\d{15}/.test(run) ||
        (run.length >= 20 && /[a-z]/.test(run) && /[A-Z]/.test(run) && /\d/.test(run)),
    )
  );
}
/** Names a parsed JSON value's type as JSON does: `null`, `array`, `object`, `string`, \u2026 */
function jsonType(value) {
  if (value === null || value === undefined) {
    return 'null';
  }
  return Array.isArray(value) ? 'array' : typeof value;
}
/**
 * The forms in which a peer could echo secrets: in clear, URL-encoded, form-encoded, in base64 and
 * JSON-escaped; longest first, so that none hides inside another.
 *
 * @param known forms of other secrets, which the result has as well
 */
function secretForms(secrets, known = []) {
  const forms = new Set(known);
  for (const secret of secrets) {
    forms.add(secret);
    forms.add(encodeURIComponent(secret.toWellFormed()));
    forms.add(new URLSearchParams({ '': secret }).toString().slice(1));
    forms.add(Buffer.from(secret).toString('base64'));
    forms.add(JSON.stringify(secret).slice(1, -1));
  }
  return [...forms].sort((a, b) => b.length - a.length);
}

/** Parses text; undefined where it is no JSON. */
function parseJson(text) {
  try {
    const value = JSON.parse(text);
    return value;
  } catch {
    return undefined;
  }
}
/** Parses text; undefined where it is no JSON object. */
function parseJsonObject(text) {
  const value = parseJson(text);
  return isJsonObject(value) ? value : undefined;
}
/** A member of a parsed JSON value; undefined where the value is no object or has none of that name. */
function memberOf(value, name) {
  return isJsonObject(value) ? value[name] : undefined;
}
/** Whether a parsed JSON value is an object, and not `null` or an array. */
function isJsonObject(value) {
  return jsonType(value) === 'object';
}

/** A rule broken: the text is no such URL (`malformed`), or its host may not see a token (`untrusted`). */
class HostRefusal extends Error {
  kind;
  fix;
  constructor(kind, message, fix) {
    super(message);
    this.name = 'HostRefusal';
    this.kind = kind;
    this.fix = fix;
  }
}
/** Applies a rule, and turns its refusal into what to throw instead; other errors stay as they are. */
function orRefuse(rule, refused) {
  try {
    return rule();
  } catch (error) {
    throw error instanceof HostRefusal ? refused(error) : error;
  }
}

/**
 * Reads `allowed-hosts`: exact names, separated by commas, spaces or lines. No wildcards: there is no
 * telling under which names strangers can have pages of their own.
 * @throws HostRefusal naming the entry
 */
function parseAllowedHosts(text) {
  const hosts = new Set();
  for (const entry of text.split(/[\s,]+/).filter((part) => part !== '')) {
    const name = hostName(entry);
    if (name === undefined) {
      throw entry.includes('*')
        ? new HostRefusal(
            'malformed',
            `${quoted(entry)} is a wildcard, and a wildcard would also trust hosts that strangers can have.`,
            'Name each host itself, in full (`host.example.com`).',
          )
        : new HostRefusal(
            'malformed',
            `${quoted(entry)} is not a host name.`,
            'Write the bare host (`host.example.com`, any port), without `https://`, port or path.',
          );
    }
    hosts.add(name);
  }
  return hosts;
}
/** The host name as URLs have it (lower case, punycode, IPv4 in four parts), or undefined if it is none. */
function hostName(text) {
  const bracketed = text === '::1' ? '[::1]' : text;
  // What URLs take for a port, a path or user info is no part of a name; nor is what they decode.
  if (!/^(\[[0-9A-Fa-f:.]+\]|[^/\\@:?#%[\]]+)$/.test(bracketed)) {
    return undefined;
  }
  // Looked at as parsed: other scripts have full stops of their own.
  const name = URL.parse(`https://${bracketed}`)?.hostname ?? '';
  return name.startsWith('[') || areLabels(name) ? name : undefined;
}
/** Letters, digits and dashes between single dots. */
function areLabels(name) {
  return /^[a-z0-9-]+(\.[a-z0-9-]+)*$/.test(name);
}

/** Which hosts may see a token. Pure rules on parsed names; the names are those that Salesforce serves. */
/** The path of the token endpoint, below a host or an Experience Cloud site. */
const tokenPath = '/services/oauth2/token';
/** The login URL of a token endpoint; that of a site has a path. */
function siteOf({ origin, pathname }) {
  return origin + pathname.slice(0, -tokenPath.length);
}
/** Where anybody of Salesforce signs in; they serve OAuth alone, never the data API. */
const loginHosts = new Set([
  'login.salesforce.com',
  'test.salesforce.com',
  'login.sfcrmproducts.cn',
  'test.sfcrmproducts.cn',
]);
const myDomainSuffixes = [
  '.my.salesforce.com',
  '.my-salesforce.com',
  '.my.salesforce.mil',
  '.my.sfcrmproducts.cn',
];
const instanceHost = /^[a-z]{2,4}\d+\.salesforce\.com$/;
const loopbackHosts = new Set(['127.0.0.1', '[::1]', 'localhost']);
/** Hosts of the user interface, and the My Domain hosts that serve OAuth and the API for them. */
const rewrites = [
  ['.lightning.force.com', '.my.salesforce.com'],
  ['.lightning.crmforce.mil', '.my.salesforce.mil'],
  ['.lightning.sfcrmapps.cn', '.my.sfcrmproducts.cn'],
  ['.my.salesforce-setup.com', '.my.salesforce.com'],
  ['.my-lightning.com', '.my-salesforce.com'],
];
/** Which rule lets a token go to a host, in words; undefined where none does. */
function ruleFor(host, allowed) {
  if (allowed.has(host)) {
    return '`allowed-hosts` names it';
  }
  if (loginHosts.has(host)) {
    return 'it is a login host of Salesforce';
  }
  if (instanceHost.test(host)) {
    return 'it is an instance host of Salesforce';
  }
  const suffix = myDomainSuffixes.find((end) => hasLabelsBefore(host, end));
  return suffix && `it is a My Domain host of Salesforce (${suffix})`;
}
/** At least one well-formed label stands before the suffix. */
function hasLabelsBefore(host, suffix) {
  return host.endsWith(suffix) && areLabels(host.slice(0, -suffix.length));
}
/**
 * Whether a token may go to this URL's host over this scheme; a host of the user interface is
 * rewritten to the one that serves the API.
 * @param text the URL as it was written, for messages
 * @throws HostRefusal `untrusted`
 */
function checkHost(given, allowed, text = given.href) {
  const url = new URL(given);
  const rewrite = rewrites.find(([from]) => hasLabelsBefore(url.hostname, from));
  if (rewrite) {
    url.hostname = url.hostname.slice(0, -rewrite[0].length) + rewrite[1];
  }
  const host = url.hostname;
  const plain = url.protocol === 'http:' && allowed.has(host) && loopbackHosts.has(host);
  if (url.protocol !== 'https:' && !plain) {
    throw new HostRefusal(
      'untrusted',
      `${shown(`${given.protocol}//${asWritten(given.hostname, text)}`)} is not https.`,
      'Use https. Plain http is only taken on a loopback host that `allowed-hosts` names.',
    );
  }
  if (ruleFor(host, allowed) === undefined) {
    throw new HostRefusal(
      'untrusted',
      `${shown(asWritten(host, text))} is not a host that Salesforce is known to serve.`,
    );
  }
  return {
    url,
    deprecated: instanceHost.test(host),
    ...(rewrite && { rewrittenFrom: given.hostname }),
  };
}
/** In quotation marks, unless it looks like a secret that was pasted here, which nobody has masked. */
function shown(text) {
  return looksSecret(text) ? `${quoted(text)},` : `\u201c${text}\u201d`;
}
/**
 * The host in the letters that it was written in. What was pasted by mistake can be a secret: the runner
 * hides it as it was stored, and URLs have their hosts in lower case.
 */
function asWritten(host, text) {
  const start = text.toLowerCase().indexOf(host);
  return start < 0 ? host : text.slice(start, start + host.length);
}
/** Whether a text is an address at an allowed host, spelt as URLs are, with a path and nothing else. */
function isAllowedAddress(text, allowed) {
  const url = URL.parse(text);
  if (url === null || url.origin + url.pathname !== text) {
    return false;
  }
  try {
    return checkHost(url, allowed).rewrittenFrom === undefined;
  } catch {
    return false;
  }
}
/** Parses a URL or a bare host, and refuses everything in it that could hide where it really goes. */
function parseUrl(text) {
  if (/[\s\\]/.test(text) || hasUnprintable(text)) {
    throw new HostRefusal('malformed', 'It holds white space, a backslash or a control character.');
  }
  if (/[@?#]/.test(text)) {
    throw new HostRefusal(
      'malformed',
      'It holds user info, a query or a fragment (\u201c@\u201d, \u201c?\u201d, \u201c#\u201d).',
    );
  }
  const url = URL.parse(/^[A-Za-z][A-Za-z0-9+.-]*:\/\//.test(text) ? text : `https://${text}`);
  if (url === null || url.hostname === '') {
    throw new HostRefusal('malformed', 'It is neither a URL nor a host name.');
  }
  if (url.protocol !== 'https:' && url.protocol !== 'http:') {
    throw new HostRefusal('malformed', `Its scheme \u201c${url.protocol}\u201d is not https.`);
  }
  return url;
}
/**
 * Where to refresh: `login-url` as it was given (URL or bare host) \u2192 the token endpoint.
 * @throws HostRefusal
 */
function parseLoginUrl(text, allowed) {
  const checked = checkHost(parseUrl(text), allowed, text);
  const { url } = checked;
  const path = url.pathname.replace(/\/+$/, '');
  const site = path.endsWith(tokenPath) ? path.slice(0, -tokenPath.length) : path;
  if (site !== '' && !allowed.has(url.hostname)) {
    throw new HostRefusal(
      'malformed',
      'It has a path, and only an Experience Cloud site on a host in `allowed-hosts` can have one.',
      `Write it without a path: \`https://${url.host}\`.`,
    );
  }
  url.pathname = site + tokenPath;
  return checked;
}
/**
 * Where a redirect of the token endpoint leads. The path must be exactly the token endpoint's: a
 * longer one that merely ends so can be customer code (`/services/apexrest/\u2026`).
 * @throws HostRefusal
 */
function parseRedirect(location, from, allowed) {
  const target = URL.parse(location, from.href);
  if (location === '' || target === null || location.includes('\\') || hasUnprintable(location)) {
    throw new HostRefusal('malformed', 'The redirect leads nowhere: its address is no URL.');
  }
  const checked = checkHost(target, allowed);
  if (checked.url.href !== checked.url.origin + tokenPath) {
    throw new HostRefusal(
      'untrusted',
      `The redirect to \u201c${target.hostname}\u201d does not lead to a token endpoint (${tokenPath}).`,
    );
  }
  return checked;
}
/**
 * Where later steps will send the access token: the `instance_url` of a token response.
 * Login hosts never serve the data API, so they are refused here.
 * @returns the origin alone as `url`
 * @throws HostRefusal
 */
function parseInstanceUrl(text, allowed) {
  const checked = checkHost(parseUrl(text), allowed, text);
  if (loginHosts.has(checked.url.hostname)) {
    throw new HostRefusal('untrusted', `\u201c${checked.url.hostname}\u201d never serves the data API.`);
  }
  if (checked.url.pathname !== '/') {
    throw new HostRefusal('malformed', 'It has a path, and an instance URL is a host alone.');
  }
  return checked;
}
/**
 * The `api_instance_url` beside a JWT-based token: `https://api.salesforce.com`, one of its
 * subdomains, Government Cloud's `https://api.gov.salesforce.com`, or a host that is good enough for
 * an instance URL.
 * @throws HostRefusal
 */
function parseApiInstanceUrl(text, allowed) {
  const url = parseUrl(text);
  const known =
    url.hostname === 'api.gov.salesforce.com' ||
    hasLabelsBefore(`x.${url.hostname}`, '.api.salesforce.com');
  return known && url.protocol === 'https:' && url.pathname === '/'
    ? url
    : parseInstanceUrl(text, allowed).url;
}
/** What to say about a host such as `na139.salesforce.com`. */
function instanceHostWarning(host) {
  return `${host} is an instance host, and Salesforce blocks those from Spring '27: use the My Domain host (Setup \u2192 My Domain).`;
}

const identityUrl = () =>
  /^https:\/\/[^/]+\/id\/(00D[A-Za-z0-9]{12}(?:[A-Za-z0-9]{3})?)\/(005[A-Za-z0-9]{12}(?:[A-Za-z0-9]{3})?)$/;
/** Reads the org and the user out of an identity URL; undefined where it has another shape. */
function parseIdentityUrl(url) {
  const [, org, user] = identityUrl().exec(url) ?? [];
  return org === undefined || user === undefined
    ? undefined
    : { orgId: to18Characters(org), userId: to18Characters(user) };
}
/**
 * The 18-character form of a Salesforce id. The first 15 characters are the id, case-sensitive; the
 * last three encode which of them are upper case, five by five, as A\u2013Z and 0\u20135.
 *
 * @param id 15 or 18 characters; check characters that came along are computed anew
 */
function to18Characters(id) {
  const base = id.slice(0, 15);
  let checks = '';
  for (let block = 0; block < 15; block += 5) {
    let bits = 0;
    for (let i = 0; i < 5; i++) {
      const letter = base.charAt(block + i);
      bits |= letter >= 'A' && letter <= 'Z' ? 1 << i : 0;
    }
    checks += 'ABCDEFGHIJKLMNOPQRSTUVWXYZ012345'.charAt(bits);
  }
  return base + checks;
}

/** Whether a value can be a token at all: text that an HTTP header can carry, without white space. */
function isTokenText(value) {
  return typeof value === 'string' && /^[\x21-\x7e]+$/.test(value);
}
/**
 * The tokens of an answer, without the white space that servers and proxies put around them; one that
 * is no token text even then stays out.
 * @returns undefined where neither is usable, so that this is no token response
 */
function usableTokens(body) {
  const [accessToken, refreshToken] = [body['access_token'], body['refresh_token']].map((value) =>
    typeof value === 'string' ? value.trim() : value,
  );
  const tokens = {
    ...(isTokenText(accessToken) && { access_token: accessToken }),
    ...(isTokenText(refreshToken) && { refresh_token: refreshToken }),
  };
  return Object.keys(tokens).length === 0 ? undefined : tokens;
}
/**
 * The token response in an answer, its tokens as {@link usableTokens} has them.
 * @returns undefined where the answer is none
 */
function tokensIn({ status, body: text }) {
  const body = succeeded(status) ? parseJsonObject(text) : undefined;
  const tokens = body && usableTokens(body);
  // Whatever else stands in it: a proxy that rewrites JSON may well add `"error": null`.
  return tokens && { ...body, ...tokens };
}
/** Whether an HTTP status says that what was asked was done. */
function succeeded(status) {
  return status >= 200 && status < 300;
}
/** Why an answer without {@link usableTokens} is no token response. */
function noUsableToken(body) {
  const { access_token: accessToken, refresh_token: refreshToken } = body;
  return accessToken === undefined && refreshToken !== undefined
    ? invalid('refresh_token', refreshToken)
    : invalid('access_token', accessToken);
}
/**
 * Every secret in the answer, for masking before anything else happens. What is no token text is
 * refused without a word of it: its lines as masks would cost memory, and hide common words.
 */
function secretsIn(body) {
  return ['access_token', 'refresh_token', 'signature', 'id_token']
    .map((name) => body[name])
    .map((value) => (typeof value === 'string' ? value.trim() : value))
    .filter(isTokenText);
}
/**
 * The new refresh token, where the app rotated: looked at before the answer is judged in any other
 * way, because the one that was sent is dead by now. The same one sent back is no rotation.
 *
 * @returns undefined where the app does not rotate
 * @throws ActionError `response_invalid`, with `mayBeSpent`, where there is one that cannot be kept
 */
function rotatedToken(body, sent) {
  const token = body['refresh_token'];
  if (token === undefined || token === sent) {
    return undefined;
  }
  if (!isTokenText(token)) {
    throw invalid('refresh_token', token).with({
      mayBeSpent: true,
      why: 'The answer brings a new refresh token that cannot be read, so the one that was sent is probably spent. Something on the way may have changed the answer.',
      fix: 'Sign in again and store the new credential; check the proxy of the runner before that, or the next new token is lost too.',
    });
  }
  return token;
}
/**
 * Judges a token response: types, token type, and whether its hosts may get the access token.
 *
 * @throws ActionError `response_invalid`, `token_type_unsupported`, `instance_url_refused`
 */
function judgeTokenResponse(body, allowed, clean) {
  const tokenType = optionalText(body, 'token_type') ?? 'Bearer';
  if (tokenType.toLowerCase() !== 'bearer') {
    throw ActionError.own(
      'token_type_unsupported',
      `Salesforce issued a token of the type \u201c${clean(tokenType)}\u201d, which a Bearer client cannot use.`,
    );
  }
  const accessToken = body['access_token'];
  if (!isTokenText(accessToken)) {
    throw invalid('access_token', accessToken);
  }
  const instance = body['instance_url'];
  if (!isTokenText(instance)) {
    throw invalid('instance_url', instance);
  }
  const checked = orRefuse(
    () => parseInstanceUrl(instance, allowed),
    (refusal) =>
      ActionError.own(
        'instance_url_refused',
        `Salesforce answered with an \`instance_url\` that the access token may not go to: ${clean(refusal.message)}`,
        { cause: refusal },
      ),
  );
  const scope = good(body, 'scope', scopesOf);
  const issuedAt = optionalText(body, 'issued_at');
  const identified = good(body, 'id', (identityUrl) => {
    const identity = parseIdentityUrl(identityUrl);
    return identity && isAllowedAddress(identityUrl, allowed)
      ? { identityUrl, identity }
      : undefined;
  });
  const apiInstance = good(body, 'api_instance_url', (text) => apiOrigin(text, allowed));
  const { host } = checked.url;
  return {
    accessToken,
    instanceUrl: checked.url.origin,
    tokenType: 'Bearer',
    notices: [
      ...(checked.rewrittenFrom === undefined
        ? []
        : [
            `Salesforce named ${checked.rewrittenFrom} as the instance; its API is served at ${host}.`,
          ]),
      ...(checked.deprecated ? [instanceHostWarning(host)] : []),
    ],
    warnings: [scope, identified, apiInstance].flatMap(({ warning }) => warning ?? []),
    ...(scope.value !== undefined && { scope: scope.value }),
    ...(issuedAt !== undefined && { issuedAt: parseIssuedAt(issuedAt) }),
    ...identified.value,
    ...(apiInstance.value !== undefined && { apiInstanceUrl: apiInstance.value }),
  };
}
/** Which outputs a member of the answer is for, and what it has to be. */
const handedOut = {
  scope: ['`scope`', 'scopes as RFC 6749 has them, of 1,000 characters at most'],
  id: ['`identity-url`, `org-id` and `user-id`', 'an identity URL at a known host'],
  api_instance_url: ['`api-instance-url`', 'the address of a known host'],
};
/** An optional member: one that is not good costs its outputs and a warning, never the token. */
function good(body, name, parse) {
  const text = body[name];
  if (text === undefined || text === '') {
    return {};
  }
  if (typeof text !== 'string') {
    throw invalid(name, text);
  }
  const value = parse(text);
  const [outputs, form] = handedOut[name];
  return value === undefined
    ? { warning: `The \`${name}\` of the answer is not ${form}: not handed out as ${outputs}.` }
    : { value };
}
/** Characters of RFC 6749, 3.3. Far longer ones could only burden what takes them on. */
function scopesOf(text) {
  const scopes = text.trim().split(/ +/).join(' ');
  return /^[\x20\x21\x23-\x5b\x5d-\x7e]{1,1000}$/.test(scopes) ? scopes : undefined;
}
function apiOrigin(text, allowed) {
  try {
    return parseApiInstanceUrl(text, allowed).origin;
  } catch {
    return undefined;
  }
}
/**
 * Where to revoke the access token of an answer that is not handed out: at the instance, or, where
 * the answer names none that can be trusted, at the host that issued it.
 * @returns `https://host`
 */
function hostToRevokeAt(body, allowed, issuer) {
  const { instance_url: instance } = body;
  try {
    return parseInstanceUrl(isTokenText(instance) ? instance : '', allowed).url.origin;
  } catch {
    return issuer.origin;
  }
}
function optionalText(body, name) {
  const value = body[name];
  if (value === undefined) {
    return undefined;
  }
  if (typeof value !== 'string' || value === '' || /[^\x20-\x7e]/.test(value)) {
    throw invalid(name, value);
  }
  return value;
}
/** `issued_at` is a string of milliseconds: the documentation says seconds, every sample is ms. */
function parseIssuedAt(text) {
  const date = new Date(/^\d+$/.test(text) ? Number(text) : Number.NaN);
  if (Number.isNaN(date.getTime())) {
    throw invalid('issued_at', text);
  }
  return date;
}
/** Says what is wrong with a member without repeating it: it may be a token with a flaw. */
function invalid(name, value) {
  const flaw =
    value === undefined
      ? 'is missing'
      : typeof value !== 'string'
        ? `is of the type ${jsonType(value)}, and should be a string`
        : value === ''
          ? 'is empty'
          : 'holds characters that cannot be part of it';
  return ActionError.own(
    'response_invalid',
    `The answer cannot be used as a token response: \`${name}\` ${flaw}.`,
  );
}

/** Longest wait for one answer of the org, when it is asked about the token. */
const checkAnswerMs = 20_000;
/** @returns undefined where the token turns out not to work: a new one will */
async function judgeReusable({ body, kept }, settings, deadline, tools) {
  const { workflow } = tools;
  secretsIn(body).forEach(workflow.mask);
  try {
    const judged = await judge(body, settings, deadline, tools);
    workflow.info('Reusing the access token that another job got a moment ago.');
    workflow.setOutputs({ reused: 'true', rotated: 'false' });
    return { body, kept, ...judged };
  } catch (error) {
    if (error instanceof ActionError && error.code === 'verification_failed') {
      workflow.info(`The access token that another job got does not work: ${error.message}`);
      return undefined;
    }
    throw error;
  }
}
/** Whether the token may be handed out. One that may not is not left behind where the job would revoke it. */
async function judge(
  body,
  { allowedHosts, login, expected, retries },
  deadline,
  { workflow, cancel, send, random, retrying, check, revoke },
) {
  const { debug } = workflow;
  try {
    const token = judgeTokenResponse(body, allowedHosts, workflow.clean);
    token.notices.forEach(workflow.notice);
    for (const warning of token.warnings) {
      workflow.warning(warning);
    }
    const { accessToken, instanceUrl, scope } = token;
    if (workflow.debugging) {
      const { judgedText } = await Promise.resolve().then(() => require('./trace.js'));
      debug(() => judgedText(token, allowedHosts));
    }
    const findings = await check(token, expected, {
      instanceUrl,
      accessToken,
      scope,
      clean: workflow.clean,
      repetition: { send, deadline, retries, answerMs: checkAnswerMs, random, retrying, debug },
    });
    cancel.throwIfAborted();
    return { token, findings };
  } catch (error) {
    const { access_token: accessToken } = body;
    if (revoke !== undefined && isTokenText(accessToken)) {
      const host = hostToRevokeAt(body, allowedHosts, login.url);
      await revoke(host, accessToken, { ...workflow, send, cancel, retries, random });
    }
    throw error;
  }
}

/** Kinds of orgs that the step can tell apart. */
const orgTypes = ['production', 'sandbox', 'scratch', 'developer'];
/** Whether anything is expected of a token, so that the org may have to be asked about it. */
function expectsAnything({ verify, orgId, username, orgType }) {
  return verify || orgId !== undefined || username !== undefined || orgType !== undefined;
}
/**
 * An org id of 15 or 18 characters as 18.
 * @returns undefined where it is none, or where its check characters are wrong
 */
function parseOrgId(text) {
  if (!/^00D[A-Za-z0-9]{12}([A-Za-z0-9]{3})?$/.test(text)) {
    return undefined;
  }
  const full = to18Characters(text);
  return text.length === 15 || text === full ? full : undefined;
}
/** A username, which always has the form of a mail address; undefined where the text has not. */
function parseUsername(text) {
  const good = /^[^\s@]+@[^\s@]+$/.test(text) && text.length <= 80 && !hasUnprintable(text);
  return good ? text : undefined;
}
/** One of {@link orgTypes}; undefined where the text is none. */
function parseOrgType(text) {
  return orgTypes.find((type) => type === text);
}
/** Whether two usernames are the same: Salesforce ignores case. */
function sameUsername(a, b) {
  return a.toLowerCase() === b.toLowerCase();
}
/**
 * What kind of org a record of `Organization` describes, by the rules of the Salesforce CLI: a sandbox
 * that expires is a scratch org.
 */
function orgTypeOf(record) {
  if (record.isSandbox) {
    return record.expires ? 'scratch' : 'sandbox';
  }
  return record.organizationType.includes('Developer Edition') ? 'developer' : 'production';
}

/** The Salesforce CLI's own app; it has no secret. */
const cliClientId = 'PlatformCLI';
/** How somebody gets a refresh token for this input, for the messages about what it is not. */
const wantsToken =
  'Store the refresh token itself: it usually starts with `5Aep`, and follows the second colon of the auth URL (`force://client:secret:TOKEN@host`).';
/** What people paste as a refresh token, and what to tell them. The shapes are hints for messages. */
function mistakenForToken() {
  return [
    [
      /\[REDACTED\]/i,
      "holds the Salesforce CLI's placeholder `[REDACTED] \u2026` instead of a token",
      'The CLI no longer prints secrets in `sf org display`: use `sf org auth show-sfdx-auth-url --target-org <alias>`.',
    ],
    [/^\*+$/, 'holds only asterisks, as a masked log shows a secret', wantsToken],
    [
      /^\$\{\{/,
      'holds an expression that was not evaluated',
      'Write the expression of the secret under `with:` of this step, as the README shows.',
    ],
    [
      /^force:\/\/|^Zm9yY2U6Ly|sfdxAuthUrl/,
      'holds an SFDX auth URL',
      'Give it to the input `sfdx-auth-url` instead, without `refresh-token` and `client-id`.',
    ],
    [/^00D[A-Za-z0-9]{12,15}!/, 'holds an access token, which cannot be refreshed', wantsToken],
    [
      /^eyJ[\w-]+\.eyJ[\w-]+\./,
      'holds an access token (JWT), which cannot be refreshed',
      wantsToken,
    ],
    [/^3MVG9/, "holds a consumer key, the app's client id", wantsToken],
    [/^https?:\/\//, 'holds a URL', wantsToken],
    [/^\{/, 'holds JSON', wantsToken],
    [/^["'].*["']$/, 'stands in quotation marks', 'Store it without the quotation marks.'],
  ];
}
/**
 * A refresh token as it was pasted, if it can be one.
 * @throws ActionError `input_invalid`
 */
function checkRefreshToken(text, name = 'refresh-token') {
  // Of the shapes of something else, none begins so.
  if (!/^5Aep[\w.]+$/.test(text)) {
    checkNotMistaken(name, text);
  }
  checkNoBlanks(name, text);
  checkNotDoubled(name, text);
  return text;
}
function checkNotMistaken(name, text) {
  // JSON around an auth URL may come in base64, which looks like a token.
  const decoded = decodeBase64(text) ?? '';
  const value = decoded.includes('sfdxAuthUrl') ? decoded : text;
  for (const [shape, what, fix] of mistakenForToken()) {
    if (shape.test(value)) {
      throw refused(name, what, fix);
    }
  }
}
/**
 * A client id as it was pasted, if it can be one.
 * @throws ActionError `input_invalid`
 */
function checkClientId(text, refreshToken, name = 'client-id') {
  if (text === refreshToken) {
    throw refused(
      name,
      'is the same as the refresh token',
      'Set it to the consumer key of the app.',
    );
  }
  if (text.startsWith('5Aep')) {
    throw refused(
      name,
      'holds what looks like a refresh token',
      'Set it to the consumer key of the app that issued the token; it usually starts with `3MVG9`.',
    );
  }
  checkNoBlanks(name, text);
  checkNotDoubled(name, text);
  return text;
}
/**
 * A client secret as it was pasted, if it can be one. It may hold inner spaces.
 * @throws ActionError `input_invalid`
 */
function checkClientSecret(text, name = 'client-secret') {
  if (hasUnprintable(text)) {
    throw refused(
      name,
      'holds a line break or a control character',
      'Store the consumer secret again, as one line.',
    );
  }
  checkNotDoubled(name, text);
  return text;
}
function checkNoBlanks(name, text) {
  if (/^[\x21-\x7e]+$/.test(text)) {
    return;
  }
  if (/\s/.test(text) || hasUnprintable(text)) {
    throw refused(
      name,
      'holds white space, a line break or a control character in its middle',
      'It was probably wrapped or copied with something beside it: store it again, as one line.',
    );
  }
  throw refused(
    name,
    'holds a character that is not ASCII',
    'It was probably changed by a word processor or a chat program: copy it from its source again.',
  );
}
/** Pasting twice is a common slip in a field that shows nothing. Short values may repeat by nature. */
function checkNotDoubled(name, text) {
  const half = text.length / 2;
  if (text.length >= 20 && text.slice(0, half) === text.slice(half)) {
    throw refused(name, 'holds the same value twice in a row', 'Store it again, once.');
  }
}
function refused(name, what, fix) {
  return ActionError.own('input_invalid', `The input \`${name}\` ${what}.`, {
    fix: `${fix} ${nothingSent}`,
  });
}
/** The text behind base64, where it is an auth URL or JSON; undefined where the text is no such base64. */
function decodeBase64(text) {
  const compact = text.replace(/\s+/g, '');
  if (!/^[A-Za-z0-9+/_-]+={0,2}$/.test(compact)) {
    return undefined;
  }
  const decoded = Buffer.from(compact, 'base64')
    .toString()
    .replace(/^\uFEFF/, '')
    .trim();
  return /^(force:|\{|\[REDACTED\])/i.test(decoded) ? decoded : undefined;
}

/**
 * The credential that the inputs give, in whichever form.
 * @throws ActionError `input_missing`, `input_invalid`, `token_file_invalid`
 */
async function credentialInputs(raw, env, openTokenFile) {
  const url = raw['sfdx-auth-url'];
  if (url !== undefined) {
    const { parseAuthUrl } = await Promise.resolve().then(() => require('./auth-url.js')).then(n => n.authUrl);
    const authUrl = parseAuthUrl(url);
    return { ...authUrl, authUrl };
  }
  const path = raw['token-file'];
  const tokenFile = path === undefined ? undefined : openTokenFile?.(path);
  // One of the three was given: `combinations.ts` sees to that.
  const refreshToken =
    tokenFile === undefined
      ? checkRefreshToken(raw['refresh-token'] ?? '')
      : checkFileToken(tokenFile);
  const clientId = raw['client-id'];
  if (clientId === undefined) {
    const { missingInput } = await Promise.resolve().then(() => require('./failures.js')).then(n => n.missingInput$1);
    throw missingInput(
      '`client-id` is empty. It takes the consumer key of the app that issued the refresh token, or `PlatformCLI` if the Salesforce CLI did.',
      ['client-id'],
      env,
    );
  }
  const clientSecret = raw['client-secret'];
  return {
    refreshToken,
    clientId: checkClientId(clientId, refreshToken),
    ...(clientSecret !== undefined && { clientSecret: checkClientSecret(clientSecret) }),
    ...(tokenFile && { tokenFile }),
  };
}
/**
 * Why the next run would refuse a new refresh token, in the form that it is stored in.
 * @returns undefined where it would take it
 */
function whyRefusedNextTime(newToken, { authUrl, tokenFile, clientId }) {
  try {
    if (authUrl !== undefined) {
      authUrl.checkToken(newToken);
    } else {
      checkRefreshToken(newToken, tokenFile === undefined ? 'refresh-token' : 'token-file');
      checkClientId(clientId, newToken);
    }
    return undefined;
  } catch (error) {
    return asActionError(error).message;
  }
}
function checkFileToken({ content }) {
  const token = content['refresh_token'];
  const instance = content['instance_url'];
  if (typeof token !== 'string' || token.trim() === '') {
    throw ActionError.own('token_file_invalid', 'The `token-file` holds no `refresh_token`.');
  }
  if (instance !== undefined && typeof instance !== 'string') {
    throw ActionError.own('token_file_invalid', 'The `instance_url` in `token-file` is no text.');
  }
  try {
    return checkRefreshToken(token.trim(), 'token-file');
  } catch (error) {
    const { message, fix } = asActionError(error);
    throw ActionError.own('token_file_invalid', message, { fix, cause: error });
  }
}

/**
 * Keeps a new refresh token: hands it out first, then saves it where its keeper does, then takes the
 * outputs back. Until it is safe, a following `if: always()` step sees the token, whatever ends the process.
 *
 * @param authUrl the auth URL that the old token was given in, where it was
 * @param refused why the next run would refuse the new token: then the outputs stay, and a warning says so
 * @throws ActionError `save_failed`; the outputs stay then
 */
async function keepNewToken(newToken, authUrl, workflow, refused, save) {
  const newAuthUrl = authUrl?.withToken(newToken);
  [newToken, newAuthUrl ?? ''].forEach(workflow.mask);
  let unsaid;
  try {
    workflow.setOutputs({
      'refresh-token': newToken,
      'sfdx-auth-url': newAuthUrl,
      rotated: 'true',
    });
  } catch (error) {
    // A full disk must not keep the token from where it can be saved.
    unsaid = error;
  }
  if (refused !== undefined) {
    workflow.warning(refusedNextTime(refused, authUrl));
  }
  const place = await save();
  if (unsaid !== undefined) {
    throw notHandedOut(unsaid, place?.name);
  }
  if (!place?.safe) {
    const output = newAuthUrl === undefined ? '`refresh-token`' : '`sfdx-auth-url`';
    return place === undefined
      ? { phrase: `rotated, handed out as the output ${output}` }
      : { phrase: `rotated, only the output ${output} outlives the job`, kept: false };
  }
  if (refused !== undefined) {
    // Where it is kept, the next run can't take it from.
    return {
      phrase: `rotated, kept ${place.name}, and handed out as the output \`refresh-token\``,
      kept: false,
    };
  }
  workflow.setOutputs({ 'refresh-token': '', 'sfdx-auth-url': newAuthUrl && '' });
  const { name, url } = place;
  return { phrase: `rotated, kept ${name}`, ...(url !== undefined && { url }) };
}
/** Warns that the new token is kept nowhere that the next run finds it. */
function warnNotKept(workflow, what, fix, more) {
  workflow.warning(
    [what, `What to do: ${fix}`, `More: ${more}`].join('\n'),
    'Salesforce refresh token: not kept',
  );
}
function refusedNextTime(why, authUrl) {
  const cure =
    authUrl === undefined
      ? 'Please report this, without the token, in the issues of the repository that the action comes from'
      : 'Store it for the inputs `refresh-token` and `client-id` instead of `sfdx-auth-url`';
  return `Salesforce rotated the refresh token, and the next run would refuse the new one. ${why} ${cure}. The new token is in the output \`refresh-token\`.`;
}
function notHandedOut(cause, place) {
  return ActionError.own(
    'save_failed',
    `Salesforce rotated the refresh token, but outputs cannot be written: ${describe(cause)}.`,
    {
      cause,
      fix:
        place === undefined
          ? 'The new token is lost: make room on the runner, and sign in again.'
          : `The new token is kept ${place}: make room on the runner, then run the job again.`,
      why: 'The disk of the runner is full, or the file that GITHUB_OUTPUT names is gone.',
      signIn: place === undefined,
    },
  );
}

/**
 * The refresh token that was given, kept nowhere: a new one is handed out, for a step that saves it.
 * @param rotates that there is such a step, so that there is nothing to warn of
 * @param context with the address of the documents
 */
function keptNowhere(credential, rotates, context, workflow) {
  return {
    take: async () => ({
      kind: 'taken',
      refreshToken: credential.refreshToken,
      keep: (newToken) => handOutAlone(newToken, credential, rotates, context, workflow),
      letGo: async () => {},
      stays: async () => ({ phrase: 'not rotated' }),
      ...(rotates && { ifDead: usedElsewhere() }),
    }),
  };
}
async function handOutAlone(newToken, credential, rotates, context, workflow) {
  const { authUrl } = credential;
  const refused = whyRefusedNextTime(newToken, credential);
  const kept = await keepNewToken(newToken, authUrl, workflow, refused, async () => {
    if (!rotates) {
      const { documents } = context();
      const output = authUrl === undefined ? 'refresh-token' : 'sfdx-auth-url';
      warnNotKept(
        workflow,
        'Salesforce rotated the refresh token, and nothing keeps the new one: the stored secret is dead now, and the next run will fail.',
        `Set \`token-branch\`, then sign in again to replace the secret (${documents}/troubleshooting.md#signing-in-again): the new one keeps working. Or save the output \`${output}\` in a following step with \`if: always()\`, and set \`rotates: true\`: then no token is sent twice.`,
        `${documents}/rotation.md`,
      );
    }
    return undefined;
  });
  return rotates ? kept : { ...kept, kept: false };
}
/** The app rotates, and the workflow keeps the new tokens. */
const usedElsewhere = () =>
  [
    deadToken.intro,
    '- It worked before: it is not the newest one. Either a run did not save its new token, or another copy of the credential was used; with `token-branch`, the action itself keeps the newest.',
    deadToken.neverWorked,
    deadToken.idle,
    deadToken.revoked,
  ].join('\n');

/** The keeper of this refresh token. */
async function keeperOf(
  { tokenFile, rotates, tokenBranch, login, expected, retries, ...credential },
  context,
  tools,
) {
  if (tokenBranch !== undefined) {
    // On demand, because most runs need neither GitHub's API nor the cryptography.
    const { keptOnBranch } = await Promise.resolve().then(() => require('./token-branch.js')).then(n => n.keeper);
    const endpoint = { url: login.url, last: !expectsAnything(expected) };
    return keptOnBranch(credential, tokenBranch, endpoint, retries, context(), tools);
  }
  if (tokenFile !== undefined) {
    const { documents, runnerEnvironment } = context();
    const outlivesTheJob = runnerEnvironment === 'self-hosted';
    const { keptInFile } = await Promise.resolve().then(() => require('./token-file.js')).then(n => n.tokenFile);
    const more = `${documents}/rotation.md`;
    return keptInFile(credential, tokenFile, outlivesTheJob, more, tools);
  }
  return keptNowhere(credential, rotates, context, tools.workflow);
}

/** The report as a few plain lines for the log. */
function reportLines(report) {
  const { token, findings, refreshToken, effort } = report;
  const org = [findings.orgType, 'org', findings.orgId]
    .filter((part) => part !== undefined)
    .join(' ');
  const user = findings.username === undefined ? '' : ` for ${findings.username}`;
  const issued = token.issuedAt === undefined ? '' : `, issued ${token.issuedAt.toISOString()}`;
  const scope = token.scope === undefined ? '' : `, scopes: ${token.scope}`;
  const passed = findings.passed.length === 0 ? 'none asked for' : findings.passed.join(', ');
  return [
    `New access token of ${org} at ${hostOf(token)}${user}${issued}${scope}.`,
    `Refresh token: ${refreshToken.phrase}${refreshToken.url === undefined ? '' : ` (${refreshToken.url})`}. Checks that passed: ${passed}.`,
    `${effortText(effort)}.`,
  ];
}
/** Where the token is for. */
function hostOf(token) {
  return new URL(token.instanceUrl).host;
}
/** What the step cost, in words. */
function effortText({ requests, retries, ms }) {
  const count = (n, one, many) => `${n} ${n === 1 ? one : many}`;
  return `${count(requests, 'request', 'requests')}, ${count(retries, 'retry', 'retries')}, ${(ms / 1000).toFixed(1)} s`;
}

/** Reads what the runner says about the run. */
function readContext(env) {
  const repository = env['GITHUB_REPOSITORY'] ?? '';
  const serverUrl = env['GITHUB_SERVER_URL'] ?? 'https://github.com';
  const step = env['GITHUB_ACTION'] ?? '';
  const run = `${serverUrl}/${repository}/actions/runs/${env['GITHUB_RUN_ID'] ?? '0'}`;
  return {
    repository,
    refs: [env['GITHUB_REF_NAME'], env['GITHUB_HEAD_REF']].filter((name) => name !== undefined),
    eventName: env['GITHUB_EVENT_NAME'] ?? '',
    actor: env['GITHUB_ACTOR'] ?? '',
    workspace: env['GITHUB_WORKSPACE'] ?? '.',
    runnerEnvironment: env['RUNNER_ENVIRONMENT'] ?? '',
    apiUrl: env['GITHUB_API_URL'] ?? 'https://api.github.com',
    serverUrl,
    runUrl: `${run}/attempts/${env['GITHUB_RUN_ATTEMPT'] ?? '1'}`,
    // Most runs need neither.
    get documents() {
      const { action, ref } = actionOf(env);
      return `https://github.com/${action}/blob/${ref}/docs`;
    },
    get signInTarball() {
      const { action, ref } = actionOf(env);
      return signInTarball(action, ref);
    },
    // A step without an id is named `__owner_action`; no expression can name that. Within a composite
    // action the name is that of the action's own step (actions/runner, CompositeActionHandler.cs), and
    // says nothing about this one.
    outputsCanBeRead: !step.startsWith('__') || Boolean(env['GITHUB_ACTION_PATH']),
    isWithinComposite: Boolean(env['GITHUB_ACTION_PATH']),
  };
}
/** The action's repository and the ref that the workflow uses, as the runner names them; `uses: ./` names none. */
function actionOf(env) {
  const { GITHUB_ACTION_REPOSITORY: action = '', GITHUB_ACTION_REF: ref = '' } = env;
  return /^[\w.-]+\/[\w.-]+$/.test(action) && /^[\w./-]+$/.test(ref)
    ? { action, ref }
    : { action: 'OWNER/refresh-salesforce-token', ref: 'v1' };
}
function signInTarball(action, ref) {
  const release = /^v\d+\.\d+\.\d+$/.test(ref) ? `download/${ref}` : 'latest/download';
  return `https://github.com/${action}/releases/${release}/sign-in.tgz`;
}

/** Every input that `action.yml` declares. */
const inputNames = [
  'refresh-token',
  'client-id',
  'client-secret',
  'sfdx-auth-url',
  'token-file',
  'login-url',
  'allowed-hosts',
  'rotates',
  'token-branch',
  'token-repository',
  'github-token',
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
/** Reads the inputs as the runner hands them over: `INPUT_<NAME>`, upper case, dashes stay. */
function readInputs(env) {
  const raw = {};
  for (const name of inputNames) {
    const value = env[`INPUT_${name.toUpperCase()}`]?.trim();
    if (value !== undefined && value !== '') {
      raw[name] = value;
    }
  }
  return raw;
}
/** @throws ActionError `input_invalid` */
function booleanInput(raw, name, fallback) {
  const value = raw[name];
  if (value === undefined) {
    return fallback;
  }
  // The spellings of YAML 1.2's core schema, as the toolkit takes them.
  if (!['true', 'True', 'TRUE', 'false', 'False', 'FALSE'].includes(value)) {
    throw notTaken(name, value, 'neither true nor false', {
      fix: `Set \`${name}\` to \`true\` or \`false\`, or leave it out (${fallback}). ${nothingSent}`,
    });
  }
  return value.toLowerCase() === 'true';
}
/** A whole number in these bounds. @throws ActionError `input_invalid` */
function numberInput(raw, name, fallback, least, most) {
  const value = raw[name];
  if (value === undefined) {
    return fallback;
  }
  const number = /^\d{1,9}$/.test(value) ? Number(value) : Number.NaN;
  if (!(number >= least && number <= most)) {
    throw notTaken(name, value, `not a whole number from ${least} to ${most}`, {
      fix: `Set \`${name}\` to a whole number from ${least} to ${most}, or leave it out (${fallback}). ${nothingSent}`,
    });
  }
  return number;
}
/**
 * How often a failed request is sent again, at most: both stages ask.
 * @throws ActionError `input_invalid`
 */
function retriesInput(raw) {
  return numberInput(raw, 'retries', 3, 0, 10);
}
/**
 * An input that `parse` takes, or undefined where there is none.
 * @param is what it should be and is not, for the message: `an org ID`
 * @param form what it has to be, in full
 */
function parsedInput(raw, name, parse, is, form) {
  const text = raw[name];
  const value = text === undefined ? undefined : parse(text);
  if (text !== undefined && value === undefined) {
    throw notTaken(name, text, `not ${is}`, {
      fix: `Set \`${name}\` to ${form}. ${nothingSent}`,
    });
  }
  return value;
}
/**
 * Says that the value of an input, none that is meant to be secret, is not what it should be.
 * @param flaw what it is not: `not an org ID`
 * @returns `input_invalid`
 */
function notTaken(name, value, flaw, details) {
  return ActionError.own(
    'input_invalid',
    `\`${name}\` is ${quoted(value)}, which is ${flaw}.`,
    details,
  );
}

/**
 * What checks a token. To be loaded before anything is sent: later, what can't be loaded would cost the
 * token. On demand, because most workflows expect nothing.
 */
async function loadChecks(expected) {
  if (expectsAnything(expected)) {
    const { checkToken } = await Promise.resolve().then(() => require('./org-checks.js'));
    return checkToken;
  }
  return async ({ identity }) => ({ ...(identity && { orgId: identity.orgId }), passed: [] });
}

/** Others wait while an answer is awaited that nobody may ask for twice, in milliseconds. */
const longestAnswerMs = 90_000;
/**
 * The refresh (RFC 6749, section 6): one POST, repeated only where that is safe, redirected at most
 * once, all under one deadline.
 *
 * @returns the body of the token response, not judged yet
 * @throws Withheld where `mayLeave` said no: nothing was sent, or all of it turned away
 * @throws ActionError with the last failure; `mayBeSpent` where the app rotates and it may have been processed
 */
async function refresh(request, policy, allowed, tools) {
  let endpoint = request.endpoint;
  let goOn;
  for (;;) {
    const outcome = await attemptRefresh({ ...request, endpoint }, policy, tools);
    const body = outcome instanceof RequestFailure ? undefined : tokensIn(outcome);
    if (body !== undefined) {
      return body;
    }
    if (goOn === undefined) {
      // On demand: most answers are tokens.
      const { afterFailures } = await Promise.resolve().then(() => require('./failures.js')).then(n => n.afterFailures);
      goOn = afterFailures(request.endpoint, policy, allowed, tools);
    }
    endpoint = await goOn(outcome, endpoint);
  }
}
async function attemptRefresh(request, policy, { send, deadline }) {
  try {
    return await send(tokenRequest(request), {
      connectMs: Math.min(10_000, deadline.totalMs / 3),
      // A silent server gets a second chance in the same deadline, where a second sending is safe.
      answerMs: policy.rotates
        ? Math.min(longestAnswerMs, deadline.totalMs)
        : policy.retries === 0
          ? deadline.totalMs
          : deadline.totalMs / 2,
      signal: deadline.signal,
      graceMs: request.graceMs,
    });
  } catch (error) {
    if (error instanceof RequestFailure) {
      return error;
    }
    throw error;
  }
}
/** The form of RFC 6749, section 6. No `scope`: Salesforce refuses it. No empty `client_secret` either. */
function tokenRequest(request) {
  return {
    method: 'POST',
    url: request.endpoint,
    fresh: true,
    last: request.last,
    ...(request.mayLeave && { mayLeave: request.mayLeave }),
    ...(request.opened && { opened: request.opened }),
    headers: {
      accept: 'application/json',
      'content-type': 'application/x-www-form-urlencoded',
    },
    body: new URLSearchParams({
      grant_type: 'refresh_token',
      refresh_token: request.refreshToken,
      client_id: request.clientId,
      ...(request.clientSecret !== undefined && { client_secret: request.clientSecret }),
    }).toString(),
  };
}

/** @returns the token response; undefined where it came too late to be sent, so that the token is taken anew */
async function sendRefresh(taken, settings, deadline, { send, random, workflow, retrying }) {
  const { refreshToken, mayLeave, opened } = taken;
  const { login, clientId, clientSecret, allowedHosts, expected, rotates, retries } = settings;
  const request = {
    endpoint: login.url,
    refreshToken,
    clientId,
    ...(clientSecret !== undefined && { clientSecret }),
    last: !expectsAnything(expected),
    graceMs: cancelledAnswerMs,
    ...(mayLeave && { mayLeave }),
    ...(opened && { opened }),
  };
  const { clean, debug, info: announce } = workflow;
  try {
    if (settings.tokenBranch !== undefined) {
      // Not after the answer: outputs that cannot be written would then cost the new token.
      workflow.setOutputs({ reused: 'false' });
    }
    return await refresh(request, { rotates, retries }, allowedHosts, {
      send,
      deadline,
      clean,
      debug,
      announce,
      retrying,
      random,
    });
  } catch (thrown) {
    if (thrown instanceof Withheld) {
      await taken.letGo();
      workflow.info(
        'This job was held up for too long after it took the credential: taking it anew.',
      );
      return undefined;
    }
    throw await failureOf(asActionError(thrown), taken);
  }
}
/** A refresh that brought no token, by what is known of the one that was sent; that is let go, unless it may be spent. */
async function failureOf(error, taken) {
  if (error.mayBeSpent) {
    // Where the token is kept, the next run finds out by itself: no need to look anything up before.
    return taken.ifUnknown === undefined
      ? error
      : error.with({ fix: taken.ifUnknown, signIn: false });
  }
  await taken.letGo();
  return error.unexplained && taken.ifDead !== undefined
    ? error.with({ fix: taken.ifDead })
    : error;
}

const credentialSources = ['refresh-token', 'sfdx-auth-url', 'token-file'];
/**
 * Refuses inputs that can't be given together, and a step without any credential.
 * @throws ActionError `input_conflict`, `input_missing`
 */
async function checkCombination(raw, env) {
  const given = credentialSources.filter((name) => raw[name] !== undefined);
  if (given.length > 1) {
    throw conflict(
      given,
      'each of them is a credential of its own',
      'Give exactly one of `refresh-token`, `sfdx-auth-url` and `token-file`.',
    );
  }
  const parts = ['client-id', 'client-secret'].filter((name) => raw[name] !== undefined);
  if (raw['sfdx-auth-url'] !== undefined && parts.length > 0) {
    throw conflict(
      ['sfdx-auth-url', ...parts],
      'the auth URL names the app already',
      `Leave out ${parts.map((name) => `\`${name}\``).join(' and ')}.`,
    );
  }
  if (given.length === 0) {
    const { missingInput } = await Promise.resolve().then(() => require('./failures.js')).then(n => n.missingInput$1);
    throw missingInput(
      'No credential arrived: `sfdx-auth-url`, `refresh-token` and `token-file` are all empty.',
      [...credentialSources, 'client-id'],
      env,
    );
  }
  if (raw['token-file'] !== undefined && raw['token-branch'] !== undefined) {
    throw conflict(
      ['token-file', 'token-branch'],
      'a rotated token is kept in one place',
      'Keep `token-branch`, and give the refresh token itself as `refresh-token`; on a self-hosted runner whose disk stays, `token-file` alone will do.',
    );
  }
}
/** Where nothing keeps a rotated token but the workflow, the workflow has to be able to read it. */
function checkTokenCanBeSaved(raw, env) {
  if (readContext(env).outputsCanBeRead) {
    return;
  }
  const output = raw['sfdx-auth-url'] === undefined ? 'refresh-token' : 'sfdx-auth-url';
  throw ActionError.own(
    'input_conflict',
    '`rotates` is `true`, but this step has no `id:`, so no other step can save the new refresh token.',
    {
      fix: `Set \`token-branch\`, which keeps it for you; or give this step \`id: salesforce\`, and save \`steps.salesforce.outputs.${output}\` in a following step with \`if: always()\`. ${nothingSent}`,
      why: 'If the app rotates refresh tokens, the stored one is dead after this refresh: a new one that nobody saves is lost.',
    },
  );
}
/**
 * Says that inputs cannot be given together.
 * @returns `input_conflict`
 */
function conflict(names, because, fix) {
  const list = names
    .map((name) => `\`${name}\``)
    .join(', ')
    .replace(/, (?=[^,]*$)/, ' and ');
  return ActionError.own('input_conflict', `${list} cannot be given together: ${because}.`, {
    fix: `${fix} ${nothingSent}`,
  });
}
/**
 * The times that go with `token-branch`, and that nothing but times is given without it.
 * @throws ActionError `input_invalid`, `input_conflict`
 */
function tokenBranchTimes(raw) {
  const waitMs = numberInput(raw, 'wait-seconds', 300, 0, 1800) * 1000;
  const reuseMs = numberInput(raw, 'reuse-minutes', 0, 0, 60) * 60_000;
  const alone = ['token-repository', 'reuse-minutes'].find(
    (name) => raw[name] !== undefined && (name !== 'reuse-minutes' || reuseMs > 0),
  );
  if (alone !== undefined && raw['token-branch'] === undefined) {
    throw ActionError.own(
      'input_conflict',
      `\`${alone}\` has no effect without \`token-branch\`, which is empty.`,
      {
        fix: `Name the branch that keeps the refresh token in \`token-branch\`, or leave \`${alone}\` out. ${nothingSent}`,
      },
    );
  }
  return { waitMs, reuseMs };
}

/**
 * Without the runner's files, what is handed out would have nowhere to go, or would go to the log.
 * @param needed names of variables that name a file, and whether this step needs it
 * @throws ActionError `input_missing`
 */
function checkRunnerFiles(env, needed) {
  const names = Object.keys(needed).filter((name) => needed[name]);
  const missing = names.find((name) => !env[name]);
  const unwritable = names.find((name) => !isWritable(env[name] ?? ''));
  if (missing === undefined && unwritable !== undefined) {
    throw ActionError.own('input_missing', `The file that ${unwritable} names cannot be written.`, {
      why: 'The runner makes it for what a step hands out; something removed it, or its rights are wrong.',
      fix: `Check the disk and the rights of the runner, then run the job again. ${nothingSent}`,
    });
  }
  if (missing !== undefined) {
    throw ActionError.own('input_missing', `${missing} is not set.`, {
      why: 'The runner names a file for what a step hands out there; this does not seem to be a step of a GitHub Actions job.',
      fix: `Run it as a step (\`uses:\`), or set ${missing} to an existing, private file. ${nothingSent}`,
    });
  }
}
function isWritable(file) {
  try {
    fs.accessSync(file, fs.constants.W_OK);
    return true;
  } catch {
    return false;
  }
}
/**
 * Hands values to the runner, all in one write. Not by the toolkit: it makes its delimiters with
 * `node:crypto`, which takes longer to load than all else that a step does without TLS.
 *
 * @param file the variable that names the file
 * @param values an `undefined` one is left out
 * @throws Error of the file system, also where the file is gone
 */
function handToRunner(file, values) {
  let text = '';
  for (const [name, value] of Object.entries(values)) {
    text += value === undefined ? '' : entry(name, value);
  }
  const opened = fs.openSync(process.env[file] ?? '', fs.constants.O_WRONLY | fs.constants.O_APPEND);
  try {
    fs.writeFileSync(opened, text);
  } finally {
    fs.closeSync(opened);
  }
}
/** What is in the value can't end it: so nobody has to guess the delimiter, and none has to be random. */
function entry(name, value) {
  let end = 'end';
  while (value.includes(end)) {
    end += '_';
  }
  return `${name}<<${end}\n${value}\n${end}\n`;
}

/** The secrets among the inputs. `PlatformCLI`, the CLI's own client id, is public. */
async function secretInputs(raw) {
  const { 'client-id': clientId, 'sfdx-auth-url': authUrl } = raw;
  return [
    raw['refresh-token'],
    clientId === cliClientId ? undefined : clientId,
    raw['client-secret'],
    raw['github-token'],
    ...(authUrl === undefined
      ? []
      : (await Promise.resolve().then(() => require('./auth-url.js')).then(n => n.authUrl)).secretsInAuthUrl(authUrl)),
  ].filter((value) => value !== undefined);
}
/**
 * Checks everything that can be checked before anything is sent.
 *
 * @param openTokenFile reads `token-file`, and masks what is secret in it; only needed where that is given
 * @throws ActionError `input_missing`, `input_invalid`, `input_conflict`, `token_file_invalid`,
 *   `host_not_allowed`, `insecure_tls`
 */
async function validateInputs(raw, env, openTokenFile) {
  if (env['NODE_TLS_REJECT_UNAUTHORIZED'] === '0') {
    throw ActionError.own('insecure_tls', 'NODE_TLS_REJECT_UNAUTHORIZED=0 is set for this step.');
  }
  await checkCombination(raw, env);
  const plain = {
    rotates: booleanInput(raw, 'rotates', false) || raw['token-branch'] !== undefined,
    expected: expectations(raw),
    exportEnv: booleanInput(raw, 'export-env', false),
    maskInstanceUrl: booleanInput(raw, 'mask-instance-url', true),
    revokeOnCompletion: booleanInput(raw, 'revoke-on-completion', false),
    jobSummary: booleanInput(raw, 'job-summary', false),
    timeoutMs: numberInput(raw, 'timeout-seconds', 60, 1, 600) * 1000,
    retries: retriesInput(raw),
  };
  const kept = raw['token-file'] !== undefined || raw['token-branch'] !== undefined;
  if (plain.rotates && !kept) {
    checkTokenCanBeSaved(raw, env);
  }
  checkRunnerFiles(env, {
    GITHUB_OUTPUT: true,
    GITHUB_ENV: plain.exportEnv,
    GITHUB_STATE: plain.revokeOnCompletion || raw['token-branch'] !== undefined,
    GITHUB_STEP_SUMMARY: plain.jobSummary,
  });
  const allowedHosts = hostInput('allowed-hosts', () =>
    parseAllowedHosts(raw['allowed-hosts'] ?? ''),
  );
  const credential = await credentialInputs(raw, env, openTokenFile);
  const tokenBranch = await tokenBranchOf(raw, env, credential);
  return {
    ...plain,
    ...credential,
    ...(tokenBranch && { tokenBranch }),
    ...loginInput(raw, credential, allowedHosts),
    allowedHosts,
  };
}
/** The branch that keeps the refresh token; undefined where none is named. */
async function tokenBranchOf(raw, env, { refreshToken }) {
  const times = tokenBranchTimes(raw);
  const { 'token-branch': branch } = raw;
  if (branch === undefined) {
    return undefined;
  }
  const { tokenBranchInputs } = await Promise.resolve().then(() => require('./token-branch.js')).then(n => n.tokenBranchInputs);
  return tokenBranchInputs(branch, raw, env, refreshToken, times);
}
/** `login-url`, else the host that the credential itself names, else the login host of production. */
function loginInput(raw, { authUrl, tokenFile }, allowed) {
  const instance = tokenFile?.content['instance_url'];
  const named = {
    'login-url': raw['login-url'],
    'sfdx-auth-url': authUrl && `https://${authUrl.host}`,
    'token-file': instance,
  };
  for (const name of ['login-url', 'sfdx-auth-url', 'token-file']) {
    const text = named[name];
    if (typeof text === 'string') {
      return { login: hostInput(name, () => parseLoginUrl(text, allowed)), loginFrom: name };
    }
  }
  const login = parseLoginUrl('https://login.salesforce.com', allowed);
  return { login, loginFrom: undefined };
}
/** What the workflow expects of the org and the user, as far as the inputs say. */
function expectations(raw) {
  const orgId = parsedInput(
    raw,
    'expected-org-id',
    parseOrgId,
    'an org ID',
    'the 15- or 18-character ID that Setup \u2192 Company Information shows (it starts with 00D). Copy it: upper and lower case count',
  );
  const username = parsedInput(
    raw,
    'expected-username',
    parseUsername,
    'a Salesforce username',
    'a Salesforce username, which has the form of a mail address',
  );
  const orgType = parsedInput(
    raw,
    'expected-org-type',
    parseOrgType,
    'a type of org',
    '`production`, `sandbox`, `scratch` or `developer`',
  );
  return {
    verify: booleanInput(raw, 'verify', false),
    ...(orgId !== undefined && { orgId }),
    ...(username !== undefined && { username }),
    ...(orgType !== undefined && { orgType }),
  };
}
/** Applies a rule about hosts to an input. */
function hostInput(name, parse) {
  return orRefuse(parse, (refusal) => {
    const { kind, message, fix } = refusal;
    return ActionError.own(
      kind === 'untrusted' ? 'host_not_allowed' : 'input_invalid',
      `The input \`${name}\` cannot be used: ${message}`,
      {
        cause: refusal,
        ...(fix !== undefined && { fix: `${fix} ${nothingSent}` }),
      },
    );
  });
}

/** Counts from now on. */
function counted(plain, say) {
  const start = now();
  let requests = 0;
  let retries = 0;
  const send = (request, limits) => {
    requests += 1;
    return plain(request, limits);
  };
  const retrying = (line) => {
    retries += 1;
    say(line);
  };
  return {
    tools: { send, retrying },
    effort: () => ({ requests, retries, ms: now() - start }),
  };
}

/**
 * The step, start to end. Whatever goes wrong in it is said and ends it as failed.
 * @returns whether the token was handed out
 */
async function runStep(tools) {
  const { workflow } = tools;
  const raw = readInputs(tools.env);
  (await secretInputs(raw)).forEach(workflow.mask);
  if (workflow.debugging) {
    const { startText } = await Promise.resolve().then(() => require('./trace.js'));
    workflow.debug(() => startText(raw, tools.env));
  }
  try {
    await refreshStep(raw, tools);
    return true;
  } catch (thrown) {
    // On demand, as all that only a failure needs.
    const { tellFailure } = await Promise.resolve().then(() => require('./failures.js')).then(n => n.tellFailure);
    await tellFailure(asActionError(thrown), raw, tools);
    return false;
  }
}
/** The order of things: nothing is sent before all is checked, nothing handed out before all is judged. */
async function refreshStep(raw, given) {
  const { workflow, cancel } = given;
  const settings = await validateInputs(raw, given.env, await tokenFileReader(raw, given));
  const send = workflow.debugging
    ? (await Promise.resolve().then(() => require('./trace.js'))).tracedStep(raw, settings, given.send, workflow)
    : given.send;
  sayWhere(raw, settings.login, workflow);
  const deadline = startDeadline(settings.timeoutMs, cancel);
  const { tools: countedTools, effort } = counted(send, workflow.info);
  try {
    const check = await loadChecks(settings.expected);
    const revoke = settings.revokeOnCompletion
      ? (await Promise.resolve().then(() => require('./end-of-job.js')).then(n => n.revoke)).revokeToken
      : undefined;
    const tools = { ...given, ...countedTools, check, revoke };
    const keeper = await keeperOf(settings, () => readContext(given.env), tools);
    const good = await obtain(keeper, settings, deadline, tools);
    const { token, findings, body, kept } = good;
    handOut(token, findings, body, settings, workflow);
    const report = { token, findings, refreshToken: kept, effort: effort() };
    reportLines(report).forEach(workflow.info);
    if (settings.jobSummary) {
      const { reportSummary } = await Promise.resolve().then(() => require('./summary.js'));
      workflow.summarize(reportSummary(report));
    }
  } catch (thrown) {
    const { withSignIn } = await Promise.resolve().then(() => require('./failures.js')).then(n => n.tellFailure);
    throw withSignIn(asActionError(thrown), settings, given.env);
  } finally {
    deadline.release();
  }
}
/** Takes the refresh token, sends it, keeps the new one, and judges the answer, in this order. */
async function obtain(keeper, settings, deadline, tools) {
  for (;;) {
    const taken = await keeper.take(deadline);
    if (taken.kind === 'reusable') {
      const good = await judgeReusable(taken, settings, deadline, tools);
      if (good !== undefined) {
        return good;
      }
      continue;
    }
    const body = await sendRefresh(taken, settings, deadline, tools);
    if (body !== undefined) {
      secretsIn(body).forEach(tools.workflow.mask);
      // Keeping has time of its own: the checks that follow have what was left before it.
      const resume = deadline.suspend();
      const kept = await keepRotated(body, taken, tools).finally(resume);
      const judged = await judge(body, settings, deadline, tools).catch((thrown) => {
        throw withKept(thrown, kept);
      });
      return { body, kept, ...judged };
    }
  }
}
/** Says with a token that is not handed out what became of a new refresh token: that one counts. */
function withKept(thrown, { phrase }) {
  return thrown instanceof ActionError && phrase.startsWith('rotated')
    ? thrown.with({ fix: `${thrown.fix}\nRefresh token: ${phrase}.` })
    : thrown;
}
/** What reads `token-file`; undefined where there is none. */
async function tokenFileReader(raw, { env, workflow }) {
  if (raw['token-file'] === undefined) {
    return undefined;
  }
  const { tokenFileOpener } = await Promise.resolve().then(() => require('./token-file.js')).then(n => n.tokenFileInput);
  return tokenFileOpener(readContext(env).workspace, workflow);
}
function sayWhere(raw, login, workflow) {
  const { host } = login.url;
  if (raw['sfdx-auth-url']?.includes('\n')) {
    workflow.warning(
      'The secret behind `sfdx-auth-url` has several lines, and the runner masks each of them, `{` and `}` too: store it as one line.',
    );
  }
  if (login.rewrittenFrom !== undefined) {
    workflow.notice(`${login.rewrittenFrom} does not serve OAuth: refreshing at ${host} instead.`);
  }
  if (login.deprecated) {
    workflow.warning(instanceHostWarning(host));
  }
  workflow.info(`Refreshing the access token at ${host}.`);
}
/** Before the answer is judged in any other way: the refresh token that was sent may be dead by now. */
async function keepRotated(body, taken, { workflow }) {
  const newToken = rotatedToken(body, taken.refreshToken);
  workflow.debug(() => `Salesforce answered with ${newToken ? 'a' : 'no'} new refresh token`);
  if (newToken !== undefined) {
    return await taken.keep(newToken, body);
  }
  const kept = await taken.stays();
  workflow.setOutputs({ rotated: 'false' });
  return kept;
}

/**
 * A command for the runner: a line `::name title=\u2026::text`.
 *
 * @param text of any number of lines
 * @param title of an annotation, stands above its text
 */
function commandLine(name, text, title) {
  // What the runner takes back (actions/runner, ActionCommand.cs): else it would end the line, or the title.
  const property =
    title === undefined
      ? ''
      : ` title=${escaped(title).replaceAll(':', '%3A').replaceAll(',', '%2C')}`;
  return `::${name}${property}::${escaped(text)}`;
}
function escaped(text) {
  return text.replaceAll('%', '%25').replaceAll('\r', '%0D').replaceAll('\n', '%0A');
}

/** Masking `a` or `1` would wreck the log, and hide nothing: no secret is that short. */
const shortestMask = 6;
/** In our own text even those are blanked: a server that echoes one must not have it printed. */
const shortestBlanked = 4;
function print(line) {
  process.stdout.write(`${line}\n`);
}
function issue(...command) {
  print(commandLine(...command));
}
/** The workflow of the runner that started this process. */
function runnerWorkflow() {
  const secrets = new Set();
  let forms = [];
  /** Our own text is trusted, but may carry pieces from outside: a second net under `clean`. */
  const safe = (text) =>
    text
      .split('\n')
      .map((line) => safeLine(line, forms))
      .join('\n');
  // What the runner sets where debug logging is on.
  const debugging = process.env['RUNNER_DEBUG'] === '1';
  const debug = (line) => {
    if (debugging) {
      // Seconds since the process was started.
      issue('debug', safeLine(`${(performance.now() / 1000).toFixed(3)} s: ${line()}`, forms));
    }
  };
  return {
    mask(secret) {
      // The runner masks each line of a value as well; short ones (`{`) would wreck the log.
      const fresh = new Set(secret.includes('\n') ? [secret, ...secret.split(/\r?\n/)] : [secret]);
      for (const value of fresh) {
        const { length } = value.trim();
        if (length < (value === secret ? shortestBlanked : shortestMask) || secrets.has(value)) {
          fresh.delete(value);
          continue;
        }
        secrets.add(value);
        if (length >= shortestMask) {
          issue('add-mask', value);
        }
      }
      forms = secretForms(fresh, forms);
    },
    clean: (remote) => cleanRemoteText(remote, forms),
    setOutputs(outputs) {
      debug(() => `Outputs: ${changesText(outputs)}`);
      handToRunner('GITHUB_OUTPUT', outputs);
    },
    exportVariables: (variables) => handToRunner('GITHUB_ENV', variables),
    saveState: (values) => handToRunner('GITHUB_STATE', values),
    summarize(markdown) {
      const file = process.env['GITHUB_STEP_SUMMARY'];
      if (!file) {
        return;
      }
      try {
        fs.appendFileSync(file, `${safe(markdown)}\n`);
      } catch (error) {
        issue('warning', safe(`The summary could not be written: ${describe(error)}.`));
      }
    },
    info: (line) => print(safeLine(line, forms)),
    debugging,
    debug,
    notice: (text) => issue('notice', safe(text)),
    warning: (text, title) => issue('warning', safe(text), title),
    fail(error, more) {
      const { code } = error;
      const title = `Salesforce token refresh failed: ${code}`;
      issue('error', safe(failureText(error, more)), title);
      if (process.env['GITHUB_OUTPUT']) {
        try {
          handToRunner('GITHUB_OUTPUT', { 'error-code': code });
        } catch (problem) {
          issue('error', safe(`The output \`error-code\` cannot be written: ${describe(problem)}`));
        }
      }
    },
  };
}
/** A failure as the log and its annotation tell it: what happened, what to do, why, and where to read on. */
function failureText({ message, fix, why }, more) {
  const because = why === undefined ? [] : [`Why: ${why}`];
  return [message, `What to do: ${fix}`, ...because, `More: ${more}`].join('\n');
}
/** Which outputs are set and which taken back, by their names. */
function changesText(outputs) {
  return Object.entries(outputs)
    .filter(([, value]) => value !== undefined)
    .map(([name, value]) => (value === '' ? `${name} taken back` : name))
    .join(', ');
}

/** Starts a stage in this process, which ends with it: the step, or the end of the job where post.ts says so. */
function start() {
  // What a library calls that is deprecated (`tunnel`, to sign in to a proxy), no workflow can change.
  process.noDeprecation = true;
  const { env } = process;
  const workflow = runnerWorkflow();
  const cancel = new Ender();
  // The runner sends SIGINT, then SIGTERM; on Windows CTRL_C, then CTRL_BREAK, where Node ends at once if
  // nobody listens.
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGBREAK']) {
    process.on(signal, () => cancel.abort(new Cancelled()));
  }
  // A runner that is gone reads no more; that must not end the step before a rotated token is saved.
  process.stdout.on('error', () => {});
  // post.ts says so. The environment must not: a workflow can set anything there.
  const atTheEnd = process.argv[2] === 'post';
  /** The step must not end without a word, and the end of the job never turns it red. */
  function stray(thrown) {
    const error = asActionError(thrown);
    if (atTheEnd) {
      workflow.warning(error.message);
    } else {
      workflow.fail(error, `${readContext(env).documents}/troubleshooting.md#${error.code}`);
    }
    process.exit(atTheEnd ? 0 : 1);
  }
  // Such as an error of a socket, outside of every promise.
  process.on('uncaughtException', stray);
  const tools = { env, workflow, send: createSend(), cancel, random: Math.random };
  async function runStage() {
    if (atTheEnd) {
      const { runPostStep } = await Promise.resolve().then(() => require('./end-of-job.js')).then(n => n.postStep);
      await runPostStep(tools);
    } else {
      // Failed until the token is handed out: whatever ends the process earlier leaves the step red.
      process.exitCode = 1;
      if (await runStep(tools)) {
        process.exitCode = 0;
      }
    }
    // Neither kept connections nor a silent proxy hold the process open. What was said has to have reached the
    // runner before (a pipe may be written later); one that nobody reads holds it no longer than this.
    setTimeout(() => process.exit(), 500).unref();
    process.stdout.write('', () => process.exit());
  }
  // Nothing is left that could go on, and the stage has not come to its end.
  process.on('beforeExit', () => stray(new Error('it stopped before it was done')));
  void runStage();
}
// Not where post.ts does, nor where a test does, or a file that is loaded on demand takes something from here.
if (require.main === module) {
  start();
}

var index = {
  __proto__: null,
  createSend,
  runStep,
  start
};

exports.ActionError = ActionError;
exports.Cancelled = Cancelled;
exports.RequestFailure = RequestFailure;
exports.asActionError = asActionError;
exports.booleanInput = booleanInput;
exports.brokenOff = brokenOff;
exports.cancelledSaveMs = cancelledSaveMs;
exports.checkHost = checkHost$1;
exports.cliClientId = cliClientId;
exports.closedEarly = closedEarly;
exports.conflict = conflict;
exports.containment = containment;
exports.createSend = createSend;
exports.deadToken = deadToken;
exports.decodeBase64 = decodeBase64;
exports.describe = describe;
exports.effortText = effortText;
exports.errorCode = errorCode;
exports.hasUnprintable = hasUnprintable;
exports.hostOf = hostOf;
exports.index = index;
exports.inputNames = inputNames;
exports.isJsonObject = isJsonObject;
exports.isTokenText = isTokenText;
exports.itsMyDomain = itsMyDomain;
exports.keepNewToken = keepNewToken;
exports.memberOf = memberOf;
exports.myDomain = myDomain;
exports.noUsableToken = noUsableToken;
exports.notTaken = notTaken;
exports.nothingSent = nothingSent;
exports.now = now;
exports.open = open;
exports.orRefuse = orRefuse;
exports.orgTypeOf = orgTypeOf;
exports.ownErrors = ownErrors;
exports.parseJson = parseJson;
exports.parseJsonObject = parseJsonObject;
exports.parseRedirect = parseRedirect;
exports.proxyVariable = proxyVariable;
exports.quoted = quoted;
exports.readContext = readContext;
exports.readInputs = readInputs;
exports.retriesInput = retriesInput;
exports.revokesAll = revokesAll;
exports.ruleFor = ruleFor;
exports.runStep = runStep;
exports.sameUsername = sameUsername;
exports.seconds = seconds;
exports.secretsIn = secretsIn;
exports.siteOf = siteOf;
exports.start = start;
exports.startDeadline = startDeadline;
exports.startOver = startOver;
exports.succeeded = succeeded;
exports.to18Characters = to18Characters;
exports.tunnelFailure = tunnelFailure;
exports.untrusted = untrusted;
exports.warnNotKept = warnNotKept;
exports.wayTo = wayTo;
exports.whyRefusedNextTime = whyRefusedNextTime;
