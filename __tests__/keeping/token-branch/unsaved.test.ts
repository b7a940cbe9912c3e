import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { blobSha } from '../../../src/github/branch-file.ts';
import type { HttpAnswer, HttpRequest, Send } from '../../../src/http/send.ts';
import { saveUnsaved } from '../../../src/keeping/token-branch/unsaved.ts';
import { readContext } from '../../../src/runner/context.ts';

// The end of the job, where it cannot save what the step left: what it says, and what it sends.

const state = {
  ...{ repository: 'acme/demo', branch: 'tokens', file: 'x.json' },
  ...{ text: '{"refreshes":2}', message: 'Save refresh 2', replaces: 'a'.repeat(40) },
  ...{ holder: 'me', until: '2026-01-01T00:00:00Z' },
};

async function save(text: string, send: Send = () => assert.fail('nothing is to be sent')) {
  const [warnings, lines]: [string[], string[]] = [[], []];
  const context = readContext({ GITHUB_API_URL: 'https://github.invalid' });
  await saveUnsaved(text, 'ghs_x', context, {
    send,
    random: () => 0,
    debug: (line) => void line(),
    info: (line) => lines.push(line),
    warning: (warning) => warnings.push(warning),
    clean: String,
  });
  return { warnings, lines };
}

const answer = (status: number, body: unknown): HttpAnswer => ({
  status,
  headers: {},
  body: JSON.stringify(body),
});

describe('what the step left unsaved', () => {
  it('is not sent anywhere where it cannot be read', async () => {
    const without = (gone: string) =>
      JSON.stringify(Object.fromEntries(Object.entries(state).filter(([name]) => name !== gone)));
    const needed = ['text', 'replaces', 'repository', 'branch', 'file'];
    for (const left of ['', '[]', '{"text":', ...needed.map(without)]) {
      const { warnings, lines } = await save(left);
      assert.deepEqual(lines, []);
      assert.equal(warnings.length, 1, left);
      assert.match(warnings[0] ?? '', /what the step noted for it cannot be read\.$/);
    }
    const { warnings } = await save(JSON.stringify({ ...state, text: 5 }));
    assert.match(warnings[0] ?? '', /cannot be read/);
  });

  it('is saved in place of the version that the step took', async () => {
    const sent: HttpRequest[] = [];
    const { warnings, lines } = await save(JSON.stringify(state), async (request) => {
      sent.push(request);
      return answer(200, { content: { sha: blobSha(state.text) } });
    });
    assert.deepEqual(warnings, []);
    assert.deepEqual(
      sent.map(({ method, url }) => `${method} ${url.pathname}`),
      ['PUT /repos/acme/demo/contents/x.json'],
    );
    const body: unknown = JSON.parse(sent[0]?.body ?? '');
    assert.deepEqual(body, {
      branch: 'tokens',
      message: state.message,
      content: Buffer.from(state.text).toString('base64'),
      sha: state.replaces,
    });
    assert.match(
      lines.join(),
      /^Saved the new refresh token .* on the branch “tokens” of acme\/demo/,
    );
  });

  it('is given up where another job’s version stands there for good', async (t) => {
    let now = process.hrtime.bigint();
    t.mock.method(process.hrtime, 'bigint', () => now);
    const methods: string[] = [];
    const { warnings } = await save(JSON.stringify(state), async ({ method, url }) => {
      methods.push(method);
      if (method === 'PUT') {
        return answer(409, { message: 'x.json does not match' });
      }
      // So long no read is old.
      now += 10_000_000_000n;
      const content = Buffer.from('{"refreshes":9}').toString('base64');
      return url.pathname.endsWith('/commits')
        ? answer(200, [{ commit: { message: 'Save refresh 9: x (other)' } }])
        : answer(200, { type: 'file', encoding: 'base64', content, sha: shaOfOthers });
    });
    assert.match(warnings.join(), /at the end of the job either[\s\S]*sign in again/);
    assert.equal(methods.filter((method) => method === 'PUT').length, 2);
  });
});

/** git hash-object of `{"refreshes":9}`. */
const shaOfOthers = 'd9fa2c4b26929760d5f605e913bd8116e2989f0c';
