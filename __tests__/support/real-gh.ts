import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { delimiter, join } from 'node:path';
import type { GitHub } from './github/server.ts';
import type { Vault } from './github/vault.ts';

/**
 * Variables that let the real `gh`, found at `program`, ask the look-alike, which has to serve https under
 * `/api/v3` as GitHub Enterprise Server does: `gh` speaks nothing else to a host that it does not know.
 * @param folder an empty one, for its settings
 * @param path what else is on PATH
 */
export function environmentOfGh(
  program: string,
  {
    github,
    token,
    folder,
    path,
  }: {
    readonly github: GitHub;
    readonly token: string;
    readonly folder: string;
    readonly path: string | undefined;
  },
): Record<string, string> {
  const bin = join(folder, 'bin');
  mkdirSync(bin);
  symlinkSync(program, join(bin, 'gh'));
  const certificate = join(folder, 'certificate.pem');
  writeFileSync(certificate, github.certificate ?? '');
  return {
    PATH: [bin, path].join(delimiter),
    // With its port, which `gh` takes here and in `--repo`, and not in `--hostname`.
    GH_HOST: `localhost:${new URL(github.url).port}`,
    GH_ENTERPRISE_TOKEN: token,
    GH_CONFIG_DIR: folder,
    SSL_CERT_FILE: certificate,
  };
}

interface Sodium {
  readonly ready: Promise<void>;
  crypto_box_seal_open(
    sealed: Uint8Array,
    publicKey: Uint8Array,
    privateKey: Uint8Array,
  ): Uint8Array;
}

/** What a secret holds: `gh` sealed it with libsodium for the vault's key, and so libsodium opens it. */
export async function openSecret({ secrets, keys }: Vault, name: string): Promise<string> {
  const { LIBSODIUM: folder = '' } = process.env;
  const sodium: Sodium = createRequire(join(folder, 'x.js'))('libsodium-wrappers');
  await sodium.ready;
  const sealed = secrets.get(name)?.sealed;
  if (sealed === undefined) {
    throw new Error(`There is no secret ${name}`);
  }
  const box = Buffer.from(sealed, 'base64');
  const opened = sodium.crypto_box_seal_open(box, keys.public, keys.private);
  return Buffer.from(opened).toString('utf8');
}
