import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import type { AskGitHub, GitHubAnswer, GitHubRequest } from '../../src/github/api.ts';
import { blobSha, branchFile } from '../../src/github/branch-file.ts';
import { startDeadline } from '../../src/http/deadline.ts';
import { RequestFailure } from '../../src/http/failure.ts';

// What GitHub's answers mean, by status and text: the contents API and the git data API.

const deadline = startDeadline(60_000);
deadline.release();
const place = { repository: 'acme/demo', branch: 'a/b c', file: '0123.json' };

function answer(status: number, body?: unknown, more: Partial<GitHubAnswer> = {}): GitHubAnswer {
  const message = String(Object(body)['message'] ?? '');
  const known = { tag: undefined, date: undefined, limited: false, waitMs: 0, left: undefined };
  return { status, body, message, ...known, ...more };
}

/** A GitHub that gives these answers, one after the other. */
function gitHub(...answers: (GitHubAnswer | RequestFailure)[]) {
  const asked: GitHubRequest[] = [];
  const ask: AskGitHub = async (request) => {
    asked.push(request);
    const next = answers.shift();
    assert.ok(next, `nobody expected ${request.method} ${request.path}`);
    if (next instanceof RequestFailure) {
      throw next;
    }
    return next;
  };
  return { file: branchFile(place, ask), asked };
}

const fileBody = (text: string | Buffer, more: object = {}) => ({
  type: 'file',
  encoding: 'base64',
  // Wrapped, as GitHub does it.
  content: Buffer.from(text).toString('base64').replace(/.{60}/g, '$&\n'),
  sha: blobSha(text),
  ...more,
});

describe("git's name for a content", () => {
  it('is what git computes', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => {
        const { stdout } = spawnSync('git', ['hash-object', '--stdin'], { input: bytes });
        assert.equal(blobSha(Buffer.from(bytes)), stdout.toString().trim());
      }),
      { numRuns: 60 },
    );
    const { stdout } = spawnSync('git', ['hash-object', '--stdin'], { input: 'ä🙂\n' });
    assert.equal(blobSha('ä🙂\n'), stdout.toString().trim());
  });
});

describe('looking at a file on a branch', () => {
  it('asks for this path of this branch, every part encoded', async () => {
    const { file, asked } = gitHub(answer(404));
    await file.look(deadline, 0);
    assert.deepEqual(asked, [
      { method: 'GET', path: '/repos/acme/demo/contents/0123.json?ref=a%2Fb%20c' },
    ]);
  });

  it('reads a file, wrapped base64 and all', async () => {
    const text = `${'x'.repeat(1000)}ä🙂`;
    const look = await gitHub(answer(200, fileBody(text))).file.look(deadline, 0);
    assert.ok(look.kind === 'file');
    assert.equal(look.text, text);
    assert.equal(look.sha, blobSha(text));
  });

  it('takes 64 KiB and not a byte more', async () => {
    const look = async (bytes: number) =>
      (await gitHub(answer(200, fileBody('x'.repeat(bytes)))).file.look(deadline, 0)).kind;
    assert.equal(await look(64 * 1024), 'file');
    assert.equal(await look(64 * 1024 + 1), 'unusable');
  });

  for (const [what, body] of [
    ['a folder', [fileBody('x')]],
    ['a link', fileBody('x', { type: 'symlink' })],
    ['a repository in it', { type: 'submodule', sha: blobSha('x') }],
    ['a file that is too large for this API', fileBody('x', { encoding: 'none', content: '' })],
    ['another sha', fileBody('x', { sha: blobSha('y') })],
    ['no sha', fileBody('x', { sha: undefined })],
    ['no content', fileBody('x', { content: undefined })],
    ['null', null],
  ] as const) {
    it(`cannot use ${what}`, async () => {
      const look = await gitHub(answer(200, body)).file.look(deadline, 0);
      assert.equal(look.kind, 'unusable');
    });
  }

  it('takes a page with 200 for a refusal: it is not GitHub who says that', async () => {
    const look = await gitHub(answer(200, undefined)).file.look(deadline, 0);
    assert.equal(look.kind, 'refused');
  });

  for (const [status, kind] of [
    [404, 'absent'],
    [401, 'refused'],
    [403, 'refused'],
    [301, 'refused'],
    [502, 'refused'],
    [304, 'refused'],
  ] as const) {
    it(`calls ${status} ${kind}`, async () => {
      assert.equal((await gitHub(answer(status)).file.look(deadline, 0)).kind, kind);
    });
  }

  it('asks the next time whether anything changed, and takes 304 for the same', async () => {
    const now = new Date('2026-11-24T12:00:00Z');
    const { file, asked } = gitHub(
      answer(200, fileBody('one'), { tag: 'W/"1"' }),
      answer(304, undefined, { date: now }),
      answer(200, fileBody('two'), { tag: 'W/"2"' }),
      answer(404),
      answer(404),
    );
    const looks = [];
    for (let i = 0; i < 5; i += 1) {
      looks.push(await file.look(deadline, 0));
    }
    assert.deepEqual(
      asked.map(({ knownTag }) => knownTag),
      [undefined, 'W/"1"', 'W/"1"', 'W/"2"', undefined],
    );
    assert.deepEqual(
      looks.map((look) => (look.kind === 'file' ? look.text : look.kind)),
      ['one', 'one', 'two', 'absent', 'absent'],
    );
    // GitHub's clock is that of the newer answer.
    assert.equal(looks[1]?.answer.date, now);
  });
});

