import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { idOf, keyOf, putFile, storedToken, textOf } from '../support/token-branch-file.ts';
import { tokenBranchScene } from '../support/token-branch-scene.ts';

// What the token branch holds is a standard JWE: jwcrypto, which others made, opens what the action
// sealed, and the action opens what jwcrypto sealed.

const program = `
import base64, json, sys
from jwcrypto import jwe, jwk
asked = json.load(sys.stdin)
key = jwk.JWK(kty='oct', k=asked['key'])
if 'sealed' in asked:
    token = jwe.JWE(algs=['dir', 'A256GCM'])
    token.deserialize(asked['sealed'], key)
    print(json.dumps({'header': json.loads(token.objects['protected']), 'text': token.payload.decode()}))
else:
    header = {'alg': 'dir', 'enc': 'A256GCM', 'kid': asked['kid']}
    token = jwe.JWE(asked['text'].encode(), json.dumps(header), recipient=key)
    print(json.dumps({'sealed': token.serialize(compact=True)}))
`;

/** Asks jwcrypto; what is secret goes through standard input. */
function jwcrypto(question: Readonly<Record<string, string>>): Record<string, unknown> {
  const python = join(process.env['JWCRYPTO'] ?? '', 'python');
  const { status, stdout, stderr } = spawnSync(python, ['-c', program], {
    input: JSON.stringify(question),
    encoding: 'utf8',
  });
  assert.equal(status, 0, stderr);
  return Object(JSON.parse(stdout));
}

describe('the token branch, with jwcrypto', () => {
  it('is opened by it', async (t) => {
    const scene = await tokenBranchScene(t);
    const stored = storedToken(scene);
    const { conclusion, log } = await scene.run({ inputs: { 'reuse-minutes': 5 } });
    assert.equal(conclusion, 'success', log);
    const key = keyOf(stored).toString('base64url');
    const opened = jwcrypto({ key, sealed: String(scene.record()?.['sealed']) });
    assert.deepEqual(opened['header'], { alg: 'dir', enc: 'A256GCM', kid: idOf(stored) });
    const answer = scene.org.tokenRequests[0]?.decided?.body ?? '';
    assert.deepEqual(JSON.parse(String(opened['text'])), JSON.parse(answer));
  });

  it('opens what it sealed', async (t) => {
    const scene = await tokenBranchScene(t);
    const { org, family } = scene;
    org.rotate(family);
    const stored = storedToken(scene);
    const key = keyOf(stored).toString('base64url');
    const text = JSON.stringify({ refresh_token: family.current, issued_at: '1790000000000' });
    const { sealed } = jwcrypto({ key, kid: idOf(stored), text });
    const file = { ...Object(JSON.parse(textOf(stored, {}))), refreshes: 1, sealed };
    putFile(scene, JSON.stringify(file));
    const { conclusion, log } = await scene.run();
    assert.equal(conclusion, 'success', log);
    assert.equal(org.reuses, 0);
  });
});
