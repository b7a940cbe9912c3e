import { ActionError } from '../errors/action-error.ts';
import { skipDependabot, skipForks } from '../errors/advice.ts';
import { type Explanation, nothingSent } from '../errors/catalogue.ts';
import { type Environment, readContext } from './context.ts';
import { isFromFork } from './event.ts';
import { type InputName, inputNames } from './inputs.ts';

/**
 * Says that inputs are empty, and the likely cause of it.
 *
 * @param what what happened: a whole sentence
 * @param wanted any of which would have done
 * @param explanation what to do; default: as for a secret
 * @returns `input_missing`
 */
export function missingInput(
  what: string,
  wanted: readonly InputName[],
  env: Environment,
  explanation?: Explanation,
): ActionError {
  const strangers = unknownInputs(env);
  const meant = strangers.find(({ like }) => like !== undefined && wanted.includes(like));
  const advice =
    meant === undefined
      ? (explanation ?? emptySecret(env))
      : {
          fix: `Rename \`${meant.name}\` to \`${meant.like}\` under \`with:\`. ${nothingSent}`,
        };
  return ActionError.own(
    'input_missing',
    [what, ...strangers.map((one) => aboutStranger(one, meant))].join(' '),
    advice,
  );
}

/** An input that was given, and that this action does not have. */
interface Stranger {
  readonly name: string;
  /** Which one may be meant. */
  readonly like: InputName | undefined;
}

/** @param meant the one that what to do is about: there the name that may be meant stands already */
function aboutStranger(stranger: Stranger, meant: Stranger | undefined): string {
  const { name, like } = stranger;
  const question = like === undefined || stranger === meant ? '.' : `: did you mean \`${like}\`?`;
  return `\`${name}\` was set, but this action has no such input${question}`;
}

/** So many names are enough to see what is wrong. */
const mostNamed = 5;

/**
 * Inputs under other names: the runner hands over whatever stands under `with:`, and only warns.
 * Their names alone; the values may be secrets.
 */
function unknownInputs(env: Environment): Stranger[] {
  return Object.keys(env)
    .map((name) => /^INPUT_([\w .-]{1,40})$/i.exec(name)?.[1]?.toLowerCase())
    .filter((name) => name !== undefined)
    .filter((name) => !inputNames.some((known) => known === name))
    .map((name) => ({ name, like: likeliest(name) }))
    .sort((a, b) => Number(a.like === undefined) - Number(b.like === undefined))
    .slice(0, mostNamed);
}

/** What other tools and older how-tos call them. */
const otherNames: Readonly<Record<string, InputName>> = {
  token: 'refresh-token',
  'consumer-key': 'client-id',
  'consumer-secret': 'client-secret',
  'instance-url': 'login-url',
  'server-url': 'login-url',
  domain: 'login-url',
};

function likeliest(name: string): InputName | undefined {
  const words = name.split(/[-_ .]+/);
  const joined = words.join('');
  return (
    otherNames[words.join('-')] ??
    inputNames.find((known) => known.replaceAll('-', '') === joined) ??
    inputNames.find((known) => words.every((word) => known.split('-').includes(word))) ??
    inputNames.find((known) => distance(known.replaceAll('-', ''), joined) <= 2)
  );
}

/** How many letters have to be put in, taken out or changed (Levenshtein). */
function distance(a: string, b: string): number {
  let above = [...b, ''].map((_, column) => column);
  for (const [row, letter] of [...a].entries()) {
    const line = [row + 1];
    for (const [column, other] of [...b].entries()) {
      const [left = 0, up = 0, diagonal = 0] = [line[column], above[column + 1], above[column]];
      line.push(Math.min(left + 1, up + 1, diagonal + (letter === other ? 0 : 1)));
    }
    above = line;
  }
  return above.at(-1) ?? 0;
}

/** The likely cause of an empty secret. */
function emptySecret(env: Environment): Explanation {
  const { actor, isWithinComposite } = readContext(env);
  if (losesDashes(env)) {
    return {
      why: 'The runner hands inputs over as environment variables such as `INPUT_CLIENT-ID`, and something between it and this step, such as the shell of a container image, drops names with a dash in them.',
      fix: `Run the job without \`container:\`, or in an image whose \`sh\` keeps such variables (bash does, dash does not). ${nothingSent}`,
    };
  }
  if (actor === 'dependabot[bot]') {
    return {
      why: 'Dependabot started this run, and such runs cannot read Actions secrets, only Dependabot secrets.',
      fix: `${skipDependabot} store the secret under the same name for Dependabot too (Settings → Secrets and variables → Dependabot); with \`token-branch\`, it also needs \`permissions: contents: write\`. ${nothingSent}`,
    };
  }
  const fork = isFromFork(env);
  if (fork === true) {
    return {
      why: 'This pull request comes from a fork, and GitHub gives no secrets to those.',
      fix: `${skipForks.replace('s', 'S')}. ${nothingSent}`,
    };
  }
  return {
    fix: [
      'Find out why the secret is empty here:',
      ...(fork === undefined
        ? [`- The pull request comes from a fork, which gets no secrets: ${skipForks}.`]
        : []),
      ...(isWithinComposite
        ? [
            '- This step is in a composite action, which sees no secrets but those that it is given as inputs: pass it on there too.',
          ]
        : []),
      '- It does not exist here, or has another name: Settings → Secrets and variables → Actions lists them.',
      '- It belongs to an environment that the job does not name: add `environment: NAME` to the job.',
      '- This is a called workflow: its caller has to pass the secret on, for example with `secrets: inherit`.',
      nothingSent,
    ].join('\n'),
  };
}

/** The runner always sends the inputs that have a default, some with a dash in their name and some without. */
function losesDashes(env: Environment): boolean {
  return (
    env['INPUT_RETRIES'] !== undefined && !Object.keys(env).some((name) => /^INPUT_.*-/i.test(name))
  );
}
