import sodium from 'libsodium-wrappers';

/** The public half of an environment's key, as `GET …/secrets/public-key` gives it. */
export interface PublicKey {
  /** Decimal digits, as GitHub's. */
  readonly key_id: string;
  /** 32 bytes in standard base64 with padding: 44 characters. */
  readonly key: string;
}

/** Opens what was sealed for it. */
export interface KeyPair {
  readonly publicKey: PublicKey;
  /** The plaintext of a sealed box (`crypto_box_seal`), or `undefined` for a box that isn't ours. */
  open(box: Uint8Array): Uint8Array | undefined;
}

/** Resolves when libsodium is ready; needed once before the other functions here. */
export async function prepareSealedBoxes(): Promise<void> {
  await sodium.ready;
}

/** A fresh X25519 key pair with a key id that no other key pair of this process has. */
export function createKeyPair(): KeyPair {
  const { publicKey, privateKey } = sodium.crypto_box_keypair();
  lastKeyId += 1n;
  return {
    publicKey: {
      key_id: String(lastKeyId),
      key: Buffer.from(publicKey).toString('base64'),
    },
    open(box) {
      try {
        return sodium.crypto_box_seal_open(box, publicKey, privateKey);
      } catch {
        // libsodium throws both for a box that is too short and for one that fails its check.
        return undefined;
      }
    },
  };
}

/**
 * Seals `message` (text is taken as UTF-8) for a public key, and gives standard base64.
 * It is libsodium's own `crypto_box_seal`: what a client's own sealing is to be measured against.
 */
export function seal(message: string | Uint8Array, publicKey: PublicKey): string {
  const box = sodium.crypto_box_seal(message, Buffer.from(publicKey.key, 'base64'));
  return Buffer.from(box).toString('base64');
}

// GitHub's key ids are long numbers that say nothing; starting high keeps tests from relying on 1.
let lastKeyId = 568_250_167_242_549_000n;
