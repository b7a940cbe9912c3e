import { onTokenBranch } from '../../src/errors/advice.ts';
import { type Explanation, type OwnCode, ownErrors } from '../../src/errors/catalogue.ts';
import { explainGitHubStatus, explainStatus } from '../../src/errors/http-status.ts';
import { type Refusal, refusals, unknownRefusal } from '../../src/errors/refusals.ts';
import { signInCommand } from '../../src/keeping/advice.ts';
import { readContext } from '../../src/runner/context.ts';
import { noAnswersOf } from './no-answers.ts';

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

/**
 * What the messages with a code say, for the code's section in docs/troubleshooting.md: the texts of the
 * messages themselves, so that whoever reads the page without one has them too.
 *
 * @param code one of ours or of Salesforce's, `http`, or `other` for errors of Salesforce's that nobody knows
 * @throws where there is no such code
 */
export function adviceOn(code: string): string {
  return paragraphsOn(code).join('\n\n');
}

function paragraphsOn(code: string): string[] {
  if (isOwnCode(code)) {
    return [...(noAnswersOf(code) ?? [explained(ownErrors()[code])]), ...branchAdvice(code)];
  }
  if (code === 'other') {
    return [explained(unknownRefusal)];
  }
  if (code === 'http') {
    return [
      ...statuses.map(([status, title]) => `**${title}.** ${flat(explainStatus(status))}`),
      'Where the message names GitHub, the step could not read or write the token branch:',
      ...gitHubStatuses.map(
        ([status, title]) => `**${title}.** ${flat(explainGitHubStatus(status))}`,
      ),
    ];
  }
  const rows = refusals
    .map((row) => ({ row, answers: row.answers.filter((answer) => codeOf(answer) === code) }))
    .filter(({ answers }) => answers.length > 0);
  if (rows.length === 0) {
    throw new Error(`There is no code ${code} to say something about.`);
  }
  return rows.map(refusal);
}

/** The codes below each heading of the document, with links to their sections. */
export function codesOf(document: string): string {
  return document
    .split(/^## /m)
    .map((part) => {
      const title = part.slice(0, part.indexOf('\n'));
      const codes = [...part.matchAll(/^### .*`([\w<>]+)`$(?=[\s\S]*?^<!-- (\w+))/gm)]
        .filter(([, , mark]) => mark === 'advice')
        .map(([, code = '']) => `[\`${code}\`](#${code.toLowerCase().replace(/[<>]/g, '')})`);
      return { title, codes };
    })
    .filter(({ codes }) => codes.length > 0)
    .map(({ title, codes }) => `- ${title}: ${codes.join(' · ')}`)
    .join('\n');
}

function codeOf(answer: string): string {
  return answer.split(':')[0] ?? '';
}

function isOwnCode(code: string): code is OwnCode {
  return Object.hasOwn(ownErrors(), code);
}

function refusal({ row, answers }: { row: Refusal; answers: string[] }): string {
  const descriptions = answers
    .filter((answer) => answer.includes(': '))
    .map((answer) => answer.replace(/^\w+: /, '').replace(/\.$/, ''))
    .map((words) => (words === 'anything else' ? 'Anything else' : `“${words}”`));
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

/** The command that signs in again, as the messages have it, with the sentences around it. */
export function signingIn(): string {
  const [sentences = '', command = ''] = signInCommand({
    tarball: readContext({}).signInTarball,
    loginUrl: 'https://acme.my.salesforce.com',
    platformCli: false,
    store: { repository: 'acme/deployments', asAuthUrl: false },
  }).split('\n');
  return `\`\`\`sh\n${command.trim()}\n\`\`\`\n\n${sentences}`;
}
