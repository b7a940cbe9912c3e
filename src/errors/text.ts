/** Longest piece of remote text that is worth printing, in UTF-16 code units. */
const remoteTextLimit = 200;

/**
 * Makes a line safe to print on a runner's log, whoever wrote it: control characters become spaces,
 * invisible ones go (a secret split by one would else survive redaction), secrets become `***`, and
 * nothing is left that the runner would execute. It takes `::command::` at a line's start and, unlike the
 * documentation, `##[command]` anywhere in a line (actions/runner, ActionCommand.cs).
 *
 * @param secrets values to blank, in clear, URL-encoded, form-encoded, base64 and JSON-escaped form
 * @returns one line of text
 */
export function safeLine(text: string, secrets: Iterable<string>): string {
  let line = text
    .replace(/[\p{Cf}\p{Cn}\p{Co}\p{Cs}]+/gu, '')
    .replace(/[\p{Cc}\p{Zl}\p{Zp}]+/gu, ' ');
  for (const form of secretForms(secrets)) {
    line = line.replaceAll(form, '***');
  }
  return line.replace(/^(\s*:):/, '$1 :').replaceAll('##[', '## [');
}

/**
 * {@link safeLine} for text that came from outside: also without `::` anywhere, trimmed, and cut to
 * about 200 characters.
 *
 * @param remote anything: what is no text becomes its JSON type in angle brackets
 */
export function cleanRemoteText(remote: unknown, secrets: Iterable<string>): string {
  if (typeof remote !== 'string') {
    return `<${jsonType(remote)}>`;
  }
  const line = safeLine(remote, secrets)
    .replace(/:(?=:)/g, ': ')
    .trim();
  // A character that the cut splits would leave half of it behind.
  return line.length > remoteTextLimit
    ? `${line.slice(0, remoteTextLimit).replace(/\p{Cs}$/u, '')}…`
    : line;
}

/** Names a parsed JSON value's type as JSON does: `null`, `array`, `object`, `string`, … */
export function jsonType(value: unknown): string {
  if (value === null || value === undefined) {
    return 'null';
  }
  return Array.isArray(value) ? 'array' : typeof value;
}

/** The forms in which a peer could echo a secret; longest first, so that none hides inside another. */
function secretForms(secrets: Iterable<string>): string[] {
  const forms = new Set<string>();
  for (const secret of secrets) {
    forms.add(secret);
    forms.add(encodeURIComponent(secret.toWellFormed()));
    forms.add(new URLSearchParams({ '': secret }).toString().slice(1));
    forms.add(Buffer.from(secret).toString('base64'));
    forms.add(JSON.stringify(secret).slice(1, -1));
  }
  return [...forms].sort((a, b) => b.length - a.length);
}
