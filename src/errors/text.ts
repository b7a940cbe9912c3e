/** Longest piece of remote text that is worth printing, in UTF-16 code units. */
const remoteTextLimit = 200;

/**
 * Makes a line safe to print on a runner's log: control characters become spaces, invisible ones go (a secret
 * split by one would survive), secrets become `***`, and nothing is left that the runner would execute: it takes
 * `::command::` at a line's start and `##[command]` anywhere (actions/runner, ActionCommand.cs).
 *
 * @param forms what to blank: see {@link secretForms}
 * @returns one line of text
 */
export function safeLine(text: string, forms: readonly string[]): string {
  let line = isPlain(text)
    ? text
    : text
        .replace(unicode('[\\p{Cf}\\p{Cn}\\p{Co}\\p{Cs}]+'), '')
        .replace(unicode('[\\p{Cc}\\p{Zl}\\p{Zp}]+'), ' ');
  for (const form of forms) {
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
export function cleanRemoteText(remote: unknown, forms: readonly string[]): string {
  if (typeof remote !== 'string') {
    return `<${jsonType(remote)}>`;
  }
  const line = safeLine(remote, forms)
    .replace(/:(?=:)/g, ': ')
    .trim();
  // A character that the cut splits would leave half of it behind.
  return line.length > remoteTextLimit
    ? `${line.slice(0, remoteTextLimit).replace(unicode('\\p{Cs}$'), '')}…`
    : line;
}

/** Whether a text has control characters in it, or others that can't be seen, or that are none. */
export function hasUnprintable(text: string): boolean {
  return !isPlain(text) && unicode('\\p{C}').test(text);
}

/** Printable ASCII, as most texts are. */
function isPlain(text: string): boolean {
  return /^[\x20-\x7e]*$/.test(text);
}

/**
 * A pattern with classes of Unicode, made when it is needed: Node looks up the characters of a literal
 * one when it reads the file, for all of them longer than the step takes to check its inputs.
 */
function unicode(pattern: string): RegExp {
  return new RegExp(pattern, 'gu');
}

/** Longest piece of an input that a message shows. */
const longestShown = 60;

/** How tokens, keys and auth URLs begin, or what stands in them. */
const secretShapes = () =>
  /5Aep|00D\w{12,15}!|eyJ[\w-]|3MVG9|force:|authUrl|\bgh[a-z]_|github_pat_|-----BEGIN|[?&]\w*token=/i;

/**
 * A value that is not meant to be secret, in quotation marks, for a message: cleaned, and cut. A secret
 * that was pasted into the wrong input is not shown: nobody has masked it there.
 */
export function quoted(value: string): string {
  if (looksSecret(value)) {
    return `a text of ${value.length} characters, not shown because it looks like a secret`;
  }
  const line = cleanRemoteText(value, []);
  return `“${line.length > longestShown ? `${line.slice(0, longestShown).replace(unicode('\\p{Cs}$'), '')}…` : line}”`;
}

/** Whether a text has the shape of a secret: better one too many. */
export function looksSecret(text: string): boolean {
  // Paths and addresses are long, and harmless.
  const runs = text.split(/[\s,;/\\]+/);
  return (
    secretShapes().test(text) ||
    runs.some(
      (run) =>
        /[0-9a-f]{24}|[0-9A-F]{24}|\d{15}/.test(run) ||
        (run.length >= 20 && /[a-z]/.test(run) && /[A-Z]/.test(run) && /\d/.test(run)),
    )
  );
}

/** Names a parsed JSON value's type as JSON does: `null`, `array`, `object`, `string`, … */
export function jsonType(value: unknown): string {
  if (value === null || value === undefined) {
    return 'null';
  }
  return Array.isArray(value) ? 'array' : typeof value;
}

/**
 * The forms in which a peer could echo secrets: in clear, URL-encoded, form-encoded, in base64 and
 * JSON-escaped; longest first, so that none hides inside another.
 *
 * @param known forms of other secrets, which the result has as well
 */
export function secretForms(secrets: Iterable<string>, known: Iterable<string> = []): string[] {
  const forms = new Set(known);
  for (const secret of secrets) {
    forms.add(secret);
    forms.add(encodeURIComponent(secret.toWellFormed()));
    forms.add(new URLSearchParams({ '': secret }).toString().slice(1));
    forms.add(Buffer.from(secret).toString('base64'));
    forms.add(JSON.stringify(secret).slice(1, -1));
  }
  return [...forms].sort((a, b) => b.length - a.length);
}
