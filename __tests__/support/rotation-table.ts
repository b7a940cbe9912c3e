/**
 * What may break while a rotating refresh token is taken from the token branch, used and kept there, and
 * how each of these ends: one row for each. `keeping/token-branch/faults.test.ts` lets every row happen;
 * `markdownTable` is what people read.
 */

/** Where it breaks, in the order of things. */
export type Place =
  | 'before the look'
  | 'looked, not answered'
  | 'before the branch is made'
  | 'branch made, not answered'
  | 'before the take'
  | 'taken, not answered'
  | 'before the refresh is sent'
  | 'refresh sent, not processed'
  | 'refresh processed, not answered'
  | 'in the middle of the answer'
  | 'before the save'
  | 'saved, not answered'
  | 'before letting go'
  | 'let go, not answered';

/** What breaks there, in the order of the table, and what that means. */
const meanings = {
  'connection lost': 'once; before the refresh is sent: Salesforce cannot be reached',
  'HTTP 502': 'once; where Salesforce says it, nobody knows whether the refresh was processed',
  'HTTP 503': 'once, from Salesforce, with `Retry-After`: nothing was done',
  refused: 'this one request; HTTP 403 by GitHub, `invalid_grant` by Salesforce',
  'GitHub token ends': 'expired or revoked: HTTP 401 from then on, at the end of the job too',
  'GitHub down':
    'HTTP 503 from then on, for as long as the step tries; up again at the end of the job',
  'GitHub down for longer': 'at the end of the job too',
  SIGTERM: 'the step may still end by itself',
  'cancelled, no answer':
    'as the runner cancels: SIGINT, SIGTERM after 7.5 s, SIGKILL after 10 s; Salesforce never answers',
  'cancelled, GitHub down': 'the same; GitHub answers with HTTP 503 until the step is over',
  SIGKILL: 'the end of the job still comes',
  'machine gone': 'killed, and no end of the job comes',
} as const;

export type Break = keyof typeof meanings;

export interface Outcome {
  /** `success`, the `error-code`, or `killed`. */
  readonly ends: string;
  /** What became of the refresh token when the job is over; handed out is: to the later steps of the job. */
  readonly token: 'old one unspent' | 'new one saved' | 'new one handed out' | 'lost';
  /** When the next run does not have to wait any more. */
  readonly goesOn: 'at once' | 'after the holder’s time';
  /** How the next run ends then, with the same secret. */
  readonly next: 'success' | 'invalid_grant';
  /** What else it takes. */
  readonly cure: 'none needed' | 'sign in again';
}

export interface Row extends Outcome {
  readonly place: Place;
  readonly breaks: Break;
}

function outcome(
  ends: string,
  token: Outcome['token'],
  goesOn: Outcome['goesOn'],
  next: Outcome['next'] = 'success',
): Outcome {
  return { ends, token, goesOn, next, cure: next === 'success' ? 'none needed' : 'sign in again' };
}

const saved = (ends: string) => outcome(ends, 'new one saved', 'at once');
const unspent = (ends: string) => outcome(ends, 'old one unspent', 'at once');
const unspentButHeld = (ends: string) =>
  outcome(ends, 'old one unspent', 'after the holder’s time');
const lost = (ends: string) => outcome(ends, 'lost', 'after the holder’s time', 'invalid_grant');
const handedOut = outcome(
  'save_failed',
  'new one handed out',
  'after the holder’s time',
  'invalid_grant',
);

type Outcomes = Readonly<Partial<Record<Break, Outcome>>>;

/** Before anything is written to the branch. */
const untouched: Outcomes = {
  'connection lost': saved('success'),
  'HTTP 502': saved('success'),
  refused: unspent('token_branch_not_writable'),
  'GitHub token ends': unspent('token_branch_not_writable'),
  'GitHub down': unspent('http_503'),
  SIGTERM: unspent('cancelled'),
  SIGKILL: unspent('killed'),
  'machine gone': unspent('killed'),
};

/** The credential is the step's, and it was not told so. */
const takenUnknown: Outcomes = {
  'connection lost': saved('success'),
  'HTTP 502': saved('success'),
  'GitHub token ends': unspentButHeld('token_branch_not_writable'),
  'GitHub down': unspentButHeld('http_503'),
  SIGTERM: unspent('cancelled'),
  SIGKILL: unspentButHeld('killed'),
  'machine gone': unspentButHeld('killed'),
};