const shown = { content: { sha: blobSha('text') } };

const written: readonly (readonly [
  status: number,
  message: string,
  kind: string,
  stale?: boolean,
])[] = [
  [200, '', 'done'],
  [201, '', 'done'],
  [409, '0123.json does not match 5f0c2a526d6c4f0e8a531d5a1f3f6f1000000000', 'beaten', true],
  [422, 'Invalid request.\n\n"sha" wasn\'t supplied.', 'beaten', true],
  [409, 'is at 1111 but expected 2222', 'beaten', false],
  [409, 'Reference refs/heads/x expected to be at 1111', 'beaten', false],
  [422, 'Reference already exists', 'beaten', false],
  [404, 'Branch x not found', 'missing'],
  [404, 'Not Found', 'missing'],
  [401, 'Bad credentials', 'refused'],
  [403, 'Resource not accessible by integration', 'refused'],
  [409, 'Could not create file: Changes must be made through a pull request.', 'refused'],
  [409, 'Repository rule violations found\n\nCannot update this protected ref.', 'refused'],
  [422, 'Repository rule violations found', 'refused'],
  [422, 'Reference update failed', 'refused'],
  [409, 'Git Repository is empty.', 'refused'],
  [400, 'Problems parsing JSON', 'refused'],
  [301, 'Moved Permanently', 'refused'],
  [408, '', 'unclear'],
  [500, '', 'unclear'],
  [502, '', 'unclear'],
  [503, '', 'unclear'],
  [504, '', 'unclear'],
];

describe('writing a file on a branch', () => {
  for (const [status, message, kind, stale] of written) {
    it(`takes ${status} “${message.split('\n').at(-1)}” for ${kind}`, async () => {
      const { file, asked } = gitHub(answer(status, { message, ...shown }));
      const result = await file.write('text', blobSha('old'), 'why', deadline);
      assert.equal(result.kind, kind);
      assert.equal(result.kind === 'beaten' ? result.stale : undefined, stale);
      assert.equal(asked.length, 1);
    });
  }

  for (const [what, body] of [
    ["a proxy's page", undefined],
    ['another content', { content: { sha: blobSha('other') } }],
    ['no content', { commit: {} }],
  ] as const) {
    it(`takes 200 with ${what} for unclear`, async () => {
      const { file } = gitHub(answer(200, body));
      assert.equal((await file.write('text', undefined, 'why', deadline)).kind, 'unclear');
    });
  }

  it('takes no answer for unclear', async () => {
    const lost = new RequestFailure('network', true, 'reset');
    const { file } = gitHub(lost);
    assert.deepEqual(await file.write('text', undefined, 'why', deadline), {
      kind: 'unclear',
      outcome: lost,
    });
  });

  it('takes a limit for one, whatever its status', async () => {
    for (const status of [403, 429]) {
      const { file } = gitHub(answer(status, {}, { limited: true }));
      assert.equal((await file.write('text', undefined, 'why', deadline)).kind, 'limited');
    }
  });

  it('says what it replaces, and leaves the author to GitHub', async () => {
    const { file, asked } = gitHub(answer(200, {}), answer(201, {}));
    await file.write('ä🙂', 'abc', 'Take it', deadline);
    await file.write('', undefined, 'Take it', deadline);
    const request = { method: 'PUT', path: '/repos/acme/demo/contents/0123.json' };
    const body = { message: 'Take it', branch: 'a/b c' };
    assert.deepEqual(asked, [
      { ...request, body: { ...body, content: 'w6Twn5mC', sha: 'abc' } },
      { ...request, body: { ...body, content: '' } },
    ]);
  });

  it('gives the page of the commit, where it looks like one', async () => {
    const url = 'https://github.com/acme/demo/commit/0123abcd';
    for (const [given, taken] of [
      [url, url],
      [`${url}"><img src=x>`, undefined],
      ['javascript:alert(1)//commit/0123', undefined],
      [7, undefined],
      [undefined, undefined],
    ]) {
      const { file } = gitHub(answer(200, { ...shown, commit: { html_url: given } }));
      const result = await file.write('text', undefined, 'why', deadline);
      assert.ok(result.kind === 'done');
      assert.equal(result.commitUrl, taken);
    }
  });
});

