/**
 * Shows the action at work as a workflow author would see it: the built bundle, started as the runner
 * starts it, on look-alikes of Salesforce and GitHub. Three scenes: a refresh; a secret that never
 * changes, for a refresh token that rotates; and a failure, with what to do about it.
 * Usage: npm run demo
 *
 * With SF_REFRESH_TOKEN and SF_CLIENT_ID in the environment (SF_CLIENT_SECRET and SF_LOGIN_URL where
 * needed) it refreshes at the real org instead.
 */
import { refreshAtRealOrg } from './demo/real-org.ts';
import { rotatingStep, staticStep } from './demo/scenes.ts';
import { say, showLog, showOutputs, showStep, showSummary, title } from './demo/stage.ts';
import { startWorld, type World } from './demo/world.ts';

async function refresh(world: World): Promise<boolean> {
  title('1. A refresh');
  const token = world.signIn('static');
  const step = { ...staticStep(world.orgId), 'job-summary': true };
  say('The step, in a workflow:\n');
  showStep(step);
  say('Its log:');
  const result = await world.run(step);
  showLog(result);
  say('Its outputs, for the steps after it:\n');
  showOutputs(result, [token]);
  say("\nThe run's summary:\n");
  showSummary(result);
  return result.conclusion === 'success';
}

async function rotation(world: World): Promise<boolean> {
  title('2. A refresh token that rotates, and a secret that never changes');
  const token = world.signIn('rotating');
  const step = rotatingStep(world.orgId);
  say(
    'Every refresh makes a new refresh token, and kills the old one. So the step keeps the new one on ' +
      'a branch, encrypted with the secret:\n',
  );
  showStep(step);
  say('The first run:');
  const first = await world.run(step);
  showLog(first);
  say('The second run, with the same secret, though the token in it is dead by now:');
  const second = await world.run(step);
  showLog(second);
  say('The commits of the branch, newest first:\n');
  for (const message of world.commits()) {
    say(`    ${message.replace(/https:.*\/actions\/(runs\/\d+).*/s, '$1')}`);
  }
  return (
    world.secret() === token &&
    [first, second].every(({ conclusion, outputs }) => {
      return conclusion === 'success' && outputs['rotated'] === 'true';
    })
  );
}

async function failure(world: World): Promise<boolean> {
  title('3. A failure, and what to do about it');
  say('Somebody revoked the refresh token. The log of the next run:');
  world.signIn('static');
  world.revoke();
  const result = await world.run(staticStep(world.orgId));
  showLog(result);
  const code = result.outputs['error-code'];
  say(`For conditions in the workflow, the output error-code is ${code}.`);
  return code === 'invalid_grant';
}

async function onLookAlikes(): Promise<boolean> {
  say('On look-alikes of Salesforce and GitHub. Nothing leaves this machine.');
  await using world = await startWorld();
  for (const scene of [refresh, rotation, failure]) {
    if (!(await scene(world))) {
      return false;
    }
  }
  return true;
}

const { env } = process;
const given = [env['SF_REFRESH_TOKEN'], env['SF_CLIENT_ID']].filter((value) => value);
if (given.length === 1) {
  console.error('For a real org, both SF_REFRESH_TOKEN and SF_CLIENT_ID must be set.');
  process.exit(1);
}
if (!(await (given.length === 2 ? refreshAtRealOrg(env) : onLookAlikes()))) {
  console.error('\nThe demo did not go as it should.');
  process.exitCode = 1;
}
