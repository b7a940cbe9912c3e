'use strict';

var index = require('./index.js');
var failures = require('./failures.js');
var node_crypto = require('node:crypto');

/** Longest wait for one answer, in milliseconds. */
const answerMs = 10_000;
/** A client for GitHub's REST API. */
function gitHubClient(tools) {
  const { send, token, apiUrl, clean, retrying, debug, random } = tools;
  return async ({ method, path, body, knownTag }, deadline, retries) => {
    const request = {
      method,
      url: new URL(apiUrl.replace(/\/+$/, '') + path),
      headers: {
        accept: 'application/vnd.github+json',
        authorization: `Bearer ${token}`,
        'x-github-api-version': '2022-11-28',
        ...(knownTag !== undefined && { 'if-none-match': knownTag }),
        ...(body && { 'content-type': 'application/json' }),
      },
      ...(body && { body: JSON.stringify(body) }),
    };
    const how = { send, deadline, retries, answerMs, random, retrying, debug };
    return readAnswer(await failures.sendRepeatedly(request, how), clean);
  };
}
/** Whether nobody knows if the request was carried out: no answer, or one that a proxy may have given. */
function isUnclear(outcome) {
  return outcome instanceof index.RequestFailure || outcome.status >= 500 || outcome.status === 408;
}
function readAnswer(answer, clean) {
  const { status, headers } = answer;
  const body = index.parseJson(answer.body);
  const message = wordsOf(body);
  const date = new Date(headers.date ?? '');
  const known = Number.isNaN(date.getTime()) ? undefined : date;
  const left = limitOf(headers['x-ratelimit-remaining'], headers['x-ratelimit-reset']);
  const asked = failures.parseRetryAfter(headers['retry-after'], headers.date);
  const usedUp = left?.requests === 0;
  const untilReset = usedUp ? left.reset.getTime() - (known ?? new Date()).getTime() : 0;
  return {
    status,
    body,
    message: message === '' ? '' : clean(message),
    tag: headers.etag,
    date: known,
    limited:
      status === 429 ||
      (status === 403 && (asked !== undefined || usedUp || /rate limit/i.test(message))),
    waitMs: asked ?? Math.max(0, untilReset),
    left,
  };
}
/** `message`, and what `errors` adds to it: rulesets say there which rule it was. */
function wordsOf(body) {
  const errors = index.memberOf(body, 'errors');
  const more = Array.isArray(errors) ? errors : [];
  return [index.memberOf(body, 'message'), ...more.map((error) => index.memberOf(error, 'message') ?? error)]
    .filter((text) => typeof text === 'string')
    .join(' ');
}
function limitOf(remaining, reset) {
  // More digits are no time that a Date can hold.
  const count = /^\d{1,10}$/;
  return typeof remaining === 'string' &&
    typeof reset === 'string' &&
    count.test(remaining) &&
    count.test(reset)
    ? { requests: Number(remaining), reset: new Date(Number(reset) * 1000) }
    : undefined;
}

/**
 * Judges the outcome of a write.
 * @param shown whether the answer shows what was written: a proxy's page with 200 does not
 */
function judgeWrite(outcome, shown) {
  if (outcome instanceof index.RequestFailure || isUnclear(outcome)) {
    return { kind: 'unclear', outcome };
  }
  const answer = outcome;
  const { status, message } = answer;
  if (status < 300) {
    return shown
      ? { kind: 'done', commitUrl: commitUrlOf(index.memberOf(answer.body, 'commit')), answer }
      : { kind: 'unclear', outcome };
  }
  if (answer.limited) {
    return { kind: 'limited', answer };
  }
  // Not by the status: branch protection and rulesets answer with 409 and 422 as well.
  const stale = /does not match|"sha" wasn't supplied/.test(message);
  if (stale || /but expected|expected to be at|Reference already exists/.test(message)) {
    return { kind: 'beaten', stale, answer };
  }
  return { kind: status === 404 ? 'missing' : 'refused', answer };
}
/** The name of what was made; undefined where the answer tells none. */
function shaOf(outcome) {
  const sha = index.memberOf(bodyOf(outcome), 'sha');
  return typeof sha === 'string' && /^[0-9a-f]{40,64}$/.test(sha) ? sha : undefined;
}
/** The page of a commit; it goes into the summary as a link, so only what looks like one. */
function commitUrlOf(commit) {
  const url = index.memberOf(commit, 'html_url');
  return typeof url === 'string' && /^https?:\/\/[\w.:/-]+\/commit\/[0-9a-f]+$/.test(url)
    ? url
    : undefined;
}
/** The body of an answer, where there is one. */
function bodyOf(outcome) {
  return outcome instanceof index.RequestFailure ? undefined : outcome.body;
}

/** Reads may be that old, in milliseconds: 10 s and more have been reported. */
const readLagMs = 15_000;
/** So long after a branch was made GitHub may not show it to every request (its own code retries for 10 s). */
const newBranchMs = 15_000;
/** More is no file of ours, in bytes. */
const maxFileBytes = 64 * 1024;
/** Git's name for a content: SHA-1 over a header and the bytes. */
function blobSha(content) {
  const bytes = Buffer.from(content);
  return node_crypto.createHash('sha1').update(`blob ${bytes.length}\0`).update(bytes).digest('hex');
}
/** The file at `place`, by the contents and git data API. */
function branchFile(place, ask) {
  const { branch, file } = place;
  const root = `/repos/${place.repository.split('/').map(encodeURIComponent).join('/')}`;
  const contents = (name) => `${root}/contents/${encodeURIComponent(name)}`;
  const at = (name) => `${contents(name)}?ref=${encodeURIComponent(branch)}`;
  const tree = branch.split('/').map(encodeURIComponent).join('/');
  let known;
  return {
    place,
    look: async (deadline, retries) => {
      const knownTag = known?.answer.tag;
      const answer = await ask(
        { method: 'GET', path: at(file), ...(knownTag !== undefined && { knownTag }) },
        deadline,
        retries,
      );
      const look =
        answer.status === 304 && known
          ? { ...known, answer: { ...answer, tag: knownTag } }
          : readLook(answer);
      known = look.kind === 'file' ? look : undefined;
      return look;
    },
    write: async (text, replaces, message, deadline) => {
      const content = Buffer.from(text).toString('base64');
      const sha = replaces === undefined ? {} : { sha: replaces };
      // No author and no committer: GitHub signs a bot's commits only without.
      const body = { message, content, branch, ...sha };
      const outcome = await once(ask, { method: 'PUT', path: contents(file), body }, deadline);
      const shown = index.memberOf(index.memberOf(bodyOf(outcome), 'content'), 'sha');
      return judgeWrite(outcome, shown === blobSha(text));
    },
    makeBranch: async (files, message, deadline, retries) => {
      const post = (path, body, again) =>
        once(ask, { method: 'POST', path: `${root}/git/${path}`, body }, deadline, again);
      const entries = Object.entries(files).map(([path, content]) => {
        return { path, mode: '100644', type: 'blob', content };
      });
      // Trees and commits are named after their content: to make one twice is to make it once.
      const made = await post('trees', { tree: entries }, retries);
      const treeSha = shaOf(made);
      if (treeSha === undefined) {
        return judgeWrite(made, false);
      }
      const commit = await post('commits', { message, tree: treeSha, parents: [] }, retries);
      const sha = shaOf(commit);
      if (sha === undefined) {
        return judgeWrite(commit, false);
      }
      const url = commitUrlOf(bodyOf(commit));
      const ref = await post('refs', { ref: `refs/heads/${branch}`, sha }, 0);
      const shown = index.memberOf(index.memberOf(bodyOf(ref), 'object'), 'sha');
      const written = judgeWrite(ref, shown === sha);
      return written.kind === 'done' ? { ...written, commitUrl: url } : written;
    },
    surroundings: async (deadline, retries) => {
      const get = (path) => ask({ method: 'GET', path }, deadline, retries);
      const repository = await get(root);
      const defaultBranch = index.memberOf(repository.body, 'default_branch');
      if (repository.status !== 200 || typeof defaultBranch !== 'string') {
        return repository;
      }
      const ref = await get(`${root}/git/ref/heads/${tree}`);
      // An empty repository has no refs at all, and says so with 409.
      const branchExists = ref.status === 200;
      if (!branchExists && ref.status !== 404 && ref.status !== 409) {
        return ref;
      }
      // By the commit, not the branch: a read that lags behind would miss the file.
      const commit = index.memberOf(index.memberOf(ref.body, 'object'), 'sha');
      const readmeAt = `${contents('README.md')}?ref=${encodeURIComponent(String(commit))}`;
      const readme = branchExists ? readLook(await get(readmeAt)) : undefined;
      if (readme?.kind === 'refused') {
        return readme.answer;
      }
      return {
        defaultBranch,
        branchExists,
        readme: readme?.kind === 'file' ? readme.text : undefined,
      };
    },
    history: async (deadline, retries) => {
      const query = new URLSearchParams({ sha: branch, path: file, per_page: '100' });
      const { body } = await ask(
        { method: 'GET', path: `${root}/commits?${query}` },
        deadline,
        retries,
      );
      const commits = Array.isArray(body) ? body : [];
      return commits
        .map((entry) => index.memberOf(index.memberOf(entry, 'commit'), 'message'))
        .filter((message) => typeof message === 'string');
    },
  };
}
async function once(ask, request, deadline, retries = 0) {
  try {
    return await ask(request, deadline, retries);
  } catch (error) {
    if (error instanceof index.RequestFailure) {
      return error;
    }
    throw error;
  }
}
function readLook(answer) {
  const { status, body } = answer;
  if (status === 404) {
    return { kind: 'absent', answer };
  }
  // A page with 200 is some proxy's, and says nothing about the branch.
  if (status !== 200 || body === undefined) {
    return { kind: 'refused', answer };
  }
  const [content, sha] = [index.memberOf(body, 'content'), index.memberOf(body, 'sha')];
  const plain = index.memberOf(body, 'type') === 'file' && index.memberOf(body, 'encoding') === 'base64';
  if (!plain || typeof content !== 'string') {
    return { kind: 'unusable', answer };
  }
  const bytes = Buffer.from(content, 'base64');
  if (bytes.length > maxFileBytes || typeof sha !== 'string' || blobSha(bytes) !== sha) {
    return { kind: 'unusable', answer };
  }
  return { kind: 'file', sha, text: bytes.toString(), answer };
}

/**
 * One that stood for longer is not used: the server may be about to close it, and of a request that it
 * meets then nobody knows whether it was carried out. In milliseconds; GitHub needs less for a write.
 */
const longestIdleMs = 3_000;
/** Opens one connection at a time. What goes wrong with it is not told: the request connects anew. */
function connectAhead() {
  let current;
  const giveUp = () => {
    const { opening } = current ?? {};
    current = undefined;
    opening?.outgoing.destroy();
  };
  const takeNow = (url) => {
    const { url: to, opening } = current ?? {};
    if (to?.origin !== url.origin || index.now() - (opening?.stoodAt ?? index.now()) > longestIdleMs) {
      giveUp();
      return undefined;
    }
    current = undefined;
    return opening;
  };
  return {
    open: (url, last = false) => {
      giveUp();
      const mine = { url };
      current = mine;
      const end = () => {
        if (current === mine) {
          giveUp();
        }
      };
      index.wayTo(url, !last).then((way) => {
        if (current === mine) {
          mine.opening = index.open(url, 'POST', way);
          // Whoever answers before anything was asked can't mean this request.
          mine.opening.outgoing.on('error', end).on('close', end).on('response', end);
        }
      }, end);
      return end;
    },
    take: async (url) => {
      if (current !== undefined) {
        // It may have been closed together with the answer that was waited for.
        await new Promise((resolve) => setImmediate(resolve));
      }
      return takeNow(url);
    },
  };
}

/** How long every holder may hold, in seconds. */
const leaseSeconds = 180;
/** No holder is believed to hold for longer, whatever its file says. */
const longestLeaseSeconds = 600;
/** GitHub's `Date` has whole seconds, and each server a clock of its own. */
const leaseMarginMs = 2_000;
/** A holder whose start lies further ahead was made up. */
const longestAheadMs = 60_000;
/**
 * HKDF-SHA-256 (RFC 5869) over the refresh token as it was given, with an empty salt. For ever the same:
 * another label would make every file on every branch unreadable.
 */
function credentialKey(refreshToken) {
  const derive = (purpose, bytes) =>
    new Uint8Array(
      node_crypto.hkdfSync(
        'sha256',
        Buffer.from(refreshToken),
        '',
        `refresh-salesforce-token/1/${purpose}`,
        bytes,
      ),
    );
  return { id: Buffer.from(derive('id', 16)).toString('hex'), key: derive('key', 32) };
}
/** Reads the file; undefined where it is none of ours. A malformed holder is a dead one: it is left out. */
function parseRecord(text) {
  const json = index.parseJsonObject(text);
  if (json === undefined) {
    return undefined;
  }
  const { refreshes, sealed } = json;
  if (sealed !== undefined && typeof sealed !== 'string') {
    return undefined;
  }
  const holder = parseHolder(json['holder']);
  const count = isCount(refreshes) ? refreshes : 0;
  if (count > 0 && sealed === undefined) {
    // Somebody took it out: to go on with the stored token would kill the current one.
    return undefined;
  }
  return {
    refreshes: count,
    ...(holder && { holder }),
    ...(sealed !== undefined && { sealed }),
  };
}
function parseHolder(value) {
  const [id, run, start, seconds] = ['id', 'run', 'since', 'seconds'].map((name) =>
    index.memberOf(value, name),
  );
  // Only as it is written: other texts are read by the clock of this machine, or as years too far away.
  const written = typeof start === 'string' && /^\d{4}-\d\d-\d\dT[\d:.]+Z$/.test(start);
  const since = new Date(written ? start : '');
  return typeof id === 'string' &&
    typeof run === 'string' &&
    isCount(seconds) &&
    !Number.isNaN(since.getTime())
    ? { id, run, since, seconds }
    : undefined;
}
function isCount(value) {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0;
}
/** The file as it is written. */
function formatRecord({ refreshes, holder, sealed }, about) {
  return `${JSON.stringify({ about, refreshes, holder, sealed }, undefined, 2)}\n`;
}
/** When a holder's time is up, as it counts itself. */
function leaseEnd({ since, seconds }) {
  return new Date(since.getTime() + Math.min(seconds, longestLeaseSeconds) * 1000);
}
/** When a holder's time is up, for certain, by GitHub's clock. */
function heldUntil({ since, seconds }) {
  return new Date(since.getTime() + holdingMs({ seconds }));
}
/** How long a holder may be alive, the margin included, in milliseconds. */
function holdingMs({ seconds }) {
  return Math.min(seconds, longestLeaseSeconds) * 1000 + leaseMarginMs;
}
/** Whether a holder may still be at work, by GitHub's clock. */
function isAlive(holder, now) {
  return holder.since.getTime() <= now.getTime() + longestAheadMs && now <= heldUntil(holder);
}

