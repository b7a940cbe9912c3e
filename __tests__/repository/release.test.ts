// Not for coverage: it starts nothing of src/.

import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it, type TestContext } from 'node:test';
import { parse } from 'yaml';
import { notOnWindows } from '../support/windows.ts';

// The steps of the workflow Release that publish, run by bash in a repository of their own; `gh` is one
// that answers from a table and writes down what it was asked.

const file = join(import.meta.dirname, '..', '..', '.github/workflows/release.yml');
const jobs = Object(Object(parse(readFileSync(file, 'utf8')))['jobs']);

function stepsOf(job: string): Record<string, unknown>[] {
  const steps: unknown = Object(jobs[job])['steps'];
  return Array.isArray(steps) ? steps.map((step) => Object(step)) : [];
}

const gh = `#!/usr/bin/env bash
printf '%s\\n' "$*" >> "$GH_LOG"
case "$*" in
  "release view"*) [ -n "$GH_LEFT" ] && echo "$GH_LEFT" ;;
  *commits/tags/*) echo "$GH_TAG" ;;
  *releases/tags/*) echo "$GH_IMMUTABLE" ;;
esac
`;

/** A repository with a release being made, as the job \`publish\` has it checked out. */
function scene(t: TestContext, tags: readonly string[] = ['v1.2.3']) {
  const folder = mkdtempSync(join(tmpdir(), 'release-'));
  t.after(() => rmSync(folder, { recursive: true, force: true, maxRetries: 3 }));
  for (const name of ['bin', 'work', 'temp/sign-in']) {
    mkdirSync(join(folder, name), { recursive: true });
  }
  const [work, temp, log] = [join(folder, 'work'), join(folder, 'temp'), join(folder, 'gh.log')];
  writeFileSync(join(folder, 'bin/gh'), gh, { mode: 0o755 });
  writeFileSync(join(temp, 'sign-in/sign-in.tgz'), 'packed');
  const changelog = '# Changelog\n\n## [1.2.3] - 2026-01-02\n\n- New.\n\n## [1.2.2] - 2026-01-01\n';
  writeFileSync(join(work, 'CHANGELOG.md'), changelog);
  const identity = ['-c', 'user.name=A', '-c', 'user.email=a@example.com'];
  const git = (...args: string[]) =>
    execFileSync('git', [...identity, ...args], { cwd: work, encoding: 'utf8' }).trim();
  git('init', '--quiet');
  git('add', '.');
  git('commit', '--quiet', '-m', 'Release');
  for (const tag of tags) {
    git('tag', '--annotate', '--message', tag, tag);
  }
  const commit = git('rev-parse', 'HEAD');
  return {
    ...{ git, commit, temp },
    run: (name: string, env: Readonly<Record<string, string>> = {}) => {
      const step = stepsOf('publish').find((one) => one['name'] === name);
      const { status, stderr, stdout } = spawnSync('bash', ['-e', '-c', String(step?.['run'])], {
        cwd: work,
        encoding: 'utf8',
        env: {
          PATH: `${join(folder, 'bin')}:${process.env['PATH']}`,
          GITHUB_REPOSITORY: 'acme/refresh-salesforce-token',
          GITHUB_REF_NAME: 'v1.2.3',
          // Of an annotated tag, it may be the tag's own.
          GITHUB_SHA: git('rev-parse', 'v1.2.3'),
          RUNNER_TEMP: temp,
          CHECKED: commit,
          DIGEST: createHash('sha256').update('packed').digest('hex'),
          ...{ GH_LOG: log, GH_TAG: commit, GH_IMMUTABLE: 'true', GH_LEFT: '', ...env },
        },
      });
      const asked = existsSync(log) ? readFileSync(log, 'utf8').trim().split('\n') : [];
      return { status, said: stdout + stderr, asked };
    },
  };
}

const compare = 'Tag, commit and package are those that were checked';
const make = 'Make the release';
const sealed = 'The tag cannot be moved any more, and leads to what was checked';
const move = 'Move the tag of the major version';
const skip = notOnWindows('it runs on Linux only');

