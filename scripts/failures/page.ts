import type { ActionResult } from '../../__tests__/support/runner.ts';
import type { Group } from './scenario.ts';

/** A failure as a reader sees it: what is the same however often it is provoked. */
export interface Shown {
  readonly group: string;
  /** The document has its advice as it is printed. */
  readonly asDocumented: boolean;
  readonly what: string;
  /** As the title has it; empty where the step did not fail. */
  readonly code: string;
  /** The page that the message names; empty where it names none. */
  readonly link: string;
  /** What stands above the log, in order. */
  readonly annotations: readonly { readonly title: string; readonly text: string }[];
}

/** What GitHub shows of a step. */
export function shownOf({ title, asDocumented }: Group, what: string, result: ActionResult): Shown {
  const failed = result.annotations.find(({ level }) => level === 'error');
  const code = /: ([\w.-]+)$/.exec(failed?.title ?? '')?.[1] ?? '';
  const annotations = result.annotations.map(({ level, title: heading = '', message }) => ({
    title: `${level}: ${heading}`,
    text: withoutChance(message),
  }));
  const link = /https:\S+\/troubleshooting\.md#[\w-]+/.exec(result.log)?.[0] ?? '';
  return { group: title, asDocumented: asDocumented === true, what, code, link, annotations };
}

/** What is different in the next run, replaced by what it is. */
function withoutChance(text: string): string {
  return text
    .replace(/127\.0\.0\.1:\d+/g, '127.0.0.1:PORT')
    .replace(/\b\d{4}-\d\d-\d\dT[\d:.]+Z/g, 'TIME')
    .replace(/\b[0-9a-f]{32}\.json/g, 'ID.json')
    .replace(/\b[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}\b/g, 'UUID')
    .replace(/(?<![\w/:.])\/\S*\/(?=[^/\s]*(?:_salesforce\.json|state-))/g, '/FOLDER/')
    .replace(/\bstate-[\d-]+/g, 'state')
    .replace(/\bruns\/\d+/g, 'runs/RUN')
    .replace(/\b(00D|005)(?:[A-Za-z0-9]{15}|[A-Za-z0-9]{12})\b/g, '$1ID')
    .replace(/\b[0-9A-F]{16}(?=:error:)/g, 'THREAD');
}

/** All of them as one page: a table to look things up in, then each in full. */
export function page(all: readonly Shown[]): string {
  const rows = all.map(({ what, code, annotations }, index) => {
    const [first = ''] = (errorOf(annotations) ?? annotations[0]?.text ?? '').split('\n');
    return `| [${index + 1}](#${index + 1}) | ${cell(what)} | ${code === '' ? '' : `\`${code}\``} | ${cell(first)} |`;
  });
  const groups = Map.groupBy(all, ({ group }) => group);
  return `${[
    '# Failures, as a reader sees them',
    `${all.length} failures, provoked with dist/ by \`npm run failures\` against look-alikes of Salesforce and GitHub. What differs from run to run is replaced: PORT, TIME, ID.`,
    [
      '| | What went wrong | Code | What happened, as the step says it |',
      '| --- | --- | --- | --- |',
      ...rows,
    ].join('\n'),
    ...[...groups].flatMap(([group, members]) => [
      `## ${group}`,
      ...members.flatMap((shown) => section(shown, all.indexOf(shown) + 1)),
    ]),
  ].join('\n\n')}\n`;
}

/** What the step says that it failed of; undefined where it did not. */
export function errorOf(annotations: Shown['annotations']): string | undefined {
  return annotations.find(({ title }) => title.startsWith('error: '))?.text;
}

function section({ what, code, link, annotations }: Shown, number: number): string[] {
  return [
    `<a id="${number}"></a>\n\n### ${number}. ${what}`,
    [code === '' ? 'The step did not fail.' : `\`${code}\``, link]
      .filter((part) => part !== '')
      .join(' · '),
    ...annotations.map(({ title, text }) => `**${title}**\n\n\`\`\`text\n${text}\n\`\`\``),
  ];
}

function cell(text: string): string {
  return text.replaceAll('|', '\\|').replaceAll('\n', ' ');
}
