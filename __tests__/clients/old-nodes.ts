import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { nodeAsClient, nodeProgram, oldNodes } from '../support/old-nodes.ts';
import { assertRefreshed, refreshScene } from '../support/refresh-scene.ts';

// Runners that start the action with a Node of their own: it works, or says which one it needs.

describe('the action on Node', { concurrency: 2 }, () => {
  for (const { version, supported } of oldNodes) {
    it(`${version} ${supported ? 'works' : 'says which one it needs'}`, async (t) => {
      const client = nodeAsClient(version);
      if (client === undefined) {
        t.skip('there is no package with that Node for this machine');
        return;
      }
      const { org, run } = await refreshScene(t);
      const node = nodeProgram(client);
      const inputs = { verify: true, 'revoke-on-completion': true, 'job-summary': true };
      const main = await run(inputs, {}, { node });
      const post = await run({}, {}, { node, stage: 'post', state: main.state });
      assert.equal(post.code, 0);
      if (supported) {
        assert.match(post.log, /Revoked the access token\./);
        // Alive until then.
        assert.equal(main.conclusion, 'success', main.log);
        assertRefreshed(await run({}, {}, { node }), org);
        return;
      }
      assert.deepEqual([main.code, main.stderr, post.stdout, post.stderr], [1, '', '', '']);
      assert.match(
        main.stdout,
        /^::error [^\n]*::This action needs Node 24 \(20\.19 and 22\.3 will do\)[^\n]*\n$/,
      );
      assert.equal(org.connections, 0);
    });
  }
});
