import type { Agent } from 'node:http';

/** What makes connections for a URL. */
export interface Way {
  readonly agent: Agent;
  /** Host and port of the proxy between; undefined where there is none. */
  readonly proxy?: string;
}

/** The variable of the environment that names a proxy for such a URL, also in capitals; undefined where none does. */
export function proxyVariable(url: URL): string | undefined {
  const lower = url.protocol === 'https:' ? 'https_proxy' : 'http_proxy';
  return [lower, lower.toUpperCase()].find((name) => process.env[name]);
}
