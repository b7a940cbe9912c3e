// Not for coverage: it is about a script.

import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { describe, it, type TestContext } from 'node:test';
import { memberOf } from '../../src/http/json.ts';
import { fault, type GitHub, startGitHub } from '../support/github/server.ts';
import { strippedTypes } from '../support/stripped.ts';
import { until } from '../support/until.ts';

// `npm run conformance -- --github owner/name`, on look-alikes that behave in different ways.

const script = join(import.meta.dirname, '..', '..', 'scripts', 'conformance.ts');
const name = 'octo/throwaway';

/** A repository with a branch of its own, which nobody may touch. */
async function scene(t: TestContext) {
  const github = await startGitHub({
    repositories: { [name]: { branches: { main: { 'README.md': '# Mine\n' } } } },
  });
  t.after(() => github.close());
  const token = github.token({ contents: 'write', repositories: [name] });
  return { github, token, repository: github.repository(name) };
}

function start(github: GitHub, token: string, ...args: string[]) {
  const child = spawn(process.execPath, [...strippedTypes, script, '--github', ...args], {
    env: { PATH: process.env['PATH'] ?? '', GITHUB_API_URL: github.url, GH_TOKEN: token },
    stdio: ['ignore', 'pipe', 'pipe'],
    timeout: 180_000,
  });
  const closed = new Promise<number | null>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', resolve);
  });
  const result = Promise.all([closed, text(child.stdout), text(child.stderr)]).then(
    ([code, stdout, stderr]) => {
      assert.ok(token === '' || !(stdout + stderr).includes(token), 'the token is printed');
      const rows = stdout
        .split('\n')
        .filter((line) => line.startsWith('| ') && !line.startsWith('| ---'))
        .slice(1)
        .map((line) => line.slice(2, -2).split(' | '));
      return {
        ...{ code, stdout, stderr },
        found: Object.fromEntries(rows.map(([question = '', found = '']) => [question, found])),
        differing: rows.filter((row) => row[3] === '**differs**').map(([question]) => question),
      };
    },
  );
  return { child, result };
}

/** That the repository is as it was. */
function assertClean(github: GitHub): void {
  const repository = github.repository(name);
  assert.deepEqual(repository.branches, ['main']);
  assert.equal(repository.commits('main').length, 1);
}

/** Lets the look-alike take rules from the token, as GitHub does from one with “Administration: write”. */
function letAdminister(github: GitHub): { deleted: string[] } {
  const { rules } = github.repository(name);
  const deleted: string[] = [];
  const times = Number.POSITIVE_INFINITY;
  github.intercept(
    /^PUT .*\/protection$/,
    ({ path, json }) => {
      const branch = path.split('/').at(-2) ?? '';
      const reviews = memberOf(
        memberOf(json, 'required_pull_request_reviews'),
        'required_approving_review_count',
      );
      rules.protect(branch, { reviews: Number(reviews) });
      return fault.answer(200, { url: path });
    },
    { times },
  );
  github.intercept(
    'POST /rulesets',
    ({ json }) => {
      const include = Object(
        memberOf(memberOf(memberOf(json, 'conditions'), 'ref_name'), 'include'),
      );
      const [rule] = Object(memberOf(json, 'rules'));
      rules.add({ include, rules: [rule.type] });
      return fault.answer(201, { id: 4711 });
    },
    { times },
  );
  github.intercept(
    /^DELETE .*\/(protection|rulesets\/4711)$/,
    ({ path }) => {
      deleted.push(path.replace(/conformance-\w+-/, ''));
      rules.clear();
      return fault.answer(204);
    },
    { times },
  );
  return { deleted };
}

const questions = {
  lag: 'How far do reads lag behind a write?',
  visible: 'How long does a write to the new branch find nothing?',
  rivals: 'Who wins of four writes at once to one version?',
  free: 'Is a look that shows nothing new free of the limit?',
  protected: 'What does a write to a protected branch answer?',
  update: 'What does a write to a branch answer that a ruleset covers (update)?',
  creation: 'What does making a branch answer that a ruleset covers (creation)?',
};

