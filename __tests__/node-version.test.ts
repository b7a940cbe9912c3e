import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { isSupported } from '../src/node-version.ts';
import { patchedEntry } from './support/patched-entry.ts';
import { assertRefreshed, refreshScene } from './support/refresh-scene.ts';

// On a Node that is too old, the step says which one it needs. `npm run test:clients` does the same on
// real ones.

describe('A version of Node', () => {
  const versions: Readonly<Record<string, boolean>> = {
    '16.20.2': false,
    '18.20.8': false,
    '20.18.3': false,
    '20.19.0': true,
    '20.20.2': true,
    '21.7.3': false,
    '22.0.0': false,
    '22.2.0': false,
    '22.3.0': true,
    '22.12.0': true,
    '23.0.0': true,
    '24.21.0': true,
    '30.0.0-nightly20270101': true,
    '': false,
    other: false,
  };
  for (const [version, supported] of Object.entries(versions)) {
    it(`${JSON.stringify(version)} is ${supported ? '' : 'not '}enough`, () => {
      assert.equal(isSupported(version), supported);
    });
  }
});

describe('The step on a Node that is too old', { concurrency: 3 }, () => {
  const claim = (version: string) =>
    `Object.defineProperty(process, 'versions', { value: { ...process.versions, node: '${version}' } });`;

  it('says in one line which one it needs, and ends before anything else', async (t) => {
    const { org, run } = await refreshScene(t);
    const entry = patchedEntry(t, claim('18.20.8'));
    const { code, stdout, stderr, outputs, annotations } = await run({}, {}, { entry });
    assert.deepEqual([code, stderr, outputs, org.connections], [1, '', {}, 0]);
    assert.equal(stdout.split('\n').length, 2, stdout);
    assert.deepEqual(
      annotations.map(({ level, message }) => [level, message]),
      [
        [
          'error',
          'This action needs Node 24 (20.19 and 22.3 will do), and this runner started it with Node 18.20.8. Update the runner. Nothing was sent to Salesforce.',
        ],
      ],
    );
  });

  it('is quiet at the end of the job, which never turns it red', async (t) => {
    const { run } = await refreshScene(t);
    const entry = patchedEntry(t, `process.argv[2] = 'post'; ${claim('18.20.8')}`);
    const { code, stdout, stderr } = await run({}, {}, { entry });
    assert.deepEqual([code, stdout, stderr], [0, '', '']);
  });

  it('goes on where it is just new enough', async (t) => {
    const { org, run } = await refreshScene(t);
    const entry = patchedEntry(t, claim('20.19.0'));
    assertRefreshed(await run({}, {}, { entry }), org);
  });
});