const permission =
  'The permission is missing: give the job `permissions: contents: write`. In a called workflow, the calling job needs it too.';
/** `the branch \u201csalesforce-tokens\u201d of acme/deploy`. */
function nameOf({ branch, repository }) {
  return `the branch \u201c${branch}\u201d of ${repository}`;
}
/**
 * GitHub refused to let the branch be read or written.
 * @param doing what was tried: `read`, `write`
 */
function notWritable(answer, place, run, doing) {
  const said = answer.message === '' ? '' : `: \u201c${answer.message}\u201d`;
  return index.ActionError.own(
    'token_branch_not_writable',
    `GitHub does not let this step ${doing} ${nameOf(place)} (HTTP ${answer.status}${said}).`,
    causeOf(answer, place, run),
  );
}
function causeOf({ status, message }, { branch, repository }, { actor, eventName }) {
  if (status === 401) {
    return {
      why: '`github-token` is expired, revoked or not a token at all. Tokens of a GitHub App live for one hour.',
      fix: `Pass \`github-token: \${{ github.token }}\`, or make the App's token in this job, shortly before this step. ${index.nothingSent}`,
    };
  }
  if (/git repository is empty/i.test(message)) {
    return {
      why: `${repository} has no commit yet, and GitHub makes no branches in an empty repository.`,
      fix: `Push a first commit (a README will do), then run the job again. ${index.nothingSent}`,
    };
  }
  if (status >= 300 && status < 400) {
    return {
      why: `${repository} was renamed or moved, and this step does not follow redirects with a token.`,
      fix: `Set \`token-repository\` to the name that the repository has now. ${index.nothingSent}`,
    };
  }
  if (/archived/i.test(message)) {
    return {
      why: `${repository} is archived, so nobody can write to it.`,
      fix: `Name another repository in \`token-repository\`, or unarchive this one. ${index.nothingSent}`,
    };
  }
  if (/rule violations|repository rule|ruleset/i.test(message)) {
    return {
      why: 'A ruleset of the repository or the organisation covers the branch.',
      fix: `Take \u201c${branch}\u201d out of the ruleset (Settings \u2192 Rules \u2192 Rulesets \u2192 Target branches), or name a branch that none covers. ${index.nothingSent}`,
    };
  }
  if (/protected branch|through a pull request|required status|status check/i.test(message)) {
    return {
      why: 'Branch protection covers the branch, and this step has to commit to it directly.',
      fix: `Take \u201c${branch}\u201d out of the protection rule (Settings \u2192 Branches), or name a branch that none covers. ${index.nothingSent}`,
    };
  }
  if (/reference update failed/i.test(message)) {
    return {
      why: 'Branch protection covers that name, or there is a branch whose name is the beginning of this one (git takes no `a/b` beside an `a`).',
      fix: `Take \u201c${branch}\u201d out of the protection rule (Settings \u2192 Branches), or give \`token-branch\` another name. ${index.nothingSent}`,
    };
  }
  // A token that may only read is refused with 403: it sees the repository.
  if (status !== 404 && actor === 'dependabot[bot]') {
    return {
      why: 'Dependabot started this run, and its `GITHUB_TOKEN` is read-only by default.',
      fix: `${failures.skipDependabot}, if you trust the updates that run in it, give it \`permissions: contents: write\`. ${index.nothingSent}`,
    };
  }
  if (status !== 404 && eventName === 'pull_request') {
    return {
      fix: [
        'One of two things:',
        `- The pull request comes from a fork, whose token is read-only: ${failures.skipForks}.`,
        `- ${permission}`,
        index.nothingSent,
      ].join('\n'),
    };
  }
  return {
    why:
      status === 404
        ? `There is no repository ${repository} that \`github-token\` can see, or the token may not write its contents.`
        : 'The job does not have `permissions: contents: write`, or `github-token` was not made for this repository.',
    fix: [
      'One of two things:',
      `- ${permission}`,
      '- The branch is in another repository (`token-repository`): pass the token of a GitHub App that is installed there with \u201cContents: write\u201d.',
      index.nothingSent,
    ].join('\n'),
  };
}
/** What a write is, to a branch that is there or not yet. */
function writing(branchKnown) {
  return branchKnown
    ? 'Writing the file on the branch failed (PUT)'
    : 'Making the branch failed (POST)';
}
/** GitHub answered with an error of its own, or not at all: not the token's fault. */
function gitHubFailed(doing, outcome, clean) {
  if (outcome instanceof index.RequestFailure) {
    const { what, fix } = failures.explainNoAnswer(outcome, { service: 'github', clean });
    const status = /githubstatus/.test(fix)
      ? ''
      : ' GitHub shows outages at https://www.githubstatus.com.';
    return index.ActionError.own(failures.failureCodes[outcome.kind], `${doing}: ${what}`, {
      cause: outcome,
      fix: `${fix}${status} ${index.nothingSent}`,
      why: undefined,
    });
  }
  const { status, message, limited, left } = outcome;
  const said = message === '' ? '' : `: \u201c${message}\u201d`;
  const reset =
    limited && left?.requests === 0 ? ` The limit is reset at ${left.reset.toISOString()}.` : '';
  const { why, fix } = failures.explainGitHubStatus(limited ? 429 : status);
  return new index.ActionError(
    `http_${status}`,
    `${doing}: GitHub's API answered with HTTP ${status}${said}.${reset}`,
    { why, fix: `${fix} ${index.nothingSent}` },
  );
}
/** The step's own time ended while others were faster to take the credential. */
function outOfTime(totalMs) {
  return index.ActionError.own(
    'timeout',
    `\`timeout-seconds\` (${totalMs / 1000}) ran out before this job could take the credential: other jobs were faster.`,
    {
      why: "GitHub's API was too slow for so little time.",
      fix: `Run the job again, or raise \`timeout-seconds\`. ${index.nothingSent}`,
    },
  );
}
/** So few requests are left that the new token might not be saved. */
function tooFewLeft({ requests, reset }) {
  const { why, fix } = failures.explainGitHubStatus(429);
  return new index.ActionError(
    'http_429',
    `GitHub allows \`github-token\` only ${requests} more requests before ${reset.toISOString()}, too few to be sure of saving a new refresh token.`,
    { why, fix: `${fix} ${index.nothingSent}` },
  );
}
/** What lies on the branch is nothing that this credential can use. */
function invalidFile(place, what) {
  return index.ActionError.own('token_branch_invalid', `${place.file} on ${nameOf(place)} ${what}.`);
}
/** The name given is that of a branch which is not for tokens. */
function wrongBranch(place, what) {
  return index.ActionError.own(
    'input_invalid',
    `\`token-branch\` cannot be ${index.quoted(place.branch)}: ${what}.`,
    failures.notForTokens,
  );
}
/**
 * Another job has the credential, and did not let go in the time that this one may wait.
 * @param holder undefined where others were faster each time, without being seen
 */
function inFlight(holder, place, waitedMs, clean) {
  const waited =
    waitedMs === 0 ? '`wait-seconds` is 0' : `this job waited ${Math.round(waitedMs / 1000)} s`;
  if (holder === undefined) {
    return index.ActionError.own(
      'credential_in_flight',
      `Other jobs took the credential first, again and again (${nameOf(place)}; ${waited}).`,
    );
  }
  const until = leaseEnd(holder).toISOString();
  return index.ActionError.own(
    'credential_in_flight',
    `Another run is using this credential: ${clean(holder.run)} (since ${holder.since.toISOString()}, until ${until} at the latest; ${nameOf(place)}; ${waited}).`,
    {
      fix: index.ownErrors().credential_in_flight.fix.replace(
        ',',
        ` when that run is over, or after ${until},`,
      ),
    },
  );
}

/** After a lost answer: what the next run does, and that nothing has to be done before. */
function ifUnknown(holder) {
  return `${failures.onTokenBranch.answer_lost} (The hold ends at ${leaseEnd(holder).toISOString()}.)`;
}
/** What to do about a token that Salesforce calls dead, by what the branch knows of it. */
function ifDead({ dead, seen }, place, clean) {
  if (dead !== undefined) {
    return `${clean(dead.run)} took the new refresh token with it: it held the credential from ${dead.since.toISOString()} on and ended without saving. Sign in again.`;
  }
  const elsewhere =
    'a step without `token-branch`, or with another branch or `token-repository`, or another tool. Name the same branch wherever the secret is used.';
  if (seen.kept === undefined) {
    const restore = `gh api -X PATCH repos/${place.repository}/git/refs/heads/${place.branch} -f sha=COMMIT -F force=true`;
    return [
      `This was the first use of the stored token on ${nameOf(place)}. ${index.deadToken.intro}`,
      `- It worked on this branch before: the branch or its file was deleted. Put it back with \`${restore}\` (the log of the last run that worked has the commit), and run the job again; sign in only if it is refused then too.`,
      `- It worked before, but not with this branch. Something else used this single-use token: ${elsewhere}`,
      '- It never worked: the stored token is not whole, or `login-url` or `client-id` does not match what it was issued for. Correct that; the token may still be good.',
      index.deadToken.idle,
      index.deadToken.revoked,
    ].join('\n');
  }
  return [
    `Sign in again: the new credential gets a file of its own on ${nameOf(place)}, and nothing has to be deleted. The dead token is the one that refresh no. ${seen.record.refreshes} saved there. Why it died:`,
    `- Something else used this single-use token: ${elsewhere}`,
    index.deadToken.idle,
    index.deadToken.revoked,
  ].join('\n');
}
/** The new token is not on the branch, and the time to write it there is over. */
function notSaved(place, asAuthUrl) {
  const output = asAuthUrl ? 'sfdx-auth-url' : 'refresh-token';
  return index.ActionError.own(
    'save_failed',
    `Salesforce rotated the refresh token, but the new one could not be written to ${nameOf(place)}.`,
    {
      fix: failures.onTokenBranch.save_failed.replace('`refresh-token`', `\`${output}\``),
      why: 'GitHub did not answer, or refused, for as long as this step held the credential.',
    },
  );
}

const clockOfThisMachine = () => ({
  monotonic: index.now(),
  wall: Date.now(),
});
/** How long ago a moment is at the least favourable reading, in milliseconds. */
function elapsedMs(since, now) {
  return Math.max(now.monotonic - since.monotonic, now.wall - since.wall);
}

const readmeName = 'README.md';
/** By this line the action knows a branch that it made. */
const mark = '<!-- refresh-salesforce-token: this branch keeps refresh tokens -->';
/** Whether a README.md is one that {@link readmeOf} wrote, by this version or another. */
function isOurReadme(text) {
  return text?.includes(mark) === true;
}
/**
 * What a passer-by finds on the branch.
 * @param documents where the documents are: a folder's address, without a slash
 */
function readmeOf(documents) {
  const about = aboutOf(documents);
  return `${mark}

# Salesforce refresh tokens, encrypted

Workflows of this repository, or of others that may write here, sign in to Salesforce with refresh tokens that
change with every use. The action [Refresh Salesforce Access Token](${about}) keeps the current ones on this
branch: one file for each credential, encrypted with a key that only the stored secret gives.

- **Do not delete this branch.** The next run would send a token that is used up, and Salesforce would
  then revoke the current one: somebody would have to sign in again.
- **Do not merge it, and do not protect it.** It has no history in common with any other branch, and the
  action commits to it directly.
- **To start over**: ${index.startOver}

[How it works, what it costs, and what to do when something is wrong](${about})
`;
}
/** The text of `about` in the files. */
function aboutOf(documents) {
  return `${documents}/rotation.md`;
}

/** How a commit's message says that the holder saved. */
function savedMessage(refreshes, holder, run) {
  return `Save refresh ${refreshes}: ${run} (${holder}) [skip ci]`;
}
function saysSaved(message, holder) {
  return message.startsWith('Save refresh ') && message.includes(`(${holder})`);
}
/**
 * Replaces our own take, again and again until that is certain, or the time is up. Other versions that a look
 * shows are old as long as our lease runs: nobody else may have replaced our take.
 *
 * @param leaseRuns whether nobody else may have taken the credential meanwhile
 * @returns undefined where it was not done: the time is up, or somebody else's version is there
 */
