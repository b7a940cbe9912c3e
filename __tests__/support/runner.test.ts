// Not for coverage: it is about the tests' own look-alikes.

import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { describe, it, type TestContext } from 'node:test';
import { readInputDefaults } from './runner/action-yml.ts';
import { parseKeyValueFile } from './runner/files.ts';
import { RunnerLog } from './runner/log.ts';
import { runAction, startAction } from './runner.ts';
import { notOnWindows } from './windows.ts';

// That actions are run as the GitHub runner runs them.

/** An action made of these statements. */
async function script(t: TestContext, code: string): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'action-'));
  t.after(() => rm(folder, { recursive: true }));
  const file = join(folder, 'action.mjs');
  await writeFile(file, `import { appendFileSync as add } from 'node:fs';\n${code}`);
  return file;
}

describe('runner look-alike: the process', () => {
  it('hands inputs and the environment over', async (t) => {
    const entry = await script(
      t,
      `for (const [name, value] of Object.entries({ ...process.env, CWD: process.cwd() }))
         console.log(name + '=' + value);`,
    );
    process.env['LEAKS_IN'] = 'yes';
    t.after(() => delete process.env['LEAKS_IN']);
    const { stdout } = await runAction({
      entry,
      inputs: { 'client-id': 'x', 'two words': ' y ', retries: 0, 'login-url': undefined },
      env: { GITHUB_ACTOR: 'dependabot[bot]', GITHUB_API_URL: undefined, EXTRA: '1' },
      state: { token: 'kept' },
    });
    const env = new Map(
      stdout.split('\n').map((line) => [line.split('=', 1)[0], line.replace(/^.*?=/, '')]),
    );
    assert.equal(env.get('INPUT_CLIENT-ID'), 'x');
    assert.equal(env.get('INPUT_TWO_WORDS'), ' y ');
    assert.equal(env.get('INPUT_RETRIES'), '0');
    assert.equal(env.get('STATE_token'), 'kept');
    assert.equal(env.get('GITHUB_ACTOR'), 'dependabot[bot]');
    assert.equal(env.get('EXTRA'), '1');
    assert.equal(env.get('GITHUB_ACTIONS'), 'true');
    assert.equal(env.get('GITHUB_WORKSPACE'), env.get('CWD'));
    for (const name of ['GITHUB_API_URL', 'LEAKS_IN', 'RUNNER_DEBUG']) {
      assert.ok(!env.has(name));
    }
  });

  it('collects what the action leaves behind', async (t) => {
    const entry = await script(
      t,
      `add(process.env.GITHUB_OUTPUT, 'a<<E\\none\\ntwo\\nE\\nb=1\\nb=2\\n');
       add(process.env.GITHUB_ENV, 'V=w\\n');
       add(process.env.GITHUB_STATE, 's=t\\n');
       add(process.env.GITHUB_PATH, '/opt/x\\n');
       add(process.env.GITHUB_STEP_SUMMARY, '# Done\\n');
       console.log('::add-mask::one');
       process.exitCode = 3;`,
    );
    const result = await runAction({ entry });
    assert.equal(result.code, 3);
    assert.equal(result.conclusion, 'failure');
    assert.deepEqual(result.outputs, { a: 'one\ntwo', b: '2' });
    assert.ok(result.outputsRaw.startsWith('a<<E\n'));
    assert.deepEqual([result.env, result.state, result.path], [{ V: 'w' }, { s: 't' }, ['/opt/x']]);
    assert.equal(result.summary, '# Done\n');
    assert.deepEqual(['a', 'b', 'c'].map(result.leavesJob), [false, true, false]);
  });

  it('starts the post stage from the script beside that of the main stage', async (t) => {
    const entry = await script(t, 'throw new Error();');
    await writeFile(
      join(dirname(entry), 'post.mjs'),
      'console.log(process.env.STATE_token, process.env.INPUT_RETRIES);',
    );
    const post = await runAction({ entry, stage: 'post', state: { token: 'kept' } });
    assert.equal(post.stdout, 'kept 3\n');
    assert.equal(post.conclusion, 'success');
  });

  it('fails the step for a file that it cannot read', async (t) => {
    const entry = await script(t, `add(process.env.GITHUB_OUTPUT, 'a=1\\nb<<E\\nx\\n');`);
    const result = await runAction({ entry });
    assert.deepEqual([result.code, result.conclusion], [0, 'failure']);
    assert.deepEqual(result.outputs, { a: '1' });
    assert.match(result.log, /Matching delimiter not found 'E'/);
  });

  it('shows debug lines in debug runs only', async (t) => {
    const entry = await script(
      t,
      `console.log('::debug::hello'); add(process.env.GITHUB_OUTPUT, 'a=secret\\n');`,
    );
    assert.equal((await runAction({ entry })).log, '');
    assert.equal(
      (await runAction({ entry, debug: true, secrets: ['secret'] })).log,
      '##[debug]hello\n##[debug]Set output a = ***\n',
    );
  });

  it('kills what hangs', { skip: notOnWindows('signals are kills there') }, async (t) => {
    const entry = await script(t, `process.on('SIGTERM', () => {}); setInterval(() => {}, 1000);`);
    const result = await runAction({ entry, watchdogMs: 300 });
    assert.ok(result.hung);
    assert.deepEqual([result.code, result.signal], [null, 'SIGKILL']);
  });

  it('lets tests watch and cancel', {
    skip: notOnWindows('signals are kills there'),
  }, async (t) => {
    const entry = await script(
      t,
      `process.once('SIGINT', () => process.exit(7));
       add(process.env.GITHUB_OUTPUT, 'a=1\\n');
       console.log('ready');
       setInterval(() => {}, 1000);`,
    );
    const ready = Promise.withResolvers<string>();
    const action = startAction({ entry, onLine: ready.resolve });
    assert.equal(await ready.promise, 'ready');
    assert.deepEqual(action.outputs(), { a: '1' });
    action.cancel();
    assert.equal((await action.result).code, 7);
  });

  it('tells tests when a signal has reached the action', {
    skip: notOnWindows('signals are kills there'),
  }, async (t) => {
    const entry = await script(
      t,
      `process.on('SIGINT', () => add(process.env.GITHUB_OUTPUT, 'int=1\\n'));
       process.on('SIGTERM', () => process.exit(7));
       console.log('ready');
       setInterval(() => {}, 1000);`,
    );
    const ready = Promise.withResolvers<string>();
    const action = startAction({ entry, onLine: ready.resolve, tellsSignals: true });
    await ready.promise;
    await action.signal('SIGINT');
    assert.deepEqual(action.outputs(), { int: '1' });
    await action.signal('SIGTERM');
    assert.equal((await action.result).code, 7);
    const deaf = startAction({ entry });
    await assert.rejects(deaf.signal('SIGTERM'), /tellsSignals/);
    deaf.process.kill('SIGKILL');
    await deaf.result;
  });

  it('splits lines as the runner does, and keeps both streams', async (t) => {
    const entry = await script(
      t,
      `process.stderr.write('err\\n');
       process.stdout.write('a\\r\\nb\\rc\\u2028::add-mask::c\\n::warning::d');`,
    );
    const { log, masks } = await runAction({ entry });
    assert.deepEqual(masks, []);
    assert.deepEqual(log.split('\n').sort(), [
      '',
      'Warning: d',
      'a',
      'b',
      'c\u2028::add-mask::c',
      'err',
    ]);
  });
});

