import type { Exchange } from '../../__tests__/support/github/server.ts';
import { fault } from '../../__tests__/support/github/server.ts';
import { branch, tokenBranchScene } from '../../__tests__/support/token-branch-scene.ts';

/** Has the shipped bundle ask GitHub all that it can ask, and gives the record. */
export async function runAction(): Promise<readonly Exchange[]> {
  const closing: (() => unknown)[] = [];
  try {
    const scene = await tokenBranchScene({ after: (close) => closing.push(close) });
    const { github, org } = scene;
    const run = async (inputs: Readonly<Record<string, string | number>> = {}) => {
      const { conclusion, log } = await scene.run({ inputs });
      if (conclusion !== 'success') {
        throw new Error(log);
      }
    };
    // The branch is made; then a file is replaced; then another one is made on the branch.
    await run();
    await run({ 'reuse-minutes': 5 });
    await run({ 'reuse-minutes': 5 });
    await run({ 'refresh-token': org.newRefreshToken() });
    // A save whose answer is lost, and the next job has the credential when it is looked for: only the
    // history tells.
    github.intercept(
      'PUT',
      () => {
        const saved = scene.repository.file(branch, scene.file) ?? '';
        scene.repository.commit(branch, { [scene.file]: `${saved}\n` });
        return fault.reset();
      },
      { skip: 1, when: 'after' },
    );
    await run();
    // What is let go of.
    org.user.active = false;
    await scene.run();
    return github.exchanges();
  } finally {
    await Promise.all(closing.map((close) => close()));
  }
}
