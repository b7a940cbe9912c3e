import { compactDecrypt } from 'jose/jwe/compact/decrypt';
import { CompactEncrypt } from 'jose/jwe/compact/encrypt';
import { type JsonObject, parseJsonObject } from '../../http/json.ts';
import type { CredentialKey } from './record.ts';

/** Seals a JSON object as a JWE (RFC 7516): compact, `alg` dir, `enc` A256GCM, `kid` the file's name. */
export async function seal(content: JsonObject, { id, key }: CredentialKey): Promise<string> {
  return await new CompactEncrypt(new TextEncoder().encode(JSON.stringify(content)))
    .setProtectedHeader({ alg: 'dir', enc: 'A256GCM', kid: id })
    .encrypt(key);
}

/** Opens what {@link seal} made; undefined where this key does not open it, or no JSON object is in it. */
export async function unseal(
  sealed: string,
  { key }: CredentialKey,
): Promise<JsonObject | undefined> {
  try {
    const { plaintext } = await compactDecrypt(sealed, key, {
      keyManagementAlgorithms: ['dir'],
      contentEncryptionAlgorithms: ['A256GCM'],
    });
    return parseJsonObject(new TextDecoder().decode(plaintext));
  } catch {
    return undefined;
  }
}
