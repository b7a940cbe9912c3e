/**
 * The inputs that an `action.yml` declares, with their defaults; `''` for an input without one,
 * which is what the runner hands over for it. Reads the plain subset of YAML that such files are
 * written in, and refuses what it can't read (`default` as a block or as an expression) and what no
 * YAML parser reads: a plain text with a colon and a space in it, which costs the whole action.
 */
export function readInputDefaults(actionYml: string): Map<string, string> {
  const defaults = new Map<string, string>();
  let inside = false;
  let nameIndent = 0;
  let propertyIndent = 0;
  let name: string | undefined;
  for (const line of actionYml.split(/\r?\n/)) {
    const [, spaces = '', key, rest = ''] =
      /^( *)([\w-]+|'[^']+'|"[^"]+"):(?: (.*))?$/.exec(line) ?? [];
    const indent = spaces.length;
    if (key === undefined) {
      continue;
    }
    if (/^[^'"|>#].*:( |$)/.test(rest)) {
      throw new Error(`No YAML, because of the colon in the text of ${key}: ${rest}`);
    }
    if (indent === 0) {
      inside = key === 'inputs';
      nameIndent = 0;
    } else if (inside && (nameIndent === 0 || indent === nameIndent)) {
      nameIndent = indent;
      propertyIndent = 0;
      name = key.replace(/^(['"])(.*)\1$/, '$2');
      defaults.set(name, '');
    } else if (inside && name !== undefined) {
      // The first property tells how far properties are indented; what stands deeper is text.
      propertyIndent ||= indent;
      if (indent === propertyIndent && key === 'default') {
        defaults.set(name, scalar(name, rest.trim()));
      }
    }
  }
  return defaults;
}

function scalar(name: string, text: string): string {
  const [, single, double, plain] =
    /^(?:'((?:[^']|'')*)'|"([^"\\]*)"|([^'"|>&*!%@`[{][^#]*?)?)(?: +#.*)?$/.exec(text) ?? [];
  const value = single?.replaceAll("''", "'") ?? double ?? plain;
  if (value?.includes('${{') || (value === undefined && text !== '')) {
    throw new Error(`The default of the input ${name} can't be read: ${text}`);
  }
  return value ?? '';
}