async function replaceOwn(file, replacement, leaseRuns, tools) {
  const { deadline, clock, random, info, debug, clean } = tools;
  const isOver = (since, ms) => since !== undefined && clock().monotonic - since > ms;
  let pauseMs = 0;
  let failures$1 = 0;
  let absentSince;
  let lostSince;
  for (let retry = 0; deadline.remainingMs() > 0; retry++) {
    const written = await file.write(
      replacement.text,
      replacement.replaces,
      replacement.message,
      deadline,
    );
    debug(() => `${replacement.lettingGo ? 'Letting go' : 'Save'}: ${written.kind}`);
    if (written.kind === 'done') {
      return { commitUrl: written.commitUrl };
    }
    if (replacement.lettingGo && written.kind === 'beaten' && written.stale) {
      return { commitUrl: undefined };
    }
    // That somebody else's commit was faster is no failure.
    failures$1 += written.kind === 'beaten' ? 0 : 1;
    if (failures$1 > (replacement.retries ?? failures$1)) {
      return undefined;
    }
    const found = await standing(file, replacement, leaseRuns, tools);
    debug(() => `What a look says about it: ${found}`);
    const now = clock().monotonic;
    absentSince = found === 'absent' ? (absentSince ?? now) : undefined;
    lostSince = found === 'lost' ? (lostSince ?? now) : undefined;
    if (found === 'done') {
      return { commitUrl: undefined };
    }
    // A look may show an old version; that the write itself was refused makes it certain.
    if (written.kind === 'beaten' && written.stale && isOver(lostSince, readLagMs)) {
      return undefined;
    }
    if (isOver(absentSince, newBranchMs)) {
      const made = await makeAnew(file, replacement, deadline);
      if (made !== undefined) {
        return made;
      }
    }
    const ownMs = failures.nextPauseMs(retry, pauseMs, random());
    const asked = 'answer' in written && written.answer.limited ? written.answer.waitMs : 0;
    const waitMs = Math.max(ownMs, asked);
    pauseMs = ownMs;
    info(
      `Writing to the token branch again in ${(waitMs / 1000).toFixed(1)} s: ${clean(why(written))}`,
    );
    await deadline.pause(waitMs);
  }
  return undefined;
}
/** What a look tells of a write that was not confirmed. */
async function standing(file, { text, replaces, holder }, leaseRuns, { deadline }) {
  const look = await orUndefined(file.look(deadline, 0));
  if (look?.kind === 'absent') {
    return 'absent';
  }
  if (look?.kind !== 'file' || look.sha === replaces) {
    return 'again';
  }
  if (look.sha === blobSha(text)) {
    return 'done';
  }
  const messages = (await orUndefined(file.history(deadline, 0))) ?? [];
  if (messages.some((message) => saysSaved(message, holder))) {
    return 'done';
  }
  return leaseRuns() ? 'again' : 'lost';
}
/** Where the file or the whole branch is gone, with nobody's version to respect. */
async function makeAnew(file, { text, message, readme }, deadline) {
  const around = await orUndefined(file.surroundings(deadline, 0));
  if (around === undefined || !('branchExists' in around)) {
    return undefined;
  }
  const files = { [readmeName]: readme, [file.place.file]: text };
  const made = around.branchExists
    ? await file.write(text, undefined, message, deadline)
    : await file.makeBranch(files, message, deadline, 0);
  return made.kind === 'done' ? { commitUrl: made.commitUrl } : undefined;
}
async function orUndefined(work) {
  try {
    return await work;
  } catch (error) {
    if (error instanceof index.RequestFailure) {
      return undefined;
    }
    throw error;
  }
}
function why(written) {
  const outcome =
    written.kind === 'unclear'
      ? written.outcome
      : written.kind === 'done'
        ? undefined
        : written.answer;
  if (outcome instanceof index.RequestFailure) {
    return outcome.message;
  }
  return outcome === undefined ? '' : `HTTP ${outcome.status} ${outcome.message}`;
}

/** Servers' clocks differ, and GitHub's `Date` has whole seconds: so far ahead still counts as new. */
/**
 * The token response that another job sealed, where it is young enough to be used again: by GitHub's
 * clock against Salesforce's `issued_at`, a string of milliseconds.
 *
 * @param maxAgeMs 0: never
 */
function reusableAnswer({ kept, now }, maxAgeMs) {
  if (maxAgeMs === 0 || kept === undefined || now === undefined) {
    return undefined;
  }
  const { access_token: accessToken, issued_at: issuedAt } = kept;
  if (typeof accessToken !== 'string' || typeof issuedAt !== 'string' || !/^\d+$/.test(issuedAt)) {
    return undefined;
  }
  const ageMs = now.getTime() - Number(issuedAt);
  return ageMs >= -6e4 && ageMs <= maxAgeMs ? kept : undefined;
}

