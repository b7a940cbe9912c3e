import { setTimeout as sleep } from 'node:timers/promises';
import type { OrgUnderTest, Outcome } from './client.ts';

/** One line of the table. */
export interface Finding {
  readonly question: string;
  readonly found: string;
  /** What the documents of this project take for granted; `undefined` where they leave it open. */
  readonly assumed?: string;
  /** Whether that holds; `undefined` where it is left open, or could not be found out. */
  readonly holds?: boolean;
}

export interface Plan {
  /** A Salesforce login host that this credential does not belong to. */
  readonly wrongEndpoint: URL;
  /** How long a spent token is tried again at most, milliseconds. */
  readonly graceMs: number;
}

/**
 * Finds out how an org behaves where documentation is silent; what destroys comes last.
 * @param progress is told what is asked, a line at a time
 */
export async function explore(
  org: OrgUnderTest,
  { wrongEndpoint, graceMs }: Plan,
  progress: (line: string) => void,
): Promise<Finding[]> {
  const findings: Finding[] = [];
  const ask = async (question: string, experiment: () => Promise<Omit<Finding, 'question'>>) => {
    progress(question);
    try {
      findings.push({ question, ...(await experiment()) });
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error);
      findings.push({ question, found: `not determined: ${org.clean(why)}` });
    }
  };
  const accessTokens: string[] = [];
  let rotates = false;
  let alive = true;

  await ask('What does a wrong client ID answer?', async () => {
    const { clientId } = org.credential;
    const wrong = `${clientId.slice(0, -8)}${[...clientId.slice(-8)].reverse().join('')}x`;
    return compare(await org.refresh(org.current, { clientId: wrong }), /^`invalid_client_id`/, {
      assumed: '`invalid_client_id`',
    });
  });
  await ask('What does a wrong login host answer?', async () =>
    compare(
      await org.refresh(org.current, { endpoint: wrongEndpoint }),
      /^`invalid_grant`: expired/,
      {
        assumed: '`invalid_grant`: expired access/refresh token',
      },
    ),
  );
  await ask('Does this app rotate refresh tokens?', async () => {
    const first = succeeded(await org.refresh());
    accessTokens.push(first.accessToken);
    rotates = first.newToken !== undefined;
    return { found: rotates ? 'yes' : 'no' };
  });
  await ask('Does a second refresh return the same access token?', async () => {
    const second = succeeded(await org.refresh());
    const same = accessTokens.includes(second.accessToken);
    accessTokens.push(second.accessToken);
    return { found: same ? 'yes, while the session lives' : 'no, a new one' };
  });
  await ask('Does revoking one access token hurt another one?', async () => {
    const [first = '', second = ''] = accessTokens;
    if (first === second) {
      return { found: 'not determined: both refreshes returned the same one' };
    }
    if ((await org.isAlive(first)) !== true) {
      return { found: 'not determined: the org does not take the first one (scope `api`?)' };
    }
    const said = await org.revoke(second);
    if (said !== 'revoked') {
      return { found: `not determined: revoking failed with ${said}` };
    }
    const alive = await org.isAlive(first);
    return { found: alive === true ? 'no' : 'yes', assumed: 'no', holds: alive === true };
  });
  await ask('Does revoking an access token spare the refresh token?', async () => {
    const after = await org.refresh();
    return compare(after, /^a new access token$/, { assumed: 'yes: a new access token' });
  });
  await ask('Who wins of two refreshes at once?', async () => {
    const sent = org.current;
    const both = await Promise.all([org.refresh(sent), org.refresh(sent)]);
    const winners = both.filter(({ ok }) => ok).length;
    const newTokens = new Set(both.map((outcome) => outcome.ok && outcome.newToken));
    const loser = both.find(({ ok }) => !ok);
    return {
      found:
        winners === 2
          ? `both${rotates ? (newTokens.size === 1 ? ', with the same new refresh token' : ', with a new refresh token each') : ''}`
          : winners === 1
            ? `one; the other gets ${describe(loser)}`
            : `neither: ${both.map(describe).join('; ')}`,
      assumed: 'one; the other gets `invalid_grant`: token request is already being processed',
      ...(winners !== 2 && {
        holds: winners === 1 && /token request is already/.test(describe(loser)),
      }),
    };
  });
  await ask('Is the refresh token still good after that?', async () => {
    const after = await org.refresh();
    alive = after.ok;
    return compare(after, /^a new access token$/, { assumed: 'yes: a new access token' });
  });
  await ask('Is there a grace period for a spent refresh token?', async () => {
    const { spent } = org;
    if (!rotates || spent === undefined || !alive) {
      return noSpentToken(rotates);
    }
    const { current } = org;
    const start = performance.now();
    let answered = 0;
    for (let pause = 0; ; pause = Math.max(250, pause * 2)) {
      await sleep(Math.min(pause, graceMs));
      const again = await org.refresh(spent);
      const ms = performance.now() - start;
      if (!again.ok) {
        const found =
          answered === 0 ? 'no' : `yes, it ended after ${seconds(answered)} to ${seconds(ms)}`;
        return { found: `${found}: ${again.said}`, assumed: 'no', holds: answered === 0 };
      }
      answered = ms;
      if (again.newToken !== undefined && again.newToken !== current) {
        return {
          found: 'yes, and it returns yet another refresh token',
          assumed: 'no',
          holds: false,
        };
      }
      if (ms >= graceMs) {
        return { found: `yes, longer than ${seconds(ms)}`, assumed: 'no', holds: false };
      }
    }
  });
  await ask('Does a spent refresh token revoke the new one?', async () => {
    if (!rotates || !alive) {
      return noSpentToken(rotates);
    }
    const after = await org.refresh();
    const found = after.ok ? 'no, it is still good' : `yes: ${after.said}`;
    return { found, assumed: 'yes', holds: !after.ok };
  });
  return findings;
}

function noSpentToken(rotates: boolean): Omit<Finding, 'question'> {
  const why = rotates ? 'two refreshes at once ended the credential' : 'this app does not rotate';
  return { found: `not determined: ${why}` };
}

function succeeded(outcome: Outcome): Extract<Outcome, { ok: true }> {
  if (!outcome.ok) {
    throw new Error(`the refresh failed with ${outcome.said}`);
  }
  return outcome;
}

function describe(outcome: Outcome | undefined): string {
  return outcome === undefined || outcome.ok ? 'a new access token' : outcome.said;
}

function compare(
  outcome: Outcome,
  expected: RegExp,
  { assumed }: { assumed: string },
): Omit<Finding, 'question'> {
  const found = describe(outcome);
  return { found, assumed, holds: expected.test(found) };
}

function seconds(ms: number): string {
  return `${(ms / 1000).toFixed(1)} s`;
}

/** The findings as a table in Markdown. */
export function asTable(findings: readonly Finding[], under = 'This org'): string {
  const rows = findings.map(({ question, found, assumed, holds }) => [
    question,
    found,
    assumed ?? 'left open',
    holds === undefined ? '–' : holds ? 'as assumed' : '**differs**',
  ]);
  return [['Question', under, 'Our documents', ''], ['---', '---', '---', '---'], ...rows]
    .map((cells) => `| ${cells.join(' | ')} |`)
    .join('\n');
}
