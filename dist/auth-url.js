'use strict';

var index = require('./index.js');

/**
 * Every text in a JSON value whose name says that it is secret, at any depth: `access_token`,
 * `refreshToken`, `client_secret`, `signature`, `sfdxAuthUrl`, `password`, \u2026
 */
function secretTexts(value) {
  if (typeof value !== 'object' || value === null) {
    return [];
  }
  return Object.entries(value).flatMap(([name, member]) => {
    if (typeof member !== 'string') {
      return secretTexts(member);
    }
    return /(token|secret|signature|password|assertion|authurl|auth_url)$/i.test(name)
      ? [member]
      : [];
  });
}

// The pattern of the Salesforce CLI (@salesforce/core, AuthInfo.parseSfdxAuthUrl).
const pattern = () =>
  /^force:\/\/([a-zA-Z0-9._-]+={0,2}):([a-zA-Z0-9._-]*={0,2}):([a-zA-Z0-9._-]+={0,2})@([a-zA-Z0-9._-]+(?::\d{1,5})?)\/?$/;
/**
 * Reads the input `sfdx-auth-url` in every form that people store: the URL, its base64 (also wrapped
 * over lines), the JSON that the CLI prints around it, and that JSON in base64.
 *
 * @throws ActionError `input_invalid`, saying what the value is instead; never a part of it
 */
function parseAuthUrl(text) {
  const inner = index.decodeBase64(text) ?? text;
  const parsed = parsePlain(inner.startsWith('{') ? urlInJson(inner) : inner);
  const { clientId, clientSecret = '', host } = parsed;
  const withToken = (token) => `force://${clientId}:${clientSecret}:${token}@${host}`;
  return { ...parsed, withToken, checkToken: (token) => void parsePlain(withToken(token)) };
}
/**
 * Every secret in the input `sfdx-auth-url`, whether or not it can be used: the value, the URL in it,
 * and the URL's parts but for the host and `PlatformCLI`. Never throws: masking comes first.
 */
function secretsInAuthUrl(text) {
  const decoded = index.decodeBase64(text);
  const inner = decoded ?? text;
  const json = index.parseJsonObject(inner);
  const urls = json === undefined ? [inner] : secretTexts(json);
  const parts = urls.flatMap((url) => {
    const [, app = '', secret = '', token = ''] =
      /^\s*force:\/\/(?:([^:@]*):([^:@]*):)?([^@]*)/.exec(url) ?? [];
    return [app === index.cliClientId ? '' : app, secret, token];
  });
  // The lines of pretty-printed JSON are braces and harmless names: only what is secret in it counts.
  const isPretty = json !== undefined && decoded === undefined && /\n/.test(text);
  const whole = isPretty ? [] : [text];
  return [...whole, ...urls, ...parts].filter((value) => value !== '');
}
function urlInJson(json) {
  const outer = index.parseJsonObject(json);
  if (outer === undefined) {
    throw refused(
      'starts like JSON, but is none',
      'Store the output of `sf org auth show-sfdx-auth-url --json` whole and unchanged, best as one line.',
    );
  }
  const result = outer['result'];
  const url = (index.isJsonObject(result) ? result : outer)['sfdxAuthUrl'];
  if (typeof url !== 'string') {
    throw refused(
      'is JSON without the member `sfdxAuthUrl`',
      'Store the output of `sf org auth show-sfdx-auth-url --target-org <alias> --no-prompt --json`.',
    );
  }
  return url.trim();
}
function parsePlain(url) {
  const [, clientId, clientSecret, refreshToken, host] = pattern().exec(url) ?? [];
  if (clientId === undefined || refreshToken === undefined || host === undefined) {
    throw explain(url);
  }
  return {
    url,
    clientId,
    ...(clientSecret !== undefined && clientSecret !== '' && { clientSecret }),
    refreshToken,
    host: host.toLowerCase(),
  };
}
/** Says what is wrong with an auth URL, as exactly as can be told. */
function explain(url) {
  const full = 'Its form is `force://<clientId>:<clientSecret>:<refreshToken>@<host>`.';
  if (/\[REDACTED\]/i.test(url)) {
    return refused(
      "holds the Salesforce CLI's placeholder `[REDACTED] \u2026` instead of an auth URL",
      'The CLI no longer prints it in `sf org display --verbose`: use `sf org auth show-sfdx-auth-url --target-org <alias>`.',
    );
  }
  if (!/^force:\/\//.test(url)) {
    return refused('does not start with `force://`', full);
  }
  if (/\s/.test(url)) {
    return refused('holds white space or a line break', 'Store it again, as one line.');
  }
  if (!url.includes('@') || /@\/?$/.test(url)) {
    return refused('names no host after the refresh token', full);
  }
  if (!/^force:\/\/[^@]*:[^@]*:[^@]*@/.test(url)) {
    return refused(
      'is the short form `force://<refreshToken>@<host>`, which names no app',
      `The Salesforce CLI refuses it as well. ${full} For tokens of the CLI's own app it starts with \`force://PlatformCLI::\`.`,
    );
  }
  if (/^force:\/\/:/.test(url)) {
    return refused('names no client id', full);
  }
  if (/^force:\/\/[^@]*:@/.test(url)) {
    return refused('holds no refresh token', full);
  }
  if (/^force:\/\/[^@]*@[a-zA-Z0-9._-]+(:\d+)?[^a-zA-Z0-9._:-]/.test(url)) {
    return refused('has something after its host', `${full} Remove what follows the host.`);
  }
  return refused('holds a character that cannot be part of it', full);
}
function refused(what, fix) {
  return index.ActionError.own('input_invalid', `The input \`sfdx-auth-url\` ${what}.`, {
    fix: `${fix} ${index.nothingSent}`,
  });
}

var authUrl = {
  __proto__: null,
  parseAuthUrl,
  secretsInAuthUrl
};

exports.authUrl = authUrl;
exports.secretTexts = secretTexts;
