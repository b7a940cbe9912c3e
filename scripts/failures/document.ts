import { ownErrors } from '../../src/errors/catalogue.ts';
import { errorOf, type Shown } from './page.ts';

/** About an input, a branch or a check: every case has advice of its own, and the section what they have in common. */
const casesOnly: ReadonlySet<string> = new Set([
  'input_missing',
  'input_invalid',
  'input_conflict',
  'token_branch_not_writable',
  'verification_failed',
]);

/**
 * What docs/troubleshooting.md owes whoever follows the link of a message: a section for the code, and
 * there the advice as it was printed, for every answer of Salesforce's that it names.
 * @returns what is missing, in words; empty where all is well
 */
export function missingIn(document: string, all: readonly Shown[]): string[] {
  const failures = all.filter(({ code }) => code !== '');
  const signingIn = sectionOf(document, 'signing-in-again') ?? '';
  const unsaid = (shown: Shown) => {
    const sections = plain(`${sectionOf(document, anchorIn(shown)) ?? ''} ${signingIn}`);
    return sentencesOf(shown).filter((sentence) => !sections.includes(sentence));
  };
  const somethingSaid = (shown: Shown) => unsaid(shown).length < sentencesOf(shown).length;
  return [
    ...failures
      .filter((shown) => sectionOf(document, anchorIn(shown)) === undefined)
      .map(({ what, code, link }) => `${what} (${code}): no section for the link “${link}”`),
    ...failures
      .filter(({ asDocumented }) => asDocumented)
      .flatMap((shown) =>
        unsaid(shown).map((sentence) => `${shown.what}: not in its section: “${sentence}”`),
      ),
    ...[...Map.groupBy(failures, ({ code }) => code)]
      .filter(([code, shown]) => !casesOnly.has(code) && !shown.some(somethingSaid))
      .map(([code]) => `${code}: no failure says what its section does`),
  ];
}

/** Our own codes that nothing provoked. */
export function neverProvoked(all: readonly Shown[]): string[] {
  const seen = new Set(all.map(({ code }) => code));
  return Object.keys(ownErrors()).filter((code) => !seen.has(code));
}

function anchorIn({ link }: Shown): string {
  return link.replace(/^[^#]*#?/, '');
}

/** The text below a heading, to the next one of its level or above. */
function sectionOf(document: string, anchor: string): string | undefined {
  return document
    .split(/^(?=#{2,3} )/m)
    .find((part) => anchorOf(part.slice(0, part.indexOf('\n'))) === anchor);
}

/** The anchor that GitHub gives a heading. */
function anchorOf(heading: string): string {
  return heading
    .replace(/^#+ /, '')
    .toLowerCase()
    .replace(/[^\w -]/g, '')
    .replaceAll(' ', '-');
}

/**
 * What was printed but for the first line, which is about the case at hand, and for commands: the
 * sentences in it that say something.
 */
function sentencesOf({ annotations }: Shown): string[] {
  const [, ...rest] = (errorOf(annotations) ?? '').split('\n');
  return rest
    .filter((line) => !line.startsWith('  '))
    .map((line) => line.replace(/^[A-Z][\w ]*: /, ''))
    .flatMap((line) => plain(line).split(/(?<=[.;:]) /))
    .filter((sentence) => sentence.length >= 40 && !sentence.startsWith('https:'));
}

/** Without what Markdown adds, on one line. */
function plain(text: string): string {
  return text.replace(/\*\*|\[|\]\(#[\w-]+\)/g, '').replace(/\s+/g, ' ');
}