const encoder = new TextEncoder(), decoder = new TextDecoder(), strictDecoder = new TextDecoder("utf-8", { fatal: true }), UINT32_RANGE = 2 ** 32;
function concat(...buffers) {
  const size = buffers.reduce((acc, { length }) => acc + length, 0), buf = new Uint8Array(size);
  let i = 0;
  for (const buffer of buffers)
    buf.set(buffer, i), i += buffer.length;
  return buf;
}
function writeUInt32BE(buf, value, offset) {
  if (value < 0 || value >= UINT32_RANGE)
    throw new RangeError(`value must be >= 0 and <= ${UINT32_RANGE - 1}. Received ${value}`);
  buf.set([value >>> 24, value >>> 16, value >>> 8, value & 255], offset);
}
function uint64be(value) {
  const high = Math.floor(value / UINT32_RANGE), low = value % UINT32_RANGE, buf = new Uint8Array(8);
  return writeUInt32BE(buf, high, 0), writeUInt32BE(buf, low, 4), buf;
}
function uint32be(value) {
  const buf = new Uint8Array(4);
  return writeUInt32BE(buf, value), buf;
}
const NON_ASCII = /[^\x00-\x7f]/;
function encode$1(string) {
  if (typeof string == "string" && string.length >= 128) {
    if (NON_ASCII.test(string))
      throw new TypeError("non-ASCII string encountered in encode()");
    return encoder.encode(string);
  }
  const bytes = new Uint8Array(string.length);
  for (let i = 0; i < string.length; i++) {
    const code = string.charCodeAt(i);
    if (code > 127)
      throw new TypeError("non-ASCII string encountered in encode()");
    bytes[i] = code;
  }
  return bytes;
}
function encodeBase64(input, url = false) {
  if (Uint8Array.prototype.toBase64)
    return input.toBase64({ alphabet: url ? "base64url" : "base64", omitPadding: url });
  const CHUNK_SIZE = 32768, arr = [];
  for (let i = 0; i < input.length; i += CHUNK_SIZE)
    arr.push(String.fromCharCode.apply(null, input.subarray(i, i + CHUNK_SIZE)));
  const encoded = btoa(arr.join(""));
  return url ? encoded.replace(/=/g, "").replace(/\+/g, "-").replace(/\//g, "_") : encoded;
}
function decodeBase64(encoded, url = false) {
  if (Uint8Array.fromBase64)
    return Uint8Array.fromBase64(encoded, { alphabet: url ? "base64url" : "base64" });
  if (url) {
    if (encoded.includes("+") || encoded.includes("/"))
      throw new TypeError("Invalid base64url");
    encoded = encoded.replace(/-/g, "+").replace(/_/g, "/");
  }
  const binary = atob(encoded), bytes = new Uint8Array(binary.length);
  for (let i = 0; i < binary.length; i++)
    bytes[i] = binary.charCodeAt(i);
  return bytes;
}
async function digest(algorithm, data) {
  const subtleDigest = `SHA-${algorithm.slice(-3)}`;
  return new Uint8Array(await crypto.subtle.digest(subtleDigest, data));
}

class JOSEError extends Error {
  static code = "ERR_JOSE_GENERIC";
  code = "ERR_JOSE_GENERIC";
  constructor(message, options) {
    super(message, options), this.name = this.constructor.name, Error.captureStackTrace?.(this, this.constructor);
  }
}
class JOSEAlgNotAllowed extends JOSEError {
  static code = "ERR_JOSE_ALG_NOT_ALLOWED";
  code = "ERR_JOSE_ALG_NOT_ALLOWED";
}
class JOSENotSupported extends JOSEError {
  static code = "ERR_JOSE_NOT_SUPPORTED";
  code = "ERR_JOSE_NOT_SUPPORTED";
}
class JWEDecryptionFailed extends JOSEError {
  static code = "ERR_JWE_DECRYPTION_FAILED";
  code = "ERR_JWE_DECRYPTION_FAILED";
  constructor(message = "decryption operation failed", options) {
    super(message, options);
  }
}
class JWEInvalid extends JOSEError {
  static code = "ERR_JWE_INVALID";
  code = "ERR_JWE_INVALID";
}

const invalid = "The input to be decoded is not correctly encoded.";
function decode(input) {
  try {
    return decodeBase64(typeof input == "string" ? input : decoder.decode(input), !0);
  } catch (cause) {
    throw new TypeError(invalid, { cause });
  }
}
function encode(input) {
  return encodeBase64(typeof input == "string" ? encoder.encode(input) : input, true);
}

function assertUint8Array(input, label) {
  if (!(input instanceof Uint8Array))
    throw new TypeError(`${label} must be an instance of Uint8Array`);
}
function isObject(input) {
  if (typeof input != "object" || input === null || Object.prototype.toString.call(input) !== "[object Object]")
    return false;
  const prototype = Object.getPrototypeOf(input);
  return prototype === null || Object.getPrototypeOf(prototype) === null;
}
function isDisjoint(...headers) {
  const parameters = /* @__PURE__ */ new Set();
  for (const header of headers)
    if (header)
      for (const parameter of Object.keys(header)) {
        if (parameters.has(parameter))
          return false;
        parameters.add(parameter);
      }
  return true;
}
function assertNotSet(value, name) {
  if (value !== void 0)
    throw new TypeError(`${name} can only be called once`);
}
function decodeBase64url(value, label, ErrorClass) {
  try {
    return decode(value);
  } catch (cause) {
    throw new ErrorClass(`Failed to base64url decode the ${label}`, { cause });
  }
}
function encodeAsciiMember(value, label, ErrorClass) {
  try {
    return encode$1(value);
  } catch (cause) {
    throw new ErrorClass(`The ${label} is not a valid base64url string`, { cause });
  }
}
function parseJoseHeader(encodedProtectedHeader, ErrorClass, message) {
  let parsed;
  try {
    parsed = JSON.parse(strictDecoder.decode(decode(encodedProtectedHeader)));
  } catch (cause) {
    throw new ErrorClass(message, { cause });
  }
  if (!isObject(parsed))
    throw new ErrorClass(message);
  return parsed;
}
const JWE_RECOGNIZED = { __proto__: null };
function validateAlgorithms(option, algorithms) {
  if (algorithms !== void 0 && (!Array.isArray(algorithms) || algorithms.some((s) => typeof s != "string")))
    throw new TypeError(`"${option}" option must be an array of strings`);
  return algorithms === void 0 ? void 0 : new Set(algorithms);
}
function validateCritDuplicates(Err, protectedHeader) {
  const { crit } = protectedHeader ?? {};
  if (Array.isArray(crit) && new Set(crit).size !== crit.length)
    throw new Err('"crit" (Critical) Header Parameter MUST NOT contain duplicate values');
}
function validateCrit(Err, recognizedDefault, recognizedOption, protectedHeader, joseHeader) {
  if (joseHeader.crit !== void 0 && protectedHeader?.crit === void 0)
    throw new Err('"crit" (Critical) Header Parameter MUST be integrity protected');
  if (!protectedHeader || protectedHeader.crit === void 0)
    return [];
  if (!Array.isArray(protectedHeader.crit) || protectedHeader.crit.length === 0 || protectedHeader.crit.some((input) => typeof input != "string" || input.length === 0))
    throw new Err('"crit" (Critical) Header Parameter MUST be an array of non-empty strings when present');
  const recognized = recognizedOption === void 0 ? recognizedDefault : { __proto__: null, ...recognizedOption, ...recognizedDefault };
  for (const parameter of protectedHeader.crit) {
    if (!(parameter in recognized))
      throw new JOSENotSupported(`Extension Header Parameter "${parameter}" is not recognized`);
    if (!Object.hasOwn(joseHeader, parameter) || joseHeader[parameter] === void 0)
      throw new Err(`Extension Header Parameter "${parameter}" is missing`);
    if (recognized[parameter] && (!Object.hasOwn(protectedHeader, parameter) || protectedHeader[parameter] === void 0))
      throw new Err(`Extension Header Parameter "${parameter}" MUST be integrity protected`);
  }
  return protectedHeader.crit;
}
function serializeJoseHeader(Err, header) {
  let serialized, parsed;
  try {
    serialized = JSON.stringify(header), parsed = JSON.parse(serialized);
  } catch (cause) {
    throw new Err("JOSE Header is not valid JSON", { cause });
  }
  if (!isObject(parsed))
    throw new Err("JOSE Header is not a JSON object");
  return [parsed, serialized];
}

const tag = (key) => key[Symbol.toStringTag], jwkMatchesOp = (entry, key, usage) => {
  const { alg } = entry;
  if (key.use !== void 0) {
    const expected = usage === "sign" || usage === "verify" ? "sig" : "enc";
    if (key.use !== expected)
      throw new TypeError(`Invalid key for this operation, its "use" must be "${expected}" when present`);
  }
  if (key.kty === "AKP" && key.alg === void 0)
    throw new TypeError('missing "alg" (Algorithm) Parameter value');
  if (key.alg !== void 0 && key.alg !== alg)
    throw new TypeError(`Invalid key for this operation, its "alg" must be "${alg}" when present`);
  if (Array.isArray(key.key_ops)) {
    const expectedKeyOp = usage === "encrypt" || usage === "decrypt" ? entry.ops?.[usage === "encrypt" ? 0 : 1] : usage;
    if (expectedKeyOp && !key.key_ops.includes(expectedKeyOp))
      throw new TypeError(`Invalid key for this operation, its "key_ops" must include "${expectedKeyOp}" when present`);
  }
};
async function prepareKey(entry, key, usage) {
  const { alg, secret } = entry, requiresPrivateKey = usage === "decrypt" || usage === "sign";
  if (secret && key instanceof Uint8Array)
    return key;
  let normalized, keyObject;
  if (isObject(key)) {
    if (normalized = normalizeJwk(key), typeof normalized.kty != "string")
      throw invalidKeyType(alg, key, secret);
    if (!(secret ? normalized.kty === "oct" && typeof normalized.k == "string" : normalized.kty !== "oct" && (requiresPrivateKey ? normalized.kty === "AKP" && typeof normalized.priv == "string" || typeof normalized.d == "string" : normalized.d === void 0 && normalized.priv === void 0)))
      throw new TypeError(secret ? 'JSON Web Key for symmetric algorithms must have JWK "kty" (Key Type) equal to "oct" and the JWK "k" (Key Value) present' : `JSON Web Key for this operation must be a ${requiresPrivateKey ? "private" : "public"} JWK`);
    if (jwkMatchesOp(entry, normalized, usage), normalized.kty === "oct")
      return decode(normalized.k);
    if (!Object.isFrozen(key)) {
      const { key_ops } = key;
      Array.isArray(key_ops) && Object.freeze(key_ops), Object.freeze(key);
    }
  } else {
    if (!isKeyLike(key))
      throw invalidKeyType(alg, key, secret);
    const expectedType = secret ? "secret" : requiresPrivateKey ? "private" : "public";
    if (key.type !== expectedType && (secret || ["secret", "public", "private"].includes(key.type)))
      throw new TypeError(`${tag(key)} instances must be of type "${expectedType}" for the ${alg} algorithm`);
    if (isCryptoKey(key))
      return key;
    if (keyObject = key, keyObject.type === "secret")
      return keyObject.export();
  }
  cache ||= /* @__PURE__ */ new WeakMap();
  const cacheKey = key;
  let cached = cache.get(cacheKey);
  if (cached?.[alg])
    return cached[alg];
  if (cached || cache.set(cacheKey, cached = {}), keyObject && typeof keyObject.toCryptoKey == "function") {
    const isPublic = keyObject.type === "public", crv = nist[keyObject.asymmetricKeyDetails?.namedCurve], params = entry.resolve?.({ crv, asymmetricKeyType: keyObject.asymmetricKeyType }) ?? entry.subtle;
    return cached[alg] = keyObject.toCryptoKey(params, isPublic, entry.usages[isPublic ? 0 : 1]);
  }
  return normalized ??= keyObject.export({ format: "jwk" }), normalized.alg = alg, cached[alg] = await jwkToKey(entry, normalized);
}
let cache;
const nist = {
  __proto__: null,
  prime256v1: "P-256",
  secp384r1: "P-384",
  secp521r1: "P-521"
};
function assertCryptoKey(key) {
  if (!isCryptoKey(key))
    throw new Error("CryptoKey instance expected");
}
const isCryptoKey = (key) => {
  if (key?.[Symbol.toStringTag] === "CryptoKey")
    return true;
  try {
    return key instanceof CryptoKey;
  } catch {
    return false;
  }
}, isKeyObject = (key) => key?.[Symbol.toStringTag] === "KeyObject", isKeyLike = (key) => isCryptoKey(key) || isKeyObject(key);
function message(msg, actual, ...types) {
  if (types.length > 2) {
    const last = types.pop();
    msg += `one of type ${types.join(", ")}, or ${last}.`;
  } else types.length === 2 ? msg += `one of type ${types[0]} or ${types[1]}.` : msg += `of type ${types[0]}.`;
  return actual == null ? msg += ` Received ${actual}` : typeof actual == "function" && actual.name ? msg += ` Received function ${actual.name}` : typeof actual == "object" && actual != null && actual.constructor?.name && (msg += ` Received an instance of ${actual.constructor.name}`), msg;
}
const invalidKeyInput = (actual, ...types) => message("Key must be ", actual, ...types);
function invalidKeyType(alg, actual, secret) {
  const types = ["CryptoKey", "KeyObject", "JSON Web Key"];
  return secret && types.push("Uint8Array"), new TypeError(message(`Key for the ${alg} algorithm must be `, actual, ...types));
}
const unusable = (name, prop = "algorithm.name") => new TypeError(`CryptoKey does not support this operation, its ${prop} must be ${name}`);
function checkUsage(key, usage) {
  if (usage && !key.usages.includes(usage))
    throw new TypeError(`CryptoKey does not support this operation, its usages must include ${usage}.`);
}
function checkModulusLength(alg, key) {
  const { modulusLength } = key.algorithm;
  if (typeof modulusLength != "number" || modulusLength < 2048)
    throw new TypeError(`${alg} requires key modulusLength to be 2048 bits or larger`);
}
function checkCryptoKey(key, expected, usage) {
  const algorithm = key.algorithm;
  if (algorithm.name !== expected.name)
    throw unusable(expected.name);
  if (expected.hash && algorithm.hash?.name !== expected.hash)
    throw unusable(expected.hash, "algorithm.hash");
  if (expected.namedCurve && algorithm.namedCurve !== expected.namedCurve)
    throw unusable(expected.namedCurve, "algorithm.namedCurve");
  if (expected.length !== void 0 && algorithm.length !== expected.length)
    throw unusable(expected.length, "algorithm.length");
  checkUsage(key, usage);
}
function snapshotJwk(jwk) {
  return { __proto__: null, ...jwk };
}
function normalizeJwk(jwk) {
  const normalized = snapshotJwk(jwk);
  if (normalized.ext !== void 0 && typeof normalized.ext != "boolean")
    throw new TypeError('"ext" (Extractable) Parameter must be a boolean');
  if (normalized.key_ops !== void 0) {
    const value = normalized.key_ops, keyOps = Array.isArray(value) ? [...value] : void 0;
    if (!keyOps || keyOps.some((operation) => typeof operation != "string") || new Set(keyOps).size !== keyOps.length)
      throw new TypeError('"key_ops" (Key Operations) Parameter must be an array of unique strings');
    normalized.key_ops = keyOps;
  }
  return normalized;
}
async function jwkToKey(entry, jwk, extractable) {
  if (!entry.kty.includes(jwk.kty))
    throw new JOSENotSupported('Invalid or unsupported JWK "alg" (Algorithm) Parameter value');
  const algorithm = entry.resolve?.({ kty: jwk.kty, crv: jwk.crv }) ?? entry.subtle, isPrivate = !!(jwk.d || jwk.priv), keyData = { ...jwk, ext: jwk.ext };
  return keyData.kty !== "AKP" && delete keyData.alg, delete keyData.use, crypto.subtle.importKey("jwk", keyData, algorithm, keyData.ext ?? !isPrivate, jwk.key_ops ?? entry.usages[isPrivate ? 1 : 0]);
}
async function rawKey(key, expected, usage, extractable = false) {
  return key instanceof Uint8Array && (key = await crypto.subtle.importKey("raw", key, expected, extractable, [usage])), checkCryptoKey(key, expected, usage), key;
}

const generateCek = (enc) => crypto.getRandomValues(new Uint8Array(enc.cekBits >> 3));
function checkCekLength(cek, expected) {
  const actual = cek.byteLength << 3;
  if (actual !== expected)
    throw new JWEInvalid(`Invalid Content Encryption Key length. Expected ${expected} bits, got ${actual} bits`);
}
const generateIv = (enc) => crypto.getRandomValues(new Uint8Array(enc.ivBits >> 3));
function checkIvLength(enc, iv) {
  if (iv.length << 3 !== enc.ivBits)
    throw new JWEInvalid("Invalid Initialization Vector length");
}
async function cbcKeySetup(enc, cek, usage) {
  if (!(cek instanceof Uint8Array))
    throw new TypeError(invalidKeyInput(cek, "Uint8Array"));
  const keyLengthBits = enc.cekBits >> 1, encKey = await crypto.subtle.importKey("raw", cek.subarray(keyLengthBits >> 3), "AES-CBC", false, [usage]), macKey = await crypto.subtle.importKey("raw", cek.subarray(0, keyLengthBits >> 3), {
    hash: `SHA-${keyLengthBits << 1}`,
    name: "HMAC"
  }, false, ["sign"]);
  return [encKey, macKey, keyLengthBits];
}
async function cbcHmacTag(macKey, macData, keyLengthBits) {
  return new Uint8Array((await crypto.subtle.sign("HMAC", macKey, macData)).slice(0, keyLengthBits >> 3));
}
async function cbcEncrypt(enc, plaintext, cek, iv, aad) {
  const [encKey, macKey, keyLengthBits] = await cbcKeySetup(enc, cek, "encrypt"), ciphertext = new Uint8Array(await crypto.subtle.encrypt({
    iv,
    name: "AES-CBC"
  }, encKey, plaintext)), al = uint64be(aad.length * 8), macData = concat(aad, iv, ciphertext, al), tag = await cbcHmacTag(macKey, macData, keyLengthBits);
  return { ciphertext, tag, iv };
}
async function timingSafeEqual(a, b) {
  const algorithm = { name: "HMAC", hash: "SHA-256" }, key = await crypto.subtle.generateKey(algorithm, false, ["sign", "verify"]), aHmac = await crypto.subtle.sign(algorithm, key, a);
  return crypto.subtle.verify(algorithm, key, aHmac, b);
}
async function cbcDecrypt(enc, cek, ciphertext, iv, tag, aad) {
  const [encKey, macKey, keyLengthBits] = await cbcKeySetup(enc, cek, "decrypt"), al = uint64be(aad.length * 8), macData = concat(aad, iv, ciphertext, al), expectedTag = await cbcHmacTag(macKey, macData, keyLengthBits);
  try {
    if (await timingSafeEqual(tag, expectedTag))
      return new Uint8Array(await crypto.subtle.decrypt({ iv, name: "AES-CBC" }, encKey, ciphertext));
  } catch {
  }
  throw new JWEDecryptionFailed();
}
async function encrypt(enc, plaintext, cek, iv, aad) {
  if (!isCryptoKey(cek) && !(cek instanceof Uint8Array))
    throw new TypeError(invalidKeyInput(cek, "CryptoKey", "KeyObject", "Uint8Array", "JSON Web Key"));
  if (iv ? checkIvLength(enc, iv) : iv = generateIv(enc), cek instanceof Uint8Array && checkCekLength(cek, enc.cekBits), enc.cbc)
    return cbcEncrypt(enc, plaintext, cek, iv, aad);
  const encKey = await rawKey(cek, enc.subtle, "encrypt"), encrypted = new Uint8Array(await crypto.subtle.encrypt({
    additionalData: aad,
    iv,
    name: "AES-GCM",
    tagLength: 128
  }, encKey, plaintext));
  return { ciphertext: encrypted.subarray(0, -16), tag: encrypted.subarray(-16), iv };
}
async function decrypt(enc, cek, ciphertext, iv, tag, aad) {
  if (!isCryptoKey(cek) && !(cek instanceof Uint8Array))
    throw new TypeError(invalidKeyInput(cek, "CryptoKey", "KeyObject", "Uint8Array", "JSON Web Key"));
  if (!iv)
    throw new JWEInvalid("JWE Initialization Vector missing");
  if (!tag)
    throw new JWEInvalid("JWE Authentication Tag missing");
  if (!enc.cbc && tag.length !== 16)
    throw new JWEInvalid("Invalid Authentication Tag length");
  if (checkIvLength(enc, iv), cek instanceof Uint8Array && checkCekLength(cek, enc.cekBits), enc.cbc)
    return cbcDecrypt(enc, cek, ciphertext, iv, tag, aad);
  const encKey = await rawKey(cek, enc.subtle, "decrypt");
  try {
    return new Uint8Array(await crypto.subtle.decrypt({
      additionalData: aad,
      iv,
      name: "AES-GCM",
      tagLength: 128
    }, encKey, concat(ciphertext, tag)));
  } catch {
    throw new JWEDecryptionFailed();
  }
}

function table(entries) {
  const out = { __proto__: null };
  for (const alg in entries)
    out[alg] = { ...entries[alg], alg };
  return out;
}

const wrap = [
  ["encrypt", "wrapKey"],
  ["decrypt", "unwrapKey"]
], derive = [[], ["deriveBits"]], none = [[], []];
function rsaes(bits) {
  return {
    kty: ["RSA"],
    mode: "key-encryption",
    subtle: { name: "RSA-OAEP", hash: `SHA-${bits}` },
    usages: wrap,
    ops: ["wrapKey", "unwrapKey"]
  };
}
function ecdh(mode) {
  return {
    kty: ["EC", "OKP"],
    mode,
    subtle: { name: "ECDH" },
    resolve: ({ kty, crv, asymmetricKeyType }) => {
      if (crv === "X25519" || asymmetricKeyType === "x25519")
        return { name: "X25519" };
      if (kty === "OKP")
        throw new JOSENotSupported('Invalid or unsupported JWK "alg" (Algorithm) Parameter value');
      return { name: "ECDH", namedCurve: crv };
    },
    usages: derive,
    ops: [void 0, "deriveBits"]
  };
}
function aeskw(bits, gcm = false) {
  return {
    kty: ["oct"],
    mode: "key-wrapping",
    secret: true,
    subtle: { name: gcm ? "AES-GCM" : "AES-KW", length: bits },
    usages: none,
    ops: gcm ? ["encrypt", "decrypt"] : ["wrapKey", "unwrapKey"]
  };
}
function pbes2() {
  return {
    kty: ["oct"],
    mode: "key-wrapping",
    secret: true,
    subtle: { name: "PBKDF2" },
    usages: none,
    ops: ["deriveBits", "deriveBits"]
  };
}
const JWE = table({
  dir: {
    kty: ["oct"],
    mode: "direct-encryption",
    secret: true,
    subtle: { name: "AES-GCM" },
    usages: none,
    ops: ["encrypt", "decrypt"]
  },
  "RSA-OAEP": rsaes(1),
  "RSA-OAEP-256": rsaes(256),
  "RSA-OAEP-384": rsaes(384),
  "RSA-OAEP-512": rsaes(512),
  "ECDH-ES": ecdh("direct-key-agreement"),
  "ECDH-ES+A128KW": ecdh("key-agreement-with-key-wrapping"),
  "ECDH-ES+A192KW": ecdh("key-agreement-with-key-wrapping"),
  "ECDH-ES+A256KW": ecdh("key-agreement-with-key-wrapping"),
  A128KW: aeskw(128),
  A192KW: aeskw(192),
  A256KW: aeskw(256),
  A128GCMKW: aeskw(128, true),
  A192GCMKW: aeskw(192, true),
  A256GCMKW: aeskw(256, true),
  "PBES2-HS256+A128KW": pbes2(),
  "PBES2-HS384+A192KW": pbes2(),
  "PBES2-HS512+A256KW": pbes2()
}), contentOps = ["encrypt", "decrypt"];
function contentEncryption(bits, cbc = false) {
  return {
    kty: ["oct"],
    secret: true,
    subtle: { name: cbc ? "AES-CBC" : "AES-GCM", length: bits },
    usages: none,
    ops: contentOps,
    cekBits: bits,
    ivBits: cbc ? 128 : 96,
    cbc
  };
}
const ENC = table({
  A128GCM: contentEncryption(128),
  A192GCM: contentEncryption(192),
  A256GCM: contentEncryption(256),
  "A128CBC-HS256": contentEncryption(256, true),
  "A192CBC-HS384": contentEncryption(384, true),
  "A256CBC-HS512": contentEncryption(512, true)
});
function unsupported(parameter, name) {
  throw new JOSENotSupported(`Invalid or unsupported "${parameter}" (JWE ${name}) header value`);
}
function jweAlgorithm(alg) {
  return (typeof alg == "string" ? JWE[alg] : void 0) ?? unsupported("alg", "Algorithm");
}
function isJWECEKTransport(algorithm) {
  return algorithm.mode === "key-wrapping" || algorithm.mode === "key-encryption" || algorithm.mode === "key-agreement-with-key-wrapping";
}
function jweEncryption(enc) {
  return (typeof enc == "string" ? ENC[enc] : void 0) ?? unsupported("enc", "Encryption Algorithm");
}

function checkEcdhCryptoKey(key, usage) {
  if (key.algorithm.name !== "ECDH" && key.algorithm.name !== "X25519")
    throw new TypeError("CryptoKey does not support this operation, its algorithm.name must be ECDH or X25519");
  checkUsage(key, usage);
}
async function aeskwWrap(alg, key, cek) {
  const cryptoKey = await rawKey(key, jweAlgorithm(alg).subtle, "wrapKey", true), cryptoKeyCek = await crypto.subtle.importKey("raw", cek, { hash: "SHA-256", name: "HMAC" }, true, ["sign"]);
  return new Uint8Array(await crypto.subtle.wrapKey("raw", cryptoKeyCek, cryptoKey, "AES-KW"));
}
async function aeskwUnwrap(alg, key, encryptedKey) {
  const cryptoKey = await rawKey(key, jweAlgorithm(alg).subtle, "unwrapKey", true), cryptoKeyCek = await crypto.subtle.unwrapKey("raw", encryptedKey, cryptoKey, "AES-KW", { hash: "SHA-256", name: "HMAC" }, true, ["sign"]);
  return new Uint8Array(await crypto.subtle.exportKey("raw", cryptoKeyCek));
}
function checkRsaKey(alg, key, usage) {
  checkCryptoKey(key, jweAlgorithm(alg).subtle, usage), checkModulusLength(alg, key);
}
async function deriveKey(p2s, alg, p2c, key) {
  if (!(p2s instanceof Uint8Array) || p2s.length < 8)
    throw new JWEInvalid("PBES2 Salt Input must be 8 or more octets");
  if (!Number.isSafeInteger(p2c) || Math.sign(p2c) !== 1)
    throw new JWEInvalid("PBES2 Count Input must be a positive integer");
  const salt = concat(encode$1(alg), Uint8Array.of(0), p2s), keyLengthBits = parseInt(alg.slice(13, 16), 10), subtleAlg = {
    hash: `SHA-${alg.slice(8, 11)}`,
    iterations: p2c,
    name: "PBKDF2",
    salt
  }, cryptoKey = await rawKey(key, jweAlgorithm(alg).subtle, "deriveBits");
  return new Uint8Array(await crypto.subtle.deriveBits(subtleAlg, cryptoKey, keyLengthBits));
}
function lengthAndInput(input) {
  return concat(uint32be(input.length), input);
}
async function concatKdf(Z, keyDataLength, OtherInfo) {
  const dkLen = keyDataLength >> 3, hashLen = 32, reps = Math.ceil(dkLen / hashLen), dk = new Uint8Array(reps * hashLen);
  for (let i = 1; i <= reps; i++) {
    const hashResult = await digest("sha256", concat(uint32be(i), Z, OtherInfo));
    dk.set(hashResult, (i - 1) * hashLen);
  }
  return dk.slice(0, dkLen);
}
async function ecdhesDeriveKey(publicKey, privateKey, algorithmId, keyDataLength, apu = new Uint8Array(), apv = new Uint8Array()) {
  checkEcdhCryptoKey(publicKey), checkEcdhCryptoKey(privateKey, "deriveBits");
  const otherInfo = concat(lengthAndInput(encode$1(algorithmId)), lengthAndInput(apu), lengthAndInput(apv), uint32be(keyDataLength)), Z = new Uint8Array(await crypto.subtle.deriveBits({
    name: publicKey.algorithm.name,
    public: publicKey
  }, privateKey, publicKey.algorithm.name === "X25519" ? 256 : Math.ceil(parseInt(publicKey.algorithm.namedCurve.slice(-3), 10) / 8) << 3));
  return concatKdf(Z, keyDataLength, otherInfo);
}
function assertEcdhKey(key) {
  assertCryptoKey(key);
  const curve = key.algorithm.namedCurve;
  if (curve !== "P-256" && curve !== "P-384" && curve !== "P-521" && key.algorithm.name !== "X25519")
    throw new JOSENotSupported("ECDH with the provided key is not allowed or not supported by your javascript runtime");
}
function partyInfo(joseHeader, name) {
  const value = joseHeader[name];
  if (value !== void 0) {
    if (typeof value != "string")
      throw new JWEInvalid(`JOSE Header "${name}" (Agreement Party${name === "apu" ? "U" : "V"}Info) invalid`);
    return decodeBase64url(value, name, JWEInvalid);
  }
}
function checkPartyInfo(apu, apv) {
  if (!(apu === void 0 || apv === void 0 || apu.byteLength !== apv.byteLength)) {
    for (let i = 0; i < apu.byteLength; i++)
      if (apu[i] !== apv[i])
        return;
    throw new JWEInvalid('JOSE Header "apu" and "apv" values must be distinct');
  }
}
function assertEncryptedKey(encryptedKey) {
  if (encryptedKey === void 0)
    throw new JWEInvalid("JWE Encrypted Key missing");
}
function assertNoEncryptedKey(encryptedKey) {
  if (encryptedKey !== void 0)
    throw new JWEInvalid("Encountered unexpected JWE Encrypted Key");
}
function validateMaxPBES2Count(value) {
  if (value !== void 0 && value !== 1 / 0 && (!Number.isSafeInteger(value) || value < 1))
    throw new TypeError("maxPBES2Count must be a positive safe integer or Infinity");
}
async function decryptKeyManagement(entry, enc, key, encryptedKey, joseHeader, maxPBES2Count) {
  const { alg } = entry, mode = entry.mode;
  if (mode === "direct-encryption")
    return assertNoEncryptedKey(encryptedKey), key;
  const direct = mode === "direct-key-agreement";
  switch (direct ? assertNoEncryptedKey(encryptedKey) : assertEncryptedKey(encryptedKey), entry.subtle.name) {
    case "ECDH": {
      const { epk } = joseHeader;
      if (!isObject(epk) || ["d", "k", "p", "q", "dp", "dq", "qi", "oth", "priv"].some((parameter) => Object.hasOwn(epk, parameter)))
        throw new JWEInvalid('JOSE Header "epk" (Ephemeral Public Key) missing or invalid');
      assertEcdhKey(key);
      const ephemeralPublicKey = await jwkToKey(entry, epk), partyUInfo = partyInfo(joseHeader, "apu"), partyVInfo = partyInfo(joseHeader, "apv");
      checkPartyInfo(partyUInfo, partyVInfo);
      const derivedKey = await ecdhesDeriveKey(ephemeralPublicKey, key, direct ? enc.alg : alg, direct ? enc.cekBits : parseInt(alg.slice(-5, -2), 10), partyUInfo, partyVInfo);
      if (direct)
        return derivedKey;
      key = derivedKey;
      break;
    }
    case "RSA-OAEP":
      return assertCryptoKey(key), checkRsaKey(alg, key, "decrypt"), new Uint8Array(await crypto.subtle.decrypt("RSA-OAEP", key, encryptedKey));
    case "PBKDF2": {
      if (typeof joseHeader.p2c != "number")
        throw new JWEInvalid('JOSE Header "p2c" (PBES2 Count) missing or invalid');
      const p2cLimit = maxPBES2Count ?? 1e4;
      if (joseHeader.p2c > p2cLimit)
        throw new JWEInvalid('JOSE Header "p2c" (PBES2 Count) out is of acceptable bounds');
      if (typeof joseHeader.p2s != "string")
        throw new JWEInvalid('JOSE Header "p2s" (PBES2 Salt) missing or invalid');
      const p2s = decodeBase64url(joseHeader.p2s, "p2s", JWEInvalid);
      key = await deriveKey(p2s, alg, joseHeader.p2c, key);
      break;
    }
    case "AES-GCM": {
      if (typeof joseHeader.iv != "string")
        throw new JWEInvalid('JOSE Header "iv" (Initialization Vector) missing or invalid');
      if (typeof joseHeader.tag != "string")
        throw new JWEInvalid('JOSE Header "tag" (Authentication Tag) missing or invalid');
      const iv = decodeBase64url(joseHeader.iv, "iv", JWEInvalid), tag = decodeBase64url(joseHeader.tag, "tag", JWEInvalid);
      if (iv.byteLength !== 12)
        throw new JWEInvalid("Invalid Initialization Vector length");
      if (tag.byteLength !== 16)
        throw new JWEInvalid("Invalid Authentication Tag length");
      return decrypt(jweEncryption(alg.slice(0, -2)), key, encryptedKey, iv, tag, new Uint8Array());
    }
  }
  return aeskwUnwrap(alg.slice(-6), key, encryptedKey);
}
async function encryptKeyManagement(entry, enc, inputKey, joseHeader, providedCek, providedParameters = {}) {
  const { alg, mode } = entry, transport = isJWECEKTransport(entry);
  if (providedCek !== void 0 && !transport)
    throw new TypeError(`setContentEncryptionKey cannot be called with JWE "alg" (Algorithm) Header ${alg}`);
  let key = await prepareKey(mode === "direct-encryption" ? enc : entry, inputKey, "encrypt");
  if (mode === "direct-encryption")
    return [key, void 0, void 0];
  const cek = transport ? providedCek ?? generateCek(enc) : void 0;
  cek && checkCekLength(cek, enc.cekBits);
  let encryptedKey, parameters;
  switch (entry.subtle.name) {
    case "ECDH": {
      assertEcdhKey(key);
      const { apu: providedApu, apv: providedApv } = providedParameters;
      providedApu !== void 0 && assertUint8Array(providedApu, '"apu"'), providedApv !== void 0 && assertUint8Array(providedApv, '"apv"');
      const apu = providedApu ?? partyInfo(joseHeader, "apu"), apv = providedApv ?? partyInfo(joseHeader, "apv");
      checkPartyInfo(apu, apv);
      let ephemeralPrivateKey;
      providedParameters.epk !== void 0 ? ephemeralPrivateKey = await prepareKey(entry, providedParameters.epk, "decrypt") : ephemeralPrivateKey = (await crypto.subtle.generateKey(key.algorithm, true, ["deriveBits"])).privateKey;
      const subtle = crypto.subtle;
      let exportableEpk = ephemeralPrivateKey;
      if (!exportableEpk.extractable) {
        if (typeof subtle.getPublicKey != "function")
          throw new TypeError('CryptoKey for "epk" must be extractable');
        exportableEpk = await subtle.getPublicKey(ephemeralPrivateKey, []);
      }
      const { x, y, crv, kty } = await subtle.exportKey("jwk", exportableEpk), direct = mode === "direct-key-agreement", derivedKey = await ecdhesDeriveKey(key, ephemeralPrivateKey, direct ? enc.alg : alg, direct ? enc.cekBits : parseInt(alg.slice(-5, -2), 10), apu, apv), epk = { x, crv, kty };
      if (kty === "EC" && (epk.y = y), parameters = { epk }, providedApu !== void 0 && (parameters.apu = encode(providedApu)), providedApv !== void 0 && (parameters.apv = encode(providedApv)), direct)
        return [derivedKey, void 0, parameters];
      key = derivedKey;
      break;
    }
    case "RSA-OAEP": {
      assertCryptoKey(key), checkRsaKey(alg, key, "encrypt"), encryptedKey = new Uint8Array(await crypto.subtle.encrypt("RSA-OAEP", key, cek));
      break;
    }
    case "PBKDF2": {
      const { p2c = 2048, p2s = crypto.getRandomValues(new Uint8Array(16)) } = providedParameters;
      key = await deriveKey(p2s, alg, p2c, key), parameters = { p2c, p2s: encode(p2s) };
      break;
    }
    case "AES-GCM": {
      const iv = providedParameters.iv === void 0 ? crypto.getRandomValues(new Uint8Array(12)) : providedParameters.iv;
      if (!(iv instanceof Uint8Array))
        throw new TypeError('"iv" must be an instance of Uint8Array');
      const wrapped = await encrypt(jweEncryption(alg.slice(0, -2)), cek, key, iv, new Uint8Array());
      encryptedKey = wrapped.ciphertext, parameters = { iv: encode(wrapped.iv), tag: encode(wrapped.tag) };
    }
  }
  if (encryptedKey ??= await aeskwWrap(alg.slice(-6), key, cek), !(encryptedKey instanceof Uint8Array) || !encryptedKey.byteLength)
    throw new TypeError("JWE key management algorithm did not produce an Encrypted Key");
  return [cek, encryptedKey, parameters];
}

function validateZip(joseHeader, protectedHeader) {
  if (joseHeader.zip !== void 0 && joseHeader.zip !== "DEF")
    throw new JOSENotSupported('Unsupported JWE "zip" (Compression Algorithm) Header Parameter value.');
  if (joseHeader.zip !== void 0 && !protectedHeader?.zip)
    throw new JWEInvalid('JWE "zip" (Compression Algorithm) Header Parameter MUST be in a protected header.');
}
function supported(name) {
  if (typeof globalThis[name] > "u")
    throw new JOSENotSupported(`JWE "zip" (Compression Algorithm) Header Parameter requires the ${name} API.`);
}
async function transform(stream, input, maxLength = 1 / 0) {
  const writer = stream.writable.getWriter();
  writer.write(input).catch(() => {
  }), writer.close().catch(() => {
  });
  const chunks = [];
  let length = 0;
  const reader = stream.readable.getReader();
  for (; ; ) {
    const { value, done } = await reader.read();
    if (done)
      break;
    if (chunks.push(value), length += value.byteLength, maxLength !== 1 / 0 && length > maxLength)
      throw await reader.cancel().catch(() => {
      }), new JWEInvalid("Decompressed plaintext exceeded the configured limit");
  }
  return concat(...chunks);
}
async function compress(input) {
  return supported("CompressionStream"), transform(new CompressionStream("deflate-raw"), input);
}
async function decompress(input, maxLength) {
  return supported("DecompressionStream"), transform(new DecompressionStream("deflate-raw"), input, maxLength);
}

function shareJWE(jwe) {
  const { protected: encodedProtected, ciphertext, iv, tag, aad } = jwe;
  let protectedHeader;
  return encodedProtected !== void 0 && (protectedHeader = parseJoseHeader(encodedProtected, JWEInvalid, "JWE Protected Header is invalid")), [
    protectedHeader,
    decodeBase64url(ciphertext, "ciphertext", JWEInvalid),
    iv !== void 0 ? decodeBase64url(iv, "iv", JWEInvalid) : void 0,
    tag !== void 0 ? decodeBase64url(tag, "tag", JWEInvalid) : void 0,
    encodeAsciiMember((encodedProtected ?? "") + (aad !== void 0 ? `.${aad}` : ""), "aad", JWEInvalid)
  ];
}
function prepareDecrypt(options) {
  const keyManagementAlgorithms = options && validateAlgorithms("keyManagementAlgorithms", options.keyManagementAlgorithms), contentEncryptionAlgorithms = options && validateAlgorithms("contentEncryptionAlgorithms", options.contentEncryptionAlgorithms), { crit, maxPBES2Count, maxDecompressedLength } = options ?? {};
  validateMaxPBES2Count(maxPBES2Count);
  const decompressionLimit = maxDecompressedLength ?? 25e4;
  if (decompressionLimit !== 0 && decompressionLimit !== 1 / 0 && (!Number.isSafeInteger(decompressionLimit) || decompressionLimit < 1))
    throw new TypeError("maxDecompressedLength must be 0, a positive safe integer, or Infinity");
  return [
    keyManagementAlgorithms,
    contentEncryptionAlgorithms,
    crit,
    maxPBES2Count,
    maxDecompressedLength
  ];
}
async function decryptJWE(jwe, shared, key, token = shareJWE(jwe)) {
  const [protectedHeader, ciphertext, iv, tag, additionalAuthenticatedData] = token, { header, unprotected, aad } = jwe;
  let joseHeader;
  if (header !== void 0 || unprotected !== void 0) {
    if (!isDisjoint(protectedHeader, header, unprotected))
      throw new JWEInvalid("JWE Protected, JWE Unprotected Header, and JWE Per-Recipient Unprotected Header Parameter names must be disjoint");
    joseHeader = { ...protectedHeader, ...header, ...unprotected };
  } else
    joseHeader = protectedHeader ?? {};
  const [keyManagementAlgorithms, contentEncryptionAlgorithms, crit, maxPBES2Count, maxDecompressedLength] = shared, { encrypted_key: encodedKey } = jwe;
  validateCrit(JWEInvalid, JWE_RECOGNIZED, crit, protectedHeader, joseHeader), validateZip(joseHeader, protectedHeader);
  const { alg, enc } = joseHeader;
  if (typeof alg != "string" || !alg)
    throw new JWEInvalid("missing JWE Algorithm (alg) in JWE Header");
  const selected = JWE[alg];
  if (encodedKey === "" && (!selected || !isJWECEKTransport(selected)))
    throw new JWEInvalid("JWE Encrypted Key incorrect type");
  const integrated = selected?.mode === "integrated-encryption";
  if (!integrated && (typeof enc != "string" || !enc))
    throw new JWEInvalid("missing JWE Encryption Algorithm (enc) in JWE Header");
  if (keyManagementAlgorithms && !keyManagementAlgorithms.has(alg) || !keyManagementAlgorithms && alg.startsWith("PBES2"))
    throw new JOSEAlgNotAllowed('"alg" (Algorithm) Header Parameter value not allowed');
  let encEntry;
  if (integrated) {
    if (enc !== void 0)
      throw new JWEInvalid('JWE "enc" (Encryption Algorithm) Header Parameter must not be present for integrated encryption');
    if (iv?.byteLength)
      throw new JWEInvalid("JWE Initialization Vector must be empty for integrated encryption");
    if (tag?.byteLength)
      throw new JWEInvalid("JWE Authentication Tag must be empty for integrated encryption");
  } else {
    if (contentEncryptionAlgorithms && !contentEncryptionAlgorithms.has(enc))
      throw new JOSEAlgNotAllowed('"enc" (Encryption Algorithm) Header Parameter value not allowed');
    encEntry = jweEncryption(enc);
  }
  let encryptedKey;
  if (encodedKey !== void 0)
    try {
      encryptedKey = decodeBase64url(encodedKey, "encrypted_key", JWEInvalid);
    } catch (error) {
      if (!selected || !isJWECEKTransport(selected))
        throw error;
      encryptedKey = new Uint8Array();
    }
  let resolvedKey = false;
  typeof key == "function" && (key = await key(protectedHeader, jwe), resolvedKey = true);
  const algEntry = selected ?? jweAlgorithm(alg);
  isJWECEKTransport(algEntry) && encryptedKey === void 0 && (encryptedKey = new Uint8Array());
  const k = await prepareKey(algEntry.mode === "direct-encryption" ? encEntry : algEntry, key, "decrypt");
  let plaintext;
  if (algEntry.mode === "integrated-encryption")
    plaintext = await algEntry.decrypt(k, encryptedKey, ciphertext, additionalAuthenticatedData, protectedHeader, joseHeader);
  else {
    const encryption = encEntry;
    let cek;
    try {
      cek = await decryptKeyManagement(algEntry, encryption, k, encryptedKey, joseHeader, maxPBES2Count), isJWECEKTransport(algEntry) && cek instanceof Uint8Array && cek.byteLength << 3 !== encryption.cekBits && (cek = generateCek(encryption));
    } catch (err) {
      if (err instanceof TypeError || err instanceof JWEInvalid || err instanceof JOSENotSupported)
        throw err;
      cek = generateCek(encryption);
    }
    plaintext = await decrypt(encryption, cek, ciphertext, iv, tag, additionalAuthenticatedData);
  }
  if (joseHeader.zip === "DEF") {
    const decompressionLimit = maxDecompressedLength ?? 25e4;
    if (decompressionLimit === 0)
      throw new JOSENotSupported('JWE "zip" (Compression Algorithm) Header Parameter is not supported.');
    plaintext = await decompress(plaintext, decompressionLimit).catch((cause) => {
      throw cause instanceof JWEInvalid || cause instanceof JOSENotSupported ? cause : new JWEInvalid("Failed to decompress plaintext", { cause });
    });
  }
  return {
    plaintext,
    ...protectedHeader && { protectedHeader },
    ...aad !== void 0 && {
      additionalAuthenticatedData: decodeBase64url(aad, "aad", JWEInvalid)
    },
    ...unprotected && { sharedUnprotectedHeader: unprotected },
    ...header && { unprotectedHeader: header },
    ...resolvedKey && { key: k }
  };
}
async function decryptCompact(jwe, shared, key) {
  if (jwe instanceof Uint8Array && (jwe = decoder.decode(jwe)), typeof jwe != "string")
    throw new JWEInvalid("Compact JWE must be a string or Uint8Array");
  const { 0: protectedHeader, 1: encryptedKey, 2: iv, 3: ciphertext, 4: tag, length } = jwe.split(".");
  if (length !== 5)
    throw new JWEInvalid("Invalid Compact JWE");
  return decryptJWE({
    ciphertext,
    iv: iv || void 0,
    protected: protectedHeader,
    tag: tag || void 0,
    encrypted_key: encryptedKey || void 0
  }, shared, key);
}

async function compactDecrypt(jwe, key, options) {
  return decryptCompact(jwe, prepareDecrypt(options), key);
}

function checkDisjoint(protectedHeader, unprotectedHeader, sharedUnprotectedHeader) {
  if (!isDisjoint(protectedHeader, unprotectedHeader, sharedUnprotectedHeader))
    throw new JWEInvalid("JWE Protected, JWE Shared Unprotected and JWE Per-Recipient Header Parameter names must be disjoint");
}
function checkEncryptHeaders(input, options, sharedHeadersNormalized = false) {
  if (!input[1] && !input[2] && !input[3])
    throw new JWEInvalid("either setProtectedHeader, setUnprotectedHeader, or sharedUnprotectedHeader must be called before #encrypt()");
  options !== void 0 && (input[8] = options?.crit);
  let [, protectedHeader, unprotectedHeader, sharedUnprotectedHeader, aad, cek, iv, keyManagementParameters, crit] = input;
  if (aad !== void 0 && assertUint8Array(aad, "JWE Additional Authenticated Data"), cek !== void 0 && assertUint8Array(cek, "JWE Content Encryption Key"), iv !== void 0 && assertUint8Array(iv, "JWE Initialization Vector"), !sharedHeadersNormalized && protectedHeader !== void 0 && (protectedHeader = serializeJoseHeader(JWEInvalid, protectedHeader)[0], input[1] = protectedHeader), unprotectedHeader !== void 0 && (unprotectedHeader = serializeJoseHeader(JWEInvalid, unprotectedHeader)[0], input[2] = unprotectedHeader), !sharedHeadersNormalized && sharedUnprotectedHeader !== void 0 && (sharedUnprotectedHeader = serializeJoseHeader(JWEInvalid, sharedUnprotectedHeader)[0], input[3] = sharedUnprotectedHeader), keyManagementParameters !== void 0 && !isObject(keyManagementParameters))
    throw new TypeError("JWE Key Management Parameters must be an object");
  checkDisjoint(protectedHeader, unprotectedHeader, sharedUnprotectedHeader);
  const joseHeader = {
    ...protectedHeader,
    ...unprotectedHeader,
    ...sharedUnprotectedHeader
  };
  validateCritDuplicates(JWEInvalid, protectedHeader), validateCrit(JWEInvalid, JWE_RECOGNIZED, crit, protectedHeader, joseHeader), validateZip(joseHeader, protectedHeader);
  const { alg, enc } = joseHeader;
  if (typeof alg != "string" || !alg)
    throw new JWEInvalid('JWE "alg" (Algorithm) Header Parameter missing or invalid');
  const algEntry = JWE[alg];
  if (algEntry?.mode === "integrated-encryption") {
    if (enc !== void 0)
      throw new JWEInvalid('JWE "enc" (Encryption Algorithm) Header Parameter must not be present for integrated encryption');
    if (cek !== void 0)
      throw new TypeError(`setContentEncryptionKey cannot be called with JWE "alg" (Algorithm) Header ${alg}`);
    if (iv !== void 0)
      throw new TypeError(`setInitializationVector cannot be called with JWE "alg" (Algorithm) Header ${alg}`);
    return [joseHeader, void 0, algEntry];
  }
  if (typeof enc != "string" || !enc)
    throw new JWEInvalid('JWE "enc" (Encryption Algorithm) Header Parameter missing or invalid');
  return [joseHeader, jweEncryption(enc), algEntry];
}
async function encryptJWE(input, checked, key) {
  const [joseHeader, encEntry, selected] = checked, [inputPlaintext, inputProtectedHeader, inputUnprotectedHeader, sharedUnprotectedHeader, aad, providedCek, inputIv, keyManagementParameters, , unprotectedParameters] = input;
  let protectedHeader = inputProtectedHeader, unprotectedHeader = inputUnprotectedHeader;
  const algEntry = selected ?? jweAlgorithm(joseHeader.alg);
  let encryptedKey, parameters, cek;
  algEntry.mode === "integrated-encryption" ? cek = await prepareKey(algEntry, key, "encrypt") : [cek, encryptedKey, parameters] = await encryptKeyManagement(algEntry, encEntry, key, joseHeader, providedCek, keyManagementParameters), parameters && (unprotectedParameters ? unprotectedHeader = unprotectedHeader ? { ...unprotectedHeader, ...parameters } : parameters : protectedHeader = protectedHeader ? { ...protectedHeader, ...parameters } : parameters, checkDisjoint(protectedHeader, unprotectedHeader, sharedUnprotectedHeader));
  const encodedProtectedHeader = protectedHeader ? encode(JSON.stringify(protectedHeader)) : "", encodedAad = aad?.byteLength ? encode(aad) : void 0, additionalAuthenticatedData = encode$1(encodedAad ? `${encodedProtectedHeader}.${encodedAad}` : encodedProtectedHeader);
  let plaintext = inputPlaintext;
  joseHeader.zip === "DEF" && (plaintext = await compress(plaintext).catch((cause) => {
    throw cause instanceof JOSENotSupported ? cause : new JWEInvalid("Failed to compress plaintext", { cause });
  }));
  let ciphertext, tag, iv;
  algEntry.mode === "integrated-encryption" ? [encryptedKey, ciphertext] = await algEntry.encrypt(cek, plaintext, additionalAuthenticatedData, protectedHeader, joseHeader, keyManagementParameters) : { ciphertext, tag, iv } = await encrypt(encEntry, plaintext, cek, inputIv, additionalAuthenticatedData);
  const jwe = {
    ciphertext: encode(ciphertext)
  };
  return iv && (jwe.iv = encode(iv)), tag && (jwe.tag = encode(tag)), encryptedKey?.byteLength && (jwe.encrypted_key = encode(encryptedKey)), encodedAad && (jwe.aad = encodedAad), protectedHeader && (jwe.protected = encodedProtectedHeader), sharedUnprotectedHeader && (jwe.unprotected = sharedUnprotectedHeader), unprotectedHeader && (jwe.header = unprotectedHeader), jwe;
}
async function createJWE(input, key, options) {
  return encryptJWE(input, checkEncryptHeaders(input, options), key);
}
function compactJWE(jwe) {
  return [jwe.protected, jwe.encrypted_key, jwe.iv, jwe.ciphertext, jwe.tag].join(".");
}

class CompactEncrypt {
  #input;
  constructor(plaintext) {
    assertUint8Array(plaintext, "plaintext"), this.#input = [plaintext];
  }
  setContentEncryptionKey(cek) {
    return assertNotSet(this.#input[5], "setContentEncryptionKey"), this.#input[5] = cek, this;
  }
  setInitializationVector(iv) {
    return assertNotSet(this.#input[6], "setInitializationVector"), this.#input[6] = iv, this;
  }
  setProtectedHeader(protectedHeader) {
    return assertNotSet(this.#input[1], "setProtectedHeader"), this.#input[1] = protectedHeader, this;
  }
  setKeyManagementParameters(parameters) {
    return assertNotSet(this.#input[7], "setKeyManagementParameters"), this.#input[7] = parameters, this;
  }
  async encrypt(key, options) {
    return compactJWE(await createJWE([...this.#input], key, options));
  }
}

/** Seals a JSON object as a JWE (RFC 7516): compact, `alg` dir, `enc` A256GCM, `kid` the file's name. */
async function seal(content, { id, key }) {
  return await new CompactEncrypt(new TextEncoder().encode(JSON.stringify(content)))
    .setProtectedHeader({ alg: 'dir', enc: 'A256GCM', kid: id })
    .encrypt(key);
}
/** Opens what {@link seal} made; undefined where this key does not open it, or no JSON object is in it. */
async function unseal(sealed, { key }) {
  try {
    const { plaintext } = await compactDecrypt(sealed, key, {
      keyManagementAlgorithms: ['dir'],
      contentEncryptionAlgorithms: ['A256GCM'],
    });
    return index.parseJsonObject(new TextDecoder().decode(plaintext));
  } catch {
    return undefined;
  }
}

/** The first pause between two looks, in milliseconds, how it grows, and how far. */
const firstPauseMs = 2_000;
const pauseGrowth = 1.3;
const longestPauseMs = 8_000;
const longestSpreadMs = 1_500;
/** Each look in line has so long at least. */
const leastLookMs = 10_000;
/**
 * @param deadline the step's own time: it does not run in line
 * @param waitMs how long to stand in line, at most
 */
function standInLine(
  place,
  deadline,
  waitMs,
  { clock, random, cancel, info, debug, clean },
) {
  const now = () => clock().monotonic;
  let joinedAt;
  let turnAt = now();
  let resume;
  let looks = 0;
  let spread = true;
  let watched;
  let named;
  const join = (since) => {
    cancel.throwIfAborted();
    if (deadline.signal.aborted) {
      throw outOfTime(deadline.totalMs);
    }
    joinedAt ??= since;
    resume ??= deadline.suspend(since);
  };
  const waitedMs = () => now() - (joinedAt ?? now());
  const leftMs = () => waitMs - waitedMs();
  return {
    isHeld: (holder, seen) => {
      if (seen.now !== undefined) {
        return isAlive(holder, seen.now);
      }
      // Without GitHub's clock, ours: for as long as it may hold, it has to stand there unchanged.
      watched = watched?.id === holder.id ? watched : { id: holder.id, at: now() };
      return now() - watched.at <= holdingMs(holder);
    },
    wait: async (holder) => {
      join(now());
      spread = false;
      if (leftMs() <= 0) {
        throw inFlight(holder, place, waitMs, clean);
      }
      if (holder !== undefined && holder.id !== named) {
        named = holder.id;
        info(
          `Waiting for ${clean(holder.run)}, which has been refreshing the same credential since ${holder.since.toISOString()}, until ${leaseEnd(holder).toISOString()} at most.`,
        );
      }
      const pauseMs = Math.min(longestPauseMs, firstPauseMs * pauseGrowth ** looks);
      looks += 1;
      const ms = Math.min(leftMs(), pauseMs * (0.5 + random()));
      debug(
        () =>
          `Waiting ${Math.round(ms)} ms for ${holder ? 'the holder' : 'GitHub to show the newest version'}; ${Math.round(waitedMs())} of ${waitMs} ms are over`,
      );
      await deadline.pause(ms);
      cancel.throwIfAborted();
    },
    spreadOut: async () => {
      if (spread) {
        return false;
      }
      spread = true;
      await deadline.pause(random() * longestSpreadMs);
      cancel.throwIfAborted();
      return true;
    },
    step: () => {
      turnAt = now();
      resume?.();
      resume = undefined;
    },
    beaten: async () => {
      join(turnAt);
      looks = 0;
      // Also where nobody is to be waited for: it may have been the commit of another credential.
      if (waitedMs() > Math.max(waitMs, leastLookMs)) {
        throw inFlight(undefined, place, waitedMs(), clean);
      }
      await deadline.pause(random() * longestSpreadMs);
      cancel.throwIfAborted();
    },
    within: async (work) => {
      if (resume === undefined) {
        return await work(deadline);
      }
      const own = index.startDeadline(Math.max(leftMs(), leastLookMs), cancel);
      try {
        return await work(own);
      } finally {
        own.release();
      }
    },
  };
}

/**
 * Looks at the credential's file, and makes sure that it can be used before anything is taken.
 *
 * @throws ActionError `token_branch_invalid`, `token_branch_not_writable`, `network_error`, `timeout`,
 *   `tls_error`, `http_<status>`
 */
async function lookAt(file, deadline, { credential, run, clock, retries, clean, mask }) {
  const at = clock();
  const doing = 'Reading the file on the branch failed (GET)';
  const unusable = invalidFile(file.place, 'is not a file, or is larger than 64 KiB');
  const look = await file.look(deadline, retries).catch((error) => {
    if (error instanceof index.RequestFailure) {
      throw error.kind === 'oversized' ? unusable : gitHubFailed(doing, error, clean);
    }
    throw error;
  });
  const { answer } = look;
  const seen = { at, now: answer.date, left: answer.left };
  switch (look.kind) {
    case 'absent':
      return { ...seen, sha: undefined, record: { refreshes: 0 }, kept: undefined };
    case 'refused':
      throw answer.limited || answer.status >= 500 || answer.status === 200
        ? gitHubFailed(doing, answer, clean)
        : notWritable(answer, file.place, run, 'read');
    case 'unusable':
      throw unusable;
  }
  const record = parseRecord(look.text);
  if (record === undefined) {
    throw invalidFile(file.place, 'is not what this action writes');
  }
  if (record.sealed === undefined) {
    return { ...seen, sha: look.sha, record, kept: undefined };
  }
  const content = await unseal(record.sealed, credential);
  index.secretsIn(content ?? {}).forEach(mask);
  const { refresh_token: refreshToken } = content ?? {};
  if (content === undefined || !index.isTokenText(refreshToken)) {
    throw invalidFile(file.place, 'cannot be opened with the refresh token that was given');
  }
  return { ...seen, sha: look.sha, record, kept: { ...content, refresh_token: refreshToken } };
}

/**
 * Before the first write to a branch: whether it is there, and one of ours.
 * @throws ActionError `input_invalid` where it is another branch, `token_branch_not_writable`, \u2026
 * @returns whether the branch is there
 */
async function survey(file, deadline, world) {
  const { place } = file;
  const doing = 'Looking for the branch failed (GET)';
  const around = await file.surroundings(deadline, world.retries).catch((error) => {
    throw error instanceof index.RequestFailure ? gitHubFailed(doing, error, world.clean) : error;
  });
  if ('status' in around) {
    throw around.limited || around.status >= 500
      ? gitHubFailed(doing, around, world.clean)
      : notWritable(around, place, world.run, 'read');
  }
  if (around.defaultBranch === place.branch) {
    throw wrongBranch(place, `it is the default branch of ${place.repository}`);
  }
  if (around.branchExists && !isOurReadme(around.readme)) {
    throw wrongBranch(
      place,
      `there is such a branch in ${place.repository}, and this action did not make it`,
    );
  }
  return around.branchExists;
}

/** What a look showed, for debug logging: one line, and nothing secret. */
function seenText({ sha, record, kept, now, at, left }, clean) {
  const { holder, refreshes } = record;
  return [
    sha === undefined
      ? 'Look: no file'
      : `Look: version ${sha.slice(0, 7)}, refresh ${refreshes}, ${kept ? 'a token' : 'nothing'} sealed in it`,
    holder === undefined
      ? 'free'
      : `held by ${clean(holder.run)} from ${holder.since.toISOString()}, until ${heldUntil(holder).toISOString()} at most`,
    `${now?.toISOString() ?? 'no time'} by GitHub's clock, ${new Date(at.wall).toISOString()} by this machine's`,
    `${left?.requests ?? 'an unknown number of'} requests left in the hour`,
  ].join('; ');
}

/** How long a write under way may go on once the run was cancelled. */
const graceMs = 4_000;
/** With fewer requests left in the hour, a new token might not be saved. */
const fewestLeft = 10;
/** Who waits leaves more to the one who is waited for, and has still to save: the hour's requests are shared. */
const fewestLeftInLine = 100;
/** The pause before another look, where the branch is not there (yet). */
const absentPauseMs = 1_000;
/** How often a look is repeated that has to tell what became of a write, whatever `retries` says. */
const findingOut = 10;
/**
 * Waits until nobody else refreshes the credential, and takes it: a compare-and-swap on the version that
 * was looked at, so that of all who saw the same one only one goes on.
 *
 * @param waitMs how long to wait for others, at most; does not count in `deadline`
 * @param reuse looks at each version first: what is found there makes a turn unnecessary
 * @throws ActionError `credential_in_flight`, `token_branch_not_writable`, `input_invalid`, and as {@link lookAt}
 */
async function takeTurn(file, deadline, waitMs, world, reuse) {
  const id = node_crypto.randomUUID();
  const line = standInLine(file.place, deadline, waitMs, world);
  const replaced = new Map();
  let branchKnown = false;
  /** What we wrote without being told that it is there. */
  const unsure = [];
  let unclear;
  let missingSince;
  let last;
  let limits = 0;
  let giveUpConnection = () => {};
  try {
    for (;;) {
      const retries = unsure.length > 0 ? Math.max(world.retries, findingOut) : world.retries;
      const look = await line.within((own) => lookAt(file, own, { ...world, retries }));
      // Deleted in front of our eyes, it is no first use: what it kept goes on from what we saw.
      const seen =
        look.sha === undefined && last ? { ...look, record: last.record, kept: last.kept } : look;
      last = seen;
      world.debug(() => seenText(seen, world.clean));
      world.cancel.throwIfAborted();
      const { holder } = seen.record;
      // Not by the holder's id alone: an earlier write of ours may have replaced another token. Of two
      // that are the same, time runs from the look before the first one.
      const arrived = unsure.find(({ sha }) => sha === seen.sha);
      if (arrived !== undefined) {
        return arrived;
      }
      const found = unsure.length === 0 ? reuse(seen) : undefined;
      if (found !== undefined) {
        return found;
      }
      const stale = isStale(seen, replaced, world);
      if (stale || (holder !== undefined && line.isHeld(holder, seen))) {
        failIfFewLeft(seen.left, fewestLeftInLine);
        await line.wait(stale ? undefined : holder);
        continue;
      }
      if (await line.spreadOut()) {
        continue;
      }
      line.step();
      if (unclear !== undefined && unsure.length > world.retries) {
        throw unclear;
      }
      failIfFewLeft(seen.left);
      branchKnown ||= seen.sha !== undefined || (await survey(file, deadline, world));
      const turn = turnOf(id, seen, world);
      unsure.push(turn);
      if (branchKnown) {
        // So that it costs no time of its own. To make the branch takes several requests: too long.
        giveUpConnection = world.connect();
      }
      const doing = writing(branchKnown);
      const written = await put(file, turn, branchKnown, deadline, world);
      world.debug(() => `Take: ${written.kind}`);
      if (written.kind === 'done') {
        failIfFewLeft(written.answer.left);
        return turn;
      }
      giveUpConnection();
      if (written.kind === 'unclear') {
        unclear = gitHubFailed(doing, written.outcome, world.clean);
        const pauseMs = failures.nextPauseMs(unsure.length - 1, 0, world.random());
        await pauseOrFail(Math.max(pauseMs, waitAskedBy(written.outcome)), deadline, unclear);
        continue;
      }
      unsure.pop();
      const { answer } = written;
      const forGood = notWritable(answer, file.place, world.run, 'write to');
      switch (written.kind) {
        case 'beaten':
          if (written.stale) {
            replaced.set(seen.sha ?? absent, world.clock().monotonic);
          }
          await line.beaten();
          break;
        case 'limited': {
          // GitHub does not always say how long: whoever goes on asking is kept out for longer.
          const pauseMs = Math.max(failures.nextPauseMs(limits++, 0, world.random()), answer.waitMs);
          const limited = gitHubFailed(doing, answer, world.clean);
          await pauseOrFail(world.retries === 0 ? never : pauseMs, deadline, limited);
          break;
        }
        case 'missing':
          // A new branch is not visible to every request at once; or somebody deleted it.
          missingSince ??= world.clock().monotonic;
          if (!branchKnown || world.clock().monotonic - missingSince > newBranchMs) {
            throw forGood;
          }
          branchKnown = false;
          await pauseOrFail(absentPauseMs, deadline, forGood);
          break;
        case 'refused':
          throw forGood;
      }
    }
  } catch (error) {
    giveUpConnection();
    for (const turn of unsure) {
      await abandon(file, turn, world);
    }
    throw error;
  } finally {
    line.step();
  }
}
/** A pause that no deadline leaves room for. */
const never = Number.POSITIVE_INFINITY;
/** Stands for the `sha` of a file that is not there. */
const absent = '';
/** Whether a look shows a version that GitHub itself called replaced a moment ago. */
function isStale({ sha }, replaced, { clock }) {
  const since = replaced.get(sha ?? absent);
  return since !== undefined && clock().monotonic - since < readLagMs;
}
function failIfFewLeft(left, fewest = fewestLeft) {
  if (left !== undefined && left.requests < fewest) {
    throw tooFewLeft(left);
  }
}
function turnOf(id, seen, { run, clock, info, clean }) {
  const { holder: dead, ...record } = seen.record;
  if (dead !== undefined) {
    info(
      `${clean(dead.run)} took the credential at ${dead.since.toISOString()} and never let go: taking its place.`,
    );
  }
  const since = seen.now ?? new Date(clock().wall);
  const holder = { id, run: run.url, since, seconds: leaseSeconds };
  const text = formatRecord({ ...record, holder }, aboutOf(run.documents));
  return { seen, holder, sha: blobSha(text), text, dead };
}
async function put(file, { text, seen }, branchKnown, deadline, { run, cancel, retries }) {
  const message = `Take the credential: ${run.url} [skip ci]`;
  // A write that was begun is finished: what it did is to be known, and undone.
  const own = index.startDeadline(Math.max(1_000, deadline.remainingMs()), cancel, graceMs);
  try {
    if (branchKnown) {
      return await file.write(text, seen.sha, message, own);
    }
    const files = { [readmeName]: readmeOf(run.documents), [file.place.file]: text };
    return await file.makeBranch(files, message, own, retries);
  } finally {
    own.release();
  }
}
/** Undoes a write of which nobody knows whether it was done; where it was not, this is refused. */
async function abandon(file, { seen, sha }, { run, cancel }) {
  const { holder: _, ...record } = seen.record;
  const text = formatRecord(record, aboutOf(run.documents));
  const own = index.startDeadline(graceMs, cancel, index.cancelledSaveMs);
  try {
    await file.write(text, sha, letGoMessage(run.url), own);
  } finally {
    own.release();
  }
}
/** The message of the commit that gives the credential back as it was. */
function letGoMessage(run) {
  return `Let go, nothing was rotated: ${run} [skip ci]`;
}
function waitAskedBy(outcome) {
  return outcome instanceof index.RequestFailure ? 0 : outcome.waitMs;
}
async function pauseOrFail(ms, deadline, error) {
  if (ms >= deadline.remainingMs()) {
    throw error;
  }
  await deadline.pause(ms);
}

/** How long the end of the job tries to save what the step could not. */
const saveMs = 60_000;
/**
 * What the end of the job has to know to save a new token, where the step does not come to it. The
 * token is in it encrypted.
 */
function unsavedState(place, { sha, holder }, text, message) {
  const until = heldUntil(holder).toISOString();
  return JSON.stringify({ ...place, text, message, replaces: sha, holder: holder.id, until });
}
/**
 * Saves what the step left unsaved: the version that it replaces makes a late save safe.
 * @param state what {@link unsavedState} gave
 */
async function saveUnsaved(
  state,
  githubToken,
  { apiUrl, documents },
  { send, random, info, debug, warning, clean },
) {
  const texts = Object.entries(index.parseJsonObject(state) ?? {});
  const text = (name) => {
    const value = texts.find(([key]) => key === name)?.[1];
    return typeof value === 'string' ? value : '';
  };
  const place = { repository: text('repository'), branch: text('branch'), file: text('file') };
  if ([...Object.values(place), text('text'), text('replaces')].includes('')) {
    warning('The new refresh token could not be saved: what the step noted for it cannot be read.');
    return;
  }
  const client = { send, random, token: githubToken, apiUrl, clean, debug, retrying: info };
  const file = branchFile(place, gitHubClient(client));
  const deadline = index.startDeadline(saveMs);
  try {
    const saved = await replaceOwn(
      file,
      {
        text: text('text'),
        replaces: text('replaces'),
        message: text('message'),
        holder: text('holder'),
        readme: readmeOf(documents),
      },
      () => Date.now() < Date.parse(text('until')),
      { deadline, clock: clockOfThisMachine, random, info, debug, clean },
    );
    if (saved === undefined) {
      warning(
        `The new refresh token could not be saved on ${nameOf(place)} at the end of the job either, as far as GitHub told.\nWhat to do: Unless a step saved the output of the refresh, sign in again before the next run (${documents}/troubleshooting.md#signing-in-again).\nMore: ${documents}/rotation.md#save_failed`,
        'Salesforce refresh token: not kept',
      );
    } else {
      info(`Saved the new refresh token that the step could not save, on ${nameOf(place)}.`);
    }
  } finally {
    deadline.release();
  }
}

var unsaved = {
  __proto__: null,
  saveUnsaved,
  unsavedState
};

/** The refresh token has to leave so soon after the look that it comes from: others count from there. */
const sendWithinMs = 30_000;
/** How long letting go may take; whoever cannot let go in it is waited for by the next run. */
const letGoMs = 10_000;
const leaseMs = leaseSeconds * 1000;
/** How long to try to save at the least, where the answer came late: the machine may have slept. */
const lateSaveMs = 10_000;
/**
 * The refresh token on a branch, encrypted with a key that only the one that was given yields: see
 * docs/rotation.md. The one door to all that this needs.
 */
function keptOnBranch(
  { refreshToken: given, authUrl },
  tokenBranch,
  endpoint,
  retries,
  context,
  tools,
) {
  const { cancel, random, workflow } = tools;
  const ahead = connectAhead();
  const credential = credentialKey(given);
  const { repository, branch, githubToken: token, waitMs, reuseMs } = tokenBranch;
  const ask = gitHubClient({ ...tools, ...workflow, token, apiUrl: context.apiUrl });
  const file = branchFile({ repository, branch, file: `${credential.id}.json` }, ask);
  const { runUrl: url, documents, actor, eventName } = context;
  const world = {
    credential,
    run: { url, documents, actor, eventName },
    clock: clockOfThisMachine,
    connect: () => {
      workflow.debug(() => `Connecting to ${endpoint.url.host} ahead of time`);
      return ahead.open(endpoint.url, endpoint.last);
    },
    opened: ahead.take,
    random,
    cancel,
    info: workflow.info,
    debug: workflow.debug,
    mask: workflow.mask,
    clean: workflow.clean,
    retries,
  };
  /** Access tokens that were found once already: asked again, the step wants a better one. */
  const found = new Set();
  const reuse = (seen) => {
    const body = reusableAnswer(seen, reuseMs);
    if (body === undefined || found.has(body['access_token'])) {
      return undefined;
    }
    found.add(body['access_token']);
    return {
      kind: 'reusable',
      body,
      kept: { phrase: `kept ${placeOf(file, seen.record.refreshes)}` },
    };
  };
  return {
    take: async (deadline) => {
      const turn = await takeTurn(file, deadline, waitMs, world, reuse);
      return 'kind' in turn
        ? turn
        : takenBy$1(turn, { given, authUrl, reuseMs, file, world, workflow });
    },
  };
}
function takenBy$1(turn, work) {
  const { file, world, workflow, given, authUrl } = work;
  const { seen, holder } = turn;
  const sent = seen.kept?.refresh_token ?? given;
  const place = file.place;
  const heldMs = () => elapsedMs(seen.at, world.clock());
  // Late, it is still safe: only our own take is ever replaced.
  const savingMs = () => Math.max(leaseMs - heldMs(), lateSaveMs);
  const giveBack = async () => {
    const { holder: _, ...record } = seen.record;
    const text = formatRecord(record, aboutOf(world.run.documents));
    const { run, retries } = world;
    const written = { text, message: letGoMessage(run.url), lettingGo: true, retries };
    return await replace(turn, written, letGoMs, work);
  };
  return {
    kind: 'taken',
    refreshToken: sent,
    mayLeave: () => {
      const ms = heldMs();
      world.debug(() => `Sending ${Math.round(ms)} ms after the look, within ${sendWithinMs} ms`);
      return ms <= sendWithinMs;
    },
    opened: world.opened,
    ifUnknown: ifUnknown(holder),
    ifDead: ifDead(turn, place, world.clean),
    letGo: async () => {
      await giveBack();
    },
    stays: async () => {
      const replaced = await giveBack();
      if (seen.record.refreshes === 0) {
        workflow.warning(
          '`token-branch` is not needed: the app did not rotate the refresh token. Drop it, `github-token` and `contents: write`, and save two commits a run.',
        );
      }
      const url = replaced?.commitUrl;
      return { phrase: 'not rotated', ...(url !== undefined && { url }) };
    },
    keep: (newToken, body) =>
      index.keepNewToken(newToken, authUrl, workflow, undefined, async () => {
        const refreshes = seen.record.refreshes + 1;
        const text = await sealedRecord(refreshes, newToken, body, work);
        const message = savedMessage(refreshes, holder.id, world.run.url);
        note(unsavedState(place, turn, text, message), workflow);
        const saved = await replace(turn, { text, message }, savingMs(), work);
        if (saved === undefined) {
          throw notSaved(place, authUrl !== undefined);
        }
        note('', workflow);
        const url = saved.commitUrl;
        return { name: placeOf(file, refreshes), safe: true, ...(url !== undefined && { url }) };
      }),
  };
}
/** For the end of the job. A full disk must not keep the token from the branch. */
function note(state, workflow) {
  try {
    workflow.saveState({ 'token-branch': state });
  } catch (error) {
    workflow.info(`The end of the job could not be told about the new token: ${index.describe(error)}`);
  }
}
/**
 * The file with the new refresh token; for those who reuse the access token, with the whole answer, as
 * far as the next run takes a file of that size.
 */
async function sealedRecord(refreshes, newToken, body, { reuseMs, world }) {
  const recordOf = async (answer) => {
    const sealed = await seal({ ...answer, refresh_token: newToken }, world.credential);
    return formatRecord({ refreshes, sealed }, aboutOf(world.run.documents));
  };
  const { issued_at } = body;
  const text = await recordOf(reuseMs > 0 ? body : { issued_at });
  return Buffer.byteLength(text) > maxFileBytes ? await recordOf({}) : text;
}
/** Replaces what we took, for as long as that is promised. */
async function replace({ seen, sha, holder }, written, forMs, { file, world }) {
  const deadline = index.startDeadline(Math.max(0, forMs), world.cancel, index.cancelledSaveMs);
  const readme = readmeOf(world.run.documents);
  const replacement = { ...written, replaces: sha, holder: holder.id, readme };
  try {
    const leaseRuns = () => elapsedMs(seen.at, world.clock()) < leaseMs;
    return await replaceOwn(file, replacement, leaseRuns, { ...world, deadline });
  } finally {
    deadline.release();
  }
}
/** `on the branch \u201c\u2026\u201d of acme/deploy, as refresh 17`. */
function placeOf({ place }, refreshes) {
  return `on ${nameOf(place)}, as refresh ${refreshes}`;
}

var keeper = {
  __proto__: null,
  keptOnBranch
};

/**
 * Says why a text can't be the name of a branch here: git would not take it (git-check-ref-format(1)),
 * or GitHub could read it as something else.
 *
 * @returns what it is instead, after \u201cThe input \u2026 \u201d; undefined for a good name
 */
function branchNameFlaw(name) {
  if (/^refs\//.test(name)) {
    return 'starts with `refs/`, and has to be the name alone';
  }
  if (/^[0-9a-f]{40}$/i.test(name)) {
    return 'looks like a commit';
  }
  const parts = name.split('/');
  const good =
    name.length <= 200 &&
    name !== 'HEAD' &&
    !name.startsWith('-') &&
    !index.hasUnprintable(name) &&
    !/[ ~^:?*[\\]|\.\.|@\{|^@$|\.$/.test(name) &&
    parts.every((part) => part !== '' && !part.startsWith('.') && !part.endsWith('.lock'));
  return good ? undefined : 'is not a name that git takes for a branch';
}

/** What to say where `token-branch` has no token to write with: it is no secret that is missing. */
const noGitHubToken = {
  fix: `Add \`github-token: \${{ github.token }}\` to this step, and \`permissions: contents: write\` to its job (in a called workflow, to the calling job too). ${index.nothingSent}`,
};
/** A shorter refresh token is no key for what is kept on the branch. */
const leastTokenLength = 40;
/**
 * The branch that keeps the refresh token. Loaded where one is named.
 * @throws ActionError `input_invalid`, `input_missing`, `input_conflict`
 */
function tokenBranchInputs(branch, raw, env, refreshToken, { waitMs, reuseMs }) {
  if (reuseMs > 0 && index.booleanInput(raw, 'revoke-on-completion', false)) {
    throw index.conflict(
      ['reuse-minutes', 'revoke-on-completion'],
      'this job would revoke a token that other jobs are using',
      'Leave one of the two out.',
    );
  }
  const { repository: own } = index.readContext(env);
  const repository = raw['token-repository'] ?? own;
  if (!/^[\w.-]*[\w-][\w.-]*\/[\w.-]*[\w-][\w.-]*$/.test(repository)) {
    throw raw['token-repository'] === undefined
      ? index.ActionError.own('input_missing', 'GITHUB_REPOSITORY is not set.', {
          fix: `Run this as a step of a GitHub Actions job, or name the repository of the branch in \`token-repository\`. ${index.nothingSent}`,
        })
      : index.notTaken('token-repository', repository, 'not a repository', {
          fix: `Write it as \`owner/name\`, without \`https://github.com/\`. ${index.nothingSent}`,
        });
  }
  const isOwn = repository.toLowerCase() === own.toLowerCase();
  const flaw = branchNameFlaw(branch) ?? (isOwn ? takenBy(branch, env) : undefined);
  if (flaw !== undefined) {
    throw index.ActionError.own(
      'input_invalid',
      `\`token-branch\` is ${index.quoted(branch)}, which ${flaw}.`,
      failures.notForTokens,
    );
  }
  if (refreshToken.length < leastTokenLength) {
    throw index.ActionError.own(
      'input_invalid',
      `The refresh token has only ${refreshToken.length} characters, and \`token-branch\` takes ${leastTokenLength} or more.`,
      {
        fix: `Check that the whole refresh token is stored: real ones are longer. ${index.nothingSent}`,
        why: 'The key that encrypts the file on the branch is derived from it.',
      },
    );
  }
  const githubToken = raw['github-token'];
  if (githubToken === undefined) {
    throw failures.missingInput(
      '`token-branch` is set, and `github-token`, which it needs, is empty.',
      ['github-token'],
      env,
      noGitHubToken,
    );
  }
  if (!index.isTokenText(githubToken)) {
    throw index.ActionError.own(
      'input_invalid',
      'The input `github-token` holds white space or another character that no token has.',
      {
        fix: `Give \`\${{ github.token }}\`, or the token of a GitHub App as it is, on one line. ${index.nothingSent}`,
      },
    );
  }
  return { repository, branch, githubToken, waitMs, reuseMs };
}
/** What a branch of the workflow's own repository is there for already. */
function takenBy(branch, env) {
  if (index.readContext(env).refs.includes(branch)) {
    return 'is the branch or tag that this run is about';
  }
  // Asked of GitHub as well, but only before the first write: here it costs no request.
  return branch === failures.defaultBranchOf(env) ? 'is the default branch of the repository' : undefined;
}

var tokenBranchInputs$1 = {
  __proto__: null,
  tokenBranchInputs
};

exports.keeper = keeper;
exports.tokenBranchInputs = tokenBranchInputs$1;
exports.unsaved = unsaved;