const table: Readonly<Record<Place, Outcomes>> = {
  'before the look': untouched,
  'looked, not answered': {
    'connection lost': saved('success'),
    'HTTP 502': saved('success'),
    'GitHub token ends': unspent('token_branch_not_writable'),
    'GitHub down': unspent('http_503'),
    SIGTERM: unspent('cancelled'),
    SIGKILL: unspent('killed'),
    'machine gone': unspent('killed'),
  },
  'before the branch is made': untouched,
  'branch made, not answered': takenUnknown,
  'before the take': untouched,
  'taken, not answered': takenUnknown,
  'before the refresh is sent': {
    'connection lost': unspent('network_error'),
    SIGTERM: unspent('cancelled'),
    SIGKILL: unspentButHeld('killed'),
    'machine gone': unspentButHeld('killed'),
  },
  'refresh sent, not processed': {
    'connection lost': unspentButHeld('answer_lost'),
    'HTTP 502': unspentButHeld('answer_lost'),
    'HTTP 503': saved('success'),
    refused: unspent('invalid_grant'),
    'GitHub token ends': handedOut,
    'GitHub down': saved('save_failed'),
    SIGTERM: saved('cancelled'),
    'cancelled, no answer': unspentButHeld('answer_lost'),
    SIGKILL: unspentButHeld('killed'),
    'machine gone': unspentButHeld('killed'),
  },
  'refresh processed, not answered': {
    'connection lost': lost('answer_lost'),
    'HTTP 502': lost('answer_lost'),
    SIGTERM: saved('cancelled'),
    'cancelled, no answer': lost('answer_lost'),
    SIGKILL: lost('killed'),
    'machine gone': lost('killed'),
  },
  'in the middle of the answer': {
    'connection lost': lost('answer_lost'),
    SIGTERM: saved('cancelled'),
    SIGKILL: lost('killed'),
    'machine gone': lost('killed'),
  },
  'before the save': {
    'connection lost': saved('success'),
    'HTTP 502': saved('success'),
    refused: saved('success'),
    'GitHub token ends': handedOut,
    'GitHub down': saved('save_failed'),
    'GitHub down for longer': handedOut,
    SIGTERM: saved('cancelled'),
    'cancelled, GitHub down': saved('save_failed'),
    SIGKILL: saved('killed'),
    'machine gone': lost('killed'),
  },
  'saved, not answered': {
    'connection lost': saved('success'),
    'HTTP 502': saved('success'),
    'GitHub token ends': saved('save_failed'),
    'GitHub down': saved('save_failed'),
    'GitHub down for longer': saved('save_failed'),
    SIGTERM: saved('cancelled'),
    'cancelled, GitHub down': saved('save_failed'),
    SIGKILL: saved('killed'),
    'machine gone': saved('killed'),
  },
  'before letting go': {
    'connection lost': unspent('invalid_grant'),
    'HTTP 502': unspent('invalid_grant'),
    refused: unspent('invalid_grant'),
    'GitHub token ends': unspentButHeld('invalid_grant'),
    'GitHub down': unspentButHeld('invalid_grant'),
    SIGTERM: unspent('cancelled'),
    SIGKILL: unspentButHeld('killed'),
    'machine gone': unspentButHeld('killed'),
  },
  'let go, not answered': {
    'connection lost': unspent('invalid_grant'),
    'HTTP 502': unspent('invalid_grant'),
    'GitHub token ends': unspent('invalid_grant'),
    'GitHub down': unspent('invalid_grant'),
    SIGTERM: unspent('cancelled'),
    SIGKILL: unspent('killed'),
    'machine gone': unspent('killed'),
  },
};

export const rows: readonly Row[] = keysOf(table).flatMap((place) =>
  keysOf(meanings).flatMap((what) => {
    const found = table[place][what];
    return found === undefined ? [] : [{ place, breaks: what, ...found }];
  }),
);

function keysOf<K extends string>(record: Readonly<Record<K, unknown>>): K[] {
  const isKey = (name: string): name is K => Object.hasOwn(record, name);
  return Object.keys(record).filter(isKey);
}

/** The rows as people read them, and what the words in them mean. */
export function markdownTable(): string {
  const code = (text: string) => (/^[a-z]+(_[a-z0-9]+)+$/.test(text) ? `\`${text}\`` : text);
  const lines = rows.map(({ place, breaks: what, ends, token, goesOn, next, cure }, index) =>
    [
      place === rows[index - 1]?.place ? '' : place,
      what,
      code(ends),
      token,
      goesOn,
      code(next),
      cure,
    ].join(' | '),
  );
  return [
    '| where it breaks | what breaks | the step ends | refresh token | the next run goes on | and ends | what else it takes |',
    '|---|---|---|---|---|---|---|',
    ...lines.map((line) => `| ${line} |`),
    '',
    ...Object.entries(meanings).map(([what, means]) => `- ${what}: ${means}.`),
    '- handed out: an output of the step has it, for a later step of the job that stores it; otherwise it is gone with the job.',
  ].join('\n');
}
