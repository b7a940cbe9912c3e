import { rmSync } from 'node:fs';
import { type GitHubOptions, fault as gitHubFault } from '../../__tests__/support/github/server.ts';
import { preloaded } from '../../__tests__/support/preloaded.ts';
import { fault } from '../../__tests__/support/salesforce-org.ts';
import {
  holderOf,
  putFile,
  seedRotated,
  textOf,
} from '../../__tests__/support/token-branch-file.ts';
import {
  branch,
  repositoryName,
  type TokenBranchScene,
  tokenBranchScene,
} from '../../__tests__/support/token-branch-scene.ts';
import { setTheScene as tokenFileScene } from '../../__tests__/support/token-file.ts';
import { atOrg, type Group, onBranch, type Prepare, type Scenario } from './scenario.ts';

/** A branch with a token on it, and something that is wrong. */
function seeded(what: string, prepare: Prepare<TokenBranchScene>): Scenario {
  return onBranch(what, (scene) => {
    seedRotated(scene);
    return prepare(scene) ?? {};
  });
}

const readOnly = ({ github, githubToken }: TokenBranchScene) => {
  github.token({ contents: 'read', repositories: [repositoryName] }, githubToken);
};
const always = { times: Number.POSITIVE_INFINITY };
const emptyRepository: GitHubOptions = { repositories: { [repositoryName]: {} } };

const notWritable: Group = {
  title: 'The token branch cannot be written to',
  scenarios: [
    seeded('A token that may only read', readOnly),
    seeded("Dependabot's token", (scene) => {
      readOnly(scene);
      return { env: { GITHUB_ACTOR: 'dependabot[bot]', GITHUB_EVENT_NAME: 'pull_request' } };
    }),
    seeded("A fork's token", (scene) => {
      readOnly(scene);
      return { env: { GITHUB_EVENT_NAME: 'pull_request', GITHUB_REF_NAME: '5/merge' } };
    }),
    seeded('A token that has expired', ({ github, githubToken }) => github.revoke(githubToken)),
    seeded('A protected branch', ({ repository }) => {
      repository.protect(branch, { pullRequest: true });
    }),
    seeded('A ruleset', ({ repository }) => {
      repository.ruleset({ include: ['**'], rules: ['pull_request', 'update'] });
    }),
    seeded('A repository in the archive', ({ repository }) => {
      repository.archived = true;
    }),
    onBranch('A repository without a commit', () => {}, { github: emptyRepository }),
    onBranch('A repository that is not there', () => ({
      inputs: { 'token-repository': 'octo/nowhere' },
    })),
    onBranch('A repository that was renamed', ({ github, githubToken }) => {
      github.token({ contents: 'write' }, githubToken);
      github.rename(repositoryName, 'octo/new');
    }),
  ],
};

const otherRotation: Group = {
  title: 'The token branch cannot be used now',
  scenarios: [
    onBranch('The file was edited', (scene) => putFile(scene, '{"refreshes": 1')),
    onBranch('The file is not sealed with this token', (scene) =>
      putFile(scene, textOf('another', { refreshes: 1, sealed: { refresh_token: 'x' } })),
    ),
    onBranch('Another job has the credential', (scene) => {
      const holder = holderOf(scene.github.clock.now());
      putFile(scene, textOf(scene.secret, { holder }));
      return { inputs: { 'wait-seconds': 1 } };
    }),
    onBranch('Another job has it, and this one may not wait', (scene) => {
      const holder = holderOf(scene.github.clock.now());
      putFile(scene, textOf(scene.secret, { holder }));
      return { inputs: { 'wait-seconds': 0 } };
    }),
    seeded('GitHub is down', ({ github }) => {
      github.inject('*', gitHubFault.unavailable(503), always);
    }),
    seeded('GitHub resets the connection', ({ github }) => {
      github.inject('*', gitHubFault.reset(), always);
    }),
    seeded('GitHub never answers', ({ github }) => {
      github.inject('*', gitHubFault.silence(), always);
      return { inputs: { 'timeout-seconds': 1 } };
    }),
    seeded('GitHub is asked too often', ({ github }) => {
      github.inject('*', gitHubFault.secondaryRateLimit(403), always);
    }),
    seeded("The hour's requests are used up", ({ github, githubToken }) => {
      github.quota(githubToken).remaining = 0;
    }),
    seeded('Too few requests are left to be sure of saving', ({ github, githubToken }) => {
      github.quota(githubToken).remaining = 5;
    }),
  ],
};

/** GitHub down while the new token is to be saved; three minutes pass in seconds. */
const cannotSave: Scenario = {
  what: 'GitHub is down for as long as this job holds the credential',
  provoke: async (after) => {
    const scene = await tokenBranchScene(after);
    seedRotated(scene);
    scene.org.onRequest(async () => {
      scene.github.inject('*', gitHubFault.unavailable(503), always);
      return undefined;
    });
    return await scene.run({ env: preloaded(60, 'start') });
  },
};

/** The same at the end of the job. */
const cannotSaveLater: Scenario = {
  what: 'GitHub is still down at the end of that job',
  provoke: async (after) => {
    const scene = await tokenBranchScene(after);
    seedRotated(scene);
    scene.github.inject('*', gitHubFault.unavailable(503), always);
    const { place, rest } = {
      place: { repository: repositoryName, branch },
      rest: { holder: 'x' },
    };
    const unsaved = { ...place, ...rest, file: scene.file, text: '{}', message: 'x' };
    const state = { 'token-branch': JSON.stringify({ ...unsaved, replaces: '0'.repeat(40) }) };
    const step = await scene.run();
    return await scene.post({ ...step, state }, { env: preloaded(60, 'start') });
  },
};

/** A token file on a runner that dies with the job, or whose folder is gone when it is to be written. */
function rotatingFile(what: string, gone: boolean): Scenario {
  return {
    what,
    provoke: async (after) => {
      const { org, folder, start } = await tokenFileScene(after, { rotation: 'strict' });
      org.onRequest(async () => {
        if (gone) {
          rmSync(folder, { recursive: true });
        }
        return undefined;
      });
      return await start().result;
    },
  };
}

const dead: Group = {
  title: 'The refresh token is dead, lost or not kept',
  scenarios: [
    onBranch('Dead on the first use of a branch', ({ org, family }) => org.revokeFamily(family)),
    seeded('The kept one is dead', ({ org, family }) => org.revokeFamily(family)),
    seeded('A run that ended without saving took it along', (scene) => {
      scene.org.revokeFamily(scene.family);
      const holder = holderOf(scene.github.clock.now(), 300_000);
      seedRotated(scene, { holder });
    }),
    seeded('The connection is reset while the answer is awaited', ({ org }) => {
      org.faults.push({ does: fault.reset() });
    }),
    cannotSave,
    cannotSaveLater,
    rotatingFile('The folder of the token file is gone', true),
    rotatingFile('A token file on a runner that dies with the job', false),
    atOrg('The app rotates, and nothing keeps the new token', () => {}, { rotation: 'strict' }),
    onBranch('The app does not rotate, and `token-branch` is set', () => {}, {
      org: { rotation: 'none' },
    }),
  ],
};

export const rotationGroups: readonly Group[] = [notWritable, otherRotation, dead];
