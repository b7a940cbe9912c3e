import { randomUUID } from 'node:crypto';
import { chmodSync, renameSync, writeFileSync } from 'node:fs';
import { cleanRemoteText, secretForms } from '../../src/errors/text.ts';
import { parseJsonObject } from '../../src/http/json.ts';
import { createSend, type HttpAnswer, type HttpRequest } from '../../src/http/send.ts';
import type { AllowedHosts } from '../../src/salesforce/allowed-hosts.ts';
import { parseInstanceUrl } from '../../src/salesforce/hosts.ts';

/** The credential under test, and where it belongs. */
export interface Credential {
  readonly refreshToken: string;
  readonly clientId: string;
  readonly clientSecret?: string;
  /** The token endpoint; its host was checked. */
  readonly endpoint: URL;
  readonly allowedHosts: AllowedHosts;
}

/** What a refresh came to. */
export type Outcome =
  | { readonly ok: true; readonly accessToken: string; readonly newToken: string | undefined }
  | { readonly ok: false; readonly said: string };

/** The org under test: every request that the experiments make, and the newest good refresh token. */
export class OrgUnderTest {
  readonly credential: Credential;
  /** The newest refresh token. */
  current: string;
  /** The one that was replaced last, if the app rotates. */
  spent: string | undefined;
  readonly #send = createSend();
  readonly #secrets: Set<string>;
  readonly #file: string;
  #instance: string | undefined;

  /** @param file where the newest refresh token is kept, from the first rotation on */
  constructor(credential: Credential, file: string) {
    this.credential = credential;
    this.current = credential.refreshToken;
    this.#secrets = new Set([credential.refreshToken, credential.clientId]);
    if (credential.clientSecret !== undefined) {
      this.#secrets.add(credential.clientSecret);
    }
    this.#file = file;
  }

  /** One refresh, never sent again. A new refresh token is kept before anything else. */
  async refresh(
    refreshToken = this.current,
    { clientId = this.credential.clientId, endpoint = this.credential.endpoint } = {},
  ): Promise<Outcome> {
    const { clientSecret } = this.credential;
    const answer = await this.#post(endpoint, {
      grant_type: 'refresh_token',
      refresh_token: refreshToken,
      client_id: clientId,
      ...(clientSecret !== undefined && { client_secret: clientSecret }),
    });
    if (answer instanceof Error) {
      return { ok: false, said: this.clean(answer.message) };
    }
    const body = parseJsonObject(answer.body) ?? {};
    const { access_token: accessToken, refresh_token: returned, instance_url: instance } = body;
    if (typeof accessToken !== 'string') {
      return { ok: false, said: this.#refusal(answer) };
    }
    const newToken =
      typeof returned === 'string' && returned !== refreshToken ? returned : undefined;
    for (const secret of [accessToken, newToken ?? accessToken]) {
      this.#secrets.add(secret);
    }
    if (newToken !== undefined && newToken !== this.current) {
      this.keep(newToken);
    }
    if (typeof instance === 'string') {
      this.#instance = parseInstanceUrl(instance, this.credential.allowedHosts).url.origin;
    }
    return { ok: true, accessToken, newToken };
  }

  /** Makes a refresh token the current one, and writes it where only its owner can read it. */
  keep(refreshToken: string): void {
    this.spent = this.current;
    this.current = refreshToken;
    const temporary = `${this.#file}.${randomUUID()}`;
    writeFileSync(temporary, `${refreshToken}\n`, { mode: 0o600 });
    chmodSync(temporary, 0o600);
    renameSync(temporary, this.#file);
  }

  /** Whether the org still takes an access token; `undefined` where that can't be told. */
  async isAlive(accessToken: string): Promise<boolean | undefined> {
    const url = new URL('/services/data/v62.0/limits', this.#instance);
    const headers = { authorization: `Bearer ${accessToken}` };
    const answer = await this.#exchange({ method: 'GET', url, headers });
    const { status } = answer instanceof Error ? { status: 0 } : answer;
    return status === 200 ? true : status === 401 ? false : undefined;
  }

  /** @returns `revoked`, or what the org said instead */
  async revoke(accessToken: string): Promise<string> {
    const url = new URL('/services/oauth2/revoke', this.#instance);
    const answer = await this.#post(url, { token: accessToken });
    return answer instanceof Error
      ? this.clean(answer.message)
      : answer.status === 200
        ? 'revoked'
        : this.#refusal(answer);
  }

  /** Text from outside, fit to be printed. */
  clean(text: unknown): string {
    return cleanRemoteText(text, secretForms(this.#secrets)).replaceAll('|', '\\|');
  }

  #refusal({ status, headers, body }: HttpAnswer): string {
    const { error, error_description: description } = parseJsonObject(body) ?? {};
    if (typeof error === 'string') {
      return `\`${this.clean(error)}\`: ${this.clean(description ?? '')}`;
    }
    const { location } = headers;
    return `HTTP ${status}${location === undefined ? '' : `, to ${this.clean(location)}`}`;
  }

  async #post(url: URL, form: Readonly<Record<string, string>>): Promise<HttpAnswer | Error> {
    const headers = { 'content-type': 'application/x-www-form-urlencoded' };
    const body = new URLSearchParams(form).toString();
    return await this.#exchange({ method: 'POST', url, headers, body, fresh: true });
  }

  async #exchange(request: HttpRequest): Promise<HttpAnswer | Error> {
    const limits = { connectMs: 20_000, answerMs: 40_000, signal: AbortSignal.timeout(60_000) };
    try {
      return await this.#send(request, limits);
    } catch (error) {
      return error instanceof Error ? error : new Error(String(error));
    }
  }
}
