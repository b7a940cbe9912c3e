import { quoted } from '../errors/text.ts';
import { HostRefusal } from './host-refusal.ts';

/** What `allowed-hosts` adds: exact host names, each as URLs have it. */
export type AllowedHosts = ReadonlySet<string>;

/**
 * Reads `allowed-hosts`: exact names, separated by commas, spaces or lines. No wildcards: there is no
 * telling under which names strangers can have pages of their own.
 * @throws HostRefusal naming the entry
 */
export function parseAllowedHosts(text: string): AllowedHosts {
  const hosts = new Set<string>();
  for (const entry of text.split(/[\s,]+/).filter((part) => part !== '')) {
    const name = hostName(entry);
    if (name === undefined) {
      throw entry.includes('*')
        ? new HostRefusal(
            'malformed',
            `${quoted(entry)} is a wildcard, and a wildcard would also trust hosts that strangers can have.`,
            'Name each host itself, in full (`host.example.com`).',
          )
        : new HostRefusal(
            'malformed',
            `${quoted(entry)} is not a host name.`,
            'Write the bare host (`host.example.com`, any port), without `https://`, port or path.',
          );
    }
    hosts.add(name);
  }
  return hosts;
}

/** The host name as URLs have it (lower case, punycode, IPv4 in four parts), or undefined if it is none. */
function hostName(text: string): string | undefined {
  const bracketed = text === '::1' ? '[::1]' : text;
  // What URLs take for a port, a path or user info is no part of a name; nor is what they decode.
  if (!/^(\[[0-9A-Fa-f:.]+\]|[^/\\@:?#%[\]]+)$/.test(bracketed)) {
    return undefined;
  }
  // Looked at as parsed: other scripts have full stops of their own.
  const name = URL.parse(`https://${bracketed}`)?.hostname ?? '';
  return name.startsWith('[') || areLabels(name) ? name : undefined;
}

/** Letters, digits and dashes between single dots. */
export function areLabels(name: string): boolean {
  return /^[a-z0-9-]+(\.[a-z0-9-]+)*$/.test(name);
}
