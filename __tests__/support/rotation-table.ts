/**
 * What may break while a rotating credential is refreshed and written back, and how each of these
 * ends: one row for each. `rotation-faults.test.ts` lets every row happen; `markdownTable` is what
 * people read.
 */

/** Where it breaks, in the order of things. */
export type Place =
  | 'before the secret is looked up'
  | 'before the guard is made'
  | 'guard made, not answered'
  | 'before the spent tokens are read'
  | 'before the refresh is sent'
  | 'refresh sent, not processed'
  | 'refresh processed, not answered'
  | 'in the middle of the answer'
  | 'before the key is read'
  | 'before the secret is written'
  | 'secret written, not answered'
  | 'before the spent token is noted'
  | 'spent token noted, not answered'
  | 'before the guard is deleted'
  | 'guard deleted, not answered';

/** What breaks there. */
export type Break =
  /** Once; before the refresh is sent: Salesforce can not be reached. */
  | 'connection lost'
  /** This one request is refused for good: HTTP 403 by GitHub, `invalid_grant` by Salesforce. */
  | 'refused'
  | 'HTTP 500'
  /** The token for GitHub ends: 401 from then on. */
  | 'GitHub token ends'
  /** HTTP 503 from then on, for an hour. */
  | 'GitHub down'
  /** The step may still end by itself. */
  | 'SIGTERM'
  /** As the runner does it: SIGINT, SIGTERM after 7.5 s, SIGKILL after 10 s; and no answer comes. */
  | 'cancelled, no answer'
  | 'cancelled, GitHub down'
  | 'SIGKILL';

export interface Outcome {
  /** `success`, the `error-code`, or `killed`. */
  readonly ends: string;
  /**
   * What became of the refresh token. `answer lost`: nobody knows; the old one is unspent, or it is
   * spent and the new one gone.
   */
  readonly token: 'old one unspent' | 'new one saved' | 'new one handed out' | 'answer lost';
  /** Whether `_SENDING` stays behind. */
  readonly guard: 'free' | 'stays';
  /** How the next run ends, with what is stored then. Every code means: stopped, nothing sent. */
  readonly next: 'success' | 'credential_spent' | 'credential_in_flight';
  /** What brings the credential back where the next run is stopped. */
  readonly cure: Cure;
}

/**
 * - `none needed`: the next run works.
 * - `saving it`: the `if: always()` step saves what was handed out, and the run after it works.
 * - `15 minutes`: so long after the fault, a run takes the guard over.
 * - `saving it, 15 minutes`: both.
 * - `by hand`: as the message says: look at Login History, sign in again if need be, free the guard.
 */
export type Cure = 'none needed' | 'saving it' | '15 minutes' | 'saving it, 15 minutes' | 'by hand';

export interface Row extends Outcome {
  readonly place: Place;
  readonly breaks: Break;
}

function outcome(
  ends: string,
  token: Outcome['token'],
  guard: Outcome['guard'],
  next: Outcome['next'],
  cure: Cure,
): Outcome {
  return { ends, token, guard, next, cure };
}

const unspent = (ends: string) =>
  outcome(ends, 'old one unspent', 'free', 'success', 'none needed');
const unspentButHeld = (ends: string) =>
  outcome(ends, 'old one unspent', 'stays', 'credential_in_flight', 'by hand');
const lost = (ends: string) =>
  outcome(ends, 'answer lost', 'stays', 'credential_in_flight', 'by hand');
const handedOut = (ends: string) =>
  outcome(ends, 'new one handed out', 'free', 'credential_spent', 'saving it');
const handedOutAndHeld = (ends: string) =>
  outcome(ends, 'new one handed out', 'stays', 'credential_in_flight', 'saving it, 15 minutes');
const saved = (ends: string) => outcome(ends, 'new one saved', 'free', 'success', 'none needed');
const savedButHeld = (ends: string) =>
  outcome(ends, 'new one saved', 'stays', 'credential_in_flight', '15 minutes');
/** The old one is noted as spent, so its guard is a leftover. */
const savedAndNoted = (ends: string) =>
  outcome(ends, 'new one saved', 'stays', 'success', 'none needed');

