/** Replaces secrets by `***`, as the runner does in everything that it shows or stores. */
export class Masker {
  readonly #secrets = new Set<string>();

  /** Hides a value from now on, and the forms of it that the runner knows. */
  add(value: string): void {
    if (value === '') {
      return;
    }
    for (const form of [value, ...encodings(value)]) {
      if (form !== '') {
        this.#secrets.add(form);
      }
    }
  }

  /** The text with every secret in it replaced; secrets that touch or overlap become one `***`. */
  mask(text: string): string {
    let masked = '';
    let end = 0;
    for (const [from, to] of this.#ranges(text)) {
      masked += `${text.slice(end, from)}***`;
      end = to;
    }
    return masked + text.slice(end);
  }

  /** Whether there is a secret in the text. */
  hides(text: string): boolean {
    return this.#ranges(text).length > 0;
  }

  #ranges(text: string): [from: number, to: number][] {
    const found: [from: number, to: number][] = [];
    for (const secret of this.#secrets) {
      for (let at = text.indexOf(secret); at >= 0; at = text.indexOf(secret, at + 1)) {
        found.push([at, at + secret.length]);
      }
    }
    const merged: [from: number, to: number][] = [];
    for (const [from, to] of found.sort((a, b) => a[0] - b[0])) {
      const last = merged.at(-1);
      if (last !== undefined && from <= last[1]) {
        last[1] = Math.max(last[1], to);
      } else {
        merged.push([from, to]);
      }
    }
    return merged;
  }
}

/**
 * The runner's value encoders, but for those that only concern PowerShell. The base64 of the value
 * without its first one and two bytes finds it where something of another length stood before it.
 */
function encodings(value: string): string[] {
  const bytes = Buffer.from(value);
  return [
    ...[0, 1, 2].map((shift) =>
      bytes.subarray(bytes.length > shift ? shift : 0).toString('base64'),
    ),
    value.replaceAll('"', '\\"'),
    value.replaceAll("'", "''"),
    JSON.stringify(value).slice(1, -1),
    escapeUri(value),
    escapeXml(value),
    value.length > 8 && /^".*"$/s.test(value) ? value.slice(1, -1) : '',
  ];
}

/** .NET's `EscapeDataString`, which escapes more than `encodeURIComponent`: access tokens have a `!`. */
function escapeUri(value: string): string {
  return encodeURIComponent(value.toWellFormed()).replace(
    /[!'()*]/g,
    (char) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}

function escapeXml(value: string): string {
  return value
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;')
    .replaceAll("'", '&apos;');
}
