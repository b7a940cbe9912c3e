import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { readContext } from '../../src/runner/context.ts';

describe('What the runner says about the run', () => {
  it('is read from its environment', () => {
    const context = readContext({
      GITHUB_REPOSITORY: 'owner/name',
      GITHUB_SERVER_URL: 'https://ghes.example',
      GITHUB_API_URL: 'https://ghes.example/api/v3',
      GITHUB_RUN_ID: '12',
      GITHUB_RUN_ATTEMPT: '3',
      GITHUB_ACTION_REPOSITORY: 'octo/fork',
      GITHUB_ACTION_REF: 'v1.2.3',
      GITHUB_REF_NAME: '7/merge',
      GITHUB_HEAD_REF: 'a/topic',
      GITHUB_ACTOR: 'somebody',
      GITHUB_EVENT_NAME: 'push',
      GITHUB_WORKSPACE: '/work',
      RUNNER_ENVIRONMENT: 'self-hosted',
    });
    assert.deepEqual(context, {
      repository: 'owner/name',
      refs: ['7/merge', 'a/topic'],
      eventName: 'push',
      actor: 'somebody',
      workspace: '/work',
      runnerEnvironment: 'self-hosted',
      apiUrl: 'https://ghes.example/api/v3',
      serverUrl: 'https://ghes.example',
      runUrl: 'https://ghes.example/owner/name/actions/runs/12/attempts/3',
      outputsCanBeRead: true,
      isWithinComposite: false,
      documents: 'https://github.com/octo/fork/blob/v1.2.3/docs',
      signInTarball: 'https://github.com/octo/fork/releases/download/v1.2.3/sign-in.tgz',
    });
  });

  it('may be nothing at all', () => {
    assert.deepEqual(readContext({}), {
      repository: '',
      refs: [],
      eventName: '',
      actor: '',
      workspace: '.',
      runnerEnvironment: '',
      apiUrl: 'https://api.github.com',
      serverUrl: 'https://github.com',
      runUrl: 'https://github.com//actions/runs/0/attempts/1',
      outputsCanBeRead: true,
      isWithinComposite: false,
      documents: 'https://github.com/OWNER/refresh-salesforce-token/blob/v1/docs',
      signInTarball:
        'https://github.com/OWNER/refresh-salesforce-token/releases/latest/download/sign-in.tgz',
    });
  });

  it('names the newest command to sign in, unless it is a release itself', () => {
    for (const ref of ['v1', 'main', 'v1.2', '84a2609', 'v1.2.3-rc.1']) {
      const context = readContext({
        GITHUB_ACTION_REPOSITORY: 'octo/fork',
        GITHUB_ACTION_REF: ref,
      });
      assert.match(context.signInTarball, /\/octo\/fork\/releases\/latest\/download\//);
    }
  });

  it('has documents where `uses:` names no repository, and takes no address from anybody', () => {
    for (const [repository, ref] of [
      ['', ''],
      ['octo/fork', ''],
      ['', 'v1'],
      ['octo', 'v1'],
      ['octo/fork/../..', 'v1'],
      ['octo/fork', 'v1"><script>'],
    ]) {
      const context = readContext({
        GITHUB_ACTION_REPOSITORY: repository,
        GITHUB_ACTION_REF: ref,
      });
      assert.match(context.documents, /\/OWNER\/refresh-salesforce-token\/blob\/v1\/docs$/);
      assert.match(context.signInTarball, /\/OWNER\/refresh-salesforce-token\/releases\/latest\//);
    }
  });
});
