/** Where the credential goes; whatever can be checked is checked before there is one. */
import { execFile } from 'node:child_process';
import { seedFile, seedOutput } from '../../src/credential/seed.ts';
import { ActionError, errorCode } from '../../src/errors/action-error.ts';
import { signInErrors } from '../../src/errors/sign-in.ts';
import type { JsonObject } from '../../src/http/json.ts';
import type { Options } from './options.ts';
import type { Terminal } from './terminal.ts';

/** A place for a credential. Whatever does not work there is an ActionError. */
export interface Store {
  /** The options of `gh` that name it; none where `gh` has no part in it. */
  readonly options: readonly string[];
  /** @param answer that the credential came in. @returns where it is now */
  put(answer: JsonObject, credential: string): string | Promise<string>;
  /** Whether a job sees it, as far as that can be told. */
  has(kind: 'secrets' | 'variables', name: string): Promise<boolean>;
}

/** @param to `stdout`, or `file:` and a path */
export function toHere(to: string): Store {
  const put = to === 'stdout' ? seedOutput(1) : seedFile(to.replace(/^file:/, ''));
  return { options: [], put, has: async () => false };
}

type Trouble = keyof typeof signInErrors;
export type Gh = ReturnType<typeof openGh>;

/** Asks `gh`, GitHub's own client, what it answers. */
export function openGh({ signal, clean }: Terminal) {
  const quiet = { ...process.env, GH_PROMPT_DISABLED: '1', GH_NO_UPDATE_NOTIFIER: '1' };
  return (args: readonly string[], what: string, trouble: Trouble, input = '', more = {}) =>
    new Promise<string>((resolve, reject) => {
      const options = { env: { ...quiet, ...more }, signal, windowsHide: true };
      const child = execFile('gh', args, options, (error, out, err) => {
        // It could not be started; an exit code is a number.
        const unstarted = /^E[A-Z]+$/.exec(errorCode(error) ?? '')?.[0];
        // Its exit code 4 means that nobody is logged in.
        const needsLogin = Number(error?.code) === 4 || /auth login|HTTP 401/.test(err);
        const code = unstarted ? 'gh_missing' : needsLogin ? 'gh_login' : trouble;
        const said = (clean(err) || `exit code ${error?.code}`).replace(/^gh: |\.$/g, '');
        const absent = unstarted === 'ENOENT' ? 'is not installed' : `cannot be run (${unstarted})`;
        const whole = `${what} gh ${unstarted ? absent : `says: ${said}`}.`;
        error === null ? resolve(out) : reject(new ActionError(code, whole, signInErrors[code]));
      });
      // It may end without having read.
      child.stdin?.on('error', () => {}).end(input);
    });
}

/** `[host/]owner/name` of the current folder. */
export async function currentRepository(gh: Gh): Promise<string> {
  const what = 'No repository is named, and the current folder does not tell which.';
  const view = ['repo', 'view', '--json', 'url', '--jq', '.url'];
  const url = URL.parse((await gh(view, what, 'no_repository')).trim());
  return `${url?.host ?? ''}${url?.pathname ?? ''}`.replace(/^github\.com\//, '');
}

/** A secret of a repository, or of its environment. @throws ActionError where none could be written */
export async function toSecret(options: Options, repo: string, gh: Gh): Promise<Store> {
  const { secretName: name, environment } = options;
  const [repository, owner, host] = repo.split('/').reverse();
  // Not by `--hostname`: that takes no port.
  const onHost = host === undefined ? {} : { GH_HOST: host };
  const get = (path: string, what = '', trouble: Trouble = 'no_repository') =>
    gh(['api', `repos/${owner}/${repository}${path}`], what, trouble, '', onHost);
  const own = environment === '' ? [] : [`/environments/${encodeURIComponent(environment)}`];
  const places = [...own, '/actions'];
  await get('', `The repository ${repo} cannot be read.`, 'repository_unreadable');
  for (const place of own) {
    const what = `${repo} has no environment “${environment}” that can be read.`;
    await get(place, what, 'environment_unreadable');
  }
  const unwritable = `The secrets of ${repo} cannot be written.`;
  await get(`${places[0]}/secrets/public-key`, unwritable, 'secret_not_writable');
  const named = ['--repo', repo, ...(environment === '' ? [] : ['--env', environment])];
  return {
    options: named,
    put: async (_answer, credential) => {
      const set = ['secret', 'set', name, ...named];
      // As its input: others can read a command line.
      await gh(set, `The secret ${name} could not be written.`, 'secret_not_writable', credential);
      return `Stored as the secret ${name}: ${named.join(' ')}.`;
    },
    has: async (kind, wanted) => {
      const asked = places.map((place) => get(`${place}/${kind}/${wanted}`));
      return (await Promise.allSettled(asked)).some(({ status }) => status === 'fulfilled');
    },
  };
}
