import {
  type Explanation,
  explainGitHubStatus,
  explainStatus,
  type OwnCode,
  ownErrors,
  type Refusal,
  refusals,
  unknownRefusal,
} from '../../src/errors/catalogue.ts';
import { signInCommands } from '../../src/keeping/advice.ts';

/** Every code of ours, in the order in which a step gets there. */
const groups: readonly (readonly [title: string, about: string, codes: readonly OwnCode[]])[] = [
  [
    'Inputs',
    'The step stopped before anything was sent. The refresh token is as good as before.',
    [
      'input_missing',
      'input_invalid',
      'input_conflict',
      'host_not_allowed',
      'insecure_tls',
      'token_file_invalid',
    ],
  ],
  [
    'A refresh token that rotates',
    '[rotation.md](rotation.md#when-a-run-stops) says more about each: what is on the token branch then, and what the next run does.',
    [
      'token_branch_not_writable',
      'token_branch_invalid',
      'credential_in_flight',
      'answer_lost',
      'save_failed',
    ],
  ],
  [
    'The network, and answers that are none',
    'Nothing that can be used came back.',
    ['network_error', 'tls_error', 'timeout', 'redirect_refused', 'response_invalid'],
  ],
  [
    'A token that is not handed out',
    'Salesforce issued an access token, and a check kept it back. A refresh token that rotated is safe.',
    [
      'token_type_unsupported',
      'instance_url_refused',
      'org_mismatch',
      'user_mismatch',
      'org_type_mismatch',
      'verification_failed',
    ],
  ],
  ['The run itself', 'Nothing is wrong with the credential.', ['cancelled', 'internal_error']],
];

/** Statuses that stand for their kind. */
const statuses = [
  [429, 'Too often'],
  [420, 'An org that is not there (420 and 406)'],
  [503, 'An outage (500 and above)'],
  [404, 'Anything else'],
] as const;

/** The same, where GitHub gave them. */
const gitHubStatuses = [
  [429, 'Too often for GitHub (429, and 403 with a limit)'],
  [503, 'An outage of GitHub’s (500 and above)'],
] as const;

/** docs/troubleshooting.md: a section for each error code, from the texts of the messages themselves. */
export function troubleshooting(): string {
  return `${[
    '# Troubleshooting',
    '<!-- Made by `npm run docs` from src/errors/catalogue.ts: change the texts there. -->',
    'When the step fails, the title of its annotation ends in a code, which is also its output `error-code`. ' +
      'Find it here. The message in the log says more than this page: it names the input, the host or the run.',
    contents(),
    ...groups.flatMap(([title, about, codes]) => [
      `## ${title}`,
      about,
      ...codes.flatMap((code) => [`### \`${code}\``, explained(ownErrors[code])]),
    ]),
    '## Salesforce refuses',
    'The code is the `error` of Salesforce’s answer, as RFC 6749 defines it. Setup → Login History of the org ' +
      'shows the true cause where the user is known, which Salesforce does not always tell the client.',
    ...salesforceCodes().flatMap(([code, rows]) => [`### \`${code}\``, ...rows.map(refusal)]),
    '### Another error of Salesforce',
    explained(unknownRefusal),
    '### `http_<status>`',
    'What answered was neither a token nor an error of OAuth’s. The status itself stands in the code: `http_503`.',
    ...statuses.flatMap(([status, title]) => [`**${title}.** ${flat(explainStatus(status))}`]),
    'Where the message names GitHub’s API, it was the token branch that could not be looked at:',
    ...gitHubStatuses.flatMap(([status, title]) => [
      `**${title}.** ${flat(explainGitHubStatus(status))}`,
    ]),
    '## Signing in again',
    'Where the credential is dead, the message ends in commands for it. They look like this:',
    `\`\`\`sh\n${commands()}\n\`\`\``,
  ].join('\n\n')}\n`;
}

function contents(): string {
  const links = (codes: readonly string[]) =>
    codes.map((code) => `[\`${code}\`](#${code.toLowerCase()})`).join(' · ');
  return [
    ...groups.map(([title, , codes]) => `- ${title}: ${links(codes)}`),
    `- Salesforce refuses: ${links(salesforceCodes().map(([code]) => code))} · [another](#another-error-of-salesforce) · [\`http_…\`](#http_status)`,
  ].join('\n');
}

function salesforceCodes(): [string, { row: Refusal; answers: string[] }[]][] {
  const codes = new Map<string, { row: Refusal; answers: string[] }[]>();
  for (const row of refusals) {
    const own = Map.groupBy(row.answers, (answer) => answer.split(':')[0] ?? '');
    for (const [code, answers] of own) {
      codes.set(code, [...(codes.get(code) ?? []), { row, answers }]);
    }
  }
  return [...codes].sort(([a], [b]) => a.toLowerCase().localeCompare(b.toLowerCase()));
}

function refusal({ row, answers }: { row: Refusal; answers: string[] }): string {
  const descriptions = answers
    .filter((answer) => answer.includes(': '))
    .map((answer) => `“${answer.replace(/^\w+: /, '').replace(/\.$/, '')}”`);
  const said = descriptions.length === 0 ? '' : `**${descriptions.join(', ')}.** `;
  return `${said}${flat(row)}${outcome(row)}`;
}

/** What the step does about it by itself. */
function outcome({ retry, deadCredential }: Refusal): string {
  switch (retry) {
    case 'never':
      return deadCredential === true ? ' [How to sign in again](#signing-in-again).' : '';
    case 'in_flight':
      return ' By then the step has waited and asked again, unless the app rotates.';
    case 'unknown_fate':
      return ' By then the step has asked again, unless the app rotates.';
  }
}

function flat({ why, fix }: Explanation): string {
  return `${why} ${fix}`;
}

function explained({ why, fix }: Explanation): string {
  return `**Why:** ${why}\n\n**What to do:** ${fix}`;
}

function commands(): string {
  const [title = '', ...lines] = signInCommands({
    loginUrl: 'https://acme.my.salesforce.com',
    platformCli: false,
    repository: 'acme/deployments',
    secretName: 'SF_REFRESH_TOKEN',
    asAuthUrl: false,
  }).split('\n');
  return [`# ${title}`, ...lines.map((line) => line.replace(/^ {2}/, ''))].join('\n');
}