describe('runner look-alike: commands and masks', () => {
  function logOf(...lines: string[]): RunnerLog {
    const log = new RunnerLog(false);
    for (const line of lines) {
      log.take(line);
    }
    return log;
  }

  it('makes annotations', () => {
    const log = logOf(
      '  ::error title=A%3A b,file=x.ts,line=3::one%0Atwo 100%25',
      'text with ##[warning]inside',
      '::notice::n',
      '::unknown::x',
    );
    assert.deepEqual(log.annotations, [
      { level: 'error', message: 'one\ntwo 100%', title: 'A: b', file: 'x.ts' },
      { level: 'warning', message: 'inside' },
      { level: 'notice', message: 'n' },
    ]);
    assert.equal(log.text, 'Error: one\ntwo 100%\nWarning: inside\nNotice: n\n::unknown::x\n');
  });

  it('masks from then on, each line, and the encoded forms', () => {
    const secret = 's!cr\'t "1"';
    const log = logOf(
      `before ${secret}`,
      `::add-mask::${secret}`,
      `plain ${secret}${secret}, base64 ${Buffer.from(secret).toString('base64')}`,
      `after one byte ${Buffer.from(`:${secret}`).toString('base64').slice(-8)}`,
      `JSON ${JSON.stringify(secret)}, URI s%21cr%27t%20%221%22, XML s!cr&apos;t &quot;1&quot;`,
      '::add-mask::first%0Asecond',
      'second, first',
      `::error title=second::${secret}`,
    );
    assert.deepEqual(log.text.split('\n'), [
      `before ${secret}`,
      'plain ***, base64 ***',
      `after one byte ${Buffer.from(`:${secret}`).toString('base64').slice(-8)}`,
      'JSON "***", URI ***, XML ***',
      '***, ***',
      'Error: ***',
      '',
    ]);
    assert.deepEqual(log.masks, [secret, 'first\nsecond']);
    assert.deepEqual(log.annotations, [{ level: 'error', message: '***', title: 'second' }]);
  });

  it('warns of empty masks', () => {
    assert.match(logOf('::add-mask:: ').text, /^Warning: Can't add secret mask/);
  });

  it('stops and resumes commands', () => {
    const log = logOf(
      '::stop-commands::f00-f00-f00',
      '::add-mask::x',
      '##[error]y',
      '::f00-f00-f00::',
      '::error::z',
    );
    assert.deepEqual(log.masks, []);
    assert.deepEqual(log.annotations, [{ level: 'error', message: 'z' }]);
    assert.equal(log.text, '::stop-commands::***\n::add-mask::x\n##[error]y\n::***::\nError: z\n');
  });

  it('knows the old commands', () => {
    const log = logOf('::set-output name=a::1', '::save-state name=b::2', '::set-env name=c::3');
    assert.deepEqual(
      [...log.outputs, ...log.state],
      [
        ['a', '1'],
        ['b', '2'],
      ],
    );
    assert.ok(log.failed);
  });

  it('reads files by the rules', () => {
    const pairs = (text: string) => parseKeyValueFile(text).pairs;
    assert.deepEqual(pairs('a=b=c<<d\n\ne<<f=g\nf=g\nh<<i\n\n=\ni'), [
      ['a', 'b=c<<d'],
      ['e', ''],
      ['h', '\n='],
    ]);
    assert.match(parseKeyValueFile('a=1\nnothing').problem ?? '', /Invalid format 'nothing'/);
    assert.match(parseKeyValueFile('a<<\n').problem ?? '', /must not be empty/);
  });

  it('reads files with the line ends of Windows there', () => {
    const { pairs } = parseKeyValueFile('a<<E\r\none\r\ntwo\r\nE\r\nb=1\r\n', /\r?\n/);
    assert.deepEqual(pairs, [
      ['a', 'one\ntwo'],
      ['b', '1'],
    ]);
  });

  it('reads the defaults of action.yml', () => {
    const yml = [
      'name: x',
      'inputs:',
      '  one:',
      '    description: |',
      '      Some text:',
      '        default: not this',
      "    default: 'it''s' # why",
      '  two-words:',
      '    required: true',
      '  three:',
      '    default: 60',
      '    description: x',
      'outputs:',
      '  four:',
      '    default: no',
    ].join('\n');
    assert.deepEqual(
      [...readInputDefaults(yml)],
      [
        ['one', "it's"],
        ['two-words', ''],
        ['three', '60'],
      ],
    );
    assert.throws(() => readInputDefaults('inputs:\n  a:\n    default: $' + '{{ github.token }}'));
    assert.throws(() => readInputDefaults('inputs:\n  a:\n    default: |\n      x'));
    // The runner can't load an action whose file isn't YAML, so no test may run one.
    const colon = 'outputs:\n  a:\n    description: with `if: always()`';
    assert.throws(() => readInputDefaults(colon), /colon in the text of description/);
  });
});
