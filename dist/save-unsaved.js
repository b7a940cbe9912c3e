'use strict';

var action = require('./action.js');
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
    return readAnswer(await action.sendRepeatedly(request, how), clean);
  };
}
/** Whether nobody knows if the request was carried out: no answer, or one that a proxy may have given. */
function isUnclear(outcome) {
  return outcome instanceof action.RequestFailure || outcome.status >= 500 || outcome.status === 408;
}
function readAnswer(answer, clean) {
  const { status, headers } = answer;
  const body = action.parseJson(answer.body);
  const message = wordsOf(body);
  const date = new Date(headers.date ?? '');
  const known = Number.isNaN(date.getTime()) ? undefined : date;
  const left = limitOf(headers['x-ratelimit-remaining'], headers['x-ratelimit-reset']);
  const asked = action.parseRetryAfter(headers['retry-after'], headers.date);
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
  const errors = action.memberOf(body, 'errors');
  const more = Array.isArray(errors) ? errors : [];
  return [action.memberOf(body, 'message'), ...more.map((error) => action.memberOf(error, 'message') ?? error)]
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
  if (outcome instanceof action.RequestFailure || isUnclear(outcome)) {
    return { kind: 'unclear', outcome };
  }
  const answer = outcome;
  const { status, message } = answer;
  if (status < 300) {
    return shown
      ? { kind: 'done', commitUrl: commitUrlOf(action.memberOf(answer.body, 'commit')), answer }
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
  const sha = action.memberOf(bodyOf(outcome), 'sha');
  return typeof sha === 'string' && /^[0-9a-f]{40,64}$/.test(sha) ? sha : undefined;
}
/** The page of a commit; it goes into the summary as a link, so only what looks like one. */
function commitUrlOf(commit) {
  const url = action.memberOf(commit, 'html_url');
  return typeof url === 'string' && /^https?:\/\/[\w.:/-]+\/commit\/[0-9a-f]+$/.test(url)
    ? url
    : undefined;
}
/** The body of an answer, where there is one. */
function bodyOf(outcome) {
  return outcome instanceof action.RequestFailure ? undefined : outcome.body;
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
      const shown = action.memberOf(action.memberOf(bodyOf(outcome), 'content'), 'sha');
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
      const shown = action.memberOf(action.memberOf(bodyOf(ref), 'object'), 'sha');
      const written = judgeWrite(ref, shown === sha);
      return written.kind === 'done' ? { ...written, commitUrl: url } : written;
    },
    surroundings: async (deadline, retries) => {
      const get = (path) => ask({ method: 'GET', path }, deadline, retries);
      const repository = await get(root);
      const defaultBranch = action.memberOf(repository.body, 'default_branch');
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
      const commit = action.memberOf(action.memberOf(ref.body, 'object'), 'sha');
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
        .map((entry) => action.memberOf(action.memberOf(entry, 'commit'), 'message'))
        .filter((message) => typeof message === 'string');
    },
  };
}
async function once(ask, request, deadline, retries = 0) {
  try {
    return await ask(request, deadline, retries);
  } catch (error) {
    if (error instanceof action.RequestFailure) {
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
  const [content, sha] = [action.memberOf(body, 'content'), action.memberOf(body, 'sha')];
  const plain = action.memberOf(body, 'type') === 'file' && action.memberOf(body, 'encoding') === 'base64';
  if (!plain || typeof content !== 'string') {
    return { kind: 'unusable', answer };
  }
  const bytes = Buffer.from(content, 'base64');
  if (bytes.length > maxFileBytes || typeof sha !== 'string' || blobSha(bytes) !== sha) {
    return { kind: 'unusable', answer };
  }
  return { kind: 'file', sha, text: bytes.toString(), answer };
}

const clockOfThisMachine = () => ({
  monotonic: action.now(),
  wall: Date.now(),
});
/** How long ago a moment is at the least favourable reading, in milliseconds. */
function elapsedMs(since, now) {
  return Math.max(now.monotonic - since.monotonic, now.wall - since.wall);
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
  const json = action.parseJsonObject(text);
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
    action.memberOf(value, name),
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
/** `the branch “salesforce-tokens” of acme/deploy`. */
function nameOf({ branch, repository }) {
  return `the branch “${branch}” of ${repository}`;
}
/**
 * GitHub refused to let the branch be read or written.
 * @param doing what was tried: `read`, `write`
 */
function notWritable(answer, place, run, doing) {
  const said = answer.message === '' ? '' : `: “${answer.message}”`;
  return action.ActionError.own(
    'token_branch_not_writable',
    `GitHub does not let this step ${doing} ${nameOf(place)} (HTTP ${answer.status}${said}).`,
    causeOf(answer, place, run),
  );
}
function causeOf({ status, message }, { branch, repository }, { actor, eventName }) {
  if (status === 401) {
    return {
      why: '`github-token` is expired, revoked or not a token at all. Tokens of a GitHub App live for one hour.',
      fix: `Pass \`github-token: \${{ github.token }}\`, or make the App's token in this job, shortly before this step. ${action.nothingSent}`,
    };
  }
  if (/git repository is empty/i.test(message)) {
    return {
      why: `${repository} has no commit yet, and GitHub makes no branches in an empty repository.`,
      fix: `Push a first commit (a README will do), then run the job again. ${action.nothingSent}`,
    };
  }
  if (status >= 300 && status < 400) {
    return {
      why: `${repository} was renamed or moved, and this step does not follow redirects with a token.`,
      fix: `Set \`token-repository\` to the name that the repository has now. ${action.nothingSent}`,
    };
  }
  if (/archived/i.test(message)) {
    return {
      why: `${repository} is archived, so nobody can write to it.`,
      fix: `Name another repository in \`token-repository\`, or unarchive this one. ${action.nothingSent}`,
    };
  }
  if (/rule violations|repository rule|ruleset/i.test(message)) {
    return {
      why: 'A ruleset of the repository or the organisation covers the branch.',
      fix: `Take “${branch}” out of the ruleset (Settings → Rules → Rulesets → Target branches), or name a branch that none covers. ${action.nothingSent}`,
    };
  }
  if (/protected branch|through a pull request|required status|status check/i.test(message)) {
    return {
      why: 'Branch protection covers the branch, and this step has to commit to it directly.',
      fix: `Take “${branch}” out of the protection rule (Settings → Branches), or name a branch that none covers. ${action.nothingSent}`,
    };
  }
  if (/reference update failed/i.test(message)) {
    return {
      why: 'Branch protection covers that name, or there is a branch whose name is the beginning of this one (git takes no `a/b` beside an `a`).',
      fix: `Take “${branch}” out of the protection rule (Settings → Branches), or give \`token-branch\` another name. ${action.nothingSent}`,
    };
  }
  // A token that may only read is refused with 403: it sees the repository.
  if (status !== 404 && actor === 'dependabot[bot]') {
    return {
      why: 'Dependabot started this run, and its `GITHUB_TOKEN` is read-only by default.',
      fix: `${action.skipDependabot}, if you trust the updates that run in it, give it \`permissions: contents: write\`. ${action.nothingSent}`,
    };
  }
  if (status !== 404 && eventName === 'pull_request') {
    return {
      fix: [
        'One of two things:',
        `- The pull request comes from a fork, whose token is read-only: ${action.skipForks}.`,
        `- ${permission}`,
        action.nothingSent,
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
      '- The branch is in another repository (`token-repository`): pass the token of a GitHub App that is installed there with “Contents: write”.',
      action.nothingSent,
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
  if (outcome instanceof action.RequestFailure) {
    const { what, fix } = action.explainNoAnswer(outcome, { service: 'github', clean });
    const status = /githubstatus/.test(fix)
      ? ''
      : ' GitHub shows outages at https://www.githubstatus.com.';
    return action.ActionError.own(action.failureCodes[outcome.kind], `${doing}: ${what}`, {
      cause: outcome,
      fix: `${fix}${status} ${action.nothingSent}`,
      why: undefined,
    });
  }
  const { status, message, limited, left } = outcome;
  const said = message === '' ? '' : `: “${message}”`;
  const reset =
    limited && left?.requests === 0 ? ` The limit is reset at ${left.reset.toISOString()}.` : '';
  const { why, fix } = action.explainGitHubStatus(limited ? 429 : status);
  return new action.ActionError(
    `http_${status}`,
    `${doing}: GitHub's API answered with HTTP ${status}${said}.${reset}`,
    { why, fix: `${fix} ${action.nothingSent}` },
  );
}
/** The step's own time ended while others were faster to take the credential. */
function outOfTime(totalMs) {
  return action.ActionError.own(
    'timeout',
    `\`timeout-seconds\` (${totalMs / 1000}) ran out before this job could take the credential: other jobs were faster.`,
    {
      why: "GitHub's API was too slow for so little time.",
      fix: `Run the job again, or raise \`timeout-seconds\`. ${action.nothingSent}`,
    },
  );
}
/** So few requests are left that the new token might not be saved. */
function tooFewLeft({ requests, reset }) {
  const { why, fix } = action.explainGitHubStatus(429);
  return new action.ActionError(
    'http_429',
    `GitHub allows \`github-token\` only ${requests} more requests before ${reset.toISOString()}, too few to be sure of saving a new refresh token.`,
    { why, fix: `${fix} ${action.nothingSent}` },
  );
}
/** What lies on the branch is nothing that this credential can use. */
function invalidFile(place, what) {
  return action.ActionError.own('token_branch_invalid', `${place.file} on ${nameOf(place)} ${what}.`);
}
/** The name given is that of a branch which is not for tokens. */
function wrongBranch(place, what) {
  return action.ActionError.own(
    'input_invalid',
    `\`token-branch\` cannot be ${action.quoted(place.branch)}: ${what}.`,
    action.notForTokens,
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
    return action.ActionError.own(
      'credential_in_flight',
      `Other jobs took the credential first, again and again (${nameOf(place)}; ${waited}).`,
    );
  }
  const until = leaseEnd(holder).toISOString();
  return action.ActionError.own(
    'credential_in_flight',
    `Another run is using this credential: ${clean(holder.run)} (since ${holder.since.toISOString()}, until ${until} at the latest; ${nameOf(place)}; ${waited}).`,
    {
      fix: action.ownErrors.credential_in_flight.fix.replace(
        ',',
        ` when that run is over, or after ${until},`,
      ),
    },
  );
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
- **To start over**: ${action.startOver}

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
 * Replaces our own take, again and again until it is certain that it was done, or the time is up. What
 * other versions a look shows is old as long as our lease runs: nobody else may have replaced our take.
 *
 * @param leaseRuns whether nobody else may have taken the credential meanwhile
 * @returns undefined where it was not done: the time is up, or somebody else's version is there
 */
async function replaceOwn(file, replacement, leaseRuns, tools) {
  const { deadline, clock, random, info, debug, clean } = tools;
  const isOver = (since, ms) => since !== undefined && clock().monotonic - since > ms;
  let pauseMs = 0;
  let failures = 0;
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
    failures += written.kind === 'beaten' ? 0 : 1;
    if (failures > (replacement.retries ?? failures)) {
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
    const ownMs = action.nextPauseMs(retry, pauseMs, random());
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
    if (error instanceof action.RequestFailure) {
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
  if (outcome instanceof action.RequestFailure) {
    return outcome.message;
  }
  return outcome === undefined ? '' : `HTTP ${outcome.status} ${outcome.message}`;
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
  const texts = Object.entries(action.parseJsonObject(state) ?? {});
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
  const deadline = action.startDeadline(saveMs);
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

var unsaved = /*#__PURE__*/Object.freeze({
  __proto__: null,
  saveUnsaved: saveUnsaved,
  unsavedState: unsavedState
});

exports.aboutOf = aboutOf;
exports.blobSha = blobSha;
exports.branchFile = branchFile;
exports.clockOfThisMachine = clockOfThisMachine;
exports.credentialKey = credentialKey;
exports.elapsedMs = elapsedMs;
exports.formatRecord = formatRecord;
exports.gitHubClient = gitHubClient;
exports.gitHubFailed = gitHubFailed;
exports.heldUntil = heldUntil;
exports.holdingMs = holdingMs;
exports.inFlight = inFlight;
exports.invalidFile = invalidFile;
exports.isAlive = isAlive;
exports.isOurReadme = isOurReadme;
exports.leaseEnd = leaseEnd;
exports.leaseSeconds = leaseSeconds;
exports.maxFileBytes = maxFileBytes;
exports.nameOf = nameOf;
exports.newBranchMs = newBranchMs;
exports.notWritable = notWritable;
exports.outOfTime = outOfTime;
exports.parseRecord = parseRecord;
exports.readLagMs = readLagMs;
exports.readmeName = readmeName;
exports.readmeOf = readmeOf;
exports.replaceOwn = replaceOwn;
exports.savedMessage = savedMessage;
exports.tooFewLeft = tooFewLeft;
exports.unsaved = unsaved;
exports.unsavedState = unsavedState;
exports.writing = writing;
exports.wrongBranch = wrongBranch;
