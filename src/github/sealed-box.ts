import { createPublicKey, diffieHellman, generateKeyPairSync } from 'node:crypto';
import { hsalsa, xsalsa20poly1305 } from '@noble/ciphers/salsa.js';
import { u32 } from '@noble/ciphers/utils.js';
import { blake2b } from '@noble/hashes/blake2.js';

/** An X25519 public key in DER is these twelve bytes and the key (RFC 8410). */
const derPrefix = Buffer.from('302a300506032b656e032100', 'hex');
/** Salsa20's constant, which turns the shared secret into a key (NaCl, crypto_box_beforenm). */
const sigma = u32(new TextEncoder().encode('expand 32-byte k'));

/**
 * libsodium's `crypto_box_seal`, which GitHub demands for secrets: only the holder of the private half
 * of the key can open it. X25519 is Node's own; XSalsa20-Poly1305 and BLAKE2b, which Node lacks, come
 * from the audited @noble libraries.
 *
 * @param publicKey 32 bytes, in base64
 * @returns in base64: the ephemeral public key (32 bytes), then the box
 * @throws RangeError where the key has another length, Error where it is no good point of the curve
 */
export function sealedBox(text: string, publicKey: string): string {
  const recipient = Buffer.from(publicKey, 'base64');
  if (recipient.length !== 32) {
    throw new RangeError(`a public key has 32 bytes, not ${recipient.length}`);
  }
  const theirs = createPublicKey({
    key: Buffer.concat([derPrefix, recipient]),
    format: 'der',
    type: 'spki',
  });
  const { privateKey, publicKey: ours } = generateKeyPairSync('x25519');
  const ourBytes = ours.export({ format: 'der', type: 'spki' }).subarray(derPrefix.length);
  // Copied, because words need aligned memory and Node's buffers share theirs.
  const shared = Uint8Array.from(diffieHellman({ privateKey, publicKey: theirs }));
  const key = new Uint8Array(32);
  hsalsa(sigma, u32(shared), new Uint32Array(4), u32(key));
  const nonce = blake2b(Buffer.concat([ourBytes, recipient]), { dkLen: 24 });
  const box = xsalsa20poly1305(key, nonce).encrypt(Buffer.from(text));
  return Buffer.concat([ourBytes, box]).toString('base64');
}
