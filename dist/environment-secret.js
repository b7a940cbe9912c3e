export const id = 451;
export const ids = [451];
export const modules = {

/***/ 940:
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __webpack_require__) => {


// EXPORTS
__webpack_require__.d(__webpack_exports__, {
  keptInSecret: () => (/* binding */ keptInSecret)
});

// EXTERNAL MODULE: ./build/credential/from-inputs.js + 1 modules
var from_inputs = __webpack_require__(497);
// EXTERNAL MODULE: ./build/errors/action-error.js
var action_error = __webpack_require__(989);
// EXTERNAL MODULE: ./build/http/json.js
var json = __webpack_require__(223);
// EXTERNAL MODULE: ./build/http/repeat.js
var repeat = __webpack_require__(514);
// EXTERNAL MODULE: ./build/http/send.js + 4 modules
var http_send = __webpack_require__(4);
;// CONCATENATED MODULE: ./build/github/api.js



/** The API refused, or could not be reached. `status` is 0 where there was no answer. */
class GitHubError extends Error {
    status;
    constructor(status, message, cause) {
        super(message, { cause });
        this.name = 'GitHubError';
        this.status = status;
    }
}
const answerMs = 10_000;
/** A client for GitHub's REST API. */
function gitHubClient(tools) {
    const { send, token, apiUrl, clean, retrying, random } = tools;
    return async (method, path, expected, deadline, body, retries = 5) => {
        const request = {
            method,
            url: new URL(apiUrl.replace(/\/+$/, '') + path),
            headers: {
                accept: 'application/vnd.github+json',
                authorization: `Bearer ${token}`,
                'x-github-api-version': '2022-11-28',
                ...(body && { 'content-type': 'application/json' }),
            },
            ...(body && { body: JSON.stringify(body) }),
        };
        try {
            const how = { send, deadline, retries, answerMs, random, retrying };
            const answer = await (0,repeat/* sendRepeatedly */.g)(request, how);
            if (expected.includes(answer.status)) {
                return read(answer);
            }
            const message = clean((0,json/* parseJsonObject */.d)(answer.body)?.['message'] ?? 'no message');
            throw new GitHubError(answer.status, `GitHub answered ${method} with HTTP ${answer.status}: “${message}”.`);
        }
        catch (error) {
            if (error instanceof http_send/* RequestFailure */.e) {
                throw new GitHubError(0, `GitHub's API gave no answer: ${clean(error.message)}.`, error);
            }
            throw error;
        }
    };
}
function read(answer) {
    const body = (0,json/* parseJsonObject */.d)(answer.body);
    const date = new Date(answer.headers.date ?? '');
    return {
        status: answer.status,
        body: (0,json/* isJsonObject */.O)(body) ? body : {},
        date: Number.isNaN(date.getTime()) ? undefined : date,
    };
}

;// CONCATENATED MODULE: ./build/github/environment.js

/**
 * @param repository `owner/name`
 * @see https://docs.github.com/rest/actions/secrets and /rest/actions/variables
 */
function gitHubEnvironment(repository, environment, call, seal) {
    const base = `/repos/${repository.split('/').map(encodeURIComponent).join('/')}`;
    const env = `${base}/environments/${encodeURIComponent(environment)}`;
    const variable = (name) => `${env}/variables/${encodeURIComponent(name)}`;
    const secret = (name) => `${env}/secrets/${encodeURIComponent(name)}`;
    return {
        secretExists: async (name, deadline) => (await call('GET', secret(name), [200, 404], deadline)).status === 200,
        writeSecret: async (name, value, deadline) => {
            // The key may be replaced between reading and writing; then the write is refused with 422.
            for (let attempt = 1;; attempt++) {
                const { body } = await call('GET', `${env}/secrets/public-key`, [200], deadline);
                const { key, key_id } = body;
                if (typeof key !== 'string' || typeof key_id !== 'string') {
                    throw new GitHubError(200, 'GitHub answered without a public key for the environment.');
                }
                const sealed = { encrypted_value: seal(value, key), key_id };
                const { status } = await call('PUT', secret(name), [201, 204, 422], deadline, sealed);
                if (status !== 422) {
                    return;
                }
                if (attempt === 3) {
                    throw new GitHubError(422, 'GitHub did not accept how the secret is sealed (HTTP 422).');
                }
            }
        },
        readVariable: async (name, deadline) => {
            const { status, body, date } = await call('GET', variable(name), [200, 404], deadline);
            const { value } = body;
            if (status === 404) {
                return undefined;
            }
            if (typeof value !== 'string') {
                throw new GitHubError(status, `GitHub answered without the value of the variable ${name}.`);
            }
            return { value, writtenAt: latest(body['created_at'], body['updated_at']), now: date };
        },
        createVariable: async (name, value, deadline) => {
            const body = { name, value };
            return (await call('POST', `${env}/variables`, [201, 409], deadline, body)).status === 201;
        },
        updateVariable: async (name, value, deadline) => {
            const body = { name, value };
            return (await call('PATCH', variable(name), [204, 404], deadline, body)).status === 204;
        },
        deleteVariable: async (name, deadline) => {
            await call('DELETE', variable(name), [204, 404], deadline, undefined, 0);
        },
        secretElsewhere: async (name, deadline) => {
            const places = [
                ['repository', `${base}/actions/secrets/${encodeURIComponent(name)}`],
                ['organization', `${base}/actions/organization-secrets?per_page=100`],
            ];
            for (const [place, path] of places) {
                const { status, body } = await call('GET', path, [200, 403, 404], deadline);
                if (status === 200 && (place === 'repository' || listNames(body['secrets'], name))) {
                    return place;
                }
            }
            return undefined;
        },
    };
}
function listNames(secrets, name) {
    return (Array.isArray(secrets) &&
        secrets.some((entry) => {
            const named = typeof entry === 'object' && entry !== null && 'name' in entry && entry.name;
            return typeof named === 'string' && named.toUpperCase() === name.toUpperCase();
        }));
}
/** The later of two ISO times, either of which may be missing. */
function latest(...times) {
    const known = times.map((time) => Date.parse(String(time))).filter((ms) => !Number.isNaN(ms));
    return known.length === 0 ? undefined : new Date(Math.max(...known));
}

// EXTERNAL MODULE: external "node:crypto"
var external_node_crypto_ = __webpack_require__(598);
// EXTERNAL MODULE: ./node_modules/@noble/ciphers/salsa.js + 2 modules
var salsa = __webpack_require__(851);
// EXTERNAL MODULE: ./node_modules/@noble/ciphers/utils.js
var utils = __webpack_require__(717);
// EXTERNAL MODULE: ./node_modules/@noble/hashes/blake2.js + 4 modules
var blake2 = __webpack_require__(904);
;// CONCATENATED MODULE: ./build/github/sealed-box.js




/** An X25519 public key in DER is these twelve bytes and the key (RFC 8410). */
const derPrefix = Buffer.from('302a300506032b656e032100', 'hex');
/** Salsa20's constant, which turns the shared secret into a key (NaCl, crypto_box_beforenm). */
const sigma = (0,utils/* u32 */.DH)(new TextEncoder().encode('expand 32-byte k'));
/**
 * libsodium's `crypto_box_seal`, which GitHub demands for secrets: only the holder of the private half
 * of the key can open it. X25519 is Node's own; XSalsa20-Poly1305 and BLAKE2b, which Node lacks, come
 * from the audited @noble libraries.
 *
 * @param publicKey 32 bytes, in base64
 * @returns in base64: the ephemeral public key (32 bytes), then the box
 * @throws RangeError where the key has another length, Error where it is no good point of the curve
 */
function sealedBox(text, publicKey) {
    const recipient = Buffer.from(publicKey, 'base64');
    if (recipient.length !== 32) {
        throw new RangeError(`a public key has 32 bytes, not ${recipient.length}`);
    }
    const theirs = (0,external_node_crypto_.createPublicKey)({
        key: Buffer.concat([derPrefix, recipient]),
        format: 'der',
        type: 'spki',
    });
    const { privateKey, publicKey: ours } = (0,external_node_crypto_.generateKeyPairSync)('x25519');
    const ourBytes = ours.export({ format: 'der', type: 'spki' }).subarray(derPrefix.length);
    // Copied, because words need aligned memory and Node's buffers share theirs.
    const shared = Uint8Array.from((0,external_node_crypto_.diffieHellman)({ privateKey, publicKey: theirs }));
    const key = new Uint8Array(32);
    (0,salsa/* hsalsa */.bD)(sigma, (0,utils/* u32 */.DH)(shared), new Uint32Array(4), (0,utils/* u32 */.DH)(key));
    const nonce = (0,blake2/* blake2b */.Sx)(Buffer.concat([ourBytes, recipient]), { dkLen: 24 });
    const box = (0,salsa/* xsalsa20poly1305 */.uT)(key, nonce).encrypt(Buffer.from(text));
    return Buffer.concat([ourBytes, box]).toString('base64');
}

// EXTERNAL MODULE: ./build/keeping/rotation.js
var rotation = __webpack_require__(276);
// EXTERNAL MODULE: ./build/http/deadline.js
var http_deadline = __webpack_require__(489);
;// CONCATENATED MODULE: ./build/keeping/rotation-guard.js






/** Names of the two variables beside the secret. */
const sendingName = (secretName) => `${secretName.toUpperCase()}_SENDING`;
const stateName = (secretName) => `${secretName.toUpperCase()}_STATE`;
const rememberedSpent = 50;
/** No step lives that long: `timeout-seconds` is 600 at most, and saving has 30 s more. */
const leftoverAfterMs = 15 * 60 * 1000;
/**
 * Taking over is no atomic step at GitHub, so time makes it one. Who takes over must have looked
 * less than `lookMs` before its write was done, then waits for `settleMs` and looks again. Whoever
 * looked before our write has written before we look again, or is too late to go on itself.
 */
const lookMs = 5_000;
const settleMs = 7_000;
/** How far GitHub's reads are taken to lag behind its writes, where nothing tells. */
const lagMs = 2_000;
/** The first 16 hex digits of the refresh token's SHA-256: tells copies apart, gives nothing away. */
function fingerprint(refreshToken) {
    return (0,external_node_crypto_.createHash)('sha256').update(refreshToken).digest('hex').slice(0, 16);
}
/**
 * The first half of the guard, before anything is sent.
 *
 * @param say tells the user something: one line
 * @param warn tells the user what went wrong without failing the step
 * @throws ActionError `secret_missing`, `secret_not_writable`, `credential_spent`,
 *   `credential_in_flight`, `network_error`; the refresh token is unspent then
 */
async function holdGuard(secret, environment, deadline, say, warn) {
    const own = fingerprint(secret.refreshToken);
    const sending = sendingName(secret.secretName);
    const value = JSON.stringify({
        fingerprint: own,
        run: secret.runUrl,
        time: new Date().toISOString(),
        // Tells two jobs of one run apart that start in the same millisecond.
        holder: (0,external_node_crypto_.randomUUID)(),
    });
    const guard = { secret, environment, sending, value, own, say, warn, held: 'no' };
    await asGuardError(secret, deadline, async () => {
        if (!(await environment.secretExists(secret.secretName, deadline))) {
            throw await missing(secret, environment, deadline);
        }
        await takeSending(guard, deadline);
    });
    return {
        ifItStays: `The rotation guard stays, so that no other run sends this copy. Where Setup → Login History shows a successful refresh by this run, sign in again and store the new credential; then, or where it shows none, ${freeByHand(secret)}`,
        release: () => release(guard),
        save: (text, limit) => save(guard, text, limit),
    };
}
/** Makes `_SENDING` ours, and only then looks whether our copy was spent: who spent it held it before. */
async function takeSending(guard, deadline) {
    const { environment, sending, value, own, secret } = guard;
    try {
        for (let round = 0; !(await create(guard, deadline)); round++) {
            if (round === 5) {
                throw inFlight(guard, undefined, 'Several runs want it at once.');
            }
            const looked = performance.now();
            const standing = await environment.readVariable(sending, deadline);
            if (standing === undefined) {
                // Let go meanwhile, or GitHub's reads lag behind its writes.
                await deadline.pause(1_000);
                continue;
            }
            guard.held = standing.value === value ? 'yes' : 'no';
            if (guard.held === 'yes' || (await takeOver(guard, standing, looked, deadline))) {
                break;
            }
        }
        if ((await readSpent(guard, deadline)).includes(own)) {
            throw spent(secret);
        }
    }
    catch (error) {
        await release(guard);
        throw error;
    }
}
/** @returns false where it exists: perhaps as ours, when an answer was lost on the way */
async function create(guard, deadline) {
    const { environment, sending, value } = guard;
    guard.held = 'maybe';
    try {
        const made = await environment.createVariable(sending, value, deadline);
        guard.held = made ? 'yes' : 'maybe';
        return made;
    }
    catch (error) {
        if (error instanceof GitHubError && error.status >= 400 && error.status < 500) {
            guard.held = 'no';
        }
        throw error;
    }
}
/**
 * Takes over what a dead run left behind.
 * @returns false where it was let go meanwhile
 * @throws ActionError where another run may be alive
 */
async function takeOver(guard, standing, looked, deadline) {
    const { environment, sending, value, own } = guard;
    const holder = parseSending(standing.value);
    const spentOnes = await readSpent(guard, deadline);
    if (spentOnes.includes(own)) {
        throw spent(guard.secret);
    }
    const age = ageMs(standing);
    const leftover = holder !== undefined &&
        holder.fingerprint !== own &&
        (spentOnes.includes(holder.fingerprint) || age > leftoverAfterMs);
    if (!leftover) {
        throw inFlight(guard, standing.value);
    }
    guard.say(`Taking over the rotation guard that ${holder.run} left behind.`);
    guard.held = 'keep';
    const written = await environment.updateVariable(sending, value, deadline);
    if (performance.now() - looked > lookMs) {
        throw inFlight(guard, standing.value, 'GitHub answered too slowly to take it over safely.');
    }
    guard.held = written ? 'maybe' : 'no';
    if (!written) {
        return false;
    }
    await deadline.pause(settleMs);
    const now = await environment.readVariable(sending, deadline);
    if (now?.value !== value) {
        guard.held = 'no';
        if (now === undefined) {
            return false;
        }
        throw inFlight(guard, now.value);
    }
    // Ours is the copy that is stored now. That of the dead run may be spent, and `_SENDING` said so.
    guard.held = 'keep';
    if (!spentOnes.includes(holder.fingerprint)) {
        await addSpent(guard, holder.fingerprint, deadline);
    }
    guard.held = 'yes';
    return true;
}
async function release(guard) {
    if (guard.held === 'no' || guard.held === 'keep') {
        return;
    }
    try {
        await letGo(guard, lookMs);
    }
    catch (error) {
        guard.warn(`The rotation guard could not be released: ${(0,action_error/* describe */.q0)(error)} The refresh token is unspent, but the next run will find it in the way: ${freeByHand(guard.secret)}`);
    }
}
/**
 * Deletes our own `_SENDING`, and nobody else's, in less time than anybody needs to take it over.
 * A deletion whose answer was lost may be done, and another run's value may stand there since: so
 * it is not repeated without another look.
 */
async function letGo(guard, withinMs) {
    const { environment, sending, value } = guard;
    const deadline = (0,http_deadline/* startDeadline */.d)(Math.min(lookMs, withinMs));
    let failure;
    try {
        for (;;) {
            const standing = await environment.readVariable(sending, deadline);
            const ours = standing?.value === value;
            if (!ours && failure !== undefined) {
                return;
            }
            // Reads may lag behind our own write. What we hold for certain is there where nothing shows; a
            // value of another run is of one before us, or of one that took over: the next look tells.
            if (ours || (standing === undefined && guard.held === 'yes')) {
                try {
                    await environment.deleteVariable(sending, deadline);
                    return;
                }
                catch (error) {
                    failure = error;
                }
            }
            if (deadline.remainingMs() <= lagMs) {
                break;
            }
            await deadline.pause(lagMs);
        }
    }
    finally {
        deadline.release();
    }
    if (failure !== undefined) {
        throw failure;
    }
}
async function save(guard, text, deadline) {
    const { environment, secret, own, warn } = guard;
    let unsaved;
    try {
        await environment.writeSecret(secret.secretName, text, deadline);
    }
    catch (error) {
        unsaved = error;
    }
    // Also where the secret could not be written: the copy that stands there is spent all the same.
    try {
        await addSpent(guard, own, deadline);
        await letGo(guard, deadline.remainingMs());
    }
    catch (error) {
        warn(`The rotation guard could not note that the old refresh token (${own}) is spent, and stays in place: ${(0,action_error/* describe */.q0)(error)} The next run within 15 minutes may find it in the way: ${freeByHand(secret)}`);
    }
    if (unsaved !== undefined) {
        throw action_error/* ActionError */.lZ.own('save_failed', `Salesforce rotated the refresh token, and the new one could not be written to the secret ${secret.secretName}: ${(0,action_error/* describe */.q0)(unsaved)}`, { cause: unsaved });
    }
}
/** Safe without a lock of its own: only the holder of `_SENDING` writes `_STATE`. */
async function addSpent(guard, dead, deadline) {
    const { environment, secret } = guard;
    const before = (await readSpent(guard, deadline)).filter((entry) => entry !== dead);
    const value = JSON.stringify({ spent: [...before, dead].slice(-rememberedSpent) });
    const name = stateName(secret.secretName);
    if (!(await environment.updateVariable(name, value, deadline))) {
        await environment.createVariable(name, value, deadline);
    }
    // GitHub's reads can lag behind its writes, and the next holder will read this list.
    while (!(await readSpent(guard, deadline)).includes(dead)) {
        await deadline.pause(500);
    }
}
/** @throws ActionError where the variable holds something else: then nobody knows what was spent */
async function readSpent({ environment, secret }, deadline) {
    const name = stateName(secret.secretName);
    const variable = await environment.readVariable(name, deadline);
    if (variable === undefined) {
        return [];
    }
    const entries = (0,json/* parseJsonObject */.d)(variable.value)?.['spent'];
    if (!Array.isArray(entries) || !entries.every((entry) => typeof entry === 'string')) {
        throw action_error/* ActionError */.lZ.own('secret_not_writable', `The environment variable ${name} does not hold the list of spent fingerprints, so nobody can tell whether this copy of the refresh token was used.`, {
            why: 'The rotation guard writes `{"spent": […]}` there; something else changed it.',
            fix: `Delete it if you know that the stored credential is current: \`gh variable delete ${name} ${where(secret)}\`. Nothing was sent.`,
        });
    }
    return entries;
}
function parseSending(value) {
    const { fingerprint: print, run } = (0,json/* parseJsonObject */.d)(value) ?? {};
    return typeof print === 'string' ? { fingerprint: print, run: String(run) } : undefined;
}
/** By GitHub's own clock; 0 where it can not be told. */
function ageMs({ writtenAt, now }) {
    return writtenAt === undefined || now === undefined ? 0 : now.getTime() - writtenAt.getTime();
}
function spent(secret) {
    return action_error/* ActionError */.lZ.own('credential_spent', `This copy of the secret ${secret.secretName} (fingerprint ${fingerprint(secret.refreshToken)}) was used already, so it was not sent.`);
}
function inFlight(guard, standing, reason = '') {
    const holder = standing === undefined ? undefined : parseSending(standing);
    const who = holder === undefined ? 'Another run' : `The run ${holder.run}`;
    return action_error/* ActionError */.lZ.own('credential_in_flight', `${who} holds the credential ${guard.secret.secretName}: it is refreshing it, or never reported back. ${reason}`.trim(), {
        fix: `Wait for that run and start this job again. If it is over: look at Setup → Login History. Where it shows a successful refresh by that run, sign in again and store the new credential; then, or where it shows none, ${freeByHand(guard.secret)} Nothing was sent.`,
    });
}
function freeByHand(secret) {
    return `delete the variable with \`gh variable delete ${sendingName(secret.secretName)} ${where(secret)}\`.`;
}
function where(secret) {
    return `--env "${secret.environmentName}" --repo ${secret.repository}`;
}
async function missing({ secretName, environmentName, repository }, environment, deadline) {
    const place = await environment.secretElsewhere(secretName, deadline);
    const what = `The environment “${environmentName}” of ${repository} has no secret ${secretName}, or \`github-token\` can not see it.`;
    return action_error/* ActionError */.lZ.own('secret_missing', what, {
        ...(place && {
            why: `A secret of that name exists at ${place} level. Those are read when a run is queued, so a rotating credential can not live there.`,
        }),
    });
}
/** GitHub's refusals, as errors of ours. */
async function asGuardError(secret, deadline, work) {
    try {
        await work();
    }
    catch (error) {
        if (!(error instanceof GitHubError)) {
            throw error;
        }
        throw gitHubError(error, secret, deadline);
    }
}
/** Whether waiting helps, or another `github-token`. */
function gitHubError(error, secret, deadline) {
    const { status, cause, message } = error;
    const fix = 'Check the network of the runner and https://www.githubstatus.com, then run the job again. Nothing was sent to Salesforce.';
    if (status === 0) {
        const late = cause instanceof http_send/* RequestFailure */.e && ['timeout', 'ended'].includes(cause.kind);
        const code = late || deadline.signal.aborted ? 'timeout' : 'network_error';
        return action_error/* ActionError */.lZ.own(code, message, { cause: error, fix });
    }
    if (status === 429 || status >= 500 || /rate limit/i.test(message)) {
        const why = "GitHub's API is down, or limits how much is asked of it.";
        return new action_error/* ActionError */.lZ(`http_${status}`, message, { cause: error, why, fix });
    }
    return action_error/* ActionError */.lZ.own('secret_not_writable', `The environment “${secret.environmentName}” of ${secret.repository} can not be written: ${message}`, { cause: error });
}

;// CONCATENATED MODULE: ./build/keeping/save-step.js
/**
 * The step of a workflow that still saves a rotated token, after this action could not.
 * @returns YAML to copy below this step
 */
function saveStep({ stepId, output, secretName, environmentName }) {
    const expression = (inner) => `$\{{ ${inner} }}`;
    return [
        `- if: always() && steps.${stepId}.outputs.${output} != ''`,
        `  run: printf %s "$NEW_CREDENTIAL" | gh secret set ${secretName} --env "${environmentName}" --repo "$GITHUB_REPOSITORY"`,
        '  env:',
        `    NEW_CREDENTIAL: ${expression(`steps.${stepId}.outputs.${output}`)}`,
        `    GH_TOKEN: ${expression('secrets.A_TOKEN_WITH_ENVIRONMENTS_WRITE')}`,
    ].join('\n');
}

;// CONCATENATED MODULE: ./build/keeping/environment-secret.js








/**
 * The refresh token of an environment secret, which is written back; the guard makes sure that nobody
 * else spends this copy. The one door to everything that this needs (GitHub's API, the guard, the
 * cryptography).
 */
function keptInSecret(credential, { secretName, environmentName, githubToken: token }, { repository, apiUrl, runUrl, stepId }, tools, workflow) {
    const { refreshToken, authUrl } = credential;
    const call = gitHubClient({ ...tools, token, apiUrl, clean: workflow.clean });
    const output = authUrl === undefined ? 'refresh-token' : 'sfdx-auth-url';
    const recipe = { stepId, output, secretName, environmentName };
    return {
        take: async (deadline) => {
            const guard = await holdGuard({ secretName, environmentName, repository, refreshToken, runUrl }, gitHubEnvironment(repository, environmentName, call, sealedBox), deadline, workflow.info, workflow.warning);
            return {
                refreshToken,
                keep: (newToken, limit) => (0,rotation/* keepNewToken */.D)(newToken, authUrl, workflow, (0,from_inputs/* whyRefusedNextTime */.F)(newToken, credential), async (stored) => {
                    await saveSecret(stored, recipe, guard, limit);
                    const name = `the secret ${secretName} of the environment ${environmentName}`;
                    return { name, safe: true };
                }),
                letGo: guard.release,
                ifItStays: guard.ifItStays,
            };
        },
    };
}
async function saveSecret(stored, recipe, guard, deadline) {
    try {
        await guard.save(stored, deadline);
    }
    catch (error) {
        throw (0,action_error/* asActionError */.z6)(error).with({
            fix: `The new token is in the output \`${recipe.output}\` of this step. Save it with this step, right below it, or sign in again:\n${saveStep(recipe)}`,
        });
    }
}


/***/ })

};