describe('The release', { skip }, () => {
  it('stops where the publisher is not named', () => {
    const runs = stepsOf('check').map(({ run }) => run);
    assert.ok(runs.includes('npm run set-owner -- --check'));
  });

  it('runs nothing of npm where it has the permissions to publish', () => {
    assert.deepEqual(
      stepsOf('publish').flatMap(({ name, run }) =>
        /\b(npm|npx|node)\b/.test(String(run)) ? [name] : [],
      ),
      [],
    );
  });

  it('goes on with what was checked, of an annotated tag too', (t) => {
    const { status, said } = scene(t).run(compare);
    assert.equal(status, 0, said);
  });

  it('stops where something else is checked out', (t) => {
    const { git, run } = scene(t);
    git('commit', '--quiet', '--allow-empty', '-m', 'Another');
    assert.equal(run(compare).status, 1);
  });

  it('stops where the run began with another commit', (t) => {
    const { git, commit, run } = scene(t);
    git('commit', '--quiet', '--allow-empty', '-m', 'Another');
    const other = git('rev-parse', 'HEAD');
    git('checkout', '--quiet', commit);
    assert.equal(run(compare, { GITHUB_SHA: other }).status, 1);
  });

  it('stops where the tag was moved on GitHub, or is gone', (t) => {
    const { run } = scene(t);
    assert.equal(run(compare, { GH_TAG: 'f'.repeat(40) }).status, 1);
    assert.equal(run(compare, { GH_TAG: '' }).status, 1);
  });

  it('stops at another package than the one that was built', (t) => {
    const { temp, run } = scene(t);
    writeFileSync(join(temp, 'sign-in/sign-in.tgz'), 'another');
    assert.notEqual(run(compare).status, 0);
  });

  it('is a draft until the package is in it', (t) => {
    const { temp, run } = scene(t);
    const { status, said, asked } = run(make);
    assert.equal(status, 0, said);
    assert.deepEqual(
      asked.map((line) => line.replaceAll(temp, '')),
      [
        'release view v1.2.3 --json isDraft --jq .isDraft',
        'release create v1.2.3 /sign-in/sign-in.tgz --draft --verify-tag --title v1.2.3 --notes-file /notes.md',
        'release edit v1.2.3 --draft=false --latest=true',
      ],
    );
    assert.equal(readFileSync(join(temp, 'notes.md'), 'utf8').trim(), '- New.');
  });

  it('takes away the draft of a run that was interrupted, and no release', (t) => {
    const { run } = scene(t);
    assert.ok(run(make, { GH_LEFT: 'true' }).asked.includes('release delete v1.2.3 --yes'));
    const { run: again } = scene(t);
    assert.ok(!again(make, { GH_LEFT: 'false' }).asked.join('\n').includes('delete'));
  });

  it('of an older version is not called the latest', (t) => {
    const { run } = scene(t, ['v1.2.3', 'v1.10.0']);
    assert.equal(run(make).asked.at(-1), 'release edit v1.2.3 --draft=false --latest=false');
  });

  it('stops before the major version moves where it is not immutable, or the tag was moved', (t) => {
    const { run } = scene(t);
    assert.equal(run(sealed).status, 0);
    assert.match(run(sealed, { GH_IMMUTABLE: 'false' }).said, /^::error::The release is not immut/);
    const moved = run(sealed, { GH_TAG: 'f'.repeat(40) });
    assert.equal(moved.status, 1);
    assert.match(moved.said, /^::error::The tag was moved to f{40} /);
  });

  it('moves the tag of the major version to what was checked', (t) => {
    const refs = 'repos/acme/refresh-salesforce-token/git/refs';
    const first = scene(t, ['v1.2.3', 'v2.0.0']);
    const { asked } = first.run(move);
    assert.equal(
      asked.at(-1),
      `api --method POST ${refs} -f ref=refs/tags/v1 -f sha=${first.commit}`,
    );
    first.git('tag', 'v1');
    assert.equal(
      first.run(move).asked.at(-1),
      `api --method PATCH ${refs}/tags/v1 -f sha=${first.commit} -F force=true`,
    );
    const older = scene(t, ['v1.2.3', 'v1.2.10']).run(move);
    assert.match(older.said, /^::notice::v1 stays at v1\.2\.10\./);
    assert.deepEqual(older.asked, []);
  });
});
