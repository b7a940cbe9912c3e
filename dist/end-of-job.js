'use strict';

var index = require('./index.js');
var failures = require('./failures.js');

/** How long revoking may take, beyond all other limits; and what a cancelled step has left at most. */
const revokeMs = 5_000;
const cancelledMs = 7_000;
/** Revokes an access token and says so; a failure is a warning. */
async function revokeToken(
  instanceUrl,
  accessToken,
  { send, cancel, retries, random, clean, info, debug, warning },
) {
  const deadline = index.startDeadline(revokeMs, cancel, cancelledMs);
  try {
    const repetition = {
      send,
      deadline,
      retries: Math.min(2, retries),
      answerMs: revokeMs,
      random,
      retrying: info,
      debug,
    };
    const problem = await revoke(instanceUrl, accessToken, repetition, clean);
    if (problem === undefined) {
      info('Revoked the access token.');
    } else {
      warning(notRevoked(problem));
    }
  } finally {
    deadline.release();
  }
}
/** What to say where a token could not be revoked. */
function notRevoked(problem) {
  return `The access token could not be revoked: ${problem.replace(/\.$/, '')}. It ends by itself with the session timeout of the org.`;
}
/**
 * Revokes an access token at its instance (RFC 7009). Only ever give it an access token: revoking a
 * refresh token ends every access token that was made with it.
 *
 * @param instanceUrl `https://host`, checked
 * @returns what went wrong, in words; undefined where the token is revoked
 */
async function revoke(instanceUrl, accessToken, repetition, clean) {
  const url = new URL(`${instanceUrl}/services/oauth2/revoke`);
  try {
    const { status } = await failures.sendRepeatedly(
      {
        method: 'POST',
        url,
        headers: { 'content-type': 'application/x-www-form-urlencoded' },
        body: new URLSearchParams({ token: accessToken }).toString(),
      },
      repetition,
    );
    return status === 200 ? undefined : `${url.host} answered with HTTP ${status}`;
  } catch (error) {
    return clean(error instanceof index.ActionError ? error.message : index.describe(error));
  }
}

var revoke$1 = {
  __proto__: null,
  notRevoked,
  revokeToken
};

/** What the main stage kept, where it asked for the end of the job to do something. */
function readState(env, name) {
  return env[`STATE_${name}`] ?? '';
}
/**
 * The end of the job: saves a new refresh token that the step did not come to save, and revokes the
 * access token where the step asked for that. It never fails: a green job must not turn red.
 */
async function runPostStep(given) {
  const { env, workflow } = given;
  const send = workflow.debugging
    ? (await Promise.resolve().then(() => require('./trace.js'))).traced(given.send, workflow)
    : given.send;
  const tools = { ...given, send };
  workflow.debug(() => {
    const [unsaved, alive] = [readState(env, 'token-branch'), readState(env, 'access-token')];
    return `The end of the job: ${unsaved ? 'a' : 'no'} new refresh token to save, ${alive ? 'an' : 'no'} access token to revoke`;
  });
  await saveRefreshToken(tools);
  await revokeAccessToken(tools);
}
async function saveRefreshToken({ env, workflow, send, random }) {
  const state = readState(env, 'token-branch');
  if (state === '') {
    return;
  }
  const { 'github-token': token = '' } = index.readInputs(env);
  workflow.mask(token);
  try {
    const { saveUnsaved } = await Promise.resolve().then(() => require('./token-branch.js')).then(n => n.unsaved);
    await saveUnsaved(state, token, index.readContext(env), { ...workflow, send, random });
  } catch (error) {
    workflow.warning(`The new refresh token could not be saved: ${index.asActionError(error).message}`);
  }
}
async function revokeAccessToken(tools) {
  const { env, workflow, send, cancel, random } = tools;
  const accessToken = readState(env, 'access-token');
  const instanceUrl = readState(env, 'instance-url');
  if (accessToken === '' || instanceUrl === '') {
    return;
  }
  workflow.mask(accessToken);
  try {
    const retries = index.retriesInput(index.readInputs(env));
    await revokeToken(instanceUrl, accessToken, { ...workflow, send, cancel, retries, random });
  } catch (error) {
    workflow.warning(notRevoked(index.asActionError(error).message));
  }
}

var postStep = {
  __proto__: null,
  runPostStep
};

exports.postStep = postStep;
exports.revoke = revoke$1;
