import { parseAuthUrl } from '../../src/credential/auth-url.ts';
import { checkClientSecret, checkRefreshToken, cliClientId } from '../../src/credential/checks.ts';
import { ActionError, asActionError } from '../../src/errors/action-error.ts';
import { paragraphs, signInErrors } from '../../src/errors/sign-in.ts';
import { startDeadline } from '../../src/http/deadline.ts';
import type { Send } from '../../src/http/send.ts';
import { introduce } from '../../src/salesforce/checks.ts';
import * as grant from '../../src/salesforce/code-grant.ts';
import { siteOf, tokenPath } from '../../src/salesforce/hosts.ts';
import { throughBrowser } from './browser.ts';
import { type Options, parseLogin, repoForm, UsageError } from './options.ts';
import { currentRepository, openGh, type Store, toHere, toSecret } from './store.ts';
import type { Terminal } from './terminal.ts';
import { missingCommands, workflowText } from './workflow.ts';

type Request = Options & grant.CodeRequest;

/** Longest wait for Salesforce, in milliseconds. */
const askMs = 60_000;
/**
 * The whole sign-in. What can be checked is checked before the browser opens.
 * @throws UsageError, ActionError
 */
export async function signIn(options: Options, terminal: Terminal, send: Send): Promise<void> {
  const domain = "The org's My Domain (https://acme.my.salesforce.com): ";
  const missing = new UsageError('--login-url is missing, and there is no terminal to ask at.');
  const request = {
    ...options,
    login: options.login ?? parseLogin(await terminal.ask(domain, missing), options.allowedHosts),
    clientSecret: await clientSecretOf(options, terminal),
    state: grant.newSecretText(),
    verifier: grant.newSecretText(),
  };
  // Not every secret can stand in an auth URL.
  credentialOf('x', 'x', request);
  const store = await openStore(options, terminal);
  const made = await throughBrowser(request, options.browser, terminal, (answer) =>
    makeCredential(answer, request, terminal, send),
  );
  terminal.signal.throwIfAborted();
  terminal.say(await keep(() => store.put(made.body, made.credential), terminal));
  terminal.say('Salesforce keeps five sign-ins per user and app; a sixth revokes the oldest.');
  const { login } = request;
  // The host of the org itself: login.salesforce.com would redirect to it. A site has its own.
  const loginUrl = login.pathname === tokenPath ? made.instanceUrl : siteOf(login);
  const found = { orgId: made.orgId, loginUrl, clientSecret: request.clientSecret };
  const commands = await missingCommands(options, found, store);
  if (commands.length > 0) {
    terminal.say(`\nThe step also reads (gh asks for a missing value):\n\n${commands.join('\n')}`);
  }
  terminal.say(`\nFor the workflow:\n\n${workflowText(options, found)}\n`);
}

async function clientSecretOf({ clientId, clientSecret }: Options, terminal: Terminal) {
  const question = 'Consumer secret of the app (not shown; empty where it demands none): ';
  const asks = clientSecret === undefined && terminal.interactive && clientId !== cliClientId;
  const ended = new UsageError('The input ended.');
  const given = asks ? await terminal.ask(question, ended, true) : (clientSecret ?? '').trim();
  terminal.hide(given);
  return given === '' ? undefined : checkClientSecret(given, 'SF_CLIENT_SECRET');
}

async function openStore(options: Options, terminal: Terminal): Promise<Store> {
  if (options.to !== 'gh') {
    return toHere(options.to);
  }
  terminal.say('Asking gh whether the secret can be written …');
  const gh = openGh(terminal);
  const question = 'Repository of the workflow ([host/]owner/name): ';
  const ask = async (error: unknown) => {
    const mayAsk = asActionError(error).code === 'no_repository';
    const answer = mayAsk ? await terminal.ask(question, error) : '';
    return repoForm.test(answer) ? answer : Promise.reject(error);
  };
  const repo = options.repo || (await currentRepository(gh).catch(ask));
  return await toSecret(options, repo, gh);
}

/** The form that it is stored in. @throws ActionError where the action would refuse that */
function credentialOf(token: string, host: string, request: Request): string {
  const { asAuthUrl, clientId, clientSecret = '' } = request;
  return asAuthUrl
    ? parseAuthUrl(`force://${clientId}:${clientSecret}:${token}@${host}`).url
    : checkRefreshToken(token);
}

/** A credential that is good to store; says whose it is. */
async function makeCredential(
  answer: grant.CodeAnswer,
  request: Request,
  terminal: Terminal,
  send: Send,
) {
  const { say, clean, signal } = terminal;
  const deadline = startDeadline(askMs, signal);
  try {
    const tools = { ...terminal, send, deadline };
    const redeemed = await grant.redeem(answer, request, request.allowedHosts, tools);
    const { body, token, refreshToken } = redeemed;
    const { instanceUrl, scope, notices } = token;
    const credential = credentialOf(refreshToken, new URL(instanceUrl).host, request);
    const asked = { send, deadline, retries: 2, answerMs: askMs, random: Math.random };
    const repetition = { ...asked, retrying: say, debug: () => {} };
    const org = { ...token, scope, clean, repetition };
    const { username = 'an unnamed user', orgType, orgId, unknown } = await introduce(token, org);
    const where = [orgType, 'org', orgId].filter((part) => part !== undefined).join(' ');
    say(`Signed in as ${clean(username)}, to the ${where} at ${instanceUrl}.`);
    say(`A refresh token came. Scopes: ${scope ?? 'not told'}.`);
    [...notices, ...unknown.map((why) => `Not all could be found out: ${why}`)].forEach(say);
    return { credential, body, instanceUrl, orgId };
  } finally {
    deadline.release();
  }
}

/** Stores the credential, again and again where somebody is there to mend what is in the way. */
async function keep(put: () => ReturnType<Store['put']>, terminal: Terminal) {
  for (;;) {
    try {
      return await put();
    } catch (thrown) {
      const error = asActionError(thrown);
      if (terminal.signal.aborted) {
        const what = 'Cancelled while the credential was being stored.';
        throw new ActionError('cancelled', what, signInErrors.cancelled_storing);
      }
      terminal.say(paragraphs(error).join('\n'));
      const lost = new ActionError('not_stored', 'The credential is lost.', signInErrors.lost);
      const again = terminal.ask('Mend that, then try again? [Y/n] ', lost);
      if (/^n/i.test(await again.catch(() => 'no'))) {
        throw lost;
      }
    }
  }
}