describe('npm run conformance -- --github', { concurrency: 2 }, () => {
  it('finds what the action expects, and leaves nothing behind', async (t) => {
    const { github, token } = await scene(t);
    const { code, found, differing, stdout, stderr } = await start(github, token, name, '--yes')
      .result;
    assert.equal(code, 0, stderr);
    assert.deepEqual(differing, []);
    assert.equal(Object.keys(found).length, 22);
    assert.equal(found[questions.visible], 'it finds it at once');
    assert.equal(found[questions.lag], 'not at all, 5 times');
    assert.match(found[questions.rivals] ?? '', /^1 of 4; `beaten`, HTTP 409: /);
    assert.equal(found[questions.free], 'HTTP 304; two of them cost 0');
    for (const question of [questions.protected, questions.update, questions.creation]) {
      assert.match(found[question] ?? '', /^skipped: .*“Administration: write” \(HTTP 40\d/);
    }
    assert.deepEqual(
      Object.entries(found).filter(([, answer]) => answer.startsWith('not determined')),
      [],
    );
    assert.match(stdout, /Everything that was made is deleted\.\n$/);
    assertClean(github);
  });

  it('finds out what rules answer, where the token may set them up, and takes them back', async (t) => {
    const { github, token } = await scene(t);
    const { deleted } = letAdminister(github);
    const { code, found, differing, stderr } = await start(github, token, name, '--yes').result;
    assert.equal(code, 0, stderr);
    assert.deepEqual(differing, []);
    assert.match(found[questions.protected] ?? '', /^`refused`, HTTP 409: .*approving review/);
    assert.match(found[questions.update] ?? '', /^`refused`, HTTP 409: .*rule violations/);
    assert.match(found[questions.creation] ?? '', /^`refused`, HTTP 422: .*rule violations/);
    assert.equal(deleted.length, 3);
    assertClean(github);
  });

  it('measures how far reads lag, and how long a new branch is not to be seen', async (t) => {
    const { github, token } = await scene(t);
    // Every other look shows what was there before the last write.
    let looks = 0;
    const alternate = () => {
      looks += 1;
      github.lag({ writes: looks % 2, newBranchWrites: 2 });
      return undefined;
    };
    github.lag({ newBranchWrites: 2 });
    github.intercept('GET', alternate, { times: Number.POSITIVE_INFINITY });
    const { found, differing } = await start(github, token, name, '--yes').result;
    assert.match(found[questions.lag] ?? '', /^[1-5] of 5, at most \d+\.\d s$/);
    assert.match(found[questions.visible] ?? '', /^2 × 404, for \d+\.\d s$/);
    assert.ok(!differing.includes(questions.visible));
    assertClean(github);
  });

  it('says what is other than the action expects', async (t) => {
    const { github, token } = await scene(t);
    // A GitHub that answers a second writer in words that nobody knows, and that counts every look.
    const strange = fault.error(409, 'Somebody else was here');
    github.intercept(
      ({ method, json }) => method === 'PUT' && memberOf(json, 'sha') === undefined,
      () => strange,
      { times: 99, skip: 1 },
    );
    const { code, differing, found } = await start(github, token, name, '--yes').result;
    assert.equal(code, 0);
    assert.ok(differing.includes('What does a write with no sha, where the file is there answer?'));
    assert.match(
      found['What does a write with no sha, where the file is there answer?'] ?? '',
      /^`refused`, HTTP 409: Somebody else was here$/,
    );
    assertClean(github);
  });

  it('cleans up when it is ended in the middle', async (t) => {
    const { github, token, repository } = await scene(t);
    const hold = github.hold('PUT /contents/*', { skip: 5 });
    const { child, result } = start(github, token, name, '--yes');
    await hold.reached;
    assert.equal(repository.branches.length, 2);
    child.kill('SIGINT');
    await until(() => github.requestsTo('DELETE').length > 0);
    hold.release();
    const { code, stdout, stderr } = await result;
    assert.equal(code, 1);
    assert.match(stderr, /ended by SIGINT/);
    assert.match(stdout, /Everything that was made is deleted\.\n$/);
    assertClean(github);
  });

  it('names what it could not delete', async (t) => {
    const { github, token } = await scene(t);
    github.inject('DELETE', fault.error(403, 'Not today'), { times: 99 });
    const { code, stderr } = await start(github, token, name, '--yes').result;
    assert.equal(code, 1);
    assert.match(
      stderr,
      /^Delete by hand: .*the branch conformance-\w+-tokens \(HTTP 403: Not today\)/m,
    );
  });

  for (const [what, args, token, says] of [
    ['no yes', [name], 'ghs_x', /give --yes/],
    ['no repository', ['--yes'], 'ghs_x', /takes `owner\/name`/],
    ['no token', [name, '--yes'], '', /GH_TOKEN/],
    ['a token of two lines', [name, '--yes'], 'a\nb', /in one line/],
  ] as const) {
    it(`sends nothing with ${what}`, async (t) => {
      const { github } = await scene(t);
      const { code, stderr } = await start(github, token, ...args).result;
      assert.equal(code, 2);
      assert.match(stderr, says);
      assert.match(stderr, /Nothing was sent/);
      assert.equal(github.connections, 0);
    });
  }
});
