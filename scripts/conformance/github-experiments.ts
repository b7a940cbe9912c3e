import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { blobSha, type Look } from '../../src/github/branch-file.ts';
import type { Written } from '../../src/github/written.ts';
import { RequestFailure } from '../../src/http/failure.ts';
import { memberOf } from '../../src/http/json.ts';
import type { Finding } from './experiments.ts';
import type { RepositoryUnderTest } from './github-client.ts';

/** The action takes a replaced version that it sees for old for so long, and a new branch for not visible yet. */
const patienceMs = 15_000;
/** The pause between two looks grows, to be kind to the limit of requests. */
const [firstPollMs, longestPollMs] = [100, 2_000];
const pollMs = (again: number) => Math.min(longestPollMs, firstPollMs * 1.5 ** again);

type Answered = Omit<Finding, 'question'>;
type Ask = (question: string, experiment: () => Promise<Answered>) => Promise<void>;

/**
 * Finds out how GitHub answers what the action sends, and compares what the action makes of it with what it
 * expects. Only branches of its own are touched; {@link RepositoryUnderTest.cleanUp} deletes them.
 *
 * @param progress is told what is asked, a line at a time
 */
export async function exploreGitHub(
  github: RepositoryUnderTest,
  stop: AbortSignal,
  progress: (line: string) => void,
): Promise<Finding[]> {
  const findings: Finding[] = [];
  const ask: Ask = async (question, experiment) => {
    stop.throwIfAborted();
    progress(question);
    try {
      findings.push({ question, ...(await experiment()) });
    } catch (error) {
      stop.throwIfAborted();
      const why = error instanceof Error ? error.message : String(error);
      findings.push({ question, found: `not determined: ${github.clean(why)}` });
    }
  };
  const branch = github.branch('tokens');
  const file = () => github.file(branch);
  const put = (text: string, sha: string | undefined, message = 'Write [skip ci]') =>
    github.under((deadline) => file().write(text, sha, message, deadline));
  const make = (name: string, text: string) =>
    github.under((deadline) =>
      github
        .file(name)
        .makeBranch(
          { 'README.md': '# A test\n', [file().place.file]: text },
          'Make [skip ci]',
          deadline,
          0,
        ),
    );
  const texts = versions();
  let current = texts();

  await ask('What does a look answer where there is no branch?', async () =>
    seen(await github.under((deadline) => file().look(deadline, 0)), 'absent'),
  );
  await ask('What does a write answer where there is no branch?', async () =>
    judged(await put(current, undefined), 'missing'),
  );
  await ask('Is a branch without history made by trees, commits and refs?', async () =>
    judged(await make(branch, current), 'done'),
  );
  await ask('How long does a write to the new branch find nothing?', async () => {
    const next = texts();
    const start = performance.now();
    for (let refused = 0; ; refused++) {
      const written = await put(next, blobSha(current));
      if (written.kind !== 'missing' || performance.now() - start > 2 * patienceMs) {
        current = written.kind === 'done' ? next : current;
        const after = performance.now() - start;
        const found =
          refused === 0 ? 'it finds it at once' : `${refused} × 404, for ${seconds(after)}`;
        return {
          found: written.kind === 'done' ? found : `${found}; then ${said(written)}`,
          assumed: `at most ${seconds(patienceMs)}`,
          holds: written.kind === 'done' && (refused === 0 || after < patienceMs),
        };
      }
      await sleep(pollMs(refused));
    }
  });
  await ask('What does making it a second time answer?', async () =>
    judged(await make(branch, texts()), 'beaten', /already exists/),
  );
  await ask('Is the default branch told, and a branch known by its README.md?', async () => {
    const around = await github.under((deadline) => file().surroundings(deadline, 0));
    const known = 'readme' in around && around.branchExists && around.readme === '# A test\n';
    const found = 'readme' in around ? `${around.defaultBranch}, ${known}` : said(around);
    return { found: github.clean(found), assumed: 'both', holds: known };
  });
  await ask('What does a write with the right sha answer, and is it one commit?', async () => {
    const history = () => github.under((deadline) => file().history(deadline, 0));
    const uuid = randomUUID();
    const message = `Save refresh 1: https://github.example/run (${uuid}) [skip ci]`;
    const next = texts();
    const written = await put(next, blobSha(current), message);
    current = written.kind === 'done' ? next : current;
    const messages = await seenWithin(history, (all) => all.includes(message));
    const commits = messages.filter((text) => text.includes(uuid)).length;
    const judgement = judged(written, 'done');
    return {
      found: `${judgement.found}; ${commits} ${commits === 1 ? 'commit' : 'commits'} with this message`,
      assumed: '`done`; 1 commit with this message',
      holds: judgement.holds === true && commits === 1,
    };
  });
  await ask('Is the new version named as git would name it?', async () => {
    const next = texts();
    const written = await put(next, blobSha(current));
    current = written.kind === 'done' ? next : current;
    const body = written.kind === 'done' ? written.answer.body : undefined;
    const same = memberOf(memberOf(body, 'content'), 'sha') === blobSha(next);
    return { found: same ? 'yes' : `no: ${said(written)}`, assumed: 'yes', holds: same };
  });
  await ask('How far do reads lag behind a write?', async () => {
    const lags: number[] = [];
    for (let round = 0; round < 5; round++) {
      const next = texts();
      const written = await put(next, blobSha(current));
      if (written.kind !== 'done') {
        throw new Error(`the write failed: ${said(written)}`);
      }
      current = next;
      const start = performance.now();
      const look = () => github.under((deadline) => file().look(deadline, 0));
      const shows = (found: Look) => found.kind === 'file' && found.sha === blobSha(next);
      if (!shows(await look())) {
        await seenWithin(look, shows);
        lags.push(performance.now() - start);
      }
    }
    const worst = Math.max(0, ...lags);
    return {
      found:
        lags.length === 0
          ? 'not at all, 5 times'
          : `${lags.length} of 5, at most ${seconds(worst)}`,
      assumed: `at most ${seconds(patienceMs)}`,
      holds: worst < patienceMs,
    };
  });
  for (const [what, sha] of [
    ['a wrong sha', () => blobSha('nobody wrote this')],
    ['the sha of an older version', () => blobSha(texts.first)],
    ['no sha, where the file is there', () => undefined],
  ] as const) {
    await ask(`What does a write with ${what} answer?`, async () =>
      judged(await put(texts(), sha()), 'beaten', /does not match|"sha" wasn't supplied/),
    );
  }
  await ask('What does a write with a sha answer, where the file is not there?', async () => {
    const other = github.file(branch, `${github.prefix}-other.json`);
    return judged(
      await github.under((deadline) => other.write('{}\n', blobSha('x'), 'Write', deadline)),
      'done',
    );
  });
  await ask('Who wins of four writes at once to one version?', async () => {
    const attempts = Array.from({ length: 4 }, texts);
    const sha = blobSha(current);
    const all = await Promise.all(attempts.map((text) => put(text, sha)));
    const winner = all.findIndex(({ kind }) => kind === 'done');
    current = attempts[winner] ?? current;
    return rivals(all, (wins) => wins === 1, 'one; the others are `beaten`');
  });
  await ask(
    'Do four writes at once to different files of the branch hurt each other?',
    async () => {
      const all = await Promise.all(
        Array.from({ length: 4 }, (_, index) =>
          github.under((deadline) =>
            github
              .file(branch, `${github.prefix}-${index}.json`)
              .write('{}\n', undefined, 'Write [skip ci]', deadline),
          ),
        ),
      );
      return rivals(all, (wins) => wins >= 1, 'one at least; the others are `beaten`');
    },
  );
  await ask('Is a look that shows nothing new free of the limit?', async () => {
    const path = `/contents/${file().place.file}?ref=${branch}`;
    const { tag } = await github.ask(path);
    const again = async () => await github.ask(path, tag === undefined ? {} : { knownTag: tag });
    const [first, , last] = [await again(), await again(), await again()];
    const used = (first.left?.requests ?? Number.NaN) - (last.left?.requests ?? Number.NaN);
    return {
      found: `HTTP ${last.status}; ${Number.isNaN(used) ? 'no limit is told' : `two of them cost ${used}`}`,
      assumed: 'HTTP 304; two of them cost 0',
      holds: last.status === 304 && used === 0,
    };
  });
  await ask('Does every answer tell the time and the limit?', async () => {
    const { date, left } = await github.ask('');
    const ahead = (date?.getTime() ?? Number.NaN) - Date.now();
    return {
      found: `${date === undefined ? 'no `Date`' : `\`Date\`, ${seconds(ahead)} ahead of this machine`}; ${left === undefined ? 'no limit' : `${left.requests} requests left`}`,
      assumed: 'both',
      holds: date !== undefined && left !== undefined,
    };
  });
  await ask('Are commits without author and committer signed?', async () => {
    const { body } = await github.ask(`/commits?sha=${branch}&per_page=1`);
    const [commit]: unknown[] = Array.isArray(body) ? body : [];
    const { verified, reason } = Object(memberOf(memberOf(commit, 'commit'), 'verification'));
    return { found: verified === true ? 'yes' : `no (${github.clean(reason)})` };
  });
  await ask('What does a look with a bad token answer?', async () => {
    const stranger = github.file(branch, undefined, 'ghs_conformanceBadTokenForALook');
    const look = await github.under((deadline) => stranger.look(deadline, 0));
    return seen(look, 'refused', 401);
  });
  await rules(github, ask, make);
  return findings;
}

/** What branch protection and rulesets answer, where the token may set them up. */
async function rules(
  github: RepositoryUnderTest,
  ask: Ask,
  make: (branch: string, text: string) => Promise<Written>,
): Promise<void> {
  const text = '{"version":0}\n';
  const write = (branch: string) =>
    github.under((deadline) =>
      github.file(branch).write('{"version":1}\n', blobSha(text), 'Write [skip ci]', deadline),
    );
  const skipped = (answer: { said: string }): Answered => ({
    found: `skipped: the token may not set it up, which takes “Administration: write” (${answer.said})`,
  });
  await ask('What does a write to a protected branch answer?', async () => {
    const branch = github.branch('protected');
    await make(branch, text);
    const path = `/branches/${branch}/protection`;
    const protection = {
      required_status_checks: null,
      enforce_admins: true,
      required_pull_request_reviews: { required_approving_review_count: 1 },
      restrictions: null,
    };
    const what = `the protection of ${branch}`;
    const answer = await github.setUp('PUT', path, protection, what, () => path);
    return answer.status < 300 ? judged(await write(branch), 'refused') : skipped(answer);
  });
  for (const rule of ['update', 'creation'] as const) {
    const doing = rule === 'update' ? 'a write to a branch' : 'making a branch';
    await ask(`What does ${doing} answer that a ruleset covers (${rule})?`, async () => {
      const branch = github.branch(`ruleset-${rule}`);
      if (rule === 'update') {
        await make(branch, text);
      }
      const ruleset = {
        name: branch,
        target: 'branch',
        enforcement: 'active',
        conditions: { ref_name: { include: [`refs/heads/${branch}`], exclude: [] } },
        rules: [{ type: rule }],
      };
      const undo = (body: unknown) => `/rulesets/${String(memberOf(body, 'id'))}`;
      const answer = await github.setUp(
        'POST',
        '/rulesets',
        ruleset,
        `the ruleset ${branch}`,
        undo,
      );
      if (answer.status >= 300) {
        return skipped(answer);
      }
      return judged(rule === 'update' ? await write(branch) : await make(branch, text), 'refused');
    });
  }
}

/** Texts that differ, as versions of the file do. */
function versions(): (() => string) & { readonly first: string } {
  let number = 0;
  const text = () => `{"version":${number++}}\n`;
  return Object.assign(text, { first: '{"version":0}\n' });
}

/** Asks again until an answer is good, or there is no more patience; gives the last one. */
async function seenWithin<T>(look: () => Promise<T>, good: (found: T) => boolean): Promise<T> {
  const start = performance.now();
  for (let again = 0; ; again++) {
    const found = await look();
    if (good(found) || performance.now() - start > 2 * patienceMs) {
      return found;
    }
    await sleep(pollMs(again));
  }
}

function judged(written: Written, kind: Written['kind'], words = /(?:)/): Answered {
  const found = said(written);
  return {
    found: `\`${written.kind}\`, ${found}`,
    assumed: `\`${kind}\``,
    holds: written.kind === kind && words.test(found),
  };
}

function seen(look: Look, kind: Look['kind'], status?: number): Answered {
  return {
    found: `\`${look.kind}\`, ${said(look.answer)}`,
    assumed: `\`${kind}\`${status === undefined ? '' : `, HTTP ${status}`}`,
    holds: look.kind === kind && (status === undefined || look.answer.status === status),
  };
}

function rivals(
  all: readonly Written[],
  enough: (wins: number) => boolean,
  assumed: string,
): Answered {
  const losers = all.filter(({ kind }) => kind !== 'done');
  const words = [...new Set(losers.map((loser) => `\`${loser.kind}\`, ${said(loser)}`))];
  return {
    found: `${all.length - losers.length} of ${all.length}${words.length === 0 ? '' : `; ${words.join('; ')}`}`,
    assumed,
    holds: enough(all.length - losers.length) && losers.every(({ kind }) => kind === 'beaten'),
  };
}

/** The status and GitHub's words, which were cleaned. */
function said(outcome: Written | { readonly status: number; readonly message: string }): string {
  const answer =
    'kind' in outcome ? (outcome.kind === 'unclear' ? outcome.outcome : outcome.answer) : outcome;
  if (answer instanceof RequestFailure) {
    return answer.message;
  }
  return `HTTP ${answer.status}${answer.message === '' ? '' : `: ${answer.message}`}`;
}

function seconds(ms: number): string {
  return `${(ms / 1000).toFixed(1)} s`;
}