describe('making a branch', () => {
  const [tree, commit] = ['a'.repeat(40), 'b'.repeat(40)];
  const url = `https://github.com/acme/demo/commit/${commit}`;
  const first = [answer(201, { sha: tree }), answer(201, { sha: commit, html_url: url })];
  const make = (...answers: (GitHubAnswer | RequestFailure)[]) => {
    const { file, asked } = gitHub(...answers);
    return {
      asked,
      made: file.makeBranch({ 'README.md': '# x', 'x.json': '{}' }, 'why', deadline, 0),
    };
  };

  it('makes a tree, a commit without parents and the reference', async () => {
    const { asked, made } = make(...first, answer(201, { object: { sha: commit } }));
    const { kind, ...rest } = await made;
    assert.equal(kind, 'done');
    assert.equal('commitUrl' in rest && rest.commitUrl, url);
    const entry = { mode: '100644', type: 'blob' };
    const root = '/repos/acme/demo/git';
    assert.deepEqual(asked, [
      {
        method: 'POST',
        path: `${root}/trees`,
        body: {
          tree: [
            { path: 'README.md', ...entry, content: '# x' },
            { path: 'x.json', ...entry, content: '{}' },
          ],
        },
      },
      { method: 'POST', path: `${root}/commits`, body: { message: 'why', tree, parents: [] } },
      { method: 'POST', path: `${root}/refs`, body: { ref: 'refs/heads/a/b c', sha: commit } },
    ]);
  });

  for (const [what, answers, kind] of [
    [
      'somebody else made it',
      [...first, answer(422, { message: 'Reference already exists' })],
      'beaten',
    ],
    [
      'a rule forbids it',
      [...first, answer(422, { message: 'Repository rule violations found' })],
      'refused',
    ],
    [
      'the answer about the reference is lost',
      [...first, new RequestFailure('timeout', true, 'x')],
      'unclear',
    ],
    ['the answer about the commit is lost', [answer(201, { sha: tree }), answer(502)], 'unclear'],
    ['the repository is empty', [answer(409, { message: 'Git Repository is empty.' })], 'refused'],
    [
      'the token may not write',
      [answer(403, { message: 'Resource not accessible by integration' })],
      'refused',
    ],
    ['the repository is not there', [answer(404, { message: 'Not Found' })], 'missing'],
    ['there is no network', [new RequestFailure('network', false, 'x')], 'unclear'],
  ] as const) {
    it(`is ${kind} where ${what}`, async () => {
      const { asked, made } = make(...answers);
      assert.equal((await made).kind, kind);
      assert.equal(asked.length, answers.length);
    });
  }

  it('is not done where an answer tells no sha', async () => {
    for (const sha of [undefined, 7, 'x', '../..']) {
      for (const before of [[], [answer(201, { sha: tree })]]) {
        const { asked, made } = make(...before, answer(201, { sha }));
        // Called done, the step would send a token that it does not hold.
        assert.equal((await made).kind, 'unclear');
        assert.equal(asked.length, before.length + 1);
      }
    }
    const { made } = make(...first, answer(201, { object: { sha: tree } }));
    assert.equal((await made).kind, 'unclear');
  });
});

describe('asking what is around a file', () => {
  const repository = answer(200, { default_branch: 'trunk' });
  const ref = answer(200, { object: { sha: 'c'.repeat(40) } });

  it('asks for the repository, the branch, and the README.md of its commit', async () => {
    const { file, asked } = gitHub(repository, ref, answer(200, fileBody('# x')));
    assert.deepEqual(await file.surroundings(deadline, 0), {
      defaultBranch: 'trunk',
      branchExists: true,
      readme: '# x',
    });
    assert.deepEqual(
      asked.map(({ path }) => path),
      [
        '/repos/acme/demo',
        '/repos/acme/demo/git/ref/heads/a/b%20c',
        `/repos/acme/demo/contents/README.md?ref=${'c'.repeat(40)}`,
      ],
    );
  });

  for (const [what, answers, expected] of [
    ['no branch', [repository, answer(404)], [false, undefined]],
    ['no commit at all', [repository, answer(409)], [false, undefined]],
    ['no README.md', [repository, ref, answer(404)], [true, undefined]],
    ['a folder of that name', [repository, ref, answer(200, [])], [true, undefined]],
  ] as const) {
    it(`finds ${what}`, async () => {
      const around = await gitHub(...answers).file.surroundings(deadline, 0);
      assert.ok('branchExists' in around);
      assert.deepEqual([around.branchExists, around.readme], expected);
    });
  }

  for (const [what, answers] of [
    ['the repository', [answer(404)]],
    ['the repository, without a default branch', [answer(200, {})]],
    ['the branch', [repository, answer(403)]],
    ['the README.md', [repository, ref, answer(502)]],
  ] as const) {
    it(`gives the answer that refused ${what}`, async () => {
      const around = await gitHub(...answers).file.surroundings(deadline, 0);
      assert.equal(around, answers.at(-1));
    });
  }
});

describe('the history of a file', () => {
  it('gives the messages, as far as there are any', async () => {
    const { file, asked } = gitHub(
      answer(200, [{ commit: { message: 'one' } }, {}, null, { commit: { message: 7 } }]),
      answer(404, { message: 'Not Found' }),
    );
    assert.deepEqual(await file.history(deadline, 0), ['one']);
    assert.deepEqual(await file.history(deadline, 0), []);
    assert.equal(
      asked[0]?.path,
      '/repos/acme/demo/commits?sha=a%2Fb+c&path=0123.json&per_page=100',
    );
  });
});
