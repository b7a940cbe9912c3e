import {
  type Explanation,
  explainGitHubStatus,
  explainStatus,
  type OwnCode,
  onTokenBranch,
  ownErrors,
  type Refusal,
  refusals,
  unknownRefusal,
} from '../../src/errors/catalogue.ts';
import { signInCommand } from '../../src/keeping/advice.ts';
import { readContext } from '../../src/runner/context.ts';
import { noAnswersOf } from './no-answers.ts';

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
    'The network, and answers that cannot be used',
    'No token came back.',
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
  [420, 'An org that is not ready, or gone (420 and 406)'],
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
      'Find it here. The message in the log says more than this page: it names the input, the host or the run, and ends in the command that signs in again where that is needed.',
    'Where that is not enough, run the job again with “Enable debug logging”: the log then also tells what the step decided and why, with every request, its status and how long it took. Secrets stay masked in it.',
    contents(),
    ...groups.flatMap(([title, about, codes]) => [
      `## ${title}`,
      about,
      ...codes.flatMap((code) => [
        `### \`${code}\``,
        ...(noAnswersOf(code) ?? [explained(ownErrors[code])]),
        ...branchAdvice(code),
      ]),
    ]),
    '## Salesforce refuses',
    'The code is the `error` of Salesforce’s answer, as RFC 6749 defines it.',
    ...salesforceCodes().flatMap(([code, rows]) => [`### \`${code}\``, ...rows.map(refusal)]),
    '### Another error of Salesforce',
    explained(unknownRefusal),
    '### `http_<status>`',
    'The answer was neither a token nor an OAuth error. The code has the status in it: `http_503`.',
    ...statuses.flatMap(([status, title]) => [`**${title}.** ${flat(explainStatus(status))}`]),
    'Where the message names GitHub, the step could not read or write the token branch:',
    ...gitHubStatuses.flatMap(([status, title]) => [
      `**${title}.** ${flat(explainGitHubStatus(status))}`,
    ]),
    '## Signing in again',
    signingInAgain(),
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
function outcome({ retry, signIn }: Refusal): string {
  switch (retry) {
    case 'never':
      return signIn === true ? ' [How to sign in again](#signing-in-again).' : '';
    case 'in_flight':
      return ' By then the step has waited and asked again, unless the app rotates.';
    case 'unknown_fate':
      return ' By then the step has asked again, unless the app rotates.';
  }
}

function flat({ why, fix }: Explanation): string {
  return [why, markdown(fix)]
    .filter((text) => text !== undefined)
    .join(fix.includes('\n') ? '\n\n' : ' ');
}

function explained({ why, fix }: Explanation): string {
  const because = why === undefined ? '' : `\n\n**Why:** ${why}`;
  return `**What to do:** ${markdown(fix)}${because}`;
}

/** Cases become a list: without an empty line after it, the next sentence would be part of its last item. */
function markdown(fix: string): string {
  return fix.replace(/\n(?!- )/g, '\n\n').replace(/^([^-].*)\n(?=- )/m, '$1\n\n');
}

function branchAdvice(code: OwnCode): string[] {
  return code === 'answer_lost' || code === 'save_failed'
    ? [`**With \`token-branch\`:** ${onTokenBranch[code]}`]
    : [];
}

function signingInAgain(): string {
  const [sentences = '', command = ''] = signInCommand({
    tarball: readContext({}).signInTarball,
    loginUrl: 'https://acme.my.salesforce.com',
    platformCli: false,
    store: { repository: 'acme/deployments', asAuthUrl: false },
  }).split('\n');
  return [
    'Where the credential is dead, the message ends in a command for that, with its options filled in:',
    `\`\`\`sh\n${command.trim()}\n\`\`\``,
    sentences,
    'For an SFDX auth URL it says `--secret SF_AUTH_URL --as auth-url`, and for a token file `--to file:PATH`. A token that the Salesforce CLI made needs no `--client-id`.',
    withCli,
  ].join('\n\n');
}

/** For those who have the Salesforce CLI. `gh` stores whatever it gets, also nothing: so it is looked at before. */
const withCli = `With the Salesforce CLI instead. \`gh secret set\` stores an empty value without a word, so these look at it first. In bash, zsh or another POSIX shell, with jq:

\`\`\`sh
sf org login web --alias ci --instance-url https://acme.my.salesforce.com --client-id CONSUMER_KEY
token=$(sf org auth show-sfdx-auth-url --target-org ci --no-prompt --json |
  jq -er '.result.sfdxAuthUrl | capture("^force://[^:]+:[^:]*:(?<token>[^@]+)@").token')
if [ -n "$token" ]; then
  printf %s "$token" | gh secret set SF_REFRESH_TOKEN --repo acme/deployments
else
  echo 'Nothing was stored: the Salesforce CLI gave no refresh token.' >&2
fi
unset token
sf org logout --target-org ci --no-prompt
\`\`\`

In PowerShell:

\`\`\`powershell
sf org login web --alias ci --instance-url https://acme.my.salesforce.com --client-id CONSUMER_KEY
$answer = sf org auth show-sfdx-auth-url --target-org ci --no-prompt --json | Out-String | ConvertFrom-Json
if ($answer.result.sfdxAuthUrl -match '^force://[^:]+:[^:]*:([^@]+)@') {
  $Matches[1] | gh secret set SF_REFRESH_TOKEN --repo acme/deployments
} else {
  Write-Error 'Nothing was stored: the Salesforce CLI gave no refresh token.'
}
Remove-Variable answer
sf org logout --target-org ci --no-prompt
\`\`\`

The last line only makes the CLI forget the token: it would refresh it later, and so use it up.`;
