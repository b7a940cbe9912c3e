import type { Answer } from './answers.ts';
import { deleteContents, getContents, putContents } from './contents.ts';
import {
  deleteRef,
  getBlob,
  getGitCommit,
  getRef,
  getTree,
  matchRefs,
  patchRef,
  postBlob,
  postCommit,
  postRef,
  postTree,
} from './git-data.ts';
import { getBranch, getCommit, getRepository, listBranches, listCommits } from './repositories.ts';
import type { Scene } from './scene.ts';
import {
  getEnvironment,
  getPublicKey,
  getSecret,
  getVariable,
  listSecrets,
  listVariables,
  patchVariable,
  postVariable,
  putSecret,
} from './vaults.ts';

export interface Endpoint {
  readonly method: string;
  /** Below the repository; `:environment` stands for one segment, `*` for the rest. */
  readonly path: string;
  readonly permission: Permission;
  /** `metadata` is what every token may see. */
  readonly access: 'metadata' | 'read' | 'write';
  /** Below `https://docs.github.com/rest/`. */
  readonly documentation: string;
  readonly run: (scene: Scene) => Answer | Promise<Answer>;
}

/** What a token has to be allowed, by GitHub's names. */
export type Permission = 'contents' | 'secrets' | 'actions_variables' | 'environments' | 'actions';

type Row = readonly [
  methodAndPath: string,
  access: Endpoint['access'],
  documentation: string,
  run: Endpoint['run'],
];

const ROWS: readonly Row[] = [
  ['GET ', 'metadata', 'repos/repos#get-a-repository', getRepository],
  ['GET branches', 'read', 'branches/branches#list-branches', listBranches],
  ['GET branches/*', 'read', 'branches/branches#get-a-branch', getBranch],
  ['GET commits', 'read', 'commits/commits#list-commits', listCommits],
  ['GET commits/*', 'read', 'commits/commits#get-a-commit', getCommit],
  ['GET contents', 'read', 'repos/contents#get-repository-content', getContents],
  ['GET contents/*', 'read', 'repos/contents#get-repository-content', getContents],
  ['PUT contents/*', 'write', 'repos/contents#create-or-update-file-contents', putContents],
  ['DELETE contents/*', 'write', 'repos/contents#delete-a-file', deleteContents],
  ['POST git/blobs', 'write', 'git/blobs#create-a-blob', postBlob],
  ['GET git/blobs/*', 'read', 'git/blobs#get-a-blob', getBlob],
  ['POST git/trees', 'write', 'git/trees#create-a-tree', postTree],
  ['GET git/trees/*', 'read', 'git/trees#get-a-tree', getTree],
  ['POST git/commits', 'write', 'git/commits#create-a-commit', postCommit],
  ['GET git/commits/*', 'read', 'git/commits#get-a-commit-object', getGitCommit],
  ['GET git/ref/*', 'read', 'git/refs#get-a-reference', getRef],
  ['GET git/matching-refs/*', 'read', 'git/refs#list-matching-references', matchRefs],
  ['POST git/refs', 'write', 'git/refs#create-a-reference', postRef],
  ['PATCH git/refs/*', 'write', 'git/refs#update-a-reference', patchRef],
  ['DELETE git/refs/*', 'write', 'git/refs#delete-a-reference', deleteRef],
  [
    'GET environments/:environment',
    'read',
    'deployments/environments#get-an-environment',
    getEnvironment,
  ],
  ...vaultRows('actions', 'repository'),
  ...vaultRows('environments/:environment', 'environment'),
];

/** The secrets and variables of a repository, or of one of its environments. */
function vaultRows(root: string, whose: string): readonly Row[] {
  const [secrets, variables] = ['actions/secrets', 'actions/variables'];
  const aSecret = whose === 'repository' ? 'a-repository-secret' : 'an-environment-secret';
  const aVariable = whose === 'repository' ? 'a-repository-variable' : 'an-environment-variable';
  return [
    [
      `GET ${root}/secrets/public-key`,
      'read',
      `${secrets}#get-${aSecret.replace('secret', 'public-key')}`,
      getPublicKey,
    ],
    [`GET ${root}/secrets`, 'read', `${secrets}#list-${whose}-secrets`, listSecrets],
    [`GET ${root}/secrets/*`, 'read', `${secrets}#get-${aSecret}`, getSecret],
    [`PUT ${root}/secrets/*`, 'write', `${secrets}#create-or-update-${aSecret}`, putSecret],
    [`GET ${root}/variables`, 'read', `${variables}#list-${whose}-variables`, listVariables],
    [`GET ${root}/variables/*`, 'read', `${variables}#get-${aVariable}`, getVariable],
    [`POST ${root}/variables`, 'write', `${variables}#create-${aVariable}`, postVariable],
    [`PATCH ${root}/variables/*`, 'write', `${variables}#update-${aVariable}`, patchVariable],
  ];
}

/** All that the look-alike can be asked of a repository. */
export const ENDPOINTS: readonly Endpoint[] = ROWS.map(
  ([methodAndPath, access, documentation, run]) => {
    const [method = '', path = ''] = methodAndPath.split(' ');
    return { method, path, permission: permissionOf(path), access, documentation, run };
  },
);

function permissionOf(path: string): Permission {
  if (path.startsWith('actions/secrets')) return 'secrets';
  if (path.startsWith('actions/variables')) return 'actions_variables';
  if (path.startsWith('environments/:environment/')) return 'environments';
  return path.startsWith('environments/') ? 'actions' : 'contents';
}