const table: readonly (readonly [Place, Readonly<Partial<Record<Break, Outcome>>>])[] = [
  [
    'before the secret is looked up',
    {
      'connection lost': saved('success'),
      refused: unspent('secret_not_writable'),
      'GitHub token ends': unspent('secret_not_writable'),
      'GitHub down': unspent('http_503'),
      SIGTERM: unspent('cancelled'),
      SIGKILL: unspent('killed'),
    },
  ],
  [
    'before the guard is made',
    {
      'connection lost': saved('success'),
      refused: unspent('secret_not_writable'),
      'GitHub token ends': unspent('secret_not_writable'),
      'GitHub down': unspent('http_503'),
      SIGTERM: unspent('cancelled'),
      SIGKILL: unspent('killed'),
    },
  ],
  [
    'guard made, not answered',
    {
      'connection lost': saved('success'),
      'GitHub token ends': unspentButHeld('secret_not_writable'),
      SIGTERM: unspent('cancelled'),
      SIGKILL: unspentButHeld('killed'),
    },
  ],
  [
    'before the spent tokens are read',
    {
      'connection lost': saved('success'),
      refused: unspent('secret_not_writable'),
      'GitHub token ends': unspentButHeld('secret_not_writable'),
      'GitHub down': unspentButHeld('http_503'),
      SIGTERM: unspent('cancelled'),
      SIGKILL: unspentButHeld('killed'),
    },
  ],
  [
    'before the refresh is sent',
    {
      'connection lost': unspent('network_error'),
      SIGTERM: unspent('cancelled'),
      SIGKILL: unspentButHeld('killed'),
    },
  ],
  [
    'refresh sent, not processed',
    {
      'connection lost': lost('answer_lost'),
      refused: unspent('invalid_grant'),
      'HTTP 500': lost('answer_lost'),
      'GitHub token ends': handedOutAndHeld('save_failed'),
      SIGTERM: saved('cancelled'),
      SIGKILL: lost('killed'),
    },
  ],
  [
    'refresh processed, not answered',
    {
      'connection lost': lost('answer_lost'),
      'HTTP 500': lost('answer_lost'),
      SIGTERM: saved('cancelled'),
      'cancelled, no answer': lost('answer_lost'),
      SIGKILL: lost('killed'),
    },
  ],
  [
    'in the middle of the answer',
    {
      'connection lost': lost('answer_lost'),
      SIGTERM: saved('cancelled'),
      SIGKILL: lost('killed'),
    },
  ],
  [
    'before the key is read',
    {
      'connection lost': saved('success'),
      refused: handedOut('save_failed'),
      'GitHub token ends': handedOutAndHeld('save_failed'),
      SIGTERM: saved('cancelled'),
      SIGKILL: handedOutAndHeld('killed'),
    },
  ],
  [
    'before the secret is written',
    {
      'connection lost': saved('success'),
      refused: handedOut('save_failed'),
      'GitHub token ends': handedOutAndHeld('save_failed'),
      'GitHub down': handedOutAndHeld('save_failed'),
      SIGTERM: saved('cancelled'),
      'cancelled, GitHub down': handedOutAndHeld('save_failed'),
      SIGKILL: handedOutAndHeld('killed'),
    },
  ],
  [
    'secret written, not answered',
    {
      'connection lost': saved('success'),
      SIGTERM: saved('cancelled'),
      SIGKILL: savedButHeld('killed'),
    },
  ],
  [
    'before the spent token is noted',
    {
      'connection lost': saved('success'),
      refused: savedButHeld('success'),
      'GitHub token ends': savedButHeld('success'),
      SIGTERM: saved('cancelled'),
      SIGKILL: savedButHeld('killed'),
    },
  ],
  [
    'spent token noted, not answered',
    {
      'connection lost': saved('success'),
      SIGTERM: saved('cancelled'),
      SIGKILL: savedAndNoted('killed'),
    },
  ],
  [
    'before the guard is deleted',
    {
      'connection lost': saved('success'),
      refused: saved('success'),
      'GitHub token ends': savedAndNoted('success'),
      SIGTERM: saved('cancelled'),
      SIGKILL: savedAndNoted('killed'),
    },
  ],
  [
    'guard deleted, not answered',
    {
      'connection lost': saved('success'),
      SIGTERM: saved('cancelled'),
      SIGKILL: saved('killed'),
    },
  ],
];

export const breaks: readonly Break[] = [
  'connection lost',
  'refused',
  'HTTP 500',
  'GitHub token ends',
  'GitHub down',
  'SIGTERM',
  'cancelled, no answer',
  'cancelled, GitHub down',
  'SIGKILL',
];

export const rows: readonly Row[] = table.flatMap(([place, outcomes]) =>
  breaks.flatMap((what) => {
    const found = outcomes[what];
    return found === undefined ? [] : [{ place, breaks: what, ...found }];
  }),
);

/** The rows as people read them. */
export function markdownTable(): string {
  const code = (text: string) => (/^[a-z]+(_[a-z0-9]+)+$/.test(text) ? `\`${text}\`` : text);
  const lines = rows.map(({ place, breaks: what, ends, token, guard, next, cure }, index) =>
    [
      place === rows[index - 1]?.place ? '' : place,
      what,
      code(ends),
      token,
      guard,
      code(next),
      cure,
    ]
      .join(' | ')
      .replace(/^(.*)$/, '| $1 |'),
  );
  return [
    '| where it breaks | what breaks | the step ends | refresh token | guard | the next run | what else it takes |',
    '|---|---|---|---|---|---|---|',
    ...lines,
  ].join('\n');
}
