/**
 * The pictures in docs/pictures/: a green and a red step and the summary of a run, drawn from what the
 * shipped bundle prints on look-alikes of Salesforce and GitHub; and how the step works. Each in
 * GitHub's light and dark colors.
 * Usage: npm run pictures
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { rotatingStep, staticStep } from './demo/scenes.ts';
import { startWorld } from './demo/world.ts';
import { logPicture } from './pictures/log.ts';
import { overviewPicture } from './pictures/overview.ts';
import { summaryPicture } from './pictures/summary.ts';
import { type Theme, themes } from './pictures/svg.ts';

const folder = join(import.meta.dirname, '..', 'docs', 'pictures');

/** Every picture as it should be, by the name of its file. Runs the action. */
export async function drawPictures(): Promise<Readonly<Record<string, string>>> {
  await using world = await startWorld();
  world.signIn('rotating');
  const step = { ...rotatingStep(world.orgId), verify: true, 'job-summary': true };
  await world.run(step);
  const green = await world.run(step);
  world.signIn('static');
  world.revoke();
  const red = await world.run(staticStep(world.orgId));
  if (green.conclusion !== 'success' || red.conclusion !== 'failure') {
    throw new Error(`Not a green and a red step:\n${green.log}\n${red.log}`);
  }
  const kinds: Readonly<Record<string, (theme: Theme) => string>> = {
    overview: overviewPicture,
    'green-step': (theme) => logPicture(steady(green.log), true, theme),
    'red-step': (theme) => logPicture(steady(red.log), false, theme),
    summary: (theme) => summaryPicture(steady(green.summary), theme),
  };
  return Object.fromEntries(
    Object.entries(kinds).flatMap(([name, draw]) =>
      Object.entries(themes).map(([scheme, theme]) => [`${name}-${scheme}.svg`, draw(theme)]),
    ),
  );
}

/** A text of the action with what differs from run to run put to one value. */
function steady(printed: string): string {
  return printed
    .replace(/\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z/g, '2026-11-02T06:15:04.296Z')
    .replace(/\d{4}-\d\d-\d\d \d\d:\d\d:\d\d UTC/g, '2026-11-02 06:15:04 UTC')
    .replace(/\b[0-9a-f]{40}\b/g, '9c63e25f43effd769a1e2f26e378ec39c83c4646')
    .replace(/\b\d+\.\d s\b/g, '1.4 s');
}

if (import.meta.filename === process.argv[1]) {
  mkdirSync(folder, { recursive: true });
  for (const [file, svg] of Object.entries(await drawPictures())) {
    writeFileSync(join(folder, file), svg);
  }
}
